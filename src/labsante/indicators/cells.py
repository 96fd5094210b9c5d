"""Cells by SQL through the engine: one pass for all indicators that share a denominator."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labsante.base.files import canonical_json
from labsante.conditions import code_lists
from labsante.engine import CodeList, Engine, lint, parse, render
from labsante.indicators.cells_format import CELLS_SCHEMA, KEYS, SUM_TYPE
from labsante.indicators.form import Indicator
from labsante.indicators.grounds import ground
from labsante.indicators.periods import Period, calendar, complete_periods
from labsante.indicators.queries import (
    LISTED,
    POPULATION,
    Window,
    denominator_sql,
    listed_sql,
    lists_on,
    numerator_sql,
    own_cells_sql,
    population_sql,
    row_cells_sql,
    tables_of,
    windows_of,
)
from labsante.indicators.sources import Source

POPULATION_COLUMNS = [
    ("person_id", "BIGINT"),
    ("year", "BIGINT"),
    ("territory", "VARCHAR"),
    ("sex", "VARCHAR"),
    ("age_band", "VARCHAR"),
    ("weight", "BIGINT"),
]

#: From this many filters by code, a table is read once and its listed rows kept.
SHARED_FROM = 4
#: The columns that selections by code may read, in each table that is worth sharing.
SHARED_COLUMNS = {
    "dispensing": (
        "person_id",
        "care_date",
        "care_month",
        "atc",
        "boxes",
        "large_pack",
        "is_negative",
        "prescriber_speciality",
        "amount_paid",
        "amount_reimbursed",
    ),
    "care": (
        "person_id",
        "care_date",
        "care_month",
        "nature",
        "code_system",
        "code",
        "quantity",
        "executant_speciality",
        "is_negative",
        "amount_paid",
        "amount_reimbursed",
    ),
}

Done = Callable[[Indicator, pa.Table], None]


def engine_code_lists() -> dict[str, CodeList]:
    """The code lists of the house in the form that the engine takes."""
    return {
        name: CodeList(name, entry.include, entry.exclude) for name, entry in code_lists().items()
    }


def rendered(sql: str, where: str, dialect: str) -> str:
    """The SQL of an engine for a text in the subset; raises DefinitionError with the place."""
    query = parse(sql, where)
    lint(query)
    return render(query, dialect, code_lists=engine_code_lists())  # type: ignore[arg-type]


class CellsComputer:
    """Computes cells on one engine from one source of tables."""

    def __init__(
        self, engine: Engine, source: Source, folder: Path, others: Mapping[str, Indicator]
    ) -> None:
        self._engine = engine
        self._source = source
        self._folder = Path(tempfile.mkdtemp(prefix="cells-", dir=_made(folder)))
        self._others = others
        self._bound: set[str] = set()
        self._listed: frozenset[str] = frozenset()
        self._years: list[int] | None = None

    def years(self) -> list[int]:
        """The years of ``person_year``, in order."""
        if self._years is None:
            self._bind(["person_year"])
            sql = "SELECT DISTINCT y.year FROM person_year AS y"
            table = self._engine.fetch(self._rendered(sql, "years"))
            self._years = sorted(int(year) for year in table["year"].to_pylist())
        return self._years

    def compute(self, indicators: Sequence[Indicator], done: Done) -> None:
        """Compute cells and hand each indicator's table to ``done``, group by group."""
        self._share(indicators)
        for group in groups(indicators):
            self._bind(sorted({t for i in group for t in tables_of(i, self._others)}))
            if group[0].type == "sql":
                self._own(group[0], done)
            elif group[0].by_person:
                self._persons(group, done)
            else:
                self._rows(group, done)

    def _share(self, indicators: Sequence[Indicator]) -> None:
        """Read once the rows of large tables that several indicators filter by code."""
        shared = set()
        for table, lists in lists_on(indicators, self._others).items():
            if len(lists) < SHARED_FROM or self._engine.name != "duckdb":
                continue
            known = ground(table, table)
            self._bind(known.tables)
            schema = dict(self._source.schema(table))
            columns = [name for name in SHARED_COLUMNS.get(table, ()) if name in schema]
            if not columns:
                continue
            sql = self._rendered(listed_sql(table, lists, columns), f"{table}: listed rows")
            self._engine.execute(f"CREATE OR REPLACE TEMP TABLE {table}{LISTED} AS {sql}")
            shared.add(table)
        self._listed = frozenset(shared)

    # --- persons -----------------------------------------------------------------------

    def _persons(self, group: Sequence[Indicator], done: Done) -> None:
        first = group[0]
        self._calendars(group)
        sql = self._rendered(
            population_sql(first, self._others, self._listed), f"{first.id}: population"
        )
        path = self._folder / "population.parquet"
        population = first.population
        assert population is not None
        if population.within is None and not first.exclusions:
            # Nothing to remember: the rows of person_year are read as they are.
            self._engine.execute(f"CREATE OR REPLACE TEMP VIEW {POPULATION} AS {sql}")
        else:
            self._engine.write(sql, POPULATION_COLUMNS, ("person_id", "year"), path)
            self._engine.bind(POPULATION, [path], POPULATION_COLUMNS)
        den = self._engine.fetch(self._rendered(denominator_sql(), f"{first.id}: denominator"))
        for kind in sorted({indicator.period for indicator in group}):
            members = [indicator for indicator in group if indicator.period == kind]
            sql = numerator_sql(members, self._others, self._listed)
            num = self._engine.fetch(self._rendered(sql, f"{members[0].id}: numerators"))
            for indicator in members:
                done(indicator, self._merged(indicator, den, num))
        path.unlink(missing_ok=True)

    def _merged(self, indicator: Indicator, den: pa.Table, num: pa.Table) -> pa.Table:
        wanted = self._periods(indicator)
        by_year = pa.table(
            {
                "period": pa.array([p.name for p in wanted], pa.string()),
                "year": pa.array([p.year for p in wanted], pa.int64()),
            }
        )
        den = den.set_column(0, "year", den["year"].cast(pa.int64()))
        cells = by_year.join(den, "year", join_type="inner").drop_columns(["year"])
        own = num.filter(pc.equal(num["indicator"], indicator.id)).drop_columns(["indicator"])
        keys = ["period", "territory", "sex", "age_band"]
        cells = cells.join(own, keys, join_type="left outer")
        return _finished(indicator, cells)

    # --- rows --------------------------------------------------------------------------

    def _rows(self, group: Sequence[Indicator], done: Done) -> None:
        self._calendars(group)
        table = self._engine.fetch(self._rendered(row_cells_sql(group), f"{group[0].id}: cells"))
        for number, indicator in enumerate(group):
            cells = pa.table(
                {
                    "period": table["period"],
                    "territory": table["territory"],
                    "sex": table["sex"],
                    "age_band": table["age_band"],
                    "n_den": table[f"den_{number}"],
                    "n_num": table[f"num_{number}"],
                    "s_x": table[f"x_{number}"],
                    "s_x2": table[f"q_{number}"],
                }
            )
            cells = cells.filter(pc.greater(cells["n_den"].cast(pa.int64()), 0))
            done(indicator, _finished(indicator, cells))

    def _own(self, indicator: Indicator, done: Done) -> None:
        self._calendars([indicator])
        sql = own_cells_sql(indicator)
        cells = self._engine.fetch(self._rendered(sql, f"{indicator.id}: cells"))
        done(indicator, _finished(indicator, cells))

    # --- what both need ----------------------------------------------------------------

    def _periods(self, indicator: Indicator) -> list[Period]:
        kind = indicator.period
        own = [window.window for window in windows_of(indicator) if window.kind == kind]
        # Denominators are told by year: their windows too must lie inside the data.
        yearly = [window.window for window in windows_of(indicator) if window.kind == "year"]
        years = {p.year for p in complete_periods("year", yearly, self.years())}
        return [p for p in complete_periods(kind, own, self.years()) if p.year in years]

    def _calendars(self, group: Iterable[Indicator]) -> None:
        wanted: dict[Window, dict[str, Period]] = {}
        for indicator in group:
            for window in windows_of(indicator):
                if window.kind == indicator.period:
                    chosen = self._periods(indicator)
                else:
                    chosen = complete_periods("year", [""], self.years())
                wanted.setdefault(window, {}).update({p.name: p for p in chosen})
        for window, chosen_periods in wanted.items():
            for part, table in calendar(
                window.kind, window.window, list(chosen_periods.values())
            ).items():
                name = f"{part}_{window.name}"
                path = self._folder / f"{name}.parquet"
                pq.write_table(table, path)
                columns = [(f.name, _CALENDAR_TYPES[f.type]) for f in table.schema]
                self._engine.bind(name, [path], columns)

    def _bind(self, tables: Iterable[str]) -> None:
        for name in tables:
            if name not in self._bound:
                self._engine.bind(name, self._source.files(name), self._source.schema(name))
                self._bound.add(name)

    def _rendered(self, sql: str, where: str) -> str:
        return rendered(sql, where, self._engine.name)


