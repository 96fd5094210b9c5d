"""The textbook regressions of lengths of stay: gamma, negative binomial (NB2), Cox.

statsmodels does the fitting; these functions give it arrays and take back arrays.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from labsante.base.errors import ConfigurationError
from labsante.stays.table import Booleans, Floats

COX_ROWS = 1_200
COX_COLUMNS = 25
RIDGE = 1e-4


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """An NB2 fit: variance = mean + ``alpha`` × mean²; errors are those of the likelihood."""

    coefficients: Floats
    standard_errors: Floats
    alpha: float
    log_likelihood: float


def _statsmodels() -> Any:
    try:
        import statsmodels.api
    except ImportError:
        raise ConfigurationError(
            "statsmodels is not installed",
            why="the regressions come with the extra `learn`",
            hint="install labsante[learn]",
        ) from None
    return statsmodels.api


def negative_binomial(design: Floats, count: Floats) -> NegativeBinomial:
    """Maximum likelihood of NB2 with a log link; ``design`` holds its own constant.

    Raises ValueError where the likelihood does not converge.
    """
    api = _statsmodels()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = api.NegativeBinomial(count, design).fit(disp=0, maxiter=200, method="bfgs")
    if not np.isfinite(fitted.params).all():
        raise ValueError("the negative binomial does not converge")
    return NegativeBinomial(
        np.asarray(fitted.params[:-1]),
        np.asarray(fitted.bse[:-1]),
        float(fitted.params[-1]),
        float(fitted.llf),
    )


def negative_binomial_mean(design: Floats, count: Floats, other: Floats) -> Floats:
    """Mean lengths of ``other`` by NB2 with its dispersion from the moments of a Poisson fit.

    Much faster than the full likelihood on a wide design, and the means are the same to the
    precision that a baseline needs.
    """
    api = _statsmodels()
    a = np.column_stack([np.ones(len(design)), design])
    b = np.column_stack([np.ones(len(other)), other])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = api.GLM(count, a, family=api.families.Poisson()).fit(maxiter=15)
        mean = np.clip(first.fittedvalues, 1e-3, None)
        alpha = float(np.clip((((count - mean) ** 2 - mean) / mean**2).mean(), 1e-3, 10.0))
        family = api.families.NegativeBinomial(alpha=alpha)
        fitted = api.GLM(count, a, family=family).fit(maxiter=15)
    return np.exp(np.clip(b @ np.asarray(fitted.params), -20, 20))


def gamma_regression(design: Floats, length: Floats, other: Floats) -> Floats:
    """Mean lengths of ``other`` by a gamma regression with a log link and a light ridge.

    Stays without a night count half a day, as a gamma law has no zero; the result is rescaled so
    that the total of the fitted stays is right.
    """
    from sklearn.linear_model import GammaRegressor

    model = GammaRegressor(alpha=RIDGE, solver="newton-cholesky", max_iter=50)
    model.fit(design, np.maximum(length, 0.5))
    inside = np.clip(model.predict(design), 0.0, length.max())
    return model.predict(other) * (length.sum() / inside.sum())


def cox_median(
    design: Floats, length: Floats, event: Booleans, other: Floats
) -> tuple[Floats, Floats]:
    """Mean and median length by a proportional-hazards model, deaths censored.

    Censoring deaths overstates the length of those who go home: it is shown because peers
    publish it, never used (Brock 2011). The mean is restricted to the longest observed stay.
    """
    api = _statsmodels()
    rows = np.linspace(0, len(design) - 1, min(COX_ROWS, len(design))).astype(int)
    columns = _independent(design[rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = api.PHReg(length[rows] + 0.5, design[np.ix_(rows, columns)], event[rows] * 1)
        fitted = model.fit_regularized(alpha=RIDGE, maxiter=50)
    beta = np.asarray(fitted.params)
    risk = np.exp(np.clip(design[np.ix_(rows, columns)] @ beta, -10, 10))
    times, hazard = _breslow(length[rows], event[rows], risk)
    scale = np.exp(np.clip(other[:, columns] @ beta, -10, 10))
    survival = np.exp(-np.outer(scale, hazard))
    steps = np.diff(np.concatenate([[0.0], times]))
    before = np.column_stack([np.ones(len(other)), survival[:, :-1]])
    mean = (before * steps).sum(axis=1)
    reached = survival <= 0.5
    median = np.where(reached.any(1), times[np.argmax(reached, axis=1)], times[-1])
    return mean, median


def _independent(design: Floats) -> Any:
    """The columns of the greatest spread, without constants."""
    spread = design.std(axis=0)
    order = np.argsort(-spread, kind="stable")[:COX_COLUMNS]
    return np.sort(order[spread[order] > 0.05])


def _breslow(length: Floats, event: Booleans, risk: Floats) -> tuple[Floats, Floats]:
    """The cumulative baseline hazard at each distinct length."""
    times, place = np.unique(length, return_inverse=True)
    events = np.bincount(place, weights=event.astype(float), minlength=len(times))
    at_risk = np.cumsum(np.bincount(place, weights=risk, minlength=len(times))[::-1])[::-1]
    return times, np.cumsum(events / np.maximum(at_risk, 1e-12))
