"""The linter: what the subset does not allow is refused, with the owned function to use.

It works on the syntax tree and fails closed: a class of node, or an argument of a node, that is
not in the list below is refused. A list of refusals would let new syntax through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from sqlglot import exp

from labsante.base.errors import DefinitionError
from labsante.engine.dialects import PLAIN_FUNCTIONS, Owned
from labsante.engine.functions import FUNCTIONS, INSTEAD_OF
from labsante.engine.lint_texts import ARGUMENTS, HINTS, RULE
from labsante.engine.query import Query, input_tables

_BINARY = {"this", "expression"}

#: Every node that the subset knows, and the arguments that it may carry.
ALLOWED: dict[type[exp.Expr], set[str]] = {
    exp.Select: {"expressions", "from_", "joins", "where", "group", "having", "distinct", "with_"},
    exp.Union: {"this", "expression", "distinct", "with_"},
    exp.Except: {"this", "expression", "distinct", "with_"},
    exp.Intersect: {"this", "expression", "distinct", "with_"},
    exp.With: {"expressions"},
    exp.CTE: {"this", "alias"},
    exp.Subquery: {"this", "alias"},
    exp.From: {"this"},
    exp.Join: {"this", "on", "side", "kind"},
    exp.Where: {"this"},
    exp.Group: {"expressions"},
    exp.Having: {"this"},
    exp.Distinct: {"expressions"},
    exp.Table: {"this", "alias"},
    exp.TableAlias: {"this", "columns"},
    exp.Values: {"expressions", "alias"},
    exp.Tuple: {"expressions"},
    exp.Column: {"this", "table"},
    exp.Identifier: {"this", "quoted"},
    exp.Star: set(),
    exp.Alias: {"this", "alias"},
    exp.Literal: {"this", "is_string"},
    exp.Null: set(),
    exp.Placeholder: {"this"},
    exp.Paren: {"this"},
    exp.And: _BINARY,
    exp.Or: _BINARY,
    exp.Not: {"this"},
    exp.EQ: _BINARY,
    exp.NEQ: _BINARY,
    exp.GT: _BINARY,
    exp.GTE: _BINARY,
    exp.LT: _BINARY,
    exp.LTE: _BINARY,
    exp.NullSafeEQ: _BINARY,
    exp.NullSafeNEQ: _BINARY,
    exp.Is: _BINARY,
    exp.In: {"this", "expressions", "query"},
    exp.Between: {"this", "low", "high"},
    exp.Like: _BINARY,
    exp.Exists: {"this"},
    exp.Case: {"this", "ifs", "default"},
    exp.If: {"this", "true"},
    exp.Add: _BINARY,
    exp.Sub: _BINARY,
    exp.Mul: _BINARY,
    exp.Neg: {"this"},
    exp.DPipe: {"this", "expression", "safe"},
    exp.Cast: {"this", "to"},
    exp.DataType: {"this", "expressions", "nested"},
    exp.DataTypeParam: {"this"},
    Owned: {"this", "expressions"},
    exp.Coalesce: {"this", "expressions"},
    exp.Nullif: _BINARY,
    exp.Abs: {"this"},
    exp.Count: {"this", "big_int"},
    exp.Sum: {"this"},
    exp.Min: {"this"},
    exp.Max: {"this"},
    exp.Filter: _BINARY,
    exp.Window: {"this", "partition_by", "order", "spec", "over"},
    exp.WindowSpec: {"kind", "start", "start_side", "end", "end_side"},
    exp.Order: {"expressions"},
    exp.Ordered: {"this", "desc", "nulls_first"},
    exp.RowNumber: set(),
    exp.Rank: set(),
    exp.DenseRank: set(),
    exp.Lag: {"this", "offset", "default"},
    exp.Lead: {"this", "offset", "default"},
}

_RANKING = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead)
_NEEDS_TOTAL_ORDER = (exp.RowNumber, exp.Lag, exp.Lead)
_AGGREGATES = (exp.Count, exp.Sum, exp.Min, exp.Max)
_COMPARISONS = (exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_TESTS = (exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.Exists)
_CONDITIONS = (*_COMPARISONS, *_TESTS)
_NULL_TYPES = ("BIGINT", "VARCHAR", "TEXT", "DATE", "DECIMAL")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One construct outside the subset: where it is and what to write."""

    line: int
    column: int
    construct: str
    hint: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.construct}; {self.hint}"


def lint(query: Query) -> None:
    """Raise ONE DefinitionError that lists every construct outside the subset."""
    found = findings(query)
    if not found:
        return
    raise DefinitionError(
        f"{len(found)} construct{'s' if len(found) > 1 else ''} outside the SQL subset:\n"
        + "\n".join(f"  {finding}" for finding in found),
        where=f"{query.where}:{found[0].line}:{found[0].column}",
        why=RULE,
        hint="docs/reference/sql-subset.md lists what is in, functions.md the owned functions",
    )


