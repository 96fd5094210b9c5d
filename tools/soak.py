"""The bars at full size: runs the whole suite with ``LABSANTE_SIZE=full`` and writes the report.

The report is docs/evidence/soak.md: every test with its outcome and seconds, the machine, the
revision, and the figures that the tests recorded (``record_property``).
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "evidence" / "soak.md"
RESULTS = ROOT / ".soak.xml"


def main(arguments: list[str]) -> int:
    """Run pytest at full size with the arguments given; write the report; return its exit code."""
    started = time.time()
    environment = {**os.environ, "LABSANTE_SIZE": "full"}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    command += [f"--junitxml={RESULTS}", "-o", "junit_family=xunit1", *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(report(time.time() - started, code, arguments), "utf-8")
    RESULTS.unlink(missing_ok=True)
    print(f"written: {REPORT.relative_to(ROOT)}")
    return code


def report(seconds: float, code: int, arguments: list[str]) -> str:
    """The report as Markdown."""
    cases = list(ElementTree.parse(RESULTS).getroot().iter("testcase"))
    outcomes = [outcome(case) for case in cases]
    counts = {kind: outcomes.count(kind) for kind in ("passed", "failed", "skipped")}
    lines = [
        "# Soak: the bars at full size",
        "",
        f"Revision `{revision()}`, {time.strftime('%Y-%m-%d', time.gmtime())}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds / 60:.0f} minutes.",
        f"Command: `make soak`{' with ' + ' '.join(arguments) if arguments else ''}; "
        f"exit code {code}; "
        + ", ".join(f"{number} {kind}" for kind, number in counts.items())
        + ".",
        "",
        "## Figures recorded by the tests",
        "",
        "| test | figure | value |",
        "|---|---|---|",
    ]
    for case in cases:
        for item in case.iter("property"):
            lines.append(f"| {case.get('name')} | {item.get('name')} | {item.get('value')} |")
    lines += ["", "## Not passed", ""]
    unhappy = [
        f"- {kind}: `{case.get('classname')}::{case.get('name')}`"
        for case, kind in zip(cases, outcomes, strict=True)
        if kind != "passed"
    ]
    lines += unhappy or ["Nothing."]
    lines += ["", "## Slowest tests", "", "| test | seconds |", "|---|---|"]
    slow = sorted(cases, key=lambda case: -float(case.get("time", 0)))[:25]
    lines += [f"| {case.get('name')} | {float(case.get('time', 0)):.1f} |" for case in slow]
    return "\n".join(lines) + "\n"


def outcome(case: ElementTree.Element) -> str:
    """``passed``, ``failed`` or ``skipped``."""
    for child in case:
        if child.tag in ("failure", "error"):
            return "failed"
        if child.tag == "skipped":
            return "skipped"
    return "passed"


def revision() -> str:
    """The commit that was tested."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
