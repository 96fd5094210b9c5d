"""Hidden cells as the attacker meets them: parts of groups of unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from labsante.disclosure.lattice import Lattice
from labsante.disclosure.system import System, Unknowns


@dataclass(frozen=True)
class Targets:
    """Hidden cells that must stay uncertain, each kind of bound once.

    A target takes at most ``inside[t, g]`` of group g, and at least what exceeds
    ``outside[t, g]``. ``width[t]``: the least distance that must stay between its bounds.
    ``cells[t]``: flat indices of the hidden cells that share it.
    """

    inside: np.ndarray
    outside: np.ndarray
    width: np.ndarray
    cells: list[list[int]]

    def highest(self, x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """The largest value of the ``chosen`` targets when the groups hold ``x``."""
        return np.minimum(self.inside[chosen], x).sum(axis=1)

    def lowest(self, x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """The smallest value of the ``chosen`` targets when the groups hold ``x``."""
        return np.maximum(x - self.outside[chosen], 0).sum(axis=1)


def build_targets(
    lattice: Lattice,
    unknowns: Unknowns,
    system: System,
    hidden: Sequence[np.ndarray],
    *,
    width: int,
    public: bool,
) -> Targets:
    """The targets of hidden cells: flat indices, one array a part of the unknowns.

    ``public``: the bounds of the unknowns are known to all, so that no more than them is asked.
    """
    size = unknowns.values.size
    groups = system.truth.size
    owners = [int(cell) for cells in hidden for cell in cells]
    if not owners:
        none = np.zeros((0, groups))
        return Targets(none, none, np.zeros(0), [])
    present = np.flatnonzero(system.group_of >= 0)
    weight = np.ones(size) if unknowns.caps is None else unknowns.caps.astype(float)
    gather = sp.csr_array(
        (weight[present], (present, system.group_of[present])), shape=(size, groups)
    )
    held = sp.csr_array(_parts(lattice, hidden, size) @ gather)
    held.eliminate_zeros()
    if unknowns.caps is None:
        group_size = np.bincount(system.group_of[present], minlength=groups)
        held.data = np.where(held.data >= group_size[held.indices], 2.0, 1.0)
    order, inverse = _distinct_rows(held)
    dense = held[order].toarray()
    if unknowns.caps is None:
        inside = np.where(dense > 0, np.inf, 0.0)
        outside = np.where(dense == 2, 0.0, np.inf)
    else:
        inside, outside = dense, system.upper - dense
    cells: list[list[int]] = [[] for _ in order]
    for cell, position in zip(owners, inverse.tolist(), strict=True):
        cells[position].append(cell)
    asked = np.full(len(order), float(width))
    if public:
        asked = np.minimum(asked, inside.sum(axis=1))
    return Targets(inside, outside, asked, cells)


def _parts(lattice: Lattice, hidden: Sequence[np.ndarray], size: int) -> sp.csr_array:
    """Hidden cells × unknowns: each cell holds atoms of its own part."""
    count = size // lattice.atom_cells.size
    blocks = []
    for part, cells in enumerate(hidden):
        row: list[sp.csr_array | None] = [None] * count
        row[part] = lattice.atoms_of[cells].astype(float)
        for other in range(count):
            if row[other] is None:
                row[other] = sp.csr_array((cells.size, lattice.atom_cells.size))
        blocks.append(sp.hstack(row, format="csr"))
    return sp.csr_array(sp.vstack(blocks, format="csr"))


def _distinct_rows(matrix: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(20240507)
    weights = random.random((matrix.shape[1], 2)) + 0.5
    marks = np.round(np.asarray(matrix @ weights), 6)
    _, first, inverse = np.unique(marks, axis=0, return_index=True, return_inverse=True)
    return first, inverse.ravel()
