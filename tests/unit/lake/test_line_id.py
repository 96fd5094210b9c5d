"""LINE_ID: the same in SQL and in plain Python."""

from __future__ import annotations

import duckdb
import pytest

from labsante.lake.line_id import line_id, line_id_sql


@pytest.mark.parametrize("salt", [0, 1, 7])
def test_sql_and_python_agree(salt: int) -> None:
    keys = ("2021-02-01", "2021-01-12", "1", "2", "3", "01C731222", "42", "5", "0")
    row = duckdb.execute(
        f"SELECT {line_id_sql(salt)} FROM (SELECT DATE '2021-02-01' AS FLX_DIS_DTD, "
        "DATE '2021-01-12' AS FLX_TRT_DTD, 1 AS FLX_EMT_TYP, 2 AS FLX_EMT_NUM, 3 AS FLX_EMT_ORD, "
        "' 01C731222 ' AS ORG_CLE_NUM, 42 AS DCT_ORD_NUM, 5 AS PRS_ORD_NUM, 0 AS REM_TYP_AFF)"
    ).fetchall()
    assert row == [(line_id(keys, salt),)]
    assert 0 <= row[0][0] < 2**60
