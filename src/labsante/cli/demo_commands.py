"""``demo`` and ``doctor``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from labsante.cli.context import common, print_json


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("demo")(demo)
    app.command("doctor")(doctor)


def demo(
    context: typer.Context,
    persons: Annotated[int, typer.Option(help="People of the synthetic France.")] = 30_000,
    first: Annotated[int, typer.Option("--from", help="First year of care.")] = 2021,
    last: Annotated[int, typer.Option("--to", help="Last year of care.")] = 2023,
    seed: Annotated[int, typer.Option(help="Same seed, same France.")] = 1,
    serve: Annotated[bool, typer.Option(help="Serve the site at the end.")] = True,
    port: Annotated[int, typer.Option(help="Port of the site.")] = 8000,
) -> None:
    """The whole chain on a synthetic France. Example: labsante --workspace demo demo --no-serve"""
    from labsante.demo import Plan, run_demo

    options = common(context)
    run_demo(Plan(options.root, persons, first, last, seed, options.quiet))
    if serve:
        from labsante.cli.main import run

        raise typer.Exit(run(["--workspace", str(options.root), "serve", "--port", str(port)]))


def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Say what this machine misses. Example: labsante doctor"""
    from labsante.doctor import examine

    findings = examine(common(context).root.absolute())
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "ok " if finding.good else ("-- " if finding.needed else "NO ")
            typer.echo(f"{mark} {finding.name:<11} {finding.seen}")
            if not finding.good:
                what = finding.needed or "the main job"
                typer.echo(f"    needed for {what}; what to do: {finding.remedy}")
    if any(not finding.good and not finding.needed for finding in findings):
        raise typer.Exit(3)
