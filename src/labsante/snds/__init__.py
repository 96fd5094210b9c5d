"""What the source is: raw tables, columns, keys, nomenclatures, code lists, territories.

Data files and the few pure functions that read them. No engine, no path, no I/O elsewhere.
"""

from labsante.snds.calendar import (
    MISSING_DATES,
    MISSING_PROFESSIONAL,
    MISSING_PSEUDONYMS,
    MISSING_YEAR_MONTHS,
    MISSING_YEARS,
    OPEN_END_DATES,
    flux_months_of_care_year,
    flux_partition,
)
from labsante.snds.names import FileMatch, column_of, match_file
from labsante.snds.raw import NINE_KEYS, RawColumn, RawTable, raw_table, raw_tables

__all__ = [
    "MISSING_DATES",
    "MISSING_PROFESSIONAL",
    "MISSING_PSEUDONYMS",
    "MISSING_YEARS",
    "MISSING_YEAR_MONTHS",
    "NINE_KEYS",
    "OPEN_END_DATES",
    "FileMatch",
    "RawColumn",
    "RawTable",
    "column_of",
    "flux_months_of_care_year",
    "flux_partition",
    "match_file",
    "raw_table",
    "raw_tables",
]
