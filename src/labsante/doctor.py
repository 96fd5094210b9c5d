"""What a machine has and misses: the checks behind ``labsante doctor``."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is there, and what to do if not.

    ``needed`` tells what stops without it; an empty text means that the main job stops.
    """

    name: str
    good: bool
    seen: str
    needed: str = ""
    remedy: str = ""


def examine(workspace: Path) -> list[Finding]:
    """Look at Python, libraries, programs, memory, disk; nothing is written."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        *(lambda name=name: _library(name) for name in ("duckdb", "sqlglot", "pyarrow", "scipy")),
        lambda: _library("pyspark", needed="building tables on Spark", extra="spark"),
        lambda: _library("pyreadstat", needed="reading SAS files", extra="sas"),
        _java,
        _chromium,
        _memory,
        lambda: _disk(workspace),
    )
    return [look() for look in looks]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, remedy="install Python 3.11+")


def _library(name: str, needed: str = "", extra: str = "") -> Finding:
    there = importlib.util.find_spec(name) is not None
    seen = "missing"
    if there:
        from importlib.metadata import version

        seen = version(name)
    remedy = f"uv sync --extra {extra}" if extra else "run: make setup"
    return Finding(name, there, seen, needed, remedy)


def _java() -> Finding:
    needed, remedy = "building tables on Spark", "apt-get install openjdk-17-jre-headless"
    program = shutil.which("java")
    if program is None:
        return Finding("java", False, "missing", needed, remedy)
    out = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    line = (out.stderr or out.stdout).splitlines()
    return Finding("java", out.returncode == 0, line[0] if line else "", needed, remedy)


def _chromium() -> Finding:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    return Finding(
        "chromium",
        program is not None,
        program or "missing",
        "the browser tests",
        "apt-get install chromium",
    )


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Finding(
        "memory",
        total >= 4 * GIGABYTE,
        f"{total / GIGABYTE:.1f} GB",
        "large workspaces",
        "lower engine.memory_limit in lab.toml",
    )


def _disk(workspace: Path) -> Finding:
    folder = workspace
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk",
        free >= 2 * GIGABYTE,
        f"{free / GIGABYTE:.1f} GB free in {folder}",
        "the demo (about 1 GB)",
        "free space, or choose another folder with --workspace",
    )
