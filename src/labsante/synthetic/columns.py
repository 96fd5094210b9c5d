"""From numpy arrays to Arrow columns, typed by the definitions of the raw tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.snds.raw import RawColumn, raw_table

# An absent whole number or day in an array; written as NULL.
ABSENT = int(np.iinfo(np.int32).min)


@dataclass(frozen=True, slots=True)
class Text:
    """A text column as ranks in ``values``; a negative rank is NULL.

    ``plain`` columns (many values) are written out in full, the others keep their dictionary.
    The choice must be the same in every bucket, since it is part of the file's schema.
    """

    ranks: NDArray[Any]
    values: Any
    plain: bool = False

    def __getitem__(self, rows: Any) -> Text:
        return Text(self.ranks[rows], self.values, self.plain)


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value on every row; None is NULL."""

    value: str | int | None


@dataclass(frozen=True, slots=True)
class Cents:
    """Hundredths of the unit, whatever the number of digits of the column."""

    values: NDArray[np.int64]


Value = Text | Constant | Cents | NDArray[Any]


def arrow_table(raw_name: str, rows: int, columns: Mapping[str, Value]) -> pa.Table:
    """One Arrow table in the column order of the definition of ``raw_name``."""
    definition = raw_table(raw_name)
    unknown = set(columns) - {column.name for column in definition.columns}
    if unknown:
        raise KeyError(f"{raw_name} has no column {sorted(unknown)}")
    kept = [column for column in definition.columns if column.name in columns]
    arrays = [_arrow(column, columns[column.name], rows) for column in kept]
    fields = [pa.field(c.name, a.type) for c, a in zip(kept, arrays, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _arrow(column: RawColumn, value: Value, rows: int) -> pa.Array:
    kind = column.sql_type
    if isinstance(value, Constant):
        return _arrow(column, _spread(value, kind, rows), rows)
    if kind == "VARCHAR":
        return _text(value, column.name)
    if isinstance(value, Text):
        raise TypeError(f"{column.name} is not a text")
    if kind == "BIGINT":
        assert not isinstance(value, Cents)
        return _whole(value)
    if kind == "DATE":
        assert not isinstance(value, Cents)
        absent = value == ABSENT
        days = np.where(absent, 0, value).astype(np.int32)
        return pa.array(days, mask=absent if absent.any() else None).cast(pa.date32())
    if isinstance(value, Cents):
        shift = 10 ** abs(column.scale - 2)
        cents = value.values.astype(np.int64)
        units = cents * shift if column.scale >= 2 else cents // shift
    else:
        units = value.astype(np.int64) * 10**column.scale
    return _decimal(units, column.scale)


def _spread(constant: Constant, kind: str, rows: int) -> Value:
    if kind == "VARCHAR":
        rank = -1 if constant.value is None else 0
        return Text(np.full(rows, rank, dtype=np.int16), _one(str(constant.value)))
    number = ABSENT if constant.value is None else int(constant.value)
    return np.full(rows, number, dtype=np.int64)


@cache
def _one(value: str) -> pa.Array:
    return pa.array([value])


def _text(value: Value, name: str) -> pa.Array:
    if not isinstance(value, Text):
        raise TypeError(f"{name} is a text: give ranks and values")
    values = value.values if isinstance(value.values, pa.Array) else pa.array(value.values)
    if values.type != pa.string():
        values = values.cast(pa.string())
    absent = value.ranks < 0
    some = bool(absent.any())
    if value.plain:
        return values.take(pa.array(value.ranks.astype(np.int32), mask=absent if some else None))
    # A value twice in a dictionary makes the Parquet writer's bytes differ from run to run.
    distinct = values.dictionary_encode()
    ranks = np.where(absent, 0, distinct.indices.to_numpy()[value.ranks]).astype(np.int16)
    indices = pa.array(ranks, mask=absent if some else None)
    return pa.DictionaryArray.from_arrays(indices, distinct.dictionary)


def _whole(value: NDArray[Any]) -> pa.Array:
    numbers = value.astype(np.int64, copy=False)
    absent = numbers == ABSENT
    return pa.array(numbers, mask=absent if absent.any() else None)


def _decimal(units: NDArray[np.int64], scale: int) -> pa.Array:
    # 128-bit little-endian two's complement from 64 bits: the high half repeats the sign.
    absent = units == ABSENT
    halves = np.empty((len(units), 2), dtype=np.int64)
    halves[:, 0] = units
    halves[:, 1] = units >> 63
    array = pa.Array.from_buffers(
        pa.decimal128(18, scale), len(units), [None, pa.py_buffer(halves.tobytes())]
    )
    if absent.any():
        array = pa.compute.if_else(pa.array(absent), pa.scalar(None, array.type), array)
    return array
