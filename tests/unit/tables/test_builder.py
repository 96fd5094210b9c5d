"""The builder: only what changed is computed, and the bytes are those of a full build."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from labsante.base.errors import CheckFailedError, ResourceError, UsageError
from labsante.base.locks import exclusive
from labsante.base.workspace import Workspace, open_workspace
from labsante.tables import Built, build, built_partitions, contract, public_names
from labsante.tables.builder import PART
from tests.unit.tables.tiny_lake import DRUGS, PERSONS, claims, put, snapshot, tiny_lab

TABLES = ["dispensing", "stay"]


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    """A laboratory whose tables are built."""
    workspace = tiny_lab(tmp_path / "lab")
    build(workspace, TABLES)
    return workspace


def built(report: list[Built]) -> set[tuple[str, str]]:
    """What a build computed."""
    return {(entry.table, entry.partition) for entry in report if entry.action == "built"}


def rebuilt(workspace: Workspace, tables: list[str] = TABLES) -> set[tuple[str, str]]:
    """Build and say what was computed."""
    return built(build(workspace, tables))


def from_scratch(workspace: Workspace, folder: Path) -> dict[str, object]:
    """What a full build of the same lake gives."""
    other = folder / "scratch"
    shutil.copytree(workspace.root, other, ignore=shutil.ignore_patterns("tables"))
    fresh = open_workspace(other)
    build(fresh, TABLES)
    return snapshot(fresh)


def test_a_second_build_does_nothing_and_changes_no_byte(lab: Workspace) -> None:
    before = snapshot(lab)
    assert rebuilt(lab) == set()
    assert snapshot(lab) == before


def test_a_reversal_in_a_later_flux_nets_the_line_of_an_earlier_one(lab: Workspace) -> None:
    months = {p.name: p.rows for p in built_partitions(lab, "dispensing")}
    assert months == {"2022-01": 1, "2022-02": 1}
    account = built_partitions(lab, "dispensing")[0].manifest.content["account"]
    assert ["netted", "quantity_zero", 2, "0.00"] in account


def test_a_new_flux_month_rebuilds_only_the_months_of_care_that_it_brings(
    lab: Workspace, tmp_path: Path
) -> None:
    claims(lab, "2022-04", [("5", "B", "2022-02-25", 1, "3400930000002")])
    done = {entry for entry in rebuilt(lab) if entry[0].startswith("dispensing")}
    assert done == {("dispensing_line", "2022-04"), ("dispensing", "2022-02")}
    assert snapshot(lab) == from_scratch(lab, tmp_path)


def test_new_rows_of_a_referential_leave_old_months_fresh(lab: Workspace, tmp_path: Path) -> None:
    put(lab, "IR_BEN_R", "all", PERSONS + "C|1|IDC|00|1|1970|01|035|2022-06-01\n")
    put(lab, "IR_PHA_R", "all", DRUGS + "3400930000003|N02BE01|20000101\n")
    done = {table for table, _ in rebuilt(lab)}
    assert "person_link" in done
    assert "drug" in done
    assert not done & {"dispensing_line", "dispensing", "stay"}
    assert snapshot(lab) == from_scratch(lab, tmp_path)


def test_a_changed_link_and_a_changed_atc_rebuild_the_months_that_carry_them(
    lab: Workspace, tmp_path: Path
) -> None:
    put(lab, "IR_BEN_R", "all", PERSONS.replace("IDA ", "IDZ "))
    done = rebuilt(lab)
    assert ("dispensing_line", "2022-02") in done
    put(lab, "IR_PHA_R", "all", DRUGS.replace("A10BA02", "A10BB01"))
    assert {p for t, p in rebuilt(lab) if t == "dispensing"} == {"2022-01", "2022-02"}
    assert snapshot(lab) == from_scratch(lab, tmp_path)


def test_one_or_two_threads_write_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for threads in (1, 2):
        workspace = tiny_lab(tmp_path / str(threads))
        config = workspace.root / "lab.toml"
        text = config.read_text().replace("threads = 2", f"threads = {threads}")
        config.write_text(text.replace("threads = 1", f"threads = {threads}"))
        build(open_workspace(workspace.root), TABLES)
        found.append(snapshot(workspace))
    assert found[0] == found[1]


def test_what_a_killed_build_left_is_swept_and_made_again(lab: Workspace) -> None:
    before = snapshot(lab)
    half = lab.tables / "dispensing" / f".tmp-{2**22 + os.getpid()}-2022-01"
    half.mkdir()
    (half / PART).write_bytes(b"half")
    (lab.tables / "stay" / "2022" / "manifest.json").unlink()
    assert rebuilt(lab) == {("stay", "2022")}
    assert snapshot(lab) == before
    assert not half.exists()


def test_an_input_that_went_away_takes_its_partition_with_it(
    lab: Workspace, tmp_path: Path
) -> None:
    for table in ("ER_PRS_F", "ER_PHA_F"):
        shutil.rmtree(lab.lake / table / "2022-03")
    report = build(lab, TABLES)
    gone = {(entry.table, entry.partition) for entry in report if entry.action == "removed"}
    assert ("dispensing_line", "2022-03") in gone
    assert ("dispensing", "2022-02") in gone
    assert snapshot(lab) == from_scratch(lab, tmp_path)


def test_every_table_is_built_empty_and_typed_from_an_empty_lake(tmp_path: Path) -> None:
    from labsante.base.workspace import init_workspace

    workspace = init_workspace(tmp_path / "lab")
    build(workspace)
    for name in public_names():
        (partition,) = built_partitions(workspace, name)
        assert partition.manifest.content["schema"] == [
            list(pair) for pair in contract(name).schema
        ]
        if name != "territory_population":
            assert partition.rows == 0, name


def test_lines_counted_twice_break_the_account_and_nothing_is_kept(lab: Workspace) -> None:
    claims(
        lab,
        "2022-04",
        [
            ("5", "A", "2022-03-01", 1, "3400930000001"),
            ("5", "A", "2022-03-01", 1, "3400930000001"),
        ],
    )
    with pytest.raises(CheckFailedError, match="does not balance"):
        build(lab, ["dispensing"])
    assert not (lab.tables / "dispensing_line" / "2022-04").exists()


def test_two_builds_at_once_are_refused(lab: Workspace) -> None:
    with (
        exclusive(lab.tables / ".lock", task="build"),
        pytest.raises(ResourceError, match="another build"),
    ):
        build(lab)


def test_an_unknown_table_is_a_usage_error_with_the_nearest_name(lab: Workspace) -> None:
    with pytest.raises(UsageError, match="did you mean dispensing"):
        build(lab, ["dispensings"])


def test_the_manifest_says_which_engine_made_a_partition_and_from_what(lab: Workspace) -> None:
    content = built_partitions(lab, "stay")[0].manifest.content
    assert content["engine"]["name"] == "duckdb"
    assert content["origin"] == "synthetic"
    assert {entry[0] for entry in content["inputs"]} == {"pseudonym_link", "t_mcoaab", "t_mcoaac"}
