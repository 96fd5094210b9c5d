"""The compact tables of real codes and figures, as numpy arrays (sources: data/SOURCES.md)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from labsante.snds.territories import departements

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

AGE_GROUPS = ("0", "1_17", "18_44", "45_64", "65_74", "75_84", "85")
CONDITION_AGES = (0, 15, 30, 45, 55, 65, 75, 85)


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the room's data folder."""
    text = (files("labsante.synthetic") / "data" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def departement_codes() -> tuple[str, ...]:
    """The 101 départements, in the order of every array of the room."""
    return tuple(d.code for d in departements())


@cache
def departement_regions() -> Integers:
    """The rank of each département's région in :func:`region_codes`."""
    ranks = {code: rank for rank, code in enumerate(region_codes())}
    return np.array([ranks[d.region] for d in departements()])


@cache
def region_codes() -> tuple[str, ...]:
    """The 18 régions by code."""
    return tuple(sorted({d.region for d in departements()}))


@cache
def population() -> Integers:
    """Persons on 1 January 2022 by département, sex (0 men, 1 women) and five-year age."""
    ranks = {code: rank for rank, code in enumerate(departement_codes())}
    result = np.zeros((len(ranks), 2, 20), dtype=np.int64)
    for row in read_table("population.csv"):
        cells = [int(row[f"age_{age:02d}"]) for age in range(0, 100, 5)]
        result[ranks[row["departement"]], int(row["sex"]) - 1] = cells
    return result


@cache
def mortality(year: int) -> Floats:
    """Probability to die within the year by sex and age 0-119; the nearest year known."""
    rows = read_table("mortality.csv")
    years = sorted(int(name[5:]) for name in rows[0] if name.startswith("year_"))
    name = f"year_{min(max(year, years[0]), years[-1])}"
    result = np.ones((2, 120))
    for row in rows:
        result[int(row["sex"]) - 1, int(row["age"])] = float(row[name] or 1)
    return result


@dataclass(frozen=True)
class Communes:
    """The largest communes of each département; ``start`` has one more entry than départements."""

    code: NDArray[np.str_]
    pmsi_code: NDArray[np.str_]
    start: Integers
    cumulative: Floats  # within 0-1, plus the rank of the département


@cache
def communes() -> Communes:
    """Communes sorted by département, weighted by their population."""
    ranks = {code: rank for rank, code in enumerate(departement_codes())}
    rows = sorted(read_table("communes.csv"), key=lambda r: (ranks[r["departement"]], r["commune"]))
    rank = np.array([ranks[r["departement"]] for r in rows])
    weight = np.array([float(r["population"]) for r in rows])
    start = np.searchsorted(rank, np.arange(len(ranks) + 1))
    total = np.add.reduceat(weight, start[:-1])
    running = np.cumsum(weight)
    before = np.concatenate([[0.0], np.cumsum(total)])[rank]
    return Communes(
        code=np.array([r["commune"] for r in rows]),
        pmsi_code=np.array([r["pmsi_code"] for r in rows]),
        start=start,
        cumulative=(running - before) / total[rank] + rank,
    )


@dataclass(frozen=True)
class Drugs:
    """Presentations of medicines; ``of_atc`` gives the rows of a code of 7 characters."""

    cip13: Integers
    cip7: Integers
    atc: NDArray[np.str_]
    label: NDArray[np.str_]
    price_cents: Integers
    rate: Integers
    large_pack: Flags
    weight: Floats
    of_atc: dict[str, Integers]


@cache
def drugs() -> Drugs:
    """The presentations, sorted by ATC then CIP13."""
    rows = read_table("drugs.csv")
    atc = np.array([r["atc"] for r in rows])
    return Drugs(
        cip13=np.array([int(r["cip13"]) for r in rows]),
        cip7=np.array([int(r["cip7"]) for r in rows]),
        atc=atc,
        label=np.array([r["label"] for r in rows]),
        price_cents=np.array([round(float(r["price"]) * 100) for r in rows]),
        rate=np.array([int(r["rate"]) for r in rows]),
        large_pack=np.array([r["large_pack"] == "1" for r in rows]),
        weight=np.array([float(r["weight"]) for r in rows]),
        of_atc={code: np.flatnonzero(atc == code) for code in sorted(set(atc.tolist()))},
    )


@dataclass(frozen=True)
class StayGroups:
    """GHM with their mean nights, sex, diagnosis, act and weights by age group."""

    ghm: NDArray[np.str_]
    night: Flags
    mean_nights: Floats
    sex: Integers
    diagnosis: NDArray[np.str_]
    act: NDArray[np.str_]
    ghs: NDArray[np.str_]
    tariff: Floats
    weight: Floats  # groups × age groups


@cache
def stay_groups() -> StayGroups:
    """The GHM that the synthetic hospitals use."""
    rows = read_table("stay_groups.csv")
    return StayGroups(
        ghm=np.array([r["ghm"] for r in rows]),
        night=np.array([r["setting"] == "night" for r in rows]),
        mean_nights=np.array([float(r["mean_nights"]) for r in rows]),
        sex=np.array([int(r["sex"]) for r in rows]),
        diagnosis=np.array([r["principal_diagnosis"] for r in rows]),
        act=np.array([r["act"] for r in rows]),
        ghs=np.array([r["ghs"] for r in rows]),
        tariff=np.array([float(r["tariff"] or 0) for r in rows]),
        weight=np.array([[float(r[f"w_{group}"]) for group in AGE_GROUPS] for r in rows]),
    )


@dataclass(frozen=True)
class Conditions:
    """Chronic conditions: prevalence by age at :data:`CONDITION_AGES`, in share of men."""

    name: tuple[str, ...]
    icd: NDArray[np.str_]
    ald: Integers
    nature: Integers
    ald_share: Floats
    sex: Integers
    female_ratio: Floats
    prevalence: Floats


@cache
def conditions() -> Conditions:
    """The conditions of the synthetic France."""
    rows = read_table("conditions.csv")
    return Conditions(
        name=tuple(r["condition"] for r in rows),
        icd=np.array([r["icd"] for r in rows]),
        ald=np.array([int(r["ald"] or 0) for r in rows]),
        nature=np.array([int(r["nature"]) for r in rows]),
        ald_share=np.array([float(r["ald_share"]) for r in rows]),
        sex=np.array([int(r["sex"]) for r in rows]),
        female_ratio=np.array([float(r["female_ratio"]) for r in rows]),
        prevalence=np.array([[float(r[f"p{a}"]) / 100 for a in CONDITION_AGES] for r in rows]),
    )


def age_group(age: Integers) -> Integers:
    """The rank of an age in :data:`AGE_GROUPS`."""
    return np.searchsorted(np.array([1, 18, 45, 65, 75, 85]), age, side="right")