def findings(query: Query) -> list[Finding]:
    """Every construct outside the subset, in the order of the text."""
    found: set[Finding] = set()
    for node in _walk(query.tree):
        for place, construct, hint in _node_findings(node, query):
            line, column = position(place)
            found.add(Finding(line, column, construct, hint))
    for select in _final_selects(query.tree):
        for node, construct, hint in _final_findings(select):
            line, column = position(node)
            found.add(Finding(line, column, construct, hint))
    return sorted(found)


def position(node: exp.Expr) -> tuple[int, int]:
    """Line and column of a node, or of the nearest thing in or around it that has one."""
    place: exp.Expr | None = node
    while place is not None:
        starts = [
            (n.meta["start"], n.meta["line"], n.meta["col"] - (n.meta["end"] - n.meta["start"]))
            for n in place.walk()
            if "line" in n.meta
        ]
        if starts:
            _, line, column = min(starts)
            return line, column
        place = place.parent
    return 1, 1


def _walk(node: exp.Expr) -> Iterator[exp.Expr]:
    """Every node; what is inside a refused node or argument is not judged again."""
    yield node
    for child in node.iter_expressions():
        if child.arg_key in ALLOWED.get(type(node), ()):
            yield from _walk(child)


def _node_findings(node: exp.Expr, query: Query) -> Iterator[tuple[exp.Expr, str, str]]:
    allowed = ALLOWED.get(type(node))
    if allowed is None:
        yield node, *_unknown(node)
        return
    for name, value in node.args.items():
        if name not in allowed and value not in (None, False, [], ""):
            first = value[0] if isinstance(value, list) else value
            place = first if isinstance(first, exp.Expr) else node
            other = (f"{name.strip('_').upper()} in {node.key.upper()}", RULE)
            yield place, *ARGUMENTS.get(name, other)
    if any(node.args.get(name) is None for name in node.required_args):
        yield node, f"an incomplete {type(node).__name__}", RULE
        return
    for construct, hint in _RULES.get(type(node), _no_rule)(node, query):
        yield node, construct, hint


def _unknown(node: exp.Expr) -> tuple[str, str]:
    if isinstance(node, exp.Anonymous):
        name = node.name.lower() if node.args.get("this") else "without a name"
        return f"unknown function {name}", _function_hint(name)
    name = type(node).__name__
    key = node.sql_name().lower() if isinstance(node, exp.Func) else name.lower()
    hint = HINTS.get(name) or INSTEAD_OF.get(key)
    return name, f"use {hint}" if hint else RULE


def _function_hint(name: str) -> str:
    if name in INSTEAD_OF:
        return f"use {INSTEAD_OF[name]}"
    known = [*FUNCTIONS, *(plain.lower() for plain in PLAIN_FUNCTIONS)]
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else "docs/reference/functions.md lists them all"


# One rule a kind of node: what the list of arguments cannot say.


def _no_rule(_node: exp.Expr, _query: Query) -> Iterator[tuple[str, str]]:
    return iter(())


