"""``init``."""

from __future__ import annotations

from typing import Annotated

import typer

from labsante.base.workspace import init_workspace
from labsante.cli.context import common


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("init")(init)


def init(
    context: typer.Context,
    buckets: Annotated[int, typer.Option(help="Parts of a partition, a power of two.")] = 1,
) -> None:
    """Make a workspace. Example: labsante --workspace lab init"""
    workspace = init_workspace(common(context).root, buckets)
    typer.echo(f"Workspace ready: {workspace.root}")
