"""Valuation of public stays: T_MCOaaSTC, T_MCOaaVALO, and drugs on top of the GHS (T_MCOaaMED).

The compulsory insurance pays the GHS tariff at 80 % (100 % with an ALD, a costly act or after
thirty days), and the daily charge stays with the patient or their complementary cover.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from labsante.synthetic.care import RELATED_TO_ALD
from labsante.synthetic.columns import Cents, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Flags, Integers, some, stream
from labsante.synthetic.hospital import SESSIONS, Stays, group_codes
from labsante.synthetic.identities import Holders
from labsante.synthetic.lines import BILLING_PRIVATE, Lines, make_lines
from labsante.synthetic.population import Persons
from labsante.synthetic.references import stay_groups
from labsante.synthetic.settings import Settings
from labsante.synthetic.stay_tables import stay_keys
from labsante.synthetic.world import World

DAILY_CHARGE = 2000
GHS_NATURE = 2111
# From this base an act or a stay is free of co-payment (the rule is on acts of 120 euros).
COSTLY_CENTS = 1_200_00
_SESSION_CENTS = (38767, 46220)
# UCD of drugs on top of the GHS: code, cents an administration, share of chemotherapy sessions.
_DRUGS = (("9419723", 265000, 0.25), ("9220097", 58000, 0.2), ("9409452", 120000, 0.15))


@cache
def _tariffs() -> np.ndarray:
    """Cents by group; errors are worth nothing."""
    known = np.rint(stay_groups().tariff * 100).astype(np.int64)
    rest = len(group_codes()) - len(known) - len(SESSIONS)
    return np.concatenate([known, _SESSION_CENTS, np.zeros(rest, dtype=np.int64)])


def money_tables(
    settings: Settings,
    bucket: int,
    persons: Persons,
    exempt: Flags,
    stays: Stays,
    world: World,
) -> dict[str, tuple[pa.Table, Integers]]:
    """Each table with the year of its rows; only public hospitals value their stays."""
    random = stream(settings.seed, "hospital money", bucket)
    rows = np.flatnonzero(world.hospitals.public[stays.hospital])
    person, nights = stays.person[rows], stays.nights[rows]
    base = _tariffs()[stays.group[rows]]
    full = exempt[person] | (base > COSTLY_CENTS) | (nights > 30)
    rate = np.where(full, 100, 80)
    paid = base * rate // 100
    valued = ~stays.error[rows] & ~stays.inter_hospital[rows]
    year = stays.year
    columns: dict[str, Value] = {
        **stay_keys(stays, rows, world),
        "VALO": Text(valued.astype(np.int64), ["0", "1"]),
        "MNT_TOT_BR": Cents(np.where(valued, base, 0)),
        "MNT_TOT_AM": Cents(np.where(valued, paid, 0)),
        "MNT_GHS_BR": Cents(np.where(valued, base, 0)),
        "MNT_GHS_AM": Cents(np.where(valued, paid, 0)),
        "TAUX2": rate,
        "FLAG_FIDES": Text(some(random, 0.35, len(rows)).astype(np.int64), ["0", "1"]),
    }
    charge = np.where(stays.sessions[rows] > 0, 0, nights * DAILY_CHARGE)
    left = np.where(full, 0, base - paid)
    billing: dict[str, Value] = {
        **stay_keys(stays, rows, world),
        "EXO_TM": Text(exempt[person].astype(np.int64), ["0", "4"]),
        "REM_BAS_MNT": Cents(base),
        "REM_TAU": rate,
        "TOT_MNT_AM": Cents(paid),
        "FAC_MNT_TM": Cents(left),
        "FAC_MNT_FJ": Cents(charge),
        "GES_COD": Text(np.where(persons.free_cover[person], 0, -1), ["89"]),
        "FAC_SEJ_AM": Constant("1"),
    }
    given, drug = _drug_rows(random, stays, rows)
    count = len(given)
    doses = random.integers(1, 3, count)
    cents = np.array([price for _, price, _ in _DRUGS])[drug]
    medicines: dict[str, Value] = {
        **stay_keys(stays, given, world),
        "UCD_UCD_COD": Text(drug, [f"000000{code}" for code, _, _ in _DRUGS]),
        "UCD_COD": Text(drug, [code for code, _, _ in _DRUGS]),
        "ADM_NBR": doses,
        "ADM_NBR_PRI": Cents(doses * cents),
        "NBR_SEJ": Constant(1),
        "ANN": Text(year[given] - 2000, [str(y) for y in range(2000, 2040)]),
        "DELAI": Constant(0),
    }
    return {
        "T_MCOaaVALO": (arrow_table("T_MCOaaVALO", len(rows), columns), year[rows]),
        "T_MCOaaSTC": (arrow_table("T_MCOaaSTC", len(rows), billing), year[rows]),
        "T_MCOaaMED": (arrow_table("T_MCOaaMED", count, medicines), year[given]),
    }


def private_lines(holders: Holders, exempt: Flags, stays: Stays, world: World) -> Lines:
    """The GHS of private stays, which the DCIR holds: one line a stay, on the day of exit."""
    rows = np.flatnonzero(~world.hospitals.public[stays.hospital] & ~stays.error)
    person, when = stays.person[rows], stays.exit[rows]
    base = _tariffs()[stays.group[rows]]
    full = exempt[person] | (base > COSTLY_CENTS) | (stays.nights[rows] > 30)
    rate = np.where(full, 100, 80)
    return make_lines(
        len(rows),
        holder=holders.holding(person, when),
        person=person,
        day=when,
        nature=GHS_NATURE,
        base_nature=GHS_NATURE,
        price=base,
        paid=base,
        base=base,
        reimbursed=(base * rate + 50) // 100,
        rate=rate,
        exemption=np.where(exempt[person], RELATED_TO_ALD, 0),
        place=stays.hospital[rows],
        billing=BILLING_PRIVATE,
    )


def _drug_rows(
    random: np.random.Generator, stays: Stays, rows: Integers
) -> tuple[Integers, Integers]:
    chemotherapy = rows[stays.group[rows] == group_codes().index("28Z07Z")]
    drawn = random.random(len(chemotherapy))
    bounds = np.cumsum([share for _, _, share in _DRUGS])
    drug = np.searchsorted(bounds, drawn, side="right")
    kept = drug < len(_DRUGS)
    return chemotherapy[kept], drug[kept]


def renamed_columns(table_name: str, year: int, rows: pa.Table) -> pa.Table:
    """The table with the names that its columns have that year: MT_TOT_* from 2022."""
    if table_name != "T_MCOaaVALO" or year < 2022:
        return rows
    return rows.rename_columns([name.replace("MNT_TOT_", "MT_TOT_") for name in rows.column_names])
