"""Random queries of the subset, each with its meaning in plain Python.

An expression is drawn together with the function that computes it from a row, so the expected
rows never come from an engine. Conditions have three values: True, False, None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from labsante.engine import CodeList
from labsante.engine.reference import reference

Row = dict[str, Any]
CODES = CodeList("codes", ("E1", "=Z5"), ("E11",))
T_COLUMNS = [
    ("id", "BIGINT"),
    ("k", "BIGINT"),
    ("d", "DATE"),
    ("c", "VARCHAR"),
    ("m", "DECIMAL(18,2)"),
]
U_COLUMNS = [("k", "BIGINT"), ("e", "DATE"), ("n", "BIGINT")]
DATES = [date(1600, 1, 1), date(1999, 12, 31), date(2000, 2, 29), date(2020, 1, 31)]
DATES += [date(2020, 3, 1), date(2021, 2, 28), date(2022, 6, 15)]
TEXTS = ["", "E10", "E119", "e11.9", "Z5", "Z50", " é ", "10", "007"]


@dataclass(frozen=True)
class Expression:
    """SQL text, its kind (I, D, V, M for money, P for condition), and what it computes."""

    sql: str
    kind: str
    value: Callable[[Row], Any]

    def __repr__(self) -> str:
        return self.sql


_OWNED: dict[str, list[tuple[str, str]]] = {
    "I": [
        ("year_of", "D"),
        ("month_of", "D"),
        ("weekday_of", "D"),
        ("age_at", "DD"),
        ("months_between", "DD"),
        ("days_between", "DD"),
        ("quotient", "II"),
        ("remainder", "II"),
        ("text_length", "V"),
        ("to_int_strict", "V"),
        ("least_of", "II"),
        ("rounded", "M"),
        ("hash60", "V"),
    ],
    "D": [
        ("month_start", "D"),
        ("month_end", "D"),
        ("quarter_start", "D"),
        ("known_date", "D"),
        ("greatest_of", "DD"),
    ],
    "V": [
        ("normalise_code", "V"),
        ("upper_text", "V"),
        ("trimmed", "V"),
        ("text_of", "I"),
        ("date_text", "D"),
        ("period_text", "D"),
        ("least_of", "VV"),
    ],
    "M": [("greatest_of", "MM")],
    "P": [("starts_with", "VV")],
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _key(value: Any) -> Any:
    """Texts compare by code point, which is the order of their UTF-8 bytes."""
    return value.encode() if isinstance(value, str) else value


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: None if any(v is None for v in values) else function(*values)


def _node(sql: str, kind: str, function: Callable[..., Any], *parts: Expression) -> Expression:
    text = sql.format(*(part.sql for part in parts))
    return Expression(text, kind, lambda row: function(*(part.value(row) for part in parts)))


def _column(name: str, kind: str) -> Expression:
    return Expression(name, kind, lambda row: row[name])


def _constant(sql: str, kind: str, value: Any) -> Expression:
    return Expression(sql, kind, lambda _: value)


def _leaves(kind: str, columns: dict[str, str]) -> st.SearchStrategy[Expression]:
    named = [_column(name, kind) for name, k in columns.items() if k == kind]
    if kind == "I":
        fixed = st.integers(-9, 9).map(lambda n: _constant(f"({n})" if n < 0 else str(n), "I", n))
    elif kind == "D":
        fixed = st.sampled_from(DATES).map(lambda d: _constant(f"DATE '{d}'", "D", d))
    elif kind == "V":
        fixed = st.sampled_from(TEXTS).map(lambda t: _constant(f"'{t}'", "V", t))
    else:
        cents = st.integers(-999, 999).map(lambda n: Decimal(n).scaleb(-2))
        fixed = cents.map(lambda m: _constant(f"amount({m})", "M", m))
    return st.one_of(st.sampled_from(named), fixed) if named else fixed


def expressions(
    kind: str, columns: dict[str, str], depth: int = 2
) -> st.SearchStrategy[Expression]:
    """Expressions of a kind over the columns (name to kind)."""
    if kind == "P":
        return _conditions(columns, depth)
    leaves = _leaves(kind, columns)
    if depth == 0:
        return leaves
    again = expressions(kind, columns, depth - 1)
    condition = _conditions(columns, depth - 1)
    choices = [
        leaves,
        st.tuples(condition, again, again).map(
            lambda p: _node(
                "CASE WHEN {0} THEN {1} ELSE {2} END", kind, lambda a, b, c: b if a else c, *p
            )
        ),
        st.tuples(again, again).map(
            lambda p: _node("coalesce({0}, {1})", kind, lambda a, b: b if a is None else a, *p)
        ),
        st.sampled_from(_OWNED[kind]).flatmap(lambda f: _owned(f, kind, columns, depth)),
    ]
    if kind == "I":
        choices.append(_arithmetic("I", again))
        small = _leaves("I", {})
        product = _strict(lambda a, b: a * b)
        choices.append(
            st.tuples(_leaves("I", columns), small).map(
                lambda p: _node("({0} * {1})", "I", product, *p)
            )
        )
    elif kind == "M":
        choices.append(_arithmetic("M", again))
    elif kind == "D":
        shift = st.tuples(_leaves("D", columns), st.sampled_from(["add_days", "add_months"]))
        choices.append(st.tuples(shift, st.integers(-40, 40)).map(_shifted))
    elif kind == "V":
        joined = _strict(lambda a, b: a + b)
        choices.append(
            st.tuples(again, again).map(lambda p: _node("({0} || {1})", "V", joined, *p))
        )
        choices.append(st.tuples(again, st.integers(1, 3), st.integers(0, 3)).map(_part))
    return st.one_of(choices)


def _arithmetic(kind: str, again: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    add, subtract = _strict(lambda a, b: a + b), _strict(lambda a, b: a - b)
    return st.one_of(
        st.tuples(again, again).map(lambda p: _node("({0} + {1})", kind, add, *p)),
        st.tuples(again, again).map(lambda p: _node("({0} - {1})", kind, subtract, *p)),
    )


def _shifted(drawn: tuple[tuple[Expression, str], int]) -> Expression:
    (day, name), n = drawn
    return _node(f"{name}({{0}}, {n})", "D", lambda d: reference(name, d, n), day)


def _part(drawn: tuple[Expression, int, int]) -> Expression:
    text, start, length = drawn
    return _node(
        f"text_part({{0}}, {start}, {length})",
        "V",
        lambda t: reference("text_part", t, start, length),
        text,
    )


def _owned(
    function: tuple[str, str], kind: str, columns: dict[str, str], depth: int
) -> st.SearchStrategy[Expression]:
    name, kinds = function
    places = ", ".join(f"{{{n}}}" for n in range(len(kinds)))
    parts = st.tuples(*(expressions(k, columns, depth - 1) for k in kinds))

    def value(*values: Any) -> Any:
        if name in ("least_of", "greatest_of") and kinds == "VV":
            known = [v for v in values if v is not None]
            return min(known, key=_key, default=None)
        return reference(name, *values)

    return parts.map(lambda p: _node(f"{name}({places})", kind, value, *p))


def _conditions(columns: dict[str, str], depth: int) -> st.SearchStrategy[Expression]:
    compare = st.tuples(st.sampled_from("IDVM"), st.sampled_from(list(_COMPARE))).flatmap(
        lambda drawn: st.tuples(
            expressions(drawn[0], columns, max(depth - 1, 0)), _leaves(drawn[0], columns)
        ).map(lambda p: _comparison(drawn[1], *p))
    )
    text = _leaves("V", columns)
    tests = [
        compare,
        text.map(lambda e: _node("{0} IS NULL", "P", lambda v: v is None, e)),
        text.map(lambda e: _node("{0} LIKE 'E1%'", "P", _strict(lambda v: v[:2] == "E1"), e)),
        text.map(lambda e: _node("code_in({0}, 'codes')", "P", CODES.holds, e)),
        text.map(
            lambda e: _node("{0} IN ('Z5', '10')", "P", _strict(lambda v: v in ("Z5", "10")), e)
        ),
        st.tuples(_leaves("I", columns), _leaves("I", columns)).map(
            lambda p: _node("{0} IS DISTINCT FROM {1}", "P", lambda a, b: a != b, *p)
        ),
        _leaves("D", columns).map(
            lambda e: _node(
                "{0} BETWEEN DATE '2000-01-01' AND DATE '2020-12-31'",
                "P",
                _strict(lambda d: date(2000, 1, 1) <= d <= date(2020, 12, 31)),
                e,
            )
        ),
    ]
    if depth > 0:
        again = _conditions(columns, depth - 1)
        tests += [
            st.tuples(again, again).map(lambda p: _node("({0} AND {1})", "P", _and, *p)),
            st.tuples(again, again).map(lambda p: _node("({0} OR {1})", "P", _or, *p)),
            again.map(lambda e: _node("NOT ({0})", "P", _strict(lambda v: not v), e)),
        ]
    return st.one_of(tests)


def _comparison(sign: str, left: Expression, right: Expression) -> Expression:
    test = _COMPARE[sign]
    return _node(
        f"({{0}} {sign} {{1}})", "P", _strict(lambda a, b: test(_key(a), _key(b))), left, right
    )


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


# Queries: the text, the expected rows as a function of the two tables.


@dataclass(frozen=True)
class RandomQuery:
    """A query over ``t`` and ``u``, and the rows that it must give, in any order."""

    sql: str
    kinds: str
    rows: Callable[[list[Row], list[Row]], list[tuple[Any, ...]]]

    def __repr__(self) -> str:
        return self.sql


T_KINDS = {"t.id": "I", "t.k": "I", "t.d": "D", "t.c": "V", "t.m": "M"}
TU_KINDS = {**T_KINDS, "u.k": "I", "u.e": "D", "u.n": "I"}


def _items(parts: list[Expression]) -> str:
    return ", ".join(f"{_typed(part)} AS x{n}" for n, part in enumerate(parts))


def _typed(part: Expression) -> str:
    """Money leaves as DECIMAL(18,2): the sizes of sums are each engine's own."""
    return f"amount({part.sql})" if part.kind == "M" else part.sql


