"""The model of one moment: mean, quantiles, intervals, no night, long stays.

Mean and median are averages of models fitted on different folds of patients, so that every
training stay also has a prediction from models that never saw its patient: these out-of-fold
predictions give the factor that makes totals right (a gamma objective with a log link does not
conserve totals). Quantiles of the interval are calibrated on stays that their models have not
seen: the calibration rows, or all rows out of fold (``model.calibration``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labsante.base.errors import CheckFailedError
from labsante.base.progress import Reporter, Silent
from labsante.stays import boosting
from labsante.stays.boosting import Goal
from labsante.stays.conformal import Margins, calibrate
from labsante.stays.encoding import Encoder, Matrix, folds_of
from labsante.stays.registry import MOMENTS
from labsante.stays.spec import Column, LosSpec
from labsante.stays.table import CALIBRATION, TRAIN, Booleans, Floats, Labels, StayTable, labels

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
STOP_FOLDS = 7
LEAST_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of each stay, in the spec's unit.

    ``quantile`` is keyed by level, ``over`` by threshold (probability to stay longer);
    ``low`` and ``high`` bound the interval of the spec's coverage.
    """

    mean: Floats
    quantile: dict[float, Floats]
    low: Floats
    high: Floats
    zero: Floats
    over: dict[int, Floats]


@dataclass(slots=True)
class Part:
    """Boosters that share an encoder: one fold, or the quantiles and probabilities."""

    encoder: Encoder
    boosters: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LosModel:
    """A fitted model of one moment; make it with :func:`fit_model`."""

    spec: LosSpec
    moment: str
    columns: tuple[Column, ...]
    folds: list[Part]
    tail: Part
    factors: dict[str, float]
    margins: Margins
    longest: float
    train_rows: int
    out_of_fold: dict[str, Floats] = field(default_factory=dict)

    def predict(self, stays: StayTable) -> Prediction:
        """Predict stays that have the model's columns."""
        threads = self.spec.model.threads
        means: dict[str, list[Floats]] = {}
        for part in self.folds:
            matrix = part.encoder.transform(stays)
            for name, booster in part.boosters.items():
                means.setdefault(name, []).append(boosting.predict(booster, matrix, threads))
        averaged = {name: np.mean(values, axis=0) for name, values in means.items()}
        matrix = self.tail.encoder.transform(stays)
        tail = {
            name: boosting.predict(booster, matrix, threads)
            for name, booster in self.tail.boosters.items()
        }
        mean, zero = _combined(averaged, self.factors, self.spec, self.longest)
        raw = {level: tail[f"q{level}"] for level in QUANTILES if f"q{level}" in tail}
        raw[0.5] = averaged["q0.5"]
        ordered = np.sort(np.vstack([raw[level] for level in QUANTILES]), axis=0)
        quantile = {
            level: np.clip(ordered[number], 0.0, self.longest)
            for number, level in enumerate(QUANTILES)
        }
        edge = averaged if "low" in averaged else tail
        low, high = self.margins.apply(
            edge["low"], np.maximum(edge["high"], edge["low"]), members_of(stays, self.spec)
        )
        over: dict[int, Floats] = {}
        above = np.ones(len(stays))
        for threshold in self.spec.model.thresholds:
            name = f"over{threshold}"
            if name in tail:
                above = np.minimum(above, tail[name])
                over[threshold] = above
        return Prediction(mean, quantile, low, high, zero, over)


