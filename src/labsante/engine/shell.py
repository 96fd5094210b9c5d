"""Owned functions in a DuckDB shell: an analyst types ``age_at(birth_date, DATE '2022-12-31')``.

``python -m labsante.engine.shell > macros.sql`` then ``.read macros.sql`` in the DuckDB shell.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Protocol

from labsante.engine.code_lists import CodeList, condition
from labsante.engine.function_table import Function
from labsante.engine.functions import FUNCTIONS

#: DuckDB has these under the same name with the same meaning: a macro would call itself.
_BUILT_IN = frozenset({"starts_with"})


class Executes(Protocol):
    """A DuckDB connection, or one of our engines."""

    def execute(self, query: str, /) -> object:
        """Run a statement."""


def install_macros(connection: Executes, code_lists: Mapping[str, CodeList] | None = None) -> None:
    """Create the owned functions as temporary macros on a DuckDB connection."""
    for statement in macros(code_lists or {}, temporary=True):
        connection.execute(statement)


def macros(code_lists: Mapping[str, CodeList], *, temporary: bool) -> list[str]:
    """The CREATE MACRO statements, one a function.

    ``code_in`` is among them where code lists are given; a list that it does not know, or a
    format that ``read_date`` does not know, is an error when the query runs.
    """
    kind = "TEMP MACRO" if temporary else "MACRO"
    statements = []
    for function in FUNCTIONS.values():
        if function.name in _BUILT_IN or (function.name == "code_in" and not code_lists):
            continue
        names = ", ".join(_quoted(parameter.name) for parameter in function.parameters)
        body = _code_in(code_lists) if function.name == "code_in" else _body(function)
        statements.append(f"CREATE OR REPLACE {kind} {function.name}({names}) AS {body}")
    return statements


def _body(function: Function) -> str:
    names = {p.name: _quoted(p.name) for p in function.parameters}
    if function.variants is None:
        return function.template("duckdb").format(**names)
    assert function.constant is not None
    chosen = names[function.parameters[function.constant].name]
    cases = " ".join(
        f"WHEN '{value}' THEN {templates['duckdb'].format(**names)}"
        for value, templates in function.variants.items()
    )
    known = ", ".join(function.variants)
    return f"CASE {chosen} {cases} ELSE error('{function.name} knows {known}') END"


def _code_in(code_lists: Mapping[str, CodeList]) -> str:
    cases = " ".join(
        f"WHEN '{name}' THEN {condition(code_list, _quoted('code'))}"
        for name, code_list in sorted(code_lists.items())
    )
    return f"CASE \"list\" {cases} ELSE error('code_in does not know this list') END"


def _quoted(name: str) -> str:
    assert set(name) <= set(string.ascii_letters + string.digits + "_")
    return f'"{name}"'


if __name__ == "__main__":
    for line in macros({}, temporary=False):
        print(f"{line};")
