"""What is true of a bucket, counted in numpy from its own events, never through SQL.

The definitions are those of docs/reference/contracts.md, section 6.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.snds.ages import FIVE_YEAR_BANDS
from labsante.synthetic.calendar import day, month_number, month_of, month_text, year_of
from labsante.synthetic.claims import Claims, drug_rows
from labsante.synthetic.conditions import Exemptions
from labsante.synthetic.draw import Flags, Integers
from labsante.synthetic.hospital import Stays, group_codes
from labsante.synthetic.identities import FICTITIOUS, FORMER, MAIN, SHARED, Holders
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.references import conditions, departement_codes, drugs
from labsante.synthetic.settings import Settings
from labsante.synthetic.traps import INFORMATION

UNKNOWN = 101  # the territory rank of an unknown département
SHAPE = (102, 2, len(FIVE_YEAR_BANDS))
DIABETES, GLIFLOZINS, LENGTH = "PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS"
_GLIFLOZIN_CODES = ("A10BD15", "A10BD16", "A10BD20", "A10BD21", "A10BD23", "A10BD24", "A10BD25")

Grid = NDArray[np.int64]


@dataclass
class Truth:
    """Additive facts of buckets: cells by (indicator, period), rows by (trap, file), figures."""

    cells: dict[tuple[str, str], Grid] = field(default_factory=dict)
    traps: Counter[tuple[str, str]] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)

    def add(self, other: Truth) -> None:
        """Add the facts of another bucket."""
        for key, grid in other.cells.items():
            if key in self.cells:
                self.cells[key] = self.cells[key] + grid
            else:
                self.cells[key] = grid
        self.traps.update(other.traps)
        self.figures.update(other.figures)


@dataclass(frozen=True)
class PersonYear:
    """Who is counted in a year, and where: ranks into the grids."""

    present: Flags
    territory: Integers
    sex: Integers
    band: Integers

    def grid(self, flags: Flags) -> Grid:
        """Persons of ``flags`` by territory, sex and age band."""
        rows = np.flatnonzero(flags & self.present)
        result = np.zeros(SHAPE, dtype=np.int64)
        np.add.at(result, (self.territory[rows], self.sex[rows], self.band[rows]), 1)
        return result


def last_told(persons: Persons, holders: Holders, claims: Claims, year: int) -> Integers:
    """The day of each mover's last line of the year with a valid département; NEVER for none.

    Without such a line the referential speaks, which knows where the person lives in the end.
    """
    person = holders.person[claims.lines["holder"]]
    linked = np.isin(holders.role[claims.lines["holder"]], (MAIN, FORMER))
    told = linked & ~claims.residence_missing & (year_of(claims.lines["day"]) == year)
    told &= persons.move[person.clip(min=0)] < NEVER
    result = np.full(persons.count, -NEVER)
    np.maximum.at(result, person[told], claims.lines["day"][told])
    return np.where(result == -NEVER, NEVER, result)


def person_year(persons: Persons, holders: Holders, claims: Claims, year: int) -> PersonYear:
    """Born on or before 31 December, not dead before 1 January; age in completed years then."""
    told = last_told(persons, holders, claims, year)
    departement = persons.departement_at(np.arange(persons.count), told)
    present = (persons.birth <= day(year, 12, 31)) & (persons.death >= day(year))
    age = year - year_of(persons.birth)
    return PersonYear(
        present=present,
        territory=np.where(persons.residence_unknown, UNKNOWN, departement),
        sex=persons.sex,
        band=np.minimum(age.clip(min=0) // 5, len(FIVE_YEAR_BANDS) - 1),
    )


@dataclass(frozen=True)
class NetDispensings:
    """Antidiabetics left after netting, one entry a person, day, presentation and prescriber."""

    person: Integers
    day: Integers
    drug: Integers


def net_antidiabetics(claims: Claims, holders: Holders) -> NetDispensings:
    """A10 rows of real persons, without information lines, whose boxes do not cancel out."""
    line, _, drug, boxes = drug_rows(claims)
    table = drugs()
    wanted = np.char.startswith(table.atc, "A10") & (table.atc != "A10BX06")
    holder = claims.lines["holder"][line]
    belongs = (holders.role[holder] != SHARED) & (holders.role[holder] != FICTITIOUS)
    informs = (claims.lines["qualifier"][line] == INFORMATION) | (
        claims.lines["transmitted"][line] == INFORMATION
    )
    rows = np.flatnonzero(wanted[drug] & belongs & ~informs)
    line, drug, boxes = line[rows], drug[rows], boxes[rows]
    names = ("day", "nature", "executant", "prescriber")
    keys = [holders.person[claims.lines["holder"][line]], drug]
    keys += [claims.lines[name][line] for name in names]
    order = np.lexsort(keys)
    keys = [key[order] for key in keys]
    opens = np.zeros(len(order), dtype=bool)
    for key in keys:
        opens |= np.diff(key, prepend=-9) != 0
    first = np.flatnonzero(opens)
    total = np.add.reduceat(boxes[order], first) if len(first) else np.zeros(0, dtype=np.int64)
    kept = first[total > 0]
    return NetDispensings(person=keys[0][kept], day=keys[2][kept], drug=keys[1][kept])


def treated_diabetics(net: NetDispensings, persons: Persons, year: int) -> Flags:
    """At least three distinct days in the year, or two with at least one large pack."""
    rows = np.flatnonzero(year_of(net.day) == year)
    pair = np.unique(net.person[rows] * 100_000 + net.day[rows]) // 100_000
    days = np.bincount(pair, minlength=persons.count)
    large = np.zeros(persons.count, dtype=bool)
    large[net.person[rows][drugs().large_pack[net.drug[rows]]]] = True
    return (days >= 3) | ((days >= 2) & large)


def true_cells(
    settings: Settings,
    persons: Persons,
    holders: Holders,
    claims: Claims,
    exemptions: Exemptions,
    stays: Stays,
) -> dict[tuple[str, str], Grid]:
    """The cells of the bucket, for every indicator."""
    net = net_antidiabetics(claims, holders)
    atc = drugs().atc
    gliflozin = np.char.startswith(atc, "A10BK") | np.isin(atc, _GLIFLOZIN_CODES)
    first_type = conditions().icd[exemptions.condition] == "E10"
    cells: dict[tuple[str, str], Grid] = {}
    for year in settings.years:
        counted = person_year(persons, holders, claims, year)
        treated = treated_diabetics(net, persons, year)
        everyone = np.ones(persons.count, dtype=bool)
        cells[DIABETES, str(year)] = np.stack([counted.grid(everyone), counted.grid(treated)])
        active = first_type & exemptions.active(day(year), day(year, 12, 31))
        type_one = np.zeros(persons.count, dtype=bool)
        type_one[exemptions.person[active]] = True
        base = treated & ~type_one
        for month in range(month_number(year), month_number(year + 1)):
            if month < month_number(settings.first_year) + 2:
                continue
            within = (month_of(net.day) <= month) & (month_of(net.day) >= month - 2)
            taking = np.zeros(persons.count, dtype=bool)
            taking[net.person[within & gliflozin[net.drug]]] = True
            cells[GLIFLOZINS, month_text(month)] = np.stack(
                [counted.grid(base), counted.grid(base & taking)]
            )
        cells[LENGTH, str(year)] = _lengths(persons, stays, year)
    return cells


def _lengths(persons: Persons, stays: Stays, year: int) -> Grid:
    cmd = np.array([code[:2] for code in group_codes()])[stays.group]
    counted = np.flatnonzero(
        (stays.year == year)
        & (stays.sessions == 0)
        & (stays.nights >= 1)
        & ~np.isin(cmd, ("28", "90"))
        & ~stays.inter_hospital
    )
    person = stays.person[counted]
    age = _age_at_entry(persons, stays)[counted]
    band = np.minimum(age // 5, len(FIVE_YEAR_BANDS) - 1)
    known = stays.departement_missing[counted] == 0
    departement = persons.departement_at(person, stays.entry[counted])
    where = (np.where(known, departement, UNKNOWN), persons.sex[person], band)
    nights = stays.nights[counted]
    result = np.zeros((3, *SHAPE), dtype=np.int64)
    for layer, values in enumerate((np.ones_like(nights), nights, nights * nights)):
        np.add.at(result[layer], where, values)
    return result


def _age_at_entry(persons: Persons, stays: Stays) -> Integers:
    birth, entry = persons.birth[stays.person], stays.entry
    years = year_of(entry) - year_of(birth)
    # Not yet their birthday: compare month and day through the distance to 1 January.
    birthday = birth.astype("datetime64[D]")
    entered = entry.astype("datetime64[D]")
    month_b = birthday.astype("datetime64[M]")
    month_e = entered.astype("datetime64[M]")
    rank_b = (month_b.astype(np.int64) % 12) * 31 + (birthday - month_b).astype(np.int64)
    rank_e = (month_e.astype(np.int64) % 12) * 31 + (entered - month_e).astype(np.int64)
    return years - (rank_e < rank_b)


def treated_persons(truth: Truth) -> int:
    """Persons × years counted in the numerator of PAT-DIAB-PREV."""
    return sum(int(g[1].sum()) for (name, _), g in truth.cells.items() if name == DIABETES)


def cells_table(settings: Settings, cells: dict[tuple[str, str], Grid]) -> pa.Table:
    """``expected_cells.parquet``: rows where the denominator is not zero, in a fixed order."""
    del settings
    codes = [*departement_codes()]
    names = [f"DEP-{code}" for code in codes] + ["UNK"]
    columns: dict[str, list[object]] = {
        name: []
        for name in (
            "indicator", "period", "territory", "sex", "age_band", "n_den", "n_num", "s_x", "s_x2",
        )
    }  # fmt: skip
    for (indicator, period), grid in sorted(cells.items()):
        places = np.argwhere(grid[0] > 0)
        for territory, sex, band in places.tolist():
            values = [int(v) for v in grid[:, territory, sex, band]]
            mean = indicator == LENGTH
            columns["indicator"].append(indicator)
            columns["period"].append(period)
            columns["territory"].append(names[territory])
            columns["sex"].append(str(sex + 1))
            columns["age_band"].append(FIVE_YEAR_BANDS[band])
            columns["n_den"].append(values[0])
            columns["n_num"].append(None if mean else values[1])
            columns["s_x"].append(values[1] if mean else None)
            columns["s_x2"].append(values[2] if mean else None)
    text, whole = pa.string(), pa.int64()
    total = pa.decimal128(38, 6)
    types = (text, text, text, text, text, whole, whole, total, total)
    arrays = []
    for column, kind in zip(columns.values(), types, strict=True):
        array = pa.array(column, pa.int64() if kind == total else kind)
        arrays.append(array.cast(total) if kind == total else array)
    return pa.Table.from_arrays(arrays, names=list(columns))
