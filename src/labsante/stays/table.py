"""Stays in memory: one numeric array or one coded column a name, and the split of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

TRAIN, CALIBRATION, TEST = 0, 1, 2

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of words: ``levels`` and, per row, the position of its level, −1 where empty."""

    codes: Integers
    levels: tuple[str, ...]

    def take(self, rows: NDArray) -> Labels:
        """The same column on some rows (positions or a mask); levels are kept."""
        return Labels(self.codes[rows], self.levels)

    def prefix(self, length: int) -> Labels:
        """Levels cut to their first ``length`` characters; 0 keeps them whole."""
        if length <= 0:
            return self
        cut = [level[:length] for level in self.levels]
        short = tuple(dict.fromkeys(cut))
        place = {level: position for position, level in enumerate(short)}
        lookup = np.array([place[level] for level in cut] + [-1], dtype=np.int64)
        return Labels(lookup[self.codes], short)

    def words(self) -> list[str]:
        """One word a row, empty where missing."""
        known = (*self.levels, "")
        return [known[code] for code in self.codes]

    @classmethod
    def of(cls, words: list[str] | NDArray) -> Labels:
        """Labels of a list of words; empty words are missing. Levels are sorted."""
        levels = tuple(sorted({str(word) for word in words} - {""}))
        place = {level: position for position, level in enumerate(levels)}
        codes = np.array([place.get(str(word), -1) for word in words], dtype=np.int64)
        return cls(codes, levels)


Values = Floats | Labels


@dataclass(frozen=True, slots=True)
class StayTable:
    """Stays, one a row.

    ``length`` is the target in the spec's unit; ``patient`` and ``hospital`` are positions
    (each row its own patient where the spec names none); ``hospitals`` and ``categories`` are
    the names behind ``hospital`` and behind each hospital's category; ``part`` is ``TRAIN``,
    ``CALIBRATION`` or ``TEST``; ``entry`` is the day of entry since 1970-01-01, NaN where unknown;
    ``flow`` counts the rows left after each step of selection.
    """

    length: Floats
    columns: Mapping[str, Values]
    patient: Integers
    hospital: Labels
    category: Labels
    part: Integers
    died: Booleans
    transferred: Booleans
    entry: Floats
    identifier: tuple[str, ...] | None = None
    flow: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.length)

    def take(self, rows: NDArray) -> StayTable:
        """Some rows (positions or a mask)."""
        positions = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        identifier = self.identifier
        return replace(
            self,
            length=self.length[positions],
            columns={name: _take(values, positions) for name, values in self.columns.items()},
            patient=self.patient[positions],
            hospital=self.hospital.take(positions),
            category=self.category.take(positions),
            part=self.part[positions],
            died=self.died[positions],
            transferred=self.transferred[positions],
            entry=self.entry[positions],
            identifier=tuple(identifier[row] for row in positions) if identifier else None,
        )

    def where(self, part: int) -> StayTable:
        """The rows of one part of the split."""
        return self.take(self.part == part)

    def with_column(self, name: str, values: Values) -> StayTable:
        """The same stays with one column more."""
        return replace(self, columns={**self.columns, name: values})


def _take(values: Values, rows: NDArray) -> Values:
    return values.take(rows) if isinstance(values, Labels) else values[rows]


def numeric(table: StayTable, name: str) -> Floats:
    """A numeric column; raises TypeError on a column of words."""
    values = table.columns[name]
    if isinstance(values, Labels):
        raise TypeError(f"{name} is a column of words")
    return values


def labels(table: StayTable, name: str) -> Labels:
    """A column of words; a numeric one is turned into the words of its values."""
    values = table.columns[name]
    if isinstance(values, Labels):
        return values
    return Labels.of(["" if np.isnan(value) else f"{value:g}" for value in values])
