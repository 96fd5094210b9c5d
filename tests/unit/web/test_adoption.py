from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from labsante.web.adoption import adoption, decile_ratio, periods_since
from labsante.web.charts.funnel import Limits
from labsante.web.figures import Figure
from labsante.web.pages.explorer import rank_correlation


def course(values: list[float | None], half: float = 2.0) -> list[Figure]:
    figures = []
    for i, value in enumerate(values):
        period = f"2022-{i + 1:02d}"
        if value is None:
            figures.append(Figure("REG-53", period, "secret"))
        else:
            figures.append(Figure("REG-53", period, "published", value, value - half, value + half))
    return figures


def test_the_threshold_is_reached_between_two_plausible_moments() -> None:
    found = adoption(course([4, 7, 9, 11, 13, 15]), 10, "2022-01")
    assert (found.at, found.earliest, found.latest) == (3, 2, 4)
    assert found.period == "2022-04"
    assert not found.already


def test_not_reached_yet_and_already_reached() -> None:
    never = adoption(course([1, 2, 3]), 10, "2022-01")
    assert never.at is None
    assert never.latest is None
    before = adoption(course([12, 14]), 10, "2021-11")
    assert before.already
    assert before.at == 2, "counted from the origin, before the first released month"


def test_a_hidden_month_is_passed_over_and_never_read_as_zero() -> None:
    assert adoption(course([4, None, 12]), 10, "2022-01").at == 2
    assert adoption(course([None, None]), 10, "2022-01").at is None


@pytest.mark.parametrize(
    ("period", "origin", "expected"),
    [
        ("2022-03", "2020-04", 23),
        ("2023", "2020", 3),
        ("2023", "2020-04", 3),
        ("2021-01", "2021", 0),
    ],
)
def test_periods_since_the_origin(period: str, origin: str, expected: int) -> None:
    assert periods_since(period, origin) == expected


def test_ratio_between_deciles_needs_enough_values() -> None:
    ten = {str(i): Figure(str(i), "2022", "published", float(i)) for i in range(1, 12)}
    assert decile_ratio(ten) == pytest.approx(10 / 2)
    assert decile_ratio({k: ten[k] for k in list(ten)[:7]}) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=40))
def test_rank_correlation_agrees_with_scipy(pairs: list[tuple[int, int]]) -> None:
    xs = [float(x) for x, _ in pairs]
    ys = [float(y) for _, y in pairs]
    found = rank_correlation(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
        return
    assert found == pytest.approx(float(spearmanr(xs, ys).statistic), abs=1e-9)


def test_funnel_limits_narrow_with_size_down_to_the_variation_between() -> None:
    limits = Limits(5.0, variance=400.0, between=0.25)
    assert limits.half_width(100, 2.0) > limits.half_width(10_000, 2.0)
    assert limits.half_width(10**12, 2.0) == pytest.approx(2.0 * 0.5)
