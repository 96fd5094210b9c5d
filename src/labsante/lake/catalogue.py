"""What the lake holds, for the rooms that read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labsante.base.manifest import Manifest
from labsante.base.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of a raw table: a folder, its Parquet files, its manifest."""

    table: str
    name: str
    folder: Path
    files: tuple[Path, ...]
    manifest: Manifest

    @property
    def rows(self) -> int:
        """Rows of the partition."""
        return int(self.manifest.content["rows"])


def received_tables(workspace: Workspace) -> list[str]:
    """Raw tables that have at least one partition, by name."""
    if not workspace.lake.exists():
        return []
    names = (item.name for item in workspace.lake.iterdir() if _visible(item))
    return sorted(name for name in names if partitions(workspace, name))


def partitions(workspace: Workspace, table: str) -> list[Partition]:
    """The partitions of a raw table, by name; a folder without manifest is not one."""
    folder = workspace.lake / table
    if not folder.is_dir():
        return []
    found = []
    for item in sorted(folder.iterdir()):
        manifest = Manifest.read(item) if _visible(item) else None
        if manifest is not None:
            files = tuple(item / str(file["name"]) for file in manifest.content["files"])
            found.append(Partition(table, item.name, item, files, manifest))
    return found


def partition(workspace: Workspace, table: str, name: str) -> Partition | None:
    """One partition, or None."""
    folder = workspace.lake / table / name
    manifest = Manifest.read(folder)
    if manifest is None:
        return None
    files = tuple(folder / str(file["name"]) for file in manifest.content["files"])
    return Partition(table, name, folder, files, manifest)


def _visible(item: Path) -> bool:
    return item.is_dir() and not item.name.startswith((".", "_"))
