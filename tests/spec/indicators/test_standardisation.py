"""Standardised values against the worked example of Fay and Feuer, and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.indicators.statistics.standardisation import (
    direct_sums,
    dobson_byar,
    expected_events,
    fay_feuer,
    indirect,
    mid_p,
)
from labsante.snds.ages import ESP2013

# Down syndrome by maternal age (columns) and birth order (rows), Michigan 1950-1964: Stark & Mantel
# 1966, as in Selvin, Statistical Analysis of Epidemiologic Data, and Fay & Feuer, Stat Med
# 1997;16:791-801. Standard: all births. Published rates and gamma limits per 100,000.
BIRTHS = np.array(
    [
        [230061, 329449, 114920, 39487, 14208, 3052],
        [72202, 326701, 208667, 83228, 28466, 5375],
        [15050, 175702, 207081, 117300, 45026, 8660],
        [2293, 68800, 132424, 98301, 46075, 9834],
        [327, 30666, 123419, 149919, 104088, 34392],
    ]
)
CASES = np.array(
    [
        [107, 141, 60, 40, 39, 25],
        [25, 150, 110, 84, 82, 39],
        [3, 71, 114, 103, 108, 75],
        [1, 26, 64, 89, 137, 96],
        [0, 8, 63, 112, 262, 295],
    ]
)
PUBLISHED = """
order | rate | low  | high
1     | 92.3 | 80.4 | 105.8
2     | 91.2 | 82.4 | 100.9
3     | 85.1 | 77.2 | 94.2
4     | 92.7 | 80.0 | 114.7
5+    | 75.5 | 67.7 | 188.3
"""


def test_gamma_limits_of_the_published_example() -> None:
    sums = direct_sums(CASES, BIRTHS, BIRTHS.sum(axis=0))
    found = np.column_stack(fay_feuer(sums, 1e5))
    lines = [line.split("|")[1:] for line in PUBLISHED.strip().splitlines()[1:]]
    expected = [[cell.strip() for cell in line] for line in lines]
    assert [[f"{value:.1f}" for value in row] for row in found] == expected


def test_dobson_byar_is_not_pushed_up_by_the_empty_stratum() -> None:
    sums = direct_sums(CASES, BIRTHS, BIRTHS.sum(axis=0))
    _, _, high = dobson_byar(sums, 1e5)
    assert f"{high[4]:.1f}" == "83.9"


def test_one_stratum_is_the_crude_rate_with_the_limits_of_its_count() -> None:
    value, low, high = dobson_byar(direct_sums([25], [1000], [1.0]), 1000)
    assert float(value) == pytest.approx(25)
    # Byar's limits of 25: 25(1 − 1/225 − z/15)³ and 26(1 − 1/234 + z/(3√26))³.
    z = 1.959963984540054
    assert float(low) == pytest.approx(25 * (1 - 1 / 225 - z / 15) ** 3, rel=1e-9)
    upper = 26 * (1 - 1 / 234 + z / (3 * np.sqrt(26))) ** 3
    assert float(high) == pytest.approx(upper, rel=1e-9)


def test_repeated_events_widen_the_interval() -> None:
    events, people = np.array([[30.0, 40.0]]), np.array([[500.0, 400.0]])
    once = dobson_byar(direct_sums(events, people, [1.0, 1.0]))
    twice = dobson_byar(direct_sums(events, people, [1.0, 1.0], variance=2 * events))
    assert twice[0] == once[0]
    ratio = (twice[2] - twice[1]) / (once[2] - once[1])
    assert float(ratio[0]) == pytest.approx(np.sqrt(2), rel=1e-9)


def test_a_stratum_without_people_gives_its_weight_to_the_others() -> None:
    sums = direct_sums([10, 0], [100, 0], [0.9, 0.1])
    assert float(sums.rate) == pytest.approx(0.1)
    assert float(sums.coverage) == pytest.approx(0.9)


def test_the_standard_population() -> None:
    assert sum(ESP2013.values()) == 100_000
    assert len(ESP2013) == 19


def test_the_standardised_ratio_and_mid_p() -> None:
    # 4 observed against 3.3 expected: Rosner, Fundamentals of Biostatistics, 5th ed., ex. 7.56
    # (mid-P limits 0.385 and 2.92); exact limits 0.33 and 3.10.
    ratio, low, high = indirect(4, 3.3)
    assert f"{float(ratio):.2f} {float(low):.2f} {float(high):.2f}" == "1.21 0.33 3.10"
    assert [f"{bound / 3.3:.3g}" for bound in mid_p(4)] == ["0.385", "2.92"]
    assert float(expected_events([100, 50], [0.1, np.nan])) == pytest.approx(10)


def test_coverage_of_dobson_byar() -> None:
    random = np.random.default_rng(5)
    replicates, strata = 3000, 19
    people = random.uniform(200, 3000, (replicates, strata))
    rates = np.exp(random.normal(-5.5, 0.3, (replicates, 1)) + np.linspace(-1, 1, strata))
    weights = np.array(list(ESP2013.values()), dtype=float)
    truth = (weights * rates).sum(axis=1) / weights.sum()
    counts = random.poisson(people * rates)
    enough = (people * rates).sum(axis=1) >= 10
    _, low, high = dobson_byar(direct_sums(counts, people, weights))
    inside = ((low <= truth) & (truth <= high))[enough]
    assert enough.sum() >= 1000
    assert 0.93 <= inside.mean() <= 0.97
