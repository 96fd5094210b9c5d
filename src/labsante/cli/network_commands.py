"""``networks``: the informal networks of health professionals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labsante.cli.context import common, print_json


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    group = typer.Typer(no_args_is_help=True, help="Networks of health professionals.")
    group.command("ties")(ties)
    group.command("bench")(bench)
    app.add_typer(group, name="networks")


def ties(
    context: typer.Context,
    visits: Annotated[Path, typer.Argument(help="CSV or Parquet: patient, actor, day.")],
    out: Annotated[Path, typer.Option(help="CSV or Parquet to write.")],
    kind: Annotated[str, typer.Option(help="shared, within or next.")] = "within",
    window: Annotated[int, typer.Option(help="Days, both ends in.")] = 30,
    memory: Annotated[str, typer.Option(help="What the engine may hold in memory.")] = "2GB",
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Ties between actors. Example: labsante networks ties visits.csv --kind within --out t.csv"""
    import tempfile

    from labsante.base.workspace import EngineSettings
    from labsante.networks.ties import TieDefinition, write_ties

    definition = TieDefinition(kind, window)
    with (
        common(context).reporting() as reporter,
        tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".tmp-") as temporary,
    ):
        settings = EngineSettings(memory_limit=memory)
        account = write_ties(visits, out, definition, settings, Path(temporary), reporter)
    if json:
        print_json(account.as_dict())
    else:
        typer.echo(
            f"{account.ties} ties ({kind}, window {window} days) from {account.visits} distinct "
            f"visits of {account.patients} patients to {account.actors} actors, "
            f"in {account.chunks} chunks: {out}"
        )


def bench(
    edges: Annotated[Path, typer.Argument(help="CSV or Parquet: src, dst[, weight].")],
    directed: Annotated[bool, typer.Option("--directed", help="src → dst only.")] = False,
    seeds: Annotated[int, typer.Option(help="Runs at each resolution.")] = 10,
) -> None:
    """Measures of an edge list, as JSON. Example: labsante networks bench edges.csv --directed"""
    from labsante.networks.bench import bench as measure
    from labsante.networks.bench import read_edges

    print_json(measure(read_edges(edges, directed=directed), seeds=seeds))
