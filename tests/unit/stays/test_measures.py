"""Metrics, intervals, hospital index, exits: against hand figures and planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.stays import metrics
from labsante.stays.competing import bed_days, fit_exits
from labsante.stays.conformal import calibrate
from labsante.stays.hospital import hospital_index
from labsante.stays.reference import reference_cells
from tests.unit.stays.made import make


def test_hand_figures() -> None:
    y, p = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])
    assert metrics.r_squared(y, p) == pytest.approx(0.5)
    assert metrics.mae(y, p) == pytest.approx(1 / 3)
    assert metrics.observed_expected(y, p) == pytest.approx(6 / 7)
    assert metrics.pinball(np.array([10.0]), np.array([8.0]), 0.9) == pytest.approx(1.8)
    assert metrics.weighted_kappa(y, y) == pytest.approx(1.0)
    assert metrics.calibration_line(y, y) == pytest.approx((0.0, 1.0))


def test_areas_agree_with_scikit_learn() -> None:
    learn = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(5)
    event = draw.random(500) < 0.2
    score = np.round(draw.random(500) + event * 0.3, 2)
    assert metrics.auc(event, score) == pytest.approx(learn.roc_auc_score(event, score))
    score = draw.random(500) + event * 0.3
    assert metrics.average_precision(event, score) == pytest.approx(
        learn.average_precision_score(event, score)
    )


def test_a_cluster_bootstrap_is_wider_than_one_of_rows() -> None:
    draw = np.random.default_rng(6)
    cluster = np.repeat(np.arange(30), 40)
    y = 5 + draw.normal(0, 1, 30)[cluster] + draw.normal(0, 0.5, 1200)

    def mean(weight: np.ndarray) -> float:
        return float((weight * y).sum() / weight.sum())

    wide = metrics.cluster_interval(mean, cluster)
    narrow = metrics.cluster_interval(mean, np.arange(1200))
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


def test_margins_hold_in_each_group() -> None:
    draw = np.random.default_rng(7)
    group = draw.integers(0, 3, 12000)
    spread = np.array([1.0, 2.0, 4.0])[group]
    y = np.round(np.clip(10 + draw.normal(0, spread), 0, None))
    low, high = np.full(12000, 9.0), np.full(12000, 11.0)
    members = {f"g={value}": group == value for value in range(3)}
    fit, held = slice(0, 8000), slice(8000, None)
    margins = calibrate(y[fit], low[fit], high[fit], 0.8, {k: v[fit] for k, v in members.items()})
    a, b = margins.apply(low[held], high[held], {k: v[held] for k, v in members.items()})
    for rows in members.values():
        # whole lengths: the smallest interval that holds may cover a little more
        assert 0.76 < metrics.coverage(y[held][rows[held]], a[rows[held]], b[rows[held]]) < 0.93


def test_planted_hospital_effects_come_back() -> None:
    made = make(rows=24000, hospitals=60, spread=0.15, seed=2)
    hospital = made.stays.hospital.codes
    expected = made.oracle / np.exp(made.effect[hospital])
    index = hospital_index(made.stays, expected)
    ratio = np.log([row.ratio for row in index.rows])
    order = [int(row.hospital[1:]) for row in index.rows]
    truth = made.effect[order]
    assert np.corrcoef(ratio, truth)[0, 1] >= 0.88
    assert 0.85 < np.polyfit(truth, ratio, 1)[0] < 1.1
    covered = [
        np.log(row.low95) <= value <= np.log(row.high95)
        for row, value in zip(index.rows, truth, strict=True)
    ]
    assert np.mean(covered) >= 0.88
    assert 0.10 < index.between**0.5 < 0.20
    assert index.outside95 <= 0.12


def test_without_effects_few_hospitals_are_flagged() -> None:
    flagged = []
    for seed in range(8):
        made = make(rows=6000, hospitals=50, spread=0.0, seed=seed)
        flagged.append(hospital_index(made.stays, made.oracle).outside95)
    assert np.mean(flagged) <= 0.07


def test_classic_index_weighs_the_groups() -> None:
    made = make(rows=3000)
    group = made.stays.columns["root"]
    index = hospital_index(made.stays, made.oracle, group=group)
    weight = np.array([row.observed for row in index.rows])
    classic = np.array([row.ip_dms for row in index.rows])
    assert (weight.sum() / (weight / classic).sum()) == pytest.approx(1.0, abs=1e-9)


def test_exits_compete_and_sum_to_one() -> None:
    made = make(rows=5000).stays
    law = fit_exits(made.length, np.ones(5000) * 5, made.died, made.transferred)
    last = law.incidence(0, made.length.max())
    assert sum(last.values()) == pytest.approx(1.0)
    assert last["death"] == pytest.approx(made.died.mean())
    drawn, exits = law.draw(np.full(20000, 5.0), np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(made.length.mean(), rel=0.03)
    assert (exits == 1).mean() == pytest.approx(made.died.mean(), abs=0.01)


def test_a_stay_of_three_nights_takes_three_beds() -> None:
    law = fit_exits(np.full(200, 3.0), np.full(200, 3.0), np.zeros(200, bool), np.zeros(200, bool))
    beds = bed_days(law, np.array([0, 2]), np.array([3.0, 3.0]), horizon=6, draws=5)
    assert beds.mean.tolist() == [1, 1, 2, 1, 1, 0]
    there = bed_days(
        law, np.array([-2]), np.array([3.0]), horizon=3, draws=5, elapsed=np.array([2.0])
    )
    assert there.mean.tolist() == [1, 0, 0]


def test_reference_cells_say_their_trim_and_their_zero_nights() -> None:
    stays = make(rows=4000).stays
    cells = reference_cells(stays, ("root",), trim=2.5)
    with_zero = {c.dimensions["root"]: c for c in cells if c.zero == "with"}
    without = {c.dimensions["root"]: c for c in cells if c.zero == "without"}
    assert set(with_zero) == set(without)
    assert len(with_zero) == 12
    for root, cell in without.items():
        assert cell.trim == 2.5
        assert cell.mean >= with_zero[root].mean
        assert cell.low95 < cell.mean < cell.high95
        assert cell.hospitals > 3
