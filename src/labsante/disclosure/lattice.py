"""Dimensions as code trees, and the lattice of all their crossings.

A cell is one node of each dimension; an atom is a cell of leaves only. Arrays over the lattice
have one axis a dimension, in node order, so that a roll-up is one matrix product an axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from labsante.base.errors import DefinitionError


@dataclass(frozen=True)
class Dimension:
    """A code tree with one root. ``parents[i]`` is the node above ``codes[i]``, -1 for the root;
    a parent comes before its children. ``never_shown`` codes count in their parent only."""

    name: str
    codes: tuple[str, ...]
    parents: tuple[int, ...]
    never_shown: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, name: str, parent_of: Mapping[str, str], *, never_shown: Sequence[str] = ()
    ) -> Dimension:
        """A dimension from ``child -> parent``; raises DefinitionError unless it is one tree."""
        roots = sorted({p for p in parent_of.values() if p not in parent_of})
        if len(roots) != 1:
            raise DefinitionError(
                f"the dimension {name} must be one tree", why=f"{len(roots)} tops"
            )
        children: dict[str, list[str]] = {}
        for child in sorted(parent_of):
            children.setdefault(parent_of[child], []).append(child)
        codes, parents = [roots[0]], [-1]
        for position, code in enumerate(codes):
            for child in children.get(code, ()):
                codes.append(child)
                parents.append(position)
        if len(codes) != len(parent_of) + 1:
            raise DefinitionError(f"the dimension {name} must be one tree", why="it has a loop")
        return cls(name, tuple(codes), tuple(parents), frozenset(never_shown))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The nodes directly under each node."""
        below: list[list[int]] = [[] for _ in self.codes]
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                below[parent].append(node)
        return tuple(tuple(nodes) for nodes in below)

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """The nodes with nothing under them."""
        return tuple(node for node, below in enumerate(self.children) if not below)

    @cached_property
    def position(self) -> dict[str, int]:
        """The node of each code."""
        return {code: node for node, code in enumerate(self.codes)}

    @cached_property
    def membership(self) -> np.ndarray:
        """Nodes × leaves: 1 where the leaf is under the node or is the node. int64."""
        matrix = np.zeros((len(self.codes), len(self.leaves)), dtype=np.int64)
        for column, leaf in enumerate(self.leaves):
            node = leaf
            while node >= 0:
                matrix[node, column] = 1
                node = self.parents[node]
        return matrix

    def in_basis(self, dropped: Mapping[int, int]) -> sp.csr_array:
        """Nodes × nodes: each node as a sum of basis nodes.

        The basis is the root and, under each parent, all children but the ``dropped`` one, which
        is the parent less its siblings. Most cells are then one basis element: the elimination
        has almost nothing to do.
        """
        rows: list[dict[int, int]] = []
        for node, parent in enumerate(self.parents):
            if parent < 0 or dropped[parent] != node:
                rows.append({node: 1})
                continue
            sums = dict(rows[parent])
            for sibling in self.children[parent]:
                if sibling != node:
                    sums[sibling] = sums.get(sibling, 0) - 1
            rows.append({key: value for key, value in sums.items() if value})
        data = [(value, node, key) for node, row in enumerate(rows) for key, value in row.items()]
        values, nodes, keys = zip(*data, strict=True)
        size = len(self.codes)
        return sp.csr_array((values, (nodes, keys)), shape=(size, size), dtype=np.int64)


@dataclass(frozen=True)
class Lattice:
    """All crossings of some dimensions."""

    dimensions: tuple[Dimension, ...]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many nodes each dimension has."""
        return tuple(len(dimension.codes) for dimension in self.dimensions)

    @cached_property
    def atom_shape(self) -> tuple[int, ...]:
        """How many leaves each dimension has."""
        return tuple(len(dimension.leaves) for dimension in self.dimensions)

    @cached_property
    def atom_cells(self) -> np.ndarray:
        """The flat cell index of each atom, in the order of the leaves."""
        grids = np.meshgrid(*(d.leaves for d in self.dimensions), indexing="ij")
        return np.ravel_multi_index([g.ravel() for g in grids], self.shape)

    @cached_property
    def atoms_of(self) -> sp.csr_array:
        """Cells × atoms: 1 where the atom is in the cell. int64."""
        matrix = sp.csr_array(np.ones((1, 1), dtype=np.int64))
        for dimension in self.dimensions:
            matrix = sp.kron(matrix, sp.csr_array(dimension.membership), format="csr")
        return sp.csr_array(matrix)

    @cached_property
    def never_shown(self) -> np.ndarray:
        """Cells that no publication shows, as an array over the lattice."""
        mask = np.zeros(self.shape, dtype=bool)
        for axis, dimension in enumerate(self.dimensions):
            nodes = [dimension.position[code] for code in sorted(dimension.never_shown)]
            index: list[slice | list[int]] = [slice(None)] * mask.ndim
            index[axis] = nodes
            mask[tuple(index)] = True
        return mask

    def roll_up(self, atoms: np.ndarray) -> np.ndarray:
        """Sums over the whole lattice of an array over the atoms."""
        values = np.asarray(atoms).reshape(self.atom_shape)
        for axis, dimension in enumerate(self.dimensions):
            values = np.moveaxis(np.tensordot(dimension.membership, values, (1, axis)), 0, axis)
        return values

    def cell(self, codes: Sequence[str]) -> tuple[int, ...]:
        """The index of a cell from its codes; raises KeyError for an unknown code."""
        pairs = zip(self.dimensions, codes, strict=True)
        return tuple(dimension.position[code] for dimension, code in pairs)

    def codes(self, cell: Sequence[int]) -> tuple[str, ...]:
        """The codes of a cell."""
        pairs = zip(self.dimensions, cell, strict=True)
        return tuple(dimension.codes[node] for dimension, node in pairs)

    def any_below(self, mask: np.ndarray) -> np.ndarray:
        """Cells of which some cell inside, or they themselves, are in ``mask``."""
        result = mask.copy()
        for axis, dimension in enumerate(self.dimensions):
            moved = np.moveaxis(result, axis, 0)
            for node in range(len(dimension.codes) - 1, 0, -1):
                moved[dimension.parents[node]] |= moved[node]
        return result
