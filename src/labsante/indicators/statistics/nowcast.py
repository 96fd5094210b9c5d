"""Late claims: how complete the last months are, and what they will come to (chain ladder)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Nowcast(NamedTuple):
    """For each month of care: counted so far, the completeness reached, the expected total."""

    counted: Floats
    completeness: Floats
    expected: Floats
    low: Floats
    high: Floats


def chain_ladder(
    triangle: ArrayLike, *, simulations: int = 999, seed: int = 1, confidence: float = 0.95
) -> Nowcast:
    """Complete a run-off triangle: months of care in rows, delay in months in columns.

    ``triangle[i, j]`` is what arrived j months after month of care i; NaN where that has not
    happened yet. Development factor f_j = Σ C_{i,j+1} / Σ C_{i,j} over the months that have
    both; completeness is the product of the remaining 1/f. Intervals: over-dispersed Poisson
    bootstrap of Pearson residuals with process noise. A month whose factors rest on no other
    month keeps what is counted. Source: Mack, ASTIN Bull 1993;23:213-225; England & Verrall,
    Br Actuar J 2002;8:443-518 for the bootstrap.
    """
    x = np.asarray(triangle, dtype=np.float64)
    known = np.isfinite(x)
    counted = np.where(known, x, 0).sum(axis=1)
    factors = _factors(x, known)
    completeness = _completeness(factors, known)
    expected = counted / completeness
    fitted = _fitted(counted, completeness, factors)
    degrees = known.sum() - x.shape[0] - x.shape[1] + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        residuals = np.where(known & (fitted > 0), (x - fitted) / np.sqrt(fitted), np.nan)
    pool = residuals[np.isfinite(residuals)]
    low, high = expected.copy(), expected.copy()
    if degrees > 0 and simulations and pool.size:
        phi = max(float((pool**2).sum() / degrees), 1e-12)
        pool = pool * np.sqrt(known.sum() / degrees)
        random = np.random.default_rng(seed)
        draws = np.empty((simulations, x.shape[0]))
        for index in range(simulations):
            noise = random.choice(pool, x.shape)
            again = np.where(known, np.maximum(fitted + noise * np.sqrt(fitted), 0), np.nan)
            share = _completeness(_factors(again, known), known)
            left = np.maximum(np.where(known, again, 0).sum(axis=1) * (1 / share - 1), 0)
            coming = random.gamma(np.maximum(left / phi, 1e-12)) * phi
            draws[index] = counted + np.where(left > 0, coming, 0)
        tail = (1 - confidence) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return Nowcast(counted, completeness, expected, np.maximum(low, counted), high)


def _factors(x: Floats, known: NDArray[np.bool_]) -> Floats:
    total = np.cumsum(np.where(known, x, 0), axis=1)
    factors = np.ones(x.shape[1] - 1)
    for j in range(x.shape[1] - 1):
        both = known[:, j + 1]
        below = total[both, j].sum()
        if below > 0:
            factors[j] = total[both, j + 1].sum() / below
    return factors


def _completeness(factors: Floats, known: NDArray[np.bool_]) -> Floats:
    share = np.concatenate([np.cumprod((1 / factors)[::-1])[::-1], [1.0]])
    last = known.sum(axis=1) - 1
    return np.where(last >= 0, share[np.maximum(last, 0)], share[0])


def _fitted(counted: Floats, completeness: Floats, factors: Floats) -> Floats:
    share = np.concatenate([np.cumprod((1 / factors)[::-1])[::-1], [1.0]])
    increments = np.diff(np.concatenate([[0.0], share]))
    return np.asarray((counted / completeness)[:, None] * increments[None, :])
