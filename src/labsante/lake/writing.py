"""One partition on disk: sorted rows, one file a bucket, manifest last, swapped in one step."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from labsante.base.files import fsync_folder, sha256_file, temporary_name
from labsante.base.folders import replace_folder
from labsante.base.manifest import FORMAT_VERSION, Manifest, run_section
from labsante.base.workspace import Workspace
from labsante.lake.catalogue import partition as existing_partition
from labsante.lake.connection import resource_errors, run_sql
from labsante.lake.line_id import key_text_sql, line_id_sql
from labsante.lake.receipts import recipe_of
from labsante.snds import NINE_KEYS, RawTable

LineState = Literal["unique", "repeated", "collision"]


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """A partition to write: its rows (a relation with every column of the table), its facts."""

    table: RawTable
    name: str
    relation: str
    inputs: tuple[dict[str, Any], ...]
    origin: str
    notes: tuple[str, ...]
    salt: int = 0
    lines: LineState = "repeated"
    bytes_needed: int = 0


def write_partition(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, plan: PartitionPlan
) -> bool:
    """Write a partition; returns False when it already stands with the same content.

    The bytes depend on the rows, the definition and the engine's version alone.
    """
    target = workspace.lake / plan.table.name / plan.name
    content = _content(workspace, plan)
    standing = existing_partition(workspace, plan.table.name, plan.name)
    if standing is not None and _same(standing.manifest, content) and _whole(target, standing):
        return False
    started = time.time()
    temporary = temporary_name(target)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        with resource_errors(target, plan.bytes_needed):
            _fill(connection, workspace, plan, temporary, content)
        replaced = {} if standing is None else {"replaced_rows": standing.rows}
        Manifest(content, run_section(started, **replaced)).write(temporary)
        fsync_folder(temporary)
        replace_folder(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return True


def _content(workspace: Workspace, plan: PartitionPlan) -> dict[str, Any]:
    content: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "name": plan.table.name,
        "partition": plan.name,
        "schema": [list(pair) for pair in plan.table.schema],
        "recipe": recipe_of(plan.table, workspace.config.storage.buckets),
        "inputs": list(plan.inputs),
        "origin": plan.origin,
        "notes": list(plan.notes),
    }
    if plan.table.nine_keys:
        content["line_id_salt"] = plan.salt
    return content


def _same(manifest: Manifest, content: dict[str, Any]) -> bool:
    return all(manifest.content.get(key) == value for key, value in content.items())


def _whole(target: Path, standing: Any) -> bool:
    sizes = {file["name"]: file["bytes"] for file in standing.manifest.content["files"]}
    return all(
        (target / name).exists() and (target / name).stat().st_size == size
        for name, size in sizes.items()
    )


def _fill(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    plan: PartitionPlan,
    folder: Path,
    content: dict[str, Any],
) -> None:
    buckets = workspace.config.storage.buckets if plan.table.nine_keys else 1
    order = total_order(connection, plan)
    files: list[dict[str, Any]] = []
    for bucket in range(buckets):
        name = f"part-{bucket:05d}.parquet"
        path = folder / name
        where = f" WHERE LINE_ID % {buckets} = {bucket}" if buckets > 1 else ""
        query = f"SELECT * FROM ({_rows(plan)}){where} ORDER BY {order}"
        quoted = str(path).replace("'", "''")
        copied = run_sql(connection, f"COPY ({query}) TO '{quoted}' (FORMAT parquet)").fetchone()
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
        rows = int(copied[0]) if copied else 0
        files.append(
            {"name": name, "sha256": sha256_file(path), "bytes": path.stat().st_size, "rows": rows}
        )
    content["files"] = files
    content["rows"] = sum(int(file["rows"]) for file in files)
    if plan.table.name == "ER_PRS_F":
        content["care_months"] = _care_months(connection, plan)


def _rows(plan: PartitionPlan) -> str:
    columns = [f'"{column.name}"' for column in plan.table.columns]
    if plan.table.nine_keys:
        columns.append("LINE_ID" if not plan.salt else f"{line_id_sql(plan.salt)} AS LINE_ID")
    elif plan.table.yearly:
        columns.append(f"CAST({int(plan.name)} AS BIGINT) AS DATA_YEAR")
    return f"SELECT {', '.join(columns)} FROM {plan.relation}"


def total_order(connection: duckdb.DuckDBPyConnection, plan: PartitionPlan) -> str:
    """The shortest order that leaves no two different rows in doubt.

    Tried in turn: the line, the line and its own order number, the key; then every column.
    """
    table = plan.table
    names = [f'"{column.name}"' for column in table.columns]
    if table.nine_keys:
        keys = {f'"{name}"' for name in NINE_KEYS}
        own = [name for name in names if name.endswith('_ORD_NUM"') and name not in keys]
        if plan.lines == "unique":
            return "LINE_ID"
        tries = [["LINE_ID", *own]] if own else []
        rest = [name for name in names if name not in keys and name not in own]
        last = ["LINE_ID", *own, *rest]
    else:
        key = [f'"{name}"' for name in table.key]
        tries = [key] if table.unique else []
        last = [*key, *(name for name in names if name not in key)]
    for columns in tries:
        row = ", ".join(columns)
        if _all_distinct(connection, f"SELECT {row} FROM ({_rows(plan)})"):
            return row
    return ", ".join(last)


def line_state(connection: duckdb.DuckDBPyConnection, relation: str, salt: int) -> LineState:
    """Whether LINE_ID names one row, several rows of one line, or two different lines."""
    identifier = "LINE_ID" if not salt else line_id_sql(salt)
    if _all_distinct(connection, f"SELECT {identifier} FROM {relation}"):
        return "unique"
    distinct = f"SELECT DISTINCT {identifier} AS i, hash({key_text_sql()}) AS k FROM {relation}"
    return "repeated" if _all_distinct(connection, f"SELECT i FROM ({distinct})") else "collision"


def _all_distinct(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM ({query})) = "
        f"(SELECT count(*) FROM (SELECT DISTINCT * FROM ({query})))"
    ).fetchone()
    return bool(row and row[0])


def _care_months(connection: duckdb.DuckDBPyConnection, plan: PartitionPlan) -> dict[str, int]:
    rows = connection.execute(
        "SELECT coalesce(strftime(EXE_SOI_DTD, '%Y-%m'), 'unknown') AS month, count(*) "
        f"FROM {plan.relation} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(month): int(count) for month, count in rows}
