"""The rooms import one way, and the core stands without the heavy libraries."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "labsante"

# A room may import itself and any room before it, unless it is listed in ONLY.
ROOMS = [
    *("base", "snds", "engine", "lake", "tables", "quality", "conditions", "indicators"),
    *("stays", "networks", "disclosure", "publication", "desk", "web", "synthetic"),
]
ONLY = {
    "web": {"base", "snds", "publication", "desk"},
    "synthetic": {"base", "snds"},
    "quality": {"base", "snds", "engine", "lake", "tables"},
}
SEE_EVERYTHING = {"cli", "demo", "api", "doctor", "__main__"}
HEAVY = ("pandas", "pyspark", "sklearn", "lightgbm", "torch", "pyreadstat", "matplotlib")


def imported_rooms(path: Path) -> set[tuple[str, int]]:
    """Every room of the project that a module imports, with the line."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
            if node.module == "labsante":
                names = [f"labsante.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = [f"labsante.{path.relative_to(PACKAGE).parts[0]}"]
        for name in names:
            parts = name.split(".")
            if parts[0] == "labsante" and len(parts) > 1:
                found.add((parts[1], node.lineno))
    return found


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    allowed = ONLY.get(room, set(ROOMS[: ROOMS.index(room)])) | {room, "__version__"}
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {other}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for other, line in imported_rooms(path)
        if other not in allowed
    ]
    assert wrong == []


def test_every_module_belongs_to_a_known_room() -> None:
    known = {*ROOMS, *SEE_EVERYTHING, "__init__"}
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()} <= known


def test_sqlglot_lives_behind_the_engine_alone() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        if "sqlglot" in path.read_text("utf-8").replace("`sqlglot`", "")
        and any(
            isinstance(node, ast.Import | ast.ImportFrom) and "sqlglot" in ast.unparse(node)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    }
    assert users <= {"engine"}


@pytest.mark.parametrize("entry", ["labsante", "labsante.cli.main", "labsante.web", "labsante.api"])
def test_the_core_imports_without_heavy_libraries(entry: str) -> None:
    if entry == "labsante.api" and not (PACKAGE / "api.py").exists():
        pytest.skip("the Python entry point is not there yet")
    code = (
        f"import sys, {entry}\n"
        "from labsante.cli import main as cli\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_no_module_outgrows_its_house() -> None:
    long = {
        str(path.relative_to(PACKAGE)): n
        for path in modules()
        if (n := len(path.read_text("utf-8").splitlines())) > 500
    }
    assert long == {}
