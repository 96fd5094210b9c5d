"""Checks on what was received: findings, the report, and which figures a failure disqualifies."""

from labsante.quality.report import checks_of, read_report, write_report
from labsante.quality.rules import Check, checks
from labsante.quality.runner import Finding, run_check, run_checks

__all__ = [
    "Check",
    "Finding",
    "checks",
    "checks_of",
    "read_report",
    "run_check",
    "run_checks",
    "write_report",
]
