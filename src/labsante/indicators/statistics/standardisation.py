"""Direct and indirect standardisation, from sums that add up.

Direct standardisation needs, for a territory, Σ w O/n and Σ w² V/n² over the strata and Σ w:
:func:`direct_sums` makes them, :func:`dobson_byar` and :func:`fay_feuer` read them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from labsante.indicators.statistics.intervals import poisson

Floats = NDArray[np.float64]


class DirectSums(NamedTuple):
    """What a directly standardised rate is made of, one value a territory.

    ``events`` ΣO; ``rate`` Σ w' O/n with w' = w/Σw over the strata with a population;
    ``variance`` Σ w'² V/n²; ``largest_weight`` max w'/n; ``coverage`` the share of the standard
    that the strata with a population cover.
    """

    events: Floats
    rate: Floats
    variance: Floats
    largest_weight: Floats
    coverage: Floats


def direct_sums(
    events: ArrayLike,
    population: ArrayLike,
    weights: ArrayLike,
    variance: ArrayLike | None = None,
) -> DirectSums:
    """The sums of a directly standardised rate; strata along the last axis.

    ``variance`` is the variance of the events of a stratum: by default O (Poisson); for events
    that persons repeat, Σ f² P_f, the sum over persons of their squared number of events (OHID,
    PHEindicatormethods). A stratum without population has no weight; the others are
    re-normalised, and ``coverage`` says how much of the standard they hold.
    """
    o = np.asarray(events, dtype=np.float64)
    n = np.asarray(population, dtype=np.float64)
    w = np.broadcast_to(np.asarray(weights, dtype=np.float64), n.shape)
    v = o if variance is None else np.asarray(variance, dtype=np.float64)
    present = n > 0
    held = np.where(present, w, 0.0)
    total, whole = held.sum(axis=-1), w.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = held / total[..., None]
        over = np.where(present, share / np.where(present, n, 1.0), 0.0)
        coverage = np.where(whole > 0, total / whole, 0.0)
    return DirectSums(
        events=o.sum(axis=-1),
        rate=(over * o).sum(axis=-1),
        variance=(over * over * v).sum(axis=-1),
        largest_weight=over.max(axis=-1),
        coverage=coverage,
    )


def dobson_byar(
    sums: DirectSums, multiplier: float = 1.0, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Directly standardised rate and its Dobson–Byar interval, times ``multiplier``.

    DSR + √(Var/O) (O_L − O), DSR + √(Var/O) (O_U − O), with O_L and O_U the limits of the total
    count. Source: Dobson, Kuulasmaa, Eberle & Scherer, Stat Med 1991;10:457-462. NaN for O = 0.
    """
    o = sums.events
    low_count, high_count = poisson(o, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(o > 0, np.sqrt(sums.variance / o), np.nan)
    return (
        np.where(o > 0, sums.rate, np.nan) * multiplier,
        (sums.rate + scale * (low_count - o)) * multiplier,
        (sums.rate + scale * (high_count - o)) * multiplier,
    )


def fay_feuer(
    sums: DirectSums, multiplier: float = 1.0, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Directly standardised rate and its gamma interval, times ``multiplier``.

    With v the rate, s² its variance, w = max w'/n: L = Γ⁻¹(α/2; v²/s², scale s²/v),
    U = Γ⁻¹(1−α/2; (v+w)²/(s²+w²), scale (s²+w²)/(v+w)). Conservative where a stratum is empty.
    Source: Fay & Feuer, Stat Med 1997;16:791-801.
    """
    v, s2, w = sums.rate, sums.variance, sums.largest_weight
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(v > 0, stats.gamma.ppf(tail, v * v / s2, scale=s2 / v), 0.0)
        high = stats.gamma.ppf(1 - tail, (v + w) ** 2 / (s2 + w * w), scale=(s2 + w * w) / (v + w))
    return v * multiplier, low * multiplier, high * multiplier


def indirect(
    observed: ArrayLike, expected: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Standardised ratio O/E (1.0 is the reference) with exact or Byar limits of O over E.

    Source: Breslow & Day 1987, ch. 2. Two ratios of different territories have different
    weights: they compare with 1, not with each other. NaN where E = 0.
    """
    o, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    low, high = poisson(o, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        good = e > 0
        return (
            np.where(good, o / e, np.nan),
            np.where(good, low / e, np.nan),
            np.where(good, high / e, np.nan),
        )


def expected_events(population: ArrayLike, reference_rates: ArrayLike) -> Floats:
    """E = Σ n R over the strata of the last axis; a missing reference rate counts as 0."""
    n = np.asarray(population, dtype=np.float64)
    rates = np.nan_to_num(np.asarray(reference_rates, dtype=np.float64), nan=0.0)
    return (n * rates).sum(axis=-1)


def mid_p(observed: float, confidence: float = 0.95) -> tuple[float, float]:
    """Mid-P limits of a Poisson count: P(X ≥ O) − ½ P(X = O) = α/2 on each side.

    Source: Rothman & Boice, Epidemiologic Analysis with a Programmable Calculator, 1979.
    """
    from scipy.optimize import brentq

    tail = (1 - confidence) / 2
    o = float(observed)

    def above(mu: float) -> float:
        half = 0.5 * stats.poisson.pmf(o, mu)
        return float(stats.poisson.sf(o, mu) + half - tail)

    def below(mu: float) -> float:
        half = 0.5 * stats.poisson.pmf(o, mu)
        return float(stats.poisson.cdf(o - 1, mu) + half - tail)

    ceiling = o + 10 * np.sqrt(o + 1) + 20
    low = 0.0 if o == 0 else float(brentq(above, 1e-12, ceiling, xtol=1e-14))
    high = float(brentq(below, 1e-12, ceiling, xtol=1e-14))
    return low, high
