"""``labsante``: one command, one sub-command a task, exit codes that mean something."""

from __future__ import annotations

import errno
import importlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from labsante import __version__
from labsante.base.errors import LabError, ResourceError
from labsante.cli.context import Context

# One module a family of commands, each with ``register(app)``, and the commands it brings: only
# the family that is called is imported. In the order of ``--help``.
FAMILIES: dict[str, tuple[str, ...]] = {
    "workspace_commands": ("init",),
    "synthetic_commands": ("synthesize",),
    "lake_commands": ("receive", "lake"),
    "table_commands": ("build", "table", "explain", "sql"),
    "quality_commands": ("check",),
    "indicator_commands": ("indicators", "indicator"),
    "stays_commands": ("stays",),
    "network_commands": ("networks",),
    "publication_commands": (
        "publish",
        "approve",
        "rollback",
        "versions",
    ),
    "web_commands": ("serve",),
    "demo_commands": ("demo", "doctor"),
}

# typer carries its own copy of click: the common parent of its usage errors is found from one.
_UsageFailure: type[BaseException] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)

app = typer.Typer(
    name="labsante",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Lab Santé : des livraisons SNDS brutes aux tables, indicateurs et publications sûres.\n\n"
    "Raw SNDS deliveries become clean tables, indicators and safe publications.",
)


@app.callback()
def _common(
    context: typer.Context,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="The workspace's folder.", envvar="LABSANTE")
    ] = Path("lab"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    context.obj = Context(root=workspace, quiet=quiet)


@app.command("version")
def _version() -> None:
    """Print the version. Example: labsante version"""
    typer.echo(__version__)


_registered: set[str] = set()


def register(families: Iterable[str] = tuple(FAMILIES)) -> None:
    """Import families of commands and add theirs, once each."""
    for family in families:
        if family not in _registered:
            importlib.import_module(f"labsante.cli.{family}").register(app)
            _registered.add(family)


def _wanted(arguments: list[str]) -> Iterable[str]:
    """The family whose command is called, or all of them: for help, or for a slip."""
    called = [f for f, commands in FAMILIES.items() if set(commands) & set(arguments)]
    return called[:1] if len(called) == 1 else FAMILIES


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with the exit code of the error, if any."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code. Errors go to the error stream, whole."""
    register(_wanted(arguments))
    try:
        result = app(args=arguments, standalone_mode=False, prog_name="labsante")
    except typer.Abort:
        return 130
    except _UsageFailure as error:
        error.show()  # type: ignore[attr-defined]
        return 2
    except LabError as error:
        return _report(error, as_json="--json" in arguments)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            full = ResourceError("the disk is full", where=str(error.filename or ""))
            return _report(full, as_json="--json" in arguments)
        raise
    return result if isinstance(result, int) else 0


def _report(error: LabError, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(error.as_dict(), ensure_ascii=False))
    print(f"Error: {error}", file=sys.stderr)
    return error.exit_code
