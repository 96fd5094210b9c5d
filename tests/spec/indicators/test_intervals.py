"""Intervals against published values: rows of text in, the printed digits out."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.indicators.statistics import intervals

# Newcombe, Stat Med 1998;17:857-872, table I: the four examples, four decimals.
NEWCOMBE = """
x   | n   | wilson          | exact
81  | 263 | 0.2553 0.3662   | 0.2527 0.3676
15  | 148 | 0.0624 0.1605   | 0.0578 0.1617
0   | 20  | 0.0000 0.1611   | 0.0000 0.1684
1   | 29  | 0.0061 0.1718   | 0.0009 0.1776
"""

# Garwood, Biometrika 1936;28:437-442; Ulm, Am J Epidemiol 1990;131:373-375: 95 % limits.
GARWOOD = """
count | low    | high
0     | 0.000  | 3.689
1     | 0.025  | 5.572
5     | 1.623  | 11.668
10    | 4.795  | 18.390
20    | 12.217 | 30.888
50    | 37.111 | 65.919
"""


def rows(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")] for line in text.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", rows(NEWCOMBE), ids=lambda r: f"{r[0]}/{r[1]}")
def test_proportions(row: list[str]) -> None:
    x, n = int(row[0]), int(row[1])
    for function, text in ((intervals.wilson, row[2]), (intervals.exact_binomial, row[3])):
        low, high = function(x, n)
        assert [f"{float(low):.4f}", f"{float(high):.4f}"] == text.split()


@pytest.mark.parametrize("row", rows(GARWOOD), ids=lambda r: r[0])
def test_exact_counts(row: list[str]) -> None:
    low, high = intervals.exact_poisson(int(row[0]))
    assert [f"{float(low):.3f}", f"{float(high):.3f}"] == row[1:]


def test_wilson_solves_its_own_equation_to_a_millionth() -> None:
    # The bounds are the shares p for which |x/n − p| = z √(p(1−p)/n).
    x, n = np.array([1, 15, 81, 500]), np.array([29, 148, 263, 800])
    z = intervals.normal_quantile(0.95)
    for bound in intervals.wilson(x, n):
        error = np.abs(x / n - bound) / np.sqrt(bound * (1 - bound) / n)
        np.testing.assert_allclose(error, z, rtol=1e-9)


def test_byar_is_close_to_the_exact_limits_and_takes_over_at_ten() -> None:
    counts = np.array([10, 20, 50, 100, 1000])
    for approximate, exact in zip(
        intervals.byar(counts), intervals.exact_poisson(counts), strict=True
    ):
        np.testing.assert_allclose(approximate, exact, rtol=2e-3)
    low, high = intervals.poisson(np.array([9, 10]))
    assert (low[0], high[0]) == tuple(float(b) for b in intervals.exact_poisson(9))
    assert (low[1], high[1]) == tuple(float(b) for b in intervals.byar(10))


def test_a_mean_from_its_sums() -> None:
    # Student, Biometrika 1908;6:1-25: hours of sleep gained, second drug: mean 2.33, s 2.002;
    # t(9) at 97.5 % is 2.262157.
    hours = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found, low, high = intervals.mean(10, hours.sum(), (hours**2).sum())
    assert float(found) == pytest.approx(2.33, rel=1e-12)
    half = 2.2621571628 * hours.std(ddof=1) / np.sqrt(10)
    assert float(low) == pytest.approx(2.33 - half, rel=1e-6)
    assert float(high) == pytest.approx(2.33 + half, rel=1e-6)


def test_a_rate_ratio() -> None:
    # Rothman, Epidemiology: An Introduction, 2nd ed., table 9-2: breast cancer and fluoroscopies,
    # 41 cases in 28,010 person-years against 15 in 19,017: 1.86, 95 % interval 1.0 to 3.4.
    ratio, low, high = intervals.rate_ratio(41, 28010, 15, 19017)
    assert f"{float(ratio):.2f} {float(low):.1f} {float(high):.1f}" == "1.86 1.0 3.4"


def test_what_is_not_defined_is_nan() -> None:
    assert np.isnan(intervals.wilson(0, 0)).all()
    assert np.isnan(intervals.rate_ratio(0, 10, 1, 10)).all()
    found, low, _ = intervals.mean([0, 1], [0, 4], [0, 16])
    assert np.isnan(found[0]) and found[1] == 4 and np.isnan(low).all()


@pytest.mark.parametrize("total", [200, 2000])
def test_coverage_of_wilson(total: int) -> None:
    # Shares drawn afresh, as the areas of a map are; expected count at least ten.
    random = np.random.default_rng(3)
    share = random.uniform(12 / total, 0.9, 4000)
    count = random.binomial(total, share)
    low, high = intervals.wilson(count, total)
    assert 0.93 <= np.mean((low <= share) & (share <= high)) <= 0.97


def test_coverage_of_counts() -> None:
    random = np.random.default_rng(4)
    expected = random.uniform(10, 300, 4000)
    count = random.poisson(expected)
    low, high = intervals.byar(count)
    assert 0.93 <= np.mean((low <= expected) & (expected <= high)) <= 0.97
    low, high = intervals.exact_poisson(count)
    assert np.mean((low <= expected) & (expected <= high)) >= 0.95 - 2 * 0.0035
