"""What is set aside: rows that cannot be read, and columns that no definition knows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from labsante.base.files import replacing
from labsante.base.workspace import Workspace
from labsante.lake.sources import Source
from labsante.lake.staging import Reject, aside_query

REJECTS = "_rejects"
ASIDE = "_aside"


def write_rejects(workspace: Workspace, source: Source, rejects: tuple[Reject, ...]) -> Path:
    """Write ``lake/_rejects/TABLE/HASH.parquet``: where and why, never the value."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _path(workspace, REJECTS, source)
    table = pa.table(
        {
            "table": [source.file.table] * len(rejects),
            "file": [source.file.name] * len(rejects),
            "line": [reject.line for reject in rejects],
            "column": [reject.column for reject in rejects],
            "value_class": [reject.value_class for reject in rejects],
            "reason": [reject.reason for reject in rejects],
        }
    )
    with replacing(path) as temporary:
        pq.write_table(table, temporary)
    return path


def write_aside(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, source: Source, plain: Path
) -> Path:
    """Write ``lake/_aside/TABLE/HASH.parquet``: key columns and unknown columns, as texts."""
    path = _path(workspace, ASIDE, source)
    query = aside_query(source, plain)
    with replacing(path) as temporary:
        quoted = str(temporary).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{quoted}' (FORMAT parquet)")
    return path


def _path(workspace: Workspace, kind: str, source: Source) -> Path:
    return workspace.lake / kind / source.file.table / f"{source.sha256[:16]}.parquet"
