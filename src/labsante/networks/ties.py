"""Ties between actors from visits: shared patients, within a window, next day of care.

The three definitions are SQL files in the subset; this module cuts the visits in chunks of
patients, runs the same text on each, and adds the parts up. No pair of patients is ever needed,
so a chunk is exact.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from labsante.base.errors import InputDataError, UsageError
from labsante.base.files import replacing
from labsante.base.progress import Reporter, Silent
from labsante.base.workspace import EngineSettings
from labsante.engine import Dialect, Engine, lint, open_engine, parse, render

KINDS = ("shared", "within", "next")
COUNTS = ("n_patients", "n_pairs", "n_same_day")
SUMS = (*COUNTS, "sum_wait", "sum_wait_squared")
#: Visits in memory at once; pairs grow faster than visits, so the chunk is small.
VISITS_A_CHUNK = 1_500_000


@dataclass(frozen=True, slots=True)
class TieDefinition:
    """What a tie is: printed with every result.

    ``window_days`` counts from one visit to the other, both ends in; it means nothing for
    ``shared``.
    """

    kind: str
    window_days: int = 30

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"unknown kind of tie {self.kind!r}", hint=f"one of {KINDS}")
        if self.window_days < 0:
            raise UsageError("a window cannot be negative", hint="--window 30")


@dataclass(frozen=True, slots=True)
class TieAccount:
    """What was read and what came out: rows of the file, distinct visits, ties, chunks."""

    definition: TieDefinition
    rows: int
    visits: int
    patients: int
    actors: int
    ties: int
    chunks: int

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def tie_sql(definition: TieDefinition, dialect: Dialect) -> str:
    """The SQL of a definition over ``visit(patient, actor, day, block)``, for an engine.

    ``block`` is the day divided by the window's length plus one, rounded down.
    """
    name = f"{definition.kind}.sql"
    query = parse((files("labsante.networks") / "sql" / name).read_text("utf-8"), name)
    lint(query)
    parameters = {"window": definition.window_days} if query.parameters else {}
    return render(query, dialect, parameters=parameters)


def write_ties(
    source: Path,
    out: Path,
    definition: TieDefinition,
    settings: EngineSettings,
    temporary: Path,
    reporter: Reporter | None = None,
) -> TieAccount:
    """Read visits (CSV or Parquet with patient, actor, day) and write ties as CSV or Parquet.

    ``day`` is an integer or a date. Several lines of one patient, actor and day count once.
    Columns out: src, dst, n_patients, n_pairs, n_same_day, ordered by src and dst. Raises
    InputDataError for a file without the three columns, ResourceError when space runs out.
    """
    reporter = reporter or Silent()
    with open_engine(settings, temporary) as engine:
        folder = Path(tempfile.mkdtemp(prefix="ties-", dir=temporary))
        try:
            counts = _prepare(engine, source, definition, folder)
            chunks = sorted(folder.glob("visits/chunk=*"))
            sql = tie_sql(definition, "duckdb")
            for index, chunk in enumerate(chunks):
                engine.execute(
                    "CREATE OR REPLACE TEMP VIEW visit AS SELECT patient, actor, day, block "
                    f"FROM read_parquet({_text(chunk / '*.parquet')}, hive_partitioning = false)"
                )
                part = folder / f"part-{index:05}.parquet"
                engine.execute(f"COPY ({sql}) TO {_text(part)} (FORMAT parquet)")
                reporter.step(f"ties {definition.kind}", index + 1, len(chunks))
            ties = _merge(engine, folder, out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return TieAccount(definition, **counts, ties=ties, chunks=len(chunks))


def _prepare(
    engine: Engine, source: Path, definition: TieDefinition, folder: Path
) -> dict[str, int]:
    """Number actors in the order of their labels; cut distinct visits by patient."""
    reader = "read_parquet" if source.suffix == ".parquet" else "read_csv"
    if not source.exists():
        raise InputDataError("no such file", where=str(source))
    engine.execute(f"CREATE TEMP VIEW source AS SELECT * FROM {reader}({_text(source)})")
    types = engine.fetch("SELECT column_name, column_type FROM (DESCRIBE source)").to_pydict()
    columns = dict(zip(types["column_name"], types["column_type"], strict=True))
    missing = [name for name in ("patient", "actor", "day") if name not in columns]
    if missing:
        raise InputDataError(
            f"column {missing[0]} is missing",
            where=str(source),
            why=f"the file has {', '.join(columns)}",
            hint="a table of visits has the columns patient, actor, day",
        )
    day = _day_expression(str(columns["day"]), source)
    engine.execute(
        "CREATE TEMP TABLE actor_label AS SELECT actor AS label, "
        "CAST(row_number() OVER (ORDER BY actor) - 1 AS BIGINT) AS actor "
        "FROM (SELECT DISTINCT actor FROM source WHERE actor IS NOT NULL)"
    )
    engine.execute(
        "CREATE TEMP TABLE patient_label AS SELECT patient AS label, "
        "CAST(row_number() OVER (ORDER BY patient) - 1 AS BIGINT) AS patient "
        "FROM (SELECT DISTINCT patient FROM source WHERE patient IS NOT NULL)"
    )
    counted = engine.fetch(
        "SELECT (SELECT count(*) FROM source) AS row_count, "
        "(SELECT count(*) FROM actor_label) AS actors, "
        "(SELECT count(*) FROM patient_label) AS patients"
    ).to_pylist()[0]
    chunks = max(1, math.ceil(counted["row_count"] / VISITS_A_CHUNK))
    (folder / "visits").mkdir()
    engine.execute(
        f"COPY (SELECT DISTINCT p.patient, a.actor, s.day, s.day // {definition.window_days + 1} "
        f"AS block, p.patient % {chunks} AS chunk "
        f"FROM (SELECT patient, actor, {day} AS day FROM source) s "
        "JOIN patient_label p ON p.label = s.patient JOIN actor_label a ON a.label = s.actor "
        f"WHERE s.day IS NOT NULL) TO {_text(folder / 'visits')} "
        "(FORMAT parquet, PARTITION_BY (chunk), OVERWRITE_OR_IGNORE)"
    )
    visits = engine.fetch(
        f"SELECT count(*) AS n FROM read_parquet({_text(folder / 'visits' / '*' / '*.parquet')})"
        if counted["patients"]
        else "SELECT 0 AS n"
    ).to_pylist()[0]["n"]
    engine.execute("DROP TABLE patient_label")
    return {
        "rows": counted["row_count"],
        "visits": visits,
        "patients": counted["patients"],
        "actors": counted["actors"],
    }


def _day_expression(kind: str, source: Path) -> str:
    """The SQL that gives an integer day, whatever the file holds."""
    if kind in ("DATE",) or kind.startswith("TIMESTAMP"):
        return "CAST(CAST(day AS DATE) - DATE '1970-01-01' AS BIGINT)"
    if kind.endswith("INT") or kind in ("INTEGER", "HUGEINT", "UINTEGER"):
        return "CAST(day AS BIGINT)"
    raise InputDataError(
        "column day is neither an integer nor a date",
        where=str(source),
        why=f"it was read as {kind}",
        hint="write days as 2023-05-31 or as whole numbers",
    )


def _merge(engine: Engine, folder: Path, out: Path) -> int:
    """Add the parts up and give actors their labels back."""
    parts = sorted(folder.glob("part-*.parquet"))
    if parts:
        source = f"read_parquet({_text(folder / 'part-*.parquet')})"
    else:
        nothing = ", ".join(f"CAST(0 AS BIGINT) AS {name}" for name in ("src", "dst", *SUMS))
        source = f"(SELECT {nothing} WHERE 1 = 0)"
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in COUNTS)
    form = "(FORMAT parquet, COMPRESSION zstd)" if out.suffix == ".parquet" else "(HEADER)"
    total = f"SELECT src, dst, {sums} FROM {source} GROUP BY src, dst"
    with replacing(out) as temporary:
        engine.execute(
            f"COPY (SELECT a.label AS src, b.label AS dst, {', '.join(COUNTS)} FROM ({total}) t "
            "JOIN actor_label a ON a.actor = t.src JOIN actor_label b ON b.actor = t.dst "
            f"ORDER BY t.src, t.dst) TO {_text(temporary)} {form}"
        )
        reader = "read_parquet" if out.suffix == ".parquet" else "read_csv"
        counted = engine.fetch(f"SELECT count(*) AS n FROM {reader}({_text(temporary)})")
    return int(counted.to_pylist()[0]["n"])


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
