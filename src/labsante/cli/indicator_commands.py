"""``indicators`` computes; ``indicator`` shows and checks definitions."""

from __future__ import annotations

from typing import Annotated

import typer

from labsante.cli.context import common, print_json

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
