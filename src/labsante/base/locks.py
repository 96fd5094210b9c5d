"""One writer at a time: a lock file that names the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labsante.base.errors import ResourceError


@contextmanager
def exclusive(path: Path, *, task: str) -> Iterator[None]:
    """Hold the lock ``path`` during the block.

    The system frees the lock when its process ends, however it ends: the file that a killed
    process leaves is taken over. Raises ResourceError naming the process that holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "?"
            raise ResourceError(
                f"another {task} is running (process {holder})",
                where=str(path),
                why="two at once would write the same partitions",
                hint="wait for it to end, then run the same command again",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
