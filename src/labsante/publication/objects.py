"""Immutable objects named by the SHA-256 of their bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.base.errors import InputDataError
from labsante.base.files import canonical_json, write_bytes

OBJECTS = "objects"
_HASH = re.compile(r"[0-9a-f]{64}")


def results_schema() -> pa.Schema:
    """Columns of a results object (contracts, section 5)."""
    text = ("period", "territory", "sex", "age")
    counts = ("numerator", "denominator")
    figures = ("value", "low95", "high95")
    standard = ("standardised", "standardised_low95", "standardised_high95")
    return pa.schema(
        [pa.field(name, pa.string()) for name in text]
        + [pa.field(name, pa.int64()) for name in counts]
        + [pa.field(name, pa.float64()) for name in figures + standard]
        + [pa.field("status", pa.string()), pa.field("standardised_status", pa.string())]
    )


def table_bytes(table: pa.Table) -> bytes:
    """Parquet bytes of a table: the same table gives the same bytes."""
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(None).combine_chunks(),
        sink,
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        store_schema=False,
        row_group_size=1 << 20,
    )
    return sink.getvalue()


def json_bytes(value: Any) -> bytes:
    """Canonical JSON bytes of a value, a newline at the end."""
    return (canonical_json(value) + "\n").encode()


class ObjectStore:
    """The ``objects`` folder of a publication."""

    def __init__(self, publication: Path) -> None:
        self.folder = publication / OBJECTS

    def put_table(self, table: pa.Table) -> str:
        """Store a table; returns its name."""
        return self._put(table_bytes(table), "parquet")

    def put_json(self, value: Any) -> str:
        """Store a JSON document; returns its name."""
        return self._put(json_bytes(value), "json")

    def _put(self, content: bytes, suffix: str) -> str:
        name = hashlib.sha256(content).hexdigest()
        path = self.folder / f"{name}.{suffix}"
        if not path.exists():
            write_bytes(path, content)
        return name

    def table(self, name: str) -> pa.Table:
        """Read a table; raises InputDataError where its bytes are not what its name says."""
        return pq.read_table(pa.BufferReader(self._get(name, "parquet")))

    def json(self, name: str) -> Any:
        """Read a JSON document; raises InputDataError as :meth:`table` does."""
        return json.loads(self._get(name, "json"))

    def raw(self, name: str, suffix: str) -> bytes:
        """The verified bytes of an object, for downloads."""
        return self._get(name, suffix)

    def _get(self, name: str, suffix: str) -> bytes:
        if not isinstance(name, str) or not _HASH.fullmatch(name):
            raise InputDataError("not the name of an object", where=str(self.folder))
        path = self.folder / f"{name}.{suffix}"
        if path.is_symlink():
            raise InputDataError("an object may not be a link", where=str(path))
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise InputDataError(
                "an object of the publication is missing",
                where=str(path),
                hint="restore it from a copy of the publication, or roll back: labsante rollback",
            ) from None
        if hashlib.sha256(content).hexdigest() != name:
            raise InputDataError(
                "an object of the publication is damaged",
                where=str(path),
                why="its bytes do not give the SHA-256 that names it",
                hint="restore it from a copy of the publication, or roll back: labsante rollback",
            )
        return content
