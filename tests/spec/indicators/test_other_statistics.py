"""Trends, diffusion, funnels, smoothing, inequality, life tables, person-time, late claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from labsante.indicators.statistics import (
    diffusion,
    funnel,
    inequality,
    life_table,
    nowcast,
    person_time,
    smoothing,
    trend,
)


def test_a_poisson_trend() -> None:
    # Dobson, An Introduction to Generalized Linear Models: AIDS deaths in Australia by quarter,
    # 1983-1986 (Whyte et al. 1987): slope 0.2565, standard error 0.0220 without over-dispersion.
    deaths = [0, 1, 2, 3, 1, 4, 9, 18, 23, 31, 20, 25, 37, 45]
    found = trend.log_linear(np.arange(1, 15), deaths, np.ones(14))
    slope = np.log1p(found.change / 100)
    assert f"{slope:.4f}" == "0.2565"
    error = (np.log1p(found.high / 100) - slope) / stats.t.ppf(0.975, 12)
    assert f"{error / np.sqrt(found.dispersion):.4f}" == "0.0220"


def test_a_trend_without_noise_is_found_whole() -> None:
    years = np.arange(2010, 2020)
    events = 1e6 * 0.05 * 1.03 ** (years - 2010)
    assert trend.log_linear(years, events, np.full(10, 1e6)).change == pytest.approx(3, rel=1e-6)


def test_a_joinpoint_is_found_where_it_is() -> None:
    # +3 % a year to 2015, −2 % after: the average change follows from the two lengths.
    years = np.arange(2010, 2022)
    rate = 100 * 1.03 ** np.minimum(years - 2010, 5) * 0.98 ** np.maximum(years - 2015, 0)
    found = trend.joinpoints(years, rate)
    assert found.points == (2015.0,)
    assert found.changes == pytest.approx((3.0, -2.0), rel=1e-6)
    average = 100 * (np.exp((5 * np.log(1.03) + 6 * np.log(0.98)) / 11) - 1)
    assert found.average_change == pytest.approx(average, rel=1e-6)


def test_a_logistic_curve_is_recovered_and_its_ceiling_reported() -> None:
    months = np.arange(48.0)
    total = np.full(48, 4000.0)
    truth = diffusion.logistic(months, 0.3, 0.2, 20)
    count = np.random.default_rng(2).binomial(4000, truth)
    found = diffusion.fit(months, count, total, bootstrap=100)
    assert found.identified
    assert found.ceiling == pytest.approx(0.3, abs=0.01)
    assert abs(found.midpoint - 20) < 1
    assert found.ceiling_interval[0] < 0.3 < found.ceiling_interval[1]
    assert diffusion.best_fit(months, count, total).model == "logistic"


def test_an_early_curve_does_not_report_its_ceiling() -> None:
    months = np.arange(18.0)
    total = np.full(18, 500.0)
    truth = diffusion.logistic(months, 0.4, 0.15, 40)
    count = np.random.default_rng(2).binomial(500, truth)
    found = diffusion.fit(months, count, total, bootstrap=50)
    assert not found.identified
    assert np.isnan(found.ceiling)


def test_a_gompertz_curve_is_told_from_a_logistic_one() -> None:
    months = np.arange(48.0)
    truth = diffusion.gompertz(months, 0.3, 0.15, 12)
    count = np.random.default_rng(2).binomial(20000, truth)
    assert diffusion.best_fit(months, count, np.full(48, 20000.0)).model == "gompertz"


def test_the_bass_curve_peaks_where_it_should() -> None:
    time = np.linspace(0, 20, 20001)
    p, q = 0.03, 0.38
    speed = np.gradient(diffusion.bass(time, p, q), time)
    assert time[speed.argmax()] == pytest.approx(np.log(q / p) / (p + q), abs=2e-3)


def test_exact_funnel_limits_are_quantiles() -> None:
    for tail in funnel.TAILS:
        expected_low, expected_high = funnel.expected_on_line([5, 20, 100], tail)
        low, _ = funnel.exact_ratio_limits(expected_low, tail)
        _, high = funnel.exact_ratio_limits(expected_high, tail)
        np.testing.assert_allclose(low * expected_low, [5, 20, 100], rtol=1e-7)
        np.testing.assert_allclose(high * expected_high, [5, 20, 100], rtol=1e-7)


def test_overdispersion_leaves_few_units_outside() -> None:
    random = np.random.default_rng(8)
    expected = random.uniform(50, 2000, 400)
    observed = random.poisson(expected * np.exp(random.normal(0, 0.2, 400)))
    phi, tau2 = funnel.overdispersion(observed, expected, winsorised=0)
    assert phi > 2
    naive = np.abs(2 * (np.sqrt(observed) - np.sqrt(expected))) > 1.96
    adjusted = np.abs(funnel.adjusted_z(observed, expected, tau2)) > 1.96
    assert naive.mean() > 0.3
    assert adjusted.mean() < 0.1
    assert np.sqrt(tau2) == pytest.approx(0.1, rel=0.15)  # √ scale halves 0.2
    # Winsorising protects τ² from true outliers, at the price of a smaller τ².
    assert 0 < funnel.overdispersion(observed, expected)[1] < tau2
    low, high = funnel.overdispersed_ratio_limits(expected, tau2)
    np.testing.assert_array_equal(
        adjusted, (observed / expected < low) | (observed / expected > high)
    )


def test_without_extra_variation_there_is_no_between_variance() -> None:
    random = np.random.default_rng(9)
    expected = random.uniform(50, 2000, 300)
    _, tau2 = funnel.overdispersion(random.poisson(expected), expected)
    assert tau2 < 1e-3


def test_smoothing_shrinks_small_areas_most_and_beats_raw_rates() -> None:
    random = np.random.default_rng(6)
    people = np.exp(random.uniform(4, 10, 500))
    risk = np.exp(random.normal(-4, 0.3, 500))
    events = random.poisson(people * risk)
    smooth = smoothing.marshall(events, people)
    assert np.mean((smooth - risk) ** 2) < 0.5 * np.mean((events / people - risk) ** 2)
    relative, nu, alpha = smoothing.gamma_poisson(events, people * events.sum() / people.sum())
    assert nu / alpha == pytest.approx(np.mean(relative), rel=1e-6)
    assert np.mean((relative * events.sum() / people.sum() - risk) ** 2) < np.mean(
        (events / people - risk) ** 2
    )


def test_gini_theil_and_atkinson() -> None:
    # One person has everything: Gini (n − 1)/n, Theil ln n.
    assert inequality.gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert inequality.theil([0, 0, 0, 1], [1, 1, 1, 1], [1, 1, 2, 2]).total == pytest.approx(
        np.log(4)
    )
    assert inequality.gini([1, 2, 3, 4, 5]) == pytest.approx(4 / 15, rel=1e-12)
    assert inequality.gini([1, 5], [3, 1]) == pytest.approx(inequality.gini([1, 1, 1, 5]))
    found = inequality.theil([1, 2, 3, 4], [10, 20, 30, 40], ["a", "a", "b", "b"])
    inside = [
        inequality.theil([1, 2], [10, 20], [0, 0]),
        inequality.theil([3, 4], [30, 40], [0, 0]),
    ]
    shares = np.array([50, 250]) / 300
    assert found.within == pytest.approx((shares * [t.total for t in inside]).sum(), rel=1e-9)
    assert inequality.atkinson([1, 1, 1], 0.5) == pytest.approx(0)
    assert inequality.atkinson([1, 4], 1) == pytest.approx(1 - 2 / 2.5)
    assert inequality.decile_ratio(np.arange(1, 12)) == pytest.approx(10 / 2)


def test_the_slope_index_of_a_straight_line() -> None:
    # Five equal groups, rates on the line 10 + 20 h: SII 20, RII 3.
    rank = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    found = inequality.slope_index(10 + 20 * rank, np.full(5, 1000), np.full(5, 1), simulations=500)
    assert (found.slope, found.relative) == (pytest.approx(20), pytest.approx(3))
    assert found.slope_interval[0] < 20 < found.slope_interval[1]
    assert inequality.concentration_index([1, 1, 1], [5, 5, 5]) == pytest.approx(0)
    assert inequality.concentration_index([3, 2, 1], [5, 5, 5]) < 0


def test_convergence() -> None:
    first = np.array([1.0, 2.0, 4.0, 8.0])
    last = first ** np.exp(-0.1 * 5)  # ln y falls by 39 % in five years
    found = inequality.beta_convergence(first, last, 5)
    assert found.slope == pytest.approx((np.exp(-0.5) - 1) / 5, rel=1e-9)
    spread = inequality.sigma_convergence(np.array([first, last]))
    assert spread[1] < spread[0]
    assert spread[0] == pytest.approx(first.std() / first.mean())


def test_a_life_table_with_a_constant_risk() -> None:
    # With M the same at every age and a at its constant-risk value, e0 is 1/M.
    table = life_table.chiang(
        np.full(19, 20.0), np.full(19, 1000.0), [5.0] * 18 + [np.inf], first_share=0.5
    )
    assert table.expectancy[-1] == pytest.approx(50)
    assert table.expectancy[0] == pytest.approx(50, rel=2e-3)


def test_french_life_expectancy(shared_data) -> None:  # type: ignore[no-untyped-def]
    # Insee, Bilan démographique 2023: 85.7 years for women, 80.0 for men.
    import csv

    path = shared_data / "calibration" / "france_mortality_qx_2015_2024.csv"
    found = {}
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for sex, published in (("female", 85.7), ("male", 80.0)):
        own = sorted(
            (int(r["age"]), float(r["qx"])) for r in rows if r["sex"] == sex and r["year"] == "2023"
        )
        risk = np.array([q for _, q in own])
        rate = -np.log1p(-np.minimum(risk, 0.999))
        widths = [1.0] * (len(rate) - 1) + [np.inf]
        table = life_table.chiang(rate * 1e5, np.full(len(rate), 1e5), widths)
        found[sex] = table.expectancy[0]
        assert abs(found[sex] - published) < 0.25  # the quotients are rounded and stop at 104


def test_the_variance_of_life_expectancy_against_simulation() -> None:
    random = np.random.default_rng(7)
    rate = np.concatenate([[0.004], 1e-4 * np.exp(0.085 * np.arange(3, 90, 5)), [0.18]])
    people = np.concatenate([[1000.0], np.full(18, 5000.0), [1500.0]])
    widths = [1.0, 4.0] + [5.0] * 17 + [np.inf]
    truth = life_table.chiang(rate * people, people, widths)
    draws = [
        life_table.chiang(random.poisson(rate * people), people, widths).expectancy[0]
        for _ in range(1500)
    ]
    assert np.std(draws) == pytest.approx(np.sqrt(truth.variance[0]), rel=0.06)
    # Sullivan: nobody disabled is the whole expectancy, a constant share takes its part.
    np.testing.assert_allclose(life_table.sullivan(truth, np.zeros(20)), truth.expectancy)
    np.testing.assert_allclose(life_table.sullivan(truth, np.full(20, 0.2)), 0.8 * truth.expectancy)


LEXIS = """
entry      | leaving    | birth      | year age days …
2022-01-01 | 2022-12-31 | 1970-05-20 | 2022 51 139, 2022 52 226
2022-03-01 | 2023-02-28 | 1970-01-01 | 2022 52 306, 2023 53 59
2021-12-31 | 2022-01-01 | 2000-02-29 | 2021 21 1, 2022 21 1
2023-02-01 | 2023-03-01 | 2000-02-29 | 2023 22 28, 2023 23 1
2022-06-10 | 2022-06-20 | 2022-06-10 | 2022 0 11
"""


@pytest.mark.parametrize("line", LEXIS.strip().splitlines()[1:])
def test_person_time_by_year_and_age(line: str) -> None:
    entry, leaving, birth, text = (cell.strip() for cell in line.split("|"))
    found = person_time.lexis([entry], [leaving], [birth], range(2020, 2025))
    rows = [" ".join(str(v) for v in row) for row in zip(*found[1:], strict=True)]
    assert ", ".join(rows) == text


def test_a_run_off_triangle() -> None:
    # Taylor & Ashe 1983, in Mack, ASTIN Bull 1993;23:213-225: reserves by the chain ladder, in
    # thousands: 95, 470, 710, 985, 1,419, 2,178, 3,920, 4,279, 4,626; total 18,681.
    text = """
    357848 766940 610542 482940 527326 574398 146342 139950 227229 67948
    352118 884021 933894 1183289 445745 320996 527804 266172 425046
    290507 1001799 926219 1016654 750816 146923 495992 280405
    310608 1108250 776189 1562400 272482 352053 206286
    443160 693190 991983 769488 504851 470639
    396132 937085 847498 805037 705960
    440832 847631 1131398 1063269
    359480 1061648 1443370
    376686 986608
    344014
    """
    triangle = np.full((10, 10), np.nan)
    for i, line in enumerate(text.strip().splitlines()):
        values = [float(v) for v in line.split()]
        triangle[i, : len(values)] = values
    found = nowcast.chain_ladder(triangle, simulations=200)
    reserves = (found.expected - found.counted) / 1000
    published = [0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]
    assert [round(value) for value in reserves] == published
    assert round(reserves.sum()) == 18681
    assert np.all(found.low <= found.expected) and np.all(found.expected <= found.high)
    assert found.completeness[0] == 1


def test_a_triangle_without_delay_is_complete() -> None:
    triangle = np.full((3, 3), np.nan)
    triangle[0] = [100, 0, 0]
    triangle[1, :2] = [120, 0]
    triangle[2, 0] = 80
    found = nowcast.chain_ladder(triangle)
    np.testing.assert_allclose(found.expected, [100, 120, 80])
