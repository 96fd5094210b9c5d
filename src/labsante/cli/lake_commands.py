"""``receive`` and ``lake``."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from labsante.base.errors import UsageError
from labsante.base.workspace import Workspace
from labsante.cli.context import common, print_json
from labsante.lake import (
    FileAccount,
    Partition,
    Reception,
    partitions,
    receive,
    received_tables,
)
from labsante.snds import raw_table


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("receive")(receive_command)
    app.command("lake")(lake_command)


def receive_command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder of raw files, or one file.")],
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unknown files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The account, for a program.")] = False,
) -> None:
    """Receive raw files into the lake. Example: labsante receive lab/raw"""
    options = common(context)
    workspace = options.workspace()
    with options.reporting() as reporter:
        reception = receive(workspace, path, strict=strict, reporter=reporter)
    if as_json:
        print_json(asdict(reception))
    else:
        _print(reception)


def _print(reception: Reception) -> None:
    for file in reception.files:
        typer.echo(_line(file))
        for reject in file.rejects:
            column = f", {reject['column']}" if reject["column"] else ""
            shape = f" ({reject['value_class']})" if reject["value_class"] else ""
            typer.echo(f"    line {reject['line']}{column}: {reject['reason']}{shape}")
    for name in reception.unknown:
        typer.echo(f"{name}: unknown, skipped")
    fresh = [file for file in reception.files if file.status == "received"]
    read = sum(file.rows_read for file in fresh)
    typer.echo(
        f"{len(fresh)} files received, {len(reception.files) - len(fresh)} already there or "
        f"doubled, {len(reception.unknown)} unknown; {read:,} rows read = "
        f"{sum(file.rows_written for file in fresh):,} written + "
        f"{sum(file.rows_rejected for file in fresh):,} rejected + "
        f"{sum(file.rows_doubled for file in fresh):,} doubled; "
        f"{reception.partitions_written} partitions written in {reception.seconds:.1f} s"
    )


def _line(file: FileAccount) -> str:
    text = f"{file.name}: {file.table}, {file.status}"
    if file.status != "duplicate":
        text += f", {file.rows_read:,} rows read = {file.rows_written:,} written"
        text += f" + {file.rows_rejected:,} rejected"
        text += f" + {file.rows_doubled:,} doubled" if file.rows_doubled else ""
    if file.encoding and file.encoding != "UTF-8":
        text += f", encoding {file.encoding}"
    return text


def lake_command(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="One raw table; all when absent.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """List what was received. Example: labsante lake ER_PRS_F"""
    print_lake(common(context).workspace(), table, as_json=as_json)


def print_lake(workspace: Workspace, table: str = "", *, as_json: bool = False) -> None:
    """What was received: tables, partitions, rows, origin, files and notes."""
    names = [table] if table else received_tables(workspace)
    if table and table not in received_tables(workspace):
        near = get_close_matches(table, received_tables(workspace), 1)
        raise UsageError(
            f"{table} was not received",
            hint=f"did you mean {near[0]}?" if near else "run: labsante lake",
        )
    if as_json:
        print_json(
            {name: [part.manifest.content for part in partitions(workspace, name)]
             for name in names}
        )  # fmt: skip
        return
    for name in names:
        _print_table(name, partitions(workspace, name), whole=bool(table))
    if not names:
        typer.echo("Le lac est vide : labsante receive DOSSIER / the lake is empty")


def _print_table(name: str, parts: list[Partition], *, whole: bool) -> None:
    rows = sum(part.rows for part in parts)
    span = f"{parts[0].name} … {parts[-1].name}" if len(parts) > 1 else "".join(
        part.name for part in parts
    )  # fmt: skip
    origins = " ".join(sorted({part.manifest.content["origin"] for part in parts}))
    label = raw_table(name).label.fr
    typer.echo(f"{name} ({label}) : {rows:,} lignes, {len(parts)} partitions, {span}, {origins}")
    notes = sorted({note for part in parts for note in part.manifest.content["notes"]})
    for note in notes:
        typer.echo(f"    {note}")
    for part in parts if whole else []:
        typer.echo(f"  {part.name} : {part.rows:,} lignes")
        for item in part.manifest.content["inputs"]:
            typer.echo(f"    {item['name']} : {item['rows']:,} lignes, {item['sha256'][:12]}")
