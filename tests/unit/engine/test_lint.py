"""Every construct outside the subset is refused with its line, and nothing unknown passes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from labsante.base.errors import DefinitionError
from labsante.engine import Query, lint, parse
from labsante.engine.lint import ALLOWED, findings
from tests.unit.engine.models import STAYS

ACCEPTED = [
    STAYS,
    "SELECT x, sum(y) OVER (PARTITION BY z) AS s, (SELECT max(z) FROM t) AS m FROM t",
    "SELECT i, l FROM (VALUES (1, 'a'), (2, 'b')) AS v(i, l) UNION ALL SELECT a, b FROM u",
    "SELECT sum(y) OVER (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM t",
    "SELECT lag(d, 1) OVER (PARTITION BY p ORDER BY d, id) AS before FROM t",
    "SELECT DISTINCT a, CAST(NULL AS DECIMAL(18, 2)) AS b, DATE '2021-02-28' AS d FROM t",
    "SELECT CAST(a AS DECIMAL(18, 2)) * 0.5 - 1 AS x FROM t WHERE b LIKE 'A%' AND c IS NOT NULL",
    "SELECT a FROM t EXCEPT SELECT a FROM u",
    "SELECT count(DISTINCT a) AS n, -min(b) AS m, coalesce(nullif(c, 0), abs(d)) AS e FROM t",
    "SELECT rank() OVER (PARTITION BY a ORDER BY b) AS r FROM t CROSS JOIN u",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u) HAVING count(*) > 1",
]

# model, the part of the message that names the construct, the part that helps
REFUSED = [
    ("SELECT * FROM t", "SELECT * at the end", "name the columns"),
    ("SELECT t.* FROM t", "SELECT * at the end", "name the columns"),
    ("WITH a AS (SELECT * FROM t) SELECT x FROM a", "SELECT * on a relation", "name the columns"),
    ("SELECT\n a / b AS x FROM t", "Div", "ratio(a, b)"),
    ("SELECT a % b AS x FROM t", "Mod", "remainder(a, b)"),
    ("SELECT CAST(a AS INTEGER) AS x FROM t", "CAST to INT", "to_int_strict"),
    ("SELECT CAST(a AS BIGINT) AS x FROM t", "CAST to BIGINT", "truncated"),
    ("SELECT a::int AS x FROM t", "CAST to INT", "rounded"),
    ("SELECT TRY_CAST(a AS DATE) AS x FROM t", "TryCast", "read_date"),
    ("SELECT CAST(a AS DATE) AS x FROM t", "CAST to DATE", "read_date"),
    ("SELECT DATE '2021-02-30' AS x FROM t", "CAST to DATE", "DATE 'YYYY-MM-DD'"),
    ("SELECT CAST(a AS VARCHAR) AS x FROM t", "CAST to VARCHAR", "text_of"),
    ("SELECT CAST(a AS TIMESTAMP) AS x FROM t", "CAST to TIMESTAMP", "DATE"),
    ("SELECT CAST(a AS DECIMAL) AS x FROM t", "DECIMAL without sizes", "DECIMAL(18, 2)"),
    ("SELECT sum(CAST(a AS DOUBLE)) AS x FROM t", "CAST to DOUBLE", "amount"),
    ("SELECT sum(a::float) AS x FROM t", "CAST to FLOAT", "amount"),
    ("SELECT 1e3 AS x FROM t", "number 1e3", "exponent"),
    ("SELECT avg(a) AS x FROM t", "unknown function avg", "sum and count"),
    ("SELECT date_diff('day', a, b) AS x FROM t", "date_diff", "days_between"),
    ("SELECT year(a) AS x FROM t", "unknown function year", "year_of"),
    ("SELECT extract(year FROM a) AS x FROM t", "Extract", "year_of"),
    ("SELECT dayofweek(a) AS x FROM t", "dayofweek", "weekday_of"),
    ("SELECT date_trunc('month', a) AS x FROM t", "date_trunc", "month_start"),
    ("SELECT a + INTERVAL '1' MONTH AS x FROM t", "Interval", "add_months"),
    ("SELECT month_start(a) + 1 AS x FROM t", "arithmetic on dates", "add_days"),
    ("SELECT DATE '2021-01-31' - a AS x FROM t", "arithmetic on dates", "days_between"),
    ("SELECT current_date AS x FROM t", "CurrentDate", ":as_of"),
    ("SELECT now() AS x FROM t", "now", ":as_of"),
    ("SELECT first(a) AS x FROM t", "unknown function first", "row_number"),
    ("SELECT any_value(a) AS x FROM t", "any_value", "min or max"),
    ("SELECT arbitrary(a) AS x FROM t", "arbitrary", "min or max"),
    ("SELECT max_by(a, b) AS x FROM t", "max_by", "row_number"),
    ("SELECT list(a) AS x FROM t", "unknown function list", "functions.md"),
    ("SELECT string_agg(a, ',') AS x FROM t", "string_agg", "functions.md"),
    ("SELECT row_number() OVER (PARTITION BY a) AS x FROM t", "without ORDER BY", "unique key"),
    ("SELECT row_number() OVER (ORDER BY 1) AS x FROM t", "without a total order", "unique key"),
    ("SELECT rank() OVER (PARTITION BY a) AS x FROM t", "RANK without ORDER BY", "unique key"),
    ("SELECT lag(a) OVER () AS x FROM t", "LAG without ORDER BY", "unique key"),
    ("SELECT row_number() AS x FROM t", "without OVER", "OVER ("),
    (
        "-- @tie_break id\nSELECT row_number() OVER (ORDER BY a) AS x FROM t",
        "ordered last by a",
        "id (-- @tie_break)",
    ),
    ("SELECT sum(a) OVER (ORDER BY b) AS x FROM t", "implicit frame", "ROWS BETWEEN"),
    (
        "SELECT sum(a) OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS x FROM t",
        "frame by RANGE",
        "ROWS BETWEEN",
    ),
    (
        "SELECT sum(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS x FROM t",
        "frame without ORDER BY",
        "unique key",
    ),
    ("SELECT ntile(4) OVER (ORDER BY a) AS x FROM t", "ntile", "row_number"),
    ("SELECT lag(a) IGNORE NULLS OVER (ORDER BY b) AS x FROM t", "IgnoreNulls", "CTE"),
    ("SELECT count(DISTINCT a) OVER () AS x FROM t", "DISTINCT in a window", "CTE"),
    ("SELECT count(*) FILTER (WHERE a = 1) OVER () AS x FROM t", "FILTER in a window", "CASE"),
    ("SELECT a FROM t WINDOW w AS (ORDER BY a)", "WINDOW", "OVER"),
    ("SELECT sum(DISTINCT a) AS x FROM t", "SUM(DISTINCT)", "drop DISTINCT"),
    ("SELECT count(DISTINCT a, b) AS x FROM t", "COUNT(DISTINCT)", "CTE"),
    ("SELECT count(a, b) AS x FROM t", "EXPRESSIONS in COUNT", ""),
    ("SELECT [a, b] AS x FROM t", "Array", "one row a value"),
    ("SELECT a[1] AS x FROM t", "Bracket", "one row a value"),
    ("SELECT a FROM unnest([1]) AS u(a)", "Unnest", "one row a value"),
    ("SELECT struct(1) AS x FROM t", "struct", ""),
    ("SELECT a -> 'b' AS x FROM t", "JSONExtract", "columns"),
    ("SELECT a FROM t ASOF JOIN u ON t.a >= u.a", "ASOF", "row_number"),
    ("SELECT a FROM t PIVOT (sum(b) FOR c IN (1, 2))", "PIVOT", "CASE WHEN"),
    ("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "QUALIFY", "CTE"),
    ("SELECT a FROM t LIMIT 5", "LIMIT", "row_number"),
    ("SELECT a FROM t OFFSET 5", "OFFSET", "row_number"),
    ("SELECT a FROM t ORDER BY a", "ORDER BY", "contract"),
    ("WITH c AS (SELECT a FROM t ORDER BY a) SELECT a FROM c", "ORDER BY", "contract"),
    ("SELECT DISTINCT ON (a) b FROM t", "DISTINCT ON", "row_number"),
    ("SELECT a FROM t JOIN u USING (a)", "USING", "ON a.x = b.x"),
    ("SELECT a FROM t NATURAL JOIN u", "NATURAL", "ON a.x = b.x"),
    ("SELECT a FROM t, u", "without ON", "CROSS JOIN"),
    ("SELECT a FROM t SEMI JOIN u ON t.a = u.a", "SEMI JOIN", "EXISTS"),
    ("SELECT a FROM t ANTI JOIN u ON t.a = u.a", "ANTI JOIN", "NOT EXISTS"),
    ("SELECT a FROM t LEFT JOIN LATERAL (SELECT 1 AS b) u ON 1 = 1", "Lateral", "CTE"),
    ("SELECT a FROM (t JOIN u ON t.a = u.a)", "parentheses", "one after the other"),
    ("SELECT a FROM t TABLESAMPLE (10 PERCENT)", "TABLESAMPLE", "hash60"),
    ("SELECT a FROM s.t", "schema", "logical name"),
    ("SELECT a FROM read_parquet('x')", "table function", "logical names"),
    ("SELECT a FROM t WHERE b NOT IN (SELECT c FROM u)", "NOT IN", "NOT EXISTS"),
    ("SELECT a FROM t WHERE NOT (b IN (SELECT c FROM u))", "NOT IN", "NOT EXISTS"),
    ("SELECT a FROM t WHERE (a, b) IN (SELECT c, d FROM u)", "row of values", "one by one"),
    ("SELECT a FROM t WHERE a = ANY (SELECT c FROM u)", "Any", "EXISTS"),
    ("SELECT (SELECT c FROM u) AS x FROM t", "subquery as a value", "aggregate"),
    ("SELECT (SELECT max(c) FROM u GROUP BY d) AS x FROM t", "subquery as a value", "aggregate"),
    ("SELECT a FROM t WHERE a LIKE b", "LIKE on a computed pattern", "starts_with"),
    ("SELECT a FROM t WHERE a LIKE 'x\\_'", "LIKE", "starts_with"),
    ("SELECT a FROM t WHERE a ILIKE 'x'", "ILike", "starts_with"),
    ("SELECT a FROM t WHERE a SIMILAR TO 'x'", "SimilarTo", "starts_with"),
    ("SELECT a FROM t WHERE a IS TRUE", "IS", "IS NULL"),
    ("SELECT TRUE AS x FROM t", "Boolean", "1"),
    ("SELECT a > 1 AS x FROM t", "condition as a column", "CASE WHEN"),
    ("SELECT (a IN (1, 2)) AS x FROM t", "condition as a column", "CASE WHEN"),
    ("SELECT starts_with(a, 'x') AS x FROM t", "condition as a column", "CASE WHEN"),
    ("SELECT a + 1 FROM t", "without a name", "AS name"),
    ("SELECT a, b AS A FROM t", "two columns named a", "apart"),
    ("SELECT NULL AS x FROM t", "NULL without a type", "CAST(NULL"),
    ("SELECT a FROM t GROUP BY 1", "GROUP BY a number", "expression"),
    ("SELECT a FROM t GROUP BY ROLLUP (a)", "Rollup", "UNION ALL"),
    ("SELECT a FROM t GROUP BY ALL", "GROUP BY ALL", "expressions"),
    ("WITH RECURSIVE c AS (SELECT a FROM c) SELECT a FROM c", "RECURSIVE", "steps"),
    ("SELECT a FROM t UNION BY NAME SELECT a FROM u", "BY NAME", "same order"),
    ("SELECT /*+ BROADCAST(t) */ a FROM t", "hint", "drop"),
    ("SELECT a FROM t FOR UPDATE", "LOCKS", ""),
    ("SELECT ? AS x FROM t", "parameter without a name", ":name"),
    ("SELECT @x AS y FROM t", "Parameter", ":name"),
    ("SELECT $1 AS y FROM t", "", ""),
    ('SELECT a AS "two words" FROM t', "the name two words", "letters"),
    ("SELECT a COLLATE nocase AS x FROM t", "Collate", "code point"),
    ("SELECT if(a = 1, 2, 3) AS x FROM t", "IF", "CASE WHEN"),
    ("SELECT upper(a) AS x FROM t", "unknown function upper", "upper_text"),
    ("SELECT substring(a, 1, 2) AS x FROM t", "substring", "text_part"),
    ("SELECT trim(a) AS x FROM t", "trim", "trimmed"),
    ("SELECT concat(a, b) AS x FROM t", "concat", "a || b"),
    ("SELECT greatest(a, b) AS x FROM t", "greatest", "greatest_of"),
    ("SELECT random() AS x FROM t", "random", ""),
    ("SELECT age_att(a, b) AS x FROM t", "unknown function age_att", "did you mean age_at?"),
    ("SELECT age_at(a) AS x FROM t", "age_at with 1 argument", "age_at(birth_date DATE"),
    ("SELECT read_date(a, 'YY') AS x FROM t", "read_date with 'YY'", "YYYYMMDD"),
    ("SELECT read_date(a, b) AS x FROM t", "computed format", "text literal"),
    ("SELECT a FROM t WHERE code_in(a, b)", "computed list", "text literal"),
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_subset_is_accepted(text: str) -> None:
    lint(parse(text, "m.sql"))


@pytest.mark.parametrize(("text", "construct", "hint"), REFUSED)
def test_the_rest_is_refused_with_line_construct_and_hint(
    text: str, construct: str, hint: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        lint(parse(text, "m.sql"))
    assert construct in caught.value.what
    assert hint in caught.value.what
    assert caught.value.where.startswith("m.sql:")


def test_every_finding_is_told_at_once_at_its_own_line() -> None:
    text = "SELECT\n  avg(a) AS x,\n  b / c AS y\nFROM t\nLIMIT 5"
    found = findings(parse(text, "m.sql"))
    assert [(f.line, f.column) for f in found] == [(2, 3), (3, 3), (5, 7)]
    with pytest.raises(DefinitionError) as caught:
        lint(parse(text, "m.sql"))
    assert caught.value.where == "m.sql:2:3"
    assert caught.value.what.count("\n") == 3


def all_nodes() -> list[type[exp.Expr]]:
    found, todo = set(), [exp.Expr]
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo += kind.__subclasses__()
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def _usable(kind: type[exp.Expr]) -> bool:
    return issubclass(kind, exp.Expression) and kind.__module__.startswith("sqlglot")


NODES = [kind for kind in all_nodes() if _usable(kind)]
UNKNOWN = [kind for kind in NODES if kind not in ALLOWED]


def holding(node: exp.Expr, place: str) -> Query:
    """A model that holds a node somewhere."""
    text = "SELECT a AS x, sum(b) OVER (PARTITION BY c) AS s FROM t JOIN u ON d = 1 WHERE e = 1"
    query = parse(text, "m.sql")
    places = {n.name: n for n in query.tree.find_all(exp.Column)}
    places[place].replace(node)
    return query


def test_the_parser_knows_many_nodes_and_the_subset_few() -> None:
    assert len(UNKNOWN) > 500
    assert len(ALLOWED) < 80


@given(st.sampled_from(UNKNOWN), st.sampled_from("abcde"), st.booleans())
def test_no_unknown_node_passes(kind: type[exp.Expr], place: str, with_column: bool) -> None:
    node = kind(this=exp.column("z")) if with_column else kind()
    assert findings(holding(node, place)), kind


def test_no_unknown_node_passes_one_by_one() -> None:
    passed = [kind for kind in UNKNOWN if not findings(holding(kind(), "a"))]
    assert passed == []


@given(st.sampled_from(sorted(ALLOWED, key=lambda kind: kind.__name__)), st.data())
def test_no_unknown_argument_passes(kind: type[exp.Expr], data: Any) -> None:
    others = sorted(set(kind.arg_types) - ALLOWED[kind] - {"kind"})
    argument = data.draw(st.sampled_from([*others, "an_argument_of_the_future"]))
    node = kind(**{argument: exp.column("z")})
    assert findings(holding(node, "a"))
