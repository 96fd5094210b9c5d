"""Levels near public figures, and planted effects that show in the events."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from labsante.synthetic import Settings, draw_bucket, draw_world
from labsante.synthetic.calibration import compare
from labsante.synthetic.dispensing import gliflozin_share
from labsante.synthetic.draw import choose_in, rank_in, running_weights, stream
from labsante.synthetic.hospital import length_factor
from labsante.synthetic.truth import Truth, treated_persons

# What 20,000 persons allow: about three standard errors beyond the tolerance of a million.
TOLERANCES = {
    "women": 0.03,
    "aged_65_and_over": 0.06,
    "aged_75_and_over": 0.09,
    "treated_diabetes": 0.13,
    "stays_without_sessions": 0.08,
    "stays_without_night": 0.07,
    "mean_nights": 0.08,
    "exempt_persons": 0.09,
    "free_cover": 0.1,
    "general_consultations": 0.06,
}


@pytest.fixture(scope="module")
def truth() -> Truth:
    settings = Settings(persons=20_000, first_year=2023, last_year=2023, seed=8)
    world, total = draw_world(settings), Truth()
    for bucket in range(settings.buckets):
        total.add(draw_bucket(settings, world, bucket).truth)
    return total


def test_levels_meet_public_figures(truth: Truth) -> None:
    rows = {row.figure: row for row in compare(truth.figures, treated_persons(truth))}
    far = {
        name: round(rows[name].error, 3)
        for name, tolerance in TOLERANCES.items()
        if abs(rows[name].error) > tolerance
    }
    assert far == {}


def test_gliflozins_follow_their_curve() -> None:
    settings = Settings(persons=1000, first_year=2021, last_year=2023, seed=1)
    world = draw_world(settings)
    region = np.zeros(4, dtype=np.int64)
    midpoint = float(world.gliflozin_midpoint[0])
    times = np.array([2019.0, midpoint, midpoint + 50, midpoint + 60])
    shares = gliflozin_share(world, settings, region, times)
    assert shares[0] == 0  # before the launch
    assert shares[1] == pytest.approx(world.gliflozin_ceiling[0] / 2)
    assert shares[2] == pytest.approx(shares[3]) == pytest.approx(world.gliflozin_ceiling[0])


def test_length_factors_multiply() -> None:
    plain = {"emergency": np.array([False]), "transfer": np.array([False])}
    base = length_factor(
        np.array([55]), **plain, chronic=np.array([0]), free_cover=np.array([False])
    )
    more = length_factor(
        np.array([55]),
        emergency=np.array([True]),
        transfer=np.array([True]),
        chronic=np.array([9]),
        free_cover=np.array([True]),
    )
    assert base[0] == 1
    assert more[0] == pytest.approx(1.15 * 1.45 * 1.08 * 1.07**4)


def test_choose_in_stays_in_its_group() -> None:
    group = np.array([0, 0, 1, 2, 2, 2])
    bounds = running_weights(group, np.array([1.0, 3.0, 5.0, 1.0, 1.0, 8.0]))
    wanted = np.repeat([0, 1, 2], 4000)
    drawn = choose_in(stream(1, "test"), bounds, wanted)
    assert (group[drawn] == wanted).all()
    shares = Counter(drawn[:4000].tolist())
    assert shares[1] / 4000 == pytest.approx(0.75, abs=0.03)


def test_rank_in_counts_within_groups() -> None:
    assert rank_in(np.array([5, 3, 5, 5, 3])).tolist() == [0, 0, 1, 2, 1]
