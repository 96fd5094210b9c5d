"""The true care of a bucket as claim lines: pharmacy, consultations, acts, biology, nursing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from labsante.synthetic.calendar import age_at, day
from labsante.synthetic.dispensing import Dispensings
from labsante.synthetic.draw import Flags, Floats, Generator, Integers, expand, some, stream
from labsante.synthetic.identities import Holders
from labsante.synthetic.lines import (
    BILLING_PRIVATE,
    BILLING_RETROCESSION,
    Lines,
    join_lines,
    make_lines,
    take_lines,
)
from labsante.synthetic.population import Persons
from labsante.synthetic.references import communes, conditions, drugs, read_table
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

# Nature of a pharmacy line by reimbursement rate, and of the dispensing fee (HDR).
DRUG_NATURES = {100: 3311, 65: 3313, 30: 3312, 15: 3341}
FEE_NATURE, FEE_CENTS = 3364, 51
PARTICIPATION, PARTICIPATION_CENTS, PARTICIPATION_KIND = 1952, 100, 16
RELATED_TO_ALD = 42


@dataclass(frozen=True)
class Panel:
    """What stays the same for a person: their doctor, their pharmacy, where they go."""

    general_practitioner: Integers
    pharmacy: Integers
    where: Floats  # position among the professionals of the département
    has_doctor: Flags

    def positions(
        self, random: Generator, settings: Settings, world: World, people: Integers
    ) -> Floats:
        """Where each visit goes: named by the doctor, the person's habit, or anywhere."""
        dials, drawn = settings.basins, random.random(len(people))
        named = world.professionals.favourite[self.general_practitioner[people]]
        own = drawn < dials.referral + dials.habit
        elsewhere = np.where(own, self.where[people], random.random(len(people)))
        return np.where(drawn < dials.referral, named, elsewhere)


def draw_panel(settings: Settings, bucket: int, persons: Persons, world: World) -> Panel:
    """Draw the usual doctor and pharmacy of every person of the bucket."""
    random = stream(settings.seed, "panel", bucket)
    near, basins = world.professionals.near, world.professionals.basins[persons.departement]
    count = persons.count
    basin = home_basin(persons, world)

    def position() -> Floats:
        return (basin + random.random(count)) / basins

    at_home = random.random(count) < settings.basins.home
    usual = np.where(at_home, position(), random.random(count))
    shop = np.where(at_home, position(), random.random(count))
    return Panel(
        general_practitioner=near("general_practitioner", persons.departement, usual),
        pharmacy=near("pharmacy", persons.departement, shop),
        where=position(),
        has_doctor=random.random(count) < 0.9,
    )


def home_basin(persons: Persons, world: World) -> Integers:
    """The basin of each person's commune: communes fill the basins of a département in order."""
    middle = communes().cumulative - _half_spans()
    place = (middle - np.floor(middle))[persons.commune]
    basins = world.professionals.basins[persons.departement]
    return np.minimum((place * basins).astype(np.int64), basins - 1)


@cache
def _half_spans() -> Floats:
    """Half of each commune's share of its département, to stand in the middle of its span."""
    spans = np.diff(communes().cumulative, prepend=0.0)
    return spans / 2


