"""Pseudonyms: the rows of IR_BEN_R, and which row each line of a person carries.

A *holder* is one row of the beneficiary referential: a pseudonym, a rank, and the person (or
nobody) behind it. Lines carry a holder, never a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.synthetic.calendar import NO_DATE, day, month_of
from labsante.synthetic.columns import ABSENT, Constant, Text, Value
from labsante.synthetic.draw import Flags, Integers, pseudonyms, some, stream
from labsante.synthetic.population import AGRICULTURE, INDEPENDENT, NEVER, Persons
from labsante.synthetic.residence import Residence
from labsante.synthetic.settings import Settings

NOBODY = -1
REAL_QUALITIES = ("00", "03", "04")
FICTITIOUS_QUALITIES = ("01", "05", "06", "08", "11", "12")
QUALITIES = REAL_QUALITIES + FICTITIOUS_QUALITIES


@dataclass
class Holders:
    """One entry a row of IR_BEN_R; persons' main rows first, in the order of the persons."""

    person: Integers
    pseudonym: Integers  # rank in ``pseudonym_values``
    pseudonym_values: NDArray[Any]
    rank: Integers
    identity: NDArray[np.str_]
    own_number: Flags
    number: NDArray[np.str_]
    quality: Integers  # rank in QUALITIES
    role: Integers  # 0 main, 1 former, 2 shared with another person, 3 fictitious
    former: Integers  # for each person, the holder of lines before ``change``; or -1
    change: Integers  # the day from which lines carry the main row

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.person)

    def holding(self, person: Integers, at: Integers) -> Integers:
        """The holder that a line of each person carries on each day."""
        early = (self.former[person] >= 0) & (at < self.change[person])
        return np.where(early, self.former[person], person)


MAIN, FORMER, SHARED, FICTITIOUS = range(4)


def draw_holders(settings: Settings, bucket: int, persons: Persons) -> Holders:
    """Draw every pseudonym of a bucket, with the traps of identity."""
    random = stream(settings.seed, "identities", bucket)
    traps, count = settings.traps, persons.count
    first, last = day(settings.first_year), day(settings.last_year + 1)
    adult_at = persons.birth + round(18 * 365.25)
    adult = adult_at <= first
    own = ~some(random, traps.no_own_identifier, count)
    free = own & (persons.twin == -1)  # who may have a second pseudonym

    kind = random.random(count)
    turning = (adult_at > first) & (adult_at < last)
    changing = free & adult & (kind < traps.change_of_opener)
    unused = free & adult & ~changing & (kind < traps.change_of_opener + traps.former_pseudonym)
    two = free & ~adult & ~turning & (kind < traps.child_of_two_openers)
    change = np.full(count, first - 1)
    within = first + (random.random(count) * (last - first)).astype(np.int64)
    change[changing | two] = within[changing | two]
    change[turning & free] = adult_at[turning & free]
    former_of = np.flatnonzero(changing | unused | two | (turning & free))

    pairs = round(traps.shared_pseudonym * count / 2)
    sharing = random.permutation(np.flatnonzero(free & adult & ~changing & ~unused))[: 2 * pairs]
    pairs = len(sharing) // 2
    sharing = sharing[: 2 * pairs]
    fictitious = round(traps.fictitious * count)

    person = np.concatenate(
        [np.arange(count), former_of, sharing, np.full(fictitious, NOBODY)]
    ).astype(np.int64)
    sizes = (count, len(former_of), len(sharing), fictitious)
    role = np.repeat(np.arange(4), sizes)
    values = pseudonyms(random, len(person))
    pseudonym = np.arange(len(person))
    twins = np.flatnonzero(persons.twin > np.arange(count))
    pseudonym[persons.twin[twins]] = pseudonym[twins]
    shared = np.flatnonzero(role == SHARED)
    pseudonym[shared[pairs:]] = pseudonym[shared[:pairs]]

    family = np.isin(persons.scheme, (AGRICULTURE, INDEPENDENT))
    rank = np.ones(len(person), dtype=np.int64)
    rank[:count] = np.where(family, random.integers(1, 5, count), 1)
    rank[persons.twin[twins]] = rank[twins] + 1
    rank[role == FORMER] = random.integers(1, 3, len(former_of))

    numbers = pseudonyms(random, count).astype("U17")
    number = np.where(person == NOBODY, "", np.where(own, numbers, "")[person.clip(min=0)])
    concatenated = np.char.add(values[pseudonym].astype("U17"), rank.astype("U2"))
    quality = np.where(some(random, traps.provisional, count), random.integers(1, 3, count), 0)
    return Holders(
        person=person,
        pseudonym=pseudonym,
        pseudonym_values=values,
        rank=rank,
        identity=np.where(number == "", concatenated, number),
        own_number=number != "",
        number=number,
        quality=np.where(
            role == FICTITIOUS,
            random.integers(len(REAL_QUALITIES), len(QUALITIES), len(person)),
            quality[person.clip(min=0)],
        ),
        role=role,
        former=_former(count, former_of, changing | two | (turning & free)),
        change=change,
    )


