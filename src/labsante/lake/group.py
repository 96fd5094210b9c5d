"""A group of files that share partitions: typed together, written together.

Rows of two files of one delivery that say the same thing are counted once (a multiset maximum:
two identical true lines inside one file stay two). A later delivery of a file of the same name
replaces its rows; a file of another name adds its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from labsante.base.errors import InputDataError
from labsante.base.workspace import Workspace
from labsante.lake.aside import write_aside, write_rejects
from labsante.lake.catalogue import partition as existing_partition
from labsante.lake.connection import resource_errors
from labsante.lake.delivery import DeliveredFile, Delivery
from labsante.lake.receipts import recipe_of, write_receipt
from labsante.lake.salts import month_salt
from labsante.lake.sources import Source, materialise, require_unchanged
from labsante.lake.staging import Reject, Staged, partitions_of, stage
from labsante.lake.writing import LineState, PartitionPlan, line_state, write_partition

_YEAR_FOLDER = re.compile(r"(?:19|20)\d{2}")
UNKNOWN_YEAR = "0000"
_SHOWN_REJECTS = 20


@dataclass(slots=True)
class Outcome:
    """What a group gave."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    partitions_written: int = 0
    flux_months: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one table that share partitions, each with the partitions it may hold."""

    sources: tuple[Source, ...]


def fixed_partition(file: DeliveredFile) -> str:
    """The partition that a file's place gives: ``all``, its year, or an empty text for claims.

    The year is in the file's name, else in the nearest folder named after a year, else 0000.
    """
    table = file.match.table
    if table.partition == "full":
        return "all"
    if table.partition == "flux":
        return ""
    if file.match.year:
        return f"{file.match.year:04d}"
    for part in reversed(file.path.parts[:-1]):
        if _YEAR_FOLDER.fullmatch(part):
            return part
    return UNKNOWN_YEAR


def place_of(file: DeliveredFile) -> str:
    """Where a file's rows go: table, fixed partition, member of a zip."""
    return "/".join((file.table, fixed_partition(file), file.member))


def grouped(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], scratch: Path
) -> Iterator[Group]:
    """Sources cut into groups: same table, shared partitions, in the order of the tables."""
    by_table: dict[str, list[Source]] = {}
    for source in sources:
        by_table.setdefault(source.file.table, []).append(source)
    for name in sorted(by_table, key=lambda table: (table != "ER_PRS_F", table)):
        yield from _components(connection, by_table[name], scratch)


def _components(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], scratch: Path
) -> list[Group]:
    if len(sources) == 1:
        return [Group((sources[0],))]
    held: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        plain = materialise(source, scratch)
        fixed = fixed_partition(source.file)
        names = set(partitions_of(connection, source, plain, fixed)) or {fixed}
        _drop_scratch(plain, scratch)
        files = [source]
        for other in [item for item in held if item[0] & names]:
            names |= other[0]
            files = other[1] + files
            held.remove(other)
        held.append((names, files))
    return [Group(tuple(files)) for _, files in held]


def receive_group(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    group: Group,
    delivery: Delivery,
    scratch: Path,
) -> Outcome:
    """Type the files of a group, write their partitions, then their receipts.

    A file over the reject limit is refused alone, in its account; nothing of it is written.
    """
    outcome = Outcome()
    kept: list[Staged] = []
    size = sum(source.stamp.bytes for source in group.sources)
    with resource_errors(workspace.lake, size):
        for number, source in enumerate(group.sources):
            staged = _stage_one(workspace, connection, source, number, scratch, outcome)
            if staged is not None:
                kept.append(staged)
        if kept:
            _write_group(workspace, connection, kept, delivery, outcome, size)
    for number in range(len(group.sources)):
        connection.execute(f"DROP TABLE IF EXISTS staged_{number}")
    return outcome


def _stage_one(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    number: int,
    scratch: Path,
    outcome: Outcome,
) -> Staged | None:
    relation, plain = f"staged_{number}", source.file.path
    try:
        plain = materialise(source, scratch)
        fixed = fixed_partition(source.file)
        staged = stage(connection, source, plain, relation, fixed)
        require_unchanged(source)
        _require_rows(source, staged)
        _require_limit(workspace, source, staged)
    except InputDataError as error:
        account = _account(source, "refused")
        account["error"] = error.as_dict()
        outcome.accounts.append(account)
        connection.execute(f"DROP TABLE IF EXISTS {relation}")
        return None
    if staged.rejects:
        write_rejects(workspace, source, staged.rejects)
    if source.plan.unknown:
        write_aside(connection, workspace, source, plain)
    _drop_scratch(plain, scratch)
    return staged


