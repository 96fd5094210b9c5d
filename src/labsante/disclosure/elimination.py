"""Secondary suppression: what is shown must not span what is hidden.

Cells are vectors over a basis of the lattice. Candidates are added from the largest to the
smallest; one that would bring a hidden cell into the span of what is shown is hidden too. The
arithmetic is exact, modulo a 31-bit prime; a chance zero modulo the prime could only hide more.
The method is that of Gaussian elimination on the aggregation matrix (Langsrud 2024,
"Secondary cell suppression by Gaussian elimination").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse as sp

from labsante.disclosure.lattice import Lattice

PRIME = 2_147_483_647
Column = dict[int, int]


def coordinates(lattice: Lattice, hidden: np.ndarray) -> sp.csr_array:
    """Cells × cells: each cell as a sum of basis cells, the basis avoiding ``hidden`` cells.

    ``hidden`` (over the lattice) only steers which child of each parent is left out of the
    basis: the one with most hidden cells.
    """
    matrix = sp.csr_array(np.ones((1, 1), dtype=np.int64))
    for axis, dimension in enumerate(lattice.dimensions):
        others = tuple(a for a in range(hidden.ndim) if a != axis)
        weight = hidden.sum(axis=others)
        never = [code in dimension.never_shown for code in dimension.codes]
        dropped = {
            parent: max(nodes, key=lambda node: (never[node], weight[node], node))
            for parent, nodes in enumerate(dimension.children)
            if nodes
        }
        matrix = sp.kron(matrix, dimension.in_basis(dropped), format="csr")
    return sp.csr_array(matrix)


def eliminate(candidates: sp.csr_array, secrets: sp.csr_array) -> np.ndarray:
    """Which candidates (rows, in order of preference) can be shown. bool, one a candidate.

    ``secrets``: rows that must stay out of the span of what is shown.
    """
    touched = np.zeros(candidates.shape[1], dtype=bool)
    touched[candidates.indices] = True
    # A secret with a part that no candidate touches can never be reached.
    outside = np.add.reduceat(
        np.append(~touched[secrets.indices], 0), np.minimum(secrets.indptr[:-1], secrets.nnz)
    )
    reachable = np.flatnonzero((outside == 0) & (np.diff(secrets.indptr) > 0))
    work = _Elimination(
        _columns(candidates, range(candidates.shape[0])), _columns(secrets, reachable)
    )
    return np.array([work.add(number) for number in range(candidates.shape[0])], dtype=bool)


def _columns(matrix: sp.csr_array, rows: Iterable[int]) -> list[Column]:
    pointers, indices = matrix.indptr.tolist(), matrix.indices.tolist()
    data = (matrix.data % PRIME).tolist()
    return [
        dict(zip(indices[a:b], data[a:b], strict=True))
        for a, b in ((pointers[row], pointers[row + 1]) for row in rows)
    ]


class _Elimination:
    """Columns reduced by what is shown so far, and where each coordinate occurs."""

    def __init__(self, candidates: Sequence[Column], secrets: Sequence[Column]) -> None:
        self._columns = [*candidates, *_distinct(secrets)]
        self._first_secret = len(candidates)
        self._where: dict[int, set[int]] = {}
        for number, column in enumerate(self._columns):
            for key in column:
                self._where.setdefault(key, set()).add(number)

    def add(self, number: int) -> bool:
        """Show a candidate unless it gives a secret back; returns whether it is shown."""
        column = self._columns[number]
        for key in column:
            self._where[key].discard(number)
        if not column:
            return True
        if self._gives_back(column):
            self._columns[number] = {}
            return False
        self._reduce(column)
        self._columns[number] = {}
        return True

    def _gives_back(self, column: Column) -> bool:
        key = min(column, key=lambda k: len(self._where[k]))
        size, value = len(column), column[key]
        for other in self._where[key]:
            secret = self._columns[other]
            if other < self._first_secret or len(secret) != size:
                continue
            factor = secret[key] * pow(value, -1, PRIME) % PRIME
            if all(secret.get(k, 0) == v * factor % PRIME for k, v in column.items()):
                return True
        return False

    def _reduce(self, column: Column) -> None:
        pivot = min(column, key=lambda k: len(self._where[k]))
        inverse = pow(column[pivot], -1, PRIME)
        rest = [(key, value) for key, value in column.items() if key != pivot]
        for other in self._where.pop(pivot):
            target = self._columns[other]
            factor = target.pop(pivot) * inverse % PRIME
            for key, value in rest:
                new = (target.get(key, 0) - factor * value) % PRIME
                if new:
                    if key not in target:
                        self._where[key].add(other)
                    target[key] = new
                elif key in target:
                    del target[key]
                    self._where[key].discard(other)


def _distinct(columns: Sequence[Column]) -> list[Column]:
    kept: dict[frozenset[tuple[int, int]], Column] = {}
    for column in columns:
        kept.setdefault(frozenset(column.items()), column)
    return list(kept.values())