def drug_lines(
    settings: Settings,
    bucket: int,
    persons: Persons,
    holders: Holders,
    panel: Panel,
    exempt: Flags,
    events: Dispensings,
) -> Lines:
    """Pharmacy lines, one or two medicines each, and the fee of each visit to the pharmacy."""
    random = stream(settings.seed, "drug lines", bucket)
    order = np.lexsort((events.drug, events.day, events.person))
    person, when = events.person[order], events.day[order]
    drug, boxes = events.drug[order], events.boxes[order]
    count = len(person)
    prescriber, hospital = _prescribers(random, settings, persons, panel, person)
    rate = np.where(exempt[person], 100, drugs().rate[drug])
    lines = make_lines(
        count,
        holder=holders.holding(person, when),
        person=person,
        day=when,
        executant=panel.pharmacy[person],
        prescriber=prescriber,
        hospital_prescriber=hospital,
        general_practitioner=np.where(
            panel.has_doctor[person], panel.general_practitioner[person], -1
        ),
        quantity=boxes,
        price=drugs().price_cents[drug],
        rate=rate,
        exemption=np.where(exempt[person], RELATED_TO_ALD, 0),
        drug=drug,
        boxes=boxes,
    )
    nature = np.zeros(count, dtype=np.int64)
    for share, code in DRUG_NATURES.items():
        nature[drugs().rate[drug] == share] = code
    lines["nature"] = lines["base_nature"] = nature
    lines = _two_in_one(random, settings, lines)
    _price_drugs(lines)

    visits = np.flatnonzero(
        (np.diff(lines["person"], prepend=-1) != 0) | (np.diff(lines["day"], prepend=-1) != 0)
    )
    fees = take_lines(
        lines,
        visits,
        nature=FEE_NATURE,
        base_nature=FEE_NATURE,
        quantity=1,
        price=FEE_CENTS,
        paid=FEE_CENTS,
        base=FEE_CENTS,
        reimbursed=(FEE_CENTS * 70 + 50) // 100,
        rate=70,
        exemption=0,
        drug=-1,
        boxes=0,
        second_drug=-1,
        second_boxes=0,
    )
    return join_lines([lines, fees])


def _prescribers(
    random: Generator, settings: Settings, persons: Persons, panel: Panel, person: Integers
) -> tuple[Integers, Integers]:
    """A liberal doctor, or a hospital (no number), or nothing at all."""
    del persons
    drawn = random.random(len(person))
    missing = settings.traps.missing_prescriber
    at_hospital = (drawn >= missing) & (drawn < missing + 0.1)
    prescriber = np.where(drawn < missing + 0.1, -1, panel.general_practitioner[person])
    return prescriber, np.where(at_hospital, person % 7, -1)


def _two_in_one(random: Generator, settings: Settings, lines: Lines) -> Lines:
    """Join some neighbours of one visit, one nature and one prescriber in a single line."""
    count = len(lines["day"])
    if count < 2:
        return lines
    same = np.ones(count - 1, dtype=bool)
    for name in ("person", "day", "nature", "prescriber", "hospital_prescriber"):
        same &= lines[name][1:] == lines[name][:-1]
    same &= lines["drug"][1:] != lines["drug"][:-1]
    first = np.flatnonzero(same & some(random, settings.traps.two_drugs_one_line, count - 1))
    first = first[np.diff(first, prepend=-2) > 1]  # no line belongs to two pairs
    lines = dict(lines)
    lines["second_drug"] = lines["second_drug"].copy()
    lines["second_boxes"] = lines["second_boxes"].copy()
    lines["second_drug"][first] = lines["drug"][first + 1]
    lines["second_boxes"][first] = lines["boxes"][first + 1]
    lines["quantity"] = lines["boxes"] + lines["second_boxes"]
    kept = np.ones(count, dtype=bool)
    kept[first + 1] = False
    return take_lines(lines, kept)


def _price_drugs(lines: Lines) -> None:
    price = drugs().price_cents
    second = lines["second_drug"]
    base = price[lines["drug"]] * lines["boxes"]
    base = base + np.where(second >= 0, price[second.clip(min=0)], 0) * lines["second_boxes"]
    lines["paid"] = lines["base"] = base
    lines["reimbursed"] = (base * lines["rate"] + 50) // 100


@cache
def details() -> list[str]:
    """What stands behind a line: ``biology:1577``, ``device:…``, ``transport:…``, ``ucd:…``."""
    return sorted({row["detail"] for row in read_table("services.csv")} - {""})


@cache
def act_codes() -> list[str]:
    """The CCAM acts of the services, in the order of the field ``act``."""
    return sorted({row["act"] for row in read_table("services.csv")} - {""})


