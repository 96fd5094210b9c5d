"""Typing the rows of a file into a temporary table, and setting aside those that cannot be.

The fast path types every cell in one pass. Only a file with unreadable cells is read a second
time, to name the line, the column and the shape of each one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from labsante.base.errors import InputDataError
from labsante.lake.conversion import missing_mark, text_readers, typed_reader, value_class
from labsante.lake.line_id import line_id_sql
from labsante.lake.sources import Source
from labsante.snds import NINE_KEYS, RawColumn

_SAMPLE_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Reject:
    """A cell or a line that could not be read: where and why, never the value."""

    line: int
    column: str
    value_class: str
    reason: str


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
    scan = _Scan(connection, source, plain, partition)
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
    scan = _Scan(connection, source, plain, partition)
    column = source.plan.table.partition_column
    if not column:
        return [partition]
    rows = connection.execute(scan.only_partition(column)).fetchall()
    return sorted({str(row[0]) for row in rows if row[0] is not None})


def _one_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


class _Scan:
    """The SQL that reads one file; ``c0, c1…`` are its cells in file order."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        plain: Path,
        partition: str,
    ) -> None:
        self._connection = connection
        self._source = source
        self._plain = plain
        self._partition = partition
        self._table = source.plan.table
        self._readers: dict[str, str] = {}

    def load(self, relation: str) -> list[Reject]:
        """Fill ``relation``; returns the lines whose number of fields is wrong."""
        self._readers = self._choose_readers()
        create = f"CREATE OR REPLACE TEMP TABLE {relation} AS {self._typed()}"
        try:
            self._connection.execute(create)
            return []
        except duckdb.Error as error:
            if not self._source.is_text or not _is_reading_error(error):
                raise self._refusal(error) from None
        tolerant = self._typed(tolerant=True)
        self._connection.execute("DROP TABLE IF EXISTS _lines; DROP TABLE IF EXISTS _scans")
        try:
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {tolerant}")
        except duckdb.Error as error:
            raise self._refusal(error) from None
        return self._wrong_lines()

    def only_partition(self, column: str) -> str:
        """SQL: the distinct partitions of the file."""
        self._readers = self._choose_readers(only=column)
        place = self._source.plan.positions[column]
        cell = self._readers[column].format(x=f"c{place}")
        inner = f'SELECT {cell} AS "{column}" FROM {self.relation(tolerant=self._source.is_text)}'
        return f"SELECT DISTINCT {self._partition_sql()} FROM ({inner}) AS typed"

    def unreadable_cells(self, lost_lines: list[int]) -> list[Reject]:
        """Line, column and shape of every cell that could not be read."""
        self._connection.execute("SET preserve_insertion_order = true")
        try:
            rows = self._connection.execute(self._reject_query(bool(lost_lines))).fetchall()
        finally:
            self._connection.execute("SET preserve_insertion_order = false")
        header = 1 if self._source.is_text else 0
        lines = _true_lines([int(row[0]) for row in rows], lost_lines, header)
        return [
            Reject(lines[int(row[0])], str(row[1]), str(row[2] or ""), str(row[3])) for row in rows
        ]

    # SQL pieces

    def relation(self, *, tolerant: bool = False, numbered: bool = False) -> str:
        """SQL: the cells of the file; ``tolerant`` sets wrong lines aside, see _lines."""
        path = str(self._plain).replace("'", "''")
        if not self._source.is_text:
            names = ", ".join(f"c{place}" for place in range(len(self._source.types)))
            extra = ", file_row_number = true" if numbered else ""
            names += ", _row" if numbered else ""
            return f"read_parquet('{path}'{extra}) AS cells({names})"
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self._source.types)))
        ending = "\\r\\n" if self._source.line_ending == "\r\n" else "\\n"
        options = [
            f"delim = '{self._source.separator}'",
            "quote = '\"'",
            "escape = '\"'",
            "header = false",
            "skip = 1",
            "auto_detect = false",
            "nullstr = ''",
            f"new_line = '{ending}'",
            f"columns = {{{columns}}}",
        ]
        if tolerant:
            options.append(
                "store_rejects = true, rejects_table = '_lines', rejects_scan = '_scans', "
                "rejects_limit = 0"
            )
        return f"read_csv('{path}', {', '.join(options)}) AS cells"

    def _typed(self, *, tolerant: bool = False) -> str:
        present = self._source.plan.positions
        cells, values, bad = [], [], []
        for column in self._table.columns:
            if column.name not in present:
                values.append(f'CAST(NULL AS {column.sql_type}) AS "{column.name}"')
                continue
            place = present[column.name]
            cells.append(f'{self._value(column, f"c{place}")} AS "{column.name}"')
            values.append(f'"{column.name}"')
            if self._can_fail(column):
                bad.append(self._is_bad(column, place))
        bad.extend(f'"{name}" IS NULL' for name in self._never_null())
        kept = sorted({present[c.name] for c in self._table.columns if c.name in present})
        raw = ", ".join(f"c{place}" for place in kept if self._needed(place))
        inner = f"SELECT {', '.join(cells)}{', ' + raw if raw else ''}"
        inner += f" FROM {self.relation(tolerant=tolerant)}"
        condition = " OR ".join(bad) if bad else "false"
        outer = f"SELECT {', '.join(values)}"
        if self._table.nine_keys:
            keys = " AND ".join(f'"{name}" IS NOT NULL' for name in NINE_KEYS)
            outer += f", CASE WHEN {keys} THEN {line_id_sql()} END AS LINE_ID"
        outer += f", {self._partition_sql()} AS _part, ({condition}) AS _bad"
        return f"{outer} FROM ({inner}) AS typed"

    def _value(self, column: RawColumn, cell: str) -> str:
        return self._readers[column.name].format(x=cell)

    def _can_fail(self, column: RawColumn) -> bool:
        return self._readers[column.name] != "{x}"

    def _needed(self, place: int) -> bool:
        names = {self._source.plan.positions[n]: n for n in self._source.plan.positions}
        return self._can_fail(self._table.column(names[place]))

    def _is_bad(self, column: RawColumn, place: int) -> str:
        cell = f"c{place}"
        missing = missing_mark(self._source.types[place]).format(x=cell)
        return (
            f'CASE WHEN {cell} IS NOT NULL AND "{column.name}" IS NULL '
            f"THEN NOT ({missing}) ELSE false END"
        )

    def _never_null(self) -> tuple[str, ...]:
        return NINE_KEYS if self._table.nine_keys else ()

    def _partition_sql(self) -> str:
        column = self._table.partition_column
        if column == "FLX_DIS_DTD":
            return "strftime(FLX_DIS_DTD, '%Y-%m')"
        if column:
            year = f"TRY_CAST({column} AS INTEGER)"
            return (
                f"CASE WHEN {year} BETWEEN 1 AND 9999 THEN lpad(CAST({year} AS VARCHAR), 4, '0') "
                f"ELSE '{self._partition}' END"
            )
        return f"'{self._partition}'"

    def _reject_query(self, tolerant: bool) -> str:
        present = self._source.plan.positions
        source = self.relation(tolerant=tolerant, numbered=True)
        number = "row_number() OVER ()" if self._source.is_text else "_row + 1"
        if tolerant:
            self._connection.execute("DROP TABLE IF EXISTS _lines; DROP TABLE IF EXISTS _scans")
        cells, tests = [], []
        for column in self._table.columns:
            if column.name not in present:
                continue
            place = present[column.name]
            cells.append(f'{self._value(column, f"c{place}")} AS "{column.name}"')
            shape = value_class(f"c{place}")
            if self._can_fail(column):
                reason = f"no {column.type} can be read here"
                tests.append(
                    f"CASE WHEN {self._is_bad(column, place)} THEN "
                    f"['{column.name}', {shape}, '{reason}'] END"
                )
            if column.name in self._never_null():
                empty = f'c{place} IS NULL AND "{column.name}" IS NULL'
                tests.append(
                    f"CASE WHEN {empty} THEN ['{column.name}', 'empty', 'a key may not be empty']"
                    " END"
                )
        raw = ", ".join(f"c{place}" for place in sorted(present.values()))
        inner = f"SELECT {number} AS _line, {', '.join(cells)}, {raw} FROM {source}"
        listed = f"SELECT _line, unnest([{', '.join(tests)}]) AS found FROM ({inner}) AS typed"
        return (
            f"SELECT _line, found[1], found[2], found[3] FROM ({listed}) AS l "
            "WHERE found IS NOT NULL ORDER BY 1, 2"
        )

    # choosing readers

    def _choose_readers(self, only: str = "") -> dict[str, str]:
        """One reader a column: the one that fails least on the first rows, then the others."""
        plan, chosen = self._source.plan, {}
        doubtful: dict[str, list[str]] = {}
        for column in self._table.columns:
            if column.name not in plan.positions or (only and column.name != only):
                continue
            if not self._source.is_text:
                source_type = self._source.types[plan.positions[column.name]]
                if source_type == "VARCHAR" and column.sql_type != "VARCHAR":
                    doubtful[column.name] = text_readers(column, self._table.date_style)
                else:
                    chosen[column.name] = typed_reader(column, source_type)
                continue
            readers = text_readers(column, self._table.date_style)
            if len(readers) == 1:
                chosen[column.name] = readers[0]
            else:
                doubtful[column.name] = readers
        chosen.update(self._by_sample(doubtful))
        return chosen

    def _by_sample(self, doubtful: dict[str, list[str]]) -> dict[str, str]:
        if not doubtful:
            return {}
        counts, slots = [], []
        for name, readers in doubtful.items():
            cell = f"c{self._source.plan.positions[name]}"
            for reader in readers:
                value = reader.format(x=cell)
                counts.append(f"count_if({cell} IS NOT NULL AND ({value}) IS NULL)")
                slots.append((name, reader))
        relation = self.relation(tolerant=self._source.is_text)
        self._connection.execute("DROP TABLE IF EXISTS _lines; DROP TABLE IF EXISTS _scans")
        try:
            row = self._connection.execute(
                f"SELECT {', '.join(counts)} FROM (SELECT * FROM {relation} LIMIT {_SAMPLE_ROWS})"
            ).fetchone()
        except duckdb.Error as error:
            raise self._refusal(error) from None
        assert row is not None
        failures: dict[str, list[tuple[int, int, str]]] = {}
        for place, ((name, reader), count) in enumerate(zip(slots, row, strict=True)):
            failures.setdefault(name, []).append((int(count or 0), place, reader))
        return {
            name: "COALESCE(" + ", ".join(reader for _, _, reader in sorted(tried)) + ")"
            for name, tried in failures.items()
        }

    # refusing

    def _wrong_lines(self) -> list[Reject]:
        rows = self._connection.execute(
            "SELECT line, min(error_type) FROM _lines GROUP BY line ORDER BY line"
        ).fetchall()
        return [
            Reject(int(line), "", "", f"the line cannot be cut into columns ({_english(kind)})")
            for line, kind in rows
        ]

    def _refusal(self, error: duckdb.Error) -> Exception:
        text = str(error)
        lower = text.lower()
        if "no space left" in lower or "out of memory" in lower or "failed to allocate" in lower:
            return error
        first = text.splitlines()[0][:160].replace(str(self._plain), self._source.file.name)
        return InputDataError(
            "the file cannot be read to its end: it is cut or damaged",
            where=self._source.file.name,
            why=first,
            hint="copy it again from its source",
        )