def _t(rows: list[Row]) -> list[Row]:
    return [{f"t.{name}": value for name, value in row.items()} for row in rows]


@st.composite
def plain(draw: st.DrawFn) -> RandomQuery:
    """SELECT … FROM t WHERE …"""
    parts = [draw(expressions(kind, T_KINDS)) for kind in "IDVMI"]
    where = draw(_conditions(T_KINDS, 1))
    sql = f"SELECT {_items(parts)} FROM t WHERE {where.sql}"
    return RandomQuery(
        sql,
        "IDVMI",
        lambda t, _: [tuple(p.value(r) for p in parts) for r in _t(t) if where.value(r)],
    )


@st.composite
def joined(draw: st.DrawFn) -> RandomQuery:
    """SELECT … FROM t [LEFT] JOIN u ON …"""
    parts = [draw(expressions(kind, TU_KINDS, 1)) for kind in "IDVM"]
    extra = draw(_conditions(TU_KINDS, 0))
    side = draw(st.sampled_from(["", "LEFT "]))
    sql = f"SELECT {_items(parts)} FROM t {side}JOIN u ON u.k = t.k AND {extra.sql}"

    def rows(t: list[Row], u: list[Row]) -> list[tuple[Any, ...]]:
        made = []
        for left in _t(t):
            pairs = [{**left, **{f"u.{n}": v for n, v in right.items()}} for right in u]
            same = [p for p in pairs if p["u.k"] is not None and p["u.k"] == p["t.k"]]
            kept = [p for p in same if extra.value(p)]
            if side and not kept:
                kept = [{**left, "u.k": None, "u.e": None, "u.n": None}]
            made += kept
        return [tuple(p.value(row) for p in parts) for row in made]

    return RandomQuery(sql, "IDVM", rows)


