"""Columns into a matrix: winsorised numbers, native categories, codes by hierarchy.

A code with thousands of levels is given twice: its widest prefix as a category, and each prefix
of its hierarchy as the mean length of the training stays that carry it, shrunk to the prefix
above. For the training rows these means come from the *other* patients, or the model would read
its own answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsante.stays.spec import Column
from labsante.stays.table import Floats, Integers, Labels, StayTable, labels, numeric

WINSOR = (0.001, 0.999)
NATIVE_LEVELS = 1_000
SHRINK = 20.0
INNER_FOLDS = 5
BAG_ROWS = 50
BAG_CODES = 150
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows × features as float32, missing as NaN; ``categorical`` holds positions."""

    values: NDArray[np.float32]
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    source: tuple[str, ...]


def folds_of(owner: Integers, count: int, seed: int) -> Integers:
    """The fold of each row, 0 to ``count`` − 1, the same for all rows of an owner."""
    mixed = (owner.astype(np.uint64) + np.uint64(1 + 7919 * seed)) * _MIX
    mixed ^= mixed >> np.uint64(29)
    return (((mixed * _MIX) >> np.uint64(33)) % np.uint64(count)).astype(np.int64)


@dataclass(slots=True)
class Encoder:
    """Learns from training stays how to turn columns into a matrix."""

    columns: tuple[Column, ...]
    two_part: bool = False
    state: dict[str, Any] | None = None

    def fit_transform(self, stays: StayTable) -> Matrix:
        """Learn, and give the matrix of the same stays with out-of-fold code means."""
        answers = {"length": stays.length}
        if self.two_part:
            answers["zero"] = (stays.length == 0).astype(np.float64)
        self.state = {
            "numeric": {},
            "levels": {},
            "means": {},
            "bags": {},
            "answers": sorted(answers),
        }
        for column in self.columns:
            if _is_number(column):
                self.state["numeric"][column.name] = _bounds(numeric(stays, column.name))
            else:
                self._fit_words(stays, column, answers)
        for bag in _bags(self.columns):
            self.state["bags"][bag] = _bag_codes(stays, self.columns, bag)
        fold = folds_of(stays.patient, INNER_FOLDS, seed=97)
        return self._matrix(stays, answers, fold)

    def transform(self, stays: StayTable) -> Matrix:
        """The matrix of other stays."""
        assert self.state is not None, "fit_transform comes first"
        return self._matrix(stays, None, None)

    def _fit_words(self, stays: StayTable, column: Column, answers: dict[str, Floats]) -> None:
        assert self.state is not None
        words = labels(stays, column.name)
        native = words.prefix(_native_length(column))
        counts = np.bincount(native.codes + 1, minlength=len(native.levels) + 1)[1:]
        order = np.lexsort((np.arange(len(counts)), -counts))[:NATIVE_LEVELS]
        self.state["levels"][column.name] = [native.levels[i] for i in order if counts[i]]
        if column.kind != "code":
            return
        for answer, values in answers.items():
            chain: list[dict[str, float]] = []
            parent = np.full(len(stays), values.mean())
            for length in _lengths(column):
                level = words.prefix(length)
                means = _shrunk(level.codes, len(level.levels), values, parent)
                chain.append(dict(zip(level.levels, means[1:].tolist(), strict=True)))
                parent = means[level.codes + 1]
            self.state["means"][f"{column.name}/{answer}"] = {
                "all": float(values.mean()),
                "chain": chain,
            }

    def _matrix(
        self, stays: StayTable, answers: dict[str, Floats] | None, fold: Integers | None
    ) -> Matrix:
        assert self.state is not None
        parts: list[Floats] = []
        names: list[str] = []
        source: list[str] = []
        categorical: list[int] = []

        def add(name: str, owner: str, values: Floats, *, category: bool = False) -> None:
            if category:
                categorical.append(len(names))
            names.append(name)
            source.append(owner)
            parts.append(values.astype(np.float32))

        for column in self.columns:
            name = column.name
            if _is_number(column):
                low, high = self.state["numeric"][name]
                add(name, name, np.clip(numeric(stays, name), low, high))
                continue
            words = labels(stays, name)
            native = words.prefix(_native_length(column))
            place = {level: float(i) for i, level in enumerate(self.state["levels"][name])}
            lookup = np.array([place.get(level, np.nan) for level in native.levels] + [np.nan])
            add(name, name, lookup[native.codes], category=True)
            if column.kind != "code":
                continue
            for answer in self.state["answers"]:
                known = self.state["means"][f"{name}/{answer}"]
                if answers is None or fold is None:
                    coded = _known_means(words, column, known)
                else:
                    coded = _out_of_fold(words, column, answers[answer], fold)
                for length, values in zip(_lengths(column), coded, strict=True):
                    add(f"{name}/{length}/{answer}", name, values)
        for bag, codes in self.state["bags"].items():
            members = [column for column in self.columns if column.bag == bag]
            for code, present in zip(codes, _presence(stays, members, codes), strict=True):
                add(f"{bag}={code}", bag, present)
        return Matrix(
            np.column_stack(parts) if parts else np.zeros((len(stays), 0), np.float32),
            tuple(names),
            tuple(categorical),
            tuple(source),
        )


