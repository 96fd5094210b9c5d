"""Readers of cells: each way of writing a value, and what cannot be read."""

from __future__ import annotations

import duckdb
import pytest

from labsante.lake.conversion import text_readers, typed_reader, value_class
from labsante.snds import RawColumn


def column(kind: str, length: str = "") -> RawColumn:
    return RawColumn("X", kind, "", "", None, None, length)


def read_text(cell: str, kind: str, style: str = "dmy", length: str = "") -> str | None:
    readers = ", ".join(r.format(x="c") for r in text_readers(column(kind, length), style))
    row = duckdb.execute(
        f"SELECT CAST(COALESCE({readers}) AS VARCHAR) FROM (SELECT ? AS c)", [cell]
    )
    return row.fetchall()[0][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("05/01/2021", "2021-01-05"),
        ("2021-01-05", "2021-01-05"),
        ("05JAN2021:00:00:00", "2021-01-05"),
        ("05jan2021:23:59:59", "2021-01-05"),
        ("05JAN2021", "2021-01-05"),
        ("20210105", "2021-01-05"),
        ("202101", "2021-01-01"),
        ("22285", "2021-01-05"),
        ("2021-01-05T10:00:00Z", "2021-01-05"),
        ("01/01/1600", "1600-01-01"),
        ("29/02/2021", None),
        ("32/01/2021", None),
        ("abc", None),
    ],
)
def test_dates(cell: str, read: str | None) -> None:
    assert read_text(cell, "date") == read


def test_eight_digits_follow_the_definition() -> None:
    assert read_text("05012021", "date", "sas", "8") == "2021-01-05"
    assert read_text("20210105", "date", "sas", "8") == "2021-01-05"


@pytest.mark.parametrize(
    ("cell", "read"),
    [("12", "12"), ("-3", "-3"), ("12.0", "12"), ("12,0", "12"), ("12.5", None), ("x", None)],
)
def test_whole_numbers_are_never_rounded(cell: str, read: str | None) -> None:
    assert read_text(cell, "integer") == read


@pytest.mark.parametrize(
    ("cell", "read"), [("12.5", "12.50"), ("12,5", "12.50"), ("-0.01", "-0.01"), ("x", None)]
)
def test_decimals(cell: str, read: str | None) -> None:
    assert read_text(cell, "decimal(18,2)") == read


@pytest.mark.parametrize(
    ("value", "source", "kind", "read"),
    [
        ("3400930000001.0", "DOUBLE", "text", "3400930000001"),
        ("12.5", "DOUBLE", "text", "12.5"),
        ("12.0", "DOUBLE", "integer", "12"),
        ("12.5", "DOUBLE", "integer", None),
        ("'NaN'", "DOUBLE", "integer", None),
        ("22285", "DOUBLE", "date", "2021-01-05"),
        ("20210105", "BIGINT", "date", "2021-01-05"),
        ("1925424000", "DOUBLE", "date", "2021-01-05"),
        ("TIMESTAMP '2021-01-05 10:00:00'", "TIMESTAMP", "date", "2021-01-05"),
        ("202101", "BIGINT", "year_month", "202101"),
        ("23.400000000000002", "DOUBLE", "decimal(18,2)", "23.40"),
    ],
)
def test_typed_cells(value: str, source: str, kind: str, read: str | None) -> None:
    reader = typed_reader(column(kind), source).format(x="c")
    query = f"SELECT CAST({reader} AS VARCHAR) FROM (SELECT CAST({value} AS {source}) AS c)"
    assert duckdb.execute(query).fetchall() == [(read,)]


def test_the_shape_of_a_value_hides_it() -> None:
    shape = value_class("'12/Août/2021'")
    assert duckdb.execute(f"SELECT {shape}").fetchall() == [("99/AAAA/9999",)]
