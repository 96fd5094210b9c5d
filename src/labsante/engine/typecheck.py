"""Types before any engine runs: each expression of a model has one, or the model is refused.

Engines cast in silence, and not alike: ``date - date`` is a number on DuckDB and an interval on
Spark; a text meets a number by turning either into the other. Here nothing is cast in silence,
but a whole number into a decimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from labsante.base.errors import DefinitionError
from labsante.engine.dialects import Owned
from labsante.engine.functions import FUNCTIONS
from labsante.engine.lint import Finding, position
from labsante.engine.query import Query
from labsante.engine.types import Columns

#: BIGINT, DECIMAL, VARCHAR, DATE, DOUBLE, BOOLEAN, PREDICATE; ANY for NULL and parameters.
Kind = str
_ANY, _PREDICATE = "ANY", "PREDICATE"
_NUMBERS = ("BIGINT", "DECIMAL", "DOUBLE")
_Source = dict[str, Kind]
_Scope = dict[str, _Source]
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Count)


def check_types(query: Query, schema: Mapping[str, Columns]) -> list[tuple[str, Kind]]:
    """The kind of each output column, in order: BIGINT, DECIMAL, VARCHAR, DATE.

    ``schema`` gives the columns and types of every relation that is read. Raises ONE
    DefinitionError that lists every column that does not exist and every pair of types that
    does not fit, with its line. The query is expected to pass the linter.
    """
    known = {
        name.lower(): {column.lower(): kind.split("(")[0].upper() for column, kind in columns}
        for name, columns in schema.items()
    }
    typer = _Typer(known)
    outputs = typer.query(query.tree, {}, ())
    if typer.found:
        found = sorted(typer.found)
        raise DefinitionError(
            "types that do not fit:\n" + "\n".join(f"  {finding}" for finding in found),
            where=f"{query.where}:{found[0].line}:{found[0].column}",
            why="engines cast in silence, and not alike: nothing is cast here but a whole number "
            "into a decimal",
            hint="docs/reference/functions.md: text_of, to_int_strict, read_date, days_between…",
        )
    return list(outputs.items())


@dataclass(slots=True)
class _Typer:
    schema: dict[str, _Source]
    found: set[Finding] = field(default_factory=set)

    def wrong(self, node: exp.Expr, what: str, hint: str = "") -> Kind:
        line, column = position(node)
        self.found.add(Finding(line, column, what, hint or "name the types apart or convert"))
        return _ANY

    # Queries.

    def query(
        self, node: exp.Expr, ctes: Mapping[str, _Source], outer: tuple[_Scope, ...]
    ) -> _Source:
        """The columns of a query and their kinds."""
        visible = dict(ctes)
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            visible[cte.alias.lower()] = _renamed(self.query(cte.this, visible, outer), cte)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, visible, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, visible, outer)
        scope: _Scope = {}
        scopes = (scope, *outer)
        for source in _sources(node):
            scope[source.alias_or_name.lower()] = self._source(source, visible, outer)
        made = self._projections(node, visible, scopes)
        walker = _Expressions(self, visible, scopes, made)
        for clause in _conditions(node):
            if walker.kind(clause) not in (_PREDICATE, _ANY):
                self.wrong(clause, "a value as a condition", "compare it: x = 1")
        group = node.args.get("group")
        for item in group.expressions if group is not None else ():
            walker.kind(item)
        return made

    def _set_operation(
        self, node: exp.SetOperation, ctes: Mapping[str, _Source], outer: tuple[_Scope, ...]
    ) -> _Source:
        left, right = self.query(node.this, ctes, outer), self.query(node.expression, ctes, outer)
        if len(left) != len(right):
            self.wrong(node.expression, f"{len(right)} columns where {len(left)} are expected")
        walker = _Expressions(self, ctes, outer, {})
        return {
            name: walker.unified(node.expression, (kind, other))
            for (name, kind), other in zip(left.items(), right.values(), strict=False)
        }

    def _source(
        self, source: exp.Expr, ctes: Mapping[str, _Source], outer: tuple[_Scope, ...]
    ) -> _Source:
        if isinstance(source, exp.Table):
            name = source.name.lower()
            if name not in ctes and name not in self.schema:
                self.wrong(
                    source, f"no relation {name}", f"known: {', '.join(sorted(self.schema))}"
                )
            return ctes.get(name) or self.schema.get(name) or {}
        if isinstance(source, exp.Values):
            walker = _Expressions(self, ctes, outer, {})
            columns = zip(*(row.expressions for row in source.expressions), strict=True)
            kinds = (walker.unified(c[0], map(walker.kind, c)) for c in columns)
            return _renamed({str(n): kind for n, kind in enumerate(kinds)}, source)
        return _renamed(self.query(source, ctes, outer), source)

    def _projections(
        self, select: exp.Expr, ctes: Mapping[str, _Source], scopes: tuple[_Scope, ...]
    ) -> _Source:
        made: _Source = {}
        for item in select.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and item.is_star):
                wanted = item.table.lower() if isinstance(item, exp.Column) else ""
                for alias, source in scopes[0].items():
                    if wanted in ("", alias):
                        made |= {name: kind for name, kind in source.items() if name not in made}
            else:
                kind = _Expressions(self, ctes, scopes, made).kind(item.unalias())
                made[item.alias_or_name.lower()] = kind
        return made


@dataclass(frozen=True, slots=True)
class _Expressions:
    """The kinds of expressions in one SELECT."""

    typer: _Typer
    ctes: Mapping[str, _Source]
    scopes: tuple[_Scope, ...]
    aliases: _Source

    def kind(self, node: exp.Expr) -> Kind:
        """The kind of an expression; findings go to the typer."""
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Literal):
            return "VARCHAR" if node.is_string else "BIGINT" if node.is_int else "DECIMAL"
        if isinstance(node, (exp.Null, exp.Placeholder, exp.Star)):
            return _ANY
        if isinstance(node, (exp.Paren, exp.Min, exp.Max)):
            return self.kind(node.this)
        if isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
            return self._number(node, (node.this, node.expression))
        if isinstance(node, (exp.Neg, exp.Abs, exp.Sum)):
            return self._number(node, (node.this,))
        if isinstance(node, _COMPARISONS):
            self.unified(node, map(self.kind, (node.this, node.expression)))
            return _PREDICATE
        if isinstance(node, exp.Cast):
            self.kind(node.this)
            name = str(node.to.this.value).upper()
            return "VARCHAR" if name == "TEXT" else name
        if isinstance(node, Owned):
            return self._owned(node)
        if isinstance(node, exp.DPipe):
            return self._all((node.this, node.expression), "VARCHAR", "text_of(x)")
        if isinstance(node, (exp.Coalesce, exp.Nullif)):
            parts = [node.this, *node.expressions, node.args.get("expression")]
            return self.unified(node, [self.kind(p) for p in parts if p is not None])
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, exp.Query):
            return next(iter(self.typer.query(node, self.ctes, self.scopes).values()), _ANY)
        return self._other(node)

    def _other(self, node: exp.Expr) -> Kind:
        if isinstance(node, (exp.And, exp.Or, exp.Not)):
            parts = [part for part in (node.this, node.args.get("expression")) if part is not None]
            return self._all(parts, _PREDICATE, "compare it: x = 1")
        if isinstance(node, exp.In):
            query = node.args.get("query")
            parts = [node.this, *node.expressions, *([query] if query is not None else [])]
            self.unified(node, [self.kind(part) for part in parts])
            return _PREDICATE
        if isinstance(node, exp.Between):
            self.unified(node, [self.kind(node.args[name]) for name in ("this", "low", "high")])
            return _PREDICATE
        if isinstance(node, exp.Like):
            self._all((node.this, node.expression), "VARCHAR", "text_of(x)")
            return _PREDICATE
        if isinstance(node, exp.Is):
            self.kind(node.this)
            return _PREDICATE
        if isinstance(node, exp.Exists):
            self.typer.query(node.this, self.ctes, self.scopes)
            return _PREDICATE
        if isinstance(node, exp.Filter):
            if self.kind(node.expression.this) not in (_PREDICATE, _ANY):
                self.typer.wrong(node.expression, "a value as a condition", "compare it: x = 1")
            return self.kind(node.this)
        if isinstance(node, exp.Window):
            for part in [*(node.args.get("partition_by") or ()), *_ordered(node)]:
                self.kind(part)
            return self.kind(node.this)
        if isinstance(node, (exp.Lag, exp.Lead)):
            default = node.args.get("default")
            kinds = [self.kind(part) for part in (node.this, default) if part is not None]
            return self.unified(node, kinds)
        if isinstance(node, _RANKS):
            for child in node.find_all(exp.Column):
                self.kind(child)
            return "BIGINT"
        return self.typer.wrong(node, f"{type(node).__name__}", "not in the subset")

    def unified(self, node: exp.Expr, kinds: Iterable[Kind]) -> Kind:
        """The one kind of several values; a whole number joins decimals."""
        one = _ANY
        for kind in kinds:
            if one in (_ANY, kind):
                one = kind
            elif kind != _ANY:
                if not (one in _NUMBERS and kind in _NUMBERS):
                    return self.typer.wrong(node, f"{one} meets {kind}", _advice(one, kind))
                one = max(one, kind, key=_NUMBERS.index)
        return one

    def _column(self, node: exp.Column) -> Kind:
        name, table = node.name.lower(), node.table.lower()
        for scope in self.scopes:
            sources = [scope[table]] if table in scope else [] if table else list(scope.values())
            holders = [source for source in sources if name in source]
            if len(holders) > 1:
                return self.typer.wrong(node, f"{name} is in several relations", "write t.x")
            if holders:
                return holders[0][name]
            if not table and name in self.aliases:
                return self.aliases[name]
            if table in scope:
                known = ", ".join(scope[table])
                return self.typer.wrong(node, f"no column {name} in {table}", f"it has {known}")
        return self.typer.wrong(node, f"no column {name}", "check the name and the joins")

    def _number(self, node: exp.Expr, parts: Iterable[exp.Expr]) -> Kind:
        kinds = [self.kind(part) for part in parts]
        for kind in kinds:
            if kind not in (*_NUMBERS, _ANY):
                hint = "use days_between(a, b) or add_days(d, n)" if kind == "DATE" else ""
                return self.typer.wrong(node, f"{node.key.upper()} of {kind}", hint)
        return self.unified(node, kinds)

    def _all(self, parts: Iterable[exp.Expr], wanted: Kind, hint: str) -> Kind:
        for part in parts:
            kind = self.kind(part)
            if kind not in (wanted, _ANY):
                self.typer.wrong(part, f"{kind} where {wanted} is expected", f"write {hint}")
        return wanted

    def _case(self, node: exp.Case) -> Kind:
        tested = node.args.get("this")
        results = []
        for branch in node.args["ifs"]:
            if tested is not None:
                self.unified(branch, [self.kind(tested), self.kind(branch.this)])
            elif self.kind(branch.this) not in (_PREDICATE, _ANY):
                self.typer.wrong(branch, "a value as a condition", "compare it: x = 1")
            results.append(self.kind(branch.args["true"]))
        default = node.args.get("default")
        if default is not None:
            results.append(self.kind(default))
        return self.unified(node, results)

    def _owned(self, node: Owned) -> Kind:
        function = FUNCTIONS[node.this]
        free = []
        for parameter, argument in zip(function.parameters, node.expressions, strict=False):
            kind = self.kind(argument)
            wanted = parameter.type
            if wanted == "ANY":
                free.append(kind)
            elif wanted == "NUMBER":
                fits = kind in ("BIGINT", "DECIMAL", _ANY)
                if not fits:
                    self._refused(node, parameter.name, kind, "BIGINT or DECIMAL")
            elif wanted != "CONSTANT" and kind not in (wanted, _ANY):
                self._refused(node, parameter.name, kind, wanted)
        together = self.unified(node, free)
        return together if function.returns == "ANY" else function.returns

    def _refused(self, node: Owned, name: str, kind: Kind, wanted: str) -> None:
        what = f"{node.this}: {name} is {kind}, {wanted} is expected"
        self.typer.wrong(node, what, _advice(kind, wanted))


def _sources(select: exp.Expr) -> Iterator[exp.Expr]:
    from_ = select.args.get("from_")
    if from_ is not None:
        yield from_.this
    for join in select.args.get("joins") or ():
        yield join.this


def _conditions(select: exp.Expr) -> Iterator[exp.Expr]:
    for name in ("where", "having"):
        clause = select.args.get(name)
        if clause is not None:
            yield clause.this
    for join in select.args.get("joins") or ():
        if join.args.get("on") is not None:
            yield join.args["on"]


def _ordered(window: exp.Window) -> Iterator[exp.Expr]:
    order = window.args.get("order")
    for item in order.expressions if order is not None else ():
        yield item.this


def _renamed(columns: _Source, source: exp.Expr) -> _Source:
    """The columns under the names of ``AS t(a, b)``, where they are given."""
    alias = source.args.get("alias")
    names = [c.name.lower() for c in alias.args.get("columns") or ()] if alias else []
    return dict(zip(names, columns.values(), strict=False)) if names else columns


def _advice(one: Kind, other: Kind) -> str:
    pair = f"{one} {other}"
    if "DATE" in pair and "VARCHAR" in pair:
        return "use read_date(text, format) or date_text(d)"
    if "VARCHAR" in pair:
        return "use to_int_strict(text) or text_of(x)"
    if "DECIMAL" in pair and "BIGINT" in pair:
        return "use truncated(x) or rounded(x)"
    return "convert one of them"