def fit_model(
    stays: StayTable, spec: LosSpec, moment: str, *, reporter: Reporter | None = None
) -> LosModel:
    """Fit on the training and calibration rows of ``stays``; the test rows are not read.

    Raises CheckFailedError where a column is not known at the moment.
    """
    columns = spec.columns_at(moment)
    refuse_leaks(columns, moment)
    report = reporter or Silent()
    pool = stays.take((stays.part == TRAIN) | (stays.part == CALIBRATION))
    count = max(1, spec.model.folds)
    longest = float(pool.length.max())
    two_part = spec.target.zero_day == "two_part" and bool((pool.length == 0).any())
    label = f"{spec.name}, {moment}"

    if count > 1:
        fold = folds_of(pool.patient, count, spec.model.seed)
    else:
        fold = np.where(pool.part == CALIBRATION, 0, 1)
    parts: list[Part] = []
    held: dict[str, Floats] = {}
    scored = np.zeros(len(pool), dtype=np.bool_)
    for number in range(count):
        report.step(label, number, count + 1)
        outside = fold == number
        part, predicted = _fit_fold(pool, outside, spec, columns, two_part)
        parts.append(part)
        for name, values in predicted.items():
            held.setdefault(name, np.zeros(len(pool)))[outside] = values
        scored |= outside
    factors = _factors(held, pool.length, scored, spec)
    report.step(label, count, count + 1)
    tail = _fit_tail(pool, spec, columns, two_part)
    if spec.model.calibration == "cross":
        margins = _margins(pool, held["low"], held["high"], spec)
    else:
        margins = _split_margins(pool, tail, spec)
    report.step(label, count + 1, count + 1)
    model = LosModel(spec, moment, columns, parts, tail, factors, margins, longest, len(pool))
    mean, _ = _combined(held, factors, spec, longest)
    model.out_of_fold = {"mean": mean[scored], "length": pool.length[scored]}
    return model


def refuse_leaks(columns: tuple[Column, ...], moment: str) -> None:
    """Raise CheckFailedError (exit code 13) where a column is not known at the moment."""
    allowed = MOMENTS[moment]
    wrong = [column.name for column in columns if column.known_at not in allowed]
    if wrong:
        raise CheckFailedError(
            f"not known at {moment}: {', '.join(wrong)}",
            why=f"a model at {moment} reads {', '.join(sorted(allowed))} only",
            hint="take the columns out, or evaluate the moment `retrospective`",
        )
    if not columns:
        raise CheckFailedError(f"no column is known at {moment}")


def members_of(stays: StayTable, spec: LosSpec) -> dict[str, Booleans]:
    """The groups whose coverage is watched: levels of fairness columns known at any moment."""
    members: dict[str, Booleans] = {}
    for column in spec.columns:
        if not column.fairness or column.kind not in ("category", "code"):
            continue
        words: Labels = labels(stays, column.name)
        for code, level in enumerate(words.levels):
            members[f"{column.name}={level}"] = words.codes == code
        members[f"{column.name}="] = words.codes < 0
    return members


def _goals(spec: LosSpec) -> list[str]:
    return ["gamma", "l2"] if spec.model.objective == "blend" else [spec.model.objective]


def _fit_fold(
    pool: StayTable, outside: Booleans, spec: LosSpec, columns: tuple[Column, ...], two_part: bool
) -> tuple[Part, dict[str, Floats]]:
    inner, outer = pool.take(~outside), pool.take(outside)
    encoder = Encoder(columns, two_part)
    matrix = encoder.fit_transform(inner)
    stop = encoder.transform(outer)
    part = Part(encoder)
    settings = spec.model
    for objective in _goals(spec):
        rows, held = slice(None), slice(None)
        if two_part or objective == "gamma":
            rows, held = inner.length > 0, outer.length > 0  # type: ignore[assignment]
        part.boosters[objective] = boosting.fit(
            Goal(objective),
            settings,
            _some(matrix, rows),
            inner.length[rows],
            stop=(_some(stop, held), outer.length[held]),
        )
    if two_part:
        part.boosters["zero"] = boosting.fit(
            Goal("binary"),
            settings,
            matrix,
            (inner.length == 0).astype(np.float64),
            stop=(stop, (outer.length == 0).astype(np.float64)),
        )
    part.boosters["q0.5"] = boosting.fit(
        Goal("quantile", 0.5), settings, matrix, inner.length, stop=(stop, outer.length)
    )
    if settings.calibration == "cross":
        for name, level in _edges(spec).items():
            part.boosters[name] = boosting.fit(
                Goal("quantile", level), settings, matrix, inner.length, stop=(stop, outer.length)
            )
    predicted = {
        name: boosting.predict(booster, stop, settings.threads)
        for name, booster in part.boosters.items()
    }
    return part, predicted


