"""How many rows of which file carry each trap; each is recognisable in the raw files."""

from __future__ import annotations

from collections import Counter

import numpy as np

from labsante.synthetic.calendar import FOR_LIFE, NO_DATE
from labsante.synthetic.claims import Claims, drug_rows
from labsante.synthetic.columns import ABSENT
from labsante.synthetic.conditions import Exemptions
from labsante.synthetic.draw import Flags, Integers
from labsante.synthetic.hospital import Stays
from labsante.synthetic.identities import (
    FICTITIOUS,
    FORMER,
    NOBODY,
    REAL_QUALITIES,
    SHARED,
    Holders,
)
from labsante.synthetic.layout import certificate_path, flux_path, hospital_path, referential_path
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.traps import INFORMATION

Counts = Counter[tuple[str, str]]

# Each trap and how to see it in the file; goes to dictionary.json.
DESCRIPTIONS = {
    "former_pseudonym": "IR_BEN_R: a further pseudonym of a person (BEN_IDT_ANO links them)",
    "twin": "IR_BEN_R: same pseudonym as another person, other rank",
    "shared_pseudonym": "IR_BEN_R: same pseudonym and rank with two BEN_IDT_ANO",
    "fictitious": "IR_BEN_R: BEN_CDI_NIR other than 00, 03, 04",
    "no_own_identifier": "IR_BEN_R: BEN_IDT_TOP = 0 with a real BEN_CDI_NIR",
    "provisional": "IR_BEN_R: BEN_CDI_NIR 03 or 04",
    "residence_unknown": "IR_BEN_R: BEN_RES_DPT 099, 999, 000 or NULL, real BEN_CDI_NIR",
    "open_ended_1600": "IR_IMB_R: IMB_ALD_DTF = 1600-01-01",
    "open_ended_null": "IR_IMB_R: IMB_ALD_DTF is NULL",
    "open_ended_2099": "IR_IMB_R: IMB_ALD_DTF = 2099-12-31",
    "cancelling_line": "ER_PRS_F: BSE_REM_SGN = 2",
    "information_line": "ER_PRS_F: DPN_QLF = 71 or PRS_DPN_QLP = 71",
    "qualifier_null": "ER_PRS_F: DPN_QLF or PRS_DPN_QLP is NULL, none is 71",
    "surcharge_line": "ER_PRS_F: CPL_MAJ_TOP = 2",
    "late_flux": "ER_PRS_F: FLX_TRT_DTD more than 60 days after EXE_SOI_DTD",
    "line_residence_missing": "ER_PRS_F: BEN_RES_DPT 099, 999, 000 or NULL",
    "fictitious_line": "ER_PRS_F: BEN_CDI_NIR other than 00, 03, 04",
    "shared_pseudonym_line": "ER_PRS_F: pseudonym and rank of a shared_pseudonym",
    "fee_without_drug": "ER_PRS_F: dispensing fee (PRS_NAT_REF 3364), no row of ER_PHA_F",
    "twice_the_same": "ER_PRS_F: the second of two true identical dispensing lines",
    "two_drugs_one_line": "ER_PHA_F: PHA_ORD_NUM = 2",
    "ghm_error": "T_MCOaaB: GRG_GHM starts with 90",
    "session": "T_MCOaaB: CMD 28, SEJ_NBJ NULL, NBR_SEA at least 1",
    "inter_hospital": "T_MCOaaB: SEJ_TYP = B",
    "departement_unknown": "T_MCOaaB: BDI_DEP NULL or 99",
    "failed_chaining": "T_MCOaaC: a return code other than 0",
    "hidden_pseudonym": "T_MCOaaC: NIR_ANO_17 made of x",
    "death_unmatched": "KI_CCI_R: DCD_IDT_TOP = 0",
    "death_missing_in_referential": "persons.parquet: death_source is KI_CCI_R",
}


def _add(counts: Counts, trap: str, path: str, rows: int) -> None:
    if rows:
        counts[trap, path] += int(rows)


