"""From a definition to SQL in the engine's subset: text that one can read, paste and explain.

Relations besides the intermediate tables, one set a window: ``months_K`` (window_period,
population_year, window_month), ``years_K`` (… window_year), ``span_K`` (… window_start,
window_end). Each says which months, years or days are looked at for a period.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labsante.base.errors import DefinitionError
from labsante.engine import parse
from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_SEX, UNKNOWN_TERRITORY
from labsante.indicators.form import Indicator, Population, Selection
from labsante.indicators.grounds import Ground, ground
from labsante.indicators.periods import whole_years, window_name
from labsante.indicators.reader import AGES_PATTERN
from labsante.snds.ages import FIVE_YEAR_BANDS, LAST_BAND

POPULATION = "indicator_population"
LISTED = "_listed"
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
        {_territory("y.departement")} AS territory,
        COALESCE(y.sex, '{UNKNOWN_SEX}') AS sex,
        COALESCE(y.age_band, '{UNKNOWN_AGE}') AS age_band,
        {f"({population.weight})" if population.weight else "1"} AS weight
    FROM person_year AS y{_where(_row_conditions(population, "y."))}
)"""
    ]
    joins, conditions = [], []
    if population.within is not None:
        chosen = selection_sql(population.within, "year", others, indicator.where, listed)
        parts.append(_cte("within_population", chosen))
        joins.append(
            "INNER JOIN within_population AS w\n"
            "    ON w.person_id = b.person_id AND w.population_year = b.year"
        )
    for number, exclusion in enumerate(indicator.exclusions, start=1):
        chosen = selection_sql(exclusion.selection, "year", others, indicator.where, listed)
        parts.append(_cte(f"excluded_{number}", chosen))
        joins.append(
            f"LEFT JOIN excluded_{number} AS x{number}\n"
            f"    ON x{number}.person_id = b.person_id AND x{number}.population_year = b.year"
        )
        conditions.append(f"x{number}.person_id IS NULL")
    text = "WITH " + ",\n\n".join(parts)
    text += (
        "\n\nSELECT b.person_id, b.year, b.territory, b.sex, b.age_band, b.weight\nFROM base AS b"
    )
    return text + "".join(f"\n{join}" for join in joins) + _where(conditions)


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
    return f"""WITH {_cte("counted", union)}

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
    conditions = list(_conditions(selection, table))
    if table.time == "span":
        join = (
            f"INNER JOIN span_{name} AS w\n"
            f"    ON {table.date} <= w.window_end\n"
            f"    AND ({table.end} IS NULL OR {table.end} >= w.window_start)"
        )
    else:
        join = _window_join(table, selection.date, kind, selection.window)
    conditions.insert(0, "t.person_id IS NOT NULL")
    value = (
        f"CAST({selection.value} AS {VALUE_TYPE})"
        if selection.value
        else f"CAST(1 AS {VALUE_TYPE})"
    )
    having = f"\nHAVING {selection.having}" if selection.having else ""
    return (
        f"SELECT w.window_period, w.population_year, t.person_id,\n    {value} AS value\n"
        f"FROM {_rows_of(table, selection, listed)} AS t\n{join}{_where(conditions)}\n"
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


def _window_join(table: Ground, own_date: str, kind: str, window: str) -> str:
    """The join that gives the rows of a table their periods."""
    name = Window(kind, window).name
    if table.time == "year":
        return f"INNER JOIN years_{name} AS w ON w.window_year = t.{table.date}"
    if table.year and not own_date and whole_years(kind, window):
        return f"INNER JOIN years_{name} AS w ON w.window_year = t.{table.year}"
    date = own_date or table.date
    month = f"t.{date}" if table.time == "month" else f"month_start(t.{date})"
    return f"INNER JOIN months_{name} AS w ON w.window_month = {month}"


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
    window = _window_join(table, "", indicators[0].period, "")
    places = (
        [
            f"{_territory('t.departement')} AS territory",
            f"COALESCE(t.sex, '{UNKNOWN_SEX}') AS sex",
            f"{_age_band('t.age')} AS age_band",
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
        f"    {_territory('y.departement')} AS territory,\n"
        f"    COALESCE(y.sex, '{UNKNOWN_SEX}') AS sex,\n"
        f"    COALESCE(y.age_band, '{UNKNOWN_AGE}') AS age_band,\n    {listed}\n"
        "FROM by_person AS r\n"
        "LEFT JOIN person_year AS y ON y.person_id = r.person_id AND y.year = r.population_year\n"
        f"GROUP BY\n    r.period,\n    {_territory('y.departement')},\n"
        f"    COALESCE(y.sex, '{UNKNOWN_SEX}'),\n    COALESCE(y.age_band, '{UNKNOWN_AGE}')"
    )


def _row_members(indicator: Indicator, number: int, joins: list[str], table: Ground) -> list[str]:
    """Conditions that make a row belong to the population of the indicator."""
    population = indicator.population
    assert population is not None
    conditions = (
        _row_conditions(population, "t.")
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
        return " AND ".join(f"({c})" for c in _conditions(selection, table, "")) or "1 = 1"
    if selection.sql:
        joins.append(
            f"LEFT JOIN (\n        SELECT k.{table.key} FROM (\n"
            f"{textwrap.indent(selection.sql.strip(), '            ')}\n        ) AS k"
            f"\n        GROUP BY k.{table.key}\n    ) AS {alias}"
            f" ON {alias}.{table.key} = t.{table.key}"
        )
        return f"{alias}.{table.key} IS NOT NULL"
    other = ground(selection.table, indicator.where)
    chosen = _where(list(_conditions(selection, other)))
    having = f" HAVING {selection.having}" if selection.having else ""
    joins.append(
        f"LEFT JOIN (\n        SELECT t.{table.key} FROM {other.source or other.name} AS t"
        f"{chosen}\n        GROUP BY t.{table.key}{having}\n    ) AS {alias}"
        f" ON {alias}.{table.key} = t.{table.key}"
    )
    return f"{alias}.{table.key} IS NOT NULL"


# --- pieces --------------------------------------------------------------------------------


def _conditions(selection: Selection, table: Ground, prefix: str = "t.") -> list[str]:
    conditions = []
    if selection.codes:
        if not table.code:
            raise DefinitionError(f"{table.name} has no code column", where=selection.codes)
        conditions.append(f"code_in({prefix}{table.code}, '{selection.codes}')")
    if selection.where:
        conditions.append(selection.where)
    return conditions


def _row_conditions(population: Population, prefix: str) -> list[str]:
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


def _territory(column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN '{UNKNOWN_TERRITORY}' ELSE 'DEP-' || {column} END"


def _age_band(column: str) -> str:
    cases = [f"WHEN {column} >= 90 THEN '{LAST_BAND}'"]
    for band in reversed(FIVE_YEAR_BANDS[:-1]):
        cases.append(f"WHEN {column} >= {int(band[:2])} THEN '{band}'")
    return f"CASE {' '.join(cases)} ELSE '{UNKNOWN_AGE}' END"


def _where(conditions: Sequence[str]) -> str:
    if not conditions:
        return ""
    return "\nWHERE\n    " + "\n    AND ".join(f"({condition})" for condition in conditions)


def _cte(name: str, sql: str) -> str:
    return f"{name} AS (\n{textwrap.indent(sql, '    ')}\n)"


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
