"""From the cells of an indicator to the blocks that disclosure control protects.

One block a period: persons are not additive over periods, so no sum links two periods. A block
holds the denominator and what stands above it, on territory × sex × age down to the finest cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute

from labsante.base.errors import CheckFailedError
from labsante.disclosure import Block, Dimension, Lattice, Measure
from labsante.indicators import Indicator
from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_SEX, UNKNOWN_TERRITORY
from labsante.snds.ages import BROAD_MEMBERS
from labsante.snds.territories import FRANCE, departements

DENOMINATOR, NUMERATOR, EVENTS, SUM = "n_den", "n_num", "events", "sum"
_DAYS = 366


def lattice_of(cells: pa.Table) -> Lattice:
    """Territory, sex and age as trees; codes that no row of the population has are left out."""
    people = cells.filter(pa.compute.greater(cells["n_den"], 0))
    sexes = set(people["sex"].to_pylist())
    bands = set(people["age_band"].to_pylist())
    territory = {dep.territory: f"REG-{dep.region}" for dep in departements()}
    territory |= dict.fromkeys(set(territory.values()), FRANCE)
    territory[UNKNOWN_TERRITORY] = FRANCE
    sex = {code if code in ("1", "2") else UNKNOWN_SEX: "all" for code in sexes or {"1"}}
    known = {band: broad for broad, members in BROAD_MEMBERS.items() for band in members}
    age = {band: known[band] for band in bands if band in known}
    age |= dict.fromkeys(set(age.values()), "all")
    if bands - set(known) or not age:
        age[UNKNOWN_AGE] = "all"
    return Lattice(
        (
            Dimension.of("territory", territory, never_shown=[UNKNOWN_TERRITORY]),
            Dimension.of("sex", sex, never_shown=[UNKNOWN_SEX] if UNKNOWN_SEX in sex else []),
            Dimension.of("age", age, never_shown=[UNKNOWN_AGE] if UNKNOWN_AGE in age else []),
        )
    )


def blocks_of(indicator: Indicator, cells: pa.Table, rows: pa.Table) -> list[Block]:
    """One block a period, in the order of the periods.

    Raises CheckFailedError where the rows are not the sums of the cells.
    """
    lattice = lattice_of(cells)
    blocks = []
    for period in sorted(set(rows["period"].to_pylist())):
        part = cells.filter(pa.compute.equal(cells["period"], period))
        mine = rows.filter(pa.compute.equal(rows["period"], period))
        index = row_cells(lattice, mine)
        candidates = np.zeros(lattice.shape, dtype=bool)
        candidates.ravel()[index] = True
        measures = tuple(_measures(indicator, lattice, part))
        block = Block(f"{indicator.id} {period}", lattice, candidates, measures, coarsen=True)
        _check_sums(block, mine, index)
        blocks.append(block)
    return blocks


def row_cells(lattice: Lattice, rows: pa.Table) -> np.ndarray:
    """The flat cell index of each candidate row."""
    parts = []
    for dimension in lattice.dimensions:
        names = rows[dimension.name].to_pylist()
        parts.append(np.array([dimension.position[name] for name in names], dtype=np.int64))
    return np.ravel_multi_index(parts, lattice.shape)


def _measures(indicator: Indicator, lattice: Lattice, cells: pa.Table) -> list[Measure]:
    atoms = {name: _atoms(lattice, cells, name) for name in ("n_den", "n_num", "s_x")}
    den, num, amount = atoms["n_den"], atoms["n_num"], atoms["s_x"]
    assert den is not None
    unit = _DAYS if indicator.person_days else 1
    measures = [Measure(DENOMINATOR, den, unit=unit)]
    if indicator.counts_events and amount is not None:
        if indicator.type in ("mean", "delay"):
            measures.append(Measure(SUM, amount, DENOMINATOR, persons=False))
        else:
            few = None
            if num is not None:
                behind = lattice.roll_up(num)
                few = (behind >= 1) & (behind < 11)
            measures.append(Measure(EVENTS, amount, DENOMINATOR, contained=False, forced=few))
    elif num is not None:
        part = not indicator.person_days and bool((num <= den).all())
        measures.append(Measure(NUMERATOR, num, DENOMINATOR, contained=part))
    return measures


def _atoms(lattice: Lattice, cells: pa.Table, name: str) -> np.ndarray | None:
    column = cells[name]
    if len(column) and column.null_count == len(column):
        return None
    total = np.zeros(lattice.atom_shape, dtype=np.int64)
    places = []
    for dimension, source in zip(lattice.dimensions, ("territory", "sex", "age_band"), strict=True):
        leaf = {dimension.codes[node]: i for i, node in enumerate(dimension.leaves)}
        unknown = next((leaf[code] for code in sorted(dimension.never_shown)), None)
        places.append(_leaves(cells[source].to_pylist(), leaf, unknown))
    values = [0 if v is None else int(v) for v in column.to_pylist()]
    np.add.at(total, tuple(places), np.array(values, dtype=np.int64))
    return total


def _leaves(codes: Sequence[str], leaf: Mapping[str, int], unknown: int | None) -> np.ndarray:
    # A code outside the tree has no people, or is unknown and has its own leaf.
    otherwise = 0 if unknown is None else unknown
    return np.array([leaf.get(code, otherwise) for code in codes], dtype=np.int64)


def _check_sums(block: Block, rows: pa.Table, index: np.ndarray) -> None:
    for measure in block.measures[:2]:
        if measure.name not in (DENOMINATOR, NUMERATOR):
            continue
        expected = rows[measure.name].to_numpy()
        found = block.lattice.roll_up(np.asarray(measure.atoms)).ravel()[index]
        if not np.array_equal(expected, found):
            raise CheckFailedError(
                "the rows of an indicator are not the sums of its cells",
                where=block.name,
                why="protection is decided on the sums: they must be the same everywhere",
            )
