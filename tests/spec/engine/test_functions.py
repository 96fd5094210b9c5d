"""Every owned function gives the same values in plain Python, on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from labsante.base.workspace import EngineSettings
from labsante.engine import Engine, open_engine
from labsante.engine.functions import FUNCTIONS
from labsante.engine.reference import reference
from tests.spec.engine.grids import DIABETES, GRIDS, ask, constants, rows_of

CASES = [(name, n) for name, grids in GRIDS.items() for n in range(len(grids))]


@pytest.fixture(scope="module")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(EngineSettings(), tmp_path_factory.mktemp("duckdb")) as engine:
        yield engine


@pytest.fixture(scope="module")
def spark_engine(spark_session: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = EngineSettings(name="spark")
    with open_engine(settings, tmp_path_factory.mktemp("spark")) as engine:
        yield engine


def expected(name: str, number: int) -> list[tuple[tuple[Any, ...], Any]]:
    function = FUNCTIONS[name]
    answers = []
    for constant in constants(name):
        for row in rows_of(GRIDS[name][number]):
            arguments = list(row)
            if function.constant is not None:
                value = DIABETES if name == "code_in" else constant
                arguments.insert(function.constant, value)
            answer = reference(name, *arguments)
            if function.returns == "PREDICATE" and answer is not None:
                answer = int(answer)
            answers.append((tuple(arguments), answer))
    return answers


def differences(name: str, number: int, got: list[Any]) -> list[str]:
    wanted = expected(name, number)
    assert len(wanted) == len(got)
    return [
        f"{name}{arguments} is {value!r}, the reference says {answer!r}"
        for (arguments, answer), value in zip(wanted, got, strict=True)
        if not same(value, answer)
    ]


def same(value: Any, answer: Any) -> bool:
    if isinstance(answer, Decimal):
        return (
            isinstance(value, Decimal)
            and value == answer
            and (value.as_tuple().exponent == answer.as_tuple().exponent)
        )
    return type(value) is type(answer) and value == answer


def test_every_function_has_a_grid() -> None:
    assert set(GRIDS) == set(FUNCTIONS)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_duckdb_agrees_with_the_reference(
    name: str, number: int, duckdb_engine: Engine, tmp_path: Path
) -> None:
    got = ask(duckdb_engine, name, GRIDS[name][number], tmp_path / "grid.parquet")
    assert differences(name, number, got) == []


@pytest.mark.spark
@pytest.mark.parametrize(("name", "number"), CASES)
def test_spark_agrees_with_the_reference(
    name: str, number: int, spark_engine: Engine, tmp_path: Path
) -> None:
    got = ask(spark_engine, name, GRIDS[name][number], tmp_path / "grid.parquet")
    assert differences(name, number, got) == []


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_examples_of_the_reference_page_are_true(name: str) -> None:
    for example in FUNCTIONS[name].examples:
        assert same(reference(name, *example.arguments), example.result), example
