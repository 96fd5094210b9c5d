"""Replacing a folder in one step: a reader sees the old one whole or the new one whole."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

from labsante.base.files import fsync_folder, temporary_name

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def replace_folder(new: Path, target: Path) -> None:
    """Make ``new`` become ``target``; what was there before is removed afterwards.

    Both lie in the same parent. Where the system can, the two names are exchanged in one call;
    elsewhere two renames are made, and a process killed between them leaves no ``target``,
    which the next run writes again.
    """
    if not target.exists():
        new.rename(target)
        fsync_folder(target.parent)
        return
    if not _exchange(new, target):
        old = temporary_name(target.with_name(f"old-{target.name}"))
        target.rename(old)
        new.rename(target)
        new = old
    fsync_folder(target.parent)
    shutil.rmtree(new, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    a, b = os.fsencode(first), os.fsencode(second)
    return bool(rename(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_EXCHANGE) == 0)
