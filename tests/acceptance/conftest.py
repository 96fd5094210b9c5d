"""One laboratory for every acceptance test of a run, made by the public command line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sizes import SIZES


@dataclass(frozen=True, slots=True)
class Lab:
    """A workspace and the command that works on it."""

    root: Path

    def run(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `labsante` in a process of its own; fails unless the exit code is `expect`."""
        command = [sys.executable, "-m", "labsante", "--quiet", "--workspace", str(self.root)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == expect, (
            f"labsante {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done


def make_lab(root: Path, persons: int, years: tuple[int, int], seed: int) -> Lab:
    """A laboratory with a received delivery, nothing built yet."""
    lab = Lab(root)
    lab.run("init")
    first, last = map(str, years)
    numbers = ["--persons", str(persons), "--from", first, "--to", last, "--seed", str(seed)]
    lab.run("synthesize", *numbers)
    lab.run("receive", str(root / "raw"))
    return lab


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The whole chain, up to a publication. Tests read it; none changes it."""
    root = tmp_path_factory.mktemp("chain") / "lab"
    lab = make_lab(root, SIZES.chain_persons, SIZES.chain_years, seed=7)
    for command in ("build", "check", "indicators", "publish"):
        lab.run(command)
    return lab
