"""The audit of a table of stays before any model: leaks, timing, duplicates, drift.

A leak is a column that could not have been known, or that the length itself has made. The audit
reads names (:mod:`labsante.stays.registry`) and figures: it does not believe what a column is
declared to be. Figures come from training and calibration rows alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labsante.base.errors import CheckFailedError
from labsante.stays import leak_tests
from labsante.stays.drift import drift_findings
from labsante.stays.findings import LEAK, WARNING, Finding
from labsante.stays.registry import MOMENTS, suspicious_name
from labsante.stays.spec import Column, LosSpec
from labsante.stays.table import TEST, TRAIN, Labels, StayTable


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit of one moment found."""

    moment: str
    columns: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def leaking(self) -> tuple[str, ...]:
        """The columns with at least one hard leak, each once."""
        named = (item.column for item in self.findings if item.level == LEAK and item.column)
        return tuple(dict.fromkeys(named))

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return {
            "moment": self.moment,
            "columns": list(self.columns),
            "leaking": list(self.leaking),
            "findings": [asdict(item) for item in self.findings],
        }


def audit(
    stays: StayTable, spec: LosSpec, moment: str, columns: tuple[Column, ...] | None = None
) -> Audit:
    """Audit the columns of a moment (or the given ones, as if they were known then)."""
    read = spec.columns_at(moment) if columns is None else columns
    known = stays.take(stays.part != TEST)
    findings: list[Finding] = []
    if moment != "retrospective":
        for column in read:
            findings.extend(_column_findings(column, known, moment))
    findings.extend(_duplicates(stays, spec))
    findings.extend(drift_findings(stays, read))
    return Audit(moment, tuple(column.name for column in read), tuple(findings))


def raise_on_leak(report: Audit) -> None:
    """Raise CheckFailedError (exit code 13) where a hard leak was found."""
    if not report.leaking:
        return
    reasons = {item.check for item in report.findings if item.level == LEAK}
    raise CheckFailedError(
        f"the columns of {report.moment} leak: {', '.join(report.leaking)}",
        why=f"found by: {', '.join(sorted(reasons))}",
        hint="give them the known_at they deserve (exposure, post), or say in `reviewed` why the "
        "name alone misleads",
    )


def _column_findings(column: Column, stays: StayTable, moment: str) -> list[Finding]:
    out: list[Finding] = []
    if column.known_at not in MOMENTS[moment]:
        out.append(
            Finding("timing", column.name, LEAK, None, f"declared {column.known_at}, read earlier")
        )
    pattern = suspicious_name(column.name)
    if pattern is not None and pattern.known_at not in MOMENTS[moment]:
        level = WARNING if column.reviewed else LEAK
        out.append(Finding("name", column.name, level, None, pattern.why))
    tests: tuple[Callable[[Column, StayTable], Finding | None], ...] = (
        leak_tests.explains_alone,
        leak_tests.divided_by_length,
        leak_tests.bounded_by_length,
        leak_tests.floor_by_level,
        leak_tests.tells_the_way_out,
        leak_tests.dated_after_entry,
    )
    out.extend(found for test in tests if (found := test(column, stays)) is not None)
    return out


def _duplicates(stays: StayTable, spec: LosSpec) -> list[Finding]:
    out: list[Finding] = []
    if stays.identifier is not None:
        twice = len(stays.identifier) - len(set(stays.identifier))
        if twice:
            out.append(
                Finding("duplicate_stay", "", WARNING, float(twice), "stay identifiers repeat")
            )
    if spec.ids.patient:
        trained = np.unique(stays.patient[stays.part == TRAIN])
        tested = stays.patient[stays.part == TEST]
        shared = float(np.isin(tested, trained).mean())
        if shared > 0:
            out.append(
                Finding(
                    "patient_on_both_sides",
                    "",
                    WARNING,
                    shared,
                    "share of test stays whose patient also trains the model",
                )
            )
    same = _same_rows(stays)
    if same:
        out.append(
            Finding("identical_rows", "", WARNING, float(same), "stays equal in every column")
        )
    return out


def _same_rows(stays: StayTable) -> int:
    mixed = np.zeros(len(stays), dtype=np.uint64)
    keys: list[Any] = [stays.length, stays.patient, stays.hospital.codes]
    for name in stays.columns:
        values = stays.columns[name]
        keys.append(values.codes if isinstance(values, Labels) else np.nan_to_num(values, nan=-9.5))
    for values in keys:
        bits = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
        mixed = (mixed ^ (bits + np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(31)
    return len(mixed) - len(np.unique(mixed))


def canary_columns(stays: StayTable, spec: LosSpec) -> tuple[StayTable, tuple[Column, ...]]:
    """The same stays with planted leaks, all declared as known at admission.

    Planted: each numeric column of the spec, and a random count, divided by the length, under
    names that say nothing; and every column that the spec itself declares ``post``, or
    ``exposure`` under a name of intensive care.
    """
    planted: list[Column] = []
    draw = np.random.default_rng(7)
    sources = {"random": draw.poisson(12, len(stays)).astype(np.float64)}
    for column in spec.columns:
        if column.kind == "numeric" and column.known_at in ("discharge", "exposure"):
            values = stays.columns[column.name]
            if isinstance(values, np.ndarray) and np.nanstd(values) > 0:
                sources[column.name] = values
    for number, values in enumerate(sources.values(), 1):
        name = f"planted_{number}"
        stays = stays.with_column(name, values / np.maximum(stays.length, 1.0))
        planted.append(Column(name, "admission", "numeric"))
    for column in spec.columns:
        pattern = suspicious_name(column.name)
        if column.known_at == "post" or (column.known_at == "exposure" and pattern is not None):
            planted.append(Column(column.name, "admission", column.kind))
    return stays, tuple(planted)


def canary(stays: StayTable, spec: LosSpec) -> dict[str, Any]:
    """Plant leaks and audit: which are flagged, which are missed, what is flagged wrongly."""
    salted, planted = canary_columns(stays, spec)
    flagged = audit(salted, spec, "admission", planted).leaking
    clean = audit(stays, spec, "admission").leaking
    return {
        "planted": [column.name for column in planted],
        "missed": [column.name for column in planted if column.name not in flagged],
        "false_flags": list(clean),
    }