def _by_period(counts: Counts, trap: str, table: str, flags: Flags, period: Integers) -> None:
    make = flux_path if table.startswith("ER_") else hospital_path
    make = certificate_path if table.startswith("KI_") else make
    for value, rows in zip(*np.unique(period[flags], return_counts=True), strict=True):
        _add(counts, trap, make(table, int(value)), int(rows))


def identity_traps(persons: Persons, holders: Holders, exemptions: Exemptions) -> Counts:
    """Traps of the referentials."""
    counts: Counts = Counter()
    path = referential_path("IR_BEN_R")
    real = holders.person != NOBODY
    known = holders.person.clip(min=0)
    main = holders.role == 0
    unknown = persons.residence_unknown[known]
    for trap, flags in {
        "former_pseudonym": holders.role == FORMER,
        "twin": main & (persons.twin[known] >= 0),
        "shared_pseudonym": holders.role == SHARED,
        "fictitious": holders.role == FICTITIOUS,
        "no_own_identifier": real & ~holders.own_number,
        "provisional": real & np.isin(holders.quality, range(1, len(REAL_QUALITIES))),
        "residence_unknown": real & unknown,
    }.items():
        _add(counts, trap, path, flags.sum())
    path = referential_path("IR_IMB_R")
    for trap, value in (
        ("open_ended_1600", NO_DATE),
        ("open_ended_null", ABSENT),
        ("open_ended_2099", FOR_LIFE),
    ):
        _add(counts, trap, path, (exemptions.end == value).sum())
    return counts


def claim_traps(persons: Persons, holders: Holders, claims: Claims) -> Counts:
    """Traps of ER_PRS_F and ER_PHA_F."""
    counts: Counts = Counter()
    lines, flux = claims.lines, claims.flux
    informing = (lines["qualifier"] == INFORMATION) | (lines["transmitted"] == INFORMATION)
    empty = (lines["qualifier"] == ABSENT) | (lines["transmitted"] == ABSENT)
    role = holders.role[lines["holder"]]
    person = holders.person[lines["holder"]]
    hidden = (person < 0) | persons.residence_unknown[person.clip(min=0)]
    for trap, flags in {
        "cancelling_line": lines["quantity"] < 0,
        "information_line": informing,
        "qualifier_null": empty & ~informing,
        "surcharge_line": lines["surcharge"] == 2,
        "late_flux": claims.treated - lines["day"] > 60,
        "line_residence_missing": hidden | claims.residence_missing,
        "fictitious_line": role == FICTITIOUS,
        "shared_pseudonym_line": role == SHARED,
        "fee_without_drug": lines["nature"] == 3364,
        "twice_the_same": claims.marked.doubled,
    }.items():
        _by_period(counts, trap, "ER_PRS_F", flags, flux)
    line, number, _, _ = drug_rows(claims)
    _by_period(counts, "two_drugs_one_line", "ER_PHA_F", number == 2, flux[line])
    return counts


def hospital_traps(stays: Stays) -> Counts:
    """Traps of the MCO tables."""
    counts: Counts = Counter()
    for trap, table, flags in (
        ("ghm_error", "T_MCOaaB", stays.error),
        ("session", "T_MCOaaB", stays.sessions > 0),
        ("inter_hospital", "T_MCOaaB", stays.inter_hospital),
        ("departement_unknown", "T_MCOaaB", stays.departement_missing > 0),
        ("failed_chaining", "T_MCOaaC", stays.failed > 0),
        ("hidden_pseudonym", "T_MCOaaC", stays.hidden),
    ):
        _by_period(counts, trap, table, flags, stays.year)
    return counts


def death_traps(persons: Persons, matched: Flags, hidden: Flags, year: Integers) -> Counts:
    """Traps of the certificates; ``year`` is the year of death of every person."""
    counts: Counts = Counter()
    dead = persons.death < NEVER
    _by_period(counts, "death_unmatched", "KI_CCI_R", dead & ~matched, year)
    _add(
        counts,
        "death_missing_in_referential",
        referential_path("IR_BEN_R"),
        (dead & hidden).sum(),
    )
    return counts
