"""Random draws: one independent stream for each purpose and bucket, and vectorised choices."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Generator = np.random.Generator

_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", dtype="S1")
WORLD = 1 << 20  # the stream of what is drawn before any bucket


def stream(seed: int, purpose: str, bucket: int = WORLD) -> Generator:
    """The random numbers of one purpose in one bucket: a function of its arguments alone."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(purpose.encode()), bucket]))


def pseudonyms(random: Generator, count: int) -> NDArray[Any]:
    """``count`` pseudonyms of 17 characters, as a numpy array of bytes."""
    drawn = random.integers(0, len(_LETTERS), size=(count, 17), dtype=np.uint8)
    return _LETTERS[drawn].view("S17").reshape(count)


def choose(random: Generator, weights: Floats, count: int) -> Integers:
    """``count`` ranks drawn with the given weights."""
    bounds = np.cumsum(weights, dtype=np.float64)
    return np.searchsorted(bounds, random.random(count) * bounds[-1], side="right").clip(
        max=len(weights) - 1
    )


def choose_in(random: Generator, bounds: Floats, start: Integers) -> Integers:
    """One rank for each ``start``, in groups of a running sum that grows by one a group.

    ``bounds`` is the running weight of all ranks, scaled so that group ``g`` spans g to g + 1.
    """
    return np.searchsorted(bounds, start + random.random(len(start)), side="right").clip(
        max=len(bounds) - 1
    )


def expand(counts: Integers) -> Integers:
    """Rank ``i`` repeated ``counts[i]`` times."""
    return np.repeat(np.arange(len(counts)), counts)


def some(random: Generator, share: float, count: int) -> Flags:
    """Flags, each raised with probability ``share``."""
    return random.random(count) < share


def running_weights(group: Integers, weight: Floats) -> Floats:
    """The ``bounds`` of :func:`choose_in` for rows sorted by ``group`` (0, 1, 2, … all present)."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    total = np.add.reduceat(weight, first)
    before = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    return (np.cumsum(weight) - before[group]) / total[group] + group


def rank_in(group: Integers) -> Integers:
    """The rank of each row among those of its group, in order."""
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
    return rank
