"""What comes from outside the insurance: disability rights (MDPH), complementary insurers (AMC).

No public schema exists: these follow the landing formats of the project.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import day, month_of
from labsante.synthetic.columns import ABSENT, Cents, Text, Value, arrow_table
from labsante.synthetic.draw import Integers, stream
from labsante.synthetic.identities import Holders, pseudonym_column, year_month_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import departement_codes
from labsante.synthetic.settings import Settings

# Right, lowest and highest age, share of the persons of these ages (DREES 2022, rounded).
_RIGHTS = (
    ("AEEH", 0, 19, 0.025),
    ("AAH", 20, 64, 0.034),
    ("PCH", 20, 75, 0.0075),
    ("RQTH", 18, 62, 0.055),
    ("CMI", 50, 100, 0.06),
)
_CONTRACTS = 0.05  # a sample of the persons
_ITEMS = ("consultation", "pharmacy", "dental", "optics", "hospital")
_ITEM_CENTS = (750, 640, 9800, 21000, 6000)


def landing_tables(
    settings: Settings, bucket: int, persons: Persons, holders: Holders
) -> dict[str, pa.Table]:
    """LANDING_MDPH and LANDING_AMC."""
    return {
        "LANDING_MDPH": _rights(settings, bucket, persons, holders),
        "LANDING_AMC": _contracts(settings, bucket, persons, holders),
    }


def _rights(settings: Settings, bucket: int, persons: Persons, holders: Holders) -> pa.Table:
    random = stream(settings.seed, "rights", bucket)
    first = day(settings.first_year)
    age = persons.age(first)
    who: list[Integers] = []
    what: list[Integers] = []
    for rank, (_, low, high, share) in enumerate(_RIGHTS):
        chosen = (age >= low) & (age <= high) & (random.random(persons.count) < share)
        who.append(np.flatnonzero(chosen))
        what.append(np.full(int(chosen.sum()), rank))
    person, right = np.concatenate(who), np.concatenate(what)
    count = len(person)
    start = np.maximum(first - random.integers(0, 2500, count), persons.birth[person])
    # A third have no end; the others last five years.
    end = np.where(random.random(count) < 0.33, ABSENT, start + 1826)
    columns: dict[str, Value] = {
        "BEN_NIR_PSA": pseudonym_column(holders, person),
        "RIGHT_COD": Text(right, [name for name, *_ in _RIGHTS]),
        "RIGHT_DTD": start,
        "RIGHT_DTF": end,
        "DECISION_DPT": Text(persons.departement[person], list(departement_codes())),
    }
    return arrow_table("LANDING_MDPH", count, columns)


def _contracts(settings: Settings, bucket: int, persons: Persons, holders: Holders) -> pa.Table:
    random = stream(settings.seed, "contracts", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    insured = np.flatnonzero(~persons.free_cover & (random.random(persons.count) < _CONTRACTS))
    claims = random.poisson(9 * len(settings.years), len(insured))
    rank = np.repeat(np.arange(len(insured)), claims)
    person = insured[rank]
    when = random.integers(first, last, len(person))
    kept = (when >= persons.birth[person]) & (when < persons.death[person])
    rank, person, when = rank[kept], person[kept], when[kept]
    item = random.integers(0, len(_ITEMS), len(person))
    since = (first - random.integers(0, 3000, len(insured)))[rank]
    columns: dict[str, Value] = {
        "BEN_NIR_PSA": pseudonym_column(holders, person),
        "CONTRACT_NUM": Text(
            rank, [f"C{bucket:04d}{n:06d}" for n in range(len(insured))] or [""], plain=True
        ),
        "CONTRACT_DTD": since,
        "CONTRACT_DTF": np.full(len(person), ABSENT),
        "CARE_MONTH": year_month_column(month_of(when)),
        "ITEM_COD": Text(item, list(_ITEMS)),
        "PAID_AMT": Cents(np.array(_ITEM_CENTS)[item]),
    }
    return arrow_table("LANDING_AMC", len(person), columns)
