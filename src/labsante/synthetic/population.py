"""The persons of one bucket: birth, sex, residence, scheme, death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labsante.synthetic.calendar import age_at, day
from labsante.synthetic.draw import Flags, Generator, Integers, choose, choose_in, some, stream
from labsante.synthetic.references import communes, mortality, population
from labsante.synthetic.settings import Settings

# A day after every other: nobody dies, nothing starts.
NEVER = day(2200)
BIRTHS_A_YEAR = 0.00997  # 678,000 births for 68.0 million persons in 2023 (Insee)
BOYS = 0.512

# Scheme, prefix of ORG_AFF_BEN, RGM_GRG_COD, RGM_COD, share of the beneficiaries (2016).
SCHEMES = (
    ("01C", 1, 100, 0.790),
    ("91C", 91, 100, 0.055),
    ("96C", 96, 100, 0.045),
    ("02A", 2, 200, 0.060),
    ("03A", 3, 300, 0.025),
    ("04A", 4, 400, 0.006),
    ("08A", 8, 800, 0.013),
    ("10A", 10, 100, 0.006),
)
AGRICULTURE, INDEPENDENT, MILITARY = 3, 4, 6


@dataclass
class Persons:
    """The true persons of a bucket, those born within the period last."""

    birth: Integers
    sex: Integers  # 0 men, 1 women
    departement: Integers
    commune: Integers
    scheme: Integers
    death: Integers
    twin: Integers  # the other twin of a pair with one pseudonym, or -1
    residence_unknown: Flags
    free_cover: Flags  # C2S
    pharmacy_day: Integers
    move: Integers  # the day from which they live in ``next_commune``; NEVER for most
    next_departement: Integers
    next_commune: Integers

    def departement_at(self, person: Integers, at: Integers | int) -> Integers:
        """The département of residence of some persons on some days."""
        moved = self.move[person] <= at
        return np.where(moved, self.next_departement[person], self.departement[person])

    def commune_at(self, person: Integers, at: Integers | int) -> Integers:
        """The commune of residence of some persons on some days."""
        moved = self.move[person] <= at
        return np.where(moved, self.next_commune[person], self.commune[person])

    @property
    def count(self) -> int:
        """How many."""
        return len(self.birth)

    def age(self, at: int) -> Integers:
        """Completed years at a day."""
        return age_at(self.birth, np.full(self.count, at))


def draw_persons(settings: Settings, bucket: int) -> Persons:
    """Draw the persons of a bucket, with those born in the period and those who die."""
    random = stream(settings.seed, "persons", bucket)
    base = settings.persons_in(bucket)
    cells = population().ravel().astype(np.float64)
    cell = choose(random, cells, base)
    departement, sex, band = cell // 40, cell // 20 % 2, cell % 20
    first_day = day(settings.first_year)
    years = 5 * band + np.where(band < 19, 5 * random.random(base), random.exponential(2.2, base))
    birth = first_day - 1 - (np.minimum(years, 112.0) * 365.25).astype(np.int64)

    born = [_births(random, year, base) for year in settings.years]
    births = np.concatenate(born)
    mothers = population()[:, 1, 4:8].sum(axis=1).astype(np.float64)
    birth = np.concatenate([birth, births])
    sex = np.concatenate([sex, (random.random(len(births)) >= BOYS).astype(np.int64)])
    departement = np.concatenate([departement, choose(random, mothers, len(births))])
    count = len(birth)
    persons = Persons(
        birth=birth,
        sex=sex,
        departement=departement,
        commune=choose_in(random, communes().cumulative, departement),
        scheme=choose(random, np.array([s[3] for s in SCHEMES]), count),
        death=np.full(count, NEVER),
        twin=np.full(count, -1),
        residence_unknown=some(random, settings.traps.residence_unknown, count),
        free_cover=some(random, 1.0, count),
        pharmacy_day=random.integers(0, 28, count),
        move=np.full(count, NEVER),
        next_departement=departement.copy(),
        next_commune=np.zeros(count, dtype=np.int64),
    )
    _pair_twins(random, persons, settings)
    age = persons.age(first_day)
    # Shares by age that give 10.9 % of the persons (7.44 million at the end of 2023).
    share = np.where(age < 18, 0.19, np.where(age < 60, 0.112, 0.036))
    persons.free_cover = random.random(count) < share
    persons.death = _deaths(random, persons, settings)
    _move(settings, bucket, persons)
    return persons


def _move(settings: Settings, bucket: int, persons: Persons) -> None:
    """Some persons leave for another département, drawn by population."""
    random = stream(settings.seed, "moves", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    share = min(1.0, settings.traps.moves * len(settings.years))
    drawn = first + random.integers(0, last - first, persons.count)
    movers = some(random, share, persons.count) & (persons.twin == -1)
    movers &= (drawn > persons.birth) & (drawn < persons.death)
    target = choose(random, population().sum(axis=(1, 2)).astype(np.float64), persons.count)
    movers &= target != persons.departement
    persons.move[movers] = drawn[movers]
    persons.next_departement = np.where(movers, target, persons.departement)
    new = choose_in(random, communes().cumulative, persons.next_departement)
    persons.next_commune = np.where(movers, new, persons.commune)


def _births(random: Generator, year: int, base: int) -> Integers:
    count = random.poisson(base * BIRTHS_A_YEAR)
    return random.integers(day(year), day(year + 1), count)


def _pair_twins(random: Generator, persons: Persons, settings: Settings) -> None:
    """Make same-sex twins: one pseudonym, since it hashes opener, birth date and sex."""
    children = np.flatnonzero(persons.age(day(settings.first_year)) < 18)
    pairs = round(len(children) * settings.traps.twin_births)
    drawn = random.permutation(children)[: 2 * pairs]
    elder, younger = drawn[:pairs], drawn[pairs:]
    for name in ("birth", "sex", "departement", "commune", "scheme", "residence_unknown"):
        values = getattr(persons, name)
        values[younger] = values[elder]
    persons.twin[elder], persons.twin[younger] = younger, elder


def _deaths(random: Generator, persons: Persons, settings: Settings) -> Integers:
    death = np.full(persons.count, NEVER)
    for year in settings.years:
        start, end = day(year), day(year + 1)
        age = np.clip(persons.age(start), 0, 119)
        risk = mortality(year)[persons.sex, age]
        present = (persons.birth < end) & (death == NEVER)
        since = np.maximum(persons.birth, start)
        dies = present & (random.random(persons.count) < risk * (end - since) / (end - start))
        drawn = since + (random.random(persons.count) * (end - since)).astype(np.int64)
        death[dies] = drawn[dies]
    return death
