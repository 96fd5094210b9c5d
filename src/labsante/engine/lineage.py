"""Where a column comes from: the columns of the relations that its value is made of.

Value lineage: a column that only filters or joins is not in it. ``count(*)`` comes from
``(relation, '*')``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from labsante.base.errors import DefinitionError
from labsante.engine.query import Query

Origins = frozenset[tuple[str, str]]
Derived = dict[str, Origins]
_NOWHERE: Origins = frozenset()


def lineage(
    query: Query, column: str, schema: Mapping[str, Sequence[str]] | None = None
) -> set[tuple[str, str]]:
    """The ``(relation, column)`` pairs, in lower case, that make an output column.

    ``schema`` gives the columns of the relations; without it, a column that is not qualified
    where several relations are joined is said to come from each of them. Raises DefinitionError
    where the query has no such output.
    """
    outputs = all_lineage(query, schema)
    if column.lower() not in outputs:
        raise DefinitionError(
            f"no column {column}",
            where=query.where,
            hint=f"columns: {', '.join(outputs)}",
        )
    return set(outputs[column.lower()])


def all_lineage(query: Query, schema: Mapping[str, Sequence[str]] | None = None) -> Derived:
    """The origins of every output column, in order."""
    known = {name.lower(): {c.lower() for c in cs} for name, cs in (schema or {}).items()}
    return _Walker(known).outputs(query.tree, {}, ())


@dataclass(frozen=True, slots=True)
class _Relation:
    """A relation that is read: its columns are known, or not (None)."""

    name: str
    columns: set[str] | None


_Source = _Relation | Derived
_Scope = dict[str, _Source]


@dataclass(frozen=True, slots=True)
class _Walker:
    schema: dict[str, set[str]]

    def outputs(
        self, query: exp.Expr, ctes: Mapping[str, Derived], outer: tuple[_Scope, ...]
    ) -> Derived:
        """The origins of a query's columns; ``outer`` holds the scopes around it."""
        visible = dict(ctes)
        with_ = query.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            visible[cte.alias.lower()] = _renamed(self.outputs(cte.this, visible, outer), cte)
        if isinstance(query, exp.SetOperation):
            left = self.outputs(query.this, visible, outer)
            right = self.outputs(query.expression, visible, outer)
            pairs = zip(left.items(), right.values(), strict=False)
            return {name: origins | other for (name, origins), other in pairs}
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this, visible, outer)
        scope = self._scope(query, visible, outer)
        return self._projections(query, visible, (scope, *outer))

    def _scope(
        self, select: exp.Expr, ctes: Mapping[str, Derived], outer: tuple[_Scope, ...]
    ) -> _Scope:
        scope: _Scope = {}
        from_ = select.args.get("from_")
        joined = [join.this for join in select.args.get("joins") or ()]
        for source in ([from_.this] if from_ is not None else []) + joined:
            name = source.alias_or_name.lower()
            if isinstance(source, exp.Table):
                table = source.name.lower()
                found: _Source | None = ctes.get(table)
                scope[name] = found or _Relation(table, self.schema.get(table))
            elif isinstance(source, exp.Values):
                width = len(source.expressions[0].expressions)
                nowhere = {str(place): _NOWHERE for place in range(width)}
                scope[name] = _renamed(nowhere, source)
            else:
                scope[name] = _renamed(self.outputs(source, ctes, outer), source)
        return scope

    def _projections(
        self, select: exp.Expr, ctes: Mapping[str, Derived], scopes: tuple[_Scope, ...]
    ) -> Derived:
        made: Derived = {}
        for item in select.expressions:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and item.is_star):
                table = item.table.lower() if isinstance(item, exp.Column) else ""
                made |= _star(scopes[0], table)
            else:
                origins = self._origins(item.unalias(), ctes, scopes, made)
                made[item.alias_or_name.lower()] = origins
        return made

    def _origins(
        self,
        node: exp.Expr,
        ctes: Mapping[str, Derived],
        scopes: tuple[_Scope, ...],
        aliases: Derived,
    ) -> Origins:
        if isinstance(node, exp.Query):
            return frozenset().union(*self.outputs(node, ctes, scopes).values())
        if isinstance(node, exp.Column):
            return _column(node, scopes, aliases)
        if isinstance(node, exp.Star):
            relations = (s.name for s in scopes[0].values() if isinstance(s, _Relation))
            return frozenset((name, "*") for name in relations)
        parts: Iterable[exp.Expr] = node.iter_expressions()
        return frozenset().union(*(self._origins(p, ctes, scopes, aliases) for p in parts))


def _column(node: exp.Column, scopes: tuple[_Scope, ...], aliases: Derived) -> Origins:
    name, table = node.name.lower(), node.table.lower()
    for scope in scopes:
        sources = [scope[table]] if table in scope else [] if table else list(scope.values())
        certain = [s for s in sources if _holds(s, name)]
        if certain:
            return frozenset().union(*(_of(source, name) for source in certain))
        if not table and name in aliases:
            return aliases[name]
        possible = [s for s in sources if isinstance(s, _Relation) and s.columns is None]
        if possible:
            return frozenset().union(*(_of(source, name) for source in possible))
    return _NOWHERE


def _holds(source: _Source, name: str) -> bool:
    if isinstance(source, _Relation):
        return source.columns is not None and name in source.columns
    return name in source


def _of(source: _Source, name: str) -> Origins:
    return frozenset({(source.name, name)}) if isinstance(source, _Relation) else source[name]


def _star(scope: _Scope, table: str) -> Derived:
    made: Derived = {}
    for alias, source in scope.items():
        if table and alias != table:
            continue
        if isinstance(source, _Relation):
            columns = sorted(source.columns or {"*"})
            made |= {c: frozenset({(source.name, c)}) for c in columns if c not in made}
        else:
            made |= {c: origins for c, origins in source.items() if c not in made}
    return made


def _renamed(outputs: Derived, source: exp.Expr) -> Derived:
    """The columns under the names of ``AS t(a, b)``, where they are given."""
    alias = source.args.get("alias")
    names = [c.name.lower() for c in alias.args.get("columns") or ()] if alias else []
    return dict(zip(names, outputs.values(), strict=False)) if names else outputs
