from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labsante.base.errors import (
    ConfigurationError,
    DefinitionError,
    InputDataError,
    ResourceError,
)
from labsante.base.files import sha256_file
from labsante.base.workspace import EngineSettings
from labsante.engine import Engine, open_engine
from labsante.engine.duckdb_engine import DuckdbEngine

COLUMNS = [
    ("person_id", "BIGINT"),
    ("day", "DATE"),
    ("cost", "DECIMAL(18,2)"),
    ("label", "VARCHAR"),
]
ROWS = """/* rows.sql */
SELECT i * 7919 % 100003 AS person_id, DATE '2021-01-01' + CAST(i % 365 AS INTEGER) AS day,
  CAST(i * 0.37 AS DECIMAL(18, 2)) AS cost,
  CASE WHEN i % 7 = 0 THEN NULL ELSE 'é' || i % 97 END AS label
FROM range({n}) AS r(i)"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(), tmp_path / "spill") as engine:
        yield engine


def test_a_file_comes_back_as_it_was_written(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out" / "part-00000.parquet"
    assert engine.write(ROWS.format(n=1000), COLUMNS, ["person_id", "day"], path) == 1000
    engine.bind("back", [path], COLUMNS)
    described = engine.fetch("DESCRIBE SELECT * FROM back").to_pydict()
    assert list(zip(described["column_name"], described["column_type"], strict=True)) == COLUMNS
    difference = f"SELECT count(*) AS n FROM (({ROWS.format(n=1000)}) EXCEPT ALL FROM back)"
    assert engine.fetch(difference).to_pydict() == {"n": [0]}
    ordered = engine.fetch("SELECT person_id FROM back").column(0).to_pylist()
    assert ordered == sorted(ordered)
    assert [p.name for p in path.parent.iterdir()] == ["part-00000.parquet"]


def test_the_same_bytes_for_one_and_two_threads(tmp_path: Path) -> None:
    digests = set()
    for threads in (1, 2, 2):
        settings = EngineSettings(threads=threads)
        with open_engine(settings, tmp_path / "spill") as engine:
            path = tmp_path / "part.parquet"
            engine.write(
                ROWS.format(n=300_000), COLUMNS, ["label", "person_id", "day", "cost"], path
            )
            digests.add(sha256_file(path))
    assert len(digests) == 1


def test_no_file_is_an_empty_relation_of_the_same_types(engine: Engine) -> None:
    engine.bind("empty", [], COLUMNS)
    table = engine.fetch("SELECT * FROM empty")
    assert table.num_rows == 0
    assert table.column_names == [name for name, _ in COLUMNS]


def test_a_whole_sum_becomes_bigint_and_not_double(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sum.parquet"
    engine.write("SELECT sum(i) AS n FROM range(10) AS r(i)", [("n", "BIGINT")], [], path)
    assert engine.fetch(f"SELECT typeof(n) AS t, n FROM '{path}'").to_pydict() == {
        "t": ["BIGINT"],
        "n": [45],
    }


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1 AS other", "missing: x"),
        ("SELECT 1.5::DOUBLE AS x", "x is DOUBLE"),
        ("SELECT '1' AS x", "x is VARCHAR"),
        ("SELECT nothing AS x FROM range(3)", "nothing"),
        ("SELECT FROM", "refuses this SQL"),
    ],
)
def test_a_result_that_is_not_the_contract_is_refused(
    engine: Engine, tmp_path: Path, sql: str, message: str
) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(DefinitionError, match=message) as caught:
        engine.write(f"/* bad.sql */ {sql}", [("x", "BIGINT")], [], path)
    assert caught.value.where == "bad.sql"
    assert not path.exists()


def test_no_error_tells_a_value(engine: Engine, tmp_path: Path) -> None:
    for sql in (
        "SELECT CAST('secret' || i AS BIGINT) AS x FROM range(3) AS r(i)",
        "SELECT CAST(31415926535 * i AS INTEGER) AS x FROM range(3) AS r(i)",
        "SELECT strptime('secret', '%Y') AS x",
        "SELECT error('secret') AS x",
    ):
        with pytest.raises(DefinitionError) as caught:
            engine.write(sql, [("x", "BIGINT")], [], tmp_path / "x.parquet")
        assert "secret" not in str(caught.value)
        assert "31415926535" not in str(caught.value)


def test_a_broken_file_is_an_input_error(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 this is not a file")
    with pytest.raises(InputDataError):
        engine.bind("t", [path], COLUMNS)
    with pytest.raises(InputDataError):
        engine.bind("t", [tmp_path / "absent.parquet"], COLUMNS)


def test_a_file_without_a_column_is_an_input_error(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    engine.write("SELECT 1 AS x", [("x", "BIGINT")], [], path)
    with pytest.raises(InputDataError, match="expected columns"):
        engine.bind("t", [path], [("y", "BIGINT")])


_SPILLING = """
import resource, sys, threading
from pathlib import Path
from labsante.base.workspace import EngineSettings
from labsante.engine import open_engine

