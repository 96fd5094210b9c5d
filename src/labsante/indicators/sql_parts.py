"""Pieces of SQL that several queries of an indicator share."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from labsante.base.errors import DefinitionError
from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_TERRITORY
from labsante.indicators.form import Population, Selection
from labsante.indicators.grounds import Ground
from labsante.indicators.periods import whole_years, window_name
from labsante.indicators.reader import AGES_PATTERN
from labsante.snds.ages import FIVE_YEAR_BANDS, LAST_BAND

#: Exact sums of values and squares: four decimals of a value, eight of its square.
# 19 digits, so that the engines compute a square on 38: on 18 DuckDB would keep 18 and overflow.
VALUE_TYPE = "DECIMAL(19,4)"
SQUARE_TYPE = "DECIMAL(38,6)"


@dataclass(frozen=True, slots=True)
class Window:
    """A period kind and what is looked at for one of its periods."""

    kind: str
    window: str

    @property
    def name(self) -> str:
        """The suffix of its relations."""
        return window_name(self.kind, self.window)


def window_join(table: Ground, own_date: str, kind: str, window: str) -> str:
    """The join that gives the rows of a table their periods."""
    name = Window(kind, window).name
    if table.time == "year":
        return f"INNER JOIN years_{name} AS w ON w.window_year = t.{table.date}"
    if table.year and not own_date and whole_years(kind, window):
        return f"INNER JOIN years_{name} AS w ON w.window_year = t.{table.year}"
    date = own_date or table.date
    month = f"t.{date}" if table.time == "month" else f"month_start(t.{date})"
    return f"INNER JOIN months_{name} AS w ON w.window_month = {month}"


def conditions_of(selection: Selection, table: Ground, prefix: str = "t.") -> list[str]:
    conditions = []
    if selection.codes:
        if not table.code:
            raise DefinitionError(f"{table.name} has no code column", where=selection.codes)
        conditions.append(f"code_in({prefix}{table.code}, '{selection.codes}')")
    if selection.where:
        conditions.append(selection.where)
    return conditions


def person_conditions(population: Population, prefix: str) -> list[str]:
    conditions = []
    if population.sex:
        conditions.append(f"{prefix}sex = '{population.sex}'")
    if population.ages:
        match = AGES_PATTERN.match(population.ages)
        assert match
        low, high = match[1], match[2]
        conditions.append(
            f"{prefix}age BETWEEN {low} AND {high}" if high else f"{prefix}age >= {low}"
        )
    if population.where:
        conditions.append(population.where)
    return conditions


def territory_sql(column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN '{UNKNOWN_TERRITORY}' ELSE 'DEP-' || {column} END"


def age_band_sql(column: str) -> str:
    cases = [f"WHEN {column} >= 90 THEN '{LAST_BAND}'"]
    for band in reversed(FIVE_YEAR_BANDS[:-1]):
        cases.append(f"WHEN {column} >= {int(band[:2])} THEN '{band}'")
    return f"CASE {' '.join(cases)} ELSE '{UNKNOWN_AGE}' END"


def where_sql(conditions: Sequence[str]) -> str:
    if not conditions:
        return ""
    return "\nWHERE\n    " + "\n    AND ".join(f"({condition})" for condition in conditions)


def cte(name: str, sql: str) -> str:
    return f"{name} AS (\n{textwrap.indent(sql, '    ')}\n)"
