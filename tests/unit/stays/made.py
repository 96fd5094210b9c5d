"""Stays made of known parts: every effect is a number here, so that a test can find it again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labsante.stays.spec import LosSpec, spec_of
from labsante.stays.table import Labels, StayTable

ROOTS = 12


@dataclass(frozen=True)
class Made:
    """Stays, what an oracle expects of each (hospital included), the planted log effects."""

    stays: StayTable
    oracle: np.ndarray
    effect: np.ndarray


def make(rows: int = 6000, seed: int = 1, hospitals: int = 40, spread: float = 0.15) -> Made:
    """Overnight stays and stays without a night, gamma around a product of effects."""
    draw = np.random.default_rng(seed)
    patient = draw.integers(0, rows // 2, rows)
    age = draw.integers(18, 95, rows).astype(float)
    urgent = draw.random(rows) < 0.4
    root = draw.integers(0, ROOTS, rows)
    hospital = draw.integers(0, hospitals, rows)
    effect = draw.normal(0, spread, hospitals)
    effect -= effect.mean()
    level = np.linspace(-0.7, 0.7, ROOTS)
    mean = 5.0 * np.exp(level[root] + 0.008 * (age - 55) + 0.25 * urgent + effect[hospital])
    zero = np.where(urgent, 0.05, 0.35)
    shape = 2.5
    nights = np.ceil(draw.gamma(shape, mean / shape))
    nights[draw.random(rows) < zero] = 0.0
    severity = np.minimum(
        1 + draw.integers(0, 4, rows), 1 + np.searchsorted([3, 4, 5], nights, "right")
    )
    icu = np.floor(draw.random(rows) * (nights + 1)) * (draw.random(rows) < 0.3)
    died = draw.random(rows) < 0.03
    part = np.where(patient % 10 < 6, 0, np.where(patient % 10 < 8, 1, 2))
    words = {
        "urgent": Labels.of(np.where(urgent, "1", "0")),
        "root": Labels.of([f"{code:02d}" for code in root]),
        "shade": Labels.of(list(draw.choice(["a", "b", "c"], rows))),
        "grade": Labels.of([str(code) for code in severity]),
        "way": Labels.of(np.where(died, "9", draw.choice(["8", "7"], rows))),
    }
    stays = StayTable(
        length=nights,
        columns={
            "age": age,
            "days_there": icu,
            "share": draw.poisson(20, rows) / np.maximum(nights, 1),
            **words,
        },
        patient=patient,
        hospital=Labels.of([f"H{code:03d}" for code in hospital]),
        category=Labels.of(list(np.where(hospital % 2, "public", "private"))),
        part=part,
        died=died,
        transferred=np.zeros(rows, dtype=bool),
        entry=np.full(rows, np.nan),
    )
    return Made(stays, mean_with_ceiling(mean) * (1 - zero), effect)


def mean_with_ceiling(mean: np.ndarray) -> np.ndarray:
    """Rounding up adds about half a night."""
    return mean + 0.5


def made_spec(**model: object) -> LosSpec:
    """The spec of these stays: ``grade``, ``way``, ``days_there`` and ``share`` are leaks."""
    spec = spec_of(
        {
            "name": "made",
            "title": {"fr": "Séjours fabriqués", "en": "Made stays"},
            "group": ["root"],
            "target": {"column": "nights", "zero_day": "two_part"},
            "ids": {"patient": "patient", "hospital": "finess"},
            "split": {"rule": "patient"},
            "column": [
                {"name": "age", "known_at": "history", "kind": "numeric"},
                {"name": "urgent", "known_at": "admission", "kind": "category", "fairness": True},
                {"name": "shade", "known_at": "admission", "kind": "category", "fairness": True},
                {"name": "root", "known_at": "discharge", "kind": "code", "hierarchy": [1, 0]},
                {"name": "days_there", "known_at": "exposure", "kind": "numeric"},
                {"name": "grade", "known_at": "post", "kind": "category"},
                {"name": "way", "known_at": "post", "kind": "category"},
                {"name": "share", "known_at": "post", "kind": "numeric"},
            ],
        },
        "made",
    )
    return replace(spec, model=replace(spec.model, folds=2, rounds=120, threads=1, **model))
