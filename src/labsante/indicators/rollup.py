"""From cells to candidate rows: every declared crossing, rolled up, before any protection.

The cells of one indicator become one dense block period × territory × sex × age; every crossing
is a sum over some of its axes. Counts stay integers and amounts stay exact: sums are made on
millionths, in integers of any size where they might overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.indicators.cells_format import SUM_TYPE, UNKNOWN_AGE, UNKNOWN_SEX, UNKNOWN_TERRITORY
from labsante.indicators.form import Indicator
from labsante.indicators.statistics.standardisation import DirectSums, direct_sums
from labsante.snds.ages import ALL_AGES, BROAD_BANDS, BROAD_MEMBERS, ESP2013, FIVE_YEAR_BANDS
from labsante.snds.territories import FRANCE, departements, regions

DAYS_OF_A_YEAR = 365.25

SEXES = ("1", "2", UNKNOWN_SEX)
AGES = (*FIVE_YEAR_BANDS, UNKNOWN_AGE)

ROWS_SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("territory", pa.string()),
        ("sex", pa.string()),
        ("age", pa.string()),
        ("n_den", pa.int64()),
        ("n_num", pa.int64()),
        ("s_x", SUM_TYPE),
        ("s_x2", SUM_TYPE),
        ("standard_events", pa.float64()),
        ("standard_rate", pa.float64()),
        ("standard_variance", pa.float64()),
        ("standard_coverage", pa.float64()),
    ]
)

# Crossing → (levels, sexes open, ages open).
_OPENINGS: dict[str, tuple[tuple[str, ...], bool, str]] = {
    "territory": (("FRA", "REG", "DEP"), False, "all"),
    "territory*sex": (("FRA", "REG", "DEP"), True, "all"),
    "territory*age": (("FRA", "REG", "DEP"), False, "broad"),
    "region*sex*age": (("FRA", "REG"), True, "broad"),
    "france*sex": (("FRA",), True, "all"),
    "france*age": (("FRA",), False, "broad"),
    "france*age5": (("FRA",), False, "five"),
    "france*sex*age5": (("FRA",), True, "five"),
}


@dataclass(frozen=True, slots=True)
class _Block:
    """Sums by period × territory × sex × age; ``x`` and ``x2`` in millionths."""

    periods: list[str]
    den: NDArray[np.int64]
    num: NDArray[np.int64] | None
    x: NDArray[np.object_] | NDArray[np.int64] | None
    x2: NDArray[np.object_] | NDArray[np.int64] | None


@cache
def _tree() -> tuple[tuple[str, ...], dict[str, int], dict[str, NDArray[np.intp]]]:
    """Leaf territories (101 départements and UNK), their ranks, and the leaves of each node."""
    leaves = (*(dep.territory for dep in departements()), UNKNOWN_TERRITORY)
    rank = {leaf: index for index, leaf in enumerate(leaves)}
    nodes: dict[str, NDArray[np.intp]] = {FRANCE: np.arange(len(leaves))}
    for region in regions():
        own = [rank[dep.territory] for dep in departements() if dep.region == region.code]
        nodes[region.territory] = np.array(own, dtype=np.intp)
    for leaf in leaves:
        nodes[leaf] = np.array([rank[leaf]], dtype=np.intp)
    return leaves, rank, nodes


def territories_of(level: str) -> list[str]:
    """The territories of ``FRA``, ``REG`` or ``DEP``; the unknown residence is beside both."""
    _, _, nodes = _tree()
    if level == FRANCE:
        return [FRANCE]
    return [name for name in nodes if name.startswith(level)] + [UNKNOWN_TERRITORY]


def candidate_rows(cells: pa.Table, indicator: Indicator) -> pa.Table:
    """Every declared crossing of an indicator, rolled up from its cells.

    One row a period × territory (``FRA``, ``REG-…``, ``DEP-…``, and ``UNK`` for the residence
    that nobody knows, so that the parts add up to France) × sex (``all``, ``1``, ``2``) × age
    (``all`` or a band), empty combinations included. A sex or age that no row of the population
    has is left out: it is not relevant. Where the sex or age of some is unknown, rows ``9`` and
    ``UNK`` stand for them, again so that the parts add up. ``standard_*`` are the sums of the
    value standardised by age; NaN where it is not defined.
    """
    block = _block(cells)
    openings: set[tuple[str, bool, str]] = set()
    for crossing in indicator.breakdowns:
        levels, by_sex, ages = _OPENINGS[crossing]
        openings |= {(level, by_sex, ages) for level in levels}
    parts = [
        part
        for level, by_sex, ages in sorted(openings)
        if (part := _crossing(block, indicator, level, by_sex, ages)) is not None
    ]
    if not parts:
        return ROWS_SCHEMA.empty_table()
    table = pa.concat_tables(parts)
    unique = _first_of_each(table)
    return unique.sort_by([(name, "ascending") for name in ("period", "territory", "sex", "age")])


def _first_of_each(table: pa.Table) -> pa.Table:
    """Drop repeats: the unknown belong to two levels of territory, and to two cuts of age."""
    names = ("period", "territory", "sex", "age")
    place = np.asarray(table["territory"].to_numpy(zero_copy_only=False))
    age = np.asarray(table["age"].to_numpy(zero_copy_only=False))
    suspects = np.flatnonzero((place == UNKNOWN_TERRITORY) | (age == UNKNOWN_AGE))
    if not suspects.size:
        return table
    few = table.select(names).take(pa.array(suspects)).to_pylist()
    keep = np.ones(table.num_rows, dtype=bool)
    seen: set[tuple[str, ...]] = set()
    for index, row in zip(suspects, few, strict=True):
        key = tuple(row[name] for name in names)
        keep[index] = key not in seen
        seen.add(key)
    return table.filter(pa.array(keep))


def _block(cells: pa.Table) -> _Block:
    leaves, rank, _ = _tree()
    periods = sorted(set(cells["period"].to_pylist()))
    shape = (len(periods), len(leaves), len(SEXES), len(AGES))
    place = {name: index for index, name in enumerate(periods)}
    unknown = rank[UNKNOWN_TERRITORY]
    where = (
        _ranks(cells["period"], place, None),
        _ranks(cells["territory"], rank, unknown),
        _ranks(cells["sex"], {name: i for i, name in enumerate(SEXES)}, len(SEXES) - 1),
        _ranks(cells["age_band"], {name: i for i, name in enumerate(AGES)}, len(AGES) - 1),
    )

    def counted(name: str) -> NDArray[np.int64] | None:
        column = cells[name]
        if column.null_count == len(column) and len(column):
            return None
        values = column.fill_null(0).to_numpy().astype(np.int64)
        total = np.zeros(shape, dtype=np.int64)
        np.add.at(total, where, values)
        return total

    def summed(name: str) -> NDArray[np.object_] | NDArray[np.int64] | None:
        column = cells[name]
        if column.null_count == len(column) and len(column):
            return None
        values = [0 if v is None else int(v.scaleb(6)) for v in column.to_pylist()]
        fits = sum(abs(value) for value in values) < 2**62
        kind: type = np.int64 if fits else object
        total: NDArray[Any] = np.zeros(shape, dtype=kind)
        np.add.at(total, where, np.array(values, dtype=kind))
        return total

    den = counted("n_den")
    assert den is not None or cells.num_rows == 0
    if den is None:
        den = np.zeros(shape, dtype=np.int64)
    return _Block(periods, den, counted("n_num"), summed("s_x"), summed("s_x2"))


def _ranks(
    column: pa.ChunkedArray, rank: dict[str, int], otherwise: int | None
) -> NDArray[np.int64]:
    encoded = column.combine_chunks().dictionary_encode()
    found = []
    for name in encoded.dictionary.to_pylist():
        place = rank.get(name, otherwise)
        if place is None:
            raise KeyError(name)
        found.append(place)
    if not found:
        return np.zeros(0, dtype=np.int64)
    indices = encoded.indices
    if indices.null_count:
        indices = indices.fill_null(0)
    ranks = np.array(found, dtype=np.int64)[indices.to_numpy()]
    if column.null_count:
        missing = column.is_null().to_numpy()
        ranks[missing] = -1 if otherwise is None else otherwise
    return ranks


def _crossing(
    block: _Block, indicator: Indicator, level: str, by_sex: bool, ages: str
) -> pa.Table | None:
    sexes = _sex_groups(block, by_sex)
    bands = _age_groups(block, ages)
    names = territories_of(level)
    _, _, nodes = _tree()
    if not sexes or not bands or not block.periods:
        return None

    def rolled(values: NDArray[np.int64] | NDArray[np.object_]) -> NDArray[np.int64]:
        by_place = np.stack([values[:, nodes[name]].sum(axis=1) for name in names], axis=1)
        by_both = np.stack([by_place[:, :, group].sum(axis=2) for _, group in sexes], axis=2)
        return np.stack([by_both[:, :, :, group].sum(axis=3) for _, group in bands], axis=3)

    den = rolled(block.den)
    size = den.size
    labels = (block.periods, names, [name for name, _ in sexes], [name for name, _ in bands])
    keys = [
        pa.array(np.asarray(label, dtype=object)[axis.ravel()], pa.string())
        for label, axis in zip(labels, np.indices(den.shape), strict=True)
    ]
    standard = _standard(block, indicator, names, sexes, den.shape) if ages == "all" else None
    empty = np.full(size, np.nan)
    return pa.Table.from_arrays(
        [
            *keys,
            pa.array(den.ravel(), pa.int64()),
            _integers(None if block.num is None else rolled(block.num), size),
            _decimals(None if block.x is None else rolled(block.x), size),
            _decimals(None if block.x2 is None else rolled(block.x2), size),
            *(
                pa.array(empty if standard is None else values.ravel(), pa.float64())
                for values in (
                    (empty,) * 4
                    if standard is None
                    else (standard.events, standard.rate, standard.variance, standard.coverage)
                )
            ),
        ],
        schema=ROWS_SCHEMA,
    )


def _integers(values: NDArray[np.int64] | None, size: int) -> pa.Array:
    return pa.nulls(size, pa.int64()) if values is None else pa.array(values.ravel(), pa.int64())


def _decimals(values: NDArray[np.int64] | None, size: int) -> pa.Array:
    if values is None:
        return pa.nulls(size, SUM_TYPE)
    return pa.array([Decimal(int(v)).scaleb(-6) for v in values.ravel()], SUM_TYPE)


def _sex_groups(block: _Block, by_sex: bool) -> list[tuple[str, list[int]]]:
    if not by_sex:
        return [("all", list(range(len(SEXES))))]
    seen = block.den.sum(axis=(0, 1, 3))
    return [(name, [index]) for index, name in enumerate(SEXES) if seen[index] > 0]


def _age_groups(block: _Block, ages: str) -> list[tuple[str, list[int]]]:
    if ages == "all":
        return [(ALL_AGES, list(range(len(AGES))))]
    seen = block.den.sum(axis=(0, 1, 2))
    place = {name: index for index, name in enumerate(AGES)}
    if ages == "five":
        groups = [(name, [place[name]]) for name in FIVE_YEAR_BANDS]
    else:
        groups = [(name, [place[band] for band in BROAD_MEMBERS[name]]) for name in BROAD_BANDS]
    groups.append((UNKNOWN_AGE, [place[UNKNOWN_AGE]]))
    return [(name, members) for name, members in groups if seen[members].sum() > 0]


def _standard(
    block: _Block,
    indicator: Indicator,
    names: list[str],
    sexes: list[tuple[str, list[int]]],
    shape: tuple[int, ...],
) -> DirectSums | None:
    """The sums of the value standardised on age, for every period, territory and sex."""
    if indicator.standard != "esp2013":
        return None
    _, _, nodes = _tree()
    known = len(FIVE_YEAR_BANDS)
    weights = np.array([ESP2013[band] for band in FIVE_YEAR_BANDS], dtype=np.float64)
    # Ages outside the population carry no weight: the standard is re-normalised inside it.
    weights = np.where(block.den.sum(axis=(0, 1, 2))[:known] > 0, weights, 0.0)

    def rolled(values: NDArray[np.int64] | NDArray[np.object_]) -> NDArray[np.float64]:
        by_place = np.stack([values[:, nodes[name]].sum(axis=1) for name in names], axis=1)
        by_both = np.stack([by_place[:, :, group].sum(axis=2) for _, group in sexes], axis=2)
        return by_both[..., :known].astype(np.float64)

    population = rolled(block.den)
    if indicator.person_days:
        population = population / DAYS_OF_A_YEAR
    variance = None
    if indicator.counts_events and block.x is not None:
        events = rolled(block.x) / 1e6
        variance = rolled(block.x2) / 1e6 if block.x2 is not None else None
    elif block.num is not None:
        events = rolled(block.num)
    else:
        return None
    sums = direct_sums(events, population, weights, variance)
    return DirectSums(*(np.broadcast_to(value[..., None], shape) for value in sums))