def _is_reading_error(error: duckdb.Error) -> bool:
    return "CSV" in str(error) or isinstance(error, duckdb.InvalidInputException)


def _english(kind: object) -> str:
    return str(kind).lower().replace("_", " ")


def _true_lines(rows: list[int], lost_lines: list[int], header: int) -> dict[int, int]:
    """Line of each row number (1 first), where ``lost_lines`` hold no row."""
    lost = sorted(set(lost_lines))
    lines: dict[int, int] = {}
    for number in sorted(set(rows)):
        line = number + header
        for gone in lost:
            if gone <= line:
                line += 1
        lines[number] = line
    return lines


def aside_query(source: Source, plain: Path) -> str:
    """SQL: the key columns and the unknown columns of a file, as texts, in a total order."""
    scan = _Scan(duckdb.default_connection(), source, plain, "")
    names = [(source.plan.positions[key], key) for key in source.plan.table.key]
    names += [(place, source.header_name(place)) for place in source.plan.unknown]
    cells = ", ".join(
        f'CAST(c{place} AS VARCHAR) AS "{name.replace(chr(34), "")}"' for place, name in names
    )
    relation = scan.relation(tolerant=source.is_text)
    order = ", ".join(str(number + 1) for number in range(len(names)))
    return f"SELECT {cells} FROM {relation} ORDER BY {order}"
