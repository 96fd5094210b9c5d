from __future__ import annotations

import pytest

from labsante.base.errors import DefinitionError
from labsante.engine import check_types, parse
from tests.unit.engine.models import STAYS

SCHEMA = {
    "T": [
        ("id", "BIGINT"),
        ("N", "BIGINT"),
        ("m", "DECIMAL(18,2)"),
        ("c", "VARCHAR"),
        ("d", "DATE"),
    ],
    "u": [("id", "BIGINT"), ("e", "DATE")],
}
STAY_SCHEMA = {
    "stay": [
        ("stay_id", "BIGINT"),
        ("person_id", "BIGINT"),
        ("entry_date", "DATE"),
        ("diagnosis", "VARCHAR"),
        ("cost", "DECIMAL(18,2)"),
        ("right", "VARCHAR"),
        ("kind", "VARCHAR"),
    ],
    "person": [("person_id", "BIGINT"), ("birth_date", "DATE"), ("sex", "VARCHAR")],
    "refused": [("stay_id", "BIGINT")],
}


def test_the_kinds_of_a_model() -> None:
    assert check_types(parse(STAYS, "stays.sql"), STAY_SCHEMA) == [
        ("person_id", "BIGINT"),
        ("month", "DATE"),
        ("age", "BIGINT"),
        ("diabetes_stays", "BIGINT"),
        ("mean_cost", "DECIMAL"),
        ("label", "VARCHAR"),
        ("not_a_man", "BIGINT"),
    ]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("n + 1", "BIGINT"),
        ("n * m - 0.5", "DECIMAL"),
        ("sum(m) OVER (PARTITION BY c)", "DECIMAL"),
        ("coalesce(m, 0)", "DECIMAL"),
        ("nullif(c, '')", "VARCHAR"),
        ("CASE WHEN n = 1 THEN d WHEN n > :p THEN :q END", "DATE"),
        ("CASE c WHEN 'a' THEN 1 ELSE 2.5 END", "DECIMAL"),
        ("greatest_of(d, DATE '2020-01-01')", "DATE"),
        ("least_of(n, m)", "DECIMAL"),
        ("CAST(NULL AS VARCHAR)", "VARCHAR"),
        ("CAST(n AS DECIMAL(10, 2))", "DECIMAL"),
        ("lag(d, 1) OVER (ORDER BY id)", "DATE"),
        ("row_number() OVER (PARTITION BY n + 1 ORDER BY d, id)", "BIGINT"),
        ("(SELECT max(e) FROM u WHERE u.id = t.id)", "DATE"),
        ("text_of(n) || date_text(d)", "VARCHAR"),
        ("count(DISTINCT c)", "BIGINT"),
        ("-n", "BIGINT"),
    ],
)
def test_the_kind_of_an_expression(expression: str, kind: str) -> None:
    assert check_types(parse(f"SELECT {expression} AS x FROM t", "m.sql"), SCHEMA) == [("x", kind)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT\n d - d AS x FROM t", "line 2, column 2: SUB of DATE; use days_between"),
        ("SELECT d + n AS x FROM t", "ADD of DATE; use days_between(a, b) or add_days"),
        ("SELECT n AS x FROM t WHERE c = 1", "VARCHAR meets BIGINT; use to_int_strict"),
        ("SELECT n AS x FROM t WHERE d >= '2021-01-01'", "DATE meets VARCHAR; use read_date"),
        ("SELECT n AS x FROM t WHERE n IN (1, 'a')", "BIGINT meets VARCHAR"),
        ("SELECT n AS x FROM t WHERE d BETWEEN '2020' AND d", "DATE meets VARCHAR"),
        ("SELECT n AS x FROM t WHERE n", "a value as a condition"),
        ("SELECT n AS x FROM t WHERE n = 1 AND c", "VARCHAR where PREDICATE is expected"),
        ("SELECT n AS x FROM t WHERE n LIKE 'a%'", "BIGINT where VARCHAR is expected"),
        ("SELECT c || n AS x FROM t", "BIGINT where VARCHAR is expected; write text_of(x)"),
        ("SELECT sum(c) AS x FROM t", "SUM of VARCHAR"),
        ("SELECT coalesce(d, c) AS x FROM t", "DATE meets VARCHAR"),
        ("SELECT CASE WHEN n = 1 THEN n ELSE c END AS x FROM t", "BIGINT meets VARCHAR"),
        ("SELECT CASE n WHEN 'a' THEN 1 END AS x FROM t", "BIGINT meets VARCHAR"),
        ("SELECT age_at(c, d) AS x FROM t", "age_at: birth_date is VARCHAR, DATE is expected"),
        ("SELECT add_days(d, m) AS x FROM t", "add_days: n is DECIMAL, BIGINT is expected"),
        ("SELECT amount(c) AS x FROM t", "amount: x is VARCHAR"),
        ("SELECT least_of(d, n) AS x FROM t", "DATE meets BIGINT"),
        ("SELECT n AS x FROM t UNION ALL SELECT e FROM u", "BIGINT meets DATE"),
        ("SELECT n AS x FROM t UNION ALL SELECT id, e FROM u", "2 columns where 1"),
        ("SELECT z AS x FROM t", "no column z"),
        ("SELECT t.z AS x FROM t", "no column z in t; it has id, n, m, c, d"),
        ("SELECT v.z AS x FROM t", "no column z"),
        ("SELECT id AS x FROM t JOIN u ON t.id = u.id", "id is in several relations"),
        ("SELECT a AS x FROM w", "no relation w"),
        ("SELECT n AS x FROM t JOIN u ON t.id", "a value as a condition"),
        ("SELECT count(*) FILTER (WHERE n) AS x FROM t", "a value as a condition"),
        ("WITH a AS (SELECT c FROM t) SELECT c + 1 AS x FROM a", "ADD of VARCHAR"),
        ("SELECT n AS x FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.c)", "BIGINT meets"),
        ("SELECT v.i AS x FROM (VALUES (1), ('a')) AS v(i)", "BIGINT meets VARCHAR"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        check_types(parse(text, "m.sql"), SCHEMA)
    assert message in caught.value.what
    assert caught.value.where.startswith("m.sql:")
