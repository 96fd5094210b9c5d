"""The same text gives the same rows: random queries against plain Python, DuckDB and Spark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsante.base.workspace import EngineSettings
from labsante.engine import Engine, lint, open_engine, parse, render
from tests.sizes import IS_FULL, SIZES
from tests.spec.engine.grids import write_rows
from tests.spec.engine.random_queries import (
    CODES,
    QUERIES,
    T_COLUMNS,
    U_COLUMNS,
    RandomQuery,
    Row,
    tables,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@pytest.fixture(scope="module")
def duckdb_engine(folder: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(), folder / "duckdb") as engine:
        yield engine


@pytest.fixture(scope="module")
def spark_engine(spark_session: Any, folder: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(name="spark"), folder / "spark") as engine:
        yield engine


def bound(engine: Engine, folder: Path, t: list[Row], u: list[Row]) -> None:
    for name, columns, rows in (("t", T_COLUMNS, t), ("u", U_COLUMNS, u)):
        path = folder / f"{name}.parquet"
        write_rows(path, columns, [[row[c] for c, _ in columns] for row in rows])
        engine.bind(name, [path], columns)


def asked(engine: Engine, sql: str, kinds: str) -> Counter[tuple[Any, ...]]:
    query = parse(sql, "random.sql")
    lint(query)
    text = render(query, engine.name, code_lists={"codes": CODES})  # type: ignore[arg-type]
    columns = [column.to_pylist() for column in engine.fetch(text).columns]
    return Counter(tuple(map(_plain, row, kinds)) for row in zip(*columns, strict=True))


def _plain(value: Any, kind: str) -> Any:
    """Whole sums leave DuckDB as wide decimals: the contract's cast is not tried here."""
    return int(value) if kind == "I" and isinstance(value, (Decimal, float)) else value


@settings(max_examples=SIZES.hypothesis_examples)
@given(query=QUERIES, data=tables())
def test_duckdb_gives_what_plain_python_gives(
    query: RandomQuery,
    data: tuple[list[Row], list[Row]],
    duckdb_engine: Engine,
    folder: Path,
) -> None:
    bound(duckdb_engine, folder, *data)
    assert asked(duckdb_engine, query.sql, query.kinds) == Counter(query.rows(*data))


@pytest.mark.spark
@settings(max_examples=300 if IS_FULL else 5)
@given(queries=st.lists(QUERIES, min_size=1, max_size=3), data=tables())
def test_spark_gives_what_plain_python_gives(
    queries: list[RandomQuery],
    data: tuple[list[Row], list[Row]],
    spark_engine: Engine,
    folder: Path,
) -> None:
    bound(spark_engine, folder, *data)
    for query in queries:
        assert asked(spark_engine, query.sql, query.kinds) == Counter(query.rows(*data))
