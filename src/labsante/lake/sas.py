"""SAS7bdat files, through pyreadstat, read in chunks. Dates stay numbers counted from 1960."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labsante.base.errors import ConfigurationError, InputDataError
from labsante.lake.delivery import DeliveredFile

_CHUNK_ROWS = 200_000


def _pyreadstat(file: DeliveredFile) -> Any:
    try:
        import pyreadstat
    except ImportError:
        raise ConfigurationError(
            "reading SAS files needs pyreadstat",
            where=file.name,
            hint="install the extra: labsante[sas]",
        ) from None
    return pyreadstat


def _damaged(file: DeliveredFile, error: Exception) -> InputDataError:
    return InputDataError(
        "this SAS file cannot be read: it is cut or damaged",
        where=file.name,
        why=str(error)[:200],
        hint="copy it again from its source",
    )


def sas_columns(path: Path, file: DeliveredFile) -> list[tuple[str, str]]:
    """Names and types (VARCHAR or DOUBLE) of the columns."""
    reader = _pyreadstat(file)
    try:
        _, meta = reader.read_sas7bdat(str(path), metadataonly=True, output_format="dict")
    except Exception as error:
        raise _damaged(file, error) from None
    types = meta.readstat_variable_types
    return [
        (name, "VARCHAR" if types.get(name) == "string" else "DOUBLE") for name in meta.column_names
    ]


def sas_to_parquet(path: Path, file: DeliveredFile, target: Path) -> Path:
    """Write the rows to ``target`` as Parquet, texts and doubles; returns ``target``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    reader = _pyreadstat(file)
    columns = sas_columns(path, file)
    kinds = {"VARCHAR": pa.string(), "DOUBLE": pa.float64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns])
    try:
        with pq.ParquetWriter(target, schema) as writer:
            offset = 0
            while True:
                rows, _ = reader.read_sas7bdat(
                    str(path),
                    output_format="dict",
                    row_offset=offset,
                    row_limit=_CHUNK_ROWS,
                    disable_datetime_conversion=True,
                )
                count = len(next(iter(rows.values()), ()))
                if not count:
                    break
                arrays = [_array(rows[field.name], field.type) for field in schema]
                writer.write_table(pa.table(arrays, schema=schema))
                offset += count
    except pa.ArrowException as error:
        raise _damaged(file, error) from None
    return target


def _array(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    if kind == pa.string():
        return pa.array([str(v) if v not in (None, "") else None for v in values], kind)
    return pa.array(values, kind, from_pandas=True)
