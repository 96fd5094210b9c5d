"""What the rooms above ask of an engine, whichever it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from labsante.base.errors import ConfigurationError, DefinitionError
from labsante.base.workspace import EngineSettings
from labsante.engine.types import Columns

if TYPE_CHECKING:
    import pyarrow

_RELATION = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_MODEL = re.compile(r"^\s*/\* (.+?) \*/")


class Engine(Protocol):
    """One running engine; a context manager that closes itself.

    Every method raises DefinitionError for SQL that the engine refuses, InputDataError for
    files that it cannot read, ResourceError when memory, disk or temporary space runs out. No
    message holds a value from a row.
    """

    name: str
    version: str

    def bind(self, relation: str, files: Sequence[Path], columns: Columns) -> None:
        """Give a name to Parquet files; no file makes an empty relation of these types."""

    def write(self, sql: str, columns: Columns, order_by: Sequence[str], path: Path) -> int:
        """Write a query as ONE Parquet file, in a total order, in one step; returns the rows.

        The result is cast to the contract's types, and the file's real schema is compared with
        them. ``order_by`` must end in a unique key; empty, all columns are the order.
        """

    def fetch(self, sql: str) -> pyarrow.Table:
        """A small result, in memory."""

    def execute(self, sql: str) -> None:
        """A statement without a result: a temporary view or table."""

    def close(self) -> None:
        """Stop, and remove what was spilt."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_engine(settings: EngineSettings, temporary: Path) -> Engine:
    """Start the engine that ``lab.toml`` names; it spills under ``temporary``.

    Raises ConfigurationError for an unknown engine, or where its package is not installed.
    """
    if settings.name == "duckdb":
        from labsante.engine.duckdb_engine import DuckdbEngine

        return DuckdbEngine(settings, temporary)
    if settings.name == "spark":
        from labsante.engine.spark_engine import SparkEngine

        return SparkEngine(settings, temporary)
    raise ConfigurationError(
        f"unknown engine {settings.name!r}", where="lab.toml, engine.name", hint="duckdb or spark"
    )


def relation_name(name: str) -> str:
    """A name that is safe to write in SQL without quotes; raises DefinitionError."""
    if not _RELATION.match(name):
        raise DefinitionError(f"{name!r} cannot name a relation", hint="letters, digits and _")
    return name


def model_of(sql: str) -> str:
    """The model's name that ``render`` wrote at the head of the text, or ''."""
    match = _MODEL.match(sql)
    return match[1] if match else ""
