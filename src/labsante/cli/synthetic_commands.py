"""``synthesize``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from labsante.base.errors import UsageError
from labsante.cli.context import common, print_json


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("synthesize")(synthesize)


def synthesize(
    context: typer.Context,
    persons: Annotated[int, typer.Option(help="Persons alive on the first day.")] = 30_000,
    first: Annotated[int, typer.Option("--from", help="First year of care.")] = 2021,
    last: Annotated[int, typer.Option("--to", help="Last year of care.")] = 2023,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 1,
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    threads: Annotated[int, typer.Option(help="Buckets drawn side by side.")] = 2,
    report: Annotated[bool, typer.Option("--report", help="Compare with public figures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Write a synthetic France in raw/, and its truth in truth/.

    Example: labsante --workspace lab synthesize --persons 30000 --from 2021 --to 2023 --seed 1
    """
    from labsante.synthetic import Settings
    from labsante.synthetic import synthesize as write

    if file_format not in ("parquet", "csv"):
        raise UsageError("unknown format", why="files are written as parquet or csv")
    settings = Settings(persons=persons, first_year=first, last_year=last, seed=seed)
    workspace = common(context).workspace()
    with common(context).reporting() as reporter:
        summary = write(
            settings,
            workspace.raw,
            workspace.truth,
            file_format="csv" if file_format == "csv" else "parquet",
            threads=threads,
            reporter=reporter,
        )
    if as_json:
        print_json(asdict(summary))
        return
    typer.echo(
        f"Synthetic France written: {summary.persons:,} persons, {summary.lines:,} claim lines, "
        f"{summary.files} files, {summary.bytes / 1e6:,.0f} MB in {workspace.raw}; "
        f"truth in {workspace.truth} ({summary.expected_cells:,} expected cells)"
    )
    if report:
        typer.echo(f"{'figure':<24}{'target':>10}{'generated':>11}{'error':>9}  unit")
        for row in summary.calibration:
            mark = "ok" if row.meets else "off"
            typer.echo(
                f"{row.figure:<24}{row.target:>10.2f}{row.generated:>11.2f}"
                f"{100 * row.error:>8.1f}%  {row.unit} ({mark}; {row.source})"
            )
