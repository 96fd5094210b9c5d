"""``serve``."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from labsante.base.errors import UsageError
from labsante.cli.context import common


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="The port; lab.toml's by default.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    processes: Annotated[int, typer.Option(help="How many processes answer.", min=1)] = 1,
) -> None:
    """Serve the site and the API of the current publication, until stopped.

    Example: labsante --workspace lab serve --port 8000
    """
    import uvicorn

    workspace = common(context).workspace()
    at_host, at_port = host or workspace.config.site.host, port or workspace.config.site.port
    _refuse_taken_port(at_host, at_port)
    os.environ["LABSANTE_PUBLICATION"] = str(workspace.publication)
    typer.echo(f"Lab Santé: http://{at_host}:{at_port}/")
    uvicorn.run(
        "labsante.web.app:from_environment",
        factory=True,
        host=at_host,
        port=at_port,
        workers=processes,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used",
                where=host,
                why=error.strerror or "",
                hint=f"try: labsante serve --port {port + 1 if port < 65535 else 8000}",
            ) from None