@st.composite
def grouped(draw: st.DrawFn) -> RandomQuery:
    """SELECT key, aggregates FROM t GROUP BY key"""
    key = draw(expressions(draw(st.sampled_from("IDV")), {"t.k": "I", "t.d": "D", "t.c": "V"}, 1))
    whole = draw(expressions("I", T_KINDS, 1))
    money = draw(expressions("M", T_KINDS, 1))
    text = draw(expressions("V", T_KINDS, 1))
    day = draw(expressions("D", T_KINDS, 1))
    kept = draw(_conditions(T_KINDS, 0))
    sql = (
        f"SELECT {key.sql} AS x0, count(*) AS x1, count(DISTINCT {whole.sql}) AS x2, "
        f"amount(sum({money.sql})) AS x3, min({text.sql}) AS x4, max({day.sql}) AS x5, "
        f"count(*) FILTER (WHERE {kept.sql}) AS x6, sum({_small(whole)}) AS x7 "
        f"FROM t GROUP BY {key.sql}"
    )

    def rows(t: list[Row], _: list[Row]) -> list[tuple[Any, ...]]:
        groups: dict[Any, list[Row]] = {}
        for row in _t(t):
            groups.setdefault(key.value(row), []).append(row)
        return [
            (
                value,
                len(group),
                len(_known(whole, group, set)),
                _sum(_known(money, group, list)),
                min(_known(text, group, list), key=_key, default=None),
                max(_known(day, group, list), default=None),
                sum(1 for row in group if kept.value(row)),
                _sum([v % 1000 for v in _known(whole, group, list)]),
            )
            for value, group in groups.items()
        ]

    return RandomQuery(sql, key.kind + "IIMVDII", rows)


