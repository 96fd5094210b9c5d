"""The SQL that reads one file: typed by the engine, typed from texts, or looked at cell by cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from labsante.base.errors import InputDataError
from labsante.lake.connection import run_sql
from labsante.lake.conversion import (
    date_format,
    missing_mark,
    text_readers,
    typed_reader,
    value_class,
)
from labsante.lake.line_id import line_id_sql
from labsante.lake.sources import Source
from labsante.snds import NINE_KEYS, RawColumn

_SAMPLE_ROWS = 20_000
_BUFFER_BYTES = 8_000_000
# A whole number is read as a decimal, to see a fraction that the engine would round away.
_WHOLE = "DECIMAL(18,3)"


@dataclass(frozen=True, slots=True)
class Reject:
    """A cell or a line that could not be read: where and why, never the value."""

    line: int
    column: str
    value_class: str
    reason: str


class Scan:
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
        self._direct: dict[str, str] = {}
        self._date_format = ""

    def load(self, relation: str) -> list[Reject]:
        """Fill ``relation``; returns the lines whose number of fields is wrong.

        A CSV is first read with its types by the engine's own reader, twice as fast; the first
        cell that does not fit sends the whole file to the reader of texts.
        """
        self._readers = self._choose_readers()
        if self._direct and self._load_direct(relation):
            return []
        create = f"CREATE OR REPLACE TEMP TABLE {relation} AS {self._typed()}"
        try:
            run_sql(self._connection, create)
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

    def _load_direct(self, relation: str) -> bool:
        create = f"CREATE OR REPLACE TEMP TABLE {relation} AS {self._typed(direct=True)}"
        try:
            run_sql(self._connection, create)
        except (duckdb.ConversionException, duckdb.InvalidInputException):
            return False
        unread = self._connection.execute(f"SELECT 1 FROM {relation} WHERE _bad LIMIT 1").fetchone()
        return unread is None

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

    def relation(
        self, *, tolerant: bool = False, numbered: bool = False, direct: bool = False
    ) -> str:
        """SQL: the cells of the file; ``tolerant`` sets wrong lines aside, see _lines."""
        path = str(self._plain).replace("'", "''")
        if not self._source.is_text:
            names = ", ".join(f"c{place}" for place in range(len(self._source.types)))
            extra = ", file_row_number = true" if numbered else ""
            names += ", _row" if numbered else ""
            return f"read_parquet('{path}'{extra}) AS cells({names})"
        types = self._cell_types() if direct else {}
        columns = ", ".join(
            f"'c{place}': '{types.get(place, 'VARCHAR')}'"
            for place in range(len(self._source.types))
        )
        ending = "\\r\\n" if self._source.line_ending == "\r\n" else "\\n"
        options = [
            f"delim = '{self._source.separator}'",
            "quote = '\"'",
            "escape = '\"'",
            "header = false",
            "skip = 1",
            "auto_detect = false",
            f"buffer_size = {_BUFFER_BYTES}",
            "nullstr = ''",
            f"new_line = '{ending}'",
            f"columns = {{{columns}}}",
        ]
        if direct and self._date_format:
            options.append(f"dateformat = '{self._date_format}'")
        if tolerant:
            options.append(
                "store_rejects = true, rejects_table = '_lines', rejects_scan = '_scans', "
                "rejects_limit = 0"
            )
        return f"read_csv('{path}', {', '.join(options)}) AS cells"

    def _cell_types(self) -> dict[int, str]:
        return {self._source.plan.positions[name]: kind for name, kind in self._direct.items()}

    def _typed(self, *, tolerant: bool = False, direct: bool = False) -> str:
        present = self._source.plan.positions
        cells, values, bad = [], [], []
        for column in self._table.columns:
            if column.name not in present:
                values.append(f'CAST(NULL AS {column.sql_type}) AS "{column.name}"')
                continue
            place = present[column.name]
            values.append(f'"{column.name}"')
            if direct and column.name in self._direct:
                whole = column.sql_type == "BIGINT"
                cell = f"CAST(c{place} AS BIGINT)" if whole else f"c{place}"
                cells.append(f'{cell} AS "{column.name}"')
                if whole:
                    bad.append(f'c{place} <> "{column.name}"')
                continue
            cells.append(f'{self._value(column, f"c{place}")} AS "{column.name}"')
            if self._can_fail(column):
                bad.append(self._is_bad(column, place))
        bad.extend(f'"{name}" IS NULL' for name in self._never_null())
        kept = sorted({present[c.name] for c in self._table.columns if c.name in present})
        raw = ", ".join(f"c{place}" for place in kept if self._needed(place))
        inner = f"SELECT {', '.join(cells)}{', ' + raw if raw else ''}"
        inner += f" FROM {self.relation(tolerant=tolerant, direct=direct)}"
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
        best = {name: min(tried) for name, tried in failures.items()}
        if self._source.is_text:
            self._choose_direct(best)
        return {
            name: "COALESCE(" + ", ".join(reader for _, _, reader in sorted(tried)) + ")"
            for name, tried in failures.items()
        }

    def _choose_direct(self, best: dict[str, tuple[int, int, str]]) -> None:
        """Columns that the engine can read with their types: no failure on the first rows."""
        formats = Counter(
            date_format(reader)
            for name, (failed, _, reader) in best.items()
            if not failed and self._table.column(name).sql_type == "DATE"
        )
        self._date_format = next((form for form, _ in formats.most_common() if form), "")
        for name, (failed, _, reader) in best.items():
            column = self._table.column(name)
            if failed:
                continue
            if column.sql_type == "DATE":
                if self._date_format and date_format(reader) == self._date_format:
                    self._direct[name] = "DATE"
            elif reader == text_readers(column, self._table.date_style)[0]:
                whole = column.sql_type == "BIGINT"
                self._direct[name] = _WHOLE if whole else column.sql_type

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
