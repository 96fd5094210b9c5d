"""``check``."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from labsante.base.errors import CheckFailedError, InputDataError
from labsante.cli.context import common, print_json
from labsante.lake import received_tables
from labsante.quality import Finding, run_checks, write_report
from labsante.quality.report import report_path, shown_count

_WORDS = {
    "passed": "réussi",
    "failed": "ÉCHEC",
    "warning": "alerte",
    "reported": "signalé",
    "not applicable": "sans objet",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("check")(check)


def check(
    context: typer.Context,
    rules: Annotated[list[str] | None, typer.Argument(help="Rules to run; all if none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report, for a program.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show what passed too.")] = False,
) -> None:
    """Check what was received; exit 13 when a blocking check fails. Example: labsante check"""
    options = common(context)
    workspace = options.workspace()
    if not received_tables(workspace):
        raise InputDataError(
            "the lake is empty", where=str(workspace.lake), hint="run: labsante receive PATH"
        )
    started = time.time()
    with options.reporting() as reporter:
        findings = run_checks(workspace, only=rules or (), reporter=reporter)
    body = write_report(workspace, findings, started) if not rules else None
    if as_json:
        print_json(body or [_line(finding, workspace.config.disclosure.persons)
                            for finding in findings])  # fmt: skip
    else:
        _print(findings, workspace.config.disclosure.persons, every=every)
        if body:
            typer.echo(f"Rapport / report: {report_path(workspace).with_suffix('.html')}")
    _refuse_failed(findings)


def _print(findings: list[Finding], floor: int, *, every: bool) -> None:
    for finding in findings:
        if every or finding.outcome in ("failed", "warning"):
            typer.echo(_line(finding, floor))
    counts = {word: sum(f.outcome == word for f in findings) for word in _WORDS}
    typer.echo(", ".join(f"{count} {_WORDS[word]}" for word, count in counts.items()))


def _line(finding: Finding, floor: int) -> str:
    shown = shown_count(finding.violations, floor)
    return (
        f"{finding.check.name}: {_WORDS[finding.outcome]}, {shown} lignes — "
        f"{finding.check.title.fr} / {finding.check.title.en}"
    )


def _refuse_failed(findings: list[Finding]) -> None:
    failed = [finding for finding in findings if finding.outcome == "failed"]
    if failed:
        names = ", ".join(finding.check.name for finding in failed)
        tables = sorted({t for finding in failed for t in finding.check.disqualifies})
        raise CheckFailedError(
            f"{len(failed)} blocking check(s) failed: {names}",
            why=failed[0].check.why.en,
            hint=f"figures from {', '.join(tables)} cannot be trusted; mend the delivery",
        )
