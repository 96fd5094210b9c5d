"""Chaining transfers: the stays of one patient that touch are one spell.

A patient moved from one hospital to another the same day has not gone home: two short stays
would look like two short illnesses.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from labsante.stays.table import Floats, Integers, StayTable


def spells(patient: Integers, entry: Floats, exit_: Floats, moved: np.ndarray) -> Integers:
    """The spell of each stay, as the position of the spell's first stay.

    A stay goes on with the next one of the same patient when it ended by a transfer and the
    next one starts on the day it ended. ``entry`` and ``exit_`` are days; NaN never chains.
    """
    order = np.lexsort((exit_, entry, patient))
    first = np.arange(len(patient), dtype=np.int64)
    for before, after in pairwise(order):
        if moved[before] and patient[before] == patient[after] and exit_[before] == entry[after]:
            first[after] = first[before]
    return first


def chain_transfers(stays: StayTable, entry: Floats, exit_: Floats) -> StayTable:
    """One row a spell: the first stay's columns, the sum of lengths, the last stay's exit."""
    first = spells(stays.patient, entry, exit_, stays.transferred)
    length = np.bincount(first, weights=stays.length, minlength=len(stays)).astype(np.float64)
    heads = np.flatnonzero(first == np.arange(len(stays)))
    last = np.zeros(len(stays), dtype=np.int64)
    order = np.lexsort((exit_, entry))
    last[first[order]] = order  # the latest stay of a spell writes last
    chained = replace(
        stays,
        length=length,
        died=stays.died[last],
        transferred=stays.transferred[last],
    )
    kept = chained.take(heads)
    return replace(kept, flow=(*kept.flow, ("spells after chaining transfers", len(kept))))
