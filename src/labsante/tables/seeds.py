"""Small reference tables of the Lab's own: rules, populations, read from CSV as relations.

A seed's header gives ``column:TYPE``; lines that start with ``#`` say what it is and where it
comes from. Queries read a seed by its name, like any relation.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from labsante.base.files import replacing, sha256_text


@dataclass(frozen=True, slots=True)
class Seed:
    """One reference table: its schema and its rows, as text."""

    name: str
    schema: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    digest: str

    def write(self, path: Path) -> None:
        """Write the rows as Parquet, an empty cell as NULL."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {"VARCHAR": pa.string(), "BIGINT": pa.int64()}
        columns = {}
        for place, (name, kind) in enumerate(self.schema):
            cells = [row[place] or None for row in self.rows]
            values = [int(cell) if cell and kind == "BIGINT" else cell for cell in cells]
            columns[name] = pa.array(values, type=types[kind])
        with replacing(path) as temporary:
            pq.write_table(pa.table(columns), temporary)


@cache
def seeds() -> dict[str, Seed]:
    """Every seed by name."""
    folder = files("labsante.tables") / "data" / "seeds"
    found = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".csv"):
            name = entry.name.removesuffix(".csv")
            found[name] = _read(name, entry.read_text("utf-8"))
    return found


def _read(name: str, text: str) -> Seed:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    header, *rows = list(csv.reader(lines))
    schema = tuple((column.split(":")[0], column.split(":")[1]) for column in header)
    return Seed(name, schema, tuple(tuple(row) for row in rows), sha256_text("\n".join(lines)))
