"""Funnel limits, exact and over-dispersed, and where a unit falls."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Two-sided tails of the usual limits: 95 % and 99.8 %.
TAILS = (0.025, 0.001)


def proportion_limits(
    average: float, total: ArrayLike, tail: float = 0.025
) -> tuple[Floats, Floats]:
    """Control limits of a proportion around ``average`` (a share) for ``total`` persons.

    p ± z √(p(1−p)/n), clipped to [0, 1]. Source: Spiegelhalter, Stat Med 2005;24:1185-1202, § 3.
    """
    n = np.asarray(total, dtype=np.float64)
    z = float(stats.norm.ppf(1 - tail))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * np.sqrt(average * (1 - average) / n)
    return np.clip(average - half, 0, 1), np.clip(average + half, 0, 1)


def exact_ratio_limits(expected: ArrayLike, tail: float = 0.025) -> tuple[Floats, Floats]:
    """Exact Poisson limits of O/E for an expected count: the ratios just inside the funnel.

    Upper line: P(X ≥ O | E) = ``tail``; lower line: P(X ≤ O | E) = ``tail``, with the count O
    made continuous by the gamma law. The lower ratio is 0 where even a count of zero is likely.
    Source: Dover & Schopflocher, Popul Health Metr 2011;9:58.
    """
    e = np.atleast_1d(np.asarray(expected, dtype=np.float64))
    low = np.array([_solve(lambda o, v=v: stats.gamma.sf(v, o + 1) - tail, v) for v in e])
    high = np.array([_solve(lambda o, v=v: stats.gamma.sf(v, o) - (1 - tail), v) for v in e])
    shape = np.shape(expected)
    return (low / e).reshape(shape), (high / e).reshape(shape)


def expected_on_line(observed: ArrayLike, tail: float = 0.025) -> tuple[Floats, Floats]:
    """The expected counts at which ``observed`` lies on the lower and on the upper line.

    Lower line E = ½ χ²(1−tail; 2O+2), upper line E = ½ χ²(tail; 2O): exact quantiles of what
    is otherwise found by bisection.
    """
    o = np.asarray(observed, dtype=np.float64)
    lower = stats.chi2.ppf(1 - tail, 2 * o + 2) / 2
    upper = np.where(o > 0, stats.chi2.ppf(tail, 2 * np.maximum(o, 1e-300)) / 2, 0.0)
    return lower, upper


def flags(
    low95: ArrayLike, high95: ArrayLike, low998: ArrayLike, high998: ArrayLike, average: float
) -> NDArray[np.int64]:
    """−2, −1, 0, 1, 2: below or above the average at 99.8 % (±2), at 95 % (±1), or within."""
    low = (np.asarray(high998) < average).astype(int) + (np.asarray(high95) < average)
    high = (np.asarray(low998) > average).astype(int) + (np.asarray(low95) > average)
    return (high - low).astype(np.int64)


def overdispersion(
    observed: ArrayLike, expected: ArrayLike, winsorised: float = 0.1
) -> tuple[float, float]:
    """φ and τ² of a set of ratios O/E on the square-root scale.

    z = 2(√O − √E); the ``winsorised`` share at each end is brought to its quantile; φ = mean z²;
    τ² = max(0, (Jφ − (J − 1)) / (Σω − Σω²/Σω)) with ω = 4E.
    Source: Spiegelhalter, Qual Saf Health Care 2005;14:347-351; Stat Med 2005;24:1185-1202.
    """
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    z = 2 * (np.sqrt(o) - np.sqrt(e))
    low, high = np.quantile(z, [winsorised, 1 - winsorised])
    z = np.clip(z, low, high)
    units = len(z)
    phi = float(np.mean(z * z))
    weight = 4 * e
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(0.0, (units * phi - (units - 1)) / spread) if spread > 0 else 0.0
    return phi, float(tau2)


def adjusted_z(observed: ArrayLike, expected: ArrayLike, tau2: float) -> Floats:
    """z of each unit with the between-unit variance: (√(O/E) − 1) / √(1/(4E) + τ²)."""
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return (np.sqrt(o / e) - 1) / np.sqrt(1 / (4 * e) + tau2)


def overdispersed_ratio_limits(
    expected: ArrayLike, tau2: float, tail: float = 0.025
) -> tuple[Floats, Floats]:
    """Limits of O/E with between-unit variance: (1 ± z √(1/(4E) + τ²))², never below zero."""
    e = np.asarray(expected, dtype=np.float64)
    half = float(stats.norm.ppf(1 - tail)) * np.sqrt(1 / (4 * e) + tau2)
    return np.maximum(1 - half, 0) ** 2, (1 + half) ** 2


def _solve(function, value: float) -> float:  # type: ignore[no-untyped-def]
    from scipy.optimize import brentq

    ceiling = value + 12 * np.sqrt(value + 1) + 30
    low, high = function(1e-12), function(ceiling)
    return 0.0 if low * high > 0 else float(brentq(function, 1e-12, ceiling, xtol=1e-12))
