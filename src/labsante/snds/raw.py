"""Raw tables of the SNDS: columns, types, keys, names of files.

Data: ``data/raw_tables.toml`` (facts of a table), ``data/raw_columns.csv`` (columns with the
mechanical type of the published schema), ``data/type_overrides.toml`` (types that mislead, each
with its reason), and ``landing/`` (two formats of our own). Sources are named in those files.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from labsante.base.errors import DefinitionError
from labsante.base.texts import Text

PartitionKind = Literal["flux", "year", "full"]

NINE_KEYS = (
    "FLX_DIS_DTD",
    "FLX_TRT_DTD",
    "FLX_EMT_TYP",
    "FLX_EMT_NUM",
    "FLX_EMT_ORD",
    "ORG_CLE_NUM",
    "DCT_ORD_NUM",
    "PRS_ORD_NUM",
    "REM_TYP_AFF",
)
"""The join keys of the claims, in canonical order: unique in ER_PRS_F."""

_PARTITION: dict[str, PartitionKind] = {
    "DCIR": "flux",
    "PMSI-MCO": "year",
    "PMSI-SSR": "year",
    "PMSI-HAD": "year",
    "PMSI-RIM-P": "year",
    "CEPIDC": "year",
    "CARTOGRAPHIE": "year",
}
# The column that says where a row goes, for products whose files may hold several periods.
_PARTITION_COLUMN = {"DCIR": "FLX_DIS_DTD", "CEPIDC": "FLX_PER_ANN"}


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column of a raw table.

    ``type`` is ``text``, ``integer``, ``decimal(p,s)``, ``date``, ``datetime`` or
    ``year_month`` (six characters YYYYMM); ``since`` and ``until`` are years of presence, or
    None; ``type_reason`` says why the type differs from the published schema, or is empty.
    """

    name: str
    type: str
    nomenclature: str
    label_en: str
    since: int | None
    until: int | None
    length: str = ""
    type_reason: str = ""

    @property
    def sql_type(self) -> str:
        """The type in the lake: VARCHAR, BIGINT, DECIMAL(18,s) or DATE."""
        if self.type in ("text", "year_month"):
            return "VARCHAR"
        if self.type == "integer":
            return "BIGINT"
        if self.type in ("date", "datetime"):
            return "DATE"
        return f"DECIMAL(18,{self.scale})"

    @property
    def scale(self) -> int:
        """Digits after the point of a decimal; 0 for every other type."""
        if not self.type.startswith("decimal("):
            return 0
        return int(self.type.removesuffix(")").split(",")[1])


@dataclass(frozen=True, slots=True)
class RawTable:
    """One raw table.

    ``key`` holds the columns without which a file cannot be used; ``unique`` says whether they
    name one row. ``partition_column`` decides where a row goes (FLX_DIS_DTD, FLX_PER_ANN) or is
    empty where the file's name or folder does. ``date_style`` is how real CSV extractions write
    dates: ``dmy``, ``sas`` or ``iso``; readers accept every style all the same.
    """

    name: str
    product: str
    label: Text
    partition: PartitionKind
    key: tuple[str, ...]
    unique: bool
    nine_keys: bool
    columns: tuple[RawColumn, ...]
    date_style: str
    since: int | None = None

    @property
    def partition_column(self) -> str:
        """The column that decides the partition of a row, or an empty text."""
        return _PARTITION_COLUMN.get(self.product, "")

    @property
    def yearly(self) -> bool:
        """Whether the lake adds DATA_YEAR, the year of the partition."""
        return self.partition == "year"

    @property
    def schema(self) -> tuple[tuple[str, str], ...]:
        """Columns and SQL types in the lake, with LINE_ID or DATA_YEAR last."""
        own = tuple((column.name, column.sql_type) for column in self.columns)
        if self.nine_keys:
            return (*own, ("LINE_ID", "BIGINT"))
        return (*own, ("DATA_YEAR", "BIGINT")) if self.yearly else own

    def column(self, name: str) -> RawColumn:
        """One column by its name; raises DefinitionError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DefinitionError(f"{self.name} has no column {name}")


def raw_table(name: str) -> RawTable:
    """One raw table by its name (``ER_PRS_F``, ``T_MCOaaB``); raises DefinitionError."""
    table = _tables().get(name)
    if table is None:
        raise DefinitionError(f"unknown raw table {name}")
    return table


def raw_tables() -> tuple[RawTable, ...]:
    """Every raw table, in the order of the definitions."""
    return tuple(_tables().values())


@cache
def _tables() -> dict[str, RawTable]:
    overrides = _toml("data", "type_overrides.toml")["override"]
    tables: dict[str, RawTable] = {}
    for folder in ("data", "landing"):
        facts = _toml(folder, "raw_tables.toml")
        columns: dict[str, list[RawColumn]] = {name: [] for name in facts}
        for row in csv.DictReader(_text(folder, "raw_columns.csv").splitlines()):
            columns[row["table"]].append(_column(row, overrides))
        for name, fact in facts.items():
            tables[name] = _table(name, fact, tuple(columns[name]))
    return tables


def _table(name: str, fact: dict[str, Any], columns: tuple[RawColumn, ...]) -> RawTable:
    product = fact["product"]
    return RawTable(
        name=name,
        product=product,
        label=Text.of(fact["label"], f"raw_tables.toml [{name}]"),
        partition=_PARTITION.get(product, "full"),
        key=tuple(fact.get("key", NINE_KEYS)),
        unique=fact.get("unique", False),
        nine_keys="key" not in fact,
        columns=columns,
        date_style=fact["date_style"],
        since=fact.get("since"),
    )


def _column(row: dict[str, str], overrides: list[dict[str, str]]) -> RawColumn:
    kind, reason = row["type"], ""
    for override in overrides:
        fits = fnmatchcase(row["table"], override["table"])
        if fits and fnmatchcase(row["column"], override["column"]):
            kind, reason = override["type"], override["why"]
            break
    return RawColumn(
        name=row["column"],
        type=kind,
        nomenclature=row["nomenclature"],
        label_en=row["label_en"],
        since=int(row["since"]) if row["since"] else None,
        until=int(row["until"]) if row["until"] else None,
        length=row["length"],
        type_reason=reason,
    )


def _text(folder: str, name: str) -> str:
    return (files("labsante.snds") / folder / name).read_text("utf-8")


def _toml(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads(_text(folder, name))
