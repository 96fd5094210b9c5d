"""Every trap that the synthetic France plants is found by its check; a clean France is clean."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from labsante.base.workspace import Workspace, init_workspace, open_workspace
from labsante.lake import receive
from labsante.quality import Finding, read_report, run_checks
from labsante.synthetic import Settings, Traps, synthesize
from tests.acceptance.conftest import Lab

# Planted by nature, not by a trap: they exist in any France.
NATURAL = {
    "surcharge_line", "late_flux", "session", "fee_without_drug", "line_residence_missing",
    "cancelling_line", "twin", "twice_the_same", "departement_unknown", "former_pseudonym",
}  # fmt: skip


@pytest.fixture(scope="module")
def findings(chain: Lab) -> list[Finding]:
    """What the checks find on the chain's France."""
    return run_checks(open_workspace(chain.root))


def test_each_planted_trap_is_found_whole(chain: Lab, findings: list[Finding]) -> None:
    with duckdb.connect() as connection:
        planted = dict(
            connection.execute(
                "SELECT trap, CAST(sum(rows) AS BIGINT) FROM read_parquet($1) "
                "WHERE file NOT LIKE '%persons%' GROUP BY trap",
                [str(chain.root / "truth" / "traps.parquet")],
            ).fetchall()
        )
    found = {finding.check.id: finding.violations for finding in findings}
    planted.pop("death_missing_in_referential", None)
    assert len(planted) >= 20
    # Two dispensings may also be the same by chance: found is then more than planted.
    more = {"twice_the_same"}
    assert {k: v for k, v in planted.items() if k not in more} == {
        k: found.get(k) for k in planted if k not in more
    }
    assert all(found[trap] >= planted[trap] for trap in more & set(planted))


def test_no_check_fails_nor_warns_on_the_chain(findings: list[Finding]) -> None:
    assert [f.check.name for f in findings if f.outcome in ("failed", "warning")] == []


def test_no_check_fires_on_a_clean_france(tmp_path: Path) -> None:
    workspace = clean_france(tmp_path / "lab")
    findings = run_checks(workspace)
    fired = {f.check.name for f in findings if f.outcome in ("failed", "warning", "reported")}
    assert fired <= NATURAL
    assert sum(f.outcome == "passed" for f in findings) > 80


def test_the_report_hides_small_counts(chain: Lab) -> None:
    report = read_report(open_workspace(chain.root))
    assert report is not None
    for check in report["checks"]:
        shown = str(check["violations"])
        assert shown in ("0", "1-10") or int(shown) >= 10
        if shown == "1-10":
            assert check["share"] is None


def clean_france(root: Path) -> Workspace:
    """A received France without a single trap."""
    workspace = init_workspace(root)
    none = Traps(**{field.name: 0.0 for field in fields(Traps)})
    synthesize(Settings(1_000, 2022, 2023, 5, traps=none), workspace.raw, workspace.truth)
    receive(workspace, workspace.raw)
    return workspace
