"""Diffusion curves: how a share rises to its ceiling, and when half of it is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]
Model = Literal["logistic", "gompertz"]


class Diffusion(NamedTuple):
    """A fitted curve.

    ``ceiling`` is a share in (0, 1], or NaN where the data do not identify it; ``midpoint`` the
    time of half the ceiling (logistic) or of the inflection K/e (Gompertz), in the units of the
    times given; ``speed`` per unit of time. ``identified`` says whether the ceiling may be
    reported: the last fitted share is above half of it, and its bootstrap interval is not wider
    than half of it. Intervals are bootstrap percentiles, NaN without a bootstrap.
    """

    model: str
    ceiling: float
    speed: float
    midpoint: float
    identified: bool
    aicc: float
    ceiling_interval: tuple[float, float]
    midpoint_interval: tuple[float, float]


def logistic(time: ArrayLike, ceiling: float, speed: float, midpoint: float) -> Floats:
    """F(t) = K / (1 + e^(−r (t − t0))); from 10 % to 90 % of K in 2 ln 9 / r.

    Source: Griliches, Econometrica 1957;25:501-522.
    """
    t = np.asarray(time, dtype=np.float64)
    return np.asarray(ceiling / (1 + np.exp(-np.clip(speed * (t - midpoint), -500, 500))))


def gompertz(time: ArrayLike, ceiling: float, speed: float, midpoint: float) -> Floats:
    """F(t) = K e^(−e^(−c (t − t0))); inflection at K/e. Source: Winsor, PNAS 1932;18:1-8."""
    t = np.asarray(time, dtype=np.float64)
    return np.asarray(ceiling * np.exp(-np.exp(-np.clip(speed * (t - midpoint), -500, 500))))


def bass(time: ArrayLike, innovation: float, imitation: float) -> Floats:
    """F(t) = (1 − e^(−(p+q)t)) / (1 + (q/p) e^(−(p+q)t)); peak at ln(q/p)/(p+q).

    Source: Bass, Management Science 1969;15:215-227.
    """
    t = np.asarray(time, dtype=np.float64)
    decay = np.exp(-(innovation + imitation) * t)
    return np.asarray((1 - decay) / (1 + imitation / innovation * decay))


_CURVES: dict[str, Callable[..., Floats]] = {"logistic": logistic, "gompertz": gompertz}


def fit(
    time: ArrayLike,
    count: ArrayLike,
    total: ArrayLike,
    model: Model = "logistic",
    *,
    bootstrap: int = 0,
    seed: int = 1,
) -> Diffusion:
    """Fit a diffusion curve to shares ``count / total`` by weighted least squares.

    Weights n / (F (1 − F)), with F from a first unweighted fit; ceiling in (0, 1]. The bootstrap
    is parametric: new binomial counts around the fitted curve. Raises ValueError for fewer than
    six points with a denominator.
    """
    t = np.asarray(time, dtype=np.float64)
    x, n = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    good = n > 0
    t, x, n = t[good], x[good], n[good]
    if len(t) < 6:
        raise ValueError("a diffusion curve needs six points at least")
    best = _fit(t, x / n, n, model)
    curve = _CURVES[model](t, *best)
    fitted = float(curve[np.argmax(t)])
    ceilings, midpoints = np.full(2, np.nan), np.full(2, np.nan)
    if bootstrap:
        random = np.random.default_rng(seed)
        draws = np.array(
            [
                _fit(t, random.binomial(n.astype(int), np.clip(curve, 0, 1)) / n, n, model, best)
                for _ in range(bootstrap)
            ]
        )
        ceilings = np.quantile(draws[:, 0], [0.025, 0.975])
        midpoints = np.quantile(draws[:, 2], [0.025, 0.975])
    wide = bool(bootstrap) and (ceilings[1] - ceilings[0]) > 0.5 * best[0]
    identified = fitted >= 0.5 * best[0] and best[0] < 0.999 and not wide
    return Diffusion(
        model,
        float(best[0]) if identified else float("nan"),
        float(best[1]),
        float(best[2]),
        identified,
        _aicc(x / n, curve, n),
        (float(ceilings[0]), float(ceilings[1])) if identified else (float("nan"),) * 2,
        (float(midpoints[0]), float(midpoints[1])),
    )


def best_fit(time: ArrayLike, count: ArrayLike, total: ArrayLike) -> Diffusion:
    """The model, logistic or Gompertz, with the smaller corrected Akaike criterion."""
    return min((fit(time, count, total, model) for model in ("logistic", "gompertz")),
               key=lambda found: found.aicc)  # fmt: skip


def _fit(t: Floats, share: Floats, n: Floats, model: str, start: Floats | None = None) -> Floats:
    curve = _CURVES[model]
    span = float(t.max() - t.min()) or 1.0
    top = max(float(share.max()), 1e-6)
    starts = (
        [start]
        if start is not None
        else [
            np.array([min(1.0, top * lift), speed / span, t.min() + span * place])
            for lift in (1.05, 2.0)
            for speed in (4.0, 10.0)
            for place in (0.3, 0.7)
        ]
    )
    bounds = ([1e-9, 1e-3 / span, t.min() - 3 * span], [1.0, 1e3 / span, t.max() + 3 * span])
    rough = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    weight = np.sqrt(n / (rough * (1 - rough)))
    best, cost = starts[0], np.inf
    for first in starts:
        guess = np.clip(first, np.array(bounds[0]) * 1.0001 + 1e-12, np.array(bounds[1]) * 0.9999)
        point = guess
        # Twice: weights from the data, then from the fitted curve.
        for step in range(2):
            root = weight
            if step:
                smooth = np.clip(curve(t, *point), 0.5 / n, 1 - 0.5 / n)
                root = np.sqrt(n / (smooth * (1 - smooth)))
            found = least_squares(
                lambda p, root=root: root * (curve(t, *p) - share), point, bounds=bounds
            )
            point = found.x
        if found.cost < cost:
            best, cost = point, found.cost
    return np.asarray(best, dtype=np.float64)


def _aicc(share: Floats, curve: Floats, n: Floats) -> float:
    smooth = np.clip(curve, 1e-9, 1 - 1e-9)
    x = share * n
    likelihood = float((x * np.log(smooth) + (n - x) * np.log(1 - smooth)).sum())
    k, size = 3, len(share)
    return -2 * likelihood + 2 * k + 2 * k * (k + 1) / (size - k - 1)
