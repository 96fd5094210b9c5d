"""The other referentials: covers, declared doctors, exemptions, professionals, hospitals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import NO_DATE, day
from labsante.synthetic.care import Panel
from labsante.synthetic.columns import Cents, Constant, Text, Value, arrow_table
from labsante.synthetic.conditions import Exemptions
from labsante.synthetic.draw import Integers, stream
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import (
    communes,
    conditions,
    departement_codes,
    departement_regions,
    read_table,
    region_codes,
)
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

FREE_COVER_TYPE = 89  # BEN_CTA_TYP of the C2S
_SECONDARY = 0.08  # numbers that are a second cabinet of the same professional
_ENDED = 0.05


def _person_columns(holders: Holders, rows: Integers) -> dict[str, Value]:
    return {
        "BEN_NIR_PSA": pseudonym_column(holders, rows),
        "BEN_RNG_GEM": holders.rank[rows],
        "BEN_NIR_ANO": Text(np.where(holders.own_number[rows], rows, -1), holders.number, True),
        "BEN_IDT_ANO": Text(rows, holders.identity, plain=True),
    }


def cover_table(settings: Settings, bucket: int, persons: Persons, holders: Holders) -> pa.Table:
    """IR_ORC_R: the C2S of each year, one row a person and period of twelve months."""
    random = stream(settings.seed, "covers", bucket)
    years = np.array(settings.years)
    covered = np.flatnonzero(persons.free_cover)
    person = np.repeat(covered, len(years))
    year = np.tile(years, len(covered))
    shift = np.repeat(random.integers(0, 5, len(covered)), len(years))
    start = np.array([day(int(y)) for y in year], dtype=np.int64) - 30 * shift
    alive = (persons.death[person] > start) & (persons.birth[person] < start + 365)
    person, start = person[alive], start[alive]
    columns: dict[str, Value] = {
        **_person_columns(holders, holders.holding(person, start)),
        "BEN_CTA_TYP": Constant(FREE_COVER_TYPE),
        "BEN_CMU_ORG": Constant("000000000"),
        "MLL_CTA_DSD": start,
        "MLL_CTA_DSF": start + 364 + 30 * (start % 2),
    }
    return arrow_table("IR_ORC_R", len(person), columns)


def declared_doctor_table(
    settings: Settings, bucket: int, holders: Holders, panel: Panel, world: World
) -> pa.Table:
    """IR_MTT_R: who declared which doctor; most have never ended (1600-01-01)."""
    random = stream(settings.seed, "declared doctors", bucket)
    person = np.flatnonzero(panel.has_doctor)
    first = day(settings.first_year)
    start = first - random.integers(100, 5000, len(person))
    ended = random.random(len(person)) < 0.02
    end = np.where(ended, first + random.integers(0, 900, len(person)), NO_DATE)
    columns: dict[str, Value] = {
        **_person_columns(holders, person),
        "MTT_DEP_DTE": start,
        "MTT_FIN_DTE": end,
        "MTT_MTF_COD": Text(np.where(ended, 0, -1), ["FIB"]),
        "MTT_ORI_COD": Text(np.where(random.random(len(person)) < 0.8, 0, 1), ["T", "M"]),
        "MTT_PFS_NUM": Text(
            panel.general_practitioner[person], world.professionals.number, plain=True
        ),
    }
    return arrow_table("IR_MTT_R", len(person), columns)


def exemption_table(holders: Holders, exemptions: Exemptions) -> pa.Table:
    """IR_ETM_R: the exemption of co-payment of each ALD."""
    nature = conditions().nature[exemptions.condition]
    columns: dict[str, Value] = {
        **_person_columns(holders, exemptions.holder),
        "BEN_EXO_MTF": nature + 1,
        "BEN_EXO_DTD": exemptions.start,
        "BEN_EXO_DTF": exemptions.end,
    }
    return arrow_table("IR_ETM_R", len(exemptions.holder), columns)


def simple_beneficiary_columns(
    columns: dict[str, Value], holders: Holders
) -> tuple[int, dict[str, Value]]:
    """IR_IBA_R from the columns of IR_BEN_R: one row a BEN_IDT_ANO."""
    _, rows = np.unique(holders.identity, return_index=True)
    rows = np.sort(rows)
    kept = (
        "BEN_IDT_ANO", "BEN_IDT_TOP", "ASS_NIR_ANO", "BEN_CDI_NIR", "BEN_NAI_ANN", "BEN_NAI_MOI",
        "BEN_SEX_COD", "BEN_DCD_DTE", "BEN_DCD_AME", "ORG_AFF_BEN", "BEN_RES_DPT", "BEN_RES_COM",
        "BEN_TOP_CNS", "MAX_TRT_DTD", "BEN_DTE_INS", "BEN_DTE_MAJ",
    )  # fmt: skip
    result: dict[str, Value] = {}
    for name in kept:
        value = columns[name]
        assert not isinstance(value, Cents)
        result[name] = value if isinstance(value, Constant) else value[rows]
    return len(rows), result


def professional_table(settings: Settings, world: World) -> pa.Table:
    """DA_PRA_R: a snapshot in June and in December of each year, one row a number.

    A few numbers are the second cabinet of the number before them (ACT_CAB_COD 01, STA_PFS_NUM
    names the main one); a few have ended (EXC_EXC_NAT 7).
    """
    people = world.professionals
    random = stream(settings.seed, "professional referential")
    count = len(people.number)
    same = np.zeros(count, dtype=bool)
    same[1:] = (people.profession[1:] == people.profession[:-1]) & (
        people.departement[1:] == people.departement[:-1]
    )
    second = same & (random.random(count) < _SECONDARY)
    second[1:] &= ~second[:-1]
    statistical = np.where(second, np.arange(count) - 1, np.arange(count))
    ended = random.random(count) < _ENDED
    sex = np.where(random.random(count) < 0.5, 1, 2)[statistical]
    birth = random.integers(1955, 1994, count)[statistical]
    basins = people.basins[people.departement]
    within = (people.basin + random.random(count)) / basins
    place = np.searchsorted(communes().cumulative, people.departement + within, side="right")
    place = np.minimum(place, communes().start[people.departement + 1] - 1)
    snapshots = [(year, month) for year in settings.years for month in ("06", "12")]
    rows = np.tile(np.arange(count), len(snapshots))
    which = np.repeat(np.arange(len(snapshots)), count)
    specialities = [f"{n:02d}" for n in range(100)]
    columns: dict[str, Value] = {
        "DTE_ANN_TRT": Text(which, [str(year) for year, _ in snapshots]),
        "DTE_MOI_FIN": Text(which, [month for _, month in snapshots]),
        "PFS_PFS_NUM": Text(rows, people.number, plain=True),
        "STA_PFS_NUM": Text(statistical[rows], people.number, plain=True),
        "ACT_CAB_COD": Text(second[rows].astype(np.int64), ["00", "01"]),
        "PFS_PRA_SPE": Text(_practice(people.speciality, people.activity)[rows], specialities),
        "CNV_CNV_COD": Text(people.sector[rows], [str(n) for n in range(10)]),
        "EXC_EXC_NAT": Text(np.where(ended, 1, 0)[rows], ["01", "07"]),
        "PRA_MEP_COD": Constant("00"),
        "IPP_SEX_COD": Text(sex[rows] - 1, ["1", "2"]),
        "IPP_ANN_NAI": Text(birth[rows] - 1900, [str(1900 + n) for n in range(120)]),
        "PFS_EXC_COM": Text(place[rows], communes().code, plain=True),
        "PFS_COD_POS": Text(place[rows], communes().pmsi_code, plain=True),
        "PFS_INS_DSD": Text((birth[rows] + 32 - 1900), [f"{1900 + n}0101" for n in range(140)]),
    }
    return arrow_table("DA_PRA_R", len(rows), columns)


def _practice(speciality: Integers, activity: Integers) -> Integers:
    """PFS_PRA_SPE: the doctor's speciality, or the nature of activity of the others."""
    return np.where(speciality > 0, speciality, activity)