spill, out = map(Path, sys.argv[1:])
spilt, done = 0, threading.Event()

def watch():
    global spilt
    while not done.wait(0.01):
        sizes = [p.stat().st_size for p in spill.rglob("*.tmp") if p.exists()]
        spilt = max(spilt, sum(sizes))

watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
columns = [("a", "VARCHAR"), ("b", "VARCHAR")]
sql = "SELECT md5(i::VARCHAR) AS a, md5((i * 7)::VARCHAR) AS b FROM range(800000) AS r(i)"
with open_engine(EngineSettings(memory_limit="50MB", threads=1), spill) as engine:
    rows = engine.write(sql, columns, ["b", "a"], out)
done.set()
watcher.join()
print(rows, spilt, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_the_memory_is_bounded_and_the_rest_spills(tmp_path: Path) -> None:
    """A sort of 70 MB, and its buffers, under a limit of 50 MB: temporary files grow, then go."""
    spill = tmp_path / "spill"
    command = [sys.executable, "-c", _SPILLING, str(spill), str(tmp_path / "out.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows, spilt, growth = map(int, done.stdout.split())
    assert rows == 800_000
    assert spilt > 20_000_000
    assert growth < 200_000_000
    assert list(spill.iterdir()) == []


def test_too_little_memory_is_a_resource_error_with_path_and_bytes(tmp_path: Path) -> None:
    settings = EngineSettings(memory_limit="20MB", threads=1)
    with open_engine(settings, tmp_path) as engine:
        engine.execute("CREATE TEMP TABLE big AS SELECT range AS i FROM range(100000)")
        with pytest.raises(ResourceError) as caught:
            engine.fetch("SELECT list(md5(i::VARCHAR) || repeat('x', 500)) AS l FROM big")
    assert caught.value.exit_code == 14
    assert "bytes free" in caught.value.why
    assert str(tmp_path) in caught.value.where


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB of its own, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode != 0:
        pytest.skip("mounting a small file system needs more rights")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


_TOO_LARGE = "SELECT md5(i::VARCHAR) AS a, md5((i * 7)::VARCHAR) AS b FROM range(300000) AS r(i)"
_TWO_TEXTS = [("a", "VARCHAR"), ("b", "VARCHAR")]


def test_a_full_disk_is_named_with_the_bytes_needed(small_disk: Path, tmp_path: Path) -> None:
    path = small_disk / "part.parquet"
    with (
        open_engine(EngineSettings(), tmp_path / "spill") as engine,
        pytest.raises(ResourceError) as caught,
    ):
        engine.write(_TOO_LARGE, _TWO_TEXTS, ["b", "a"], path)
    assert caught.value.exit_code == 14
    assert caught.value.where == str(path)
    needed = re.search(r"(\d+) bytes needed, \d+ bytes free", caught.value.why)
    assert needed is not None
    assert int(needed[1]) > 1_000_000
    assert list(small_disk.iterdir()) == []


def test_a_full_spill_folder_is_named(small_disk: Path, tmp_path: Path) -> None:
    settings = EngineSettings(memory_limit="30MB", threads=1)
    with (
        open_engine(settings, small_disk / "spill") as engine,
        pytest.raises(ResourceError) as caught,
    ):
        engine.write(_TOO_LARGE, _TWO_TEXTS, ["b", "a"], tmp_path / "part.parquet")
    assert str(small_disk / "spill") in caught.value.where
    assert "bytes spilt" in caught.value.why
    assert not (tmp_path / "part.parquet").exists()


def test_nothing_is_loaded_nor_read_from_python(engine: Engine) -> None:
    secret_table = [1, 2, 3]
    assert secret_table
    with pytest.raises(DefinitionError):
        engine.fetch("SELECT * FROM secret_table")
    with pytest.raises(DefinitionError):
        engine.execute("SET threads = 8")


def test_closing_removes_the_spill_folder(tmp_path: Path) -> None:
    with open_engine(EngineSettings(), tmp_path) as engine:
        assert isinstance(engine, DuckdbEngine)
        (folder,) = tmp_path.iterdir()
        assert folder.name.startswith(f"duckdb-{os.getpid()}-")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "settings", [EngineSettings(memory_limit="much"), EngineSettings(name="sqlite")]
)
def test_settings_that_do_not_fit_are_a_configuration_error(
    settings: EngineSettings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError):
        open_engine(settings, tmp_path)