def _is_number(column: Column) -> bool:
    return column.kind in ("numeric", "date")


def _lengths(column: Column) -> tuple[int, ...]:
    return column.hierarchy or (0,)


def _native_length(column: Column) -> int:
    """Categories are cut at the finest prefix that still groups codes."""
    if column.kind != "code":
        return 0
    cut = [length for length in _lengths(column) if length > 0]
    return cut[-1] if cut else 0


def _bounds(values: Floats) -> list[float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return [0.0, 0.0]
    return [float(bound) for bound in np.quantile(known, WINSOR)]


def _shrunk(codes: Integers, size: int, values: Floats, parent: Floats) -> Floats:
    """Mean of ``values`` by code shrunk to the mean of ``parent``; position 0 is "missing"."""
    count = np.bincount(codes + 1, minlength=size + 1)
    total = np.bincount(codes + 1, weights=values, minlength=size + 1)
    above = np.bincount(codes + 1, weights=parent, minlength=size + 1) / np.maximum(count, 1)
    above = np.where(count > 0, above, values.mean() if len(values) else 0.0)
    return (total + SHRINK * above) / (count + SHRINK)


def _known_means(words: Labels, column: Column, known: dict[str, Any]) -> list[Floats]:
    """Means learnt from all training rows; an unseen code takes its parent's."""
    parent = np.full(len(words.codes), known["all"])
    out = []
    for length, means in zip(_lengths(column), known["chain"], strict=True):
        level = words.prefix(length)
        lookup = np.array([means.get(code, np.nan) for code in level.levels] + [np.nan])
        values = lookup[level.codes]
        parent = np.where(np.isnan(values), parent, values)
        out.append(parent)
    return out


def _out_of_fold(words: Labels, column: Column, values: Floats, fold: Integers) -> list[Floats]:
    out = [np.empty(len(values)) for _ in _lengths(column)]
    for number in range(INNER_FOLDS):
        inside, held = fold != number, fold == number
        if not held.any() or not inside.any():
            inside = np.ones(len(values), dtype=np.bool_)
        parent_in = np.full(int(inside.sum()), values[inside].mean())
        parent_out = np.full(int(held.sum()), values[inside].mean())
        for position, length in enumerate(_lengths(column)):
            level = words.prefix(length)
            size = len(level.levels)
            means = _shrunk(level.codes[inside], size, values[inside], parent_in)
            seen = np.bincount(level.codes[inside] + 1, minlength=size + 1) > 0
            codes = level.codes[held] + 1
            parent_out = np.where(seen[codes], means[codes], parent_out)
            parent_in = means[level.codes[inside] + 1]
            out[position][held] = parent_out
    return out


def _bags(columns: Sequence[Column]) -> list[str]:
    return sorted({column.bag for column in columns if column.bag})


def _bag_codes(stays: StayTable, columns: Sequence[Column], bag: str) -> list[str]:
    """The most frequent codes of a bag, over all its columns."""
    count: dict[str, int] = {}
    for column in columns:
        if column.bag == bag:
            level = labels(stays, column.name).prefix(_native_length(column))
            rows = np.bincount(level.codes + 1, minlength=len(level.levels) + 1)[1:]
            for code, number in zip(level.levels, rows.tolist(), strict=True):
                count[code] = count.get(code, 0) + number
    frequent = sorted(
        (code for code, rows in count.items() if rows >= BAG_ROWS),
        key=lambda code: (-count[code], code),
    )
    return frequent[:BAG_CODES]


def _presence(stays: StayTable, members: Sequence[Column], codes: list[str]) -> NDArray[Any]:
    """codes × rows: 1 where any member column holds the code."""
    place = {code: position for position, code in enumerate(codes)}
    present = np.zeros((len(codes) + 1, len(stays)), dtype=np.float32)
    rows = np.arange(len(stays))
    for column in members:
        level = labels(stays, column.name).prefix(_native_length(column))
        lookup = np.array([place.get(code, len(codes)) for code in level.levels] + [len(codes)])
        present[lookup[level.codes], rows] = 1.0
    return present[:-1]