def true_professionals(world: World) -> pa.Table:
    """``truth/professionals.parquet``: the planted basin of every professional number."""
    people = world.professionals
    names = sorted(people.rank, key=lambda name: people.rank[name])
    codes = np.array(departement_codes())
    return pa.table(
        {
            "number": pa.array(people.number),
            "profession": pa.array(np.array(names)[people.profession]),
            "departement": pa.array(codes[people.departement]),
            "basin": pa.array(
                [
                    f"{code}-{basin}"
                    for code, basin in zip(
                        codes[people.departement].tolist(), people.basin.tolist(), strict=True
                    )
                ]
            ),
        }
    )


def establishment_table(world: World) -> pa.Table:
    """BE_IDE_R: one row a hospital (its FINESS of the PMSI) and one a site where it differs."""
    hospitals = world.hospitals
    names = {row["finess"]: row for row in read_table("hospitals.csv")}
    count = len(hospitals.finess)
    other = np.flatnonzero(hospitals.site != hospitals.finess)
    rows = np.concatenate([np.arange(count), other])
    site = np.repeat([0, 1], [count, len(other)])
    numbers = np.concatenate([hospitals.finess, hospitals.site[other]])
    _, unique = np.unique(numbers, return_index=True)
    unique = np.sort(unique)
    rows, site, numbers = rows[unique], site[unique], numbers[unique]
    public = hospitals.public[rows]
    teaching = np.array([names[f]["kind"] == "CHU" for f in hospitals.finess.tolist()])[rows]
    own = hospitals.finess == hospitals.site
    juridical = (site == 0) & public & ~own[rows]
    codes = departement_codes()
    chief = communes().start[hospitals.departement[rows]]
    every = np.arange(len(rows))
    columns: dict[str, Value] = {
        "IDE_ETA_NUM": Text(every, numbers, plain=True),
        "IDE_ETA_NU8": Text(every, numbers.astype("U8"), plain=True),
        "IDE_ETA_NOM": Text(rows, [f"ETABLISSEMENT {f}" for f in hospitals.finess], plain=True),
        "IDE_ETA_TYP": Text(juridical.astype(np.int64), ["2", "1"]),
        "IDE_GES_NUM": Text(rows, hospitals.finess, plain=True),
        "IDE_PSH_CAT": Text(np.where(public, np.where(teaching, 0, 1), 2), ["101", "355", "365"]),
        "IDE_PSH_STJ": Text(np.where(public, 0, 1), ["13", "95"]),
        "IDE_PSH_MFT": Text(np.where(public, 0, 1), ["03", "07"]),
        "IDE_BDI_COD": Text(chief, communes().pmsi_code.tolist()),
        "IDE_INS_COM": Text(chief, communes().code.tolist()),
        "IDE_IMP_DPT": Text(hospitals.departement[rows], list(codes)),
    }
    return arrow_table("BE_IDE_R", len(rows), columns)


def sender_table(world: World, year: int) -> pa.Table:
    """T_MCOaaE: every hospital that sends, with its region."""
    hospitals = world.hospitals
    count = len(hospitals.finess)
    columns: dict[str, Value] = {
        "ETA_NUM": Text(np.arange(count), hospitals.finess.tolist()),
        "SOC_RAI": Text(np.arange(count), [f"ETABLISSEMENT {f}" for f in hospitals.finess]),
        "STA_ETA": Text(hospitals.public.astype(np.int64), ["OQN", "DGF"]),
        "REG_ETA": Text(departement_regions()[hospitals.departement], list(region_codes())),
        "ANN_TRT": Constant(str(year)),
    }
    return arrow_table("T_MCOaaE", count, columns)
