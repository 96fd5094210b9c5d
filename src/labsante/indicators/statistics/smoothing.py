"""Empirical Bayes smoothing of rates in small areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def marshall(events: ArrayLike, population: ArrayLike) -> Floats:
    """Global empirical Bayes rates, one an area: shrunk to the overall rate where n is small.

    m = ΣO/Σn, A = max(0, Σ n (r − m)² / Σn − m/n̄), C = A / (A + m/n), r̃ = C r + (1 − C) m.
    Source: Marshall, J R Stat Soc C 1991;40:283-294. An area without population gets m.
    """
    o, n = np.asarray(events, dtype=np.float64), np.asarray(population, dtype=np.float64)
    mean = o.sum() / n.sum()
    rate = np.divide(o, n, out=np.full_like(o, mean), where=n > 0)
    between = max(0.0, float((n * (rate - mean) ** 2).sum() / n.sum() - mean / n.mean()))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, between / (between + mean / n), 0.0)
    return share * rate + (1 - share) * mean


def gamma_poisson(observed: ArrayLike, expected: ArrayLike) -> tuple[Floats, float, float]:
    """Clayton–Kaldor relative risks (O + ν)/(E + α), and the gamma law's ν and α.

    ν/α is the mean and ν/α² the variance of the risks, solved by their moment equations.
    Source: Clayton & Kaldor, Biometrics 1987;43:671-681, § 3.
    """
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    units = len(o)
    nu, alpha = 1.0, 1.0
    for _ in range(10_000):
        risk = (o + nu) / (e + alpha)
        mean = risk.mean()
        variance = float(((1 + alpha / e) * (risk - mean) ** 2).sum() / (units - 1))
        new_alpha = mean / max(variance, 1e-12)
        new_nu = mean * new_alpha
        if abs(new_alpha - alpha) + abs(new_nu - nu) < 1e-12 * (alpha + nu):
            nu, alpha = new_nu, new_alpha
            break
        nu, alpha = new_nu, new_alpha
        if alpha > 1e9:  # no variance left between areas: everything shrinks to the mean
            break
    return (o + nu) / (e + alpha), float(nu), float(alpha)
