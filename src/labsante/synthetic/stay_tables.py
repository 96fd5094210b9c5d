"""The MCO tables of stays: T_MCOaaB, C, A, D and UM."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from labsante.snds.territories import departements
from labsante.synthetic.calendar import age_at, day, month_of
from labsante.synthetic.columns import ABSENT, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Integers, expand, some, stream
from labsante.synthetic.hospital import ERROR_GROUPS, SESSIONS, Stays, group_codes
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import communes, conditions, departement_codes, stay_groups
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World


@cache
def _diagnoses() -> tuple[list[str], list[str], list[str]]:
    """Principal diagnosis, act and GHS of each rank of :func:`group_codes`."""
    table = stay_groups()
    dp = [*table.diagnosis.tolist(), *(s[2] for s in SESSIONS), *["R69"] * len(ERROR_GROUPS)]
    act = [*table.act.tolist(), "JVJF004", "", *[""] * len(ERROR_GROUPS)]
    ghs = [*table.ghs.tolist(), *(s[1] for s in SESSIONS), *["9999"] * len(ERROR_GROUPS)]
    return dp, act, ghs


def stay_keys(stays: Stays, rows: Integers, world: World) -> dict[str, Value]:
    """ETA_NUM and RSA_NUM of some stays."""
    return {
        "ETA_NUM": Text(stays.hospital[rows], world.hospitals.finess.tolist()),
        "RSA_NUM": padded(stays.number[rows], 10),
    }


def padded(numbers: Integers, width: int) -> Text:
    """Numbers as text with leading zeros."""
    values = pa.array([f"{n:0{width}d}" for n in numbers.tolist()])
    return Text(np.arange(len(numbers)), values, plain=True)


def associated_diagnoses(
    settings: Settings, bucket: int, stays: Stays, onset: Integers
) -> tuple[Integers, Integers, Integers]:
    """Rows of T_MCOaaD: stay, order, condition; three chronic conditions out of five are coded."""
    random = stream(settings.seed, "associated diagnoses", bucket)
    chosen = np.flatnonzero(stays.sessions == 0)
    ill = stays.entry[chosen][:, None] >= onset[:, stays.person[chosen]].T
    ill &= random.random(ill.shape, dtype=np.float32) < 0.6
    row, condition = np.nonzero(ill)
    stay = chosen[row]
    order = np.arange(len(stay)) - np.searchsorted(stay, stay) + 1
    return stay, order, condition


def stay_tables(
    settings: Settings,
    bucket: int,
    persons: Persons,
    holders: Holders,
    onset: Integers,
    stays: Stays,
    world: World,
) -> dict[str, tuple[pa.Table, Integers]]:
    """Every MCO table of the bucket with the year of each row."""
    random = stream(settings.seed, "stay tables", bucket)
    dp, act, ghs = _diagnoses()
    count, person = stays.count, stays.person
    age = age_at(persons.birth[person], stays.entry)
    days = stays.entry - persons.birth[person]
    session = stays.sessions > 0
    d_stay, d_order, d_condition = associated_diagnoses(settings, bucket, stays, onset)
    has_act = np.array([bool(code) for code in act])[stays.group]
    units = np.where(session | (stays.nights < 3), 1, 1 + some(random, 0.25, count))
    codes = departement_codes()
    pmsi = _pmsi_departements()
    departement = persons.departement_at(person, stays.entry)
    unknown = stays.departement_missing
    bdi = np.where(unknown == 1, -1, np.where(unknown == 2, len(codes), departement))
    keys = stay_keys(stays, np.arange(count), world)
    newborn = age < 1
    emergency = stays.emergency
    month = month_of(stays.exit)
    stay_table: dict[str, Value] = {
        **keys,
        "RSS_NUM": Constant("001"),
        "GRG_GHM": Text(stays.group, group_codes()),
        "GRG_RET": Constant("0"),
        "GRC_GHM": Text(stays.group, group_codes()),
        "GRG_VER": Constant("11"),
        "GHS_NUM": Text(stays.group, [g or "9999" for g in ghs]),
        "DGN_PAL": Text(stays.group, dp),
        "DGN_REL": Text(
            np.where(np.char.startswith(np.array(dp), "Z511")[stays.group], 0, -1), ["C509"]
        ),
        "SEJ_NBJ": np.where(session, ABSENT, stays.nights),
        "NBR_SEA": stays.sessions,
        "ENT_MOD": Text((~emergency & some(random, 0.05, count)).astype(np.int64), ["8", "7"]),
        "ENT_PRV": Text(np.where(emergency, 0, -1), ["5"]),
        "SOR_MOD": Text(stays.exit_mode - 6, ["6", "7", "8", "9"]),
        "SOR_DES": Text(np.where(stays.exit_mode == 7, 0, -1), ["2"]),
        "SOR_MOI": Text(month % 12, [f"{m:02d}" for m in range(1, 13)]),
        "SOR_ANN": Text(stays.year - 2000, [str(y) for y in range(2000, 2040)]),
        "AGE_ANN": np.where(newborn, ABSENT, age),
        "AGE_JOU": np.where(newborn, days, ABSENT),
        "COD_SEX": Text(persons.sex[person], ["1", "2"]),
        "BDI_DEP": Text(bdi, [*pmsi, "99"]),
        "BDI_COD": Text(persons.commune_at(person, stays.entry), communes().pmsi_code.tolist()),
        "SEJ_TYP": Text(np.where(stays.inter_hospital, 0, -1), ["B"]),
        "NBR_RUM": units,
        "NBR_DGN": np.bincount(d_stay, minlength=count),
        "NBR_ACT": has_act.astype(np.int64),
        "TYP_GEN_RSA": Constant("0"),
        "UHCD_TOP": Constant("0"),
        "PAS_LIT_DED": Constant("0"),
        "EXB_NBJ": Constant(0),
        "BEH_NBJ": Constant(0),
    }
    chain: dict[str, Value] = {
        **keys,
        "NIR_ANO_17": _chained(stays, persons, holders),
        "EXE_SOI_DTD": stays.entry,
        "EXE_SOI_DTF": stays.exit,
        "ENT_DAT": stays.entry,
        "SOR_DAT": stays.exit,
        "SOR_MOI": Text(month % 12, [f"{m:02d}" for m in range(1, 13)]),
        "SOR_ANN": Text(stays.year - 2000, [str(y) for y in range(2000, 2040)]),
        "SEJ_NUM": Text(
            (stays.entry - day(settings.first_year) + 400).clip(0, 9999),
            [f"{n:05d}" for n in range(10_000)],
            plain=True,
        ),
        **{
            name: Text((stays.failed == rank + 1).astype(np.int64), ["0", "2"])
            for rank, name in enumerate(RETURN_CODES)
        },
    }
    a_stay = np.flatnonzero(has_act)
    acts: dict[str, Value] = {
        **stay_keys(stays, a_stay, world),
        "RSS_NUM": Constant("001"),
        "RUM_SEQ": Constant("01"),
        "CDC_ACT": Text(stays.group[a_stay], act),
        "PHA_ACT": Constant("0"),
        "ACV_ACT": Constant("1"),
        "NBR_EXE_ACT": Constant(1),
        "ENT_DAT_DEL": np.minimum(1, stays.nights[a_stay]),
    }
    diagnoses: dict[str, Value] = {
        **stay_keys(stays, d_stay, world),
        "RSS_NUM": Constant("001"),
        "DGN_ASS_NUM": d_order,
        "ASS_DGN": Text(d_condition, conditions().icd.tolist()),
    }
    u_stay = expand(units)
    u_order = np.arange(len(u_stay)) - np.searchsorted(u_stay, u_stay) + 1
    half = stays.nights[u_stay] // units[u_stay]
    stayed = np.where(u_order == units[u_stay], stays.nights[u_stay] - half * (u_order - 1), half)
    unit_table: dict[str, Value] = {
        **stay_keys(stays, u_stay, world),
        "RSS_NUM": Constant("001"),
        "UM_ORD_NUM": u_order,
        "DGN_PAL": Text(stays.group[u_stay], dp),
        "PAR_DUR_SEJ": stayed,
        "ETA_NUM_GEO": Text(stays.hospital[u_stay], world.hospitals.site.tolist()),
        "AUT_TYP1_UM": Text(np.where((units[u_stay] == 2) & (u_order == 1), 0, -1), ["07A"]),
    }
    year = stays.year
    return {
        "T_MCOaaB": (arrow_table("T_MCOaaB", count, stay_table), year),
        "T_MCOaaC": (arrow_table("T_MCOaaC", count, chain), year),
        "T_MCOaaA": (arrow_table("T_MCOaaA", len(a_stay), acts), year[a_stay]),
        "T_MCOaaD": (arrow_table("T_MCOaaD", len(d_stay), diagnoses), year[d_stay]),
        "T_MCOaaUM": (arrow_table("T_MCOaaUM", len(u_stay), unit_table), year[u_stay]),
    }


RETURN_CODES = (
    "NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET",
    "COH_NAI_RET", "COH_SEX_RET",
)  # fmt: skip
HIDDEN = "xxxxxxxxxxxxxxxxx"


def _chained(stays: Stays, persons: Persons, holders: Holders) -> Text:
    """NIR_ANO_17: the pseudonym of the day, or x where chaining failed altogether."""
    del persons
    holder = holders.holding(stays.person, stays.entry)
    column = pseudonym_column(holders, holder)
    values = pa.concat_arrays([column.values, pa.array([HIDDEN])])
    return Text(np.where(stays.hidden, len(values) - 1, column.ranks), values, plain=True)


@cache
def _pmsi_departements() -> list[str]:
    return [departement.pmsi_code for departement in departements()]


def departement_column(ranks: Integers) -> Text:
    """BDI_DEP: the PMSI code of départements (9A to 9F overseas)."""
    return Text(ranks, _pmsi_departements())
