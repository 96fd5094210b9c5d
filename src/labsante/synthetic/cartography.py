"""A map of conditions in the shape of CT_IND, from the true conditions: something to compare with.

Not the Cnam's algorithm: a person carries a top from the day their condition starts.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import day, year_of
from labsante.synthetic.columns import Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Integers
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import Persons
from labsante.synthetic.references import conditions, departement_codes
from labsante.synthetic.settings import Settings

VERSION = "G11"
_TOPS = {
    "top_FDiabet_ind": ("diabetes_type_1", "diabetes_type_2"),
    "top_CvCoron_chr": ("coronary_disease",),
    "top_CvIC_chr": ("heart_failure",),
    "top_CvTrRyC_ind": ("atrial_fibrillation",),
    "top_CvAVC_seq": ("stroke",),
    "top_CvAOMI_ind": ("peripheral_arterial_disease",),
    "top_CanPoum_act": ("lung_cancer",),
    "top_CanColo_sur": ("colorectal_cancer",),
    "top_CanPros_sur": ("prostate_cancer",),
    "top_CanSeiF_sur": ("breast_cancer",),
    "top_CanAutr_sur": ("other_cancer",),
    "top_Psychos_ind": ("schizophrenia",),
    "top_PDepNev_ind": ("depression", "bipolar_disorder"),
    "top_NDemenc_ind": ("dementia",),
    "top_NParkin_ind": ("parkinson",),
    "top_NSePlaq_ind": ("multiple_sclerosis",),
    "top_NEpilep_ind": ("epilepsy",),
    "top_ABPCOIr_ind": ("copd", "asthma"),
    "top_IRPolyA_ind": ("rheumatoid_arthritis",),
    "top_IRCrRCH_ind": ("crohn_disease",),
    "top_IRVih_ind": ("hiv",),
    "top_IRMuco_ind": ("cystic_fibrosis",),
    "top_HFoiPan_ind": ("liver_disease",),
}


def cartography_tables(
    settings: Settings, persons: Persons, holders: Holders, onset: Integers
) -> dict[str, tuple[pa.Table, Integers]]:
    """CT_IND and CT_IDE with the year of their rows."""
    year = np.repeat(np.array(settings.years), persons.count)
    person = np.tile(np.arange(persons.count), len(settings.years))
    start = np.array([day(int(y)) for y in settings.years])[year - settings.first_year]
    end = np.array([day(int(y), 12, 31) for y in settings.years])[year - settings.first_year]
    kept = (persons.birth[person] <= end) & (persons.death[person] >= start)
    year, person, end = year[kept], person[kept], end[kept]
    age = np.minimum(year - year_of(persons.birth)[person], 110)
    names = conditions().name
    tops: dict[str, Value] = {
        top: (onset[[names.index(n) for n in members]].min(axis=0)[person] <= end).astype(np.int64)
        for top, members in _TOPS.items()
    }
    identity = holders.identity[: persons.count]
    shown = np.where(holders.own_number[: persons.count], np.char.add(identity, "U"), identity)
    key = Text(person, shown, plain=True)
    codes = [c if len(c) == 3 else "0" + c for c in departement_codes()]
    ind: dict[str, Value] = {
        "id_carto": key,
        "ben_sex_cod": persons.sex[person] + 1,
        "age": age,
        "dpt": Text(persons.departement_at(person, end), codes),
        "cmu": persons.free_cover[person].astype(np.int64),
        "version": Constant(VERSION),
        "sup_PopTot_cat": Constant(1),
        **tops,
    }
    ide: dict[str, Value] = {
        "id_carto": key,
        "ben_nir_psa": pseudonym_column(holders, person),
        "ben_rng_gem": holders.rank[person],
        "version": Constant(VERSION),
    }
    return {
        "CT_IND_AAAA_GN": (arrow_table("CT_IND_AAAA_GN", len(person), ind), year),
        "CT_IDE_AAAA_GN": (arrow_table("CT_IDE_AAAA_GN", len(person), ide), year),
    }
