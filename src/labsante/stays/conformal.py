"""Intervals that hold: conformalised quantiles, then corrected group by group.

Conformalised quantile regression (Romano, Patterson, Candès 2019) moves both quantiles by the
calibration rows' own quantile of errors. It holds on average; a group (the oldest, one mode of
entry) may still be covered less. The Mondrian step gives each *cell* of predicted spread its own
margin, then moves the margin of any group of the calibration rows that misses its coverage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from labsante.stays.table import Booleans, Floats

CELLS = 8
LEAST_ROWS = 150
PASSES = 60
TOLERANCE = 0.003


@dataclass(frozen=True, slots=True)
class Margins:
    """What to add to both sides of the raw quantile interval.

    ``edges`` cut the raw predicted width into cells; ``cells`` holds a margin for each;
    ``groups`` holds the extra margin of named groups, which add up over the groups of a stay.
    """

    coverage: float
    edges: tuple[float, ...]
    cells: tuple[float, ...]
    groups: dict[str, float] = field(default_factory=dict)

    def apply(
        self, low: Floats, high: Floats, members: Mapping[str, Booleans]
    ) -> tuple[Floats, Floats]:
        """The interval of each stay: never below zero, never turned over."""
        margin = np.asarray(self.cells)[np.searchsorted(self.edges, high - low, side="right")]
        for name, extra in self.groups.items():
            if name in members:
                margin = margin + extra * members[name]
        middle = (low + high) / 2
        return (
            np.clip(np.minimum(low - margin, middle), 0.0, None),
            np.clip(np.maximum(high + margin, middle), 0.0, None),
        )


def conformal_quantile(scores: Floats, coverage: float) -> float:
    """The ⌈(n + 1) × coverage⌉-th smallest score, the greatest one where there are too few."""
    rank = int(np.ceil((len(scores) + 1) * coverage))
    return float(np.sort(scores)[min(rank, len(scores)) - 1])


def calibrate(
    length: Floats,
    low: Floats,
    high: Floats,
    coverage: float,
    members: Mapping[str, Booleans],
    seed: int = 1,
) -> Margins:
    """Margins from calibration rows.

    Lengths are whole numbers, so scores have ties that would push coverage up: ties are broken
    by a small seeded noise, as the randomised form of the method does.
    """
    width = high - low
    score = np.maximum(low - length, length - high)
    score = score + np.random.default_rng(seed).uniform(-1e-6, 1e-6, len(score))
    count = max(1, min(CELLS, len(length) // (2 * LEAST_ROWS)))
    inner = np.quantile(width, np.linspace(0, 1, count + 1)[1:-1]) if count > 1 else np.array([])
    edges = np.unique(inner)
    cell = np.searchsorted(edges, width, side="right")
    cells = [
        conformal_quantile(score[cell == number] if (cell == number).any() else score, coverage)
        for number in range(len(edges) + 1)
    ]
    margin = np.asarray(cells)[cell]
    groups: dict[str, float] = {}
    watched = {name: rows for name, rows in members.items() if rows.sum() >= LEAST_ROWS}
    everyone = "·all"
    for _ in range(PASSES):
        worst, gap = "", 0.0
        for name, rows in {everyone: np.ones(len(score), np.bool_), **watched}.items():
            inside = float((score[rows] <= margin[rows]).mean())
            size = np.sqrt(coverage * (1 - coverage) / rows.sum())
            miss = abs(inside - coverage)
            if miss > TOLERANCE and miss / size > gap:
                worst, gap = name, miss / size
        if not worst or gap < 0.5:
            break
        rows = np.ones(len(score), np.bool_) if worst == everyone else watched[worst]
        step = 0.7 * conformal_quantile(score[rows] - margin[rows], coverage)
        margin = margin + step * rows
        if worst == everyone:
            cells = [value + step for value in cells]
        else:
            groups[worst] = groups.get(worst, 0.0) + step
    return Margins(coverage, tuple(edges.tolist()), tuple(cells), groups)
