"""Rehabilitation (SSR), hospital at home (HAD) and psychiatry (RIM-P): core tables.

SSR: one row a week (T_SSRaaB); HAD: one a sub-sequence (T_HADaaB); RIM-P: one a sequence
(T_RIPaaRSA). A stay is written in the year of its exit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import age_at, day, month_of, year_of
from labsante.synthetic.columns import Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Generator, Integers, expand, rank_in, stream
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import read_table
from labsante.synthetic.settings import Settings
from labsante.synthetic.stay_tables import RETURN_CODES, departement_column, padded
from labsante.synthetic.world import World

Tables = dict[str, tuple[pa.Table, Integers]]
_MONTHS = [f"{m:02d}" for m in range(1, 13)]
_YEARS = [str(y) for y in range(2000, 2040)]


@dataclass
class Episodes:
    """Stays of one field, sorted by year of exit; ``number`` is unique in a hospital and year."""

    person: Integers
    entry: Integers
    exit: Integers
    hospital: Integers
    number: Integers
    diagnosis: Integers
    etiology: Integers

    @property
    def year(self) -> Integers:
        """The year of exit."""
        return year_of(self.exit)


def other_field_tables(
    settings: Settings, bucket: int, persons: Persons, holders: Holders, world: World
) -> Tables:
    """The tables of the three fields with the year of their rows."""
    tables: Tables = {}
    for row in read_table("other_fields.csv"):
        random = stream(settings.seed, row["field"], bucket)
        episodes = _draw(random, settings, bucket, persons, world, row)
        write = {"SSR": _rehabilitation, "HAD": _home, "RIP": _psychiatry}[row["field"]]
        tables |= write(episodes, persons, holders, world, row)
    return tables


def _draw(
    random: Generator,
    settings: Settings,
    bucket: int,
    persons: Persons,
    world: World,
    row: dict[str, str],
) -> Episodes:
    first, last = day(settings.first_year), day(settings.last_year + 1)
    age = persons.age((first + last) // 2)
    rates = np.array([float(row[f"per_1000_{name}"]) for name in ("young", "adult", "old")]) / 1000
    rate = rates[np.where(age < 18, 0, np.where(age < 65, 1, 2))]
    person = expand(random.poisson(rate * len(settings.years)))
    count = len(person)
    mean = float(row["mean_days"])
    nights = np.maximum(1, np.rint(random.gamma(1.4, mean / 1.4, count))).astype(np.int64)
    entry = random.integers(first, last, count)
    leaves = entry + nights
    kept = (entry >= persons.birth[person]) & (leaves < persons.death[person]) & (leaves < last)
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(year_of(leaves[rows]), kind="stable")]
    hospital = world.hospitals.near_public(random, persons.departement[person[rows]])
    diagnoses, etiologies = row["diagnoses"].split(), row["etiologies"].split() or [""]
    return Episodes(
        person=person[rows],
        entry=entry[rows],
        exit=leaves[rows],
        hospital=hospital,
        number=bucket * 1_000 + rank_in(year_of(leaves[rows]) * 10_000 + hospital) + 1,
        diagnosis=random.integers(0, len(diagnoses), len(rows)),
        etiology=random.integers(0, len(etiologies), len(rows)),
    )


def _chain(episodes: Episodes, holders: Holders) -> dict[str, Value]:
    month = month_of(episodes.exit)
    return {
        "NIR_ANO_17": pseudonym_column(holders, holders.holding(episodes.person, episodes.entry)),
        **{name: Constant("0") for name in RETURN_CODES},
        "EXE_SOI_DTD": episodes.entry,
        "EXE_SOI_DTF": episodes.exit,
        "ENT_DAT": episodes.entry,
        "SOR_DAT": episodes.exit,
        "SOR_MOI": Text(month % 12, _MONTHS),
        "SOR_ANN": Text(month // 12 - 30, _YEARS),
    }


def _patient(episodes: Episodes, persons: Persons, rows: Integers) -> dict[str, Value]:
    person, entry = episodes.person[rows], episodes.entry[rows]
    return {
        "AGE_ANN": age_at(persons.birth[person], entry),
        "COD_SEX": Text(persons.sex[person], ["1", "2"]),
        "BDI_DEP": departement_column(persons.departement_at(person, entry)),
    }


def _modes() -> dict[str, Value]:
    return {"ENT_MOD": Constant("8"), "SOR_MOD": Constant("8")}


def _rehabilitation(
    episodes: Episodes, persons: Persons, holders: Holders, world: World, row: dict[str, str]
) -> Tables:
    weeks = (episodes.exit - episodes.entry) // 7 + 1
    stay = expand(weeks)
    order = np.arange(len(stay)) - np.searchsorted(stay, stay)
    every = np.arange(len(weeks))
    finess = world.hospitals.finess.tolist()

    def keys(rows: Integers) -> dict[str, Value]:
        return {
            "ETA_NUM": Text(episodes.hospital[rows], finess),
            "RHA_NUM": padded(episodes.number[rows], 7),
        }

    monday = episodes.entry[stay] + 7 * order
    month = month_of(monday)
    year = episodes.year
    week: dict[str, Value] = {
        **keys(stay),
        **_patient(episodes, persons, stay),
        **_modes(),
        "RHS_NUM": padded(order + 1, 3),
        "TYP_GEN_RHA": Constant("0"),
        "HOS_TYP_UM": Constant("1"),
        "MOI_ANN": Text(month - 360, [f"{m % 12 + 1:02d}{2000 + m // 12}" for m in range(480)]),
        "JP_HWE": Constant("11111"),
        "JP_WE": Constant("11"),
        "RHS_ANT_SEJ_ENT": 7 * order,
        "FP_PEC": Text(episodes.diagnosis[stay], row["diagnoses"].split()),
        "MOR_PRP": Text(episodes.etiology[stay], row["etiologies"].split()),
        "ETL_AFF": Text(episodes.etiology[stay], row["etiologies"].split()),
        "GRG_GME": Constant("0134A1"),
        **{
            name: Text((episodes.person[stay] + shift) % 4, ["1", "2", "3", "4"])
            for shift, name in enumerate(("HAB_DEP", "DPL_DEP", "ALI_DEP", "CON_DEP"))
        },
    }
    closed: dict[str, Value] = {
        **keys(every),
        **_modes(),
        "SEJ_NBJ": episodes.exit - episodes.entry,
        "PRE_JOU_NBR": episodes.exit - episodes.entry + 1,
        "SUI_TYP": Constant("1"),
    }
    diagnoses: dict[str, Value] = {
        **keys(every),
        "RHS_NUM": Constant("001"),
        "DGN_COD": Text(episodes.etiology, row["etiologies"].split()),
    }
    chain = {**keys(every), **_chain(episodes, holders)}
    return {
        "T_SSRaaB": (arrow_table("T_SSRaaB", len(stay), week), year[stay]),
        "T_SSRaaC": (arrow_table("T_SSRaaC", len(every), chain), year),
        "T_SSRaaS": (arrow_table("T_SSRaaS", len(every), closed), year),
        "T_SSRaaD": (arrow_table("T_SSRaaD", len(every), diagnoses), year),
    }


def _home(
    episodes: Episodes, persons: Persons, holders: Holders, world: World, row: dict[str, str]
) -> Tables:
    nights = episodes.exit - episodes.entry
    parts = 1 + (nights > 14) + (nights > 40)
    stay = expand(parts)
    order = np.arange(len(stay)) - np.searchsorted(stay, stay)
    every = np.arange(len(nights))
    finess = world.hospitals.finess.tolist()

    def keys(rows: Integers) -> dict[str, Value]:
        return {
            "ETA_NUM_EPMSI": Text(episodes.hospital[rows], finess),
            "RHAD_NUM": padded(episodes.number[rows], 7),
        }

    total = nights[stay] + 1
    share = total // parts[stay]
    final = order == parts[stay] - 1
    year = episodes.year
    care_modes = ["04", "09", "05", "06", "13"]
    sequence: dict[str, Value] = {
        **keys(stay),
        **_patient(episodes, persons, stay),
        **_modes(),
        "SEQ_NUM": Constant("01"),
        "SSEQ_NUM": padded(order + 1, 2),
        "PEC_PAL": Text(episodes.diagnosis[stay], care_modes),
        "PEC_ASS": Constant("00"),
        "DEP_COT": Text(episodes.person[stay] % 5, ["30", "40", "50", "60", "70"]),
        "DGN_PAL": Text(episodes.diagnosis[stay], row["diagnoses"].split()),
        # The nights of the stay and of the sequence are repeated on every sub-sequence.
        "SEJ_NBJ": total,
        "SEQ_NBJ": total,
        "SSEQ_NBJ": np.where(final, total - share * order, share),
        "SSEQ_SEJ_DER": Text(final.astype(np.int64), ["0", "1"]),
        "PAT_TYP_DOM": Constant("1"),
    }
    closed: dict[str, Value] = {
        **keys(every),
        **_modes(),
        "COD_SEX": Text(persons.sex[episodes.person], ["1", "2"]),
        "SEJ_NBJ": nights + 1,
        "SEJ_FINI": Constant("1"),
    }
    chain = {**keys(every), **_chain(episodes, holders)}
    return {
        "T_HADaaB": (arrow_table("T_HADaaB", len(stay), sequence), year[stay]),
        "T_HADaaC": (arrow_table("T_HADaaC", len(every), chain), year),
        "T_HADaaS": (arrow_table("T_HADaaS", len(every), closed), year),
    }


def _psychiatry(
    episodes: Episodes, persons: Persons, holders: Holders, world: World, row: dict[str, str]
) -> Tables:
    nights = episodes.exit - episodes.entry
    parts = nights // 90 + 1
    stay = expand(parts)
    order = np.arange(len(stay)) - np.searchsorted(stay, stay)
    every = np.arange(len(nights))
    finess = world.hospitals.finess.tolist()
    final = order == parts[stay] - 1
    year = episodes.year

    def keys(rows: Integers) -> dict[str, Value]:
        return {
            "ETA_NUM_EPMSI": Text(episodes.hospital[rows], finess),
            "RIP_NUM": padded(episodes.number[rows], 7),
        }

    sequence: dict[str, Value] = {
        **keys(stay),
        **_patient(episodes, persons, stay),
        **_modes(),
        "SEQ_SEQ_NUM": padded(order + 1, 3),
        "FOR_ACT": Constant("01"),
        "MOD_SOI": Text((episodes.person[stay] % 5 == 0).astype(np.int64), ["1", "8"]),
        "DGN_PAL": Text(episodes.diagnosis[stay], row["diagnoses"].split()),
        "PRE_JOU_NBJ": np.where(final, nights[stay] - 90 * order, 90),
        "PRE_DEM_JOU_NBJ": Constant(0),
        "SEQ_PRE_IND": Text((order == 0).astype(np.int64), ["0", "1"]),
        "SEQ_DER_IND": Text(final.astype(np.int64), ["0", "1"]),
        "TYP_GEN_RSA": Constant("0"),
    }
    closed: dict[str, Value] = {
        **keys(every),
        **_modes(),
        "COD_SEX": Text(persons.sex[episodes.person], ["1", "2"]),
        "SEJ_NBJ": nights,
        "SEJ_FINI": Constant("1"),
        "HOS_TYP": Constant("1"),
        "TYP_GEN_RSA": Constant("0"),
    }
    chain = {**keys(every), **_chain(episodes, holders)}
    return {
        "T_RIPaaRSA": (arrow_table("T_RIPaaRSA", len(stay), sequence), year[stay]),
        "T_RIPaaC": (arrow_table("T_RIPaaC", len(every), chain), year),
        "T_RIPaaS": (arrow_table("T_RIPaaS", len(every), closed), year),
    }
