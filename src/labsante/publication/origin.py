"""Where the data come from: whether a second person must agree before anything is shown."""

from __future__ import annotations

from labsante.base.workspace import Workspace
from labsante.lake import partitions, received_tables

SYNTHETIC, REAL = "synthetic", "real"


def lake_origin(workspace: Workspace) -> str:
    """``synthetic`` where every partition of the lake says so, else ``real``; also for no lake."""
    origins = {
        partition.manifest.content.get("origin")
        for table in received_tables(workspace)
        for partition in partitions(workspace, table)
    }
    return SYNTHETIC if origins == {SYNTHETIC} else REAL


def lake_as_of(workspace: Workspace) -> str | None:
    """The last flux month received, ``YYYY-MM``; None where there is none."""
    names = [partition.name for partition in partitions(workspace, "ER_PRS_F")]
    return max(names, default=None)
