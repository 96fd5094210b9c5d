"""Where the tables of a computation come from: a workspace, or rows written as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.base.errors import DefinitionError
from labsante.base.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Input:
    """One partition that a computation reads: its name and its content digest."""

    table: str
    partition: str
    digest: str
    recipe: str
    origin: str


class Source(Protocol):
    """Tables by name."""

    def has(self, table: str) -> bool:
        """Whether the table is there."""

    def files(self, table: str) -> list[Path]:
        """Its Parquet files."""

    def schema(self, table: str) -> list[tuple[str, str]]:
        """Its columns and types."""

    def inputs(self, table: str) -> list[Input]:
        """Its partitions."""


@dataclass(frozen=True, slots=True)
class WorkspaceSource:
    """The tables that ``labsante build`` has built in a workspace."""

    workspace: Workspace
    _partitions: dict[str, list[Any]] = field(default_factory=dict)

    def _built(self, table: str) -> list[Any]:
        from labsante.tables import built_partitions

        if table not in self._partitions:
            try:
                self._partitions[table] = list(built_partitions(self.workspace, table))
            except DefinitionError:  # no such table in this version
                self._partitions[table] = []
        return self._partitions[table]

    def has(self, table: str) -> bool:
        """Whether at least one partition is built."""
        return bool(self._built(table))

    def files(self, table: str) -> list[Path]:
        """Every file of every partition, in order."""
        return [Path(path) for partition in self._built(table) for path in partition.files]

    def schema(self, table: str) -> list[tuple[str, str]]:
        """The contract's schema."""
        from labsante.tables import contract

        return [(name, kind) for name, kind in contract(table).schema]

    def inputs(self, table: str) -> list[Input]:
        """One input a partition, with its digest and its recipe."""
        return [
            Input(
                table,
                partition.name,
                partition.manifest.digest,
                str(partition.manifest.content.get("recipe", "")),
                str(partition.manifest.content.get("origin", "real")),
            )
            for partition in self._built(table)
        ]


# The columns that toy rows may use, where no contract says their type.
_TYPES = {
    "date": "DATE",
    "month": "DATE",
    "year": "BIGINT",
    "amount": "DECIMAL(18,2)",
}


@dataclass(frozen=True, slots=True)
class TextSource:
    """Tables written as text: a header and rows, cells between ``|``; an empty cell is NULL."""

    folder: Path
    tables: dict[str, pa.Table]

    def has(self, table: str) -> bool:
        """Whether rows were given."""
        return table in self.tables

    def files(self, table: str) -> list[Path]:
        """One file, written at need."""
        path = self.folder / f"{table}.parquet"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(self.tables[table], path)
        return [path]

    def schema(self, table: str) -> list[tuple[str, str]]:
        """The types that the text was read with."""
        return [(f.name, _sql_type(f.type)) for f in self.tables[table].schema]

    def inputs(self, table: str) -> list[Input]:
        """Toy rows have no digest."""
        return [Input(table, "all", "", "", "synthetic")]


def text_source(texts: Mapping[str, str], folder: Path) -> TextSource:
    """Tables from texts; columns are typed by their contract, or by their name without one."""
    return TextSource(folder, {name: read_rows(name, text) for name, text in texts.items()})


def read_rows(table: str, text: str) -> pa.Table:
    """Rows of one table; every column of the contract is there, NULL where the text has none."""
    types = _contract_types(table)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    header = [name.strip() for name in lines[0].split("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[1:]]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise DefinitionError(
                f"row {number} has {len(row)} cells, the header {len(header)}", where=table
            )
    if "care_date" in header and "care_month" not in header:
        place = header.index("care_date")
        header.append("care_month")
        rows = [[*row, f"{row[place][:7]}-01" if row[place] else ""] for row in rows]
    columns: dict[str, pa.Array] = {}
    for index, name in enumerate(header):
        if types and name not in types:
            raise DefinitionError(f"unknown column {name}", where=f"rows of {table}")
        kind = types.get(name) or _guessed(name, [row[index] for row in rows])
        columns[name] = _column([row[index] for row in rows], kind)
    for name, kind in types.items():
        if name not in columns:
            columns[name] = pa.nulls(len(rows), _arrow_type(kind))
    return pa.table(columns)


def _contract_types(table: str) -> dict[str, str]:
    from labsante.tables import contract

    try:
        return dict(contract(table).schema)
    except DefinitionError:
        return {}


def _guessed(name: str, values: list[str]) -> str:
    for suffix, kind in _TYPES.items():
        if name == suffix or name.endswith((f"_{suffix}", f"{suffix}_paid")):
            return kind
    texts = ("code", "sex", "departement", "age_band", "region", "commune", "sub_right")
    given = [value for value in values if value]
    whole = all(value.lstrip("-").isdigit() for value in given)
    return "BIGINT" if given and whole and name not in texts else "VARCHAR"


def _column(values: list[str], kind: str) -> pa.Array:
    read: list[Any] = []
    for value in values:
        if value == "":
            read.append(None)
        elif kind == "BIGINT":
            read.append(int(value))
        elif kind == "DATE":
            read.append(date.fromisoformat(value))
        elif kind.startswith("DECIMAL"):
            read.append(Decimal(value))
        else:
            read.append(value)
    return pa.array(read, _arrow_type(kind))


def _arrow_type(kind: str) -> pa.DataType:
    if kind.startswith("DECIMAL"):
        precision, scale = kind[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return {"BIGINT": pa.int64(), "DATE": pa.date32(), "VARCHAR": pa.string()}[kind]


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_date(kind):
        return "DATE"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"
