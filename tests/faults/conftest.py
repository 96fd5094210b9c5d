"""A laboratory for faults: a delivery, and the public command line."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from labsante.cli.main import run
from tests.faults.deliveries import small_delivery


@dataclass
class FaultLab:
    """A workspace and a delivery, both in a folder of their own."""

    workspace: Path
    delivery: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def command(self, *words: str) -> int:
        """Run one command in this process; returns its exit code, keeps what it said."""
        code = run(["--workspace", str(self.workspace), "--quiet", *words])
        captured = self.capture.readouterr()
        self.out, self.err = captured.out, captured.err
        return code

    def receive(self, *options: str) -> int:
        """Receive the delivery."""
        return self.command("receive", str(self.delivery), *options)

    def account(self) -> dict[str, Any]:
        """Receive with ``--json``; returns the account."""
        assert self.receive("--json") == 0, self.err
        return dict(json.loads(self.out))

    def process(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in another process."""
        command = [sys.executable, "-m", "labsante", "-w", str(self.workspace), "-q", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def rows(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows of a raw table in the lake, in the order of the files."""
        files = sorted((self.workspace / "lake" / table).rglob("*.parquet"))
        if not files:
            return []
        listed = ", ".join(f"'{path}'" for path in files)
        with duckdb.connect() as connection:
            return connection.execute(f"SELECT {columns} FROM read_parquet([{listed}])").fetchall()

    def parquet(self) -> list[str]:
        """Every Parquet file of the lake, set-aside rows included."""
        lake = self.workspace / "lake"
        return sorted(str(path.relative_to(lake)) for path in lake.rglob("*.parquet"))

    def bytes_of_lake(self) -> dict[str, str]:
        """Hash of each Parquet file and of each manifest's content."""
        lake, out = self.workspace / "lake", {}
        for path in sorted(lake.rglob("*")):
            if path.name == "manifest.json":
                value = json.dumps(json.loads(path.read_text())["content"], sort_keys=True)
                out[str(path.relative_to(lake))] = hashlib.sha256(value.encode()).hexdigest()
            elif path.is_file():
                out[str(path.relative_to(lake))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return out


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> FaultLab:
    """A fresh workspace, and a delivery of four files that receives well."""
    made = FaultLab(tmp_path / "lab", small_delivery(tmp_path / "delivery"), capsys)
    assert made.command("init") == 0
    return made
