"""Outpatient visits of public hospitals: consultations, acts, emergency visits (CSTC and others).

An emergency visit that ends in a stay is not here: it shows in the stay (ENT_PRV 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import age_at, day, month_of, year_of
from labsante.synthetic.columns import Cents, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Flags, Integers, expand, rank_in, some, stream
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import communes
from labsante.synthetic.settings import Settings
from labsante.synthetic.stay_tables import departement_column, padded
from labsante.synthetic.world import World

# Visits a person and year by age (under 18, adult, 65 and over): consultation, act, emergency.
_RATES = {
    "consultation": (0.45, 0.45, 0.8),
    "act": (0.1, 0.16, 0.35),
    "emergency": (0.3, 0.22, 0.2),
}
_ACTS = ("ZBQK002", "ACQK001", "DEQP003", "ZCQM008", "QEQK001")
_ACT_CENTS = (2128, 2527, 1452, 5402, 6642)
_SPECIALITIES = (1, 3, 7, 15, 41, 42, 32, 73)
CONSULTATION_CENTS, EMERGENCY_CENTS, EMERGENCY_TYPE = 2500, 2656, "ATU"


@dataclass
class Visits:
    """One entry a visit, sorted by year."""

    person: Integers
    day: Integers
    kind: Integers  # 0 consultation, 1 act, 2 emergency
    hospital: Integers
    number: Integers
    failed: Flags
    full: Flags

    @property
    def year(self) -> Integers:
        """The year of the visit."""
        return year_of(self.day)


def draw_visits(
    settings: Settings, bucket: int, persons: Persons, exempt: Flags, world: World
) -> Visits:
    """Draw every outpatient visit of the care years."""
    random = stream(settings.seed, "outpatient", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    age = persons.age((first + last) // 2)
    column = np.where(age < 18, 0, np.where(age < 65, 1, 2))
    people, kinds = [], []
    for rank, rates in enumerate(_RATES.values()):
        who = expand(random.poisson(np.array(rates)[column] * len(settings.years)))
        people.append(who)
        kinds.append(np.full(len(who), rank))
    person, kind = np.concatenate(people), np.concatenate(kinds)
    when = random.integers(first, last, len(person))
    kept = np.flatnonzero((when >= persons.birth[person]) & (when < persons.death[person]))
    kept = kept[np.argsort(year_of(when[kept]), kind="stable")]
    person, when, kind = person[kept], when[kept], kind[kept]
    hospital = world.hospitals.near_public(random, persons.departement[person])
    return Visits(
        person=person,
        day=when,
        kind=kind,
        hospital=hospital,
        number=bucket * 10_000 + rank_in(year_of(when) * 10_000 + hospital) + 1,
        failed=some(random, settings.traps.failed_chaining, len(person)),
        full=exempt[person],
    )


def visit_tables(
    settings: Settings,
    bucket: int,
    persons: Persons,
    holders: Holders,
    visits: Visits,
    world: World,
) -> dict[str, tuple[pa.Table, Integers]]:
    """Each table with the year of its rows."""
    random = stream(settings.seed, "outpatient tables", bucket)
    count, person, year = len(visits.person), visits.person, visits.year
    holder = holders.holding(person, visits.day)
    act = random.integers(0, len(_ACTS), count)
    price = np.select(
        [visits.kind == 0, visits.kind == 1],
        [np.full(count, CONSULTATION_CENTS), np.array(_ACT_CENTS)[act]],
        EMERGENCY_CENTS,
    )
    rate = np.where(visits.full, 100, np.where(visits.kind == 2, 80, 70))
    paid = (price * rate + 50) // 100
    age = age_at(persons.birth[person], visits.day)
    month = month_of(visits.day)
    years = [str(y) for y in range(2000, 2040)]
    months = [f"{m:02d}" for m in range(1, 13)]

    def keys(rows: Integers) -> dict[str, Value]:
        return {
            "ETA_NUM": Text(visits.hospital[rows], world.hospitals.finess.tolist()),
            "SEQ_NUM": padded(visits.number[rows], 8),
        }

    def when(rows: Integers) -> dict[str, Value]:
        return {
            "SOR_MOI": Text(month[rows] % 12, months),
            "SOR_ANN": Text(year[rows] - 2000, years),
        }

    every = np.arange(count)
    failed = Text(visits.failed.astype(np.int64), ["0", "2"])
    chain: dict[str, Value] = {
        **keys(every),
        "NIR_ANO_17": pseudonym_column(holders, holder),
        "NIR_RET": failed,
        **{name: Constant("0") for name in ("NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")},
        "EXE_SOI_DTD": visits.day,
        "EXE_SOI_DTF": visits.day,
        "ENT_DAT": visits.day,
        "SOR_DAT": visits.day,
    }
    invoice: dict[str, Value] = {
        **keys(every),
        **when(every),
        "AGE_ANN": np.where(age < 1, 0, age),
        "COD_SEX": Text(persons.sex[person], ["1", "2"]),
        "BDI_DEP": departement_column(persons.departement_at(person, visits.day)),
        "BDI_COD": Text(persons.commune_at(person, visits.day), communes().pmsi_code.tolist()),
        "EXO_TM": Text(visits.full.astype(np.int64), ["0", "4"]),
        "SEJ_FAC_AM": Constant("1"),
        "NON_SEJ_FAC_AM": Constant(None),
        "FIDES_TOP": Constant("0"),
        "PH_MNT": Cents(price),
        "PH_BRM": Cents(price),
        "PH_AMO_MNR": Cents(paid),
        "NOE_RGM": Constant("01"),
    }

    def line(rows: Integers, code: Value) -> dict[str, Value]:
        return {
            **keys(rows),
            **when(rows),
            "ACT_COD": code,
            "ACT_NBR": Constant(1),
            "ACT_COE": Constant(1),
            "PRI_UNI": Cents(price[rows]),
            "REM_BAS": Cents(price[rows]),
            "REM_TAU": rate[rows],
            "AMO_MNR": Cents(paid[rows]),
            "HON_MNT": Cents(price[rows]),
            "DEL_DAT_ENT": Constant(0),
        }

    seen = np.flatnonzero(visits.kind == 0)
    speciality = random.integers(0, len(_SPECIALITIES), len(seen))
    consultations = line(seen, Text((speciality > 0).astype(np.int64), ["C", "CS"]))
    consultations["EXE_SPE"] = Text(speciality, [f"{s:02d}" for s in _SPECIALITIES])
    urgent = np.flatnonzero(visits.kind == 2)
    acted = np.flatnonzero(visits.kind == 1)
    acts: dict[str, Value] = {
        **keys(acted),
        **when(acted),
        "CCAM_COD": Text(act[acted], list(_ACTS)),
        "ACV_ACT": Constant("1"),
        "PHA_ACT": Constant("0"),
        "DEL_DAT_ENT": Constant(0),
    }

    def of(kind: int, amounts: Integers) -> Cents:
        return Cents(np.where(visits.kind == kind, amounts, 0))

    value: dict[str, Value] = {
        **keys(every),
        "valo": Constant("1"),
        "fides": Constant("0"),
        "mnt_br": Cents(price),
        "mnt_remb": Cents(paid),
        "mnt_br_ngap": of(0, price),
        "mnt_remb_ngap": of(0, paid),
        "mnt_br_ccam": of(1, price),
        "mnt_remb_ccam": of(1, paid),
        "mnt_br_atu": of(2, price),
        "mnt_remb_atu": of(2, paid),
        "nbligne": Constant(1),
    }
    return {
        "T_MCOaaCSTC": (arrow_table("T_MCOaaCSTC", count, chain), year),
        "T_MCOaaFASTC": (arrow_table("T_MCOaaFASTC", count, invoice), year),
        "T_MCOaaFCSTC": (arrow_table("T_MCOaaFCSTC", len(seen), consultations), year[seen]),
        "T_MCOaaFBSTC": (
            arrow_table("T_MCOaaFBSTC", len(urgent), line(urgent, Constant(EMERGENCY_TYPE))),
            year[urgent],
        ),
        "T_MCOaaFMSTC": (arrow_table("T_MCOaaFMSTC", len(acted), acts), year[acted]),
        "T_MCOaaVALOACE": (arrow_table("T_MCOaaVALOACE", count, value), year),
    }
