"""History of a stay: only what ended before the entry, over 24 months."""

from __future__ import annotations

import duckdb
import pytest

from labsante.stays.build import _query

STAYS = """
stay_id person_id entry_date  exit_date   nights excluded
1       1         2021-01-10  2021-01-14  4      -
2       1         2022-06-01  2022-06-01  0      -
3       1         2022-12-20  2022-12-30  10     -
4       1         2022-12-30  2023-01-05  6      -
5       1         2023-03-01  2023-03-04  3      -
6       2         2023-03-01  2023-03-09  8      -
7       1         2023-02-01  2023-02-02  1      ghm_error
"""
RIGHTS = """
person_id right code start_date  end_date
1         ALD   E11  2020-01-01  -
1         ALD   I50  2023-02-01  2023-12-31
1         ALD   C50  2023-03-02  -
2         ALD   F00  2019-01-01  2022-12-31
"""
EXPECTED = """
stay_id stays_24m nights_24m stays_12m day_stays_24m days_since ald_count
1       0         0          0         0             -          1
2       1         4          0         0             503        1
3       1         4          1         1             202        1
4       1         4          1         1             212        1
5       2         16         3         1             55         2
6       0         0          0         0             -          0
"""
_OTHERS = (
    "finess", "sex", "departement", "entry_mode", "origin", "ghm_root", "cmd", "activity",
    "principal_diagnosis", "related_diagnosis", "ghm", "severity", "ghs", "exit_mode",
    "destination",
)  # fmt: skip
_NUMBERS = ("year", "age", "emergency", "short_stay_unit", "intensive_care", "unit_count")


def rows(text: str) -> list[list[str | None]]:
    lines = [line.split() for line in text.strip().splitlines()]
    return [[None if cell == "-" else cell for cell in line] for line in lines[1:]]


@pytest.fixture
def base() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE stay (stay_id BIGINT, person_id BIGINT, entry_date DATE, exit_date DATE, "
        "nights BIGINT, excluded_reason VARCHAR, "
        + ", ".join(f"{name} VARCHAR" for name in _OTHERS)
        + ", "
        + ", ".join(f"{name} BIGINT" for name in _NUMBERS)
        + ")"
    )
    for row in rows(STAYS):
        connection.execute("INSERT INTO stay (stay_id, person_id, entry_date, exit_date, nights, "
                           "excluded_reason) VALUES (?, ?, ?, ?, ?, ?)", row)  # fmt: skip
    connection.execute(
        'CREATE TABLE entitlement (person_id BIGINT, "right" VARCHAR, code VARCHAR, '
        "start_date DATE, end_date DATE)"
    )
    for row in rows(RIGHTS):
        connection.execute("INSERT INTO entitlement VALUES (?, ?, ?, ?, ?)", row)
    return connection


def test_only_what_ended_before_the_entry_counts(base: duckdb.DuckDBPyConnection) -> None:
    found = base.sql(
        "SELECT stay_id, stays_24m, nights_24m, stays_12m, day_stays_24m, days_since_last_exit, "
        f"ald_count FROM ({_query(codes=False, rights=True)}) ORDER BY stay_id"
    ).fetchall()
    expected = [tuple(None if c is None else int(c) for c in row) for row in rows(EXPECTED)]
    assert found == expected
