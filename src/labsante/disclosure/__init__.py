"""Disclosure control: which cells of a release may be shown, proved by an audit."""

from labsante.disclosure.lattice import Dimension, Lattice
from labsante.disclosure.policy import Policy
from labsante.disclosure.protect import Protection, UnsafeReleaseError, protect
from labsante.disclosure.tables import Block, Measure

__all__ = [
    "Block",
    "Dimension",
    "Lattice",
    "Measure",
    "Policy",
    "Protection",
    "UnsafeReleaseError",
    "protect",
]
