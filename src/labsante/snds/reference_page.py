"""``docs/reference/raw-tables.md``: the raw tables as a page, made from the definitions."""

from __future__ import annotations

from labsante.snds.names import renamings
from labsante.snds.raw import RawColumn, RawTable, raw_tables

_STYLES = {"dmy": "dd/MM/yyyy", "sas": "ddMMMyyyy:HH:mm:ss", "iso": "yyyy-MM-dd"}
_PARTS = {"flux": "flux month (FLX_DIS_DTD)", "year": "year", "full": "whole"}


def page() -> str:
    """The whole text of the page."""
    tables = raw_tables()
    columns = sum(len(table.columns) for table in tables)
    parts = [
        "# Raw tables\n\nMade from the definitions in `src/labsante/snds`; do not edit by hand.\n\n"
        f"{len(tables)} tables, {columns} columns. Codes are text with their leading zeros; "
        "numbers that are codes are integers; money is `decimal(18,2)`. A type that differs from "
        "the published schema says why. Readers accept every way of writing a date; the one "
        "named here is tried first.\n\n## Renamed columns\n\n| header | read as | why |\n"
        "|---|---|---|\n",
    ]
    for renaming in renamings():
        columns_read = ", ".join(f"`{name}`" for name in renaming.columns)
        parts.append(f"| `{renaming.header}` | {columns_read} | {renaming.why} |\n")
    for table in tables:
        parts.append(_table(table))
    return "".join(parts)


def _table(table: RawTable) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    facts = f"{table.product}; partition: {_PARTS[table.partition]}; "
    facts += f"dates: {_STYLES[table.date_style]}"
    facts += f"; since {table.since}" if table.since else ""
    title = f"\n## {table.name}\n\n{table.label.fr} / {table.label.en}. {facts}.\n\n"
    unique = "names one row" if table.unique else "must be there; does not name one row"
    head = "| column | type | nomenclature | years | meaning |\n|---|---|---|---|---|\n"
    return f"{title}Key ({unique}): {key}.\n\n{head}" + "".join(map(_column, table.columns))


def _column(column: RawColumn) -> str:
    years = f"{column.since or ''}–{column.until or ''}" if column.since or column.until else ""
    meaning = column.label_en.replace("|", "\\|")
    if column.type_reason:
        meaning += f" (type: {column.type_reason})"
    return f"| {column.name} | {column.type} | {column.nomenclature} | {years} | {meaning} |\n"