def _identifier(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", node.name):
        yield f"the name {node.name}", "letters a-z, digits and _, not a digit first"


def _literal(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not node.args.get("is_string") and not re.fullmatch(r"\d+|\d*\.\d+|\d+\.", node.name):
        yield f"number {node.name}", "write 1000 or 0.5: an exponent makes a binary fraction"


def _placeholder(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not isinstance(node.this, str) or not node.this.isidentifier():
        yield "a parameter without a name", "write :name"


def _select(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    for item in node.expressions:
        inner = item.unalias()
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, _CONDITIONS) or _is_predicate(inner):
            yield "a condition as a column", "write CASE WHEN … THEN 1 ELSE 0 END"


def _is_predicate(node: exp.Expr) -> bool:
    return isinstance(node, Owned) and FUNCTIONS[node.this].returns == "PREDICATE"


def _star(node: exp.Expr, query: Query) -> Iterator[tuple[str, str]]:
    parent = node.parent
    if isinstance(parent, exp.Column):
        parent = parent.parent
    if isinstance(parent, exp.Count):
        return
    if not isinstance(parent, exp.Select):
        yield "*", "name the columns"
    elif parent in _final_selects(query.tree):
        yield "SELECT * at the end", "name the columns: they are those of the contract, in order"
    elif any(table.find_ancestor(exp.Select) is parent for table in input_tables(query.tree)):
        yield "SELECT * on a relation", "name the columns; * is for the CTEs of this model"


def _table(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not isinstance(node.this, exp.Identifier):
        yield "a table function", "read relations by their logical names"


def _subquery(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if isinstance(node.parent, (exp.From, exp.Join, exp.In, exp.Exists, exp.SetOperation)):
        return
    inner = node.this
    one_row = (
        isinstance(inner, exp.Select)
        and not inner.args.get("group")
        and len(inner.expressions) == 1
        and inner.expressions[0].find(*_AGGREGATES)
        and not inner.expressions[0].find(exp.Window)
    )
    if not one_row:
        yield "a subquery as a value", "let it be one aggregate without GROUP BY, or join a CTE"


def _join(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    kind = str(node.args.get("kind") or "").upper()
    if kind not in ("", "INNER", "CROSS", "OUTER"):
        yield f"{kind} JOIN", "use EXISTS (…) or NOT EXISTS (…)"
    elif kind == "CROSS" and node.args.get("on"):
        yield "CROSS JOIN with ON", "use JOIN … ON"
    elif kind != "CROSS" and not (node.args.get("on") or _refused_join(node)):
        yield "a join without ON", "write JOIN … ON …, or CROSS JOIN where every pair is wanted"


def _refused_join(node: exp.Expr) -> bool:
    return bool(node.args.get("using") or node.args.get("method"))


def _group(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if any(isinstance(item, exp.Literal) for item in node.expressions):
        yield "GROUP BY a number", "write the expression"


def _tuple(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not isinstance(node.parent, exp.Values):
        yield "a row of values", "compare the columns one by one"


def _like(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string) or "\\" in pattern.this:
        yield "LIKE on a computed pattern", "use starts_with(code, prefix) or code_in(code, 'list')"


def _is(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not isinstance(node.expression, exp.Null):
        yield "IS", "IS NULL, IS NOT NULL, or IS [NOT] DISTINCT FROM"


def _not(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.In) and inner.args.get("query"):
        yield "NOT IN (SELECT …)", "use NOT EXISTS (…): one NULL in the list would refuse every row"


def _arithmetic(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if any(_is_date(side) for side in (node.this, node.expression)):
        yield "arithmetic on dates", "use add_days(d, n), add_months(d, n) or days_between(a, b)"


def _is_date(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return str(node.to.this.value) == "DATE"
    return isinstance(node, Owned) and FUNCTIONS[node.this].returns == "DATE"


def _cast(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    target = node.args["to"]
    kind = str(target.this.value) if isinstance(target, exp.DataType) else str(target)
    value = node.this
    if isinstance(value, exp.Null) and kind in _NULL_TYPES:
        if kind == "DECIMAL":
            yield from _decimal(target)
    elif kind == "DECIMAL":
        yield from _decimal(target)
    elif kind == "DATE":
        if not (isinstance(value, exp.Literal) and value.is_string and _is_day(value.this)):
            yield "CAST to DATE", "use DATE 'YYYY-MM-DD', read_date(text, format) or month_start(d)"
    elif "INT" in kind:
        yield f"CAST to {kind}", "use to_int_strict(text), truncated(x) or rounded(x)"
    elif kind in ("VARCHAR", "TEXT", "CHAR", "NVARCHAR"):
        yield f"CAST to {kind}", "use text_of(x) or date_text(d)"
    elif kind in ("DOUBLE", "FLOAT"):
        yield f"CAST to {kind}", "use amount(x), measure(x) or DECIMAL(p, s)"
    else:
        yield f"CAST to {kind}", "types are BIGINT, DECIMAL(p, s), VARCHAR and DATE"


def _decimal(target: exp.Expr) -> Iterator[tuple[str, str]]:
    if len(target.expressions) != 2:
        yield "DECIMAL without sizes", "write DECIMAL(18, 2): engines have other defaults"


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == 10
    except ValueError:
        return False


def _owned(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    function = FUNCTIONS[node.this]
    if len(node.expressions) != len(function.parameters):
        yield f"{node.this} with {len(node.expressions)} arguments", f"write {function.signature}"
        return
    if function.constant is None:
        return
    value = node.expressions[function.constant]
    if not isinstance(value, exp.Literal) or not value.is_string:
        yield (
            f"{node.this} with a computed {function.parameters[function.constant].name}",
            (f"write {function.signature}"),
        )
    elif function.variants and value.this not in function.variants:
        yield f"{node.this} with {value.this!r}", f"one of {', '.join(function.variants)}"


def _aggregate(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    distinct = node.this if isinstance(node.this, exp.Distinct) else None
    if distinct is None:
        return
    if not isinstance(node, exp.Count):
        yield f"{node.key.upper()}(DISTINCT)", "two identical true lines add up: drop DISTINCT"
    elif len(distinct.expressions) != 1:
        yield "COUNT(DISTINCT) of several columns", "select the distinct rows in a CTE and count"


def _filter(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if not isinstance(node.this, _AGGREGATES):
        yield "FILTER", "it follows count, sum, min or max"
    elif isinstance(node.parent, exp.Window):
        yield "FILTER in a window", "write sum(CASE WHEN … THEN x END) OVER (…)"


def _ranking(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Func) and not isinstance(node.parent, exp.Window):
        yield f"{node.sql_name()} without OVER", "write OVER (PARTITION BY … ORDER BY …)"


def _window(node: exp.Expr, query: Query) -> Iterator[tuple[str, str]]:
    function, order, spec = node.this, node.args.get("order"), node.args.get("spec")
    if isinstance(function, exp.Filter):
        return
    if not isinstance(function, (*_RANKING, *_AGGREGATES)):
        yield "a window over this function", "count, sum, min, max, row_number, rank, lag, lead"
    elif isinstance(function, _RANKING):
        name = function.sql_name()
        if order is None:
            yield f"{name} without ORDER BY", "order by columns that end in a unique key"
        elif isinstance(function, _NEEDS_TOTAL_ORDER):
            yield from _total_order(name, order, query)
        if spec is not None:
            yield f"{name} with a frame", "drop ROWS BETWEEN …"
    elif isinstance(function.this, exp.Distinct):
        yield "DISTINCT in a window", "count the distinct rows in a CTE, then join"
    elif order is not None and spec is None:
        yield "an implicit frame", "write ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    elif spec is not None and order is None:
        yield "a frame without ORDER BY", "order by columns that end in a unique key"
    elif order is not None:
        yield from _total_order("a frame of rows", order, query)


def _total_order(name: str, order: exp.Expr, query: Query) -> Iterator[tuple[str, str]]:
    """The order must end in a column, and in one of ``-- @tie_break`` where the model has it."""
    last = order.expressions[-1].this
    declared = query.headers.get("tie_break", "").replace(",", " ").lower().split()
    if isinstance(last, exp.Literal) or (declared and not isinstance(last, exp.Column)):
        yield f"{name} without a total order", "end ORDER BY with a column of a unique key"
    elif declared and last.name.lower() not in declared:
        yield (
            f"{name} ordered last by {last.name}",
            f"end ORDER BY with {' or '.join(declared)} (-- @tie_break)",
        )


def _frame(node: exp.Expr, _: Query) -> Iterator[tuple[str, str]]:
    if str(node.args.get("kind")).upper() != "ROWS":
        yield f"a frame by {node.args.get('kind')}", "write ROWS BETWEEN … AND …"


_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Query], Iterator[tuple[str, str]]]] = {
    exp.Identifier: _identifier,
    exp.Literal: _literal,
    exp.Placeholder: _placeholder,
    exp.Select: _select,
    exp.Star: _star,
    exp.Table: _table,
    exp.Subquery: _subquery,
    exp.Join: _join,
    exp.Group: _group,
    exp.Tuple: _tuple,
    exp.Like: _like,
    exp.Is: _is,
    exp.Not: _not,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Cast: _cast,
    Owned: _owned,
    exp.Count: _aggregate,
    exp.Sum: _aggregate,
    exp.Min: _aggregate,
    exp.Max: _aggregate,
    exp.Filter: _filter,
    exp.RowNumber: _ranking,
    exp.Rank: _ranking,
    exp.DenseRank: _ranking,
    exp.Lag: _ranking,
    exp.Lead: _ranking,
    exp.Window: _window,
    exp.WindowSpec: _frame,
}


def _final_selects(tree: exp.Expr) -> list[exp.Select]:
    """The SELECTs whose rows are the model's: one, or the branches of a set operation."""
    if isinstance(tree, exp.SetOperation):
        return [*_final_selects(tree.this), *_final_selects(tree.expression)]
    if isinstance(tree, exp.Subquery):
        return _final_selects(tree.this)
    return [tree] if isinstance(tree, exp.Select) else []


def _final_findings(select: exp.Select) -> Iterator[tuple[exp.Expr, str, str]]:
    seen: set[str] = set()
    for item in select.expressions:
        name = item.alias_or_name.lower()
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and item.is_star):
            continue
        if not isinstance(item, (exp.Alias, exp.Column)):
            yield item, "a column without a name", "write AS name"
        elif name in seen:
            yield item, f"two columns named {name}", "name them apart"
        if isinstance(item.unalias(), exp.Null):
            yield item, "NULL without a type", "write CAST(NULL AS BIGINT), VARCHAR, DATE…"
        seen.add(name)
