"""What is to be protected: measures on one lattice, linked because they count the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labsante.base.errors import DefinitionError
from labsante.disclosure.lattice import Lattice


@dataclass(frozen=True)
class Measure:
    """One additive quantity, as an array over the atoms of a lattice.

    ``within``: the measure that contains it (a numerator is within its denominator): the rest
    is a count of people too, and is protected as one; the measure is shown only where the one
    that contains it is shown. ``caps``: public upper bounds of the atoms, such as a census.
    ``persons`` is False for a sum (nights, euros): no floor of its own, shown where ``within``
    is. ``contained`` is False where it is shown with another measure but is no part of it
    (events over persons). ``unit``: how much one person counts (days of a year, for
    person-days). ``forced``: cells that are hidden for another reason (dominance, too few
    persons behind events), over the lattice.
    """

    name: str
    atoms: np.ndarray
    within: str | None = None
    caps: np.ndarray | None = None
    persons: bool = True
    contained: bool = True
    unit: int = 1
    forced: np.ndarray | None = None


@dataclass(frozen=True)
class Block:
    """Measures to protect together.

    ``candidates``: cells that the release would show. ``coarsen``: leave a crossing closed at a
    level where most cells are under the floor; what is above it is then easier to protect.
    """

    name: str
    lattice: Lattice
    candidates: np.ndarray
    measures: tuple[Measure, ...]
    coarsen: bool = False

    def __post_init__(self) -> None:
        names = [measure.name for measure in self.measures]
        size = int(np.prod(self.lattice.atom_shape))
        for position, measure in enumerate(self.measures):
            if measure.within is not None and measure.within not in names[:position]:
                raise DefinitionError(f"{measure.name} must come after {measure.within}")
            atoms = np.asarray(measure.atoms)
            if atoms.size != size or not np.issubdtype(atoms.dtype, np.integer):
                raise DefinitionError(f"{measure.name}: one integer an atom", where=self.name)
            if (atoms < 0).any():
                raise DefinitionError(f"{measure.name}: a count is never negative", where=self.name)

    def measure(self, name: str) -> Measure:
        """A measure by its name."""
        return next(measure for measure in self.measures if measure.name == name)
