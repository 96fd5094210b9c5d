"""The audit finds leaks by their figures and by their names, and accuses nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.base.errors import CheckFailedError
from labsante.stays.audit import audit, canary, raise_on_leak
from labsante.stays.registry import suspicious_name
from labsante.stays.spec import Column
from labsante.stays.table import TEST, TRAIN
from tests.unit.stays.made import made_spec, make

MADE = make()


@pytest.mark.parametrize(
    ("column", "kind", "check"),
    [
        ("share", "numeric", "divided_by_length"),
        ("grade", "category", "floor_by_level"),
        ("days_there", "numeric", "bounded_by_length"),
        ("way", "category", "tells_the_way_out"),
    ],
)
def test_a_leak_under_a_quiet_name_is_found_by_its_figures(
    column: str, kind: str, check: str
) -> None:
    declared = (Column(column, "admission", kind),)
    report = audit(MADE.stays, made_spec(), "admission", declared)
    assert report.leaking == (column,)
    assert check in {item.check for item in report.findings}
    with pytest.raises(CheckFailedError, match=column):
        raise_on_leak(report)


def test_honest_columns_pass() -> None:
    for moment in ("admission", "discharge"):
        report = audit(MADE.stays, made_spec(), moment)
        assert report.leaking == ()
        raise_on_leak(report)


def test_a_copy_of_the_length_explains_it_alone() -> None:
    noise = np.random.default_rng(3).normal(0, 0.5, len(MADE.stays))
    stays = MADE.stays.with_column("x", MADE.stays.length * 1.7 + noise)
    report = audit(stays, made_spec(), "admission", (Column("x", "admission", "numeric"),))
    assert "explains_alone" in {item.check for item in report.findings}


def test_the_canary_sings_for_each_planted_leak() -> None:
    facts = canary(MADE.stays, made_spec())
    assert facts["missed"] == []
    assert facts["false_flags"] == []
    assert len(facts["planted"]) >= 4


def test_a_date_after_the_entry_is_a_leak() -> None:
    from dataclasses import replace

    entry = np.full(len(MADE.stays), 19000.0)
    stays = replace(MADE.stays, entry=entry).with_column("seen", entry + MADE.stays.length)
    report = audit(stays, made_spec(), "admission", (Column("seen", "admission", "date"),))
    assert "dated_after_entry" in {item.check for item in report.findings}


def test_patients_on_both_sides_are_told() -> None:
    from dataclasses import replace

    part = np.where(np.arange(len(MADE.stays)) % 2, TRAIN, TEST)
    report = audit(replace(MADE.stays, part=part), made_spec(), "admission")
    assert "patient_on_both_sides" in {item.check for item in report.findings}


@pytest.mark.parametrize(
    "name",
    [
        "severity", "niveau_severite", "discharge_disposition_id", "mode_sortie", "SOR_MOD",
        "exit_mode", "UTI_MES_TO", "icu_days", "COBRANCA", "meds_per_day", "length_of_stay",
        "total_charges", "readmitted", "ghm", "nb_rum", "apr_severity",
    ],
)  # fmt: skip
def test_names_of_the_end_of_the_stay(name: str) -> None:
    assert suspicious_name(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "age", "sexe", "entry_mode", "admission_source_id", "number_inpatient", "nights_24m",
        "ghm_root", "last_root", "PROC_REA", "PROC_SOLIC", "DIAG_PRINC", "CAR_INT", "origin",
        "medical_specialty", "previous_los", "payer_code", "closed_ward",
    ],
)  # fmt: skip
def test_names_known_at_entry(name: str) -> None:
    assert suspicious_name(name) is None
