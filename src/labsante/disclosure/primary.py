"""Primary suppression: what a count alone says too much about."""

from __future__ import annotations

import numpy as np

from labsante.disclosure.cover import by_height
from labsante.disclosure.lattice import Lattice
from labsante.disclosure.policy import Policy


def small(counts: np.ndarray, policy: Policy) -> np.ndarray:
    """Counts from 1 to the threshold less one."""
    return (counts >= 1) & (counts < policy.persons)


def primary(
    counts: np.ndarray,
    reference: np.ndarray | None,
    candidates: np.ndarray,
    lattice: Lattice,
    policy: Policy,
) -> np.ndarray:
    """Candidate cells that must be hidden, over the lattice.

    ``reference`` is the denominator or the public population of each cell: with it, the rest
    (reference less count) is a count too, and a zero or a full cell is hidden where the
    reference is under ``zero_denominator``. Without it a zero is always hidden. A zero that is
    shown makes zeros of all cells inside: it is hidden as soon as one of them must be.
    """
    if reference is None:
        return candidates & (counts < policy.persons)
    hidden = small(counts, policy) | small(reference - counts, policy)
    whole_group = reference < policy.zero_denominator
    for nothing in (counts == 0, counts == reference):
        # Cells without people say nothing about anybody.
        inside = lattice.any_below(nothing & whole_group & (reference > 0))
        hidden |= nothing & (inside | (whole_group & candidates))
    return candidates & hidden


def closed(
    hidden: np.ndarray, candidates: np.ndarray, lattice: Lattice, share: float
) -> np.ndarray:
    """Candidate cells of the crossings and levels of which less than ``share`` may be shown."""
    result = np.zeros(lattice.shape, dtype=bool)
    for nodes in by_height(lattice):
        index = np.ix_(*nodes)
        total = int(candidates[index].sum())
        if total > 1 and (candidates & ~hidden)[index].sum() < share * total:
            result[index] = candidates[index]
    return result
