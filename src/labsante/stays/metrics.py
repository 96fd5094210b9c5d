"""Every measure of a length-of-stay model, as plain functions of arrays.

Lengths and predictions are in the spec's unit, one a stay. Sources: coverage and width as
Romano et al. 2019; the ten bins of the weighted kappa as Harutyunyan et al. 2019; the CRPS is
twice the mean pinball loss over the levels given (an approximation by five levels).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from labsante.stays.table import Booleans, Floats, Integers

KAPPA_EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 14)
POSITIVE = 1e-6


def r_squared(length: Floats, predicted: Floats, weight: Floats | None = None) -> float:
    """1 − Σ(y − ŷ)² / Σ(y − ȳ)²; NaN where all lengths are equal."""
    w = np.ones(len(length)) if weight is None else weight
    mean = (w * length).sum() / w.sum()
    spread = (w * (length - mean) ** 2).sum()
    return float(1.0 - (w * (length - predicted) ** 2).sum() / spread) if spread else float("nan")


def rmse(length: Floats, predicted: Floats, weight: Floats | None = None) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.average((length - predicted) ** 2, weights=weight)))


def mae(length: Floats, predicted: Floats, weight: Floats | None = None) -> float:
    """Mean absolute error."""
    return float(np.average(np.abs(length - predicted), weights=weight))


def observed_expected(length: Floats, predicted: Floats, weight: Floats | None = None) -> float:
    """Σ observed / Σ predicted; NaN where nothing is predicted."""
    w = np.ones(len(length)) if weight is None else weight
    expected = (w * predicted).sum()
    return float((w * length).sum() / expected) if expected else float("nan")


def gamma_deviance(length: Floats, predicted: Floats) -> Floats:
    """The gamma deviance of each stay; stays without a night count half a day."""
    y, mu = np.maximum(length, 0.5), np.maximum(predicted, POSITIVE)
    return 2.0 * (np.log(mu / y) + y / mu - 1.0)


def d2_gamma(length: Floats, predicted: Floats) -> float:
    """Share of gamma deviance explained."""
    null = gamma_deviance(length, np.full(len(length), length.mean())).sum()
    return float(1.0 - gamma_deviance(length, predicted).sum() / null) if null else float("nan")


def mape(length: Floats, predicted: Floats) -> float:
    """Mean of |y − ŷ| / y over the stays of at least one night."""
    long = length >= 1
    return float((np.abs(length - predicted)[long] / length[long]).mean())


def within(length: Floats, predicted: Floats, days: float) -> float:
    """Share of stays predicted within ``days``."""
    return float((np.abs(length - predicted) <= days).mean())


def weighted_kappa(length: Floats, predicted: Floats) -> float:
    """Quadratic-weighted kappa on the bins 0, 1, …, 7, 8-14, > 14."""
    size = len(KAPPA_EDGES) + 1
    a = np.searchsorted(KAPPA_EDGES, np.round(length), side="left")
    b = np.searchsorted(KAPPA_EDGES, np.round(predicted), side="left")
    seen = np.bincount(a * size + b, minlength=size * size).reshape(size, size).astype(float)
    chance = np.outer(seen.sum(1), seen.sum(0)) / seen.sum()
    weight = (np.arange(size)[:, None] - np.arange(size)[None, :]) ** 2.0
    expected = (weight * chance).sum()
    return float(1.0 - (weight * seen).sum() / expected) if expected else float("nan")


def auc(event: Booleans, score: Floats) -> float:
    """Area under the ROC curve by ranks; NaN without both outcomes."""
    positive = int(event.sum())
    negative = len(event) - positive
    if not positive or not negative:
        return float("nan")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2.0)[place]
    return float((rank[event].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(event: Booleans, score: Floats) -> float:
    """Mean precision at each event, from the highest score down; NaN without events."""
    if not event.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hit = event[order]
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return float(precision[hit].mean())


def brier(event: Booleans, probability: Floats) -> float:
    """Mean squared error of a probability."""
    return float(((event - probability) ** 2).mean())


def pinball(length: Floats, predicted: Floats, level: float) -> float:
    """Mean pinball loss of a quantile."""
    gap = length - predicted
    return float(np.maximum(level * gap, (level - 1.0) * gap).mean())


def crps(length: Floats, quantile: Mapping[float, Floats]) -> float:
    """Twice the mean pinball loss over the levels."""
    return 2.0 * float(np.mean([pinball(length, quantile[level], level) for level in quantile]))


def calibration_line(length: Floats, predicted: Floats) -> tuple[float, float]:
    """Intercept and slope of the length on its prediction; slope 1 is right."""
    spread = float(((predicted - predicted.mean()) ** 2).sum())
    if spread < 1e-12:
        return float("nan"), float("nan")
    slope = float(((predicted - predicted.mean()) * (length - length.mean())).sum() / spread)
    return float(length.mean() - slope * predicted.mean()), slope


def calibration_deciles(length: Floats, predicted: Floats, count: int = 10) -> list[dict]:
    """Mean predicted and observed in ``count`` classes of prediction of equal size."""
    order = np.argsort(predicted, kind="stable")
    return [
        {
            "rows": len(rows),
            "predicted": float(predicted[rows].mean()),
            "observed": float(length[rows].mean()),
        }
        for rows in np.array_split(order, count)
        if len(rows)
    ]


def coverage(length: Floats, low: Floats, high: Floats) -> float:
    """Share of stays inside their interval, bounds included."""
    return float(((length >= low) & (length <= high)).mean())


def cluster_interval(
    measure: Callable[[Floats], float],
    cluster: Integers,
    *,
    replicates: int = 200,
    seed: int = 1,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a weighted measure, drawing whole clusters with replacement.

    ``measure`` takes a weight a row; a cluster is a hospital or a patient, never a stay, since
    stays of one hospital resemble each other.
    """
    _, place = np.unique(cluster, return_inverse=True)
    size = int(place.max()) + 1
    draw = np.random.default_rng(seed)
    values = []
    for _ in range(replicates):
        weight = np.bincount(draw.integers(0, size, size), minlength=size).astype(np.float64)
        values.append(measure(weight[place]))
    spread = (1.0 - level) / 2
    low, high = np.nanquantile(values, [spread, 1.0 - spread])
    return float(low), float(high)
