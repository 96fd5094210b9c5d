"""Our own attacker: it sees published cells and public facts only, and shares no code with the
room that protects them. Bounds come from linear programmes over the atoms, and from every
integer table where there are few."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import linprog


class Attacker:
    """``cells``: sets of atom numbers; ``shown``: a value for each cell, None where hidden."""

    def __init__(self, cells, shown, atoms, caps=None):
        self.cells, self.shown, self.atoms = cells, shown, atoms
        rows = [k for k, value in enumerate(shown) if value is not None]
        self.matrix = np.zeros((len(rows), atoms))
        for i, k in enumerate(rows):
            self.matrix[i, list(cells[k])] = 1
        self.total = np.array([shown[k] for k in rows], dtype=float)
        self.upper = np.full(atoms, np.inf) if caps is None else np.asarray(caps, dtype=float)

    def bounds(self, cell):
        """The linear bounds of a cell, rounded inwards to integers."""
        goal = np.zeros(self.atoms)
        goal[list(self.cells[cell])] = 1
        found = []
        for sign in (1, -1):
            done = linprog(
                sign * goal,
                A_eq=self.matrix if len(self.total) else None,
                b_eq=self.total if len(self.total) else None,
                bounds=list(zip(np.zeros(self.atoms), self.upper, strict=True)),
            )
            found.append(np.inf if done.status == 3 else sign * done.fun)
        low, high = found
        return np.ceil(low - 1e-6), np.floor(high + 1e-6)

    def unsafe(self, width=5):
        """Hidden cells that are known to less than ``width`` (or than their public bound)."""
        bad = []
        for k, value in enumerate(self.shown):
            if value is None:
                low, high = self.bounds(k)
                asked = min(width, self.upper[list(self.cells[k])].sum())
                if high - low < asked:
                    bad.append(k)
        return bad

    def brute(self, cell, limit):
        """The exact integer bounds of a cell by trying every table with atoms up to ``limit``."""
        found = []
        for table in product(range(limit + 1), repeat=self.atoms):
            if all(self.matrix @ table == self.total):
                found.append(sum(table[a] for a in self.cells[cell]))
        return min(found), max(found)