def _drop_scratch(plain: Path, scratch: Path) -> None:
    if scratch in plain.parents and plain.name.endswith((".csv", ".parquet")):
        plain.unlink(missing_ok=True)


def _require_rows(source: Source, staged: Staged) -> None:
    declared = source.file.declared
    if declared and declared.rows is not None and declared.rows != staged.rows_read:
        raise InputDataError(
            f"the file has {staged.rows_read} rows, delivery.json says {declared.rows}",
            where=source.file.name,
            hint="copy the delivery again, whole",
        )


def _require_limit(workspace: Workspace, source: Source, staged: Staged) -> None:
    limit = workspace.config.lake.reject_limit
    if staged.rows_rejected <= limit * staged.rows_read:
        return
    first = staged.rejects[0]
    column = f", column {first.column}" if first.column else ""
    shape = f" (shape {first.value_class})" if first.value_class else ""
    raise InputDataError(
        f"{staged.rows_rejected} of {staged.rows_read} rows cannot be read; the first: "
        f"{first.reason}{shape}",
        where=f"{source.file.name}, line {first.line}{column}",
        why=f"more than {100 * limit:g} % of the rows (lake.reject_limit)",
        hint="mend the file, or raise lake.reject_limit in lab.toml to set these rows aside",
    )


def _write_group(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    kept: list[Staged],
    delivery: Delivery,
    outcome: Outcome,
    size: int,
) -> None:
    table = kept[0].source.plan.table
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    columns += ", LINE_ID" if table.nine_keys else ""
    doubled: dict[int, int] = {}
    written: dict[int, dict[str, int]] = {}
    names = _partition_names(connection, kept)
    for name in names:
        relation = "rows_to_write"
        counts = _union(connection, kept, columns, name, relation, doubled)
        for place, count in counts.items():
            if count:
                written.setdefault(place, {})[name] = count
        inputs = [
            _input(kept[place], rows=counts[place]) for place in sorted(counts) if counts[place]
        ] or [_input(staged, rows=0) for staged in kept]
        inputs, notes = _join_standing(
            workspace, connection, table.name, name, inputs, relation, columns
        )
        salt = 0
        lines: LineState = "repeated"
        if table.nine_keys:
            salt = month_salt(workspace, name)
            while (lines := line_state(connection, relation, salt)) == "collision":
                salt += 1
            outcome.flux_months.add(name)
        plan = PartitionPlan(
            table=table,
            name=name,
            relation=relation,
            inputs=tuple(sorted(inputs, key=lambda item: (item["name"], item["sha256"]))),
            origin=delivery.origin,
            notes=tuple(sorted({*notes, *(n for s in kept for n in s.source.notes)})),
            salt=salt,
            lines=lines,
            bytes_needed=size,
        )
        outcome.partitions_written += write_partition(connection, workspace, plan)
        connection.execute(f"DROP VIEW IF EXISTS {relation}; DROP TABLE IF EXISTS {relation}_t")
    for place, staged in enumerate(kept):
        account = _account(staged.source, "received")
        account.update(
            rows_read=staged.rows_read,
            rows_written=sum(written.get(place, {}).values()),
            rows_rejected=staged.rows_rejected,
            rows_doubled=doubled.get(place, 0),
            partitions=sorted(written.get(place, {})) or _empty_partitions(staged, names),
            rejects=[asdict(reject) for reject in staged.rejects[:_SHOWN_REJECTS]],
        )
        outcome.accounts.append(account)
        _write_receipt(workspace, staged, account, delivery)


def _partition_names(connection: duckdb.DuckDBPyConnection, kept: list[Staged]) -> list[str]:
    names: set[str] = set()
    for staged in kept:
        rows = connection.execute(f"SELECT DISTINCT _part FROM {staged.relation}").fetchall()
        names |= {str(row[0]) for row in rows}
        fixed = fixed_partition(staged.source.file)
        if not rows and fixed and not staged.source.plan.table.partition_column:
            names.add(fixed)
    return sorted(names)


def _empty_partitions(staged: Staged, names: list[str]) -> list[str]:
    fixed = fixed_partition(staged.source.file)
    return [fixed] if fixed in names else []


