"""Spark: a local session, or the cluster that ``engine.spark_master`` names."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from labsante.base.errors import (
    ConfigurationError,
    DefinitionError,
    InputDataError,
    LabError,
    ResourceError,
)
from labsante.base.files import replacing
from labsante.base.workspace import EngineSettings
from labsante.engine.engine import model_of, relation_name
from labsante.engine.types import Columns, check_columns, normal_type

if TYPE_CHECKING:
    import pyarrow

_NAMES = {"STRING": "VARCHAR", "INT": "INTEGER", "LONG": "BIGINT", "SHORT": "SMALLINT"}
_SPACE = re.compile(r"No space left|Disk quota|OutOfMemoryError|SparkOutOfMemory|heap space")
_PLACE = re.compile(r"\[([A-Z_]+(?:\.[A-Z_]+)*)\]")
_NAME = re.compile(r"with name (`[^\n]*?`) cannot be resolved")
#: Classes of errors whose cause is a value of a row: their messages are never quoted.
_VALUE_CLASSES = ("CAST_", "NUMERIC_VALUE", "ARITHMETIC", "DIVIDE", "INVALID_", "DATETIME")


class SparkEngine:
    """A Spark session; one that already runs in this process is used, and left running."""

    name = "spark"

    def __init__(self, settings: EngineSettings, temporary: Path) -> None:
        try:
            import pyspark
        except ImportError:
            raise ConfigurationError(
                "Spark is not installed",
                where="lab.toml, engine.name",
                hint="pip install 'labsante[spark]', with Java 17 or later",
            ) from None
        self.version = str(pyspark.__version__)
        temporary.mkdir(parents=True, exist_ok=True)
        self._temporary = Path(tempfile.mkdtemp(prefix=f"spark-{os.getpid()}-", dir=temporary))
        self._settings = settings
        self._session, self._owner = _session(settings, self._temporary)
        _silence(self._session)

    def bind(self, relation: str, files: Sequence[Path], columns: Columns) -> None:
        """See :class:`labsante.engine.Engine`."""
        name = relation_name(relation)
        typed = [(column, normal_type(kind)) for column, kind in columns]
        with self._errors(""):
            if files:
                schema = _schema_of_files(relation, files, [c for c, _ in typed])
                paths = [file.resolve().as_uri() for file in files]
                frame = self._session.read.schema(schema).parquet(*paths)
                frame = frame.selectExpr(*(_cast(c, k) for c, k in typed))
            else:
                nulls = (f"CAST(NULL AS {_spark(k)}) AS {_quoted(c)}" for c, k in typed)
                frame = self._session.sql(f"SELECT {', '.join(nulls)} WHERE 1 = 0")
            frame.createOrReplaceTempView(name)

    def write(self, sql: str, columns: Columns, order_by: Sequence[str], path: Path) -> int:
        """See :class:`labsante.engine.Engine`."""
        model = model_of(sql)
        typed = [(column, normal_type(kind)) for column, kind in columns]
        with self._errors(model):
            frame = self._session.sql(sql)
            check_columns(_described(frame), typed, model or str(path))
            frame = frame.toDF(*(column for column, _ in typed))
            frame = frame.selectExpr(*(_cast(c, k) for c, k in typed))
            frame = _optional(self._session, frame)
            order = [frame[c].asc_nulls_last() for c in order_by or [c for c, _ in typed]]
            with replacing(path) as temporary, _scratch_folder(temporary) as folder:
                writer = frame.repartition(1).sortWithinPartitions(*order).write
                writer.option("compression", "zstd").parquet(folder.as_uri())
                (part,) = folder.glob("part-*.parquet")
                rows = _check_written(part, typed, path)
                part.rename(temporary)
        return rows

    def fetch(self, sql: str) -> pyarrow.Table:
        """See :class:`labsante.engine.Engine`."""
        with self._errors(model_of(sql)):
            return self._session.sql(sql).toArrow()

    def execute(self, sql: str) -> None:
        """See :class:`labsante.engine.Engine`."""
        with self._errors(model_of(sql)):
            self._session.sql(sql)

    def close(self) -> None:
        """See :class:`labsante.engine.Engine`."""
        if self._owner:
            self._session.stop()
        else:
            for view in self._session.catalog.listTables():
                if view.isTemporary:
                    self._session.catalog.dropTempView(view.name)
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

    @contextlib.contextmanager
    def _errors(self, model: str) -> Iterator[None]:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as error:
            raise self._translated(error, model) from None

    def _translated(self, error: Exception, model: str) -> LabError:
        """An error of ours; messages of Spark may hold a row's value: only their class is kept."""
        from pyspark.errors import AnalysisException, ParseException

        text = str(error)
        found = _PLACE.search(text)
        kind = found[1] if found else type(error).__name__
        if _SPACE.search(text):
            return ResourceError(
                "Spark ran out of memory or of temporary space",
                where=f"{model or 'query'}, spilling to {self._temporary}",
                why=f"{shutil.disk_usage(self._temporary).free} bytes free in the temporary "
                f"folder, memory limit {self._settings.memory_limit}",
                hint="raise engine.memory_limit, free the disk of engine.temporary, or use more "
                "buckets; then run the same command again: it resumes",
            )
        if isinstance(error, (AnalysisException, ParseException)):
            name = _NAME.search(text)
            why = f"{kind} {name[1]}" if name else kind
            return DefinitionError("Spark refuses this SQL", where=model, why=why)
        if "FILE" in kind or "PATH" in kind or "Parquet" in text[:2000]:
            return InputDataError("a file cannot be read or written", where=model, why=kind)
        hint = ""
        if kind.startswith(_VALUE_CLASSES):
            hint = (
                "read texts with to_int_strict or read_date, round with amount or measure, and "
                "check the sizes of the decimals"
            )
        return DefinitionError("Spark stopped this query", where=model, why=kind, hint=hint)


