"""Tests that recognise a leak by its figures, whatever the column is called.

Each takes a column and stays, and returns a finding or None. Limits are set so that real
admission columns (three public data sets) pass with room, and planted leaks do not.
"""

from __future__ import annotations

import numpy as np

from labsante.stays.encoding import SHRINK, folds_of
from labsante.stays.findings import LEAK, Finding
from labsante.stays.metrics import r_squared
from labsante.stays.spec import Column
from labsante.stays.table import Floats, Integers, Labels, StayTable

ALONE = 0.5
BINS = 50
LEAST_ROWS = 100
LEVELS = 12
WHOLE = 1e-6


def explains_alone(column: Column, stays: StayTable) -> Finding | None:
    """A single column with R² > 0.5 (by the means of its values in other patients' stays)."""
    share = alone(column, stays)
    if share <= ALONE:
        return None
    return Finding("explains_alone", column.name, LEAK, share, "R² of the column alone")


def alone(column: Column, stays: StayTable) -> float:
    """Cross-validated R² of one column: its levels or its 50 quantile bins."""
    codes, size = _classes(stays, column.name)
    predicted = np.empty(len(stays))
    fold = folds_of(stays.patient, 5, seed=11)
    for number in range(5):
        held = fold == number
        inside = ~held
        if not held.any() or not inside.any():
            predicted[held] = stays.length.mean()
            continue
        mean = stays.length[inside].mean()
        count = np.bincount(codes[inside], minlength=size)
        total = np.bincount(codes[inside], weights=stays.length[inside], minlength=size)
        predicted[held] = ((total + SHRINK * mean) / (count + SHRINK))[codes[held]]
    return r_squared(stays.length, predicted)


def _classes(stays: StayTable, name: str) -> tuple[Integers, int]:
    values = stays.columns[name]
    if isinstance(values, Labels):
        return values.codes + 1, len(values.levels) + 1
    missing = np.isnan(values)
    known = values[~missing]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1))) if len(known) else [0.0]
    return np.where(missing, 0, 1 + np.searchsorted(edges, values)), len(edges) + 2


def _numbers(stays: StayTable, column: Column) -> tuple[Floats, Floats] | None:
    """The known values of a numeric column and the lengths of their stays."""
    values = stays.columns[column.name]
    if isinstance(values, Labels) or column.kind == "date":
        return None
    known = ~np.isnan(values)
    return (values[known], stays.length[known]) if known.sum() >= LEAST_ROWS else None


def divided_by_length(column: Column, stays: StayTable) -> Finding | None:
    """A fractional column that becomes whole once multiplied by the length.

    Tried with the length, the length + 1 and at least one day, as recipes differ on stays
    without a night. Only fractional values of stays longer than one unit count: others say
    nothing.
    """
    found = _numbers(stays, column)
    if found is None:
        return None
    values, length = found
    best = 0.0
    for days in (np.maximum(length, 1.0), length + 1.0):
        telling = (np.abs(values - np.round(values)) > WHOLE) & (days > 1)
        if telling.sum() < LEAST_ROWS:
            continue
        product = values[telling] * days[telling]
        near = np.abs(product - np.round(product)) <= WHOLE * np.maximum(1.0, np.abs(product))
        best = max(best, float(near.mean()))
    if best < 0.95:
        return None
    return Finding("divided_by_length", column.name, LEAK, best, "× length gives whole numbers")


def bounded_by_length(column: Column, stays: StayTable) -> Finding | None:
    """Whole numbers that never pass the length, though chance would let many: days in a unit."""
    found = _numbers(stays, column)
    if found is None:
        return None
    values, length = found
    if (np.abs(values - np.round(values)) > WHOLE).any():
        return None
    high = values >= 3
    if high.sum() < 30:
        return None
    below = float((values[high] <= length[high] + 1).mean())
    ordered = np.sort(length + 1)
    chance = 1.0 - np.searchsorted(ordered, values[high], side="left") / len(ordered)
    expected = float(chance.mean())
    if below < 0.97 or expected > 0.85 or below - expected < 0.1:
        return None
    return Finding("bounded_by_length", column.name, LEAK, below, "never above the length")


def floor_by_level(column: Column, stays: StayTable) -> Finding | None:
    """Levels that forbid short stays, or that hold only stays without a night: severity.

    In a column of at most 12 levels, a level of 100 stays or more without a single stay under
    its floor, where the other stays would make at least 30 expected; two such levels with
    different floors, or one level of nights all zero, is a rule and no accident.
    """
    values = stays.columns[column.name]
    if isinstance(values, Labels):
        codes, size = values.codes, len(values.levels)
    else:
        found = np.unique(values[~np.isnan(values)])
        if len(found) > LEVELS:
            return None
        codes, size = np.searchsorted(found, np.nan_to_num(values, nan=-1e300)), len(found)
        codes = np.where(np.isnan(values), -1, codes)
    if not 2 <= size <= LEVELS:
        return None
    floors: set[float] = set()
    ordered = np.sort(stays.length)
    for level in range(size):
        length = stays.length[codes == level]
        if len(length) < LEAST_ROWS:
            continue
        floor = float(length.min())
        expected = np.searchsorted(ordered, floor, side="left") / len(ordered) * len(length)
        if floor >= 2 and expected >= 30:
            floors.add(floor)
        nights = float((stays.length > 0).mean())
        if length.max() == 0 and nights * len(length) >= 30:
            floors.update((-1.0, -2.0))
    if len(floors) < 2:
        return None
    return Finding(
        "floor_by_level", column.name, LEAK, float(len(floors)), "levels are set by the length"
    )


def tells_the_way_out(column: Column, stays: StayTable) -> Finding | None:
    """A level that is, for nine stays in ten, the death or the transfer of the patient."""
    values = stays.columns[column.name]
    if not isinstance(values, Labels):
        found = np.unique(values[~np.isnan(values)])
        if len(found) > LEVELS:
            return None
        values = Labels.of(["" if np.isnan(value) else f"{value:g}" for value in values])
    best = 0.0
    for outcome in (stays.died, stays.transferred):
        total = int(outcome.sum())
        if total < 30:
            continue
        size = len(values.levels) + 1
        rows = np.bincount(values.codes + 1, minlength=size)
        hits = np.bincount(values.codes + 1, weights=outcome.astype(float), minlength=size)
        pure = hits >= 0.9 * np.maximum(rows, 1)
        best = max(best, float(hits[pure].sum() / total))
    if best < 0.5:
        return None
    return Finding(
        "tells_the_way_out", column.name, LEAK, best, "a level is the death or the transfer"
    )


def dated_after_entry(column: Column, stays: StayTable) -> Finding | None:
    """A date known at entry that comes after the entry in more than one stay in two hundred."""
    values = stays.columns[column.name]
    if column.kind != "date" or isinstance(values, Labels):
        return None
    both = ~np.isnan(values) & ~np.isnan(stays.entry)
    if both.sum() < LEAST_ROWS:
        return None
    late = float((values[both] > stays.entry[both]).mean())
    if late <= 0.005:
        return None
    return Finding("dated_after_entry", column.name, LEAK, late, "dates after the entry")
