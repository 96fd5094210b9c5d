"""``indicators`` computes; ``indicator`` shows and checks definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labsante.base.errors import CheckFailedError, UsageError
from labsante.cli.context import common, print_json

if TYPE_CHECKING:
    from labsante.indicators import Indicator

_STATES = {
    "computed": "calculé",
    "fresh": "à jour",
    "unavailable": "indisponible",
    "waiting": "en attente",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("indicators")(indicators)
    editor = typer.Typer(help="Show, check and try indicator definitions.", no_args_is_help=True)
    editor.command("list")(list_indicators)
    editor.command("show")(show)
    editor.command("new")(new)
    editor.command("check")(check)
    editor.command("preview")(preview)
    editor.command("schema")(schema)
    app.add_typer(editor, name="indicator")


def indicators(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Indicators; none means all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Compute the cells of indicators. Example: labsante indicators PAT-DIAB-PREV"""
    from labsante.indicators import catalogue
    from labsante.indicators.store import chosen, compute_cells

    known = catalogue()
    with common(context).reporting() as reporter:
        outcomes = compute_cells(
            common(context).workspace(), chosen(ids or [], known), known, reporter
        )
    if as_json:
        print_json(
            [
                {
                    "id": o.id,
                    "state": o.state,
                    "rows": o.rows,
                    "reason": o.reason,
                    "notes": list(o.notes),
                }
                for o in outcomes
            ]
        )
        return
    for outcome in outcomes:
        told = f"{outcome.rows} cellules" if outcome.rows else outcome.reason
        typer.echo(f"{outcome.id:<16} {_STATES[outcome.state]:<12} {told}")
        for note in outcome.notes:
            typer.echo(f"{'':<16} ! {note}")


def list_indicators(
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """List the catalogue. Example: labsante indicator list"""
    from labsante.indicators import catalogue

    known = catalogue()
    if as_json:
        print_json([{"id": i.id, "title": i.title.fr, "theme": i.theme} for i in known.values()])
        return
    for indicator in known.values():
        typer.echo(f"{indicator.id:<16} {indicator.theme:<14} {indicator.title.fr}")


def show(indicator: Annotated[str, typer.Argument(help="The id.")]) -> None:
    """Print a definition with its SQL. Example: labsante indicator show PAT-DIAB-PREV"""
    from labsante.indicators import catalogue, definition_document
    from labsante.indicators.store import chosen

    print_json(definition_document(chosen([indicator], catalogue())[0]))


def _opened(name: str) -> tuple[Indicator, dict[str, Indicator]]:
    """An indicator by file or by id, and the catalogue with it."""
    from labsante.indicators import catalogue, read_indicator
    from labsante.indicators.store import chosen

    known = dict(catalogue())
    path = Path(name)
    if path.suffix == ".toml":
        if not path.exists():
            raise UsageError("there is no such file", where=name)
        indicator = read_indicator(path.read_text("utf-8"), name)
        known[indicator.id] = indicator
        return indicator, known
    return chosen([name], known)[0], known


def new(
    indicator: Annotated[str, typer.Argument(help="The id, such as PAT-ASTHME.")],
    out: Annotated[Path | None, typer.Option(help="The file; ID.toml here by default.")] = None,
) -> None:
    """Write a definition to fill in. Example: labsante indicator new PAT-ASTHME"""
    from labsante.base.files import write_text
    from labsante.indicators.authoring import scaffold
    from labsante.indicators.reader import ID_PATTERN

    if not ID_PATTERN.match(indicator):
        raise UsageError(
            f"{indicator} is not an id", hint="three capitals, a dash, a name: PAT-ASTHME"
        )
    path = out or Path(f"{indicator}.toml")
    if path.exists():
        raise UsageError("the file exists", where=str(path), hint="choose another with --out")
    write_text(path, scaffold(indicator))
    typer.echo(f"{path} : à compléter, puis labsante indicator check {path}")


def check(
    indicator: Annotated[str, typer.Argument(help="A file, or an id of the catalogue.")],
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Check a definition and its test patients. Example: labsante indicator check my.toml"""
    from labsante.indicators import definition_document
    from labsante.indicators.trials import run_tests

    found, known = _opened(indicator)
    definition_document(found, known)
    results = run_tests(found, known) if found.available else []
    if as_json:
        print_json(
            [
                {
                    "test": r.test,
                    "side": r.side,
                    "expected": r.expected,
                    "found": r.found,
                    "passed": r.passed,
                }
                for r in results
            ]
        )
    else:
        typer.echo(f"{found.id} : définition lue, SQL valide")
        for r in results:
            mark = "ok" if r.passed else "ÉCHEC"
            typer.echo(f"  {mark} {r.test} : {r.side} {r.found:g} (attendu {r.expected:g})")
    if not all(r.passed for r in results):
        raise CheckFailedError(
            "a test patient is not counted as expected", where=found.where or found.id
        )


def preview(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="A file, or an id of the catalogue.")],
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """National values, unprotected. Example: labsante indicator preview my.toml"""
    from labsante.indicators.preview import national_rows

    found, known = _opened(indicator)
    rows = national_rows(common(context).workspace(), found, known)
    if as_json:
        print_json(rows)
        return
    typer.echo(f"{found.title.fr} ({found.unit.fr})")
    for row in rows:
        typer.echo(
            f"  {row['period']}  {row['value']}  [{row['low95']} ; {row['high95']}]  "
            f"{row['numerator']} / {row['denominator']}"
        )


def schema() -> None:
    """Print the JSON schema of definitions. Example: labsante indicator schema > indicator.json"""
    from labsante.indicators.authoring import json_schema

    print_json(json_schema())
