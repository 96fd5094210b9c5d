"""``build``, ``table``, ``explain`` and ``sql``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from labsante.cli.context import common, print_json
from labsante.cli.lake_commands import print_lake
from labsante.tables import Built, build
from labsante.tables.explain import TableAccount, explain_column, explain_table, sql_text
from labsante.tables.export import export_table

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for a program.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("build")(build_command)
    app.command("table")(table_command)
    app.command("explain")(explain_command)
    app.command("sql")(sql_command)


def build_command(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Tables; all by default.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="duckdb or spark; by default that of lab.toml.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the intermediate tables: only what changed. Example: labsante build dispensing"""
    options = common(context)
    workspace = options.workspace()
    with options.reporting() as reporter:
        report = build(workspace, tables or [], engine=engine, reporter=reporter)
    if as_json:
        print_json([asdict(entry) for entry in report])
        return
    for name in dict.fromkeys(entry.table for entry in report):
        typer.echo(_line(name, [entry for entry in report if entry.table == name]))
    built = [entry for entry in report if entry.action == "built"]
    fresh = sum(entry.action == "fresh" for entry in report)
    seconds = sum(entry.seconds for entry in built)
    typer.echo(f"{len(built)} partitions built in {seconds:.1f} s, {fresh} already up to date")


def _line(name: str, entries: list[Built]) -> str:
    counts = {
        action: sum(entry.action == action for entry in entries)
        for action in ("built", "fresh", "removed")
    }
    told = ", ".join(f"{number} {action}" for action, number in counts.items() if number)
    rows = sum(entry.rows for entry in entries)
    seconds = sum(entry.seconds for entry in entries)
    return f"{name}: {rows:,} rows; partitions: {told or 'none'} ({seconds:.1f} s)"


def table_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The table.")],
    out: Annotated[Path, typer.Option(help="FILE.csv or FILE.parquet.")],
) -> None:
    """Write a table to one file, ids as text. Example: labsante table stay --out stay.csv"""
    rows = export_table(common(context).workspace(), name, out)
    typer.echo(f"{out}: {rows:,} rows")


def explain_command(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="TABLE, TABLE.COLUMN, or lake.")],
    as_json: AsJson = False,
) -> None:
    """Where a table's lines went, or where a column comes from.

    Example: labsante explain dispensing (or dispensing.atc)
    """
    if what == "lake":
        print_lake(common(context).workspace(), as_json=as_json)
        return
    if "." in what:
        _explain_column(*what.split(".", 1), as_json=as_json)
        return
    accounts = explain_table(common(context).workspace(), what)
    if as_json:
        print_json([asdict(account) for account in accounts])
        return
    for account in accounts:
        _print_account(account)


def _print_account(account: TableAccount) -> None:
    engines = ", ".join(account.engines) or "not built"
    title = f"{account.table}: {account.rows:,} rows in {account.partitions} partitions ({engines})"
    table = Table(title=title, title_justify="left")
    for heading, side in (("place", "left"), ("reason", "left"), ("rows", "right")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    table.add_column("euros", justify="right")
    for step in account.steps:
        table.add_row(step.place, step.reason, f"{step.rows:,}", f"{step.euros:,.2f}")
    Console(width=100).print(table)


def _explain_column(name: str, column: str, *, as_json: bool) -> None:
    facts = explain_column(name, column)
    texts = {key: facts[key] for key in ("label", "rule", "bias", "policy")}
    if as_json:
        print_json(facts | {key: text and asdict(text) for key, text in texts.items()})
        return
    unit = f", {facts['unit']}" if facts["unit"] else ""
    typer.echo(f"{facts['table']}.{facts['column']} ({facts['type']}{unit})")
    for key, title in (("label", "Label"), ("rule", "Rule"), ("bias", "Known bias")):
        if texts[key]:
            typer.echo(f"  {title}: {texts[key].fr} / {texts[key].en}")
    for source in facts["sources"]:
        dot = "." if source["column"] else ""
        typer.echo(f"  Source {source['table']}{dot}{source['column']}: {source['label']}")
    for origin in facts["origins"]:
        typer.echo(f"  Computed from {origin}")


def sql_command(
    name: Annotated[str, typer.Argument(help="The table.")],
    dialect: Annotated[str, typer.Option(help="duckdb, spark or oracle.")] = "duckdb",
) -> None:
    """A table's query, ready to paste. Example: labsante sql stay --dialect oracle"""
    typer.echo(sql_text(name, dialect))
