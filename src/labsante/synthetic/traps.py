"""Traps on claim lines: copies that cancel, correct, inform; lines that belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labsante.synthetic.calendar import day
from labsante.synthetic.draw import Flags, Generator, Integers, some, stream
from labsante.synthetic.identities import FICTITIOUS, SHARED, Holders
from labsante.synthetic.lines import ABSENT, Lines, join_lines, reversed_lines, take_lines
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

INFORMATION = 71


@dataclass
class Marked:
    """All lines with where they come from.

    ``delay`` is how many days after the original's flux a copy is sent (0 for originals);
    ``group`` ties the lines of one statement; flags count as traps.
    """

    lines: Lines
    delay: Integers
    origin: Integers  # rank of the line copied, or of itself
    cancelling: Flags
    correcting: Flags
    informing: Flags
    doubled: Flags


def plant_on_lines(
    settings: Settings, bucket: int, lines: Lines, holders: Holders, world: World
) -> Marked:
    """Add the copies and the lines of nobody."""
    random = stream(settings.seed, "traps", bucket)
    traps = settings.traps
    doubles = np.flatnonzero(
        (lines["drug"] >= 0) & some(random, traps.twice_the_same, len(lines["day"]))
    )
    base = len(lines["day"])
    lines = join_lines([lines, take_lines(lines, doubles), _of_nobody(random, lines, holders)])
    count = len(lines["day"])
    doubled = np.zeros(count, dtype=bool)
    doubled[base : base + len(doubles)] = True
    lines["qualifier"], lines["transmitted"] = _qualifiers(random, settings, count)
    place, billing = _places(random, lines, world)
    lines["billing"] = np.where(lines["place"] >= 0, lines["billing"], billing)
    lines["place"] = np.where(lines["place"] >= 0, lines["place"], place)

    drawn = random.random(count)
    cancelled = np.flatnonzero(drawn < traps.cancelled + traps.corrected)
    corrected = np.flatnonzero(drawn < traps.corrected)
    informing = np.flatnonzero(
        (lines["surcharge"] == 0) & some(random, traps.information_line, count)
    )
    parts = [
        lines,
        reversed_lines(take_lines(lines, cancelled)),
        _corrections(take_lines(lines, corrected)),
        _informations(random, settings, take_lines(lines, informing)),
    ]
    sizes = [len(part["day"]) for part in parts]
    later = np.zeros(count, dtype=np.int64)
    later[cancelled] = random.integers(32, 120, len(cancelled))
    part = np.repeat(np.arange(4), sizes)
    return Marked(
        lines=join_lines(parts),
        delay=np.concatenate(
            [
                np.zeros(count, dtype=np.int64),
                later[cancelled],
                later[corrected],
                np.zeros(len(informing), dtype=np.int64),
            ]
        ),
        origin=np.concatenate([np.arange(count), cancelled, corrected, informing]),
        cancelling=part == 1,
        correcting=part == 2,
        informing=part == 3,
        doubled=np.concatenate([doubled, np.zeros(sum(sizes[1:]), dtype=bool)]),
    )


def _of_nobody(random: Generator, lines: Lines, holders: Holders) -> Lines:
    """Lines of fictitious identifiers and of pseudonyms that two persons share."""
    rows = np.flatnonzero((holders.role == FICTITIOUS) | (holders.role == SHARED))
    models = random.integers(0, max(1, len(lines["day"])), 6 * len(rows))
    if not len(lines["day"]):
        models = models[:0]
    return take_lines(lines, models, holder=np.repeat(rows, 6)[: len(models)], person=-1)


def _qualifiers(random: Generator, settings: Settings, count: int) -> tuple[Integers, Integers]:
    empty = some(random, settings.traps.qualifier_null, count)
    other = some(random, settings.traps.qualifier_null, count)
    return np.where(empty, ABSENT, 0), np.where(other, ABSENT, 0)


def _places(random: Generator, lines: Lines, world: World) -> tuple[Integers, Integers]:
    """A few consultations and acts in private hospitals, or billed one by one by public ones."""
    count = len(lines["day"])
    seen = (lines["executant"] >= 0) & (lines["drug"] < 0) & (lines["surcharge"] == 0)
    doctor = world.professionals.speciality[lines["executant"]] > 1
    inside = np.flatnonzero(seen & doctor & (random.random(count) < 0.3))
    departement = world.professionals.departement[lines["executant"][inside]]
    hospital = world.hospitals.near(random, departement)
    place, billing = np.full(count, -1), np.zeros(count, dtype=np.int64)
    place[inside] = hospital
    billing[inside] = np.where(world.hospitals.public[hospital], 1, 2)
    return place, billing


def _corrections(lines: Lines) -> Lines:
    """The line again, reimbursed one euro less where that is possible."""
    less = np.where(lines["reimbursed"] >= 200, 100, 0)
    return {**lines, "reimbursed": lines["reimbursed"] - less}


def _informations(random: Generator, settings: Settings, lines: Lines) -> Lines:
    """Copies sent for information, on another day: counted, they would change every result."""
    count = len(lines["day"])
    way = random.integers(0, 3, count)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    return {
        **lines,
        "day": (lines["day"] + random.integers(-9, 10, count)).clip(first, last - 1),
        "qualifier": np.where(way == 0, INFORMATION, np.where(way == 1, 0, INFORMATION)),
        "transmitted": np.where(way == 0, 0, INFORMATION),
    }
