"""Cells of indicators whose population is rows of a table: stays, dispensings, acts."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_SEX
from labsante.indicators.form import Indicator, Selection
from labsante.indicators.grounds import Ground, ground
from labsante.indicators.sql_parts import (
    SQUARE_TYPE,
    VALUE_TYPE,
    age_band_sql,
    conditions_of,
    person_conditions,
    territory_sql,
    where_sql,
    window_join,
)


def row_cells_sql(indicators: Sequence[Indicator]) -> str:
    """Cells of indicators whose population is rows of one table, in one pass over it.

    Columns period, territory, sex, age_band, then den_I, num_I, x_I, q_I for the I-th indicator.
    """
    base_name = indicators[0].population.base if indicators[0].population else ""
    table = ground(base_name, indicators[0].where)
    flags: list[str] = []
    joins: list[str] = []
    conditions: list[str] = []
    for number, indicator in enumerate(indicators):
        population = indicator.population
        assert population is not None
        member = " AND ".join(f"({c})" for c in _row_members(indicator, number, joins, table))
        conditions.append(f"({member or '1 = 1'})")
        flags += _row_columns(indicator, number, member or "1 = 1", joins, table)
    window = window_join(table, "", indicators[0].period, "")
    places = (
        [
            f"{territory_sql('t.departement')} AS territory",
            f"COALESCE(t.sex, '{UNKNOWN_SEX}') AS sex",
            f"{age_band_sql('t.age')} AS age_band",
        ]
        if table.residence
        else ["t.person_id", "w.population_year"]
    )
    columns = ",\n        ".join(["w.window_period AS period", *places, *flags])
    link = "".join(f"\n    {join}" for join in joins)
    rows = (
        f"SELECT\n        {columns}\n    FROM {table.source or table.name} AS t\n"
        f"    {window}{link}\n    WHERE {' OR '.join(dict.fromkeys(conditions))}"
    )
    sums = [
        f"SUM(r.{column}_{number}) AS {column}_{number}"
        for number in range(len(indicators))
        for column in ("den", "num", "x", "q")
    ]
    return _summed_rows(rows, sums, residence=table.residence)


def _summed_rows(rows: str, sums: list[str], *, residence: bool) -> str:
    listed = ",\n    ".join(sums)
    text = f"WITH flagged AS (\n    {rows}\n)"
    if residence:
        return (
            f"{text}\n\nSELECT\n    r.period, r.territory, r.sex, r.age_band,\n    {listed}\n"
            "FROM flagged AS r\nGROUP BY r.period, r.territory, r.sex, r.age_band"
        )
    # Rows of one person and period first: the join with the person's year is then small.
    own = ",\n        ".join(sums)
    return (
        f"{text},\n\nby_person AS (\n    SELECT\n"
        f"        r.period, r.population_year, r.person_id,\n        {own}\n    FROM flagged AS r\n"
        "    GROUP BY r.period, r.population_year, r.person_id\n)\n\n"
        "SELECT\n    r.period,\n"
        f"    {territory_sql('y.departement')} AS territory,\n"
        f"    COALESCE(y.sex, '{UNKNOWN_SEX}') AS sex,\n"
        f"    COALESCE(y.age_band, '{UNKNOWN_AGE}') AS age_band,\n    {listed}\n"
        "FROM by_person AS r\n"
        "LEFT JOIN person_year AS y ON y.person_id = r.person_id AND y.year = r.population_year\n"
        f"GROUP BY\n    r.period,\n    {territory_sql('y.departement')},\n"
        f"    COALESCE(y.sex, '{UNKNOWN_SEX}'),\n    COALESCE(y.age_band, '{UNKNOWN_AGE}')"
    )


def _row_members(indicator: Indicator, number: int, joins: list[str], table: Ground) -> list[str]:
    """Conditions that make a row belong to the population of the indicator."""
    population = indicator.population
    assert population is not None
    conditions = (
        person_conditions(population, "t.")
        if table.residence
        else ([population.where] if population.where else [])
    )
    if population.within is not None:
        conditions.append(_row_link(population.within, f"w{number}", joins, table, indicator))
    for rank, exclusion in enumerate(indicator.exclusions):
        alias = f"e{number}_{rank}"
        inside = _row_link(exclusion.selection, alias, joins, table, indicator)
        conditions.append(f"NOT COALESCE(({inside}), 1 = 0)")
    return conditions


def _row_columns(
    indicator: Indicator, number: int, member: str, joins: list[str], table: Ground
) -> list[str]:
    population = indicator.population
    assert population is not None
    weight = population.weight or "1"
    held = "CAST(NULL AS BIGINT)"
    if indicator.numerator is not None:
        inside = _row_link(indicator.numerator, f"n{number}", joins, table, indicator)
        amount = indicator.numerator.value or weight
        held = f"CASE WHEN ({member}) AND ({inside}) THEN {amount} ELSE 0 END"
    value = square = f"CAST(NULL AS {SQUARE_TYPE})"
    if indicator.measure is not None:
        number_text = f"CAST({indicator.measure.value} AS {VALUE_TYPE})"
        value = f"CASE WHEN {member} THEN {number_text} END"
        square = f"CASE WHEN {member} THEN CAST({number_text} * {number_text} AS {SQUARE_TYPE}) END"
    return [
        f"CASE WHEN {member} THEN {weight} ELSE 0 END AS den_{number}",
        f"{held} AS num_{number}",
        f"{value} AS x_{number}",
        f"{square} AS q_{number}",
    ]


def _row_link(
    selection: Selection, alias: str, joins: list[str], table: Ground, indicator: Indicator
) -> str:
    """A condition on the row itself, or on rows of another table that share its key."""
    if not selection.sql and selection.table in ("", table.name):
        return " AND ".join(f"({c})" for c in conditions_of(selection, table, "")) or "1 = 1"
    if selection.sql:
        joins.append(
            f"LEFT JOIN (\n        SELECT k.{table.key} FROM (\n"
            f"{textwrap.indent(selection.sql.strip(), '            ')}\n        ) AS k"
            f"\n        GROUP BY k.{table.key}\n    ) AS {alias}"
            f" ON {alias}.{table.key} = t.{table.key}"
        )
        return f"{alias}.{table.key} IS NOT NULL"
    other = ground(selection.table, indicator.where)
    chosen = where_sql(list(conditions_of(selection, other)))
    having = f" HAVING {selection.having}" if selection.having else ""
    joins.append(
        f"LEFT JOIN (\n        SELECT t.{table.key} FROM {other.source or other.name} AS t"
        f"{chosen}\n        GROUP BY t.{table.key}{having}\n    ) AS {alias}"
        f" ON {alias}.{table.key} = t.{table.key}"
    )
    return f"{alias}.{table.key} IS NOT NULL"
