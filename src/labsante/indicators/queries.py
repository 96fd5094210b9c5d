"""From a definition to SQL in the engine's subset: text that one can read, paste and explain.

Relations besides the intermediate tables, one set a window: ``months_K`` (window_period,
population_year, window_month), ``years_K`` (… window_year), ``span_K`` (… window_start,
window_end). Each says which months, years or days are looked at for a period.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from labsante.base.errors import DefinitionError
from labsante.engine import parse
from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_SEX
from labsante.indicators.form import Indicator, Selection
from labsante.indicators.grounds import Ground, ground
from labsante.indicators.row_queries import row_cells_sql
from labsante.indicators.sql_parts import (
    SQUARE_TYPE,
    VALUE_TYPE,
    Window,
    conditions_of,
    cte,
    person_conditions,
    territory_sql,
    where_sql,
    window_join,
)

POPULATION = "indicator_population"
LISTED = "_listed"


def windows_of(indicator: Indicator) -> list[Window]:
    """Every window that the queries of an indicator read."""
    found = [Window(indicator.period, "")]
    for selection in (indicator.numerator, indicator.measure):
        found += [Window(indicator.period, w) for w in _windows(selection)]
    population = indicator.population
    if population is not None:
        found += [Window("year", w) for w in _windows(population.within)]
    for exclusion in indicator.exclusions:
        found += [Window("year", w) for w in _windows(exclusion.selection)]
    if indicator.by_person:
        found.append(Window("year", ""))
    return list(dict.fromkeys(found))


def _windows(selection: Selection | None) -> list[str]:
    if selection is None:
        return []
    if selection.any:
        return [window for part in selection.any for window in _windows(part)]
    return [selection.window]


def tables_of(indicator: Indicator, others: Mapping[str, Indicator]) -> set[str]:
    """The intermediate tables that an indicator reads."""
    population = indicator.population
    if population is None:
        return set()
    base = ground(population.base, indicator.where)
    names = set(base.tables)
    if indicator.type == "sql" and indicator.numerator is not None:
        return names | _selection_tables(indicator.numerator, others, indicator.where)
    if not base.residence:
        names.add("person_year")
    selections = [indicator.numerator, indicator.measure, population.within]
    selections += [exclusion.selection for exclusion in indicator.exclusions]
    for selection in selections:
        if selection is not None:
            names |= _selection_tables(selection, others, indicator.where)
    return names


def _selection_tables(
    selection: Selection, others: Mapping[str, Indicator], where: str
) -> set[str]:
    if selection.any:
        return set().union(*(_selection_tables(part, others, where) for part in selection.any))
    if selection.indicator:
        source = _referred(selection, others, where)
        return _selection_tables(source, others, where)
    if selection.sql:
        return {
            name
            for name in parse(_filled(selection.sql, "x"), where).inputs
            if not name.endswith("_x")
        }
    if selection.condition:
        return {"condition_year"}
    if selection.table:
        return set(ground(selection.table, where).tables)
    return set()


# --- persons -------------------------------------------------------------------------------


def population_sql(
    indicator: Indicator, others: Mapping[str, Indicator], listed: frozenset[str] = frozenset()
) -> str:
    """The persons of the denominator, one row a person and year.

    Columns person_id, year, territory, sex, age_band, weight. ``listed``: see
    :func:`listed_sql`.
    """
    population = indicator.population
    assert population is not None
    parts = [
        f"""base AS (
    SELECT
        y.person_id,
        y.year,
        {territory_sql("y.departement")} AS territory,
        COALESCE(y.sex, '{UNKNOWN_SEX}') AS sex,
        COALESCE(y.age_band, '{UNKNOWN_AGE}') AS age_band,
        {f"({population.weight})" if population.weight else "1"} AS weight
    FROM person_year AS y{where_sql(person_conditions(population, "y."))}
)"""
    ]
    joins, conditions = [], []
    if population.within is not None:
        chosen = selection_sql(population.within, "year", others, indicator.where, listed)
        parts.append(cte("within_population", chosen))
        joins.append(
            "INNER JOIN within_population AS w\n"
            "    ON w.person_id = b.person_id AND w.population_year = b.year"
        )
    for number, exclusion in enumerate(indicator.exclusions, start=1):
        chosen = selection_sql(exclusion.selection, "year", others, indicator.where, listed)
        parts.append(cte(f"excluded_{number}", chosen))
        joins.append(
            f"LEFT JOIN excluded_{number} AS x{number}\n"
            f"    ON x{number}.person_id = b.person_id AND x{number}.population_year = b.year"
        )
        conditions.append(f"x{number}.person_id IS NULL")
    text = "WITH " + ",\n\n".join(parts)
    text += (
        "\n\nSELECT b.person_id, b.year, b.territory, b.sex, b.age_band, b.weight\nFROM base AS b"
    )
    return text + "".join(f"\n{join}" for join in joins) + where_sql(conditions)


def denominator_sql(population: str = POPULATION) -> str:
    """Weights by year, territory, sex and age of a population."""
    return f"""SELECT
    b.year, b.territory, b.sex, b.age_band, SUM(b.weight) AS n_den