def _small(whole: Expression) -> str:
    return f"remainder({whole.sql}, 1000)"


def _known(expression: Expression, rows: list[Row], collect: type) -> Any:
    return collect(v for v in map(expression.value, rows) if v is not None)


def _sum(values: list[Any]) -> Any:
    return sum(values[1:], values[0]) if values else None


@st.composite
def windowed(draw: st.DrawFn) -> RandomQuery:
    """SELECT id, row_number, lag, running sum over a partition"""
    by = draw(expressions(draw(st.sampled_from("IV")), {"t.k": "I", "t.c": "V"}, 1))
    order = draw(expressions(draw(st.sampled_from("IDVM")), T_KINDS, 1))
    descending = draw(st.booleans())
    first = draw(st.booleans())
    sign = (" DESC" if descending else "") + (" NULLS FIRST" if first else "")
    over = f"PARTITION BY {by.sql} ORDER BY {order.sql}{sign}, t.id"
    sql = (
        f"SELECT t.id AS x0, row_number() OVER ({over}) AS x1, lag(t.c) OVER ({over}) AS x2, "
        f"amount(sum(t.m) OVER ({over} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS x3, "
        f"rank() OVER (PARTITION BY {by.sql} ORDER BY {order.sql}{sign}) AS x4, "
        f"count(*) OVER (PARTITION BY {by.sql}) AS x5 FROM t"
    )

    def rows(t: list[Row], _: list[Row]) -> list[tuple[Any, ...]]:
        groups: dict[Any, list[Row]] = {}
        for row in _t(t):
            groups.setdefault(by.value(row), []).append(row)
        made = []
        for group in groups.values():
            group.sort(key=lambda row: row["t.id"])
            known = [r for r in group if order.value(r) is not None]
            nulls = [r for r in group if order.value(r) is None]
            # Stable even in reverse: rows that tie keep the order of their ids.
            known.sort(key=lambda r: _key(order.value(r)), reverse=descending)
            ordered = nulls + known if first else known + nulls
            rank = 0
            for n, row in enumerate(ordered):
                if n == 0 or order.value(ordered[n - 1]) != order.value(row):
                    rank = n + 1
                money = [r["t.m"] for r in ordered[: n + 1] if r["t.m"] is not None]
                before = ordered[n - 1]["t.c"] if n else None
                made.append((row["t.id"], n + 1, before, _sum(money), rank, len(group)))
        return made

    return RandomQuery(sql, "IIVMII", rows)


@st.composite
def combined(draw: st.DrawFn) -> RandomQuery:
    """A set operation through CTEs"""
    sign = draw(st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]))
    left = [draw(expressions(kind, T_KINDS, 1)) for kind in "IV"]
    right = [draw(expressions(kind, T_KINDS, 1)) for kind in "IV"]
    sql = (
        f"WITH a AS (SELECT {_items(left)} FROM t), b AS (SELECT {_items(right)} FROM t) "
        f"SELECT x0, x1 FROM a {sign} SELECT x0, x1 FROM b"
    )

    def rows(t: list[Row], _: list[Row]) -> list[tuple[Any, ...]]:
        one = [tuple(p.value(r) for p in left) for r in _t(t)]
        two = [tuple(p.value(r) for p in right) for r in _t(t)]
        if sign == "UNION ALL":
            return one + two
        first, second = set(one), set(two)
        if sign == "UNION":
            return list(first | second)
        return list(first - second if sign == "EXCEPT" else first & second)

    return RandomQuery(sql, "IV", rows)


QUERIES = st.one_of(plain(), joined(), grouped(), windowed(), combined())


def tables() -> st.SearchStrategy[tuple[list[Row], list[Row]]]:
    """Rows of ``t`` (ids unique) and of ``u``."""
    keys = st.one_of(st.none(), st.integers(0, 3))
    days = st.one_of(st.none(), st.sampled_from(DATES))
    money = st.one_of(st.none(), st.integers(-500, 500).map(lambda n: Decimal(n).scaleb(-2)))
    t = st.fixed_dictionaries(
        {"k": keys, "d": days, "c": st.one_of(st.none(), st.sampled_from(TEXTS)), "m": money}
    )
    u = st.fixed_dictionaries({"k": keys, "e": days, "n": st.integers(-3, 3)})
    many = st.lists(t, min_size=1, max_size=12)
    numbered = many.map(lambda rows: [{"id": n, **row} for n, row in enumerate(rows)])
    return st.tuples(numbered, st.lists(u, max_size=5))
