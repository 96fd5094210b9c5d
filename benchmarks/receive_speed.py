"""CSV to Parquet with hashes, types, order, account and manifest, against the engine alone.

The same file, the same threads: `receive` (bar: 60 % of the engine's own `read_csv → COPY` with
all types given), the line key's share of it, and a run in a tenth of the file's size in memory.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.report import Row
from labsante.base.workspace import init_workspace
from labsante.lake import receive
from labsante.lake.line_id import line_id_sql
from labsante.snds import RawColumn, raw_table

ROWS = int(os.environ.get("LABSANTE_BENCH_ROWS", "500000"))
THREADS = 2


def run() -> list[Row]:
    """Two claims: speed, and memory."""
    folder = Path(tempfile.mkdtemp(prefix="labsante-bench-"))
    try:
        source = write_claims(folder / "raw" / "ER_PRS_F.csv", ROWS)
        engine, engine_cpu = timed(lambda: engine_alone(source, folder / "alone.parquet"))
        ours, ours_cpu = timed(lambda: received(source, folder / "lab"))
        key, _ = timed(lambda: line_key(folder / "alone.parquet"))
        note = (
            f"cpu {ours_cpu:.1f} against {engine_cpu:.1f} s ({engine_cpu / ours_cpu:.2f}), "
            f"line key {key:.2f} s, {source.stat().st_size / 1e6:.0f} MB"
        )
        speed = Row("receive a CSV of claims", ours, engine, "read_csv to COPY", ">= 0.60", note)
        return [speed, in_little_memory(source, folder, engine)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def timed(work: object) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    started, before = time.perf_counter(), _cpu()
    work()  # type: ignore[operator]
    return time.perf_counter() - started, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def write_claims(path: Path, rows: int) -> Path:
    """A CSV of ER_PRS_F with every column of the definition, about 470 bytes a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = raw_table("ER_PRS_F").columns
    cells = ", ".join(f'{_cell(i, column)} AS "{column.name}"' for i, column in enumerate(columns))
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {cells} FROM range({rows}) r(i)) TO '{path}' (HEADER, DELIMITER ';')"
        )
    return path


def _cell(place: int, column: RawColumn) -> str:
    fixed = {
        "FLX_DIS_DTD": "'01/02/2021'",
        "FLX_TRT_DTD": "'15/01/2021'",
        "DCT_ORD_NUM": "i",
        "PRS_ORD_NUM": "i % 7",
        "BEN_NIR_PSA": "substr(md5(i::VARCHAR), 1, 17)",
    }
    if column.name in fixed:
        return fixed[column.name]
    if column.sql_type == "DATE":
        day = f"DATE '2020-01-01' + CAST((i * {place + 3}) % 400 AS INTEGER)"
        return f"strftime({day}, '%d/%m/%Y')" if place % 3 else "NULL"
    if column.sql_type == "BIGINT":
        return f"(i * {place + 7}) % 97"
    if column.sql_type.startswith("DECIMAL"):
        return f"round(((i * {place + 11}) % 10007) / 100.0, 2)"
    return f"lpad(((i * {place + 5}) % 991)::VARCHAR, 3, '0')" if place % 4 else "NULL"


def engine_alone(source: Path, target: Path) -> None:
    """The engine's own reader and writer, all types given."""
    columns = ", ".join(f"'{c.name}': '{c.sql_type}'" for c in raw_table("ER_PRS_F").columns)
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "4GB"}) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{source}', delim=';', header=true, "
            "auto_detect=false, quote='\"', escape='\"', new_line='\\n', "
            f"dateformat='%d/%m/%Y', columns={{{columns}}})) TO '{target}' (FORMAT parquet)"
        )


def received(source: Path, root: Path, memory: str = "4GB") -> None:
    """Our reception, in a fresh workspace."""
    shutil.rmtree(root, ignore_errors=True)
    workspace = init_workspace(root)
    config = root / "lab.toml"
    text = re.sub(r"threads = \d+", f"threads = {THREADS}", config.read_text())
    config.write_text(text.replace('"4GB"', f'"{memory}"'))
    receive(init_workspace(workspace.root), source)


def line_key(typed: Path) -> None:
    """The line key alone, from typed columns."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(
            f"CREATE TABLE keys AS SELECT {line_id_sql()} AS k FROM read_parquet('{typed}')"
        )


def in_little_memory(source: Path, folder: Path, engine: float) -> Row:
    """A tenth of the file in memory, 300 MB at least (the floor for 123 columns); the peak told."""
    limit = max(300, source.stat().st_size // 10_000_000)
    script = (
        "import resource, sys, time\nfrom pathlib import Path\n"
        "from benchmarks.receive_speed import received\nstarted = time.perf_counter()\n"
        f"received(Path(sys.argv[1]), Path(sys.argv[2]), '{limit}MB')\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000\n"
        "print(time.perf_counter() - started, peak)\n"
    )
    root = folder / "small"
    words = [sys.executable, "-c", script, str(source), str(root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        spilt = 0
        while process.poll() is None:
            files = root.glob(".temporary/receive-*/spill/*")
            spilt = max(spilt, sum(_size(file) for file in files))
            time.sleep(0.05)
        out = process.stdout.read() if process.stdout else ""
    took, peak = map(float, out.split()) if process.returncode == 0 else (0.0, 0.0)
    size = source.stat().st_size / 1e6
    note = f"limit {limit} MB for {size:.0f} MB; peak {peak:.0f} MB, spilt {spilt / 1e6:.0f} MB"
    return Row("the same in little memory", took or 1e9, engine, "read_csv to COPY", "", note)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
