"""Building: what is stale is computed, checked, and swapped in; what is fresh is left alone."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from labsante.base.files import sha256_file, sweep_temporary, temporary_name
from labsante.base.folders import replace_folder
from labsante.base.locks import exclusive
from labsante.base.manifest import Manifest, run_section
from labsante.base.progress import Reporter, Silent
from labsante.base.workspace import Workspace
from labsante.engine import Engine, Query, open_engine, parse, render
from labsante.snds.calendar import add_months
from labsante.tables.account import check_balance, read_steps
from labsante.tables.catalogue import OUTPUT, Model, catalogue, with_ancestors
from labsante.tables.partitions import (
    ALL,
    EMPTY,
    SEED_ORIGIN,
    Partition,
    Shelf,
    needed_partitions,
    wanted_partitions,
)
from labsante.tables.recipe import (
    FORMAT_VERSION,
    code_lists,
    dialect_of,
    keyed_digest,
    recipe,
    schema_of,
)

PART = "part-00000.parquet"
#: What stands for a parameter in a text written once: values that no query of ours holds.
_MARKS: dict[str, date | int] = {
    "year": 90017002,
    "year_start": date(9001, 2, 3),
    "year_end": date(9001, 2, 4),
    "month_start": date(9001, 2, 5),
    "month_end": date(9001, 2, 6),
}


@dataclass(frozen=True, slots=True)
class Built:
    """What happened to one partition: ``built``, ``fresh`` or ``removed``."""

    table: str
    partition: str
    action: str
    rows: int
    seconds: float


def build(
    workspace: Workspace,
    tables: Sequence[str] = (),
    *,
    engine: str | None = None,
    reporter: Reporter | None = None,
) -> list[Built]:
    """Bring tables (all of them by default) and what they need up to date.

    ``engine`` overrides ``lab.toml``. Raises CheckFailedError where an account does not
    balance, DefinitionError where a query or a contract is wrong, ResourceError where memory
    or disk runs out, or another build is running. A killed build leaves whole partitions only;
    the next one goes on from there and writes the same bytes.
    """
    settings = workspace.config.engine
    if engine is not None:
        settings = replace(settings, name=engine)
    names = with_ancestors(list(tables)) if tables else list(catalogue())
    workspace.tables.mkdir(parents=True, exist_ok=True)
    report: list[Built] = []
    with exclusive(workspace.tables / ".lock", task="build"):
        sweep_temporary(workspace.tables)
        shelf = Shelf(workspace)
        with ExitStack() as stack:
            running = stack.enter_context(open_engine(settings, workspace.temporary))
            books = running
            if running.name != "duckdb":
                second = replace(settings, name="duckdb")
                books = stack.enter_context(open_engine(second, workspace.temporary))
            for name in names:
                builder = _TableBuilder(workspace, catalogue()[name], shelf, running, books)
                report += builder.run(reporter or Silent())
    return report


class _TableBuilder:
    """The partitions of one table.

    ``engine`` computes the rows; ``books`` counts: digests of lookups, periods, accounts. The
    books are kept by DuckDB whatever the engine, so that what Spark wrote is counted by another.
    """

    def __init__(
        self, workspace: Workspace, model: Model, shelf: Shelf, engine: Engine, books: Engine
    ) -> None:
        self._model = model
        self._shelf = shelf
        self._engine = engine
        self._books = books
        self._folder = workspace.tables / model.name
        self._recipe = recipe(model, engine)
        self._texts: dict[tuple[str, str], str] = {}
        self._schemas = {name: _used_columns(model, name) for name in model.inputs}

    def run(self, reporter: Reporter) -> list[Built]:
        """Build what is stale, remove what is no longer wanted."""
        wanted = wanted_partitions(self._model, self._shelf)
        done: list[Built] = []
        for position, name in enumerate(wanted):
            reporter.step(self._model.name, position, len(wanted))
            done.append(self._bring_up_to_date(name))
        for partition in self._shelf.of(self._model.name):
            if partition.name not in wanted:
                gone = temporary_name(partition.folder)
                partition.folder.rename(gone)
                shutil.rmtree(gone)
                done.append(Built(self._model.name, partition.name, "removed", 0, 0.0))
        self._shelf.forget(self._model.name)
        reporter.step(self._model.name, len(wanted), len(wanted))
        return done

    def _bring_up_to_date(self, name: str) -> Built:
        started = time.time()
        needed = {
            relation: needed_partitions(self._model, relation, name, self._shelf)
            for relation in self._model.inputs
        }
        existing = next((p for p in self._shelf.of(self._model.name) if p.name == name), None)
        seen = _seen(needed)
        if existing is not None and existing.manifest.content.get("recipe") == self._recipe:
            same_seen = existing.manifest.run.get("seen") == seen
            if same_seen or self._still_the_same(existing, needed, seen):
                return Built(self._model.name, name, "fresh", existing.rows, 0.0)
        self._bind(self._engine, needed)
        if self._books is not self._engine:
            self._bind(self._books, needed)
        partition = self._write(name, needed, self._inputs(needed, bound=True), seen, started)
        self._shelf.put(partition)
        seconds = time.time() - started
        return Built(self._model.name, name, "built", partition.rows, round(seconds, 3))

    def _still_the_same(
        self, existing: Partition, needed: dict[str, list[Partition]], seen: dict[str, Any]
    ) -> bool:
        """Whether the inputs that count are those of the manifest although some lookup changed."""
        before = existing.manifest.content.get("inputs")
        rules = self._model.contract.inputs or {}
        if not any(rule.keyed for rule in rules.values()):
            return bool(before == self._inputs(needed, bound=False))
        plain = [entry for entry in self._inputs(needed, bound=None) if entry[1] != "keyed"]
        if plain != [entry for entry in before or [] if entry[1] != "keyed"]:
            return False
        self._bind(self._books, needed)
        if self._inputs(needed, bound=True) != before:
            return False
        run = {**existing.manifest.run, "seen": seen}
        Manifest(existing.manifest.content, run).write(existing.folder)
        return True

    def _inputs(self, needed: dict[str, list[Partition]], *, bound: bool | None) -> list[list[str]]:
        """Content digests of what is read. ``bound`` says that lookups can be queried now."""
        entries: list[list[str]] = []
        for relation, partitions in sorted(needed.items()):
            keyed = self._model.contract.input_rule(relation).keyed
            if keyed is None:
                entries += [[relation, p.name, p.manifest.digest] for p in partitions]
            elif bound:
                entries.append([relation, "keyed", keyed_digest(self._books, relation, keyed)])
        return entries

    def _bind(self, engine: Engine, needed: dict[str, list[Partition]]) -> None:
        for relation, partitions in needed.items():
            files = [file for partition in partitions for file in partition.files]
            engine.bind(relation, files, self._schemas[relation])

    def _write(
        self,
        name: str,
        needed: dict[str, list[Partition]],
        inputs: list[list[str]],
        seen: dict[str, Any],
        started: float,
    ) -> Partition:
        contract = self._model.contract
        target = self._folder / name
        folder = temporary_name(target)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            path = folder / PART
            rows = self._engine.write(
                self._rendered(self._engine, self._model.query, name),
                contract.schema,
                contract.order,
                path,
            )
            content = {
                "format": FORMAT_VERSION,
                "name": contract.name,
                "partition": name,
                "files": [
                    {
                        "name": PART,
                        "sha256": sha256_file(path),
                        "bytes": path.stat().st_size,
                        "rows": rows,
                    }
                ],
                "rows": rows,
                "schema": [list(pair) for pair in contract.schema],
                "recipe": self._recipe,
                "inputs": inputs,
                "engine": {"name": self._engine.name, "version": self._engine.version},
                "origin": _origin(needed),
            }
            if contract.period_column or self._model.account:
                self._books.bind(OUTPUT, [path], contract.schema)
            if contract.period_column:
                content["periods"] = self._periods(contract.period_column)
            if self._model.account:
                where = f"{contract.name}, partition {name}"
                records = self._books.fetch(self._rendered(self._books, self._model.account, name))
                steps = read_steps(records.to_pylist(), where)
                check_balance(steps, where)
                content["account"] = [step.as_json() for step in steps]
            manifest = Manifest(content, run_section(started, seen=seen))
            manifest.write(folder)
            replace_folder(folder, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Partition(contract.name, name, target, manifest)

    def _periods(self, column: str) -> dict[str, int]:
        query = parse(
            f"SELECT o.{column} AS period, COUNT(*) AS row_count FROM {OUTPUT} AS o "
            f"WHERE o.{column} IS NOT NULL GROUP BY o.{column}",
            f"{self._model.name}.periods",
        )
        found = self._books.fetch(render(query, dialect_of(self._books))).to_pylist()
        named = {_period_name(row["period"]): int(row["row_count"]) for row in found}
        return dict(sorted(named.items()))

    def _rendered(self, engine: Engine, query: Query, name: str) -> str:
        """The SQL of a query for one partition. A query is written once a table, with marks in
        the place of its parameters: writing it again for each partition costs more than a small
        partition's own work."""
        key = (query.where, engine.name)
        if key not in self._texts:
            self._texts[key] = render(
                query,
                dialect_of(engine),
                parameters={key: _MARKS[key] for key in query.parameters if key in _MARKS},
                code_lists=code_lists(),
            )
        text = self._texts[key]
        given = _parameters(name)
        for parameter in query.parameters:
            text = text.replace(str(_MARKS[parameter]), str(given[parameter]))
        return text


