"""``truth/dictionary.json``: what every column of the truth means."""

from __future__ import annotations

from typing import Any

from labsante.synthetic.trap_counts import DESCRIPTIONS


def truth_dictionary() -> dict[str, Any]:
    """Columns of the files of ``truth/``, and how each trap shows in the raw files."""
    return {
        "persons.parquet": {
            "person": "true key of the person: bucket and rank; never in the raw files",
            "identity": "BEN_IDT_ANO of the person",
            "sex": "1 men, 2 women",
            "birth_year": "true year of birth",
            "birth_month": "true month of birth",
            "birth_date": "true day of birth; the raw files only hold year and month",
            "death_date": "true day of death, NULL while alive at the end of the period",
            "death_source": "the best source that knows the death: IR_BEN_R or KI_CCI_R",
            "departement": "Insee code of the département of residence on the first day",
            "commune": "Insee code of the commune of residence on the first day",
            "move_date": "day from which they live elsewhere, or NULL",
            "next_departement": "département from that day on (the same where nobody moves)",
            "next_commune": "commune from that day on",
            "residence_known": "false where every raw file hides the residence",
            "scheme": "prefix of ORG_AFF_BEN",
            "free_cover": "whether the person has the C2S",
            "pseudonym": "main BEN_NIR_PSA",
            "rank": "its BEN_RNG_GEM",
            "former_pseudonym": "another BEN_NIR_PSA of the person, or NULL",
        },
        "conditions.parquet": {
            "person": "true key of the person",
            "condition": "name of the condition (data/conditions.csv)",
            "since": "day on which it starts",
        },
        "professionals.parquet": {
            "number": "PFS_EXE_NUM of the professional",
            "profession": "name of the profession (data/professions.csv)",
            "departement": "Insee code of the département",
            "basin": "planted community: persons and professionals of a basin see each other",
        },
        "traps.parquet": {
            "trap": "name of the trap, see « traps » below",
            "file": "path of the raw file under raw/",
            "rows": "how many rows of the file carry it",
        },
        "expected_cells.parquet": {
            "indicator": "identifier of the indicator",
            "period": "year or month",
            "territory": "DEP-code of the département, UNK where it is unknown",
            "sex": "1 men, 2 women",
            "age_band": "five-year age band, 90+ last",
            "n_den": "denominator: persons, or stays",
            "n_num": "numerator of a proportion, NULL for a mean",
            "s_x": "sum of the measure for a mean, NULL for a proportion",
            "s_x2": "sum of its squares",
        },
        "calibration.json": {
            "figure": "name of the public figure",
            "target": "its value, in « unit »",
            "generated": "the value in this synthetic France",
            "tolerance": "relative distance that is accepted for a million persons",
            "meets": "whether the distance is within it",
        },
        "effects.json": {
            "settings": "every dial of the run",
            "diabetes_ratio_by_departement": "ratio of age-specific prevalence to the country",
            "gliflozin_midpoint_by_region": "when half of the ceiling is reached (years)",
            "gliflozin_ceiling_by_region": "share reached in the end",
            "hospital_length_factor": "factor of the length of stay, by FINESS",
            "prevention": "coverage a year of each programme, and its ratio for the C2S",
            "length_of_stay_factors": "other factors of the length of stay",
        },
        "traps": DESCRIPTIONS,
    }
