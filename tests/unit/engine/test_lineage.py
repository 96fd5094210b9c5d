from __future__ import annotations

import pytest

from labsante.base.errors import DefinitionError
from labsante.engine import all_lineage, lineage, parse
from tests.unit.engine.models import STAYS


def test_lineage_goes_through_ctes_stars_and_functions() -> None:
    query = parse(STAYS, "stays.sql")
    assert lineage(query, "person_id") == {("person", "person_id")}
    assert lineage(query, "month") == {("stay", "entry_date")}
    assert lineage(query, "age") == {("person", "birth_date"), ("stay", "entry_date")}
    assert lineage(query, "Label") == {("person", "sex"), ("stay", "right")}
    assert lineage(query, "mean_cost") == {("stay", "cost"), ("person", "*")}
    assert lineage(query, "diabetes_stays") == {("stay", "diagnosis"), ("person", "*")}


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("SELECT a AS x FROM t UNION ALL SELECT b FROM u", {("t", "a"), ("u", "b")}),
        ("SELECT CASE WHEN a = 1 THEN b ELSE 0 END AS x FROM t", {("t", "a"), ("t", "b")}),
        ("SELECT (SELECT max(u.b) FROM u WHERE u.k = t.k) AS x FROM t", {("u", "b")}),
        ("SELECT v.l AS x FROM t JOIN (VALUES (1, 'a')) AS v(i, l) ON v.i = t.i", set()),
        ("SELECT 'a' AS x FROM t", set()),
        ("SELECT a + 1 AS b, b + 1 AS x FROM (SELECT a FROM t) AS s", {("t", "a")}),
        ("WITH t AS (SELECT a AS x FROM t) SELECT x FROM t", {("t", "a")}),
        ("WITH c(x) AS (SELECT a FROM t) SELECT x FROM c", {("t", "a")}),
        (
            "SELECT sum(a) OVER (PARTITION BY b ORDER BY c, d ROWS BETWEEN 1 PRECEDING AND "
            "CURRENT ROW) AS x FROM t",
            {("t", "a"), ("t", "b"), ("t", "c"), ("t", "d")},
        ),
        ("SELECT x FROM t JOIN (SELECT y AS x, k FROM u) AS s ON s.k = t.k", {("u", "y")}),
        ("SELECT x FROM t JOIN u ON t.k = u.k", {("t", "x"), ("u", "x")}),
    ],
)
def test_lineage_of_small_models(text: str, origins: set[tuple[str, str]]) -> None:
    assert lineage(parse(text, "m.sql"), "x") == origins


def test_a_schema_settles_an_unqualified_column() -> None:
    query = parse("SELECT x, y FROM t JOIN u ON t.k = u.k", "m.sql")
    schema = {"T": ("K", "X"), "u": ("k", "y")}
    assert all_lineage(query, schema) == {"x": {("t", "x")}, "y": {("u", "y")}}


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no column z"):
        lineage(parse("SELECT a FROM t", "m.sql"), "z")
