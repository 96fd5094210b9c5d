"""The manifest of a partition: what is in it, where it comes from, what it is worth.

A manifest has two sections. ``content`` is a pure function of the inputs and the recipe: two
runs that should give the same result give the same section, whatever the machine, the threads
or the hour. ``run`` holds the rest (time, host, duration, seconds) and is never hashed.

The manifest is written last: a partition without one does not exist.
"""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labsante.base.files import read_json, sha256_json, write_json

MANIFEST_NAME = "manifest.json"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """A partition's manifest; ``content`` and ``run`` are plain JSON objects.

    Keys of ``content`` that every room fills: ``format``, ``name``, ``partition``, ``files``
    (list of ``{name, sha256, bytes, rows}``), ``rows``, ``schema`` (list of ``[column, type]``),
    ``recipe`` and ``inputs`` (fingerprints), ``origin`` (``synthetic`` or ``real``).
    """

    content: dict[str, Any]
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The content digest: what a downstream fingerprint takes of this partition."""
        keys = ("name", "partition", "files", "schema")
        return sha256_json({key: self.content.get(key) for key in keys})

    def write(self, folder: Path) -> None:
        """Write the manifest in the partition's folder, last of all its files."""
        write_json(folder / MANIFEST_NAME, {"content": self.content, "run": self.run})

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """The manifest of a partition, or None where there is none."""
        path = folder / MANIFEST_NAME
        if not path.exists():
            return None
        value = read_json(path)
        return cls(value["content"], value.get("run", {}))


def run_section(started: float, **facts: Any) -> dict[str, Any]:
    """The facts of this run: when, where, how long. ``started`` is ``time.time()`` then."""
    return {
        "finished_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "host": platform.node(),
        "seconds": round(time.time() - started, 3),
        **facts,
    }
