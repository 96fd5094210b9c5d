"""Salts of LINE_ID: all the nine-key tables of a flux month use the same one."""

from __future__ import annotations

import duckdb

from labsante.base.workspace import Workspace
from labsante.lake.catalogue import Partition, partition
from labsante.lake.writing import LineState, PartitionPlan, line_state, write_partition
from labsante.snds import RawTable, raw_table, raw_tables


def month_salt(workspace: Workspace, month: str) -> int:
    """The highest salt of a month's partitions; 0 where none stands."""
    found = (_salt(part) for _, part in _month(workspace, month))
    return max(found, default=0)


def reconcile_salts(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, months: list[str]
) -> int:
    """Write again the partitions whose month has gone to a higher salt; returns how many."""
    written = 0
    for month in months:
        salt, settled = month_salt(workspace, month), False
        while not settled:
            behind = [(t, p) for t, p in _month(workspace, month) if _salt(p) != salt]
            settled = True
            for table, part in behind:
                files = ", ".join(f"'{path}'" for path in part.files)
                connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW resalted AS SELECT * FROM read_parquet([{files}])"
                )
                lines = line_state(connection, "resalted", salt)
                if lines == "collision":
                    salt, settled = salt + 1, False
                    break
                write_partition(connection, workspace, _plan(table, part, salt, lines))
                written += 1
    return written


def _plan(table: RawTable, part: Partition, salt: int, lines: LineState) -> PartitionPlan:
    content = part.manifest.content
    return PartitionPlan(
        table=table,
        name=part.name,
        relation="resalted",
        inputs=tuple(content["inputs"]),
        origin=content["origin"],
        notes=tuple(content["notes"]),
        salt=salt,
        lines=lines,
    )


def _month(workspace: Workspace, month: str) -> list[tuple[RawTable, Partition]]:
    found = []
    for table in raw_tables():
        part = partition(workspace, table.name, month) if table.nine_keys else None
        if part is not None:
            found.append((raw_table(table.name), part))
    return found


def _salt(part: Partition) -> int:
    return int(part.manifest.content.get("line_id_salt", 0))
