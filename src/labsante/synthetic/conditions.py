"""Who has which chronic condition since when, and the ALD that follow.

A person falls ill with a condition when its prevalence at their age passes their own liability,
drawn once: prevalence by age is met at every date without following anyone year by year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labsante.synthetic.calendar import FOR_LIFE, NO_DATE, day, month_of
from labsante.synthetic.columns import ABSENT, Constant, Text, Value
from labsante.synthetic.draw import Floats, Integers, some, stream
from labsante.synthetic.identities import NOBODY, Holders, pseudonym_column
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.references import CONDITION_AGES, conditions
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

_AGES = np.arange(0, 101)
TYPE_2, TYPE_1 = "diabetes_type_2", "diabetes_type_1"


def draw_onsets(settings: Settings, bucket: int, persons: Persons, world: World) -> Integers:
    """The day each condition starts, conditions × persons; NEVER for those who do not have it."""
    random = stream(settings.seed, "conditions", bucket)
    table = conditions()
    result = np.full((len(table.name), persons.count), NEVER)
    last = day(settings.last_year + 1)
    for rank, name in enumerate(table.name):
        curve = np.maximum.accumulate(
            np.interp(_AGES, CONDITION_AGES, table.prevalence[rank]) + 1e-12 * _AGES
        )
        factor = _factor(persons, rank)
        if name == TYPE_2:
            factor = factor * world.diabetes_ratio[persons.departement]
            factor = factor * settings.care.diabetes_scale
        liability = random.random(persons.count)
        months = random.integers(0, 365, persons.count)
        with np.errstate(divide="ignore"):
            needed = np.where(factor > 0, liability / factor, np.inf)
        age = np.searchsorted(curve, needed)
        start = persons.birth + (age * 365.25).astype(np.int64) + months
        ill = (age < len(_AGES)) & (start < last) & (start < persons.death)
        result[rank, ill] = start[ill]
    # One type of diabetes a person.
    first, second = table.name.index(TYPE_1), table.name.index(TYPE_2)
    result[second, result[first] < NEVER] = NEVER
    return result


def _factor(persons: Persons, rank: int) -> Floats:
    """Ratio to the tabulated prevalence, by sex; the mean of both sexes is kept."""
    table = conditions()
    ratio, only = table.female_ratio[rank], table.sex[rank]
    if only:
        return (persons.sex == only - 1).astype(np.float64)
    men = 2 / (1 + ratio)
    return np.where(persons.sex == 0, men, men * ratio)


@dataclass
class Exemptions:
    """The rows of IR_IMB_R. ``end`` holds ABSENT, NO_DATE or FOR_LIFE where it is open."""

    holder: Integers
    person: Integers
    condition: Integers
    start: Integers
    end: Integers

    def active(self, start: int, end: int) -> np.ndarray:
        """Rows whose period meets [start, end]."""
        open_end = np.isin(self.end, (ABSENT, NO_DATE))
        return (self.start <= end) & (open_end | (self.end >= start))


def draw_exemptions(
    settings: Settings, bucket: int, persons: Persons, holders: Holders, onset: Integers
) -> Exemptions:
    """Draw the ALD: delay after onset, renewals, the four ways to write an open end."""
    random = stream(settings.seed, "exemptions", bucket)
    table, traps = conditions(), settings.traps
    condition, person = np.nonzero(onset < NEVER)
    granted = random.random(len(person)) < table.ald_share[condition]
    condition, person = condition[granted], person[granted]
    count = len(person)
    first = day(settings.first_year)
    start = onset[condition, person] + random.integers(0, 150, count)
    start = np.maximum(start, persons.birth[person])
    start = np.where(start < first - 3650, first - random.integers(400, 3650, count), start)
    start = np.maximum(start, persons.birth[person])

    way = random.random(count)
    bounds = np.cumsum([traps.open_ended_1600, traps.open_ended_null, traps.open_ended_2099])
    end = start + np.where(random.random(count) < 0.8, 3652, 1826) - 1
    end = np.where(way < bounds[2], FOR_LIFE, end)
    end = np.where(way < bounds[1], ABSENT, end)
    end = np.where(way < bounds[0], NO_DATE, end)

    # A renewal: a first episode that stops the day before the row above starts.
    renewed = some(random, traps.ald_renewal, count)
    earlier = np.maximum(start - random.integers(365, 1826, count), persons.birth[person])
    renewed &= earlier < start
    rows = np.concatenate([np.arange(count), np.flatnonzero(renewed)])
    is_first = np.arange(len(rows)) >= count
    start_all = np.where(is_first, earlier[rows], start[rows])
    end_all = np.where(is_first, start[rows] - 1, end[rows])

    holder = person[rows].copy()
    rows_of_former = np.flatnonzero((holders.role == 1) & (holders.person != NOBODY))
    former_of = np.full(persons.count, -1)
    former_of[holders.person[rows_of_former]] = rows_of_former
    moved = (former_of[person[rows]] >= 0) & some(random, traps.ald_on_former_pseudonym, len(rows))
    holder[moved] = former_of[person[rows]][moved]
    return Exemptions(
        holder=holder,
        person=person[rows],
        condition=condition[rows],
        start=start_all,
        end=end_all,
    )


def exemption_columns(holders: Holders, exemptions: Exemptions) -> dict[str, Value]:
    """The columns of IR_IMB_R."""
    table, rows = conditions(), exemptions.condition
    number = table.ald[rows]
    inserted = exemptions.start + 12
    return {
        "BEN_NIR_PSA": pseudonym_column(holders, exemptions.holder),
        "BEN_RNG_GEM": holders.rank[exemptions.holder],
        "IMB_ALD_DTD": exemptions.start,
        "IMB_ALD_DTF": exemptions.end,
        "IMB_ALD_NUM": np.where(exemptions.start % 29 == 0, ABSENT, number),
        "IMB_ETM_NAT": table.nature[rows],
        "INS_DTE": inserted,
        "MED_MTF_COD": Text(rows, table.icd.tolist()),
        "MED_NCL_IDT": Constant("CIM10"),
        "UPD_DTE": inserted,
    }


def icd_of(name: str) -> str:
    """The ICD-10 code of a condition."""
    return str(conditions().icd[conditions().name.index(name)])


__all__ = [
    "Exemptions",
    "draw_exemptions",
    "draw_onsets",
    "exemption_columns",
    "icd_of",
    "month_of",
]