def _session(settings: EngineSettings, temporary: Path) -> tuple[Any, bool]:
    """The running session of this process, or a new one; and whether it is ours to stop."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        for key, value in _SQL_SETTINGS.items():
            running.conf.set(key, value)
        return running, False
    local = settings.spark_master.startswith("local")
    loopback = local or "127.0.0.1" in settings.spark_master or "localhost" in settings.spark_master
    if loopback:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    logging_off = temporary / "log4j2.properties"
    logging_off.write_text(_LOGGING_OFF, "utf-8")
    builder = (
        SparkSession.builder.master(settings.spark_master)
        .appName("labsante")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.local.dir", str(temporary))
        .config("spark.sql.warehouse.dir", str(temporary / "warehouse"))
        .config("spark.driver.memory", _java_size(settings.memory_limit))
        .config("spark.executor.syncLogLevel.enabled", "true")
        .config(
            "spark.driver.extraJavaOptions", f"-Dlog4j2.configurationFile={logging_off.as_uri()}"
        )
    )
    if loopback:
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.driver.host", "127.0.0.1")
    if local:
        # Adaptive execution merges what is too many; two hundred tasks of nothing cost seconds.
        builder = builder.config("spark.sql.shuffle.partitions", str(max(8, 4 * settings.threads)))
    for key, value in _SQL_SETTINGS.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate(), True
    except Exception as error:
        raise ConfigurationError(
            "Spark does not start",
            where=f"lab.toml, engine.spark_master = {settings.spark_master!r}",
            why=type(error).__name__,
            hint="is Java 17 or later installed (java -version), and the master reachable?",
        ) from None


#: An appender that keeps nothing: without one, Spark takes its own configuration instead.
_LOGGING_OFF = """\
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""


def _silence(session: Any) -> None:
    """Stop Spark's own logs: its messages quote values of rows. Errors come back as ours."""
    session.sparkContext.setLogLevel("OFF")
    logging.getLogger("SQLQueryContextLogger").disabled = True
    logging.getLogger("DataFrameQueryContextLogger").disabled = True
    # Its test helpers, which it imports by itself, warn of a library that is not used here.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")


