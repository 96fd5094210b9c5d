"""The quality report: what was found, shown under the same floor as any count.

``report.json`` has a ``content`` section, a pure function of the lake and the rules, and a
``run`` section. Counts from 1 to the floor less one are never written, nor a share that would
give them away; exact counts go to the screen of who runs the check on request, never to a file.
"""

from __future__ import annotations

import html
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labsante.base.files import read_json, write_json, write_text
from labsante.base.manifest import run_section
from labsante.base.workspace import Workspace
from labsante.quality.freshness import care_month_forecast
from labsante.quality.runner import Finding

REPORT_FORMAT = 1


def report_path(workspace: Workspace) -> Path:
    """Where the report lies."""
    return workspace.results / "quality" / "report.json"


def shown_count(count: int, floor: int) -> str:
    """``0``, ``1-10`` (below the floor), or the count rounded down to ten."""
    if count == 0:
        return "0"
    if count < floor:
        return f"1-{floor - 1}"
    return str(count // 10 * 10)


def content(findings: Iterable[Finding], workspace: Workspace) -> dict[str, Any]:
    """The report as plain JSON."""
    floor = workspace.config.disclosure.persons
    found = list(findings)
    outcomes = [finding.outcome for finding in found]
    return {
        "format": REPORT_FORMAT,
        "passed": outcomes.count("passed"),
        "failed": outcomes.count("failed"),
        "warnings": outcomes.count("warning"),
        "reported": outcomes.count("reported"),
        "not_applicable": outcomes.count("not applicable"),
        "checks": [_shown(finding, floor) for finding in found],
        "freshness": care_month_forecast(workspace),
    }


def _shown(finding: Finding, floor: int) -> dict[str, Any]:
    check = finding.check
    enough = finding.violations >= floor and finding.population >= floor
    return {
        "id": check.id,
        "name": check.name,
        "title": {"fr": check.title.fr, "en": check.title.en},
        "why": {"fr": check.why.fr, "en": check.why.en},
        "family": check.family,
        "severity": check.severity,
        "outcome": finding.outcome,
        "table": " ".join(check.tables),
        "disqualifies": list(check.disqualifies),
        "max_share": check.max_share,
        "violations": shown_count(finding.violations, floor),
        "share": round(finding.share, 3) if enough else None,
        "rows": check.rows,
    }


def write_report(workspace: Workspace, findings: list[Finding], started: float) -> dict[str, Any]:
    """Write ``report.json`` and ``report.html``; returns the content."""
    body = content(findings, workspace)
    path = report_path(workspace)
    write_json(path, {"content": body, "run": run_section(started)})
    write_text(path.with_suffix(".html"), html_report(body))
    return body


def read_report(workspace: Workspace) -> dict[str, Any] | None:
    """The content of the last report, or None."""
    path = report_path(workspace)
    return read_json(path)["content"] if path.exists() else None


def checks_of(report: dict[str, Any] | None, tables: Iterable[str]) -> dict[str, Any]:
    """What stands behind a figure computed from ``tables``: passed, failed, warnings.

    A check concerns a figure when it disqualifies one of the figure's intermediate tables.
    """
    wanted = set(tables)
    mine = [
        check for check in (report or {}).get("checks", []) if wanted & set(check["disqualifies"])
    ]

    def names(outcome: str) -> list[str]:
        return [check["name"] for check in mine if check["outcome"] == outcome]

    return {
        "passed": len(names("passed")),
        "failed": names("failed"),
        "warnings": names("warning"),
    }


_WORDS = {
    "passed": ("réussi", "passed"),
    "failed": ("en échec", "failed"),
    "warning": ("alerte", "warning"),
    "reported": ("signalé", "reported"),
    "not applicable": ("sans objet", "not applicable"),
}


def html_report(body: dict[str, Any]) -> str:
    """The report as one page, French first."""
    rows = "\n".join(_html_row(check) for check in body["checks"])
    return (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
        "<title>Qualité des données</title><style>body{font:16px/1.5 sans-serif;margin:2rem}"
        "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .6rem;"
        "text-align:left;vertical-align:top}.failed{background:#fdd}.warning{background:#fe9}"
        "</style></head><body><h1>Qualité des données <small>Data quality</small></h1>"
        f"<p>{body['passed']} réussis, {body['failed']} en échec, {body['warnings']} alertes, "
        f"{body['not_applicable']} sans objet.</p><table><thead><tr><th>Contrôle</th>"
        "<th>Ce qu’il vérifie</th><th>Résultat</th><th>Lignes</th><th>Écarte</th></tr></thead>"
        f"<tbody>\n{rows}\n</tbody></table></body></html>\n"
    )


def _html_row(check: dict[str, Any]) -> str:
    fr, en = _WORDS[check["outcome"]]
    text = html.escape
    return (
        f'<tr class="{text(check["outcome"].replace(" ", "-"))}"><th>{text(check["name"])}</th>'
        f"<td><b>{text(check['title']['fr'])}</b><br>{text(check['why']['fr'])}"
        f'<br><i lang="en">{text(check["title"]["en"])}. {text(check["why"]["en"])}</i></td>'
        f'<td>{fr} <i lang="en">{en}</i></td><td>{text(check["violations"])}</td>'
        f"<td>{text(', '.join(check['disqualifies']))}</td></tr>"
    )


def started() -> float:
    """Now, for the run section."""
    return time.time()