def _former(count: int, former_of: Integers, used: Flags) -> Integers:
    former = np.full(count, -1)
    rows = count + np.arange(len(former_of))
    former[former_of] = np.where(used[former_of], rows, -1)
    return former


def beneficiary_columns(
    settings: Settings, bucket: int, persons: Persons, holders: Holders, residence: Residence
) -> dict[str, Value]:
    """The columns of IR_BEN_R."""
    random = stream(settings.seed, "beneficiaries", bucket)
    count, who = holders.count, holders.person
    real = who != NOBODY
    known = who.clip(min=0)
    main = holders.role == MAIN
    last = day(settings.last_year, 12, 31)
    birth_month = month_of(persons.birth)[known]
    fictitious_year = np.where(random.random(count) < 0.5, 1955, 1600)
    year = np.where(real, birth_month // 12 + 1970, fictitious_year)
    hidden = hidden_deaths(settings, bucket, persons)[known]
    dead = real & (persons.death[known] < NEVER) & ~hidden
    death = np.where(dead, persons.death[known], NO_DATE)
    months = month_of(death)
    treated = np.where(main, last - random.integers(0, 300, count), day(settings.first_year) - 40)
    born = np.where(real, persons.birth[known], day(settings.first_year))
    inserted = np.maximum(born, day(2006, 1, 2))
    processed = np.maximum(treated, inserted + main)
    opener = np.where(main & real, holders.number, "")
    openers = pseudonyms(random, count).astype("U17")
    child = persons.age(day(settings.first_year))[known] < 18
    opener = np.where((opener == "") | child, openers, opener)
    scheme = np.where(real, persons.scheme[known], 0)
    # The main row knows the latest residence, a former one the first.
    at = np.where(main, last, day(settings.first_year) - 1)
    dpt, com, fund = residence.of_persons(known, real, scheme, at)
    return {
        "BEN_NIR_PSA": pseudonym_column(holders, np.arange(count)),
        "BEN_RNG_GEM": holders.rank,
        "BEN_NIR_ANO": Text(
            np.where(holders.own_number, np.arange(count), -1), holders.number, plain=True
        ),
        "BEN_IDT_ANO": Text(np.arange(count), holders.identity, plain=True),
        "BEN_IDT_TOP": holders.own_number.astype(np.int64),
        "ASS_NIR_ANO": Text(np.arange(count), opener, plain=True),
        "BEN_CDI_NIR": Text(holders.quality, QUALITIES),
        "BEN_NAI_ANN": Text(year - 1600, [str(y) for y in range(1600, 2040)]),
        "BEN_NAI_MOI": Text(
            np.where(real, birth_month % 12, 0), [f"{m:02d}" for m in range(1, 13)]
        ),
        "BEN_SEX_COD": np.where(real, persons.sex[known] + 1, 2),
        "BEN_DCD_DTE": np.where(dead | (np.arange(count) % 9 > 0), death, ABSENT),
        "BEN_DCD_AME": year_month_column(np.where(dead, months, -1)),
        "ORG_AFF_BEN": fund,
        "BEN_RES_DPT": dpt,
        "BEN_RES_COM": com,
        "BEN_TOP_CNS": Constant(1),
        "MAX_TRT_DTD": processed,
        "BEN_DTE_INS": inserted,
        "BEN_DTE_MAJ": processed,
    }


def hidden_deaths(settings: Settings, bucket: int, persons: Persons) -> Flags:
    """Persons whose death, if any, the referential misses: the same answer at each call."""
    random = stream(settings.seed, "hidden deaths", bucket)
    return some(random, settings.traps.death_missing_in_referential, persons.count)


def pseudonym_column(holders: Holders, rows: Integers) -> Text:
    """BEN_NIR_PSA (or NIR_ANO_17) of the given holders."""
    values = pa.array(holders.pseudonym_values.astype("U17"))
    return Text(holders.pseudonym[rows], values, plain=True)


def year_month_column(months: Integers) -> Text:
    """``YYYYMM`` of month numbers; a negative one is the source's « none », 160001."""
    values = ["160001"] + [f"{1970 + m // 12}{m % 12 + 1:02d}" for m in range(-480, 1200)]
    return Text(np.where(months < -480, 0, np.where(months == -1, 0, months + 481)), values)
