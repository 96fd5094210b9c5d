from __future__ import annotations

import pytest

from labsante.base.errors import DefinitionError
from labsante.engine import canonical, function_versions, parse, semantic_profile
from tests.unit.engine.models import STAYS


def test_a_query_says_what_it_takes_and_gives() -> None:
    query = parse(STAYS, "stays.sql")
    assert query.inputs == ("person", "refused", "stay")
    assert query.outputs == (
        "person_id",
        "month",
        "age",
        "diabetes_stays",
        "mean_cost",
        "label",
        "not_a_man",
    )
    assert query.parameters == ("kind", "start")
    assert query.code_lists == ("diabetes",)
    assert query.functions == ("age_at", "code_in", "month_start", "normalise_code", "ratio")
    assert query.headers == {"grain": "person_id, month", "tie_break": "stay_id"}


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("SELECT a FROM t UNION ALL SELECT b FROM U", ("t", "u")),
        ("WITH t AS (SELECT a FROM t) SELECT a FROM t", ("t",)),
        ("WITH a AS (SELECT x FROM b), b AS (SELECT x FROM c) SELECT x FROM a, b", ("b", "c")),
        ("SELECT x FROM (WITH a AS (SELECT x FROM t) SELECT x FROM a) AS s", ("t",)),
        ("SELECT x FROM (WITH a AS (SELECT x FROM t) SELECT x FROM a) s JOIN a ON 1=1", ("a", "t")),
        (
            "SELECT (SELECT max(x) FROM v) AS m FROM t WHERE EXISTS (SELECT 1 FROM w)",
            ("t", "v", "w"),
        ),
        ("SELECT i FROM (VALUES (1), (2)) AS v(i)", ()),
    ],
)
def test_inputs_leave_the_common_table_expressions_out(text: str, inputs: tuple[str, ...]) -> None:
    assert parse(text, "m.sql").inputs == inputs


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT a\nFROM t\nWHERE (a = 1", "m.sql:3"),
        ("SELECT a,\n  b c d\nFROM t", "m.sql:2"),
        ("SELECT 'a\nFROM t", "m.sql"),
        ("", "m.sql"),
        ("SELECT 1 AS a; SELECT 2 AS a", "m.sql"),
        ("DROP TABLE person", "m.sql"),
        ("CREATE TABLE a AS SELECT 1 AS x", "m.sql"),
        ("INSERT INTO a SELECT 1 AS x", "m.sql"),
        ("ATTACH 'x'", "m.sql"),
        ("PRAGMA x", "m.sql"),
        ("(SELECT 1 AS a)", "m.sql"),
    ],
)
def test_what_is_not_one_select_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(text, "m.sql")
    assert caught.value.where.startswith(place)
    assert caught.value.hint


def test_canonical_text_forgets_comments_spacing_and_case() -> None:
    one = parse("-- @grain a\nselect A, age_at(b,c) as X from T -- note\nwhere a='v'", "m.sql")
    two = parse("SELECT a,\n   age_at(b, c) AS x\nFROM t WHERE a = 'v'", "n.sql")
    assert canonical(one) == canonical(two)
    other = parse("SELECT a, age_at(b, c) AS x FROM t WHERE a = 'V'", "n.sql")
    assert canonical(one) != canonical(other)
    assert canonical(parse(canonical(one), "again.sql")) == canonical(one)


def test_fingerprints_follow_the_functions_called_and_the_engine() -> None:
    one, two = parse("SELECT age_at(a, b) AS x FROM t", "m"), parse("SELECT a AS x FROM t", "m")
    assert function_versions(one) != function_versions(two)
    assert semantic_profile("duckdb") != semantic_profile("spark")
    assert "duckdb 2." in semantic_profile("duckdb")
