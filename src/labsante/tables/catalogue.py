"""Every table of the Lab: contracts and queries, checked together, and the order to build them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from labsante.base.errors import DefinitionError, UsageError
from labsante.engine import Query, lint, parse
from labsante.snds.raw import RawTable, raw_tables
from labsante.tables.contract import Contract, Kind, read_contract
from labsante.tables.seeds import seeds

YEARS_OF_DATA = "years_of_data"
#: The relation that an account reads: the partition just written.
OUTPUT = "output"


@dataclass(frozen=True)
class Model:
    """A table ready to build: its contract, its query, and its account where it has one."""

    contract: Contract
    query: Query
    account: Query | None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.contract.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """Relations that the query or the account reads, sorted."""
        taken = set(self.query.inputs)
        if self.account is not None:
            taken |= set(self.account.inputs) - {OUTPUT}
        return tuple(sorted(taken))


@cache
def raw_relations() -> dict[str, RawTable]:
    """Raw tables by the lower-case name that queries use: ``er_prs_f``, ``t_mcoaab``."""
    return {table.name.lower(): table for table in raw_tables()}


@cache
def catalogue() -> dict[str, Model]:
    """Every model by name, in an order where inputs come first.

    Raises DefinitionError where a contract and its query disagree, an input is unknown, or the
    graph has a cycle.
    """
    folder = files("labsante.tables") / "models"
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()}
    models: dict[str, Model] = {}
    for file in sorted(texts):
        if file.endswith(".toml"):
            model = _model(file.removesuffix(".toml"), texts)
            models[model.name] = model
    for model in models.values():
        _check_inputs(model, models)
    return {name: models[name] for name in _ordered(models)}


def model(name: str) -> Model:
    """One model; raises UsageError with the nearest name."""
    found = catalogue().get(name)
    if found is None:
        near = get_close_matches(name, catalogue(), 1)
        public = ", ".join(public_names())
        hint = f"did you mean {near[0]}?" if near else f"the tables are: {public}"
        raise UsageError(f"there is no table {name}", hint=hint)
    return found


def contract(name: str) -> Contract:
    """The contract of one table; raises UsageError with the nearest name."""
    return model(name).contract


def public_names() -> list[str]:
    """Names of the tables meant for users, in the order of the graph."""
    return [name for name, found in catalogue().items() if not found.contract.internal]


def with_ancestors(names: list[str]) -> list[str]:
    """The named tables and all that they need, in the order of the graph."""
    wanted: set[str] = set()
    stack = [model(name).name for name in names]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack.extend(parent for parent in model(name).inputs if parent in catalogue())
    return [name for name in catalogue() if name in wanted]


def _model(name: str, texts: dict[str, str]) -> Model:
    found = read_contract(texts[f"{name}.toml"], f"{name}.toml")
    if found.name != name:
        raise DefinitionError(f"the contract names {found.name}", where=f"{name}.toml")
    if f"{name}.sql" not in texts:
        raise DefinitionError("a contract without a query", where=f"{name}.toml")
    query = parse(texts[f"{name}.sql"], f"{name}.sql")
    lint(query)
    account = None
    if f"{name}.account.sql" in texts:
        account = parse(texts[f"{name}.account.sql"], f"{name}.account.sql")
        lint(account)
    given, wanted = list(query.outputs), [column for column, _ in found.schema]
    if given != wanted:
        raise DefinitionError(
            "the query does not give the columns of the contract",
            where=f"{name}.sql",
            why=f"query: {', '.join(given)}; contract: {', '.join(wanted)}",
        )
    return Model(found, query, account)


def _check_inputs(model: Model, models: dict[str, Model]) -> None:
    known = [*models, *raw_relations(), *seeds()]
    for relation in model.inputs:
        if relation not in known:
            near = get_close_matches(relation, known, 1)
            raise DefinitionError(
                f"{model.name} reads {relation}, which is no raw table, table nor seed",
                where=f"{model.name}.sql",
                hint=f"did you mean {near[0]}?" if near else "",
            )
    contract = model.contract
    for relation, rule in (contract.inputs or {}).items():
        taken = [relation, *([rule.keyed.occurs_in] if rule.keyed else [])]
        for name in taken:
            if name not in model.inputs:
                raise DefinitionError(
                    f"[inputs] speaks of {name}, which the query does not read",
                    where=f"{model.name}.toml",
                )
    driver = contract.driver
    if contract.kind is not Kind.FULL and driver != YEARS_OF_DATA and driver not in model.inputs:
        raise DefinitionError(f"driver {driver} is not an input", where=f"{model.name}.toml")


def _ordered(models: dict[str, Model]) -> list[str]:
    done: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in path:
            raise DefinitionError("the graph has a cycle", why=" → ".join([*path, name]))
        path.append(name)
        for parent in models[name].inputs:
            if parent in models:
                visit(parent)
        path.pop()
        done.append(name)

    for name in models:
        visit(name)
    return done
