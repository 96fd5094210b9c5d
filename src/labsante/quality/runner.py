"""Running checks on the lake: one view a raw table, two counts a check."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import duckdb

from labsante.base.errors import DefinitionError
from labsante.base.progress import Reporter, Silent
from labsante.base.workspace import Workspace
from labsante.lake import partitions, received_tables
from labsante.lake.connection import connected
from labsante.quality.rules import Check, checks
from labsante.snds.nomenclatures import nomenclature_codes

Outcome = Literal["passed", "failed", "warning", "reported", "not applicable"]
COUNTRY_SIZE = 50_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. Counts are exact: they stay in the secure area."""

    check: Check
    outcome: Outcome
    violations: int = 0
    population: int = 0

    @property
    def share(self) -> float:
        """Violations over population; 0 where there is nothing to compare with."""
        return self.violations / self.population if self.population else 0.0


def run_checks(
    workspace: Workspace,
    *,
    only: Iterable[str] = (),
    reporter: Reporter | None = None,
) -> list[Finding]:
    """Run every check that the received tables allow (or those named), in order."""
    reporter = reporter or Silent()
    wanted = set(only)
    chosen = [c for c in checks() if not wanted or c.id in wanted or c.name in wanted]
    with lake_views(workspace) as connection:
        findings = []
        received = set(received_tables(workspace))
        for done, check in enumerate(chosen):
            reporter.step("check", done, len(chosen))
            findings.append(run_check(connection, check, received))
        reporter.step("check", len(chosen), len(chosen))
    return findings


def run_check(connection: duckdb.DuckDBPyConnection, check: Check, received: set[str]) -> Finding:
    """Run one check on a connection where each received table is a relation of its name."""
    if not set(check.tables) <= received:
        return Finding(check, "not applicable")
    violations = _count(connection, check, f"SELECT count(*) FROM ({check.rows})")
    population = _count(connection, check, check.population)
    if violations <= check.max_share * population or not violations:
        outcome: Outcome = "passed"
    elif check.severity == "blocking":
        outcome = "failed"
    else:
        outcome = "warning" if check.severity == "warning" else "reported"
    return Finding(check, outcome, violations, population)


def prepare(connection: duckdb.DuckDBPyConnection, country_size: int = COUNTRY_SIZE) -> None:
    """Add what the rules read beside the raw tables: code lists, doubled sites, thresholds."""
    connection.execute("CREATE TEMP TABLE nomenclature_codes (nomenclature VARCHAR, code VARCHAR)")
    connection.executemany("INSERT INTO nomenclature_codes VALUES (?, ?)", nomenclature_codes())
    connection.execute("CREATE TEMP TABLE double_finess (finess VARCHAR)")
    text = (files("labsante.tables") / "data" / "duplicate_finess.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    codes = [[row["finess"]] for row in csv.DictReader(lines)]
    connection.executemany("INSERT INTO double_finess VALUES (?)", codes)
    connection.execute(f"CREATE TEMP MACRO country_size() AS {country_size}")


@contextmanager
def lake_views(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection where every received table is a view of its partitions."""
    with connected(workspace) as (connection, _):
        for table in received_tables(workspace):
            paths = [file for part in partitions(workspace, table) for file in part.files]
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{listed}])")
        prepare(connection)
        yield connection


def _count(connection: duckdb.DuckDBPyConnection, check: Check, query: str) -> int:
    try:
        row = connection.execute(query).fetchone()
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
        raise DefinitionError(
            f"the query of {check.name} is wrong", why=str(error).splitlines()[0]
        ) from None
    return int(row[0]) if row else 0
