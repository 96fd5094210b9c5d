"""Life expectancy (Chiang) and disability-free life expectancy (Sullivan)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Widths of the usual abridged table: under 1, 1-4, then five years to 90, then open.
ABRIDGED_WIDTHS = (1.0, 4.0, *(5.0,) * 17, np.inf)


class LifeTable(NamedTuple):
    """Expectancy at the start of each age group, its bounds, survivors of 1 and years lived."""

    expectancy: Floats
    low: Floats
    high: Floats
    survivors: Floats
    years_lived: Floats
    variance: Floats


def chiang(
    deaths: ArrayLike,
    population: ArrayLike,
    widths: ArrayLike = ABRIDGED_WIDTHS,
    *,
    first_share: float = 0.1,
    confidence: float = 0.95,
) -> LifeTable:
    """Abridged life table (Chiang II) from deaths and person-years by age group.

    q = n M / (1 + n (1 − a) M), a = ½, ``first_share`` in the first group, q = 1 in the last;
    Var(q) = q² (1 − q)/D; Var(e_x) = Σ l² [(1 − a) n + e_{x+n}]² Var(q) / l_x², with
    l²/M⁴ · M²/D (the variance of 1/M) for the open group, the form that OHID uses.
    Source: Chiang, The Life Table and its Applications, 1984, ch. 5-8; Silcocks, Jenner & Reza,
    J Epidemiol Community Health 2001;55:38-43. NaN throughout where a group has no population.
    """
    d, p = np.asarray(deaths, dtype=np.float64), np.asarray(population, dtype=np.float64)
    n = np.asarray(widths, dtype=np.float64)
    groups = len(n)
    a = np.full(groups, 0.5)
    a[0] = first_share
    if np.any(~(p > 0)) or not d[-1] > 0:
        nothing = np.full(groups, np.nan)
        return LifeTable(nothing, nothing, nothing, nothing, nothing, nothing)
    rate = d / p
    width = np.where(np.isinf(n), 1.0, n)
    q = np.minimum(width * rate / (1 + width * (1 - a) * rate), 1.0)
    q[-1] = 1.0
    survivors = np.concatenate([[1.0], np.cumprod(1 - q[:-1])])
    lived = np.empty(groups)
    lived[:-1] = width[:-1] * (survivors[1:] + a[:-1] * survivors[:-1] * q[:-1])
    lived[-1] = survivors[-1] / rate[-1]
    total = np.cumsum(lived[::-1])[::-1]
    expectancy = total / survivors
    with np.errstate(divide="ignore", invalid="ignore"):
        variance_q = np.where(d > 0, q * q * (1 - q) / d, 0.0)
    after = np.concatenate([expectancy[1:], [0.0]])
    parts = survivors**2 * ((1 - a) * width + after) ** 2 * variance_q
    # The open group: Var(1/M) = Var(M)/M⁴ with Var(M) = M²/D.
    parts[-1] = survivors[-1] ** 2 / (rate[-1] ** 2 * d[-1])
    variance = np.cumsum(parts[::-1])[::-1] / survivors**2
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * np.sqrt(variance)
    return LifeTable(expectancy, expectancy - half, expectancy + half, survivors, lived, variance)


def sullivan(table: LifeTable, disabled: ArrayLike) -> Floats:
    """Disability-free expectancy at each age: Σ L (1 − π) / l, π the share disabled by group.

    Source: Sullivan, HSMHA Health Reports 1971;86:347-354.
    """
    healthy = table.years_lived * (1 - np.asarray(disabled, dtype=np.float64))
    return np.asarray(np.cumsum(healthy[::-1])[::-1] / table.survivors)
