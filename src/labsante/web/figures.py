"""Rows of the publication, indexed for pages: one indicator, its periods, its territories.

Nothing is computed here that was not published; figures derived from published ones (gaps) are
in ``compare``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labsante.snds.territories import FRANCE, departements, parents, regions
from labsante.web.formats import typeset

PUBLISHED, SECRET, UNAVAILABLE, NOT_RELEVANT = "published", "secret", "unavailable", "not_relevant"
ALL = "all"
REGION, DEPARTEMENT = "REG", "DEP"


@dataclass(frozen=True, slots=True)
class Figure:
    """What one place of a chart or a table shows: a value with its interval, or a status."""

    territory: str
    period: str
    status: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: int | None = None
    denominator: int | None = None

    @property
    def shown(self) -> bool:
        """Whether a value may be printed."""
        return self.status == PUBLISHED and self.value is not None

    @property
    def has_interval(self) -> bool:
        """Whether both bounds were published."""
        return self.low is not None and self.high is not None


_KEYS = ("period", "territory", "sex", "age")
_COUNTS = ("numerator", "denominator")
_CRUDE = ("value", "low95", "high95")
_STANDARDISED = ("standardised", "standardised_low95", "standardised_high95")


def localised(value: object, language: str) -> str:
    """A bilingual text of a definition in one language, French typeset; empty for None."""
    if isinstance(value, Mapping):
        value = value.get(language) or value.get("fr")
    text = "" if value is None else str(value)
    return text if language == "en" else typeset(text)


def _encoded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], np.ndarray]:
    """The sorted codes of a column, and the place of each row among them."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    words = encoded.dictionary.to_pylist()
    codes = tuple(sorted(words))
    rank = np.array([codes.index(word) for word in words], dtype=np.int16)
    return codes, rank[encoded.indices.to_numpy(zero_copy_only=False)]


class Cube:
    """The rows of a results object, found by their four codes, in compact arrays.

    A place in a dense grid of codes gives the row's number, so that a hundred indicators fit in
    memory; NaN stands for NULL inside, and never leaves.
    """

    def __init__(self, table: pa.Table) -> None:
        self.codes: dict[str, tuple[str, ...]] = {}
        places = []
        for name in _KEYS:
            self.codes[name], place = _encoded(table[name])
            places.append(place)
        self._order = {
            name: {code: i for i, code in enumerate(codes)} for name, codes in self.codes.items()
        }
        self._grid = np.full([len(codes) for codes in self.codes.values()], -1, dtype=np.int32)
        self._grid[tuple(places)] = np.arange(table.num_rows, dtype=np.int32)
        self._numbers = {
            name: pc.cast(table[name], pa.float64()).to_numpy(zero_copy_only=False)
            for name in (*_COUNTS, *_CRUDE, *_STANDARDISED)
        }
        self._statuses = {name: _encoded(table[name]) for name in ("status", "standardised_status")}
        self.rows = int(table.num_rows)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        arrays = [*self._numbers.values(), *(places for _, places in self._statuses.values())]
        return int(self._grid.nbytes + sum(a.nbytes for a in arrays)) + 200_000

    def place(self, period: str, territory: str, sex: str, age: str) -> int:
        """The row of four codes, -1 where there is none."""
        try:
            at = tuple(
                self._order[name][code]
                for name, code in zip(_KEYS, (period, territory, sex, age), strict=True)
            )
        except KeyError:
            return -1
        return int(self._grid[at])

    def has_standardised(self) -> bool:
        """Whether any standardised value was published."""
        return bool(np.isfinite(self._numbers["standardised"]).any())

    def figure(self, row: int, territory: str, period: str, *, standardised: bool) -> Figure:
        """The crude or the standardised figure of a row."""
        crude_status = self._status("status", row)
        status = self._status("standardised_status", row) if standardised else crude_status
        if status != PUBLISHED:
            return Figure(territory, period, status)
        value, low, high = (
            self._number(name, row) for name in (_STANDARDISED if standardised else _CRUDE)
        )
        counts = [
            None if crude_status != PUBLISHED or number is None else round(number)
            for number in (self._number(name, row) for name in _COUNTS)
        ]
        return Figure(territory, period, status, value, low, high, counts[0], counts[1])

    def _status(self, name: str, row: int) -> str:
        words, places = self._statuses[name]
        return words[places[row]]

    def _number(self, name: str, row: int) -> float | None:
        value = float(self._numbers[name][row])
        return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Indicator:
    """One published indicator: its definition, its passport, its figures by four codes."""

    id: str
    definition: Mapping[str, Any]
    passport: Mapping[str, Any]
    cube: Cube

    def text(self, key: str, language: str) -> str:
        """A bilingual text of the definition, empty where there is none."""
        return localised(self.definition.get(key), language)

    def texts(self, key: str, language: str) -> list[str]:
        """A list of bilingual texts (limits)."""
        value = self.definition.get(key) or []
        items = value if isinstance(value, list | tuple) else [value]
        return [localised(item, language) for item in items]

    @cached_property
    def decimals(self) -> int:
        """Printed digits after the decimal mark."""
        return int(self.definition.get("decimals", 1))

    @property
    def periods(self) -> tuple[str, ...]:
        """Published periods, oldest first."""
        return self.cube.codes["period"]

    @cached_property
    def sexes(self) -> tuple[str, ...]:
        """``all`` first, then ``1``, ``2`` where published."""
        return tuple(s for s in (ALL, "1", "2") if s in self.cube.codes["sex"])

    @cached_property
    def ages(self) -> tuple[str, ...]:
        """``all`` first, then the bands in order of age."""
        found = self.cube.codes["age"]
        bands = sorted(set(found) - {ALL}, key=lambda band: (_first_age(band), band))
        return ((ALL,) if ALL in found else ()) + tuple(bands)

    @cached_property
    def territories(self) -> frozenset[str]:
        """Codes that have rows."""
        return frozenset(self.cube.codes["territory"])

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Levels below France that have rows."""
        found = {code.split("-")[0] for code in self.territories}
        return tuple(level for level in (REGION, DEPARTEMENT) if level in found)

    @cached_property
    def has_standardised(self) -> bool:
        """Whether any standardised value was published."""
        return self.cube.has_standardised()

    def figure(
        self, period: str, territory: str, sex: str, age: str, *, standardised: bool = False
    ) -> Figure:
        """The figure of a place; ``unavailable`` where the publication has no row."""
        row = self.cube.place(period, territory, sex, age)
        if row < 0:
            return Figure(territory, period, UNAVAILABLE)
        return self.cube.figure(row, territory, period, standardised=standardised)


def _first_age(band: str) -> int:
    digits = "".join(char for char in band.split("-")[0] if char.isdigit())
    return int(digits) if digits else 0


def level_of(territory: str) -> str:
    """``REG-53`` → ``REG``; ``FRA`` → ``FRA``."""
    return territory.split("-")[0]


def territories_of_level(level: str) -> tuple[str, ...]:
    """The 18 régions or the 101 départements, by code."""
    if level == REGION:
        return tuple(region.territory for region in regions())
    return tuple(departement.territory for departement in departements())


EXTREMES = 10


def siblings(territory: str, level: str) -> tuple[str, ...]:
    """Territories to set side by side at ``level``: those that share the nearest parent.

    At the level of régions, all 18. At the level of départements, those of the same région; all
    of them for France as a whole.
    """
    if level == REGION or territory == FRANCE:
        return territories_of_level(level)
    region = territory if level_of(territory) == REGION else parents()[territory]
    return tuple(d.territory for d in departements() if f"REG-{d.region}" == region)
