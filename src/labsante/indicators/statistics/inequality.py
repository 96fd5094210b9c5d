"""Inequality between territories and by deprivation, and whether it closes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


class Slope(NamedTuple):
    """Slope and relative index of inequality, with simulated intervals where errors are given."""

    slope: float
    relative: float
    slope_interval: tuple[float, float]
    relative_interval: tuple[float, float]


def slope_index(
    rate: ArrayLike,
    population: ArrayLike,
    error: ArrayLike | None = None,
    *,
    simulations: int = 0,
    seed: int = 1,
) -> Slope:
    """SII and RII: rates regressed on the mid-rank of the cumulative population, weighted by it.

    Groups from the least to the most deprived, or the reverse. SII = slope b, RII = (a + b)/a,
    the ratio of the two ends of the line. Intervals: percentiles over normal draws of the rates.
    Source: Pamuk, Popul Stud 1985;39:17-31; Mackenbach & Kunst, Soc Sci Med 1997;44:757-771.
    """
    y, n = np.asarray(rate, dtype=np.float64), np.asarray(population, dtype=np.float64)
    share = n / n.sum()
    rank = np.cumsum(share) - share / 2
    intercept, slope = _weighted_line(rank, y, share)
    slopes = ratios = np.full(2, np.nan)
    if error is not None and simulations:
        random = np.random.default_rng(seed)
        draws = random.normal(y, np.asarray(error, dtype=np.float64), (simulations, len(y)))
        lines = np.array([_weighted_line(rank, draw, share) for draw in draws])
        slopes = np.quantile(lines[:, 1], [0.025, 0.975])
        ratios = np.quantile((lines[:, 0] + lines[:, 1]) / lines[:, 0], [0.025, 0.975])
    return Slope(
        slope,
        (intercept + slope) / intercept,
        (float(slopes[0]), float(slopes[1])),
        (float(ratios[0]), float(ratios[1])),
    )


def gini(value: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Gini coefficient, 0 (equal) to 1, of units or of units weighted by population.

    Weighted: 1 − Σ w (Y + Y_before) / Σy w with y sorted, Y the cumulative share; unweighted it
    equals 2 Σ i y_(i) / (n Σ y) − (n + 1)/n. Source: Sen, On Economic Inequality, 1973, ch. 2.
    """
    y = np.asarray(value, dtype=np.float64)
    w = np.ones_like(y) if weight is None else np.asarray(weight, dtype=np.float64)
    order = np.argsort(y, kind="stable")
    y, w = y[order], w[order]
    held = np.cumsum(y * w) / (y * w).sum()
    before = np.concatenate([[0.0], held[:-1]])
    return float(1 - ((w / w.sum()) * (held + before)).sum())


class Theil(NamedTuple):
    """Theil's T, and its exact split."""

    total: float
    within: float
    between: float


def theil(value: ArrayLike, weight: ArrayLike, group: ArrayLike) -> Theil:
    """Theil's T of population-weighted units, split within and between groups.

    T = Σ s ln(s/q), s the share of the total Σ w y, q the share of the population; between is T
    of the groups, within the s-weighted sum of each group's T. Source: Theil, Economics and
    Information Theory, 1967, ch. 4. Units with y = 0 add nothing.
    """
    y, w = np.asarray(value, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    _, rank = np.unique(np.asarray(group), return_inverse=True)
    s, q = y * w / (y * w).sum(), w / w.sum()
    group_s, group_q = np.bincount(rank, s), np.bincount(rank, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(s > 0, s * np.log(s / q), 0.0).sum()
        between = np.where(group_s > 0, group_s * np.log(group_s / group_q), 0.0).sum()
    return Theil(float(total), float(total - between), float(between))


def atkinson(value: ArrayLike, aversion: float, weight: ArrayLike | None = None) -> float:
    """Atkinson's index for an aversion ε > 0: 1 − (mean of y^(1−ε))^(1/(1−ε)) / mean.

    Source: Atkinson, J Econ Theory 1970;2:244-263. ε = 1 uses the geometric mean.
    """
    y = np.asarray(value, dtype=np.float64)
    w = np.ones_like(y) if weight is None else np.asarray(weight, dtype=np.float64)
    w = w / w.sum()
    mean = float((w * y).sum())
    if aversion == 1:
        return 1 - float(np.exp((w * np.log(y)).sum())) / mean
    power = 1 - aversion
    return 1 - float((w * y**power).sum()) ** (1 / power) / mean


def decile_ratio(value: ArrayLike) -> float:
    """P90/P10 of units, each counted once."""
    low, high = np.quantile(np.asarray(value, dtype=np.float64), [0.1, 0.9])
    return float(high / low)


def concentration_index(value: ArrayLike, population: ArrayLike) -> float:
    """2 cov(h, r)/μ, units ordered from the poorest; negative where the poor have more.

    Source: Kakwani, Wagstaff & van Doorslaer, J Econometrics 1997;77:87-103.
    """
    y, n = np.asarray(value, dtype=np.float64), np.asarray(population, dtype=np.float64)
    share = n / n.sum()
    rank = np.cumsum(share) - share / 2
    mean = (share * y).sum()
    return float(2 * (share * (y - mean) * (rank - 0.5)).sum() / mean)


def sigma_convergence(values: ArrayLike, weight: ArrayLike | None = None) -> Floats:
    """Coefficient of variation of the territories (last axis), one a date: falling = converging.

    Source: Barro & Sala-i-Martin, J Polit Econ 1992;100:223-251.
    """
    y = np.asarray(values, dtype=np.float64)
    w = np.ones(y.shape[-1]) if weight is None else np.asarray(weight, dtype=np.float64)
    w = w / w.sum()
    mean = (y * w).sum(axis=-1)
    return np.asarray(np.sqrt((w * (y - mean[..., None]) ** 2).sum(axis=-1)) / mean)


class Convergence(NamedTuple):
    """β-convergence: the slope, its interval and its p value; negative = catching up."""

    slope: float
    low: float
    high: float
    p_value: float


def beta_convergence(
    first: ArrayLike, last: ArrayLike, duration: float, confidence: float = 0.95
) -> Convergence:
    """Slope of (1/T) ln(y_T/y_0) on ln y_0 over territories.

    Beware of regression to the mean: give a smoothed ``first``. Source: Barro & Sala-i-Martin
    1992. Raises ValueError for fewer than three territories.
    """
    y0, y1 = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
    if len(y0) < 3:
        raise ValueError("convergence needs three territories at least")
    found = stats.linregress(np.log(y0), np.log(y1 / y0) / duration)
    half = float(stats.t.ppf(0.5 + confidence / 2, len(y0) - 2)) * found.stderr
    slope = float(found.slope)
    return Convergence(slope, slope - half, slope + half, float(found.pvalue))


def _weighted_line(x: Floats, y: Floats, w: Floats) -> tuple[float, float]:
    mean_x, mean_y = (w * x).sum() / w.sum(), (w * y).sum() / w.sum()
    slope = (w * (x - mean_x) * (y - mean_y)).sum() / (w * (x - mean_x) ** 2).sum()
    return float(mean_y - slope * mean_x), float(slope)
