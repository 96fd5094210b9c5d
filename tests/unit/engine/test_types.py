from __future__ import annotations

import pytest

from labsante.base.errors import DefinitionError
from labsante.engine.types import castable, check_columns, normal_type


@pytest.mark.parametrize(
    ("given", "normal"),
    [("bigint", "BIGINT"), ("Decimal(18, 2)", "DECIMAL(18,2)"), ("date", "DATE")],
)
def test_types_have_one_spelling(given: str, normal: str) -> None:
    assert normal_type(given) == normal


@pytest.mark.parametrize(
    "bad", ["INTEGER", "TIMESTAMP", "DECIMAL", "DECIMAL(39,2)", "DECIMAL(2,3)"]
)
def test_other_types_are_refused(bad: str) -> None:
    with pytest.raises(DefinitionError, match="is not a type of a contract"):
        normal_type(bad)


@pytest.mark.parametrize(
    ("real", "wanted", "can"),
    [
        ("HUGEINT", "BIGINT", True),
        ("INTEGER", "DECIMAL(18,2)", True),
        ("DECIMAL(38,0)", "BIGINT", True),
        ("DECIMAL(38,2)", "BIGINT", False),
        ("DECIMAL(38,2)", "DECIMAL(18,2)", True),
        ("DOUBLE", "DECIMAL(18,2)", False),
        ("DOUBLE", "BIGINT", False),
        ("DOUBLE", "DOUBLE", True),
        ("DECIMAL(18,2)", "DOUBLE", True),
        ("VARCHAR", "DOUBLE", False),
        ("VARCHAR", "BIGINT", False),
        ("BIGINT", "VARCHAR", False),
        ("TIMESTAMP", "DATE", False),
        ("BOOLEAN", "BIGINT", False),
        ('"NULL"', "DATE", True),
        ("VOID", "VARCHAR", True),
    ],
)
def test_what_may_become_what(real: str, wanted: str, can: bool) -> None:
    assert castable(real, wanted) is can


def test_names_and_types_are_compared_with_help() -> None:
    contract = [("a", "BIGINT"), ("b", "DECIMAL(18,2)")]
    check_columns([("A", "INTEGER"), ("b", "DECIMAL(38,2)")], contract, "m.sql")
    with pytest.raises(DefinitionError, match="missing: b; not in the contract: c"):
        check_columns([("a", "BIGINT"), ("c", "BIGINT")], contract, "m.sql")
    with pytest.raises(DefinitionError, match="order in the query: b, a"):
        check_columns([("b", "BIGINT"), ("a", "BIGINT")], contract, "m.sql")
    with pytest.raises(DefinitionError, match="amount") as caught:
        check_columns([("a", "VARCHAR"), ("b", "DOUBLE")], contract, "m.sql")
    assert "a is VARCHAR" in caught.value.why
    assert "b is DOUBLE" in caught.value.why
