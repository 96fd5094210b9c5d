"""What a model must beat: means, shrunk group means, regressions, neighbours, Cox.

Each baseline learns on training and calibration rows and gives one prediction a test row. A
baseline that cannot run on a table (no group, too many rows for its method) says so by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labsante.stays import metrics
from labsante.stays.encoding import SHRINK, Encoder, Matrix
from labsante.stays.regression import cox_median, gamma_regression, negative_binomial_mean
from labsante.stays.spec import Column, LosSpec
from labsante.stays.table import TEST, Floats, Labels, StayTable, labels

NEIGHBOURS = 100
REGRESSION_ROWS = 20_000
LEVELS = 12


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline's predictions, or why it did not run. ``rows`` is how many it learnt from."""

    name: str
    mean: Floats | None
    median: Floats | None = None
    rows: int = 0
    why_not: str = ""


def run_baselines(stays: StayTable, spec: LosSpec, moment: str) -> list[Baseline]:
    """All baselines on one moment's columns."""
    train, test = stays.take(stays.part != TEST), stays.where(TEST)
    columns = spec.columns_at(moment)
    out = [national_mean(train, test)]
    allowed = {column.name for column in columns}
    groups = [name for name in spec.group if name in allowed]
    if groups:
        out.extend(group_means(train, test, groups))
    else:
        out.append(Baseline("group_mean", None, why_not="no group column is known at the moment"))
    sample = _sample(train, REGRESSION_ROWS)
    design, other = _design(sample, columns), None
    if design.matrix.values.shape[1]:
        other = design.encoder.transform(test)
        a, b = _linear(design.matrix), _linear(other, like=design.matrix)
        y, alive = sample.length, ~sample.died
        plans: dict[str, Callable[[], tuple[Floats, Floats | None]]] = {
            "glm_gamma": lambda: (np.minimum(gamma_regression(a, y, b), y.max()), None),
            "negative_binomial": lambda: (
                np.minimum(negative_binomial_mean(a, y, b), y.max()),
                None,
            ),
            "cox": lambda: cox_median(a, y, alive, b),
            "neighbours": lambda: _neighbours(a, y, b),
        }
        for name, plan in plans.items():
            try:
                mean, median = plan()
                out.append(Baseline(name, mean, median, len(sample)))
            except (ValueError, np.linalg.LinAlgError) as error:
                out.append(Baseline(name, None, why_not=type(error).__name__))
    return out


def score(baseline: Baseline, length: Floats) -> dict[str, Any]:
    """The measures that every baseline shares."""
    if baseline.mean is None:
        return {"name": baseline.name, "why_not": baseline.why_not}
    median = baseline.mean if baseline.median is None else baseline.median
    return {
        "name": baseline.name,
        "learnt_from": baseline.rows,
        "r_squared": metrics.r_squared(length, baseline.mean),
        "rmse": metrics.rmse(length, baseline.mean),
        "mae_of_mean": metrics.mae(length, baseline.mean),
        "mae_of_median": metrics.mae(length, median),
        "d2_gamma": metrics.d2_gamma(length, baseline.mean),
        "observed_expected": metrics.observed_expected(length, baseline.mean),
    }


def national_mean(train: StayTable, test: StayTable) -> Baseline:
    """Everybody stays the mean, or the median."""
    size = len(test)
    return Baseline(
        "national_mean",
        np.full(size, train.length.mean()),
        np.full(size, np.median(train.length)),
        len(train),
    )


def group_means(train: StayTable, test: StayTable, groups: list[str]) -> list[Baseline]:
    """The mean of the clinical group (GHM or root, or what stands for it), shrunk.

    One baseline a depth: the first column alone, the first two, … each shrunk to the one above.
    """
    out = []
    parent_train = np.full(len(train), train.length.mean())
    parent_test = np.full(len(test), train.length.mean())
    for depth in range(1, len(groups) + 1):
        key = _joined(train, groups[:depth])
        other = _joined(test, groups[:depth])
        place = {level: code for code, level in enumerate(key.levels)}
        size = len(key.levels)
        count = np.bincount(key.codes, minlength=size)
        total = np.bincount(key.codes, weights=train.length, minlength=size)
        above = np.bincount(key.codes, weights=parent_train, minlength=size) / np.maximum(count, 1)
        means = (total + SHRINK * above) / (count + SHRINK)
        lookup = np.array([place.get(level, -1) for level in other.levels], dtype=np.int64)
        known = lookup[other.codes]
        parent_test = np.where(known >= 0, means[known], parent_test)
        parent_train = means[key.codes]
        out.append(
            Baseline(f"group_mean:{'+'.join(groups[:depth])}", parent_test, None, len(train))
        )
    return out


def _joined(stays: StayTable, names: list[str]) -> Labels:
    words = [labels(stays, name).words() for name in names]
    return Labels.of(["|".join(row) or "·" for row in zip(*words, strict=True)])


@dataclass(frozen=True, slots=True)
class _Design:
    encoder: Encoder
    matrix: Matrix


def _design(train: StayTable, columns: tuple[Column, ...]) -> _Design:
    encoder = Encoder(columns)
    return _Design(encoder, encoder.fit_transform(train))


def _linear(matrix: Matrix, like: Matrix | None = None) -> Floats:
    """A design for linear models: the frequent levels one by one, numbers standardised.

    Missing numbers take the training mean; levels beyond the first dozen share the reference.
    """
    base = like or matrix
    parts: list[Floats] = []
    for number in range(matrix.values.shape[1]):
        values = matrix.values[:, number].astype(np.float64)
        reference = base.values[:, number].astype(np.float64)
        if number in matrix.categorical:
            if "/" in matrix.names[number]:
                continue
            known = reference[~np.isnan(reference)]
            top = int(min(LEVELS, known.max() + 1)) if len(known) else 0
            parts.extend((values == level).astype(np.float64) for level in range(1, top))
            continue
        mean = float(np.nanmean(reference)) if (~np.isnan(reference)).any() else 0.0
        spread = float(np.nanstd(reference)) or 1.0
        filled = np.where(np.isnan(values), mean, values)
        parts.append(np.clip((filled - mean) / spread, -6.0, 6.0))
    return np.column_stack(parts)


def _sample(train: StayTable, rows: int) -> StayTable:
    if len(train) <= rows:
        return train
    chosen = np.random.default_rng(1).choice(len(train), rows, replace=False)
    return train.take(np.sort(chosen))


def _neighbours(a: Floats, y: Floats, b: Floats) -> tuple[Floats, Floats | None]:
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(a))
    near = NearestNeighbors(n_neighbors=count, algorithm="auto").fit(a)
    found = near.kneighbors(b, return_distance=False)
    return y[found].mean(axis=1), np.median(y[found], axis=1)
