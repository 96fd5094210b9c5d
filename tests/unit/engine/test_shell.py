from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from labsante.engine.functions import FUNCTIONS
from labsante.engine.shell import install_macros, macros
from tests.spec.engine.grids import DIABETES


@pytest.fixture(scope="module")
def shell() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    install_macros(connection, {"diabetes": DIABETES})
    return connection


def literal(value: Any, kind: str) -> str:
    if value is None:
        return f"CAST(NULL AS {kind})" if kind in ("DATE", "BIGINT", "VARCHAR") else "NULL"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


EXAMPLES = [
    (name, example) for name, function in FUNCTIONS.items() for example in function.examples
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_analyst_types_the_examples_of_the_page(
    name: str, example: Any, shell: duckdb.DuckDBPyConnection
) -> None:
    kinds = [parameter.type for parameter in FUNCTIONS[name].parameters]
    call = f"{name}({', '.join(map(literal, example.arguments, kinds))})"
    assert shell.execute(f"SELECT {call}").fetchone() == (example.result,)


def test_code_lists_can_be_typed(shell: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT code_in(c, 'diabetes') FROM (VALUES ('E119'), ('E115'), ('I50')) AS v(c)"
    assert shell.execute(sql).fetchall() == [(True,), (False,), (False,)]
    with pytest.raises(duckdb.Error, match="does not know this list"):
        shell.execute("SELECT code_in('E10', 'diabete')").fetchall()
    with pytest.raises(duckdb.Error, match="YYYYMMDD"):
        shell.execute("SELECT read_date('2022', 'YYYY')").fetchall()


def test_every_function_has_its_macro() -> None:
    named = {statement.split("MACRO ")[1].split("(")[0] for statement in macros({}, temporary=True)}
    assert set(FUNCTIONS) - named == {"code_in", "starts_with"}