def _used_columns(model: Model, relation: str) -> list[tuple[str, str]]:
    """The columns of an input that the queries may name: a wide raw table stays narrow."""
    text = model.query.text + (model.account.text if model.account else "")
    keyed = [rule.keyed for rule in (model.contract.inputs or {}).values() if rule.keyed]
    if any(relation == name for name, rule in (model.contract.inputs or {}).items() if rule.keyed):
        return schema_of(relation)
    words = {word.lower() for word in re.findall(r"\w+", text)}
    words |= {column.lower() for rule in keyed for column in rule.as_columns}
    columns = schema_of(relation)
    return [pair for pair in columns if pair[0].lower() in words] or columns[:1]


def _seen(needed: dict[str, list[Partition]]) -> dict[str, Any]:
    """Digests of whole inputs: where none changed, nothing needs to be looked at."""
    return {
        relation: [[p.name, p.manifest.digest] for p in partitions]
        for relation, partitions in sorted(needed.items())
    }


def _origin(needed: dict[str, list[Partition]]) -> str:
    origins = {p.manifest.content.get("origin", "real") for found in needed.values() for p in found}
    return "synthetic" if origins - {SEED_ORIGIN} == {"synthetic"} else "real"


def _period_name(value: Any) -> str:
    return value.strftime("%Y-%m") if isinstance(value, date) else str(value)


def _parameters(name: str) -> dict[str, date | int]:
    """What a query may ask of its partition: its year, its month, their first and last day."""
    if name in (ALL, EMPTY):
        name = "1900"
    year = int(name[:4])
    # A PMSI file whose name carries no year lies in the year 0000.
    on_calendar = max(year, 1)
    first = date(on_calendar, int(name[5:7]) if len(name) > 4 else 1, 1)
    after = add_months(first, 1)
    return {
        "year": year,
        "year_start": date(on_calendar, 1, 1),
        "year_end": date(on_calendar, 12, 31),
        "month_start": first,
        "month_end": date.fromordinal(after.toordinal() - 1),
    }
