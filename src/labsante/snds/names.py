"""Names: which raw table a file holds, and what project extractions rename.

Sources: naming rules of the national portal (live and archive tables, PMSI tables with the year
in their name, infra-annual transmissions ``T_MCOaa_mmX``) and of project extractions.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from labsante.snds.raw import RawTable, raw_table, raw_tables

# Endings that say how a file is written, not what it holds.
_ENDINGS = (".gz", ".zst", ".zip", ".csv", ".txt", ".parquet", ".sas7bdat")
_TAIL = (
    r"(?:_ARC)?(?:_(?P<tail>AAAA|\d{4}))?(?:[_-]?(?:0[1-9]|1[0-2]))?(?:[_-](?:PART[_-]?)?\d{1,3})?"
)


@dataclass(frozen=True, slots=True)
class FileMatch:
    """A file's raw table, and the year its name carries, if any.

    ``month`` is set for an infra-annual PMSI transmission: cumulative since January, not final.
    """

    table: RawTable
    year: int | None
    month: int | None = None


def match_file(file_name: str) -> FileMatch | None:
    """The raw table that a file name announces, or None: any case, any known ending."""
    stem = stem_of(file_name).upper()
    for pattern, table in _patterns():
        found = pattern.fullmatch(stem)
        if found:
            parts = found.groupdict()
            year = _year(parts.get("year")) or _year(parts.get("tail"))
            month = parts.get("month")
            return FileMatch(table, year, int(month) if month else None)
    return None


def stem_of(file_name: str) -> str:
    """A file's name without the endings that say how it is written."""
    stem, again = file_name, True
    while again:
        again = False
        for ending in _ENDINGS:
            if stem.lower().endswith(ending):
                stem, again = stem[: -len(ending)], True
    return stem


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], RawTable], ...]:
    return tuple((re.compile(_pattern(table.name)), table) for table in raw_tables())


def _pattern(name: str) -> str:
    upper = re.escape(name.upper())
    if name.startswith("T_"):
        head, tail = name[:5], name[7:].upper()
        return rf"{head}(?P<year>AA|\d{{2}}|\d{{4}})(?:_(?P<month>0[1-9]|1[0-2]))?{tail}{_TAIL}"
    if name.startswith("CT_"):
        return rf"{name[:6]}_(?P<year>AAAA|\d{{4}})_G(?:N|\d{{1,2}})"
    return upper + _TAIL


def _year(text: str | None) -> int | None:
    if not text or not text.isdigit():
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


@dataclass(frozen=True, slots=True)
class Renaming:
    """A header that stands for another column, and why."""

    header: str
    columns: tuple[str, ...]
    table: str
    why: str


@cache
def renamings() -> tuple[Renaming, ...]:
    """Headers of project extractions and of later years, with the column each stands for."""
    text = (files("labsante.snds") / "data" / "renamings.toml").read_text("utf-8")
    return tuple(
        Renaming(row["header"], tuple(row["columns"]), row.get("table", "*"), row["why"])
        for row in tomllib.loads(text)["renaming"]
    )


@cache
def _names(table: str) -> dict[str, str]:
    return {column.name.upper(): column.name for column in raw_table(table).columns}


def column_of(table: RawTable, header: str) -> str | None:
    """The column of ``table`` that a header names, whatever its case, or None."""
    wanted = header.strip().upper()
    names = _names(table.name)
    if wanted in names:
        return names[wanted]
    for renaming in renamings():
        if renaming.header == wanted and fnmatchcase(table.name, renaming.table):
            for column in renaming.columns:
                if column in names.values():
                    return column
    return None
