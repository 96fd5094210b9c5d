"""Writing a query in the SQL of an engine: owned functions, parameters and names put in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePath

from sqlglot import exp

from labsante.base.errors import DefinitionError
from labsante.engine.code_lists import CodeList, condition
from labsante.engine.dialects import WRITE, Owned, Verbatim
from labsante.engine.function_table import DIALECTS, Dialect
from labsante.engine.query import Query, input_tables
from labsante.engine.reserved_words import RESERVED

#: Sizes that Oracle wants to be told.
_ORACLE_TYPES = {"BIGINT": "NUMBER(19)", "VARCHAR": "VARCHAR2(4000)", "TEXT": "VARCHAR2(4000)"}

ParameterValue = date | int | str


def render(
    query: Query,
    dialect: Dialect,
    *,
    parameters: Mapping[str, ParameterValue] | None = None,
    relations: Mapping[str, str] | None = None,
    code_lists: Mapping[str, CodeList] | None = None,
) -> str:
    """The SQL text of a query in ``duckdb``, ``spark`` or ``oracle``.

    ``parameters`` become literals; ``relations`` maps logical names to the names that the
    engine knows; ``code_lists`` gives the lists that ``code_in`` names. Raises DefinitionError
    where one is missing. The query is expected to pass :func:`lint`.
    """
    if dialect not in DIALECTS:
        raise DefinitionError(f"unknown dialect {dialect!r}", hint=f"one of {', '.join(DIALECTS)}")
    parameters, relations, code_lists = parameters or {}, relations or {}, code_lists or {}
    _check_given(query, "parameter", query.parameters, parameters)
    _check_given(query, "code list", query.code_lists, code_lists)
    tree = query.tree.copy()
    if relations:
        _name_relations(tree, {name.lower(): target for name, target in relations.items()})
    if dialect == "oracle":
        _fit_oracle(tree)
    nodes = list(tree.walk())
    for node in nodes:
        if isinstance(node, exp.Placeholder):
            node.replace(literal(parameters[node.name]))
        elif isinstance(node, exp.Identifier):
            _quote_reserved(node, dialect)
    generator = WRITE[dialect]().generator(pretty=True, comments=False)
    # Innermost first: a condition of code_in is text, so its argument must be final.
    for node in reversed(nodes):
        if isinstance(node, Owned) and node.this == "code_in":
            column, name = node.expressions
            text = generator.generate(column, copy=True)
            if not isinstance(column, (exp.Column, exp.Paren, exp.Literal)):
                text = f"({text})"
            node.replace(Verbatim(this=condition(code_lists[name.this], text)))
    return f"/* {PurePath(query.where).name} */\n{generator.generate(tree, copy=False)}"


def literal(value: ParameterValue) -> exp.Expression:
    """A parameter's value as a literal of the subset."""
    if isinstance(value, bool):
        raise DefinitionError("a parameter is a date, a whole number or a text")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, int):
        number = exp.Literal.number(abs(value))
        return exp.Paren(this=exp.Neg(this=number)) if value < 0 else number
    return exp.Literal.string(value)


def _check_given(
    query: Query, kind: str, wanted: tuple[str, ...], given: Mapping[str, object]
) -> None:
    missing = [name for name in wanted if name not in given]
    if missing:
        raise DefinitionError(
            f"no {kind} named {', '.join(missing)}",
            where=query.where,
            hint=f"given: {', '.join(sorted(given)) or 'none'}",
        )


def _name_relations(tree: exp.Expr, relations: Mapping[str, str]) -> None:
    """Replace logical names, keeping them as aliases so that ``person.sex`` still reads."""
    for table in input_tables(tree):
        target = relations.get(table.name.lower())
        if target is None:
            continue
        if not table.alias:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        table.set("db", None)
        table.set("this", Verbatim(this=target))


def _quote_reserved(node: exp.Identifier, dialect: Dialect) -> None:
    """Quote only the names that some engine reserves, so that the text stays readable."""
    quoted = node.this.lower() in RESERVED or not node.this.isidentifier()
    node.set("quoted", quoted)
    if quoted and dialect == "oracle":
        node.set("this", node.this.upper())


def _fit_oracle(tree: exp.Expr) -> None:
    """Rewrite what Oracle does not have; what stays different is in docs/reference."""
    for pipe in list(tree.find_all(exp.DPipe)):
        if not isinstance(pipe.parent, exp.DPipe):
            pipe.replace(_null_safe_pipe(pipe))
    for filtered in list(tree.find_all(exp.Filter)):
        filtered.replace(_without_filter(filtered))
    for node in list(tree.find_all(exp.NullSafeEQ, exp.NullSafeNEQ)):
        same = exp.Anonymous(
            this="DECODE",
            expressions=[node.this, node.expression, exp.Literal.number(1), exp.Literal.number(0)],
        )
        wanted = 1 if isinstance(node, exp.NullSafeEQ) else 0
        node.replace(exp.EQ(this=same, expression=exp.Literal.number(wanted)))
    for kind in tree.find_all(exp.DataType):
        for name, oracle in _ORACLE_TYPES.items():
            if kind.this == exp.DataType.build(name).this:
                kind.replace(exp.DataType.build(oracle, dialect="oracle"))
    for select in tree.find_all(exp.Select):
        _qualify_stars(select)
        if not select.args.get("from_"):
            select.set("from_", exp.From(this=exp.Table(this=exp.to_identifier("dual"))))


def _qualify_stars(select: exp.Select) -> None:
    """``SELECT *, x`` as ``SELECT t.*, x``: Oracle wants a star beside columns to say of what."""
    from_ = select.args.get("from_")
    if from_ is None or len(select.expressions) < 2:
        return
    sources = [from_.this, *(j.this for j in select.args.get("joins") or ())]
    stars = [
        exp.Column(this=exp.Star(), table=exp.to_identifier(source.alias_or_name))
        for source in sources
    ]
    items = [
        part
        for item in select.expressions
        for part in (stars if isinstance(item, exp.Star) else [item])
    ]
    select.set("expressions", items)


def _null_safe_pipe(node: exp.DPipe) -> exp.Expression:
    """Oracle joins NULL as an empty text; the subset gives NULL."""
    parts = [p for p in node.flatten() if not isinstance(p, exp.Literal)]
    if not parts:
        return node
    missing: exp.Expression = exp.Is(this=parts[0].copy(), expression=exp.Null())
    for part in parts[1:]:
        missing = exp.Or(this=missing, expression=exp.Is(this=part.copy(), expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=node.copy())


def _without_filter(node: exp.Filter) -> exp.Expression:
    """SUM(x) FILTER (WHERE c) as SUM(CASE WHEN c THEN x END)."""
    aggregate = node.this.copy()
    kept = node.expression.this.copy()
    target = aggregate.this
    if isinstance(target, exp.Distinct):
        inner = target.expressions[0]
        inner.replace(exp.Case(ifs=[exp.If(this=kept, true=inner.copy())]))
        return aggregate
    value = exp.Literal.number(1) if isinstance(target, exp.Star) else target.copy()
    aggregate.set("this", exp.Case(ifs=[exp.If(this=kept, true=value)]))
    return aggregate
