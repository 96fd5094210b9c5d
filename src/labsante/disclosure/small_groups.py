"""Groups that anybody can count: a shown cell less shown cells inside it.

Such a difference is a number of people too. Where the smallest difference that can be made by
cutting along one axis, then along any axis inside, lies under the threshold, it must not be
computable.
"""

from __future__ import annotations

import numpy as np

from labsante.disclosure.audit import Finding
from labsante.disclosure.cover import by_height, child_matrix
from labsante.disclosure.lattice import Lattice


def small_groups(
    lattice: Lattice, shown: np.ndarray, counts: np.ndarray, persons: int
) -> list[Finding]:
    """One finding a group of 1 to ``persons`` less one: the hidden cells it is made of."""
    shape = lattice.shape
    least = counts.copy()
    findings: list[Finding] = []
    flat = np.arange(counts.size).reshape(shape)
    for nodes in by_height(lattice):
        index = np.ix_(*nodes)
        best = np.where(shown[index], 0, counts[index])
        for axis, dimension in enumerate(lattice.dimensions):
            if not dimension.children[nodes[axis][0]]:
                continue
            around = list(nodes)
            around[axis] = np.arange(shape[axis])
            below = child_matrix(dimension)[nodes[axis]]
            inside = least[np.ix_(*around)]
            total = np.moveaxis(np.tensordot(below, inside, (1, axis)), 0, axis)
            bad = shown[index] & (total >= 1) & (total < persons)
            for place in np.argwhere(bad):
                cell = [int(nodes[a][i]) for a, i in enumerate(place)]
                line = [
                    (*cell[:axis], child, *cell[axis + 1 :])
                    for child in dimension.children[cell[axis]]
                ]
                hidden = tuple(int(flat[c]) for c in line if not shown[c] and least[c])
                findings.append(
                    Finding(hidden, float(total[tuple(place)]), float(total[tuple(place)]))
                )
            best = np.where(shown[index], 0, np.minimum(best, total))
        least[index] = best
    return findings