#: What makes Spark compute as the subset says, whatever the cluster's defaults.
_SQL_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    # A product keeps all its decimals, as on DuckDB, and fails where it does not fit.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.writeLegacyFormat": "false",
}


def _java_size(limit: str) -> str:
    """``4GB`` or ``512 MiB`` as Java writes it, in whole megabytes."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B?\s*", limit, re.IGNORECASE)
    if not match:
        raise ConfigurationError(
            f"engine.memory_limit = {limit!r} is not a size", hint='for example "4GB"'
        )
    megabytes = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}[match[2].upper()]
    return f"{max(512, int(float(match[1]) * megabytes))}m"


def _optional(session: Any, frame: Any) -> Any:
    """The same rows with every column nullable: else a count is written as a required column.

    The optimiser cannot know that the RDD is empty, so the union keeps its nullable columns.
    """
    from pyspark.sql.types import StructField, StructType

    fields = [StructField(field.name, field.dataType, True) for field in frame.schema.fields]
    nothing = session.createDataFrame(session.sparkContext.emptyRDD(), StructType(fields))
    return frame.union(nothing)


def _described(frame: Any) -> list[tuple[str, str]]:
    types = ((f.name, f.dataType.simpleString().upper()) for f in frame.schema.fields)
    return [(name, _NAMES.get(kind, kind)) for name, kind in types]


def _schema_of_files(relation: str, files: Sequence[Path], columns: Sequence[str]) -> str:
    """The columns that are read, with their types in the files, as Spark writes them.

    Given to Spark, it spares one job a relation; but Spark would then read a column that a file
    does not have as NULL: every file is looked at here.
    """
    import pyarrow
    import pyarrow.parquet

    found: dict[str, str] = {}
    for file in files:
        try:
            schema = pyarrow.parquet.read_schema(file)
        except (OSError, pyarrow.ArrowInvalid):
            raise InputDataError(
                "a file cannot be read",
                where=str(file),
                why="it is missing, or is not a Parquet file",
                hint="build or receive again: a partition with a manifest is whole",
            ) from None
        types = {field.name.lower(): _from_arrow(str(field.type)) for field in schema}
        for column in columns:
            kind = types.get(column.lower())
            if kind is None or found.setdefault(column, kind) != kind:
                raise InputDataError(
                    f"the files of {relation} do not have the expected columns",
                    where=str(file),
                    why=f"{column} is {kind or 'absent'}",
                )
    return ", ".join(f"{_quoted(column)} {_spark(kind)}" for column, kind in found.items())


def _check_written(part: Path, wanted: Columns, path: Path) -> int:
    """The file's own schema must be the contract's; returns the rows."""
    import pyarrow.parquet

    metadata = pyarrow.parquet.read_metadata(part)
    schema = metadata.schema.to_arrow_schema()
    real = [(field.name, _from_arrow(str(field.type))) for field in schema]
    required = [field.name for field in schema if not field.nullable]
    if real != [tuple(pair) for pair in wanted] or required:
        raise DefinitionError(
            "the file's schema is not the contract's",
            where=str(path),
            why=f"written {real}, required {required}, wanted {list(wanted)}",
        )
    return int(metadata.num_rows)


def _from_arrow(kind: str) -> str:
    names = {"int64": "BIGINT", "string": "VARCHAR", "date32[day]": "DATE"}
    names |= {"double": "DOUBLE", "bool": "BOOLEAN", "int32": "INT", "large_string": "VARCHAR"}
    if kind.startswith("decimal"):
        return f"DECIMAL({kind[kind.index('(') + 1 : -1].replace(' ', '')})"
    return names.get(kind, kind)


@contextlib.contextmanager
def _scratch_folder(temporary: Path) -> Iterator[Path]:
    """The folder that Spark writes in, beside the file that it becomes."""
    folder = temporary.with_name(f"{temporary.name}.parts")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spark(kind: str) -> str:
    return "STRING" if kind == "VARCHAR" else kind


def _cast(column: str, kind: str) -> str:
    return f"CAST({_quoted(column)} AS {_spark(kind)}) AS {_quoted(column)}"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
