"""Reading a model: one SELECT, its headers, what it takes and what it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from labsante.base.errors import DefinitionError
from labsante.engine.dialects import READ, Owned

_HEADER = re.compile(r"^--\s*@(\w+)[ \t]*(.*?)\s*$", re.MULTILINE)
_ONE_SELECT = "a model is one SELECT; common table expressions (WITH) are welcome"


@dataclass(frozen=True)
class Query:
    """One SELECT of the subset, as a syntax tree; immutable by custom: copy before changing."""

    text: str
    where: str
    tree: exp.Query
    headers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Logical names of the relations that are read, lower case, sorted, without the CTEs."""
        names = {table.name.lower() for table in input_tables(self.tree)}
        return tuple(sorted(names))

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Names of the columns, lower case, in order; '' for a column without a name."""
        return tuple(name.lower() for name in self.tree.named_selects)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the ``:name`` placeholders, sorted."""
        found = {node.name for node in self.tree.find_all(exp.Placeholder) if node.this}
        return tuple(sorted(found))

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Names of the owned functions that are called, sorted."""
        return tuple(sorted({node.this for node in self.tree.find_all(Owned)}))

    @cached_property
    def code_lists(self) -> tuple[str, ...]:
        """Names of the code lists that ``code_in`` uses, sorted."""
        names = set()
        for node in self.tree.find_all(Owned):
            if node.this == "code_in" and len(node.expressions) == 2:
                name = node.expressions[1]
                if isinstance(name, exp.Literal) and name.is_string:
                    names.add(name.this)
        return tuple(sorted(names))


def input_tables(tree: exp.Expr) -> list[exp.Table]:
    """The tables that are not CTEs visible at their place."""
    found: list[exp.Table] = []
    _collect(tree, frozenset(), found)
    return found


def _collect(node: exp.Expr, visible: frozenset[str], found: list[exp.Table]) -> None:
    """Walk with the names of the CTEs in sight; a CTE sees those before it, not itself."""
    with_ = node.args.get("with_")
    if with_ is not None:
        for cte in with_.expressions:
            _collect(cte.this, visible, found)
            visible |= {cte.alias.lower()}
    if (
        isinstance(node, exp.Table)
        and isinstance(node.this, exp.Identifier)
        and (node.args.get("db") or node.name.lower() not in visible)
    ):
        found.append(node)
    for child in node.iter_expressions():
        if child is not with_:
            _collect(child, visible, found)


def parse(text: str, where: str) -> Query:
    """Read one SELECT. ``where`` is the file, for messages.

    Raises DefinitionError with line and column where the text is not one SELECT. What the
    subset does not allow is the linter's business.
    """
    try:
        statements = [s for s in sqlglot.parse(text, dialect=READ) if s is not None]
    except SqlglotError as error:
        raise _syntax_error(error, where) from None
    if len(statements) != 1:
        raise DefinitionError(
            f"{len(statements)} statements where one is expected", where=where, hint=_ONE_SELECT
        )
    tree = statements[0]
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Subquery):
        raise DefinitionError(
            f"{tree.key.upper()} is not a SELECT", where=f"{where}:1", hint=_ONE_SELECT
        )
    return Query(text, where, tree, dict(_HEADER.findall(text)))


def _syntax_error(error: SqlglotError, where: str) -> DefinitionError:
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    line, column = first.get("line"), first.get("col")
    place = f"{where}:{line}:{column}" if line else where
    what = first.get("description") or str(error).split("\n", 1)[0]
    near = first.get("highlight")
    return DefinitionError(
        "this SQL cannot be read",
        where=place,
        why=f"{what} (near {near!r})" if near else str(what),
        hint="check the parentheses, the commas and the quotes before this place",
    )
