"""Short equations: what is left of a shown cell once shown cells inside it are taken away.

Every attack starts from the equations "sum of these atoms = shown value". Taking away disjoint
shown parts leaves the same system with far fewer terms, which falls into independent pieces.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from labsante.disclosure.lattice import Dimension, Lattice


class Cover:
    """For one pattern of shown cells: the atoms of each cell that no shown part covers."""

    def __init__(self, lattice: Lattice, shown: np.ndarray) -> None:
        self._lattice = lattice
        self._shown = shown.ravel()
        self._children = [dimension.children for dimension in lattice.dimensions]
        self._strides = [int(np.prod(lattice.shape[a + 1 :])) for a in range(shown.ndim)]
        self._left, self._axis = self._least_left()
        self._atom_of = np.full(self._shown.size, -1, dtype=np.int64)
        self._atom_of[lattice.atom_cells] = np.arange(lattice.atom_cells.size)

    def _least_left(self) -> tuple[np.ndarray, np.ndarray]:
        """Atoms left in each cell when it is cut along the best axis, and that axis.

        Cells are taken from the finest; a shown cell counts as nothing left for those around it.
        """
        shape = self._lattice.shape
        left = np.full(shape, np.iinfo(np.int64).max // 4, dtype=np.int64)
        axis_of = np.full(shape, -1, dtype=np.int8)
        outer = np.zeros(shape, dtype=np.int64)
        shown = self._shown.reshape(shape)
        for nodes in by_height(self._lattice):
            index = np.ix_(*nodes)
            best = left[index]
            chosen = axis_of[index]
            for axis, dimension in enumerate(self._lattice.dimensions):
                if not dimension.children[nodes[axis][0]]:
                    continue
                around = list(nodes)
                around[axis] = np.arange(shape[axis])
                below = child_matrix(dimension)[nodes[axis]]
                total = np.moveaxis(np.tensordot(below, outer[np.ix_(*around)], (1, axis)), 0, axis)
                better = total < best
                best = np.where(better, total, best)
                chosen = np.where(better, axis, chosen)
            if (chosen < 0).all():
                best = np.ones_like(best)
            left[index], axis_of[index] = best, chosen
            outer[index] = np.where(shown[index], 0, best)
        return left.ravel(), axis_of.ravel()

    def atoms_left(self, cell: int) -> list[int]:
        """The uncovered atoms of a cell (flat index); empty when its parts give it whole."""
        if self._left[cell] == 0:
            return []
        atoms: list[int] = []
        stack = [(cell, True)]
        while stack:
            here, top = stack.pop()
            if self._shown[here] and not top:
                continue
            axis = int(self._axis[here])
            if axis < 0:
                atoms.append(int(self._atom_of[here]))
                continue
            node = here // self._strides[axis] % self._lattice.shape[axis]
            for child in self._children[axis][node]:
                below = here + (child - node) * self._strides[axis]
                if self._shown[below] or self._left[below]:
                    stack.append((below, False))
        return atoms


def by_height(lattice: Lattice) -> list[tuple[np.ndarray, ...]]:
    """Nodes of each axis grouped so that all cells inside a group come before it."""
    groups = []
    for dimension in lattice.dimensions:
        height = np.zeros(len(dimension.codes), dtype=np.int64)
        for node in range(len(dimension.codes) - 1, 0, -1):
            parent = dimension.parents[node]
            height[parent] = max(height[parent], height[node] + 1)
        groups.append([np.flatnonzero(height == h) for h in range(int(height.max()) + 1)])
    combinations = product(*(range(len(group)) for group in groups))
    ordered = sorted(combinations, key=lambda heights: (sum(heights), heights))
    return [
        tuple(group[h] for group, h in zip(groups, heights, strict=True)) for heights in ordered
    ]


@lru_cache(maxsize=64)
def child_matrix(dimension: Dimension) -> np.ndarray:
    """Nodes × nodes: 1 where the second is directly under the first."""
    size = len(dimension.codes)
    matrix = np.zeros((size, size), dtype=np.int64)
    for node, parent in enumerate(dimension.parents):
        if parent >= 0:
            matrix[parent, node] = 1
    return matrix