FROM {population} AS b
GROUP BY b.year, b.territory, b.sex, b.age_band"""


def numerator_sql(
    indicators: Sequence[Indicator],
    others: Mapping[str, Indicator],
    listed: frozenset[str] = frozenset(),
) -> str:
    """Numerators of indicators that share a population and a period kind, in one pass."""
    parts = []
    for indicator in indicators:
        selection = _counted(indicator)
        chosen = selection_sql(selection, indicator.period, others, indicator.where, listed)
        parts.append(
            f"SELECT '{indicator.id}' AS indicator, c.window_period, c.population_year,\n"
            f"    c.person_id, c.value\nFROM (\n{textwrap.indent(chosen, '    ')}\n) AS c"
        )
    union = "\nUNION ALL\n".join(parts)
    return f"""WITH {cte("counted", union)}

SELECT
    c.indicator,
    c.window_period AS period,
    b.territory,
    b.sex,
    b.age_band,
    COUNT(*) AS n_num,
    SUM(c.value) AS s_x,
    SUM(CAST(c.value * c.value AS {SQUARE_TYPE})) AS s_x2
FROM counted AS c
INNER JOIN {POPULATION} AS b ON b.person_id = c.person_id AND b.year = c.population_year
GROUP BY c.indicator, c.window_period, b.territory, b.sex, b.age_band"""


def selection_sql(
    selection: Selection,
    kind: str,
    others: Mapping[str, Indicator],
    where: str,
    listed: frozenset[str] = frozenset(),
) -> str:
    """One row a period and person that the selection takes.

    Columns window_period, population_year, person_id, value.
    """
    if selection.any:
        union = "\nUNION ALL\n".join(
            selection_sql(part, kind, others, where, listed) for part in selection.any
        )
        return (
            "SELECT u.window_period, u.population_year, u.person_id, "
            f"CAST(1 AS {VALUE_TYPE}) AS value\n"
            f"FROM (\n{textwrap.indent(union, '    ')}\n) AS u\n"
            "GROUP BY u.window_period, u.population_year, u.person_id"
        )
    if selection.indicator:
        return selection_sql(_referred(selection, others, where), kind, others, where, listed)
    if selection.condition:
        selection = Selection(table="condition_year", where=f"condition = '{selection.condition}'")
    name = Window(kind, selection.window).name
    if selection.sql:
        return _filled(selection.sql, name)
    table = ground(selection.table, where)
    conditions = list(conditions_of(selection, table))
    if table.time == "span":
        join = (
            f"INNER JOIN span_{name} AS w\n"
            f"    ON {table.date} <= w.window_end\n"
            f"    AND ({table.end} IS NULL OR {table.end} >= w.window_start)"
        )
    else:
        join = window_join(table, selection.date, kind, selection.window)
    conditions.insert(0, "t.person_id IS NOT NULL")
    value = (
        f"CAST({selection.value} AS {VALUE_TYPE})"
        if selection.value
        else f"CAST(1 AS {VALUE_TYPE})"
    )
    having = f"\nHAVING {selection.having}" if selection.having else ""
    return (
        f"SELECT w.window_period, w.population_year, t.person_id,\n    {value} AS value\n"
        f"FROM {_rows_of(table, selection, listed)} AS t\n{join}{where_sql(conditions)}\n"
        f"GROUP BY w.window_period, w.population_year, t.person_id{having}"
    )


def _rows_of(table: Ground, selection: Selection, listed: frozenset[str]) -> str:
    if selection.codes and table.name in listed:
        return f"{table.name}{LISTED}"
    return table.source or table.name


def lists_on(
    indicators: Sequence[Indicator], others: Mapping[str, Indicator]
) -> dict[str, list[str]]:
    """Code lists that selections of persons put on each table, with repeats, for a shared scan."""
    found: dict[str, list[str]] = {}

    def note(selection: Selection | None, where: str) -> None:
        if selection is None:
            return
        for part in selection.any:
            note(part, where)
        if selection.indicator:
            note(_referred(selection, others, where), where)
        if selection.table and selection.codes:
            found.setdefault(selection.table, []).append(selection.codes)

    for indicator in indicators:
        if indicator.by_person and indicator.population is not None:
            note(indicator.numerator, indicator.where)
            note(indicator.measure, indicator.where)
            note(indicator.population.within, indicator.where)
            for exclusion in indicator.exclusions:
                note(exclusion.selection, indicator.where)
    return found


def listed_sql(table: str, lists: Sequence[str], columns: Sequence[str]) -> str:
    """The rows of a table whose code is in one of the lists: read once, for many selections.

    A selection with ``codes`` reads ``TABLE_listed`` instead of the table, and gives the same
    rows: its own list is one of those.
    """
    rows = ground(table, table)
    conditions = " OR ".join(f"code_in(t.{rows.code}, '{name}')" for name in sorted(set(lists)))
    named = ", ".join(f"t.{column}" for column in columns)
    return f"SELECT {named}\nFROM {rows.source or rows.name} AS t\nWHERE {conditions}"


def _filled(sql: str, name: str) -> str:
    text = sql.strip().replace("{months}", f"months_{name}")
    return text.replace("{years}", f"years_{name}").replace("{span}", f"span_{name}")


def _counted(indicator: Indicator) -> Selection:
    """What is joined with the population: the numerator, or the measure of all persons."""
    chosen = indicator.measure or indicator.numerator
    assert chosen is not None
    return chosen


def _referred(selection: Selection, others: Mapping[str, Indicator], where: str) -> Selection:
    other = others.get(selection.indicator)
    if other is None or other.numerator is None:
        raise DefinitionError(
            f"no indicator {selection.indicator} with a numerator to stand on", where=where
        )
    return other.numerator


# --- rows ----------------------------------------------------------------------------------


def own_cells_sql(indicator: Indicator) -> str:
    """The SELECT of an indicator of type ``sql``, summed by cell.

    Columns period, territory, sex, age_band, n_den, n_num; ``{years}`` and ``{months}`` stand for
    the relations of the period.
    """
    assert indicator.numerator is not None
    inner = _filled(indicator.numerator.sql, Window(indicator.period, "").name)
    return f"""SELECT
    r.period, r.territory, r.sex, r.age_band, SUM(r.n_den) AS n_den, SUM(r.n_num) AS n_num
FROM (
{textwrap.indent(inner, "    ")}
) AS r
GROUP BY r.period, r.territory, r.sex, r.age_band"""


def cells_queries(indicator: Indicator, others: Mapping[str, Indicator]) -> list[tuple[str, str]]:
    """The queries that give the cells of one indicator, with a title each, in the subset."""
    if indicator.type == "sql":
        return [("cells", own_cells_sql(indicator))]
    if not indicator.by_person:
        return [("cells", row_cells_sql([indicator]))]
    return [
        ("population", population_sql(indicator, others)),
        ("denominator", denominator_sql()),
        ("numerator", numerator_sql([indicator], others)),
    ]
