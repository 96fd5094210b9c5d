"""What lies in a folder: files that announce a raw table, files that do not, and the
``delivery.json`` that may vouch for them."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labsante.base.errors import InputDataError
from labsante.snds import FileMatch, match_file

DELIVERY_NAME = "delivery.json"
DELIVERY_FORMAT = 1

FileKind = Literal["csv", "parquet", "sas"]
_KINDS: dict[str, FileKind] = {
    ".csv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".sas7bdat": "sas",
}
_COMPRESSIONS = (".gz", ".zst", ".zip")


@dataclass(frozen=True, slots=True)
class Declared:
    """What ``delivery.json`` says of one file; None where it says nothing."""

    sha256: str | None
    bytes: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file that announces a raw table.

    ``name`` is its path from the delivery's folder, with ``!member`` for a file inside a zip;
    ``compression`` is ``gz``, ``zst``, ``zip`` or empty.
    """

    path: Path
    name: str
    match: FileMatch
    kind: FileKind
    compression: str = ""
    member: str = ""
    declared: Declared | None = None

    @property
    def table(self) -> str:
        """The raw table's name."""
        return self.match.table.name

    @property
    def stem(self) -> str:
        """What stays the same when a file is delivered again in another format."""
        base = self.member.rsplit("/", 1)[-1] if self.member else self.path.name
        return base.split(".", 1)[0].upper()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A folder (or one file) to receive. ``origin`` is ``synthetic`` or ``real``."""

    root: Path
    files: tuple[DeliveredFile, ...]
    unknown: tuple[str, ...]
    origin: str = "real"
    generation: str = ""


def discover(path: Path) -> Delivery:
    """Walk a folder and its sub-folders; raises InputDataError where nothing can be received."""
    if not path.exists():
        raise InputDataError(
            "nothing there", where=str(path), hint="give the folder of a delivery, or one file"
        )
    root = path if path.is_dir() else path.parent
    document = _delivery_document(root)
    declared = _declared(document, root)
    files: list[DeliveredFile] = []
    unknown: list[str] = []
    for item in _walk(path):
        name = item.relative_to(root).as_posix()
        if name == DELIVERY_NAME:
            continue
        found = _recognise(item, name, declared.get(name))
        files.extend(found)
        if not found:
            unknown.append(name)
    if path.is_dir():
        _require_declared(declared, root)
    return Delivery(
        root=root,
        files=tuple(sorted(files, key=lambda file: file.name)),
        unknown=tuple(sorted(unknown)),
        origin="synthetic" if document.get("origin") == "synthetic" else "real",
        generation=str(document.get("generation", "")),
    )


def _walk(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    items: list[Path] = []
    for top, _, names in os.walk(path):
        items.extend(Path(top) / name for name in names if not name.startswith("."))
    return sorted(items)


def _recognise(path: Path, name: str, declared: Declared | None) -> list[DeliveredFile]:
    compression, kind = _endings(path.name)
    if compression == "zip":
        return _in_zip(path, name, declared)
    match = match_file(path.name)
    if match is None or kind is None:
        return []
    return [DeliveredFile(path, name, match, kind, compression, "", declared)]


def _in_zip(path: Path, name: str, declared: Declared | None) -> list[DeliveredFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.namelist() if not m.endswith("/")]
    except (zipfile.BadZipFile, OSError) as error:
        if match_file(path.name) is None:
            return []
        raise InputDataError("this zip cannot be opened", where=name, why=str(error)) from None
    found = []
    for member in members:
        match = match_file(member.rsplit("/", 1)[-1])
        if match is None and len(members) == 1:
            match = match_file(path.name)
        _, kind = _endings(member)
        if match is not None and kind is not None:
            inside = f"{name}!{member}"
            found.append(DeliveredFile(path, inside, match, kind, "zip", member, declared))
    return found


def _endings(file_name: str) -> tuple[str, FileKind | None]:
    lower, compression = file_name.lower(), ""
    for ending in _COMPRESSIONS:
        if lower.endswith(ending):
            lower, compression = lower[: -len(ending)], ending[1:]
    for ending, kind in _KINDS.items():
        if lower.endswith(ending):
            return compression, kind
    return compression, None


def _delivery_document(root: Path) -> dict[str, object]:
    path = root / DELIVERY_NAME
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InputDataError(
            "delivery.json cannot be read", where=str(path), why=str(error)
        ) from None
    if not isinstance(document, dict) or document.get("format") != DELIVERY_FORMAT:
        raise InputDataError(
            "delivery.json has another format",
            where=str(path),
            why=f'"format" must be {DELIVERY_FORMAT}',
        )
    return document


def _declared(document: dict[str, object], root: Path) -> dict[str, Declared]:
    entries = document.get("files", [])
    if not isinstance(entries, list):
        raise InputDataError('"files" must be a list', where=str(root / DELIVERY_NAME))
    return {
        str(entry["path"]): Declared(entry.get("sha256"), entry.get("bytes"), entry.get("rows"))
        for entry in entries
    }


def _require_declared(declared: dict[str, Declared], root: Path) -> None:
    absent = sorted(name for name in declared if not (root / name).exists())
    if absent:
        raise InputDataError(
            f"{len(absent)} file(s) of the delivery are missing: {', '.join(absent[:5])}",
            where=str(root / DELIVERY_NAME),
            why="delivery.json names them",
            hint="copy the delivery again, whole",
        )
