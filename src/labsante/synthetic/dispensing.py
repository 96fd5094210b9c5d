"""Community dispensings: chronic treatments month after month, acute ones, gliflozins.

Deliveries of one person in one month fall on one day at one pharmacy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from labsante.synthetic.calendar import age_at, day, first_day, month_number, month_of
from labsante.synthetic.conditions import TYPE_2
from labsante.synthetic.draw import Floats, Generator, Integers, expand, some, stream
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.prevention import draw_prevention
from labsante.synthetic.references import conditions, departement_regions, drugs, read_table
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

GLIFLOZINS = {"A10BK01": 0.62, "A10BK03": 0.2, "A10BD15": 0.1, "A10BD20": 0.06, "A10BK02": 0.02}


@dataclass
class Dispensings:
    """One entry a delivery of one medicine: person, day, presentation, boxes."""

    person: Integers
    day: Integers
    drug: Integers
    boxes: Integers


@cache
def _treatments() -> tuple[list[tuple[int, Integers, Floats, float, float]], Floats]:
    names = conditions().name
    rows = []
    for row in read_table("treatments.csv"):
        products = drugs().of_atc[row["atc"]]
        rows.append(
            (
                names.index(row["condition"]),
                products,
                np.cumsum(drugs().weight[products]) / drugs().weight[products].sum(),
                float(row["share"]),
                float(row["adherence"]),
            )
        )
    return rows, np.array([row[4] for row in rows])


def draw_dispensings(
    settings: Settings, bucket: int, persons: Persons, onset: Integers, world: World
) -> Dispensings:
    """Draw every true dispensing of the bucket within the care years."""
    random = stream(settings.seed, "dispensings", bucket)
    person, drug, start, adherence = _regular(random, persons, onset)
    more = _gliflozins(random, settings, persons, onset, world)
    person = np.concatenate([person, more[0]])
    drug = np.concatenate([drug, more[1]])
    start = np.concatenate([start, more[2]])
    adherence = np.concatenate([adherence, np.full(len(more[0]), 0.96)])
    regular = _deliver(random, settings, persons, person, drug, start, adherence)
    acute = _acute(random, settings, persons)
    doses = draw_prevention(random, settings, persons, onset)
    joined = [np.concatenate(parts) for parts in zip(regular, acute, doses, strict=True)]
    who, when, what = joined
    kept = (when >= persons.birth[who]) & (when < persons.death[who])
    who, when, what = who[kept], when[kept], what[kept]
    # One box of costly medicines and vaccines, now and then two of the others.
    twice = some(random, 0.12, len(who)) & (drugs().price_cents[what] < 1000)
    boxes = np.where(twice, 2, 1)
    return Dispensings(who, when, what, boxes)


def _regular(
    random: Generator, persons: Persons, onset: Integers
) -> tuple[Integers, Integers, Integers, Floats]:
    people, products, starts, shares = [], [], [], []
    for condition, choices, bounds, share, adherence in _treatments()[0]:
        ill = np.flatnonzero(onset[condition] < NEVER)
        taken = ill[random.random(len(ill)) < share]
        pick = np.searchsorted(bounds, random.random(len(taken))).clip(max=len(choices) - 1)
        people.append(taken)
        products.append(choices[pick])
        starts.append(onset[condition][taken])
        shares.append(np.full(len(taken), adherence))
    # Every type 2 diabetic has at least metformin: they are treated by definition.
    second = conditions().name.index(TYPE_2)
    ill = onset[second] < NEVER
    treated = np.zeros(persons.count, dtype=bool)
    antidiabetic = np.char.startswith(drugs().atc, "A10")
    for who, what in zip(people, products, strict=True):
        treated[who[antidiabetic[what]]] = True
    missing = np.flatnonzero(ill & ~treated)
    metformin = drugs().of_atc["A10BA02"]
    people.append(missing)
    products.append(metformin[random.integers(0, len(metformin), len(missing))])
    starts.append(onset[second][missing])
    shares.append(np.full(len(missing), 0.93))
    return (
        np.concatenate(people),
        np.concatenate(products),
        np.concatenate(starts),
        np.concatenate(shares),
    )


def gliflozin_share(world: World, settings: Settings, region: Integers, time: Floats) -> Floats:
    """Planted share of type 2 diabetics who have started a gliflozin at ``time`` (years)."""
    dials = settings.gliflozin
    midpoint, ceiling = world.gliflozin_midpoint[region], world.gliflozin_ceiling[region]
    share = ceiling / (1 + np.exp(-(time - midpoint) / dials.scale))
    return np.where(time < dials.launch, 0.0, share)


def _gliflozins(
    random: Generator, settings: Settings, persons: Persons, onset: Integers, world: World
) -> tuple[Integers, Integers, Integers]:
    ill = np.flatnonzero(onset[conditions().name.index(TYPE_2)] < NEVER)
    liability = random.random(len(ill))
    products = np.concatenate([drugs().of_atc[code] for code in GLIFLOZINS])
    weight = np.concatenate(
        [
            np.full(len(drugs().of_atc[code]), share / len(drugs().of_atc[code]))
            for code, share in GLIFLOZINS.items()
        ]
    )
    pick = np.searchsorted(np.cumsum(weight) / weight.sum(), random.random(len(ill)))
    region = departement_regions()[persons.departement[ill]]
    start = np.full(len(ill), NEVER)
    months = range(month_number(settings.first_year), month_number(settings.last_year + 1))
    for month in reversed(months):
        started = liability < gliflozin_share(
            world, settings, region, np.full(len(ill), 1970 + month / 12)
        )
        start[started] = first_day(np.array([month]))[0]
    begins = start < NEVER
    since = np.maximum(start, onset[conditions().name.index(TYPE_2)][ill])
    return ill[begins], products[pick.clip(max=len(products) - 1)][begins], since[begins]


def _deliver(
    random: Generator,
    settings: Settings,
    persons: Persons,
    person: Integers,
    drug: Integers,
    start: Integers,
    adherence: Floats,
) -> tuple[Integers, Integers, Integers]:
    first, last = month_number(settings.first_year), month_number(settings.last_year + 1)
    months = np.arange(first, last)
    jitter = random.integers(0, 4, (persons.count, len(months)), dtype=np.int8)
    phase = random.integers(0, 3, len(person))
    delivered = random.random((len(person), len(months)), dtype=np.float32) < adherence[:, None]
    large = drugs().large_pack[drug]
    delivered &= ~large[:, None] | ((months[None, :] + phase[:, None]) % 3 == 0)
    delivered &= months[None, :] >= month_of(start)[:, None]
    row, column = np.nonzero(delivered)
    who = person[row]
    day_of_month = np.minimum(persons.pharmacy_day[who] + jitter[who, column], 27)
    when = first_day(months)[column] + day_of_month
    kept = when >= start[row]
    return who[kept], when[kept], drug[row][kept]


def _acute(
    random: Generator, settings: Settings, persons: Persons
) -> tuple[Integers, Integers, Integers]:
    first, last = day(settings.first_year), day(settings.last_year + 1)
    age = age_at(persons.birth, np.full(persons.count, (first + last) // 2))
    column = np.where(age < 18, 0, np.where(age < 65, 1, 2))
    who, what = [], []
    for row in read_table("acute_drugs.csv"):
        rates = np.array([float(row[name]) for name in ("young", "adult", "old")])
        counts = random.poisson(rates[column] * len(settings.years))
        people = expand(counts)
        products = drugs().of_atc[row["atc"]]
        who.append(people)
        what.append(products[random.integers(0, len(products), len(people))])
    people, products = np.concatenate(who), np.concatenate(what)
    return people, random.integers(first, last, len(people)), products