def service_lines(
    settings: Settings,
    bucket: int,
    persons: Persons,
    holders: Holders,
    panel: Panel,
    exempt: Flags,
    onset: Integers,
    world: World,
) -> Lines:
    """Consultations, acts, biology, nursing and physiotherapy, with flat participations."""
    random = stream(settings.seed, "services", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    age = age_at(persons.birth, np.full(persons.count, (first + last) // 2))
    column = np.where(age < 18, 0, np.where(age < 65, 1, 2))
    blocks = []
    for row in read_table("services.csv"):
        rates = np.array([float(row[name]) for name in ("child", "adult", "old")])[column]
        women = float(row["women"])
        rates = rates * np.where(persons.sex == 1, 2 * women, 2.0) / (1 + women)
        people = expand(random.poisson(rates * len(settings.years)))
        when = random.integers(first, last, len(people))
        if row["condition"]:
            ill = _earliest(onset, row["condition"])[people] <= when
            people, when = people[ill], when[ill]
        times, gap = int(row["repeat"]), int(row["gap"])
        if times > 1:
            when = (when[:, None] + gap * np.arange(times)[None, :]).ravel()
            people = np.repeat(people, times)
        kept = (when >= persons.birth[people]) & (when < persons.death[people]) & (when < last)
        people, when = people[kept], when[kept]
        blocks.append(
            _service(random, settings, row, people, when, persons, holders, panel, exempt, world)
        )
    return join_lines(blocks)


def _earliest(onset: Integers, prefix: str) -> Integers:
    """The day since when each person has one of the conditions whose name starts so."""
    ranks = [rank for rank, name in enumerate(conditions().name) if name.startswith(prefix)]
    return onset[ranks].min(axis=0)


def _service(
    random: Generator,
    settings: Settings,
    row: dict[str, str],
    people: Integers,
    when: Integers,
    persons: Persons,
    holders: Holders,
    panel: Panel,
    exempt: Flags,
    world: World,
) -> Lines:
    count = len(people)
    place: Integers | int = -1
    billing = 0
    if row["profession"] == "general_practitioner":
        executant = panel.general_practitioner[people]
    elif row["profession"] in ("hospital", "clinic"):
        executant = np.full(count, -1)
        public = row["profession"] == "hospital"
        near = world.hospitals.near_public if public else world.hospitals.near_private
        place = near(random, persons.departement[people])
        billing = BILLING_RETROCESSION if public else BILLING_PRIVATE
    elif row["profession"] == "pharmacy":
        executant = panel.pharmacy[people]
    else:
        executant = world.professionals.near(
            row["profession"],
            persons.departement[people],
            panel.positions(random, settings, world, people),
        )
    prescribed = row["prescribed"] == "1"
    price = int(row["price"])
    # Overruns: sector 2 doctors, and whoever sells spectacles or hearing aids.
    free = (world.professionals.of("sector", executant) == 3) | (
        world.professionals.of("speciality", executant) == 0
    )
    overrun = np.where(free, price * float(row["overrun"]) * (0.5 + random.random(count)), 0)
    doctor = np.where(panel.has_doctor[people], panel.general_practitioner[people], -1)
    rate = np.where(exempt[people], 100, int(row["rate"]))
    nature = int(row["nature"])
    act = act_codes().index(row["act"]) if row["act"] else -1
    lines = make_lines(
        count,
        holder=holders.holding(people, when),
        person=people,
        day=when,
        nature=nature,
        base_nature=nature,
        executant=executant,
        prescriber=panel.general_practitioner[people] if prescribed else executant,
        general_practitioner=doctor,
        price=price,
        paid=price + overrun.astype(np.int64),
        base=price,
        reimbursed=(price * rate + 50) // 100,
        rate=rate,
        exemption=np.where(exempt[people], RELATED_TO_ALD, 0),
        act=act,
        detail=details().index(row["detail"]) if row["detail"] else -1,
        place=place,
        billing=billing,
    )
    if row["participation"] != "1":
        return lines
    charged = np.flatnonzero(age_at(persons.birth[people], when) >= 18)
    flat = take_lines(
        lines,
        charged,
        nature=nature,
        base_nature=0,
        complement_nature=PARTICIPATION,
        price=0,
        paid=0,
        base=0,
        reimbursed=0,
        complement_reimbursed=-PARTICIPATION_CENTS,
        surcharge=2,
        complement_kind=PARTICIPATION_KIND,
        rate=0,
        exemption=0,
        act=-1,
        detail=-1,
    )
    return join_lines([lines, flat])
