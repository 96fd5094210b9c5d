"""Writing files so that a reader sees the old one or the new one, never a half.

The pattern everywhere: write to a temporary name in the same folder, fsync, rename, fsync the
folder. A killed process leaves only ``.tmp-*`` names, which :func:`sweep_temporary` removes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labsante.base.errors import ResourceError

TEMPORARY_PREFIX = ".tmp-"
_CHUNK = 1 << 20


def canonical_json(value: object) -> str:
    """One text for one value: sorted keys, no spaces, UTF-8 kept."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_text(text: str) -> str:
    """Hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_json(value: object) -> str:
    """Hexadecimal SHA-256 of the canonical JSON of a value."""
    return sha256_text(canonical_json(value))


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fsync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_name(path: Path) -> Path:
    """A temporary name beside ``path``, unique to this process."""
    return path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on success it becomes ``path``, on failure it is removed.

    Raises ResourceError (exit code 14) when the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.rename(path)
        fsync_folder(path.parent)
    except OSError as error:
        raise disk_full(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def disk_full(error: OSError, path: Path, needed: int | None = None) -> Exception:
    """Turn ENOSPC into a message with the path and the bytes; other errors come back as is."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    free = shutil.disk_usage(path.parent if path.parent.exists() else Path("/")).free
    wanted = f"{needed} bytes needed, " if needed is not None else ""
    return ResourceError(
        "the disk is full",
        where=str(path),
        why=f"{wanted}{free} bytes free",
        hint="free space or move the workspace, then run the same command again: it resumes",
    )


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file's content in one step."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Replace a text file in one step, UTF-8, as is."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: object) -> None:
    """Replace a JSON file in one step: sorted keys, indented, a newline at the end."""
    write_text(path, json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text("utf-8"))


def sweep_temporary(folder: Path) -> int:
    """Remove what killed processes left under ``folder``; returns how many names went."""
    removed = 0
    if not folder.exists():
        return removed
    for path in sorted(folder.rglob(f"{TEMPORARY_PREFIX}*")):
        if _alive(path):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed += 1
    return removed


def _alive(path: Path) -> bool:
    """Whether the process that named ``path`` still runs (and is not this one)."""
    number = path.name.removeprefix(TEMPORARY_PREFIX).split("-", 1)[0]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    return Path(f"/proc/{number}").exists()