def _edges(spec: LosSpec) -> dict[str, float]:
    """The quantile levels of the interval's two bounds."""
    spread = (1.0 - spec.model.interval) / 2
    return {"low": spread, "high": 1.0 - spread}


def _some(matrix: Matrix, rows: Any) -> Matrix:
    return replace(matrix, values=matrix.values[rows])


def _combined(
    values: dict[str, Floats], factors: dict[str, float], spec: LosSpec, longest: float
) -> tuple[Floats, Floats]:
    """The mean of all stays and the probability of no night."""
    goals = [np.clip(values[name], 0.0, longest) * factors.get(name, 1.0) for name in _goals(spec)]
    mean = np.mean(goals, axis=0)
    zero = values.get("zero", np.zeros(len(mean)))
    mean = np.clip(mean, 0.0, longest) * (1.0 - zero) * factors.get("total", 1.0)
    return mean, zero


def _factors(
    held: dict[str, Floats], length: Floats, scored: Booleans, spec: LosSpec
) -> dict[str, float]:
    """One factor an objective on the stays it was fitted on, then one for the total."""
    factors: dict[str, float] = {}
    longest = float(length.max())
    positive = scored & (length > 0) if "zero" in held else scored
    for name in _goals(spec):
        expected = np.clip(held[name][positive], 0.0, longest).sum()
        factors[name] = float(length[positive].sum() / expected) if expected > 0 else 1.0
    mean, _ = _combined(held, factors, spec, longest)
    expected = mean[scored].sum()
    factors["total"] = float(length[scored].sum() / expected) if expected > 0 else 1.0
    return factors


def _fit_tail(pool: StayTable, spec: LosSpec, columns: tuple[Column, ...], two_part: bool) -> Part:
    """Quantiles and probabilities of long stays, on the training rows."""
    train = pool.where(TRAIN)
    kept = folds_of(train.patient, STOP_FOLDS, spec.model.seed + 1) > 0
    inner, outer = train.take(kept), train.take(~kept)
    settings = spec.model
    encoder = Encoder(columns, two_part)
    matrix, stop = encoder.fit_transform(inner), encoder.transform(outer)
    part = Part(encoder)

    def learn(name: str, goal: Goal, answer: Floats, held: Floats) -> None:
        part.boosters[name] = boosting.fit(goal, settings, matrix, answer, stop=(stop, held))

    for level in QUANTILES:
        if level != 0.5:
            learn(f"q{level}", Goal("quantile", level), inner.length, outer.length)
    if settings.calibration == "split":
        for name, level in _edges(spec).items():
            near = next((known for known in QUANTILES if abs(known - level) < 1e-9), None)
            if near is not None:
                part.boosters[name] = part.boosters[f"q{near}"]
            else:
                learn(name, Goal("quantile", level), inner.length, outer.length)
    for threshold in settings.thresholds:
        long, held = inner.length > threshold, outer.length > threshold
        if long.sum() >= LEAST_EVENTS and held.sum() >= LEAST_EVENTS // 10:
            learn(f"over{threshold}", Goal("binary"), long.astype(float), held.astype(float))
    return part


def _split_margins(pool: StayTable, tail: Part, spec: LosSpec) -> Margins:
    calibration = pool.where(CALIBRATION)
    coded = tail.encoder.transform(calibration)
    threads = spec.model.threads
    low = boosting.predict(tail.boosters["low"], coded, threads)
    high = boosting.predict(tail.boosters["high"], coded, threads)
    return _margins(calibration, low, high, spec)


def _margins(stays: StayTable, low: Floats, high: Floats, spec: LosSpec) -> Margins:
    return calibrate(
        stays.length,
        low,
        np.maximum(high, low),
        spec.model.interval,
        members_of(stays, spec),
        spec.model.seed,
    )
