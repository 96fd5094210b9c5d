"""The evaluation of a model on stays it has not seen: one document, all measures, always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from labsante.stays import metrics
from labsante.stays.model import Prediction, members_of
from labsante.stays.spec import LosSpec
from labsante.stays.table import Booleans, Floats, Integers, StayTable, labels

GROUP_ROWS = 30
REPLICATES = 200
LONG_QUANTILE = 0.9


def clusters(stays: StayTable) -> tuple[str, Integers]:
    """What the bootstrap draws: hospitals where there are at least ten, else patients."""
    if len(np.unique(stays.hospital.codes)) >= 10:
        return "hospital", stays.hospital.codes
    return "patient", stays.patient


def evaluate(
    predicted: Prediction,
    stays: StayTable,
    spec: LosSpec,
    *,
    group: Callable[[StayTable], Floats] | None = None,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Every measure on ``stays``; lengths are in the spec's unit.

    ``group`` gives the 90th percentile of each stay's clinical group, learnt on training rows,
    above which a stay is long.
    """
    y = stays.length
    mean, median = predicted.mean, predicted.quantile[0.5]
    unit, cluster = clusters(stays)

    def bounds(measure: Callable[..., float], value: Floats) -> dict[str, float]:
        low, high = metrics.cluster_interval(
            lambda weight: measure(y, value, weight), cluster, replicates=replicates
        )
        return {"value": measure(y, value), "low95": low, "high95": high}

    intercept, slope = metrics.calibration_line(y, mean)
    covered = (y >= predicted.low) & (y <= predicted.high)
    return {
        "rows": len(y),
        "mean_length": float(y.mean()),
        "bootstrap": unit,
        "totals": {
            "observed_expected": bounds(metrics.observed_expected, mean),
            "r_squared": bounds(metrics.r_squared, mean),
            "rmse": bounds(metrics.rmse, mean),
            "mae_of_mean": bounds(metrics.mae, mean),
            "d2_gamma": metrics.d2_gamma(y, mean),
        },
        "typical_stay": {
            "mae_of_median": bounds(metrics.mae, median),
            "mape_of_median": metrics.mape(y, median),
            "within_1": metrics.within(y, median, 1.0),
            "within_2": metrics.within(y, median, 2.0),
            "weighted_kappa": metrics.weighted_kappa(y, mean),
        },
        "calibration": {
            "intercept": intercept,
            "slope": slope,
            "deciles": metrics.calibration_deciles(y, mean),
        },
        "interval": {
            "nominal": spec.model.interval,
            "coverage": float(covered.mean()),
            "mean_width": float((predicted.high - predicted.low).mean()),
            "below": float((y < predicted.low).mean()),
            "above": float((y > predicted.high).mean()),
        },
        "distribution": {
            "pinball": {
                str(level): metrics.pinball(y, values, level)
                for level, values in predicted.quantile.items()
            },
            "crps": metrics.crps(y, predicted.quantile),
        },
        "long_stays": _long(predicted, stays, group),
        "zero": _event(y == 0, predicted.zero) if (y == 0).any() else None,
        "hospitals": grouped_r_squared(stays, mean),
        "groups": group_table(stays, predicted, covered, spec),
    }


def _long(
    predicted: Prediction, stays: StayTable, group: Callable[[StayTable], Floats] | None
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    y = stays.length
    if group is not None:
        out["p90_of_group"] = {"auc": metrics.auc(y > group(stays), predicted.mean)}
    limit = float(np.quantile(y, LONG_QUANTILE))
    out["p90"] = {"above": limit, "auc": metrics.auc(y > limit, predicted.mean)}
    for threshold, probability in predicted.over.items():
        out[str(threshold)] = _event(y > threshold, probability)
    return out


def _event(event: Booleans, probability: Floats) -> dict[str, float]:
    return {
        "observed": float(event.mean()),
        "predicted": float(probability.mean()),
        "auc": metrics.auc(event, probability),
        "average_precision": metrics.average_precision(event, probability),
        "brier": metrics.brier(event, probability),
    }


def grouped_r_squared(stays: StayTable, mean: Floats) -> dict[str, float] | None:
    """How much of the spread between hospitals' means the model explains (30 stays or more)."""
    codes = stays.hospital.codes
    if (codes < 0).all():
        return None
    known = codes >= 0
    size = len(stays.hospital.levels)
    count = np.bincount(codes[known], minlength=size)
    observed = np.bincount(codes[known], weights=stays.length[known], minlength=size)
    expected = np.bincount(codes[known], weights=mean[known], minlength=size)
    keep = count >= GROUP_ROWS
    if keep.sum() < 3:
        return None
    weight = count[keep].astype(np.float64)
    value = metrics.r_squared(observed[keep] / count[keep], expected[keep] / count[keep], weight)
    return {"hospitals": int(keep.sum()), "r_squared_of_means": value}


def group_table(
    stays: StayTable, predicted: Prediction, covered: Booleans, spec: LosSpec
) -> list[dict[str, Any]]:
    """Fairness: for each watched group, totals, error and coverage, with its rows.

    ``coverage_z`` is the coverage's distance to the nominal one in standard errors.
    """
    out = []
    for name, rows in members_of(stays, spec).items():
        count = int(rows.sum())
        if count < GROUP_ROWS:
            continue
        column, level = name.split("=", 1)
        inside = float(covered[rows].mean())
        nominal = spec.model.interval
        error = float(np.sqrt(nominal * (1 - nominal) / count))
        out.append(
            {
                "column": column,
                "level": level,
                "rows": count,
                "observed": float(stays.length[rows].mean()),
                "observed_expected": metrics.observed_expected(
                    stays.length[rows], predicted.mean[rows]
                ),
                "mae_of_median": metrics.mae(stays.length[rows], predicted.quantile[0.5][rows]),
                "coverage": inside,
                "coverage_z": (inside - nominal) / error,
                "mean_width": float((predicted.high - predicted.low)[rows].mean()),
            }
        )
    return out


def group_limits(train: StayTable, spec: LosSpec) -> Callable[[StayTable], Floats] | None:
    """The 90th percentile of the first ``group`` column's levels, learnt on training rows."""
    if not spec.group:
        return None
    name = spec.group[0]
    words = labels(train, name)
    overall = float(np.quantile(train.length, LONG_QUANTILE))
    limits = {
        level: float(np.quantile(train.length[words.codes == code], LONG_QUANTILE))
        for code, level in enumerate(words.levels)
        if (words.codes == code).sum() >= GROUP_ROWS
    }

    def limit(stays: StayTable) -> Floats:
        other = labels(stays, name)
        lookup = np.array([limits.get(level, overall) for level in other.levels] + [overall])
        return lookup[other.codes]

    return limit
