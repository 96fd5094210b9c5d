"""From what a file holds to the types of the lake: SQL expressions, tried in an order.

Every reader gives NULL where it cannot read, so that ``value IS NOT NULL AND reading IS NULL``
is an unreadable cell. Formats by family: handbook of the source, section on delivery formats
(``dd/MM/yyyy`` in claims and referentials, ``ddMMMyyyy:HH:mm:ss`` in MCO, ``ddMMyyyy`` text,
``YYYYMM``, numbers of SAS counted from 1 January 1960).
"""

from __future__ import annotations

from labsante.snds import RawColumn

# A number that stands for a date: days or seconds since 1960, or yyyyMMdd; the ranges are apart.
_SAS_DAYS = 3_000_000
_YMD_MIN, _YMD_MAX = 10_000_000, 100_000_000


def text_readers(column: RawColumn, date_style: str) -> list[str]:
    """Readers of a text cell ``{x}`` for a column, the expected one first."""
    if column.sql_type == "VARCHAR":
        return ["{x}"]
    if column.sql_type == "BIGINT":
        plain = (
            "CASE WHEN contains({x}, '.') OR contains(lower({x}), 'e') THEN NULL "
            "ELSE TRY_CAST({x} AS BIGINT) END"
        )
        return [plain, _whole("TRY_CAST(replace({x}, ',', '.') AS DECIMAL(38,9))")]
    if column.sql_type == "DATE":
        return _text_dates(column, date_style)
    decimal = column.sql_type
    return [
        f"TRY_CAST({{x}} AS {decimal})",
        f"TRY_CAST(replace({{x}}, ',', '.') AS {decimal})",
        f"TRY_CAST(TRY_CAST({{x}} AS DOUBLE) AS {decimal})",
    ]


def _read_date(form: str) -> str:
    return f"CAST(try_strptime({{x}}, '{form}') AS DATE)"


_ISO = "TRY_CAST({x} AS DATE)"
# Readers of dates that the engine can apply itself while it reads a CSV.
_FORMATS = {_ISO: "%Y-%m-%d"} | {
    _read_date(form): form for form in ("%d/%m/%Y", "%d%b%Y:%H:%M:%S", "%d%b%Y", "%d%m%Y", "%Y%m%d")
}


def date_format(reader: str) -> str:
    """The date format of a reader, or an empty text."""
    return _FORMATS.get(reader, "")


def _text_dates(column: RawColumn, style: str) -> list[str]:
    read, iso = _read_date, _ISO
    dmy, sas = read("%d/%m/%Y"), read("%d%b%Y:%H:%M:%S")
    sas_day, ddmmyyyy, yyyymmdd = read("%d%b%Y"), read("%d%m%Y"), read("%Y%m%d")
    digits = [ddmmyyyy, yyyymmdd] if column.length == "8" else [yyyymmdd, ddmmyyyy]
    month = f"CASE WHEN length({{x}}) = 6 THEN {read('%Y%m')} END"
    number = (
        "CASE WHEN length({x}) <= 5 THEN "
        "DATE '1960-01-01' + CAST(TRY_CAST({x} AS BIGINT) AS INTEGER) END"
    )
    first = {"dmy": [dmy, iso, sas], "sas": [sas, iso, dmy], "iso": [iso, dmy, sas]}[style]
    return [*first, sas_day, *digits, month, number]


def typed_reader(column: RawColumn, source_type: str) -> str:
    """The reader of a cell that already has a type (Parquet, SAS)."""
    wanted, source = column.sql_type, source_type.upper()
    if source == wanted:
        return "{x}"
    number = source.startswith(("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "UHUGEINT"))
    whole = source in _INTEGERS
    real = source in ("DOUBLE", "FLOAT")
    x = "CASE WHEN isfinite({x}) THEN {x} END" if real else "{x}"
    exact = f"CASE WHEN {x} = floor({x}) THEN TRY_CAST({x} AS BIGINT) END"
    if wanted == "VARCHAR":
        return (
            f"COALESCE(CAST({exact} AS VARCHAR), CAST({x} AS VARCHAR))"
            if number
            else ("CAST({x} AS VARCHAR)")
        )
    if wanted == "BIGINT":
        return exact if number else "TRY_CAST({x} AS BIGINT)"
    if wanted == "DATE":
        if whole or number:
            return _number_date(f"TRY_CAST({x} AS BIGINT)")
        return "TRY_CAST({x} AS DATE)"
    return f"TRY_CAST({x} AS {wanted})"


_INTEGERS = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT")


def _whole(decimal: str) -> str:
    return f"CASE WHEN {decimal} % 1 = 0 THEN TRY_CAST({decimal} AS BIGINT) END"


def _number_date(n: str) -> str:
    return (
        f"CASE WHEN abs({n}) < {_SAS_DAYS} THEN DATE '1960-01-01' + CAST({n} AS INTEGER) "
        f"WHEN {n} BETWEEN {_YMD_MIN} AND {_YMD_MAX} "
        f"THEN CAST(try_strptime(CAST({n} AS VARCHAR), '%Y%m%d') AS DATE) "
        f"ELSE CAST(TIMESTAMP '1960-01-01' + to_seconds({n}) AS DATE) END"
    )


def missing_mark(source_type: str) -> str:
    """A condition that tells an absent cell ``{x}``: NULL, NaN, or SAS's lone point."""
    source = source_type.upper()
    if source in ("DOUBLE", "FLOAT"):
        return "{x} IS NULL OR isnan({x})"
    if source == "VARCHAR":
        return "{x} IS NULL OR trim({x}) IN ('', '.')"
    return "{x} IS NULL"


def value_class(cell: str) -> str:
    """SQL: the shape of a cell, digits as 9 and letters as A, never the value."""
    shape = f"regexp_replace(regexp_replace(CAST({cell} AS VARCHAR), '[0-9]', '9', 'g')"
    return f"left({shape}, '[A-Za-zÀ-ÿ]', 'A', 'g'), 24)"
