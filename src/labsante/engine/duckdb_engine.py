"""DuckDB: one machine, a memory limit, a folder to spill in."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import duckdb

from labsante.base.errors import (
    ConfigurationError,
    DefinitionError,
    InputDataError,
    LabError,
    ResourceError,
)
from labsante.base.files import disk_full, replacing
from labsante.base.workspace import EngineSettings
from labsante.engine.engine import model_of, relation_name
from labsante.engine.types import Columns, check_columns, normal_type

if TYPE_CHECKING:
    import pyarrow

#: Rows of a row group: fixed, since the bytes of a file depend on it.
ROW_GROUP_SIZE = 122_880
_SPACE = re.compile(r"no space left|disk quota|max_temp_directory_size|failed to offload", re.I)
#: The place in the file that DuckDB could not write: the file needs at least as much.
_RANGE = re.compile(r"offset=(\d+), size=(\d+)")
_VALUE_ERRORS = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
)
_TEXT_ERRORS = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.NotImplementedException,
)


class DuckdbEngine:
    """An in-memory DuckDB whose only storage is Parquet files."""

    name = "duckdb"
    version = str(duckdb.__version__)

    def __init__(self, settings: EngineSettings, temporary: Path) -> None:
        temporary.mkdir(parents=True, exist_ok=True)
        self._temporary = Path(tempfile.mkdtemp(prefix=f"duckdb-{os.getpid()}-", dir=temporary))
        self._settings = settings
        try:
            self._connection = duckdb.connect(
                ":memory:",
                config={
                    "memory_limit": settings.memory_limit,
                    "threads": settings.threads,
                    "temp_directory": str(self._temporary),
                    # Files are written in a total order, so the order of reading is free.
                    "preserve_insertion_order": False,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    "allow_community_extensions": False,
                    "python_enable_replacements": False,
                },
            )
        except duckdb.Error as error:
            shutil.rmtree(self._temporary, ignore_errors=True)
            raise ConfigurationError(
                "DuckDB refuses these settings",
                where="lab.toml, [engine]",
                why=str(error).split("\n", 1)[0],
                hint='for example memory_limit = "4GB" and threads = 2',
            ) from None
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET default_null_order = 'nulls_last'")
        self._connection.execute("SET lock_configuration = true")

    def bind(self, relation: str, files: Sequence[Path], columns: Columns) -> None:
        """See :class:`labsante.engine.Engine`."""
        name = relation_name(relation)
        typed = [(column, normal_type(kind)) for column, kind in columns]
        if files:
            selected = ", ".join(f"CAST({_quoted(c)} AS {k}) AS {_quoted(c)}" for c, k in typed)
            paths = ", ".join(_text(str(file)) for file in files)
            source = f"SELECT {selected} FROM read_parquet([{paths}])"
        else:
            selected = ", ".join(f"CAST(NULL AS {k}) AS {_quoted(c)}" for c, k in typed)
            source = f"SELECT {selected} WHERE 1 = 0"
        try:
            with self._errors("", reading=files):
                self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {source}")
        except DefinitionError as error:
            raise InputDataError(
                f"the files of {relation} do not have the expected columns",
                where=str(files[0]) if files else relation,
                why=error.why,
            ) from None

    def write(self, sql: str, columns: Columns, order_by: Sequence[str], path: Path) -> int:
        """See :class:`labsante.engine.Engine`."""
        model = model_of(sql)
        typed = [(column, normal_type(kind)) for column, kind in columns]
        with self._errors(model):
            check_columns(self._described(sql), typed, model or str(path))
            casts = ", ".join(f"CAST({_quoted(c)} AS {k}) AS {_quoted(c)}" for c, k in typed)
            # No row, but unknown statistics: else DuckDB writes a column without NULL as
            # required, and the schema of a file would depend on its data and on the engine.
            nulls = ", ".join(f"CAST(NULL AS {k})" for _, k in typed)
            order = ", ".join(f"{_quoted(c)} NULLS LAST" for c in order_by or [c for c, _ in typed])
            with replacing(path) as temporary, _disk_errors(temporary, path):
                result = self._connection.execute(
                    f"COPY (SELECT * FROM (SELECT {casts} FROM (\n{sql}\n) AS model "
                    f"UNION ALL SELECT {nulls} FROM range(0)) ORDER BY {order}) "
                    f"TO {_text(str(temporary))} "
                    f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
                ).fetchone()
                self._check_written(temporary, typed, path)
        assert result is not None
        return int(result[0])

    def fetch(self, sql: str) -> pyarrow.Table:
        """See :class:`labsante.engine.Engine`."""
        with self._errors(model_of(sql)):
            return self._connection.sql(sql).to_arrow_table()

    def execute(self, sql: str) -> None:
        """See :class:`labsante.engine.Engine`."""
        with self._errors(model_of(sql)):
            self._connection.execute(sql)

    def close(self) -> None:
        """See :class:`labsante.engine.Engine`."""
        self._connection.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_written(self, file: Path, wanted: Columns, path: Path) -> None:
        """The file's own schema must be the contract's to the letter, every column optional."""
        real = self._described(f"SELECT * FROM read_parquet({_text(str(file))})")
        required = self._connection.execute(
            "SELECT name FROM parquet_schema(?) WHERE repetition_type = 'REQUIRED' "
            "AND num_children IS NULL",
            [str(file)],
        ).fetchall()
        if real != list(wanted) or required:
            raise DefinitionError(
                "the file's schema is not the contract's",
                where=str(path),
                why=f"written {real}, required {required}, wanted {list(wanted)}",
            )

    def _described(self, sql: str) -> list[tuple[str, str]]:
        rows = self._connection.execute(f"DESCRIBE {sql}").fetchall()
        return [(row[0], row[1]) for row in rows]

    @contextlib.contextmanager
    def _errors(self, model: str, reading: Sequence[Path] = ()) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise self._translated(error, model, reading) from None

    def _translated(self, error: duckdb.Error, model: str, reading: Sequence[Path]) -> LabError:
        """An error of ours; only messages that cannot hold a row's value are quoted."""
        message = str(error).split("\n", 1)[0]
        if isinstance(error, duckdb.OutOfMemoryException) or _SPACE.search(str(error)):
            free = shutil.disk_usage(self._temporary).free
            spilt = sum(file.stat().st_size for file in self._temporary.rglob("*"))
            return ResourceError(
                "the engine ran out of memory or of temporary space",
                where=f"{model or 'query'}, spilling to {self._temporary}",
                why=f"{message}; {spilt} bytes spilt and more needed, {free} bytes free in the "
                f"temporary folder, memory limit {self._settings.memory_limit}",
                hint="raise engine.memory_limit, free the disk of engine.temporary, or use more "
                "buckets; then run the same command again: it resumes",
            )
        if isinstance(error, _TEXT_ERRORS):
            return DefinitionError("DuckDB refuses this SQL", where=model, why=message)
        if isinstance(error, duckdb.IOException) or reading:
            place = str(reading[0]) if reading else model
            return InputDataError("a file cannot be read or written", where=place, why=message)
        if isinstance(error, _VALUE_ERRORS):
            return DefinitionError(
                "a value does not fit the type that the query gives it",
                where=model,
                why=type(error).__name__,
                hint="read texts with to_int_strict or read_date, round with amount or measure, "
                "and check the sizes of the decimals",
            )
        return DefinitionError("DuckDB stopped this query", where=model, why=type(error).__name__)


@contextlib.contextmanager
def _disk_errors(temporary: Path, path: Path) -> Iterator[None]:
    """Tell a full disk under the file that is written from a full spill folder."""
    try:
        yield
    except duckdb.Error as error:
        message = str(error)
        if not _SPACE.search(message) or temporary.name not in message:
            raise
        reached = temporary.stat().st_size if temporary.exists() else 0
        wanted = _RANGE.search(message)
        needed = int(wanted[1]) + int(wanted[2]) if wanted else reached + 1
        raise disk_full(OSError(errno.ENOSPC, ""), path, max(needed, reached)) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
