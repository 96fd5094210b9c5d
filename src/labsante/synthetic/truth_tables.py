"""``truth/persons.parquet`` and ``truth/conditions.parquet``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import month_of
from labsante.synthetic.draw import Flags, Integers
from labsante.synthetic.identities import FORMER, Holders
from labsante.synthetic.population import NEVER, SCHEMES, Persons
from labsante.synthetic.references import communes, conditions, departement_codes


def person_keys(bucket: int, persons: Integers) -> pa.Array:
    """The true key of persons: bucket and rank, never seen in the raw files."""
    return pa.array([f"{bucket:04d}-{rank:05d}" for rank in persons.tolist()])


def person_table(bucket: int, persons: Persons, holders: Holders, hidden: Flags) -> pa.Table:
    """One row a true person, with every pseudonym that is theirs alone."""
    everyone = np.arange(persons.count)
    dead = persons.death < NEVER
    former = np.flatnonzero(holders.role == FORMER)
    second = np.full(persons.count, -1)
    second[holders.person[former]] = former
    values = pa.array(holders.pseudonym_values.astype("U17"))
    month = month_of(persons.birth)
    codes = np.array(departement_codes())
    stays = persons.move == NEVER
    moves = pa.array(np.where(stays, 0, persons.move).astype(np.int32), mask=stays)
    days = pa.array(np.where(dead, persons.death, 0).astype(np.int32), mask=~dead)
    return pa.table(
        {
            "person": person_keys(bucket, everyone),
            "identity": pa.array(holders.identity[: persons.count]),
            "sex": pa.array(np.array(["1", "2"])[persons.sex]),
            "birth_year": pa.array(month // 12 + 1970),
            "birth_month": pa.array(month % 12 + 1),
            "birth_date": pa.array(persons.birth.astype(np.int32)).cast(pa.date32()),
            "death_date": days.cast(pa.date32()),
            "death_source": pa.array(
                np.where(hidden, "KI_CCI_R", "IR_BEN_R"), mask=~dead, type=pa.string()
            ),
            "departement": pa.array(codes[persons.departement]),
            "commune": pa.array(communes().code[persons.commune]),
            "move_date": moves.cast(pa.date32()),
            "next_departement": pa.array(codes[persons.next_departement]),
            "next_commune": pa.array(communes().code[persons.next_commune]),
            "residence_known": pa.array(~persons.residence_unknown),
            "scheme": pa.array(np.array([s[0] for s in SCHEMES])[persons.scheme]),
            "free_cover": pa.array(persons.free_cover),
            "pseudonym": values.take(pa.array(holders.pseudonym[: persons.count])),
            "rank": pa.array(holders.rank[: persons.count]),
            "former_pseudonym": values.take(
                pa.array(holders.pseudonym[second], mask=second < 0, type=pa.int64())
            ),
        }
    )


def condition_table(bucket: int, persons: Persons, onset: Integers) -> pa.Table:
    """One row a person and condition, with the day since when."""
    person, condition = np.nonzero(onset.T < NEVER)
    since = onset[condition, person]
    del persons
    return pa.table(
        {
            "person": person_keys(bucket, person),
            "condition": pa.array(np.array(conditions().name)[condition]),
            "since": pa.array(since.astype(np.int32)).cast(pa.date32()),
        }
    )
