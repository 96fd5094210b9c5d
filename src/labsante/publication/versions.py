"""Writing versions: objects first, then the manifest, then the pointer; each by rename.

A process killed at any point leaves the old version or the new one, and nothing between.
Objects are never deleted on failure: :func:`collect` removes later what no manifest names.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labsante.base.errors import NotAllowedError, UsageError
from labsante.base.files import (
    TEMPORARY_PREFIX,
    fsync_folder,
    sweep_temporary,
    write_json,
    write_text,
)
from labsante.base.locks import exclusive
from labsante.publication.manifests import (
    CURRENT,
    FORMAT,
    MANIFEST,
    PREPARED,
    PUBLISHED,
    content_sha256,
    current_version,
    read_manifest,
    version_names,
)
from labsante.publication.objects import OBJECTS


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the one right to write in a publication; the system frees it if the process dies.

    Raises ResourceError where another process holds it.
    """
    with exclusive(folder / ".lock", task="publication"):
        sweep_temporary(folder)
        yield


def add_version(folder: Path, content: dict[str, Any], run: dict[str, Any], *, state: str) -> str:
    """Write the manifest of a new version, its objects being stored already; returns its number.

    ``content`` holds origin, audience, as_of, rules, indicators, quality, disclosure. The
    pointer does not move: see :func:`point_to`. Call it inside :func:`writing`.
    """
    names = version_names(folder)
    version = f"{int(names[-1]) + 1 if names else 1:04d}"
    manifest = {
        **content,
        "format": FORMAT,
        "version": version,
        "state": state,
        "previous": current_version(folder),
        "run": run,
    }
    manifest["content_sha256"] = content_sha256(manifest)
    temporary = folder / f"{TEMPORARY_PREFIX}{os.getpid()}-{version}"
    temporary.mkdir()
    write_json(temporary / MANIFEST, manifest)
    # A folder without a manifest is a number that a killed process never filled.
    shutil.rmtree(folder / version, ignore_errors=True)
    temporary.rename(folder / version)
    fsync_folder(folder)
    return version


def point_to(folder: Path, version: str) -> None:
    """Make a published version the current one, by rename."""
    manifest = read_manifest(folder, version)
    if manifest["state"] != PUBLISHED:
        raise NotAllowedError(
            "this version is not approved",
            where=str(folder / version),
            hint=f"run: labsante approve {version} --as NAME",
        )
    write_text(folder / CURRENT, version + "\n")


def approve(folder: Path, version: str, name: str) -> None:
    """Approve a prepared version and make it current.

    Raises NotAllowedError where the account that approves is the one that published, UsageError
    where the version is not waiting for an approval.
    """
    with writing(folder):
        manifest = read_manifest(folder, version)
        if manifest["state"] != PREPARED:
            raise UsageError("this version is not waiting for an approval", where=version)
        author = str(manifest["run"].get("published_by", ""))
        if not name.strip() or not author or name.strip().casefold() == author.casefold():
            raise NotAllowedError(
                "a version is approved by another account than the one that prepared it",
                where=version,
                hint="labsante approve VERSION --as NAME, from the second person's account",
            )
        manifest["state"] = PUBLISHED
        manifest["run"]["approved_by"] = name.strip()
        manifest["run"]["approved_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        write_json(folder / version / MANIFEST, manifest)
        point_to(folder, version)


def rollback(folder: Path, version: str | None = None) -> str:
    """Point ``current`` to an earlier version: the one given, or the last published before.

    Returns the version that is current afterwards; every version stays.
    """
    with writing(folder):
        names = version_names(folder)
        if version is None:
            current = current_version(folder)
            older = [
                name
                for name in names
                if current is not None
                and int(name) < int(current)
                and read_manifest(folder, name)["state"] == PUBLISHED
            ]
            if not older:
                raise UsageError("there is no earlier published version", where=str(folder))
            version = older[-1]
        point_to(folder, version)
    return version


def collect(folder: Path, *, older_than_seconds: float = 86_400.0) -> list[str]:
    """Remove objects that no manifest names and that are older than the grace time."""
    with writing(folder):
        named = set()
        for version in version_names(folder):
            named |= object_names(read_manifest(folder, version))
        removed = []
        limit = time.time() - older_than_seconds
        for path in sorted((folder / OBJECTS).glob("*")):
            if path.stem not in named and path.stat().st_mtime < limit:
                path.unlink()
                removed.append(path.name)
    return removed


def object_names(manifest: dict[str, Any]) -> set[str]:
    """Every object that a manifest names."""
    names = {name for entry in manifest["indicators"].values() for name in entry.values()}
    return names | {manifest[key] for key in ("quality", "disclosure") if manifest.get(key)}
