"""Typing the rows of a file into a temporary table, and setting aside those that cannot be.

The fast path types every cell in one pass. Only a file with unreadable cells is read a second
time, to name the line, the column and the shape of each one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from labsante.base.errors import InputDataError
from labsante.lake.scan import Reject, Scan
from labsante.lake.sources import Source


@dataclass(frozen=True, slots=True)
class Staged:
    """A typed file: its temporary table, and its account. ``read = kept + rejected``."""

    source: Source
    relation: str
    rows_read: int
    rows_kept: int
    rows_rejected: int
    rejects: tuple[Reject, ...] = field(default=())


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    plain: Path,
    relation: str,
    partition: str,
) -> Staged:
    """Type a file into the table ``relation``; raises InputDataError when it cannot be read.

    ``partition`` is a fixed partition, or the one of rows whose own column does not say it. The
    table has the columns of the definition, LINE_ID for the nine-key tables, and ``_part``.
    """
    scan = Scan(connection, source, plain, partition)
    structural = scan.load(relation)
    _refuse_cut(source, structural)
    total, bad = _one_row(
        connection, f"SELECT count(*), count(*) FILTER (WHERE _bad) FROM {relation}"
    )
    rejects = list(structural)
    if bad:
        rejects.extend(scan.unreadable_cells([reject.line for reject in structural]))
        connection.execute(f"DELETE FROM {relation} WHERE _bad")
    lost = len({reject.line for reject in structural})
    return Staged(
        source=source,
        relation=relation,
        rows_read=total + lost,
        rows_kept=total - bad,
        rows_rejected=bad + lost,
        rejects=tuple(sorted(rejects, key=lambda reject: (reject.line, reject.column))),
    )


def _refuse_cut(source: Source, wrong_lines: list[Reject]) -> None:
    """A last line without its end and without its last columns: the file is cut."""
    if source.ends_with_newline or not wrong_lines:
        return
    last = max(reject.line for reject in wrong_lines)
    if last >= source.newlines + 1:
        raise InputDataError(
            "the file is cut in the middle of its last line",
            where=f"{source.file.name}, line {last}",
            hint="copy it again from its source",
        )


def partitions_of(
    connection: duckdb.DuckDBPyConnection, source: Source, plain: Path, partition: str
) -> list[str]:
    """The partitions of a file, from its partition column alone."""
    scan = Scan(connection, source, plain, partition)
    column = source.plan.table.partition_column
    if not column:
        return [partition]
    rows = connection.execute(scan.only_partition(column)).fetchall()
    return sorted({str(row[0]) for row in rows if row[0] is not None})


def _one_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def aside_query(source: Source, plain: Path) -> str:
    """SQL: the key columns and the unknown columns of a file, as texts, in a total order."""
    scan = Scan(duckdb.default_connection(), source, plain, "")
    names = [(source.plan.positions[key], key) for key in source.plan.table.key]
    names += [(place, source.header_name(place)) for place in source.plan.unknown]
    cells = ", ".join(
        f'CAST(c{place} AS VARCHAR) AS "{name.replace(chr(34), "")}"' for place, name in names
    )
    relation = scan.relation(tolerant=source.is_text)
    order = ", ".join(str(number + 1) for number in range(len(names)))
    return f"SELECT {cells} FROM {relation} ORDER BY {order}"