_CALENDAR_TYPES = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.date32(): "DATE"}


def groups(indicators: Sequence[Indicator]) -> list[list[Indicator]]:
    """Indicators that one pass computes: the same population, or rows of the same table."""
    found: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        found.setdefault(_group_key(indicator), []).append(indicator)
    return list(found.values())


def _group_key(indicator: Indicator) -> str:
    population = indicator.population
    assert population is not None
    if indicator.type == "sql":
        return indicator.id
    if not indicator.by_person:
        return f"rows of {population.base} by {indicator.period}"
    within = population.within
    return canonical_json(
        [
            [population.sex, population.ages, population.where, population.weight],
            None if within is None else _plain(within),
            [_plain(exclusion.selection) for exclusion in indicator.exclusions],
        ]
    )


def _plain(value: object) -> list[str]:
    return [f"{name}={getattr(value, name)}" for name in value.__slots__]  # type: ignore[attr-defined]


def _finished(indicator: Indicator, cells: pa.Table) -> pa.Table:
    size = cells.num_rows
    # A rate of events has its persons too: those with at least one event.
    persons = indicator.by_person and indicator.type == "rate"
    counted = indicator.numerator is not None or persons
    summed = indicator.counts_events
    if counted:
        numerator = cells["n_num"].cast(pa.int64()).fill_null(0)
    else:
        numerator = pa.chunked_array([pa.nulls(size, pa.int64())])
    zero = pa.scalar(Decimal(0), SUM_TYPE)
    sums = [
        cells[name].cast(SUM_TYPE).fill_null(zero)
        if summed
        else pa.chunked_array([pa.nulls(size, SUM_TYPE)])
        for name in ("s_x", "s_x2")
    ]
    table = pa.Table.from_arrays(
        [
            pa.array([indicator.id] * size, pa.string()),
            cells["period"].cast(pa.string()),
            cells["territory"].cast(pa.string()),
            cells["sex"].cast(pa.string()),
            cells["age_band"].cast(pa.string()),
            cells["n_den"].cast(pa.int64()),
            numerator,
            *sums,
        ],
        schema=CELLS_SCHEMA,
    )
    return table.sort_by([(key, "ascending") for key in KEYS]).combine_chunks()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
