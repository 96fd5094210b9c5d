"""Both engines write the same file: same schema, same rows both ways, nothing left beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from labsante.base.errors import DefinitionError, InputDataError
from labsante.base.workspace import EngineSettings
from labsante.engine import Engine, lint, open_engine, parse, render
from tests.spec.engine.grids import write_rows
from tests.unit.engine.models import DIABETES, STAYS

pytestmark = pytest.mark.spark

STAY = [
    ("stay_id", "BIGINT"),
    ("person_id", "BIGINT"),
    ("entry_date", "DATE"),
    ("diagnosis", "VARCHAR"),
    ("cost", "DECIMAL(18,2)"),
    ("right", "VARCHAR"),
    ("kind", "VARCHAR"),
]
PERSON = [("person_id", "BIGINT"), ("birth_date", "DATE"), ("sex", "VARCHAR")]
RESULT = [
    ("person_id", "BIGINT"),
    ("month", "DATE"),
    ("age", "BIGINT"),
    ("diabetes_stays", "BIGINT"),
    ("mean_cost", "DECIMAL(38,6)"),
    ("label", "VARCHAR"),
    ("not_a_man", "BIGINT"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    duckdb.execute(
        f"""COPY (SELECT i AS stay_id, i * 37 % 500 AS person_id,
            DATE '2020-06-01' + CAST(i * 13 % 900 AS INTEGER) AS entry_date,
            CASE WHEN i % 5 = 0 THEN NULL ELSE ['e11.9', 'E10', 'O24', 'I50 '][1 + i % 4] END
              AS diagnosis,
            CAST(i * 1.37 - 400 AS DECIMAL(18, 2)) AS cost,
            CASE WHEN i % 3 = 0 THEN 'é' ELSE 'z' END AS "right", ['C', 'M', 'X'][1 + i % 3] AS kind
            FROM range(20000) AS r(i)) TO '{folder}/stay.parquet' (FORMAT parquet)"""
    )
    duckdb.execute(
        f"""COPY (SELECT i AS person_id,
            CASE WHEN i % 11 = 0 THEN NULL ELSE DATE '1930-02-28' + CAST(i * 61 AS INTEGER) END
              AS birth_date,
            CASE WHEN i % 4 = 0 THEN NULL ELSE CAST(1 + i % 2 AS VARCHAR) END AS sex
            FROM range(600) AS r(i)) TO '{folder}/person.parquet' (FORMAT parquet)"""
    )
    write_rows(folder / "refused.parquet", [("stay_id", "BIGINT")], [(3,), (None,), (100,)])
    return folder


@pytest.fixture(scope="module")
def spark_engine(spark_session: Any, folder: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(name="spark"), folder / "spark") as engine:
        yield engine


@pytest.fixture(scope="module")
def duckdb_engine(folder: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(), folder / "duckdb") as engine:
        yield engine


def built(engine: Engine, folder: Path, path: Path) -> int:
    engine.bind("stay", [folder / "stay.parquet"], STAY)
    engine.bind("person", [folder / "person.parquet"], PERSON)
    engine.bind("refused", [folder / "refused.parquet"], [("stay_id", "BIGINT")])
    query = parse(STAYS, "stays.sql")
    lint(query)
    sql = render(
        query,
        engine.name,  # type: ignore[arg-type]
        parameters={"start": date(2021, 1, 1), "kind": "M"},
        code_lists={"diabetes": DIABETES},
    )
    return engine.write(sql, RESULT, ["person_id", "month"], path)


def described(path: Path) -> list[tuple[str, str]]:
    rows = duckdb.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    return [(row[0], row[1]) for row in rows]


def test_both_engines_write_the_same_rows(
    duckdb_engine: Engine, spark_engine: Engine, folder: Path
) -> None:
    one, two = folder / "one" / "part-00000.parquet", folder / "two" / "part-00000.parquet"
    rows = built(duckdb_engine, folder, one)
    assert rows == built(spark_engine, folder, two) > 500
    assert described(one) == described(two) == RESULT
    for a, b in ((one, two), (two, one)):
        difference = f"SELECT count(*) FROM (FROM '{a}' EXCEPT ALL FROM '{b}')"
        assert duckdb.execute(difference).fetchone() == (0,)
    assert pq.read_schema(one).equals(pq.read_schema(two))  # the names, types, and NULLs allowed
    keys = ["person_id", "month"]
    assert pq.read_table(one, columns=keys).equals(pq.read_table(two, columns=keys))
    assert [path.name for path in two.parent.iterdir()] == ["part-00000.parquet"]


def test_each_engine_reads_what_the_other_wrote(
    duckdb_engine: Engine, spark_engine: Engine, folder: Path
) -> None:
    path = folder / "extremes.parquet"
    columns = [("d", "DATE"), ("m", "DECIMAL(38,6)"), ("i", "BIGINT"), ("t", "VARCHAR")]
    sql = (
        "SELECT DATE '0001-01-01' AS d, CAST(-99999999999999999999999999999999.999999 AS "
        "DECIMAL(38, 6)) AS m, CAST(9223372036854775807 AS BIGINT) AS i, '' AS t UNION ALL "
        "SELECT DATE '9999-12-31', NULL, CAST(-9223372036854775807 AS BIGINT), ' é' UNION ALL "
        "SELECT NULL, NULL, NULL, NULL"
    )
    seen = []
    for writer, reader in ((duckdb_engine, spark_engine), (spark_engine, duckdb_engine)):
        assert writer.write(sql, columns, ["d"], path) == 3
        assert described(path) == columns
        reader.bind("extremes", [path], columns)
        seen.append(
            reader.fetch("SELECT d, m, i, t FROM extremes ORDER BY t NULLS LAST").to_pylist()
        )
    assert seen[0] == seen[1]
    assert seen[0][0]["d"] == date(1, 1, 1)


def test_spark_refuses_what_is_not_the_contract_and_tells_no_value(
    spark_engine: Engine, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = folder / "bad" / "x.parquet"
    for sql, message in (
        ("/* m.sql */ SELECT 1 AS other", "not those of the contract"),
        ("/* m.sql */ SELECT CAST(1.5 AS DOUBLE) AS x", "x is DOUBLE"),
        ("/* m.sql */ SELECT nothing AS x", "`nothing`"),
        ("/* m.sql */ SELECT FROM WHERE", "Spark refuses"),
        ("/* m.sql */ SELECT CAST(concat('secret', id) AS BIGINT) AS x FROM range(3)", "CAST_"),
        ("/* m.sql */ SELECT raise_error('secret') AS x", "Spark"),
        ("/* m.sql */ SELECT CAST(31415926535 * (id + 1) AS INT) AS x FROM range(3)", "OVERFLOW"),
    ):
        with pytest.raises(DefinitionError) as caught:
            spark_engine.write(sql, [("x", "BIGINT")], [], path)
        assert message in str(caught.value)
        assert "secret" not in str(caught.value)
        assert caught.value.where == "m.sql"
    captured = capfd.readouterr()
    for value in ("secret0", "31415926535"):
        assert value not in captured.out + captured.err
    assert list(path.parent.iterdir()) == []


def test_spark_says_which_files_do_not_fit(spark_engine: Engine, folder: Path) -> None:
    with pytest.raises(InputDataError, match="expected columns"):
        spark_engine.bind("t", [folder / "person.parquet"], [("absent", "BIGINT")])
    with pytest.raises(InputDataError):
        spark_engine.bind("t", [folder / "nowhere.parquet"], PERSON)


def test_spark_makes_an_empty_relation(spark_engine: Engine) -> None:
    spark_engine.bind("empty", [], PERSON)
    table = spark_engine.fetch("SELECT * FROM empty")
    assert (table.num_rows, table.column_names) == (0, [name for name, _ in PERSON])
