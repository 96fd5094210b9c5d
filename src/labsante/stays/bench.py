"""The bench: the whole module on any table of stays that a spec describes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labsante.base.progress import Reporter, Silent
from labsante.stays.audit import Audit, audit, canary, raise_on_leak
from labsante.stays.baselines import Baseline, run_baselines, score
from labsante.stays.drift import yearly_panel
from labsante.stays.evaluate import evaluate, group_limits
from labsante.stays.load import load_stays
from labsante.stays.model import LosModel, Prediction, fit_model
from labsante.stays.spec import LosSpec
from labsante.stays.table import CALIBRATION, TEST, TRAIN, StayTable


@dataclass(slots=True)
class MomentResult:
    """One moment of a bench: the model, what it predicts of the test rows, what it is worth."""

    moment: str
    audit: Audit
    model: LosModel
    predicted: Prediction
    scores: dict[str, Any]
    baselines: list[dict[str, Any]]
    drift: list[dict[str, Any]]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class BenchResult:
    """A whole bench."""

    spec: LosSpec
    stays: StayTable
    canary: dict[str, Any]
    moments: list[MomentResult]

    def as_dict(self) -> dict[str, Any]:
        """Everything that is a figure, for a program."""
        part = self.stays.part
        return {
            "format": 1,
            "spec": self.spec.name,
            "spec_sha256": self.spec.digest,
            "target": {
                "column": self.spec.target.column,
                "unit": self.spec.target.unit,
                "zero_day": self.spec.target.zero_day,
                "death": self.spec.population.death,
                "transfer": self.spec.population.transfer,
                "trim": self.spec.trim.method,
            },
            "flow": [list(step) for step in self.stays.flow],
            "rows": {
                "train": int((part == TRAIN).sum()),
                "calibration": int((part == CALIBRATION).sum()),
                "test": int((part == TEST).sum()),
            },
            "canary": self.canary,
            "moments": {
                item.moment: {
                    "audit": item.audit.as_dict(),
                    "scores": item.scores,
                    "baselines": item.baselines,
                    "drift": item.drift,
                    "seconds": {name: round(value, 1) for name, value in item.seconds.items()},
                }
                for item in self.moments
            },
        }


def bench(
    paths: Path | Sequence[Path],
    spec: LosSpec,
    *,
    moments: Sequence[str] | None = None,
    baselines: bool = True,
    reporter: Reporter | None = None,
) -> BenchResult:
    """Read, audit, fit, evaluate; raises CheckFailedError where a column leaks."""
    return bench_stays(
        load_stays(paths, spec), spec, moments=moments, baselines=baselines, reporter=reporter
    )


def bench_stays(
    stays: StayTable,
    spec: LosSpec,
    *,
    moments: Sequence[str] | None = None,
    baselines: bool = True,
    reporter: Reporter | None = None,
) -> BenchResult:
    """The same on stays already read."""
    report = reporter or Silent()
    test, known = stays.where(TEST), stays.take(stays.part != TEST)
    results = []
    for moment in moments or spec.moments:
        seconds: dict[str, float] = {}
        started = time.monotonic()
        checked = audit(stays, spec, moment)
        raise_on_leak(checked)
        seconds["audit"] = time.monotonic() - started
        started = time.monotonic()
        model = fit_model(stays, spec, moment, reporter=report)
        seconds["fit"] = time.monotonic() - started
        started = time.monotonic()
        predicted = model.predict(test)
        seconds["predict"] = time.monotonic() - started
        started = time.monotonic()
        scores = evaluate(predicted, test, spec, group=group_limits(known, spec))
        seconds["evaluate"] = time.monotonic() - started
        started = time.monotonic()
        compared: list[Baseline] = run_baselines(stays, spec, moment) if baselines else []
        seconds["baselines"] = time.monotonic() - started
        results.append(
            MomentResult(
                moment,
                checked,
                model,
                predicted,
                scores,
                [score(item, test.length) for item in compared],
                yearly_panel(test, predicted.mean),
                seconds,
            )
        )
    return BenchResult(spec, stays, canary(stays, spec), results)
