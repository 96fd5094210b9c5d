"""Receipts: one a source file ever received, with its account of rows.

A receipt is written after the partitions of its file. It makes the next reception of the same
bytes, under the same definition, no work at all.
"""

from __future__ import annotations

from pathlib import Path
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


def read_receipt(workspace: Workspace, sha256: str, place: str) -> dict[str, Any] | None:
    """The receipt of a file's bytes at one place (table, partition, member), or None."""
    path = _path(workspace, sha256)
    return read_json(path)["receptions"].get(place) if path.exists() else None


def write_receipt(workspace: Workspace, sha256: str, place: str, receipt: dict[str, Any]) -> None:
    """Write a receipt, in one step, beside those of the same bytes at other places."""
    path = _path(workspace, sha256)
    receptions = read_json(path)["receptions"] if path.exists() else {}
    receptions[place] = receipt
    document = {"format": LAKE_FORMAT, "sha256": sha256, "receptions": receptions}
    write_json(path, document)


def _path(workspace: Workspace, sha256: str) -> Path:
    return workspace.lake / FOLDER / f"{sha256}.json"


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
