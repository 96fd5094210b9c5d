"""The engine as the lake uses it: bounded memory, its own spill folder, one clear disk error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from labsante.base.errors import LabError, ResourceError
from labsante.base.files import disk_full
from labsante.base.workspace import Workspace

_FULL = ("no space left", "disk quota exceeded", "file too large", "could not write")
_MEMORY = ("out of memory", "failed to allocate", "max_temp_directory_size")


@contextmanager
def connected(workspace: Workspace) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection with the workspace's settings, and a scratch folder removed at the end."""
    scratch = workspace.temporary / f"receive-{os.getpid()}"
    _sweep(workspace.temporary)
    scratch.mkdir(parents=True, exist_ok=True)
    settings = workspace.config.engine
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": "false",
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    try:
        yield connection, scratch
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove the scratch folders of processes that have gone."""
    for left in folder.glob("receive-*"):
        number = left.name.removeprefix("receive-")
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(left, ignore_errors=True)


def run_sql(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyConnection:
    """Execute a heavy statement; where two threads do not fit in memory, one thread may."""
    try:
        return connection.execute(statement)
    except duckdb.OutOfMemoryException:
        row = connection.execute("SELECT current_setting('threads')").fetchone()
        threads = int(row[0]) if row else 1
        if threads == 1:
            raise
        connection.execute("SET threads = 1")
        try:
            return connection.execute(statement)
        finally:
            # The cursor keeps its result: only the setting goes back, on a cursor of its own.
            connection.cursor().execute(f"SET threads = {threads}")


@contextmanager
def resource_errors(place: Path, needed: int) -> Iterator[None]:
    """Turn the engine's "disk full" and "out of memory" into ResourceError (exit code 14).

    ``needed`` is a size in bytes that the work needs at least.
    """
    try:
        yield
    except duckdb.Error as error:
        translated = _translate(str(error), place, needed)
        if translated is None:
            raise
        raise translated from None
    except ResourceError as error:
        if "bytes needed" in error.why:
            raise
        why = f"about {needed} bytes needed, {error.why}"
        raise ResourceError(error.what, where=error.where, why=why, hint=error.hint) from None
    except OSError as error:
        raise disk_full(error, place, needed) from None


def _translate(text: str, place: Path, needed: int) -> LabError | None:
    lower = text.lower()
    if any(mark in lower for mark in _FULL):
        parent = next(p for p in (place, *place.parents) if p.exists())
        free = shutil.disk_usage(parent).free
        return ResourceError(
            "the disk is full",
            where=str(place),
            why=f"about {needed} bytes needed, {free} bytes free",
            hint="free space or move the workspace, then run the same command again: it resumes",
        )
    if any(mark in lower for mark in _MEMORY):
        return ResourceError(
            "not enough memory or temporary space",
            where=str(place),
            why=f"about {needed} bytes needed; the engine says: {text.splitlines()[0][:200]}",
            hint="raise engine.memory_limit in lab.toml, or free space in engine.temporary",
        )
    return None
