"""How long, and out by which door: home, death, transfer, as competing exits.

Deaths are not censored: that would suppose that the dead would have gone home later. Stays are
cut in classes of expected length; in each class the share of stays that leave at each night by
each door is counted (the Aalen-Johansen estimate without censoring) and scaled to the stay's
own expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labsante.stays.table import Booleans, Floats, Integers

EXITS = ("home", "death", "transfer")
CLASSES = 12


@dataclass(frozen=True, slots=True)
class ExitLaw:
    """``lengths[c]`` and ``exits[c]``: the observed stays of class c, sorted by length.

    ``edges`` cut the expected length; ``expected`` is the mean expected length of each class.
    """

    edges: Floats
    expected: Floats
    lengths: tuple[Floats, ...]
    exits: tuple[Integers, ...]

    def classes(self, expected: Floats) -> Integers:
        """The class of each expected length."""
        return np.searchsorted(self.edges, expected, side="right")

    def incidence(self, number: int, night: float) -> dict[str, float]:
        """Share of class ``number`` that has left by each door by the end of ``night``."""
        left = self.exits[number][self.lengths[number] <= night]
        size = max(len(self.lengths[number]), 1)
        return {name: float((left == place).sum() / size) for place, name in enumerate(EXITS)}

    def draw(
        self, expected: Floats, generator: np.random.Generator, elapsed: Floats | None = None
    ) -> tuple[Floats, Integers]:
        """A length and an exit for each stay, knowing it has lasted ``elapsed`` nights already."""
        number = self.classes(expected)
        length = np.empty(len(expected))
        exit_ = np.empty(len(expected), dtype=np.int64)
        start = np.zeros(len(expected)) if elapsed is None else elapsed
        for value in np.unique(number):
            rows = np.flatnonzero(number == value)
            pool, doors = self.lengths[value], self.exits[value]
            first = np.searchsorted(pool, start[rows], side="left")
            first = np.minimum(first, len(pool) - 1)
            place = first + (generator.random(len(rows)) * (len(pool) - first)).astype(np.int64)
            length[rows] = np.maximum(pool[place], start[rows])
            exit_[rows] = doors[place]
        return length, exit_


def fit_exits(length: Floats, expected: Floats, died: Booleans, transferred: Booleans) -> ExitLaw:
    """Learn the law from stays whose expectation comes from models that did not see them."""
    count = max(1, min(CLASSES, len(length) // 100))
    inner: Floats | list[float] = []
    inner = np.quantile(expected, np.linspace(0, 1, count + 1)[1:-1]) if count > 1 else []
    edges = np.unique(np.asarray(inner, dtype=np.float64))
    edges = edges[edges > expected.min()]  # the first class is never empty
    number = np.searchsorted(edges, expected, side="right")
    door = np.where(died, 1, np.where(transferred, 2, 0))
    lengths, exits, means = [], [], []
    for value in range(len(edges) + 1):
        rows = np.flatnonzero(number == value)
        order = rows[np.argsort(length[rows], kind="stable")]
        lengths.append(length[order])
        exits.append(door[order])
        means.append(float(expected[rows].mean()) if len(rows) else 0.0)
    return ExitLaw(edges, np.asarray(means), tuple(lengths), tuple(exits))


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Beds taken each night of the horizon: mean and quantiles over the draws."""

    mean: Floats
    low: Floats
    median: Floats
    high: Floats
    level: float


def bed_days(
    law: ExitLaw,
    arrival: Integers,
    expected: Floats,
    *,
    horizon: int = 28,
    draws: int = 200,
    level: float = 0.8,
    elapsed: Floats | None = None,
    seed: int = 1,
) -> Occupancy:
    """Occupied beds over ``horizon`` nights, by simulation.

    ``arrival`` is the day each stay starts (0 today, negative for those already there, with
    ``elapsed`` nights behind them). A stay of n nights takes a bed on n nights.
    """
    generator = np.random.default_rng(seed)
    beds = np.zeros((draws, horizon))
    for number in range(draws):
        length, _ = law.draw(expected, generator, elapsed)
        first = np.clip(arrival, 0, horizon)
        last = np.clip(arrival + length.astype(np.int64), 0, horizon)
        change = np.bincount(first, minlength=horizon + 1).astype(np.float64)
        change -= np.bincount(np.maximum(last, first), minlength=horizon + 1)
        beds[number] = np.cumsum(change)[:horizon]
    spread = (1.0 - level) / 2
    low, median, high = np.quantile(beds, [spread, 0.5, 1.0 - spread], axis=0)
    return Occupancy(beds.mean(axis=0), low, median, high, level)
