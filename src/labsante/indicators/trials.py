"""Test patients: toy rows that ship with a definition, run through the queries of real ones."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.workspace import EngineSettings
from labsante.engine import open_engine
from labsante.indicators.cells import CellsComputer
from labsante.indicators.form import Indicator, PatientTest
from labsante.indicators.queries import tables_of
from labsante.indicators.sources import read_rows, text_source

_SIDES = {"denominator": "n_den", "numerator": "n_num", "sum": "s_x", "squares": "s_x2"}


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One side of one test: what was expected and what was found."""

    test: str
    side: str
    expected: float
    found: float

    @property
    def passed(self) -> bool:
        """Whether the two agree to a millionth."""
        return abs(self.expected - self.found) < 1e-6


def run_tests(
    indicator: Indicator,
    others: Mapping[str, Indicator],
    settings: EngineSettings | None = None,
) -> list[TrialResult]:
    """Run the test patients of a definition on an engine (DuckDB unless told otherwise)."""
    results = []
    for test in indicator.tests:
        cells = trial_cells(indicator, others, test, settings or EngineSettings())
        own = cells.filter(pc.equal(cells["period"], test.period))
        for side, expected in test.expected.items():
            total = pc.sum(own[_SIDES[side]]).as_py()
            results.append(TrialResult(test.name, side, expected, float(total or 0)))
    return results


def trial_cells(
    indicator: Indicator,
    others: Mapping[str, Indicator],
    test: PatientTest,
    settings: EngineSettings,
) -> pa.Table:
    """The cells that the toy rows of a test give."""
    texts = dict(test.tables)
    if "person_year" not in texts:
        texts["person_year"] = _everyone(texts, int(test.period[:4]))
    for table in tables_of(indicator, others) - set(texts):
        texts[table] = "person_id\n"
    found: list[pa.Table] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = text_source(texts, folder / "rows")
        with open_engine(settings, folder) as engine:
            computer = CellsComputer(engine, source, folder, others)
            computer.compute([indicator], lambda _, cells: found.append(cells))
    return found[0]


def _everyone(texts: Mapping[str, str], year: int) -> str:
    """A person-year for every person that the toy rows name: a man of 52 in Ille-et-Vilaine."""
    persons: set[int] = set()
    first = year
    for table, text in texts.items():
        rows = read_rows(table, text)
        if "person_id" in rows.column_names:
            persons |= {int(p) for p in rows["person_id"].to_pylist() if p is not None}
    lines = ["person_id | year | sex | age | age_band | departement | region | days_present"]
    lines += [
        f"{person} | {value} | 1 | 52 | 50-54 | 35 | 53 | 365"
        for person in sorted(persons)
        for value in (first - 1, first)
    ]
    return "\n".join(lines)
