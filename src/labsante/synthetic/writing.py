"""Writing the delivery: one open file a table and period, one row group a bucket."""

from __future__ import annotations

import errno
import resource
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from labsante.base.errors import ResourceError
from labsante.base.files import disk_full
from labsante.snds.raw import raw_table
from labsante.synthetic.calendar import day

Format = Literal["parquet", "csv"]

_FIRST_DAY, _LAST_DAY = day(1899), day(2300)


class _Writer(Protocol):
    def write(self, rows: pa.Table) -> None: ...
    def close(self) -> None: ...


class _ParquetFile:
    """Fixed settings, no schema of ours and no clock in the file: same rows, same bytes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            store_schema=False,
            store_decimal_as_integer=True,
            version="2.6",
            write_statistics=True,
        )

    def write(self, rows: pa.Table) -> None:
        """One row group."""
        self._writer.write_table(rows, row_group_size=max(1, rows.num_rows))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class _CsvFile:
    """``;`` between fields, dates as real extractions write them, no quotes needed."""

    def __init__(self, path: Path, table_name: str, columns: list[str]) -> None:
        self._stream = path.open("wb")
        self._stream.write((";".join(columns) + "\n").encode())
        self._style = raw_table(table_name).date_style
        self._options = pa_csv.WriteOptions(
            include_header=False, delimiter=";", quoting_style="none"
        )

    def write(self, rows: pa.Table) -> None:
        """Append the rows."""
        columns = [_written(column, self._style) for column in rows.columns]
        plain = pa.Table.from_arrays(columns, names=rows.column_names)
        pa_csv.write_csv(plain, self._stream, self._options)

    def close(self) -> None:
        """Flush and close."""
        self._stream.close()


def _written(column: pa.ChunkedArray, style: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    if pa.types.is_date(column.type):
        return _dates(column, style)
    return column


def _dates(column: pa.ChunkedArray, style: str) -> pa.ChunkedArray:
    """Dates as text, each distinct day written once."""
    days = column.cast(pa.int32()).combine_chunks().dictionary_encode()
    texts = pa.array(
        [date_text(value, style) for value in days.dictionary.to_pylist()], pa.string()
    )
    return pa.chunked_array([texts.take(days.indices)])


def date_text(value: int, style: str) -> str:
    """A day as ``dmy`` (dd/MM/yyyy), ``sas`` (ddMMMyyyy:HH:mm:ss) or ``iso``."""
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    year, month, number = str(np.datetime64(value, "D")).split("-")
    if style == "dmy":
        return f"{number}/{month}/{year}"
    if style == "sas":
        return f"{number}{months[int(month) - 1]}{year}:00:00:00"
    return f"{year}-{month}-{number}"


class DeliveryWriter:
    """Every file of a delivery, open until the last bucket is written."""

    def __init__(self, folder: Path, file_format: Format) -> None:
        self._folder = folder
        self._format = file_format
        self._writers: dict[str, _Writer] = {}
        self.rows: dict[str, int] = {}
        _raise_open_files()

    def __enter__(self) -> DeliveryWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, path: str, table_name: str, rows: pa.Table) -> None:
        """Append the rows of one bucket to a file."""
        name = f"{path}.{self._format}"
        try:
            if name not in self._writers:
                target = self._folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                self._writers[name] = (
                    _ParquetFile(target, rows.schema)
                    if self._format == "parquet"
                    else _CsvFile(target, table_name, rows.column_names)
                )
                self.rows[name] = 0
            self._writers[name].write(rows)
        except OSError as error:
            if error.errno == errno.EMFILE:
                raise ResourceError(
                    "too many open files",
                    where=str(self._folder),
                    why=f"{len(self._writers)} files are written side by side",
                    hint="raise the limit (ulimit -n 4096) or draw fewer years",
                ) from error
            raise disk_full(error, self._folder) from error
        self.rows[name] += rows.num_rows


def _raise_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


__all__ = ["DeliveryWriter", "Format", "date_text", "pc"]
