"""The manifest of a version: what it names, its state, its content hash."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from labsante.base.errors import InputDataError
from labsante.base.files import sha256_json

FORMAT = 1
MANIFEST = "manifest.json"
CURRENT = "current"
PUBLISHED = "published"
PREPARED = "prepared"
_VERSION = re.compile(r"[0-9]{4,9}")
# What may differ between two writings of the same content.
_OUTSIDE_CONTENT = ("version", "state", "previous", "run", "content_sha256")


def content_sha256(manifest: dict[str, Any]) -> str:
    """The hash of what a manifest publishes, apart from its number, its state and its run."""
    return sha256_json({k: v for k, v in manifest.items() if k not in _OUTSIDE_CONTENT})


def is_version(name: str) -> bool:
    """Whether a text has the form of a version's number."""
    return bool(_VERSION.fullmatch(name))


def version_names(folder: Path) -> list[str]:
    """The complete versions of a publication, oldest first."""
    if not folder.is_dir():
        return []
    names = [p.name for p in folder.iterdir() if is_version(p.name) and (p / MANIFEST).is_file()]
    return sorted(names, key=int)


def read_manifest(folder: Path, version: str) -> dict[str, Any]:
    """The verified manifest of a version; raises InputDataError where it is not whole."""
    if not is_version(version):
        raise InputDataError(
            "not the number of a version", where=str(folder / CURRENT), hint="labsante rollback"
        )
    path = folder / version / MANIFEST
    if path.is_symlink() or path.parent.is_symlink():
        raise InputDataError("a version may not be a link", where=str(path))
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputDataError("this version does not exist", where=str(path)) from None
    except ValueError:
        raise _damaged(path) from None
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or manifest.get("version") != version
        or manifest.get("content_sha256") != content_sha256(manifest)
    ):
        raise _damaged(path)
    return manifest


def current_version(folder: Path) -> str | None:
    """The number that ``current`` holds, or None where nothing is published."""
    path = folder / CURRENT
    try:
        name = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        name = ""
    if not is_version(name):
        raise InputDataError(
            "the pointer to the current version is damaged",
            where=str(path),
            hint="labsante versions lists the versions; labsante rollback VERSION sets it again",
        )
    return name


def _damaged(path: Path) -> InputDataError:
    return InputDataError(
        "the manifest of a version is damaged",
        where=str(path),
        why="its content does not give the hash it carries",
        hint="restore it from a copy of the publication, or roll back: labsante rollback",
    )
