"""The values on which every owned function is tried, and how an engine is asked.

A grid crosses the values of each argument: ends of months, leap days, placeholders, blanks,
negative numbers, NULL. One query a function computes the whole grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.engine import CodeList, Engine, lint, parse, render
from labsante.engine.functions import FUNCTIONS

DATES = [
    None,
    date(1, 1, 1),
    date(1582, 10, 4),
    date(1582, 10, 15),
    date(1600, 1, 1),
    date(1600, 12, 31),
    date(1601, 1, 1),
    date(1899, 12, 31),
    date(1900, 2, 28),
    date(1900, 3, 1),
    date(1950, 6, 15),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(1999, 12, 31),
    date(2000, 1, 1),
    date(2000, 2, 28),
    date(2000, 2, 29),
    date(2000, 3, 1),
    date(2001, 2, 28),
    date(2001, 3, 1),
    date(2020, 1, 29),
    date(2020, 1, 30),
    date(2020, 1, 31),
    date(2020, 2, 29),
    date(2020, 4, 30),
    date(2020, 12, 31),
    date(2021, 1, 1),
    date(2021, 2, 28),
    date(2022, 3, 31),
    date(2022, 9, 30),
    date(2022, 10, 1),
    date(2098, 12, 31),
    date(2099, 1, 1),
    date(2099, 12, 31),
    date(2999, 12, 31),
    date(9999, 12, 31),
]
_MIDDLE_DATES = [d for d in DATES if d is None or 1000 < d.year < 9000]
_WHOLE = [None, 0, 1, -1, 2, -2, 3, 7, -7, 10, 999, -1000, 10**9, -(10**12), 2**53 + 1, 10**17]
_DECIMALS = [
    None,
    *(Decimal(n).scaleb(-3) for n in (0, 500, -500, 1500, 2500, -2500, 2345, -2345, 5, -5, 1005)),
    *(Decimal(n).scaleb(-6) for n in (1, 4999, 2344999, 3000000, 7000000, 2700000, -2700000)),
    *(Decimal(text) for text in ("999999999.995", "-999999999.995", "123456789012.345678")),
]
_TINY = Decimal("0.000001")
_TEXTS = [
    None,
    "",
    " ",
    "   ",
    "E119",
    " e11.9 ",
    "E11",
    "e1 1.",
    "é",
    "ÉTÉ été ßœ",
    "a\tb",
    "it's",
    "back\\slash",
    "100%_",
    "0",
    "007",
    "-3",
    "+3",
    "- 3",
    "2.7",
    "1e3",
    "1,5",
    "12 ",
    "123456789012345678",
    "1234567890123456789",
    "٣",
    "00000000",
    "20220228",
    "20220229",
    "20240229",
    "20221301",
    " 20220101 ",
    "2022-02-28",
    "2022-2-28",
    "28022022",
    "28/02/2022",
    "31/04/2022",
    "28/2/2022",
    "202202",
    "202213",
    "160001",
    "000001",
    "16000101",
    "19000101",
    "99991231",
    "2022022",
    "20220228T00",
]
DIABETES = CodeList("diabetes", ("E10", "E11", "E14", "=O24", "O240", "E109"), ("E115", "=E14"))
_CODES = [None, "", "E1", "E10", "E109", "E11", "E115", "E1150", "E119", "E14", "E140", "O24"]
_CODES += ["O240", "O2401", "O241", "e11", "X"]

BIGINT, VARCHAR, DATE = "BIGINT", "VARCHAR", "DATE"
_OF_A_DATE = ("year_of", "month_of", "day_of", "quarter_of", "weekday_of", "month_start")
_OF_A_DATE += ("month_end", "quarter_start", "year_start", "known_date", "date_text", "period_text")
_OF_A_TEXT = ("to_int_strict", "normalise_code", "upper_text", "trimmed", "text_length", "hash60")

#: For each function, the grids: the type and the values of each argument that is not constant.
GRIDS: dict[str, list[list[tuple[str, Sequence[Any]]]]] = {
    **{name: [[(DATE, DATES)]] for name in _OF_A_DATE},
    **{
        name: [[(DATE, DATES), (DATE, DATES)]]
        for name in ("age_at", "months_between", "days_between")
    },
    "add_days": [[(DATE, _MIDDLE_DATES), (BIGINT, [None, 0, 1, -1, 28, 31, 365, 366, -400])]],
    "add_months": [[(DATE, _MIDDLE_DATES), (BIGINT, [None, 0, 1, -1, 2, 11, 12, -12, 13, -25])]],
    "make_day": [
        [
            (BIGINT, [None, 0, 1, 1600, 1900, 2000, 2022, 2024, 9999, 10000, -1]),
            (BIGINT, [None, 0, 1, 2, 4, 12, 13, -1]),
            (BIGINT, [None, 0, 1, 28, 29, 30, 31, 32, -1]),
        ]
    ],
    "read_date": [[(VARCHAR, _TEXTS)]],
    **{name: [[(VARCHAR, _TEXTS)]] for name in _OF_A_TEXT},
    **{
        name: [[("DECIMAL(24,6)", _DECIMALS)], [(BIGINT, [v for v in _WHOLE if v != 10**17])]]
        for name in ("amount", "measure", "truncated", "rounded")
    },
    "ratio": [
        [(BIGINT, _WHOLE[:-2]), (BIGINT, _WHOLE[:-2])],
        [("DECIMAL(18,6)", _DECIMALS), ("DECIMAL(18,6)", [d for d in _DECIMALS if d != _TINY])],
        [("DECIMAL(18,6)", _DECIMALS[:-3]), ("DECIMAL(18,6)", [_TINY])],
        [("DECIMAL(18,2)", [Decimal("10.00"), Decimal("-0.01"), None]), (BIGINT, [3, 0, -7])],
    ],
    "quotient": [[(BIGINT, _WHOLE), (BIGINT, _WHOLE)]],
    "remainder": [[(BIGINT, _WHOLE), (BIGINT, _WHOLE)]],
    **{
        name: [
            [(BIGINT, _WHOLE), (BIGINT, _WHOLE)],
            [(DATE, DATES), (DATE, DATES)],
            [(VARCHAR, _TEXTS[:20]), (VARCHAR, _TEXTS[:20])],
        ]
        for name in ("least_of", "greatest_of")
    },
    "has_bit": [[(BIGINT, [None, 0, 1, 2, 3, 5, 8, 255]), (BIGINT, [1, 2, 4, 128, None])]],
    "text_part": [
        [
            (VARCHAR, _TEXTS[:14]),
            (BIGINT, [None, 0, 1, 2, 3, 50, -1]),
            (BIGINT, [None, 0, 1, 2, 50, -1]),
        ]
    ],
    "replace_text": [
        [
            (VARCHAR, _TEXTS[:22]),
            (VARCHAR, [None, ".", " ", "E11", "é", "\\"]),
            (VARCHAR, [None, "", "x"]),
        ]
    ],
    "pad_left": [
        [
            (VARCHAR, _TEXTS[:20]),
            (BIGINT, [None, 0, 1, 3, 8]),
            (VARCHAR, [None, "0", "é"]),
        ]
    ],
    "text_of": [[(BIGINT, _WHOLE)], [(DATE, DATES)], [(VARCHAR, _TEXTS)]],
    "starts_with": [
        [(VARCHAR, [*_TEXTS[:16], *_CODES]), (VARCHAR, [None, "", "E", "E11", "é", "%", "10"])]
    ],
    "code_in": [[(VARCHAR, _CODES)]],
}

_ARROW = {BIGINT: pa.int64(), VARCHAR: pa.string(), DATE: pa.date32()}


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of a contract's type."""
    if kind.startswith("DECIMAL"):
        precision, scale = kind[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return _ARROW[kind]


def constants(name: str) -> list[str | None]:
    """The values of the constant argument that are tried; [None] where there is none."""
    function = FUNCTIONS[name]
    if name == "code_in":
        return [DIABETES.name]
    return list(function.variants) if function.variants else [None]


def rows_of(grid: list[tuple[str, Sequence[Any]]]) -> list[tuple[Any, ...]]:
    """The grid's rows: every value with every value."""
    return list(product(*(values for _, values in grid)))


def write_rows(
    path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Write rows as Parquet with the columns' types."""
    arrays = [
        pa.array([row[i] for row in rows], arrow_type(kind)) for i, (_, kind) in enumerate(columns)
    ]
    pq.write_table(pa.table(arrays, names=[name for name, _ in columns]), path)


def call(name: str, constant: str | None) -> str:
    """The call of a function on columns a0, a1… with its constant in place."""
    function = FUNCTIONS[name]
    arguments, place = [], 0
    for parameter in function.parameters:
        if parameter.type == "CONSTANT":
            arguments.append(f"'{constant}'")
        else:
            arguments.append(f"a{place}")
            place += 1
    text = f"{name}({', '.join(arguments)})"
    if function.returns == "PREDICATE":
        return f"CASE WHEN {text} THEN 1 WHEN NOT {text} THEN 0 END"
    return text


def ask(engine: Engine, name: str, grid: list[tuple[str, Sequence[Any]]], path: Path) -> list[Any]:
    """What the engine gives for every constant, then every row of the grid, as Python values."""
    columns = [("i", BIGINT), *((f"a{n}", kind) for n, (kind, _) in enumerate(grid))]
    write_rows(path, columns, [(i, *row) for i, row in enumerate(rows_of(grid))])
    engine.bind("grid", [path], columns)
    calls = ", ".join(f"{call(name, c)} AS r{k}" for k, c in enumerate(constants(name)))
    query = parse(f"SELECT i, {calls} FROM grid", f"{name}.sql")
    lint(query)
    sql = render(query, engine.name, code_lists={"diabetes": DIABETES})  # type: ignore[arg-type]
    table = engine.fetch(sql).sort_by("i")
    values: list[Any] = []
    for k in range(len(constants(name))):
        values += table.column(f"r{k}").to_pylist()
    return values