def _union(
    connection: duckdb.DuckDBPyConnection,
    kept: list[Staged],
    columns: str,
    name: str,
    relation: str,
    doubled: dict[int, int],
) -> dict[int, int]:
    """Make ``relation`` the rows of a partition; returns how many each file gave."""
    holders = []
    for place, staged in enumerate(kept):
        count = _count(connection, f"{staged.relation} WHERE _part = '{name}'")
        if count:
            holders.append((place, staged.relation, count))
    connection.execute(f"DROP VIEW IF EXISTS {relation}; DROP TABLE IF EXISTS {relation}_t")
    if len(holders) <= 1:
        source = holders[0][1] if holders else kept[0].relation
        connection.execute(
            f"CREATE TEMP VIEW {relation} AS SELECT {columns} FROM {source} WHERE _part = '{name}'"
        )
        return {place: count for place, _, count in holders}
    counts: dict[int, int] = {}
    first = True
    for place, staged_relation, count in holders:
        rows = f"SELECT {columns} FROM {staged_relation} WHERE _part = '{name}'"
        if first:
            connection.execute(f"CREATE TEMP TABLE {relation}_t AS {rows}")
            counts[place], first = count, False
            continue
        before = _count(connection, f"{relation}_t")
        connection.execute(
            f"INSERT INTO {relation}_t {rows} EXCEPT ALL SELECT {columns} FROM {relation}_t"
        )
        counts[place] = _count(connection, f"{relation}_t") - before
        doubled[place] = doubled.get(place, 0) + count - counts[place]
    connection.execute(f"CREATE TEMP VIEW {relation} AS SELECT * FROM {relation}_t")
    return counts


def _join_standing(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    inputs: list[dict[str, Any]],
    relation: str,
    columns: str,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Keep the standing rows that this delivery does not replace; returns inputs and notes."""
    standing = existing_partition(workspace, table, name)
    if standing is None:
        return inputs, []
    old = {item["stem"]: item for item in standing.manifest.content["inputs"]}
    new = {item["stem"] for item in inputs}
    if set(old) <= new:
        return inputs, []
    if set(old) & new:
        raise InputDataError(
            f"partition {name} of {table} was received from {len(old)} files, "
            "and only some of them are delivered again",
            where=f"{table}/{name}",
            why="the rows of one file cannot be told from those of the others once they are typed",
            hint="deliver all the files of this period together: " + ", ".join(sorted(old)),
        )
    files = ", ".join(f"'{path}'" for path in standing.files)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE joined_t AS SELECT {columns} FROM {relation}")
    connection.execute(f"DROP VIEW {relation}; DROP TABLE IF EXISTS {relation}_t")
    connection.execute(
        f"CREATE TEMP TABLE {relation}_t AS SELECT {columns} FROM joined_t UNION ALL "
        f"(SELECT {columns} FROM read_parquet([{files}]) "
        f"EXCEPT ALL SELECT {columns} FROM joined_t)"
    )
    connection.execute("DROP TABLE joined_t")
    connection.execute(f"CREATE TEMP VIEW {relation} AS SELECT * FROM {relation}_t")
    notes = list(standing.manifest.content["notes"])
    return [*inputs, *old.values()], notes


def _count(connection: duckdb.DuckDBPyConnection, tail: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {tail}").fetchone()
    assert row is not None
    return int(row[0])


def _input(staged: Staged, *, rows: int) -> dict[str, Any]:
    source = staged.source
    return {
        "name": source.file.name,
        "stem": source.file.stem,
        "sha256": source.sha256,
        "bytes": source.stamp.bytes,
        "rows": rows,
        "rows_read": staged.rows_read,
        "rows_rejected": staged.rows_rejected,
    }


def _account(source: Source, status: str) -> dict[str, Any]:
    return {
        "name": source.file.name,
        "table": source.file.table,
        "sha256": source.sha256,
        "status": status,
        "encoding": source.encoding,
        "separator": source.separator,
        "notes": list(source.notes),
    }


def _write_receipt(
    workspace: Workspace, staged: Staged, account: dict[str, Any], delivery: Delivery
) -> None:
    source = staged.source
    receipt = {
        "recipe": recipe_of(source.plan.table, workspace.config.storage.buckets),
        "fixed_partition": fixed_partition(source.file),
        "bytes": source.stamp.bytes,
        "origin": delivery.origin,
        "generation": delivery.generation,
        **{key: value for key, value in account.items() if key not in ("status", "rejects")},
    }
    write_receipt(workspace, source.sha256, place_of(source.file), receipt)


__all__ = ["Group", "Outcome", "Reject", "fixed_partition", "grouped", "receive_group"]
