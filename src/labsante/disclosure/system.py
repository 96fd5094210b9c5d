"""What an attacker knows of a block, as a small system of integer equations.

Atoms that occur in the same equations cannot be told apart and are added into one unknown:
nothing is lost, since any of them can hold the whole sum (up to its public bound).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from labsante.disclosure.cover import Cover
from labsante.disclosure.lattice import Lattice


@dataclass(frozen=True)
class Unknowns:
    """Atoms that an attacker looks for, flat, one part after the other (a count, then the rest
    of its denominator); ``caps``: known upper bounds of each, or None; ``present``: those that
    exist at all."""

    values: np.ndarray
    caps: np.ndarray | None
    present: np.ndarray


@dataclass(frozen=True)
class System:
    """``matrix @ x = total`` over groups of unknowns, x integer, 0 <= x <= ``upper``.

    ``group_of``: the group of each unknown (-1 where it is absent); ``truth``: the true x;
    ``component``: the independent piece of each group, -1 where no equation holds it.
    """

    matrix: sp.csr_array
    total: np.ndarray
    upper: np.ndarray
    truth: np.ndarray
    group_of: np.ndarray
    component: np.ndarray


def build_system(
    lattice: Lattice, unknowns: Unknowns, shown: Sequence[tuple[np.ndarray, int]]
) -> System:
    """The equations of everything shown.

    ``shown``: patterns over the lattice, each with the number of parts that its cells sum.
    """
    atoms = lattice.atom_cells.size
    size = unknowns.values.size
    rows = [
        np.concatenate([row + part * atoms for part in range(parts)])
        for mask, parts in shown
        for row in _equations(lattice, mask, unknowns.present[:atoms])
    ]
    matrix = _incidence(rows, size)
    group_of, groups = _group(matrix, unknowns.present)
    kept = np.flatnonzero(group_of >= 0)
    gather = sp.csr_array(
        (np.ones(kept.size, dtype=np.int64), (kept, group_of[kept])), shape=(size, groups)
    )
    first = np.full(groups, -1, dtype=np.int64)
    first[group_of[kept][::-1]] = kept[::-1]
    reduced = sp.csr_array(matrix[:, first])
    truth = gather.T @ unknowns.values
    caps = np.full(size, np.inf) if unknowns.caps is None else unknowns.caps
    upper = np.zeros(groups)
    np.add.at(upper, group_of[kept], caps[kept])
    total = reduced @ truth
    return System(reduced, total, upper, truth, group_of, _components(reduced, groups))


def _equations(lattice: Lattice, shown: np.ndarray, present: np.ndarray) -> list[np.ndarray]:
    cover = Cover(lattice, shown)
    rows = []
    for cell in np.flatnonzero(shown.ravel()):
        left = np.array(cover.atoms_left(int(cell)), dtype=np.int64)
        left = left[present[left]] if left.size else left
        if left.size:
            rows.append(left)
    return rows


def _incidence(rows: list[np.ndarray], size: int) -> sp.csr_array:
    if not rows:
        return sp.csr_array((0, size), dtype=np.int64)
    pointers = np.concatenate([[0], np.cumsum([row.size for row in rows])])
    indices = np.concatenate(rows)
    data = np.ones(indices.size, dtype=np.int64)
    return sp.csr_array((data, indices, pointers), shape=(len(rows), size))


def _group(matrix: sp.csr_array, present: np.ndarray) -> tuple[np.ndarray, int]:
    """Unknowns by the set of equations that hold them, by two 64-bit fingerprints."""
    random = np.random.default_rng(20240506)
    weights = random.integers(1, 2**62, size=(matrix.shape[0], 2), dtype=np.int64)
    marks = np.asarray(matrix.T @ weights)
    group_of = np.full(present.size, -1, dtype=np.int64)
    _, inverse = np.unique(marks[present], axis=0, return_inverse=True)
    group_of[present] = inverse.ravel()
    return group_of, int(inverse.max()) + 1 if inverse.size else 0


def _components(matrix: sp.csr_array, groups: int) -> np.ndarray:
    if matrix.shape[0] == 0:
        return np.full(groups, -1, dtype=np.int64)
    links = sp.block_array([[None, matrix], [matrix.T, None]])
    _, labels = connected_components(links, directed=False)
    component = labels[matrix.shape[0] :].astype(np.int64)
    component[np.asarray(matrix.sum(axis=0)).ravel() == 0] = -1
    return component
