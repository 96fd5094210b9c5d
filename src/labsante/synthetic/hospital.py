"""MCO stays: who enters when and where, for what, how long; then the T_MCOaa tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from labsante.synthetic.calendar import age_at, day, year_of
from labsante.synthetic.draw import Flags, Floats, Generator, Integers, expand, some, stream
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.references import (
    AGE_GROUPS,
    age_group,
    conditions,
    departement_regions,
    stay_groups,
)
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

# Stays with a night and day stays a person and year, by sex and age group: shape only, the level
# is set by the dials. Deliveries and births come from the births of the period.
_NIGHT_SHAPE = (
    (0.0, 0.05, 0.055, 0.12, 0.23, 0.36, 0.52),
    (0.0, 0.045, 0.17, 0.105, 0.18, 0.3, 0.48),
)
_DAY_SHAPE = ((0.05, 0.05, 0.07, 0.18, 0.3, 0.33, 0.18), (0.05, 0.05, 0.15, 0.19, 0.27, 0.3, 0.16))
SESSIONS = (("28Z04Z", "9605", "Z491", 0.0009, 150), ("28Z07Z", "9606", "Z511", 0.005, 12))
ERROR_GROUPS = ("90Z00Z", "90Z01Z", "90Z02Z", "90Z03Z")
STAYS = 100_000  # RSA_NUM: bucket × this + rank in the bucket's year
NEWBORN = ("15M05A", "15M05B", "15M06A", "15M06B")


@dataclass
class Stays:
    """One entry a stay, sorted by exit year. ``group`` is a rank in :func:`group_codes`."""

    person: Integers
    entry: Integers
    exit: Integers
    group: Integers
    hospital: Integers
    sessions: Integers  # 0, or the number of sessions
    exit_mode: Integers
    number: Integers
    inter_hospital: Flags
    error: Flags
    failed: Integers  # 0, or the rank of the return code that failed, plus 1
    hidden: Flags
    departement_missing: Integers  # 0 known, 1 NULL, 2 written 99
    emergency: Flags

    @property
    def count(self) -> int:
        """How many stays."""
        return len(self.person)

    @property
    def nights(self) -> Integers:
        """Nights; sessions have none here and NULL in the file."""
        return self.exit - self.entry

    @property
    def year(self) -> Integers:
        """The year of exit, which is the year of the file."""
        return year_of(self.exit)


@cache
def group_codes() -> list[str]:
    """GHM of :func:`stay_groups`, then of sessions, then of errors."""
    return [*stay_groups().ghm.tolist(), *(s[0] for s in SESSIONS), *ERROR_GROUPS]


def draw_stays(
    settings: Settings, bucket: int, persons: Persons, onset: Integers, world: World
) -> Stays:
    """Draw every stay of the bucket whose exit falls within the care years."""
    random = stream(settings.seed, "stays", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    parts = [
        _stays(random, settings, persons, night=True),
        _stays(random, settings, persons, night=False),
        _births(random, settings, persons),
        _last_stays(random, settings, persons),
    ]
    person, entry, group = (np.concatenate([part[i] for part in parts]) for i in range(3))
    terminal = np.repeat(np.arange(4), [len(part[0]) for part in parts]) == 3
    hospital = _hospital(random, persons, person, world)
    emergency, transfer = _circumstances(random, persons, person, entry, group)
    factor = world.hospitals.effect[hospital] * length_factor(
        age_at(persons.birth[person], entry),
        emergency=emergency,
        transfer=transfer,
        chronic=_chronic(onset, person, entry),
        free_cover=persons.free_cover[person],
    )
    nights = _nights(random, settings, group, factor)
    exit_day = np.where(terminal, persons.death[person], entry + nights)
    entry = np.where(terminal, np.maximum(exit_day - nights, persons.birth[person]), entry)
    sessions = _sessions(random, settings, persons, onset, world)
    person = np.concatenate([person, sessions[0]])
    entry = np.concatenate([entry, sessions[1]])
    exit_day = np.concatenate([exit_day, sessions[1]])
    group = np.concatenate([group, sessions[2]])
    hospital = np.concatenate([hospital, sessions[3]])
    none = np.zeros(len(sessions[0]), dtype=bool)
    number = np.concatenate([np.zeros(len(terminal)), np.ones(len(none))]).astype(np.int64)
    died = np.concatenate([terminal, none])
    emergency = np.concatenate([emergency, none])
    mode = np.where(died, 9, np.where(np.concatenate([transfer, none]), 7, 8))

    alive = (entry >= persons.birth[person]) & ((exit_day < persons.death[person]) | died)
    kept = np.flatnonzero(alive & (exit_day >= first) & (exit_day < last))
    kept = kept[np.argsort(year_of(exit_day[kept]), kind="stable")]
    return _mark(
        random,
        settings,
        bucket,
        person[kept],
        entry[kept],
        exit_day[kept],
        group[kept],
        hospital[kept],
        number[kept],
        mode[kept],
        emergency[kept],
    )


def _mark(
    random: Generator,
    settings: Settings,
    bucket: int,
    person: Integers,
    entry: Integers,
    exit_day: Integers,
    group: Integers,
    hospital: Integers,
    sessions: Integers,
    exit_mode: Integers,
    emergency: Flags,
) -> Stays:
    traps, count = settings.traps, len(person)
    died = exit_mode == 9
    ordinary = sessions == 0
    error = ordinary & some(random, traps.ghm_error, count)
    wrong = len(stay_groups().ghm) + len(SESSIONS) + random.integers(0, len(ERROR_GROUPS), count)
    failed = some(random, traps.failed_chaining, count)
    unknown = some(random, traps.departement_unknown_in_stay, count)
    year = year_of(exit_day)
    start = np.searchsorted(year, year)
    return Stays(
        person=person,
        entry=entry,
        exit=exit_day,
        group=np.where(error, wrong, group),
        hospital=hospital,
        sessions=sessions,
        exit_mode=exit_mode,
        number=bucket * STAYS + np.arange(count) - start + 1,
        inter_hospital=ordinary & ~error & ~died & some(random, traps.inter_hospital, count),
        error=error,
        failed=np.where(failed & ~died, random.integers(1, 10, count), 0),
        hidden=failed & ~died & some(random, traps.hidden_pseudonym, count),
        departement_missing=np.where(unknown, random.integers(1, 3, count), 0),
        emergency=emergency,
    )


# What lengthens a stay beyond its group and its hospital: planted, written in effects.json.
LENGTH_FACTORS = {
    "a_year_of_age_beyond_55": 0.006,
    "emergency": 1.15,
    "transfer_at_exit": 1.45,
    "a_chronic_condition": 1.07,
    "free_cover": 1.08,
}
_CHRONIC = (
    "heart_failure", "copd", "dementia", "chronic_kidney_disease", "stroke", "diabetes_type_2",
)  # fmt: skip


def length_factor(
    age: Integers, *, emergency: Flags, transfer: Flags, chronic: Integers, free_cover: Flags
) -> Floats:
    """The planted factor of the mean length; age counts from 18, between 0.75 and 1.25."""
    by_age = 1 + LENGTH_FACTORS["a_year_of_age_beyond_55"] * (age - 55)
    factor = np.where(age >= 18, by_age.clip(0.75, 1.25), 1.0)
    factor = factor * np.where(emergency, LENGTH_FACTORS["emergency"], 1.0)
    factor = factor * np.where(transfer, LENGTH_FACTORS["transfer_at_exit"], 1.0)
    factor = factor * np.where(free_cover, LENGTH_FACTORS["free_cover"], 1.0)
    return factor * LENGTH_FACTORS["a_chronic_condition"] ** chronic.clip(max=4)


def _chronic(onset: Integers, person: Integers, entry: Integers) -> Integers:
    names = conditions().name
    rows = [names.index(name) for name in _CHRONIC]
    return (onset[rows][:, person] <= entry[None, :]).sum(axis=0)


def _circumstances(
    random: Generator, persons: Persons, person: Integers, entry: Integers, group: Integers
) -> tuple[Flags, Flags]:
    """Whether a stay with nights comes from the emergency department, and ends in a transfer."""
    table = stay_groups()
    kind = np.array([code[2] for code in table.ghm])[group]
    chance = np.select([kind == "M", kind == "C", kind == "K"], [0.62, 0.15, 0.3], 0.08)
    night = table.night[group] & (entry > persons.birth[person] + 3)
    age = age_at(persons.birth[person], entry)
    emergency = night & (random.random(len(person)) < chance)
    transfer = night & (random.random(len(person)) < np.where(age >= 75, 0.14, 0.03))
    return emergency, transfer


def _level(persons: Persons, shape: tuple[tuple[float, ...], ...], settings: Settings) -> Floats:
    middle = (day(settings.first_year) + day(settings.last_year + 1)) // 2
    group = age_group(persons.age(middle).clip(min=0))
    return np.array(shape)[persons.sex, group]


def _stays(
    random: Generator, settings: Settings, persons: Persons, *, night: bool
) -> tuple[Integers, Integers, Integers]:
    first, last = day(settings.first_year) - 45, day(settings.last_year + 1)
    shape = _NIGHT_SHAPE if night else _DAY_SHAPE
    scale = settings.care.night_stays if night else settings.care.day_stays
    rate = _level(persons, shape, settings) * scale * (last - first) / 365.25
    person = expand(random.poisson(rate))
    entry = random.integers(first, last, len(person))
    ok = (entry >= persons.birth[person] + 4) & (entry < persons.death[person])
    person, entry = person[ok], entry[ok]
    age = age_group(age_at(persons.birth[person], entry))
    return person, entry, _group(random, age, persons.sex[person], night=night)


@cache
def _bounds(night: bool) -> tuple[Integers, Floats]:
    """Candidate groups, and running weights by (sex, age group), scaled to one a cell."""
    table = stay_groups()
    rows = np.flatnonzero((table.night == night) & ~np.isin(table.ghm, NEWBORN))
    cells: list[Floats] = []
    for sex in (1, 2):
        for group in range(len(AGE_GROUPS)):
            weight = table.weight[rows, group] * np.isin(table.sex[rows], (0, sex))
            weight = weight if weight.sum() else np.ones(len(rows))
            cells.append(np.cumsum(weight) / weight.sum() + len(cells))
    return rows, np.concatenate(cells)


def _group(random: Generator, age: Integers, sex: Integers, *, night: bool) -> Integers:
    rows, bounds = _bounds(night)
    cell = sex * len(AGE_GROUPS) + age
    drawn = np.searchsorted(bounds, cell + random.random(len(cell)), side="right")
    return rows[(drawn - cell * len(rows)).clip(0, len(rows) - 1)]


def _births(
    random: Generator, settings: Settings, persons: Persons
) -> tuple[Integers, Integers, Integers]:
    born = np.flatnonzero(persons.birth >= day(settings.first_year))
    ranks = [int(np.flatnonzero(stay_groups().ghm == code)[0]) for code in NEWBORN]
    group = np.array(ranks)[random.choice(4, len(born), p=[0.72, 0.1, 0.14, 0.04])]
    return born, persons.birth[born], group


def _last_stays(
    random: Generator, settings: Settings, persons: Persons
) -> tuple[Integers, Integers, Integers]:
    """Half of the persons who die do so in hospital, at the end of a stay with nights."""
    dying = np.flatnonzero(persons.death < NEVER)
    person = dying[random.random(len(dying)) < 0.5]
    death = persons.death[person]
    age = age_group(age_at(persons.birth[person], death))
    group = _group(random, np.maximum(age, 1), persons.sex[person], night=True)
    del settings
    return person, death, group


def _sessions(
    random: Generator, settings: Settings, persons: Persons, onset: Integers, world: World
) -> tuple[Integers, Integers, Integers, Integers]:
    """Dialysis three times a week, chemotherapy in courses."""
    first, last = day(settings.first_year), day(settings.last_year + 1)
    who, when, what = [], [], []
    kidney = onset[conditions().name.index("chronic_kidney_disease")] < NEVER
    cancer = np.zeros(persons.count, dtype=bool)
    for name in ("breast_cancer", "colorectal_cancer", "lung_cancer", "other_cancer"):
        cancer |= onset[conditions().name.index(name)] < NEVER
    for rank, (sick, (_, _, _, share, times)) in enumerate(
        zip((kidney, cancer), SESSIONS, strict=True)
    ):
        likely = share / max(sick.mean(), share)
        people = np.flatnonzero(sick & (random.random(persons.count) < likely))
        count = times * len(settings.years) if rank == 0 else times
        start = random.integers(first, max(first + 1, last - 170), len(people))
        gap = (last - first) / count if rank == 0 else 14
        begin = np.full(len(people), first) if rank == 0 else start
        days = begin[:, None] + (gap * np.arange(count)[None, :]).astype(np.int64)
        who.append(np.repeat(people, count))
        when.append(days.ravel())
        what.append(np.full(days.size, len(stay_groups().ghm) + rank))
    person = np.concatenate(who)
    # One person goes to one hospital for their sessions.
    usual = world.hospitals.near(random, persons.departement)
    return person, np.concatenate(when), np.concatenate(what), usual[person]


def _hospital(random: Generator, persons: Persons, person: Integers, world: World) -> Integers:
    """A hospital of the département of residence, sometimes of the région, rarely elsewhere."""
    home = persons.departement[person]
    regions = departement_regions()
    order = np.argsort(regions, kind="stable")
    first = np.searchsorted(regions[order], regions[home])
    size = np.searchsorted(regions[order], regions[home], "right") - first
    neighbour = order[first + (random.random(len(person)) * size).astype(np.int64)]
    anywhere = random.integers(0, len(regions), len(person))
    drawn = random.random(len(person))
    departement = np.where(drawn < 0.85, home, np.where(drawn < 0.975, neighbour, anywhere))
    return world.hospitals.near(random, departement)


def _nights(random: Generator, settings: Settings, group: Integers, effect: Floats) -> Integers:
    """Nights: the group's mean × the hospital's effect, gamma around it, at least one."""
    table, care = stay_groups(), settings.care
    shape = 1 / care.length_variation**2
    mean = table.mean_nights[group] * effect * care.length_scale
    drawn = random.gamma(shape, 1.0, len(group)) * mean / shape
    nights = np.maximum(1, np.rint(drawn)).astype(np.int64)
    return np.where(table.night[group], nights, 0)
