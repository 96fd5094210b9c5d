"""What the dictionary can say of the source: tables and variables, from ``labsante.snds``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from labsante.snds import RawColumn, RawTable, raw_tables
from labsante.web.content import Content
from labsante.web.search import matches
from labsante.web.words import fold

LISTED = 40


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a raw table."""

    table: RawTable
    column: RawColumn

    @property
    def address(self) -> str:
        """Its permanent address."""
        return f"/dictionnaire/{self.table.name}/{self.column.name}"


@cache
def tables() -> dict[str, RawTable]:
    """Raw tables by name, folded to upper case."""
    return {table.name.upper(): table for table in raw_tables()}


@cache
def variables() -> tuple[tuple[str, Variable], ...]:
    """Every variable with the folded text it can be found by."""
    return tuple(
        (fold(f"{column.name} {column.label_en} {table.name}"), Variable(table, column))
        for table in raw_tables()
        for column in table.columns
    )


def find_tables(wanted: Iterable[frozenset[str]]) -> list[RawTable]:
    """Tables whose name or label matches."""
    words = list(wanted)
    return [
        table
        for table in raw_tables()
        if matches(fold(f"{table.name} {table.label.fr} {table.label.en} {table.product}"), words)
    ]


def find_variables(query: str, wanted: Iterable[frozenset[str]]) -> list[Variable]:
    """Variables that match; the exact name comes first."""
    words = list(wanted)
    found = [variable for text, variable in variables() if matches(text, words)]
    exact = query.strip().upper()
    return sorted(found, key=lambda v: (v.column.name != exact, v.column.name, v.table.name))


def tables_with(column: str) -> list[RawTable]:
    """Tables that have a column of this name: where it can be joined."""
    return [table for table in raw_tables() if any(c.name == column for c in table.columns)]


def indicators_that_read(content: Content, table: str) -> list[str]:
    """Indicators whose passport names the table among its inputs."""
    out = []
    for summary in content.summaries:
        inputs = content.publication.passport(summary.id).get("inputs") or []
        if any(str(item.get("table")) == table for item in inputs):
            out.append(summary.id)
    return out
