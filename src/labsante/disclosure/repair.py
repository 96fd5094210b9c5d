"""What to hide next when the audit finds an unsafe cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from labsante.disclosure.audit import Finding
from labsante.disclosure.lattice import Lattice


def choose_repairs(
    lattice: Lattice, counts: np.ndarray, shown: np.ndarray, findings: Iterable[Finding]
) -> np.ndarray:
    """Shown cells to hide, over the lattice: for each unsafe cell, the smallest one beside it.

    Beside: another child of the same parent along one axis, the parent being shown; failing
    that, the smallest shown parent, then ancestor. One cell serves all unsafe cells it touches.
    """
    more = np.zeros(shown.shape, dtype=bool)
    used: set[tuple[int, ...]] = set()
    for finding in findings:
        lines: set[tuple[int, ...]] = set()
        best: tuple[int, int, tuple[int, ...]] | None = None
        for flat in finding.cells:
            cell = tuple(int(i) for i in np.unravel_index(flat, shown.shape))
            for line, options in _lines(lattice, cell, shown, counts):
                lines.add(line)
                for option in options:
                    value = int(counts[option])
                    ranked = (0, value, option)
                    if best is None or ranked < best:
                        best = ranked
        if lines & used:
            continue
        if best is None:
            best = _around(lattice, counts, shown, finding)
        if best is not None:
            more[best[2]] = True
            used |= lines
    return more


def _lines(
    lattice: Lattice, cell: tuple[int, ...], shown: np.ndarray, counts: np.ndarray
) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
    for axis, dimension in enumerate(lattice.dimensions):
        parent = dimension.parents[cell[axis]]
        if parent < 0:
            continue
        above = (*cell[:axis], parent, *cell[axis + 1 :])
        if not shown[above]:
            continue
        siblings = [(*cell[:axis], node, *cell[axis + 1 :]) for node in dimension.children[parent]]
        options = [sibling for sibling in siblings if shown[sibling] and counts[sibling]]
        if options:
            yield (axis, *above), options


def _around(
    lattice: Lattice, counts: np.ndarray, shown: np.ndarray, finding: Finding
) -> tuple[int, int, tuple[int, ...]] | None:
    best: tuple[int, int, tuple[int, ...]] | None = None
    for flat in finding.cells:
        cell = tuple(int(i) for i in np.unravel_index(flat, shown.shape))
        for above in _ancestors(lattice, cell):
            if shown[above] and counts[above] and (best is None or counts[above] < best[1]):
                best = (0, int(counts[above]), above)
    return best


def _ancestors(lattice: Lattice, cell: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    paths = []
    for node, dimension in zip(cell, lattice.dimensions, strict=True):
        path = [node]
        while dimension.parents[path[-1]] >= 0:
            path.append(dimension.parents[path[-1]])
        paths.append(path)
    for indices in np.ndindex(*(len(path) for path in paths)):
        if any(indices):
            yield tuple(path[i] for path, i in zip(paths, indices, strict=True))
