"""From cells to candidate rows and to results, against sums made by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from labsante.indicators import candidate_rows, catalogue, derive
from labsante.indicators.cells_format import CELLS_SCHEMA
from labsante.indicators.statistics.intervals import wilson
from labsante.snds.ages import BROAD_BANDS, FIVE_YEAR_BANDS
from labsante.snds.territories import departements

DIABETES = catalogue()["PAT-DIAB-PREV"]
STAYS = catalogue()["HOS-DMS"]
GLIFLOZINS = catalogue()["INN-SGLT2"]


def random_cells(periods: list[str], *, mean: bool = False, seed: int = 1) -> pa.Table:
    rng = np.random.default_rng(seed)
    rows = []
    for period in periods:
        for code in [*(d.territory for d in departements()), "UNK"]:
            for sex in ("1", "2"):
                for band in FIVE_YEAR_BANDS:
                    den = int(rng.integers(1, 400))
                    num = int(rng.binomial(den, 0.06))
                    total = Decimal(den * 5) if mean else None
                    squares = Decimal(den * 40) if mean else None
                    rows.append(
                        ("X", period, code, sex, band, den, None if mean else num, total, squares)
                    )
    columns = list(zip(*rows, strict=True))
    return pa.Table.from_arrays(
        [pa.array(c, f.type) for c, f in zip(columns, CELLS_SCHEMA, strict=True)],
        schema=CELLS_SCHEMA,
    )


def keyed(table: pa.Table) -> dict[tuple[str, ...], dict[str, object]]:
    rows = table.to_pylist()
    found = {(r["period"], r["territory"], r["sex"], r["age"]): r for r in rows}
    assert len(found) == len(rows), "one row a key"
    return found


def statuses(rows: pa.Table, den: str = "published", num: str = "published") -> pa.Table:
    size = rows.num_rows
    rows = rows.append_column("denominator_status", pa.array([den] * size))
    return rows.append_column("numerator_status", pa.array([num] * size))


LEVELS = {
    "régions": lambda t, s, a: t[:3] in ("REG", "UNK") and s == a == "all",
    "départements": lambda t, s, a: t[:3] in ("DEP", "UNK") and s == a == "all",
    "sexes": lambda t, s, a: t == "FRA" and s != "all" and a == "all",
    "broad ages": lambda t, s, a: t == "FRA" and s == "all" and a in BROAD_BANDS,
    "five-year ages": lambda t, s, a: t == "FRA" and s == "all" and a in FIVE_YEAR_BANDS,
    "sexes and ages": lambda t, s, a: t == "FRA" and s != "all" and a in FIVE_YEAR_BANDS,
    "all three": lambda t, s, a: t[:3] in ("REG", "UNK") and s != "all" and a in BROAD_BANDS,
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["n_den", "n_num"])
def test_the_parts_of_every_crossing_add_up_to_france(level: str, measure: str) -> None:
    cells = random_cells(["2022", "2023"])
    rows = keyed(candidate_rows(cells, DIABETES))
    for period in ("2022", "2023"):
        total = sum(r[measure] for r in cells.to_pylist() if r["period"] == period)
        parts = [r[measure] for k, r in rows.items() if k[0] == period and LEVELS[level](*k[1:])]
        assert rows[period, "FRA", "all", "all"][measure] == total == sum(parts)


def test_a_monthly_indicator_opens_sex_and_age_for_france_only() -> None:
    rows = keyed(candidate_rows(random_cells(["2022-03"]), GLIFLOZINS))
    opened = {key[1] for key in rows if key[2] != "all" or key[3] != "all"}
    assert opened == {"FRA"}
    assert len({key[1] for key in rows}) == 1 + 18 + 101 + 1


def test_an_empty_combination_is_a_row_and_an_unknown_sex_is_a_part() -> None:
    schema = CELLS_SCHEMA
    values = [
        ("X", "2022", "DEP-35", "1", "50-54", 10, 1, None, None),
        ("X", "2022", "DEP-35", "9", "UNK", 4, 0, None, None),
        ("X", "2022", "DEP-975", "1", "50-54", 3, 0, None, None),
    ]
    cells = pa.Table.from_pylist(
        [dict(zip(schema.names, row, strict=True)) for row in values], schema=schema
    )
    rows = keyed(candidate_rows(cells, DIABETES))
    assert rows["2022", "FRA", "all", "all"]["n_den"] == 17
    assert rows["2022", "DEP-35", "9", "all"]["n_den"] == 4
    assert rows["2022", "UNK", "all", "all"]["n_den"] == 3
    assert rows["2022", "DEP-75", "all", "all"]["n_den"] == 0
    assert ("2022", "FRA", "2", "all") not in rows
    results = derive(DIABETES, statuses(candidate_rows(cells, DIABETES)))
    found = keyed(results)
    assert ("2022", "UNK", "all", "all") not in found
    assert found["2022", "DEP-75", "all", "all"]["status"] == "not_relevant"
    assert found["2022", "DEP-35", "all", "all"]["value"] == pytest.approx(100 / 14, abs=0.005)


def test_a_proportion_has_its_wilson_interval_and_its_standardised_value() -> None:
    rows = candidate_rows(random_cells(["2022"]), DIABETES)
    found = keyed(derive(DIABETES, statuses(rows)))["2022", "DEP-35", "all", "all"]
    row = keyed(rows)["2022", "DEP-35", "all", "all"]
    low, high = wilson(row["n_num"], row["n_den"])
    assert found["value"] == round(100 * row["n_num"] / row["n_den"], 2)
    assert (found["low95"], found["high95"]) == (
        pytest.approx(100 * float(low), abs=0.005),
        pytest.approx(100 * float(high), abs=0.005),
    )
    assert found["standardised_status"] == "published"
    assert found["standardised_low95"] < found["standardised"] < found["standardised_high95"]


def test_a_secret_numerator_hides_every_value_but_not_the_denominator() -> None:
    rows = candidate_rows(random_cells(["2022"]), DIABETES)
    found = derive(DIABETES, statuses(rows, num="secret")).to_pylist()
    for row in found:
        assert row["numerator"] is row["value"] is row["low95"] is row["standardised"] is None
        assert row["denominator"] is not None
        assert row["status"] == "secret"


def test_a_mean_has_its_sum_above_the_line() -> None:
    rows = candidate_rows(random_cells(["2022"], mean=True), STAYS)
    found = keyed(derive(STAYS, statuses(rows)))["2022", "REG-53", "all", "all"]
    assert found["value"] == 5.0
    assert found["numerator"] == 5 * found["denominator"]
    assert found["low95"] < 5 < found["high95"]
    assert found["standardised_status"] == "not_relevant"
