"""What every command shares: where the workspace is, and how to speak."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from labsante.base.progress import Reporter, reporting
from labsante.base.workspace import Workspace, open_workspace


@dataclass(frozen=True, slots=True)
class Context:
    """The common options of one call."""

    root: Path
    quiet: bool

    def workspace(self) -> Workspace:
        """The workspace; raises ConfigurationError where there is none."""
        return open_workspace(self.root)

    def reporting(self) -> AbstractContextManager[Reporter]:
        """Progress on the error stream, or silence."""
        return reporting(self.quiet)


def common(context: typer.Context) -> Context:
    """The shared options, from a command's own context."""
    assert isinstance(context.obj, Context)
    return context.obj


def print_json(value: Any) -> None:
    """One JSON document on the standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))
