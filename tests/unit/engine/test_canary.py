"""What the engines do by themselves, and why the subset forbids it: an upgrade that changes one
of these changes what the linter must say, so it is noticed here first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

SURPRISES: list[tuple[str, Any, str]] = [
    ("CAST(2.7 AS INTEGER)", 3, "Spark gives 2: no CAST to integer"),
    ("date_diff('year', DATE '2000-12-31', DATE '2001-01-01')", 1, "boundaries: no date_diff"),
    ("date_sub('month', DATE '2020-01-31', DATE '2020-02-29')", 1, "Java gives 0: no date_sub"),
    ("typeof(CAST(1 AS DECIMAL(18, 2)) / CAST(3 AS DECIMAL(18, 2)))", "DOUBLE", "no /"),
    ("typeof(sum(CAST(1 AS BIGINT)))", "HUGEINT", "the contract's type is cast at the end"),
    ("typeof(DATE '2020-01-31' + INTERVAL 1 MONTH)", "TIMESTAMP", "no interval"),
    ("dayofweek(DATE '2022-04-03')", 0, "Spark gives 1 on Sunday: no dayofweek"),
    ("substring('abc', 0, 2)", "a", "Spark gives ab: no substring"),
    ("TRY_CAST('2.7' AS BIGINT)", 3, "Spark gives NULL: no TRY_CAST"),
    ("TRY_CAST('1e3' AS BIGINT)", 1000, "Spark gives NULL: no TRY_CAST"),
    ("-7 // 2", -3, "Python gives -4: no //"),
    ("CAST(2.345 AS DECIMAL(18, 2))", Decimal("2.35"), "half away from zero, as on Spark"),
    ("CAST(-2.345 AS DECIMAL(18, 2))", Decimal("-2.35"), "half away from zero, as on Spark"),
]


@pytest.mark.parametrize(("expression", "value", "reason"), SURPRISES)
def test_duckdb_still_surprises_in_the_same_way(expression: str, value: Any, reason: str) -> None:
    assert duckdb.sql(f"SELECT {expression}").fetchall() == [(value,)], reason


def test_a_double_sum_is_not_exact() -> None:
    found = duckdb.sql("SELECT sum(0.1::DOUBLE) = 100000 FROM range(1000000)").fetchall()
    exact = duckdb.sql("SELECT sum(0.1::DECIMAL(18,2)) = 100000 FROM range(1000000)").fetchall()
    assert (found, exact) == ([(False,)], [(True,)])
