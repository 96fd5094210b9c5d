"""Prevention programmes: planted coverage by age and season, with a gap for holders of the C2S.

``coverage`` is the share of the eligible who are reached in a year; holders of the C2S are
reached ``free_cover_ratio`` times as often as the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labsante.synthetic.calendar import day
from labsante.synthetic.draw import Flags, Generator, Integers
from labsante.synthetic.population import Persons
from labsante.synthetic.references import conditions, drugs, read_table
from labsante.synthetic.settings import Settings


def programmes() -> list[dict[str, str]]:
    """The rows of ``prevention.csv``."""
    return read_table("prevention.csv")


def prevention_effects() -> list[dict[str, Any]]:
    """What is planted, for ``effects.json``."""
    return [
        {
            "programme": row["programme"],
            "atc": row["atc"],
            "coverage": float(row["coverage"]),
            "free_cover_ratio": float(row["free_cover_ratio"]),
        }
        for row in programmes()
    ]


def draw_prevention(
    random: Generator, settings: Settings, persons: Persons, onset: Integers
) -> tuple[Integers, Integers, Integers]:
    """Person, day and presentation of every dose dispensed in the care years."""
    people, days, products = [], [], []
    end = day(settings.last_year + 1)
    for row in programmes():
        choices = drugs().of_atc[row["atc"]]
        weight = np.cumsum(drugs().weight[choices]) / drugs().weight[choices].sum()
        for year in settings.years:
            reached, when = _reached(random, row, year, persons, onset)
            doses, gap = int(row["doses"]), int(row["gap"])
            who = np.repeat(reached, doses)
            dates = (when[:, None] + gap * np.arange(doses)[None, :]).ravel()
            pick = np.searchsorted(weight, random.random(len(reached))).clip(max=len(choices) - 1)
            kept = dates < end
            people.append(who[kept])
            days.append(dates[kept])
            products.append(np.repeat(choices[pick], doses)[kept])
    return np.concatenate(people), np.concatenate(days), np.concatenate(products)


def _reached(
    random: Generator, row: dict[str, str], year: int, persons: Persons, onset: Integers
) -> tuple[Integers, Integers]:
    """Persons reached in a year and the day of their first dose."""
    low, high = float(row["from_age"]), float(row["to_age"])
    start, end = day(year, int(row["from_month"])), day(year, int(row["to_month"]), 28)
    birthday = persons.birth + round(low * 365.25)
    if low == high:  # a dose at one age: those who reach it within the year
        eligible = (birthday >= day(year)) & (birthday < day(year + 1))
    else:
        age = (start - persons.birth) / 365.25
        eligible = (age >= low) & (age < high)
    if row["condition"]:
        eligible &= _ill(row["condition"], onset, start)
    ratio = float(row["free_cover_ratio"])
    chance = float(row["coverage"]) * np.where(persons.free_cover, ratio, 1.0)
    reached = np.flatnonzero(eligible & (random.random(persons.count) < chance))
    if low == high:
        return reached, birthday[reached] + random.integers(0, 30, len(reached))
    return reached, random.integers(start, end, len(reached))


def _ill(prefixes: str, onset: Integers, at: int) -> Flags:
    ranks = [
        rank
        for rank, name in enumerate(conditions().name)
        if any(name.startswith(prefix) for prefix in prefixes.split("|"))
    ]
    return onset[ranks].min(axis=0) <= at
