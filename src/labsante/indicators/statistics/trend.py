"""Trends: log-linear, with one joinpoint or more, and a jump between two values."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


class Trend(NamedTuple):
    """Annual percentage change and its interval; ``dispersion`` is Pearson's χ²/df, at least 1."""

    change: float
    low: float
    high: float
    p_value: float
    dispersion: float


def log_linear(
    time: ArrayLike, events: ArrayLike, population: ArrayLike, confidence: float = 0.95
) -> Trend:
    """Quasi-Poisson trend ln E(O) = ln n + a + bt; change = 100 (e^b − 1) per unit of time.

    Fitted by iteratively reweighted least squares; the variance is multiplied by Pearson's
    dispersion where that exceeds 1, with Student quantiles on T − 2 degrees.
    Source: McCullagh & Nelder, Generalized Linear Models, 2nd ed., ch. 6.
    """
    t = np.asarray(time, dtype=np.float64)
    o, n = np.asarray(events, dtype=np.float64), np.asarray(population, dtype=np.float64)
    if len(t) < 3:
        raise ValueError("a trend needs three points at least")
    design = np.column_stack([np.ones_like(t), t - t.mean()])
    beta = np.array([np.log((o.sum() + 0.5) / n.sum()), 0.0])
    for _ in range(100):
        mu = n * np.exp(design @ beta)
        working = design @ beta + (o - mu) / mu
        weight = mu
        gram = design.T @ (weight[:, None] * design)
        new = np.linalg.solve(gram, design.T @ (weight * working))
        if np.max(np.abs(new - beta)) < 1e-12:
            beta = new
            break
        beta = new
    mu = n * np.exp(design @ beta)
    degrees = len(t) - 2
    dispersion = max(1.0, float(((o - mu) ** 2 / mu).sum() / degrees))
    covariance = np.linalg.inv(design.T @ (mu[:, None] * design)) * dispersion
    error = float(np.sqrt(covariance[1, 1]))
    quantile = float(stats.t.ppf(0.5 + confidence / 2, degrees))
    p_value = float(2 * stats.t.sf(abs(beta[1]) / error, degrees))
    return Trend(
        100 * float(np.expm1(beta[1])),
        100 * float(np.expm1(beta[1] - quantile * error)),
        100 * float(np.expm1(beta[1] + quantile * error)),
        p_value,
        dispersion,
    )


class Joinpoints(NamedTuple):
    """Joinpoints (times), the change of each segment in % a unit of time, and their average."""

    points: tuple[float, ...]
    changes: tuple[float, ...]
    average_change: float
    bic: float


def joinpoints(
    time: ArrayLike, rate: ArrayLike, variance: ArrayLike | None = None, at_most: int = 2
) -> Joinpoints:
    """Piecewise log-linear trend; joinpoints on a grid of observed times, chosen by BIC.

    ln rate = a + b t + Σ δ (t − τ)⁺, weights rate²/variance. At least two points on each side
    of a joinpoint. The average change is 100 (exp(Σ w b) − 1), w the lengths of the segments.
    Source: Kim, Fay, Feuer & Midthune, Stat Med 2000;19:335-351; Clegg et al., Stat Med
    2009;28:3670-3682 for the average.
    """
    t, y = np.asarray(time, dtype=np.float64), np.asarray(rate, dtype=np.float64)
    weight = np.ones_like(y) if variance is None else y * y / np.asarray(variance, float)
    grid = t[2:-2]
    best: Joinpoints | None = None
    for count in range(min(at_most, len(grid)) + 1):
        for points in combinations(grid, count):
            if any(b - a < 2 * np.diff(t).min() for a, b in pairwise(points)):
                continue
            found = _piecewise(t, np.log(y), weight, points)
            if best is None or found.bic < best.bic - 1e-9:
                best = found
    assert best is not None
    return best


def _piecewise(t: Floats, y: Floats, weight: Floats, points: tuple[float, ...]) -> Joinpoints:
    columns = [np.ones_like(t), t, *(np.maximum(t - p, 0) for p in points)]
    design = np.column_stack(columns)
    root = np.sqrt(weight)
    beta, *_ = np.linalg.lstsq(root[:, None] * design, root * y, rcond=None)
    residual = float((weight * (y - design @ beta) ** 2).sum())
    size = len(t)
    # A joinpoint costs two parameters: its place and its change of slope.
    parameters = 2 + 2 * len(points)
    bic = size * float(np.log(max(residual, 1e-24) / size)) + parameters * float(np.log(size))
    slopes = np.cumsum(beta[1:])
    edges = np.array([t[0], *points, t[-1]])
    lengths = np.diff(edges)
    average = 100 * float(np.expm1((lengths * slopes).sum() / lengths.sum()))
    changes = tuple(100 * float(np.expm1(slope)) for slope in slopes)
    return Joinpoints(tuple(float(p) for p in points), changes, average, bic)
