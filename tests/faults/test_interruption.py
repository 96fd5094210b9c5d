"""Reception interrupted: killed, out of disk, out of memory, two at once, a clock that jumps."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labsante.base.errors import ResourceError
from labsante.base.locks import exclusive
from labsante.lake import connection as lake_connection
from labsante.lake import group, partitions, writing
from labsante.lake.reception import receive
from tests.faults.conftest import FaultLab
from tests.faults.deliveries import claim, medicine, small_delivery, write_csv

MONTHS = ("2021-02", "2021-03", "2021-04", "2021-05")


@pytest.fixture
def several_months(lab: FaultLab) -> FaultLab:
    """Four flux months of claims and medicines beside the other files."""
    for month in MONTHS:
        year, number = month.split("-")
        flux = f"01/{number}/{year}"
        folder = lab.delivery / "DCIR" / month
        write_csv(folder / "ER_PRS_F.csv", [claim(n, FLX_DIS_DTD=flux) for n in range(1, 301)])
        write_csv(folder / "ER_PHA_F.csv", [medicine(n, FLX_DIS_DTD=flux) for n in range(1, 301)])
    return lab


def calm_lake(lab: FaultLab, folder: Path, threads: int) -> dict[str, str]:
    """The lake of a run that nobody disturbs."""
    other = FaultLab(folder, lab.delivery, lab.capture)
    assert other.command("init") == 0
    set_threads(folder, threads)
    assert other.receive() == 0, other.err
    return other.bytes_of_lake()


def set_threads(workspace: Path, threads: int) -> None:
    """Write the number of threads in lab.toml."""
    config = workspace / "lab.toml"
    config.write_text(re.sub(r"threads = \d+", f"threads = {threads}", config.read_text()))


@pytest.mark.parametrize("threads", [1, 2])
def test_1_killed_at_random_moments_and_run_again(
    several_months: FaultLab, tmp_path: Path, threads: int
) -> None:
    lab = several_months
    started = time.monotonic()
    expected = calm_lake(lab, tmp_path / "calm", 3 - threads)
    seconds = time.monotonic() - started
    set_threads(lab.workspace, threads)
    dice = random.Random(threads)
    for _ in range(5):
        process = lab.process("receive", str(lab.delivery))
        time.sleep(dice.uniform(0.3, max(1.0, seconds)))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lab.receive() == 0, lab.err
    assert lab.bytes_of_lake() == expected
    assert not list((lab.workspace / "lake").rglob(".tmp-*"))


def test_6_stopped_at_every_write_in_turn(
    several_months: FaultLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The N-th write, rename or receipt fails, for every N, until a run passes."""
    lab = several_months
    expected = calm_lake(lab, tmp_path / "calm", 2)
    real = os.fsync
    state = {"left": 0}

    def failing(descriptor: int) -> None:
        state["left"] -= 1
        if state["left"] == 0:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    stop_at, done = 1, False
    while not done:
        state["left"] = stop_at
        try:
            done = lab.receive() == 0
        except OSError:
            done = False
        for part in sorted((lab.workspace / "lake").rglob("manifest.json")):
            name = str(part.relative_to(lab.workspace / "lake"))
            assert lab.bytes_of_lake()[name] == expected[name]
        stop_at += 7
        assert stop_at < 2_000
    state["left"] = 0
    assert lab.bytes_of_lake() == expected


