from __future__ import annotations

import math
import random

from labsante.web.compare import (
    ABOVE,
    BELOW,
    CLOSE,
    UNKNOWN,
    compare,
    gap_in_people,
    multiplier,
    variance_between,
)
from labsante.web.figures import Figure


def figure(value: float | None, half: float = 0.1, **counts: int) -> Figure:
    if value is None:
        return Figure("REG-53", "2023", "secret")
    return Figure("REG-53", "2023", "published", value, value - half, value + half, **counts)


def test_a_gap_must_be_more_than_chance_and_large_enough() -> None:
    france = figure(10.0)
    assert compare(figure(10.6, 0.1), france).side == ABOVE
    assert compare(figure(9.4, 0.1), france).side == BELOW
    assert compare(figure(10.6, 0.7), france).side == CLOSE, "the interval holds the reference"
    assert compare(figure(10.3, 0.1), france).side == CLOSE, "three percent is not notable"
    assert compare(figure(None), france).side == UNKNOWN
    assert compare(Figure("REG-53", "2023", "published", 11.0), france).side == UNKNOWN


def test_the_gap_is_kept_even_where_it_cannot_be_judged() -> None:
    compared = compare(Figure("REG-53", "2023", "published", 11.0), figure(10.0))
    assert compared.gap == 1.0
    assert compared.relative_gap == 0.1


def test_a_gap_as_large_as_the_others_does_not_stand_out() -> None:
    france = figure(10.0)
    assert compare(figure(12.0, 0.1), france).marked
    assert not compare(figure(12.0, 0.1), france, between=1.0).marked
    assert compare(figure(14.0, 0.1), france, between=1.0).marked


def test_variance_between_territories_is_recovered() -> None:
    seeded = random.Random(3)
    for true in (0.0, 0.5, 2.0):
        estimates = []
        for _ in range(200):
            territories = []
            for _ in range(40):
                value = 20 + seeded.gauss(0, math.sqrt(true)) + seeded.gauss(0, 0.5)
                territories.append(figure(value, 1.959964 * 0.5))
            estimates.append(variance_between(territories, figure(20.0)))
        mean = sum(estimates) / len(estimates)
        assert mean <= true * 1.1 + 0.06, "a variance cannot be negative: a little high at zero"
        assert mean >= true * 0.9


def test_variance_needs_enough_territories() -> None:
    assert variance_between([figure(1.0), figure(30.0)], figure(10.0)) == 0.0


def test_people_behind_a_gap_are_an_order_of_magnitude() -> None:
    france = figure(5.6, numerator=56_000, denominator=1_000_000)
    assert multiplier(france) == 100
    own = figure(5.3, numerator=1_907, denominator=36_083)
    assert gap_in_people(own, france, "proportion") == -110
    assert gap_in_people(figure(5.601, numerator=11, denominator=300), france, "rate") is None
    assert gap_in_people(own, france, "mean") is None, "nights are not people"


def test_per_hundred_thousand_is_read_from_the_figure() -> None:
    rate = figure(56.0, numerator=560, denominator=1_000_000)
    assert multiplier(rate) == 100_000
