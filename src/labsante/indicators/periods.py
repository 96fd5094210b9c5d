"""Periods and windows: which months are looked at to say something of a period.

A period kind is ``year``, ``quarter``, ``month`` or ``24 months`` (two calendar years that end
in the year that names the period). A window says how far back a selection looks: ``period``
(the default), ``N months`` that end with the period, or a season ``10-01..01-31`` that ends in
the year of the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from labsante.base.errors import DefinitionError

_MONTHS_OF_KIND = {"year": 12, "quarter": 3, "month": 1, "24 months": 24}


@dataclass(frozen=True, slots=True)
class Period:
    """One period: its name, the year whose residents it speaks of, its last month."""

    name: str
    year: int
    last_month: date


def month_before(month: date, count: int) -> date:
    """The first day of the month ``count`` months before."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def month_end(month: date) -> date:
    """The last day of a month."""
    return month_before(month, -1) - timedelta(days=1)


def window_months(kind: str, window: str, where: str = "") -> int:
    """How many months a window of a period holds."""
    if window in ("", "period"):
        return _MONTHS_OF_KIND[kind]
    if window.endswith(" months"):
        return int(window.split()[0])
    if kind != "year":
        raise DefinitionError("a season goes with yearly periods", where=where)
    first, last = int(window[:2]), int(window[7:9])
    return (last - first) % 12 + 1


def whole_years(kind: str, window: str) -> bool:
    """Whether a window is made of calendar years, so that a year is enough to tell it."""
    yearly = kind in ("year", "24 months") and ".." not in window
    return yearly and window_months(kind, window) % 12 == 0


def _last_month(kind: str, window: str, period: Period) -> date:
    if kind == "year" and ".." in window:
        return date(period.year, int(window[7:9]), 1)
    return period.last_month


def periods(kind: str, years: list[int]) -> list[Period]:
    """The periods of a kind in consecutive years of data."""
    if kind in ("year", "24 months"):
        return [Period(str(year), year, date(year, 12, 1)) for year in years]
    if kind == "quarter":
        return [
            Period(f"{year}-Q{quarter}", year, date(year, 3 * quarter, 1))
            for year in years
            for quarter in range(1, 5)
        ]
    return [
        Period(f"{year}-{month:02d}", year, date(year, month, 1))
        for year in years
        for month in range(1, 13)
    ]


def complete_periods(kind: str, windows: list[str], years: list[int]) -> list[Period]:
    """The periods whose every window lies inside the years of data.

    With a window of three months, the first monthly period is the third month of data; with
    24 months, the first yearly period is the second year.
    """
    if not years:
        return []
    first = date(min(years), 1, 1)
    found = []
    for period in periods(kind, years):
        starts = [
            month_before(_last_month(kind, window, period), window_months(kind, window) - 1)
            for window in (windows or [""])
        ]
        if min(starts) >= first:
            found.append(period)
    return found


def calendar(kind: str, window: str, wanted: list[Period]) -> dict[str, pa.Table]:
    """Three small relations for a window: its months, its years, its first and last day."""
    months: list[tuple[str, int, date]] = []
    spans: list[tuple[str, int, date, date]] = []
    span_years: set[tuple[str, int, int]] = set()
    for period in wanted:
        last = _last_month(kind, window, period)
        count = window_months(kind, window)
        first = month_before(last, count - 1)
        spans.append((period.name, period.year, first, month_end(last)))
        for back in range(count):
            month = month_before(last, back)
            months.append((period.name, period.year, month))
            span_years.add((period.name, period.year, month.year))
    return {
        "months": _table(months, ("window_month", pa.date32())),
        "years": _table(sorted(span_years), ("window_year", pa.int64())),
        "span": _table(spans, ("window_start", pa.date32()), ("window_end", pa.date32())),
    }


def _table(rows: Sequence[tuple[object, ...]], *more: tuple[str, pa.DataType]) -> pa.Table:
    schema = pa.schema([("window_period", pa.string()), ("population_year", pa.int64()), *more])
    columns = [[row[index] for row in rows] for index in range(len(schema))]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def window_name(kind: str, window: str) -> str:
    """A name for the relations of a window: ``month_3_months``."""
    text = f"{kind} {window if window not in ('', 'period') else 'period'}"
    return "".join(character if character.isalnum() else "_" for character in text)
