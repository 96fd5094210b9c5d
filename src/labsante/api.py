"""The laboratory from Python: lazy relations over the tables, with what a row is as a type.

    import labsante
    lab = labsante.open("lab")
    stays = lab.table("stay").where("cmd = '05' AND excluded_reason IS NULL")
    stays.select("person_id", "entry_date", "nights").to_pandas()

A :class:`PersonRelation` has one row a person, a :class:`RowRelation` many: columns of the second
cannot be added to the first, which would multiply persons. Nothing is read before a conversion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from labsante.base.errors import DefinitionError, InputDataError, UsageError
from labsante.base.workspace import Workspace, open_workspace
from labsante.engine import CodeList, lint, open_engine, parse, render
from labsante.tables import Contract, Partition, built_partitions, contract
from labsante.tables.partitions import EMPTY

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of a table, with conditions, not read yet. Immutable: each call gives a new one."""

    workspace: Workspace
    contract: Contract
    partitions: tuple[Partition, ...]
    conditions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    persons: Relation | None = None
    code_lists: tuple[CodeList, ...] = ()

    def where(self, condition: str, **code_lists: CodeList) -> Self:
        """Keep the rows that meet a condition of the SQL subset.

        ``code_in(atc, 'mine')`` takes the list given as ``mine=…``, or one of the Lab's by its
        name. Raises DefinitionError where the condition is not in the subset.
        """
        lists = (*self.code_lists, *(replace(v, name=k) for k, v in code_lists.items()))
        query = parse(
            f"SELECT COUNT(*) AS n FROM {self.contract.name} AS t WHERE {condition}", "where()"
        )
        lint(query)
        found = [_named_list(name, lists) for name in query.code_lists]
        kept = {item.name: item for item in (*lists, *found)}
        return replace(
            self,
            conditions=(*self.conditions, f"({condition})"),
            code_lists=tuple(kept.values()),
        )

    def select(self, *columns: str) -> Self:
        """Keep these columns, in this order; raises DefinitionError with the nearest name."""
        for name in columns:
            self.contract.column(name)
        return replace(self, columns=columns)

    def years(self, *years: int) -> Self:
        """Read only the partitions of these years; full tables are kept whole."""
        wanted = {str(year) for year in years}
        kept = [p for p in self.partitions if p.name[:4] in wanted or not p.name[:1].isdigit()]
        return replace(self, partitions=tuple(kept))

    def of_persons(self, persons: Relation) -> Self:
        """Keep the rows of the persons of another relation, each row once."""
        for relation in (self, persons):
            relation.contract.column("person_id")
        return replace(self, persons=persons)

    def count(self) -> int:
        """Number of rows."""
        return int(self._run("COUNT(*) AS n").to_pylist()[0]["n"])

    def to_arrow(self) -> pyarrow.Table:
        """The rows as an Arrow table, in the table's own order."""
        names = self.columns or tuple(name for name, _ in self.contract.schema)
        order = [name for name in self.contract.order if name in names]
        table = self._run(", ".join(f't."{name}"' for name in names))
        return table.sort_by([(name, "ascending") for name in order]) if order else table

    def to_pandas(self) -> Any:
        """The rows as a pandas data frame; pandas must be installed."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The rows as a Polars data frame; polars must be installed."""
        import polars  # type: ignore[import-not-found,unused-ignore]

        return polars.from_arrow(self.to_arrow())

    def _run(self, selected: str) -> pyarrow.Table:
        settings = replace(self.workspace.config.engine, name="duckdb")
        with open_engine(settings, self.workspace.temporary) as engine:
            text, depth = self._text(selected), 0
            relation: Relation | None = self
            while relation is not None:
                files = [file for p in relation.partitions if p.name != EMPTY for file in p.files]
                engine.bind(f"level_{depth}", files, relation.contract.schema)
                relation, depth = relation.persons, depth + 1
            lists = {item.name: item for item in self._all_lists()}
            return engine.fetch(render(parse(text, "api"), "duckdb", code_lists=lists))

    def _text(self, selected: str, depth: int = 0) -> str:
        conditions = list(self.conditions)
        if self.persons is not None:
            inner = self.persons._text("t.person_id", depth + 1)
            conditions.append(f"t.person_id IN ({inner})")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {selected} FROM level_{depth} AS t{where}"

    def _all_lists(self) -> tuple[CodeList, ...]:
        return self.code_lists + (self.persons._all_lists() if self.persons else ())


class PersonRelation(Relation):
    """One row a person (in a year, for ``person_year``)."""

    __slots__ = ()


class RowRelation(Relation):
    """Many rows a person: dispensings, stays, codes."""

    __slots__ = ()

    def per_person(self) -> pyarrow.Table:
        """Rows counted by person: ``person_id``, ``row_count``; rows without person left out."""
        known = self.where("person_id IS NOT NULL")
        return known._run_grouped()

    def _run_grouped(self) -> pyarrow.Table:
        table = self.select("person_id").to_arrow()
        counts = table.group_by("person_id").aggregate([([], "count_all")])
        return counts.rename_columns(["person_id", "row_count"]).sort_by("person_id")


def add_columns(base: Relation, other: Relation, columns: Sequence[str]) -> pyarrow.Table:
    """Columns of ``other`` beside the rows of ``base``, joined by person.

    Raises UsageError where ``other`` has many rows a person: rows of ``base`` would multiply, and
    so would their amounts.
    """
    if not isinstance(other, PersonRelation):
        raise UsageError(
            f"{other.contract.name} has many rows a person",
            why=f"each row of {base.contract.name} would be repeated, and its amounts with it",
            hint=f"reduce {other.contract.name} first: .per_person(), or use of_persons() to "
            "filter",
        )
    right = other.select("person_id", *columns).to_arrow()
    if len(right) != len(set(right["person_id"].to_pylist())):
        raise UsageError(
            f"{other.contract.name} has one row a person in each year",
            hint="choose one: .years(2022)",
        )
    return base.to_arrow().join(right, keys="person_id", join_type="left outer")


class Lab:
    """A workspace, opened for reading."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def table(self, name: str) -> PersonRelation | RowRelation:
        """A table, lazily. Raises UsageError for an unknown one, InputDataError if not built."""
        found = contract(name)
        partitions = built_partitions(self.workspace, name)
        if not partitions:
            raise InputDataError(
                f"the table {name} is not built yet",
                where=str(self.workspace.tables / name),
                hint=f"run: labsante --workspace {self.workspace.root} build {name}",
            )
        kind = PersonRelation if found.one_row_per_person else RowRelation
        return kind(self.workspace, found, tuple(partitions))

    def code_list(self, name: str) -> CodeList:
        """One of the Lab's code lists by its name."""
        return _named_list(name, ())


def open_lab(root: str | Path) -> Lab:
    """Open a workspace; raises ConfigurationError where there is none."""
    return Lab(open_workspace(Path(root)))


def _named_list(name: str, given: Sequence[CodeList]) -> CodeList:
    for item in given:
        if item.name == name:
            return item
    from labsante.conditions.lists import code_lists

    known = code_lists()
    if name not in known:
        raise DefinitionError(
            f"no code list named {name}",
            where="where()",
            hint=f"give it as an argument: where(…, {name}=CodeList(…))",
        )
    found = known[name]
    return CodeList(name, tuple(found.include), tuple(found.exclude))
