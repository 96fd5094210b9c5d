"""Confidence intervals of proportions, counts and means."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
Bounds = tuple[Floats, Floats]

#: From this count on, Byar's approximation replaces the exact limits (the OHID rule).
BYAR_FROM = 10


def normal_quantile(confidence: float) -> float:
    """z = Φ⁻¹(1 − (1 − confidence)/2): 1.959964 for 0.95."""
    return float(stats.norm.ppf(0.5 + confidence / 2))


def wilson(count: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Wilson's score interval of a proportion; both bounds are shares in [0, 1].

    (2x + z² ± z √(z² + 4x(1 − x/n))) / (2(n + z²)). For counts of independent persons, not for
    fractional quantities. Source: Wilson, J Am Stat Assoc 1927;22:209-212. NaN where n = 0.
    """
    x, n = _floats(count), _floats(total)
    z = normal_quantile(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = z * np.sqrt(np.maximum(z * z + 4 * x * (1 - x / n), 0))
        low = (2 * x + z * z - root) / (2 * (n + z * z))
        high = (2 * x + z * z + root) / (2 * (n + z * z))
    undefined = ~(n > 0)
    low = np.where(x == 0, 0.0, low)
    high = np.where(x == n, 1.0, high)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def exact_poisson(count: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Exact (Garwood) limits of a Poisson count, in events.

    L = ½ χ²(α/2; 2O), 0 for O = 0; U = ½ χ²(1 − α/2; 2O + 2).
    Source: Garwood, Biometrika 1936;28:437-442.
    """
    o = _floats(count)
    tail = (1 - confidence) / 2
    low = np.where(o > 0, stats.chi2.ppf(tail, 2 * np.maximum(o, 1e-300)) / 2, 0.0)
    high = stats.chi2.ppf(1 - tail, 2 * o + 2) / 2
    return low, high


def byar(count: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Byar's approximation to the exact Poisson limits, in events.

    L = O (1 − 1/(9O) − z/(3√O))³, U = (O+1)(1 − 1/(9(O+1)) + z/(3√(O+1)))³.
    Source: Breslow & Day, Statistical Methods in Cancer Research II, IARC 1987, p. 69.
    """
    o = _floats(count)
    z = normal_quantile(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = o * (1 - 1 / (9 * o) - z / (3 * np.sqrt(o))) ** 3
    low = np.where(o > 0, np.maximum(low, 0.0), 0.0)
    p = o + 1
    high = p * (1 - 1 / (9 * p) + z / (3 * np.sqrt(p))) ** 3
    return low, high


def poisson(count: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Limits of a count, in events: exact below 10, Byar from 10 on (the OHID rule)."""
    o = _floats(count)
    exact_low, exact_high = exact_poisson(o, confidence)
    byar_low, byar_high = byar(o, confidence)
    small = o < BYAR_FROM
    return np.where(small, exact_low, byar_low), np.where(small, exact_high, byar_high)


def exact_binomial(count: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Exact (Clopper–Pearson) interval of a proportion, shares in [0, 1].

    L = B(α/2; x, n−x+1), U = B(1−α/2; x+1, n−x), quantiles of the beta law.
    Source: Clopper & Pearson, Biometrika 1934;26:404-413. At least nominal coverage.
    """
    x, n = _floats(count), _floats(total)
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1e-300), n - x + 1), 0.0)
        high = np.where(x < n, stats.beta.ppf(1 - tail, x + 1, np.maximum(n - x, 1e-300)), 1.0)
    undefined = ~(n > 0)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def mean(
    count: ArrayLike, total: ArrayLike, squares: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Mean and its Student interval from n, Σx and Σx²; same unit as x.

    m = Σx/n, s² = (Σx² − (Σx)²/n)/(n − 1), m ± t(n−1) s/√n. The interval is NaN for n < 2.
    """
    n, s, q = _floats(count), _floats(total), _floats(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.where(n > 0, s / n, np.nan)
        variance = np.maximum(q - s * s / n, 0.0) / (n - 1)
        half = stats.t.ppf(0.5 + confidence / 2, np.maximum(n - 1, 1)) * np.sqrt(variance / n)
    half = np.where(n >= 2, half, np.nan)
    return average, average - half, average + half


def rate_ratio(
    count: ArrayLike,
    time: ArrayLike,
    reference_count: ArrayLike,
    reference_time: ArrayLike,
    confidence: float = 0.95,
) -> tuple[Floats, Floats, Floats]:
    """Ratio of two rates and its log-normal interval: exp(ln RR ± z √(1/a + 1/b)).

    ``time`` in persons or person-time, the same unit on both sides. NaN where a count is 0.
    Source: Rothman, Greenland & Lash, Modern Epidemiology, 3rd ed., ch. 14.
    """
    a, t = _floats(count), _floats(time)
    b, u = _floats(reference_count), _floats(reference_time)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (a / t) / (b / u)
        half = normal_quantile(confidence) * np.sqrt(1 / a + 1 / b)
        defined = (a > 0) & (b > 0) & (t > 0) & (u > 0)
        low, high = ratio * np.exp(-half), ratio * np.exp(half)
    return (
        np.where(defined, ratio, np.nan),
        np.where(defined, low, np.nan),
        np.where(defined, high, np.nan),
    )


def _floats(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)