def test_7_disk_full_while_the_engine_writes(
    several_months: FaultLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files stands for the full disk: the engine sees the same error."""
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "from labsante.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    lab = several_months
    words = ["-w", str(lab.workspace), "-q", "receive", str(lab.delivery)]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True)
    assert done.returncode == 14, done.stderr
    assert "bytes needed" in done.stderr and str(lab.workspace) in done.stderr
    assert done.stderr.count("Error:") == 1 and "Traceback" not in done.stderr
    assert lab.receive() == 0, lab.err
    assert len(lab.rows("ER_PRS_F")) == 1200


def test_7_disk_full_on_a_real_small_disk(several_months: FaultLab, tmp_path: Path) -> None:
    lab = several_months
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a small disk")
    try:
        other = FaultLab(small / "lab", lab.delivery, lab.capture)
        assert other.command("init") == 0
        assert other.receive() == 14, other.err
        assert "disk is full" in other.err and "bytes needed" in other.err
        assert str(small) in other.err
        remount = ["mount", "-o", "remount,size=64m", str(small)]
        subprocess.run(remount, check=True, capture_output=True)
        assert other.receive() == 0, other.err
        assert len(other.rows("ER_PRS_F")) == 1200
    finally:
        subprocess.run(["umount", str(small)], capture_output=True, check=False)


def test_26_two_at_once_the_second_is_refused_with_the_process(lab: FaultLab) -> None:
    with exclusive(lab.workspace / ".receive.lock", task="reception"):
        done = lab.process("receive", str(lab.delivery))
        _, err = done.communicate(timeout=60)
        assert done.returncode == 14
        assert str(os.getpid()) in err.decode()
    assert lab.receive() == 0


def test_26_the_lock_of_a_dead_process_is_taken_over(lab: FaultLab) -> None:
    (lab.workspace / ".receive.lock").write_text("999999\n")
    assert lab.receive() == 0


def test_2_left_overs_of_a_killed_process_are_swept(lab: FaultLab) -> None:
    left = lab.workspace / "lake" / "ER_PRS_F" / ".tmp-999999-2021-02"
    left.mkdir(parents=True)
    (left / "part-00000.parquet").write_text("half")
    assert lab.receive() == 0
    assert not left.exists()


def test_2_a_partition_without_manifest_does_not_exist(lab: FaultLab) -> None:
    assert lab.receive() == 0
    manifest = lab.workspace / "lake" / "ER_PRS_F" / "2021-02" / "manifest.json"
    manifest.unlink()
    assert lab.receive() == 0
    assert manifest.exists()


def test_a_missing_part_is_made_again(lab: FaultLab) -> None:
    assert lab.receive() == 0
    before = lab.bytes_of_lake()
    next((lab.workspace / "lake" / "ER_PRS_F").rglob("*.parquet")).unlink()
    assert lab.receive() == 0
    assert lab.bytes_of_lake() == before


def test_31_a_clock_that_goes_back_changes_nothing(
    lab: FaultLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = calm_lake(lab, tmp_path / "calm", 2)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600 * (1 + int(real() * 10) % 5))
    assert lab.receive() == 0
    assert lab.bytes_of_lake() == expected


def test_a_file_that_changes_while_it_is_read_is_refused(
    lab: FaultLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = group.stage

    def growing(connection, source, plain, relation, fixed):  # type: ignore[no-untyped-def]
        staged = real(connection, source, plain, relation, fixed)
        if source.file.table == "ER_PRS_F":
            with source.file.path.open("a") as stream:
                stream.write("\n")
        return staged

    monkeypatch.setattr(group, "stage", growing)
    assert lab.receive() == 10
    assert "changed while it was being read" in lab.err
    assert not lab.rows("ER_PRS_F")


def test_10_a_small_memory_spills_and_gives_the_same_bytes(lab: FaultLab, tmp_path: Path) -> None:
    path = lab.delivery / "DCIR" / "2021-02" / "ER_PRS_F.csv"
    write_csv(path, [claim(n) for n in range(1, 60_001)])
    expected = calm_lake(lab, tmp_path / "calm", 2)
    config = lab.workspace / "lab.toml"
    config.write_text(config.read_text().replace('"4GB"', '"100MB"'))
    assert lab.receive() == 0, lab.err
    assert lab.bytes_of_lake() == expected


def test_11_too_little_memory_is_one_clear_message(lab: FaultLab) -> None:
    path = lab.delivery / "DCIR" / "2021-02" / "ER_PRS_F.csv"
    write_csv(path, [claim(n) for n in range(1, 20_001)])
    config = lab.workspace / "lab.toml"
    config.write_text(config.read_text().replace('"4GB"', '"1MB"'))
    assert lab.receive() == 14
    assert "memory" in lab.err and "memory_limit" in lab.err


def test_16_a_collision_of_line_ids_moves_the_whole_month_to_the_next_salt(
    several_months: FaultLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With eight bits a collision is certain under salt 0; all tables of a month follow."""
    from labsante.lake import scan

    real = writing.line_id_sql

    def narrow(salt: int = 0) -> str:
        return f"({real(salt)}) % 200" if salt < 2 else real(salt)

    for module in (scan, writing):
        monkeypatch.setattr(module, "line_id_sql", narrow)
    lab = several_months
    assert lab.receive() == 0, lab.err
    from labsante.base.workspace import open_workspace

    workspace = open_workspace(lab.workspace)
    for month in MONTHS:
        salts = {
            part.manifest.content["line_id_salt"]
            for table in ("ER_PRS_F", "ER_PHA_F")
            for part in partitions(workspace, table)
            if part.name == month
        }
        assert salts == {2}
    assert lab.rows("ER_PRS_F", "count(DISTINCT LINE_ID) <= count(*)") == [(True,)]


def test_a_full_disk_names_the_bytes_needed(tmp_path: Path) -> None:
    import duckdb

    with (
        pytest.raises(ResourceError) as refused,
        lake_connection.resource_errors(tmp_path / "x", 123),
    ):
        raise duckdb.IOException('Could not write file "x": No space left on device')
    assert "123 bytes needed" in refused.value.why


def test_5_a_terminated_reception_resumes(several_months: FaultLab, tmp_path: Path) -> None:
    lab = several_months
    expected = calm_lake(lab, tmp_path / "calm", 2)
    process = lab.process("receive", str(lab.delivery))
    time.sleep(2.0)
    process.terminate()
    process.wait(timeout=30)
    assert lab.receive() == 0, lab.err
    assert lab.bytes_of_lake() == expected


def test_a_reception_can_be_called_from_python(lab: FaultLab) -> None:
    from labsante.base.workspace import open_workspace

    reception = receive(open_workspace(lab.workspace), small_delivery(lab.delivery))
    assert {file.status for file in reception.files} == {"received"}
    assert sum(file.rows_read for file in reception.files) == 800
