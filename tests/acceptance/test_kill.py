"""Killed at any moment and run again: the same bytes as a run that nobody disturbed."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labsante.base.files import read_json
from tests.acceptance.conftest import Lab
from tests.acceptance.test_chain import fingerprint
from tests.sizes import SIZES

PERSONS = 1_000


def with_threads(lab: Lab, threads: int) -> Lab:
    """The same workspace, its engine told how many threads to use."""
    config = lab.root / "lab.toml"
    config.write_text(re.sub(r"threads = \d+", f"threads = {threads}", config.read_text()))
    return lab


def content_sections(folder: Path) -> dict[str, object]:
    """Every manifest's content, which must not know when, where or how long."""
    return {
        str(path.relative_to(folder)): read_json(path)["content"]
        for path in sorted(folder.rglob("manifest.json"))
    }


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One delivery for every workspace of this module."""
    lab = Lab(tmp_path_factory.mktemp("raw") / "lab")
    lab.run("init")
    lab.run(
        "synthesize", "--persons", str(PERSONS), "--from", "2023", "--to", "2023", "--seed", "3"
    )
    return lab.root / "raw"


@pytest.fixture(scope="module")
def undisturbed(
    raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lab, dict[str, float]]:
    """A workspace received and built in peace, on one thread, and how long each step took."""
    lab = Lab(tmp_path_factory.mktemp("calm") / "lab")
    lab.run("init")
    with_threads(lab, 1)
    seconds = {}
    for command in (("receive", str(raw)), ("build",)):
        started = time.perf_counter()
        lab.run(*command)
        seconds[command[0]] = time.perf_counter() - started
    return lab, seconds


def run_and_kill(lab: Lab, command: tuple[str, ...], after: float) -> bool:
    """Start a command, kill it without warning; whether it was still running."""
    words = [sys.executable, "-m", "labsante", "--quiet", "--workspace", str(lab.root), *command]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(SIZES.kill_moments))
def test_killed_then_run_again_gives_the_same_bytes(
    moment: int, raw: Path, undisturbed: tuple[Lab, dict[str, float]], tmp_path: Path
) -> None:
    calm, seconds = undisturbed
    lab = Lab(tmp_path / "lab")
    lab.run("init")
    with_threads(lab, 2)
    draw = random.Random(moment)
    interrupted = 0
    for command in (("receive", str(raw)), ("build",)):
        length = seconds[command[0]]
        for _ in range(2):
            # from the start of the work to its last tenth, interpreter start-up aside
            interrupted += run_and_kill(lab, command, draw.uniform(0.25, 0.9) * length)
        lab.run(*command)
    assert interrupted, "no kill fell within the work: the test would prove nothing"
    for folder in ("lake", "tables"):
        assert fingerprint(lab.root / folder) == fingerprint(calm.root / folder)
        assert content_sections(lab.root / folder) == content_sections(calm.root / folder)
    assert not list(lab.root.rglob(".tmp-*"))
