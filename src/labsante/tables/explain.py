"""What the Lab can say of a table: its account, its columns, where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labsante.base.errors import UsageError
from labsante.base.workspace import Workspace
from labsante.engine import render
from labsante.engine.function_table import Dialect
from labsante.snds.raw import raw_table
from labsante.tables.account import Step, add_up
from labsante.tables.catalogue import catalogue, model, raw_relations
from labsante.tables.contract import Column
from labsante.tables.lineage import described, raw_origins
from labsante.tables.partitions import built_partitions
from labsante.tables.recipe import code_lists


@dataclass(frozen=True, slots=True)
class TableAccount:
    """The account of one table over all its partitions."""

    table: str
    partitions: int
    rows: int
    engines: list[str]
    steps: list[Step]


def explain_table(workspace: Workspace, name: str) -> list[TableAccount]:
    """The account of a table, after those of the internal steps that lead to it."""
    chain = [step for step in _internal_parents(name) if catalogue()[step].account is not None]
    return [_account(workspace, table) for table in [*chain, model(name).name]]


def _internal_parents(name: str) -> list[str]:
    found: list[str] = []
    for parent in model(name).inputs:
        if parent in catalogue() and catalogue()[parent].contract.internal:
            found += [*_internal_parents(parent), parent]
    return [table for table in catalogue() if table in found]


def _account(workspace: Workspace, name: str) -> TableAccount:
    partitions = built_partitions(workspace, name)
    contents = [partition.manifest.content for partition in partitions]
    engines = sorted({f"{c['engine']['name']} {c['engine']['version']}" for c in contents})
    return TableAccount(
        name,
        len(partitions),
        sum(partition.rows for partition in partitions),
        engines,
        add_up(content.get("account", []) for content in contents),
    )


def explain_column(name: str, column: str) -> dict[str, Any]:
    """Everything known of one column: label, type, unit, sources with their labels, biases."""
    contract = model(name).contract
    found = contract.column(column)
    return {
        "table": name,
        "column": found.name,
        "type": found.type,
        "unit": found.unit,
        "label": found.label,
        "rule": found.rule,
        "bias": found.bias,
        "sources": _sources(found),
        "origins": [described(origin) for origin in sorted(raw_origins(name, column))],
        "policy": contract.policy,
    }


def _sources(column: Column) -> list[dict[str, str]]:
    """``TABLE.A, B; TABLE.C`` as one entry a raw column, with the label of the definitions."""
    known = {table.name: table for table in raw_relations().values()}
    entries = []
    for part in column.source.split(";"):
        table = ""
        for word in part.replace("(nine keys)", "").split(","):
            name = word.strip()
            if "." in name:
                table, name = name.split(".", 1)
            elif name in known:
                table, name = name, ""
            label = ""
            if table in known and name:
                label = raw_table(table).column(name).label_en
            elif table in known:
                label = known[table].label.en
            entries.append({"table": table, "column": name, "label": label})
    return entries


def sql_text(name: str, dialect: str) -> str:
    """A table's query in a dialect, ready to paste, with parameters of its own partition kind.

    Raises UsageError for another dialect.
    """
    known: dict[str, Dialect] = {"duckdb": "duckdb", "spark": "spark", "oracle": "oracle"}
    if dialect not in known:
        raise UsageError(f"unknown dialect {dialect}", hint="duckdb, spark or oracle")
    found = model(name)
    query = found.query
    if query.parameters:
        values = {
            "year": ":year",
            "year_start": ":year_start",
            "year_end": ":year_end",
            "month_start": ":month_start",
            "month_end": ":month_end",
        }
        text = render(
            query,
            known[dialect],
            parameters={key: f"@{values[key]}@" for key in query.parameters},
            code_lists=code_lists(),
        )
        for key in query.parameters:
            text = text.replace(f"'@{values[key]}@'", values[key])
        return text
    return render(query, known[dialect], code_lists=code_lists())
