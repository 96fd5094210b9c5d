"""Receipts: one a source file ever received, with its account of rows.

A receipt is written after the partitions of its file. It makes the next reception of the same
bytes, under the same definition, no work at all.
"""

from __future__ import annotations

from typing import Any

from labsante.base.files import read_json, sha256_json, write_json
from labsante.base.workspace import Workspace
from labsante.lake.catalogue import partition
from labsante.snds import RawTable

LAKE_FORMAT = 1
FOLDER = "_receipts"


def recipe_of(table: RawTable, buckets: int) -> str:
    """Fingerprint of how a table is received: its definition, the format, the buckets."""
    columns = [[column.name, column.type] for column in table.columns]
    return sha256_json([LAKE_FORMAT, table.name, columns, list(table.key), buckets])


def read_receipt(workspace: Workspace, sha256: str) -> dict[str, Any] | None:
    """The receipt of a file's bytes, or None."""
    path = workspace.lake / FOLDER / f"{sha256}.json"
    return read_json(path) if path.exists() else None


def write_receipt(workspace: Workspace, sha256: str, receipt: dict[str, Any]) -> None:
    """Write a receipt, in one step."""
    write_json(workspace.lake / FOLDER / f"{sha256}.json", receipt)


def still_received(
    workspace: Workspace, receipt: dict[str, Any], table: RawTable, fixed: str
) -> bool:
    """Whether every partition of a receipt still stands and still holds its file.

    ``fixed`` is the partition that the file's place now gives, where its rows do not say it.
    """
    if receipt["recipe"] != recipe_of(table, workspace.config.storage.buckets):
        return False
    if receipt["table"] != table.name or receipt["fixed_partition"] != fixed:
        return False
    for name in receipt["partitions"]:
        found = partition(workspace, table.name, name)
        if found is None or not all(path.exists() for path in found.files):
            return False
        if receipt["sha256"] not in {i["sha256"] for i in found.manifest.content["inputs"]}:
            return False
    return True
