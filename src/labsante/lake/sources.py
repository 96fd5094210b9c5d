"""From a delivered file to something the engine can read, after every cheap check.

Two moments: :func:`inspect` reads the file once, refuses what cannot be received, and writes
nothing; :func:`materialise` gives the engine a plain file, in the scratch folder if need be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from labsante.base.errors import InputDataError
from labsante.base.files import sha256_file
from labsante.lake.columns import ColumnPlan, accepted_headers, plan_columns
from labsante.lake.delivery import DeliveredFile
from labsante.lake.sas import sas_columns, sas_to_parquet
from labsante.lake.text_files import TextFacts, dialect_of, opened, scan_text, write_plain


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size and times of a file when it was first read."""

    bytes: int
    modified: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp now."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be received. ``types`` are the source's SQL types, by place."""

    file: DeliveredFile
    sha256: str
    stamp: Stamp
    plan: ColumnPlan
    types: tuple[str, ...]
    separator: str = ""
    encoding: str = ""
    line_ending: str = "\n"
    newlines: int = 0
    ends_with_newline: bool = True
    notes: tuple[str, ...] = field(default=())

    @property
    def is_text(self) -> bool:
        """Whether cells are texts to be read, not values with a type."""
        return self.file.kind == "csv"

    def header_name(self, place: int) -> str:
        """The name that the file gives to a column."""
        return self.plan.header[place]


def fingerprint(file: DeliveredFile) -> tuple[str, Stamp]:
    """SHA-256 and stamp of a delivered file; raises InputDataError where it cannot be vouched.

    ``delivery.json``, when present, is compared: bytes first, then the hash.
    """
    try:
        stamp = Stamp.of(file.path)
        declared = file.declared
        if declared and declared.bytes is not None and declared.bytes != stamp.bytes:
            raise InputDataError(
                f"the file has {stamp.bytes} bytes, delivery.json says {declared.bytes}",
                where=file.name,
                why="it was cut or changed after the delivery was made",
                hint="copy it again from its source",
            )
        sha256 = sha256_file(file.path)
    except PermissionError:
        raise InputDataError(
            "permission denied", where=file.name, hint="let this account read the file"
        ) from None
    except OSError as error:
        raise InputDataError(
            "the file cannot be read", where=file.name, why=error.strerror or str(error)
        ) from None
    if declared and declared.sha256 and declared.sha256 != sha256:
        raise InputDataError(
            "the file's SHA-256 is not the one in delivery.json",
            where=file.name,
            why="it was damaged or changed after the delivery was made",
            hint="copy it again from its source",
        )
    return sha256, stamp


def inspect(
    connection: duckdb.DuckDBPyConnection,
    file: DeliveredFile,
    sha256: str,
    stamp: Stamp,
    scratch: Path,
) -> Source:
    """Everything that can be known without typing rows; raises InputDataError."""
    table = file.match.table
    if file.kind == "csv":
        facts = scan_text(file)
        dialect = dialect_of(file, facts, accepted_headers(table))
        plan = plan_columns(table, dialect.header, f"{file.name}, line 1")
        _refuse_header_only(file, facts)
        return Source(
            file=file,
            sha256=sha256,
            stamp=stamp,
            plan=plan,
            types=("VARCHAR",) * len(dialect.header),
            separator=dialect.separator,
            encoding=facts.encoding,
            line_ending=facts.line_ending,
            newlines=facts.newlines,
            ends_with_newline=facts.ends_with_newline,
            notes=(*dialect.notes, *_cut_note(facts), *plan.notes),
        )
    plain = _uncompressed(file, scratch)
    if file.kind == "sas":
        columns = sas_columns(plain, file)
    else:
        columns = _parquet_columns(connection, plain, file)
    plan = plan_columns(table, [name for name, _ in columns], file.name)
    return Source(
        file=file,
        sha256=sha256,
        stamp=stamp,
        plan=plan,
        types=tuple(kind for _, kind in columns),
        notes=plan.notes,
    )


def materialise(source: Source, scratch: Path) -> Path:
    """A plain file for the engine: the delivered one when it can be read as it is."""
    file = source.file
    if file.kind == "csv":
        if not file.compression and source.encoding == "UTF-8":
            return file.path
        return write_plain(file, source.encoding, scratch / f"{source.sha256[:16]}.csv")
    plain = _uncompressed(file, scratch)
    if file.kind == "sas":
        return sas_to_parquet(plain, file, scratch / f"{source.sha256[:16]}.parquet")
    return plain


def require_unchanged(source: Source) -> None:
    """Raise InputDataError when the file changed while it was being read."""
    if Stamp.of(source.file.path) != source.stamp:
        raise InputDataError(
            "the file changed while it was being read",
            where=source.file.name,
            hint="wait until it is fully written, then run the same command again",
        )


def _uncompressed(file: DeliveredFile, scratch: Path) -> Path:
    if not file.compression:
        return file.path
    target = scratch / f"plain-{abs(hash(file.name)):x}.{file.kind}"
    if not target.exists():
        with opened(file) as stream, target.open("wb") as out:
            while chunk := stream.read(1 << 20):
                out.write(chunk)
    return target


def _parquet_columns(
    connection: duckdb.DuckDBPyConnection, path: Path, file: DeliveredFile
) -> list[tuple[str, str]]:
    quoted = str(path).replace("'", "''")
    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{quoted}')").fetchall()
    except duckdb.Error as error:
        raise InputDataError(
            "this Parquet file cannot be read: it is cut or damaged",
            where=file.name,
            why=str(error).splitlines()[0][:200].replace(str(path), file.name),
            hint="copy it again from its source",
        ) from None
    return [(str(row[0]), str(row[1])) for row in rows]


def _refuse_header_only(file: DeliveredFile, facts: TextFacts) -> None:
    lines = facts.newlines + (0 if facts.ends_with_newline else 1)
    declared = file.declared.rows if file.declared else None
    if lines <= 1 and declared != 0:
        raise InputDataError(
            "the file holds a header and no row",
            where=file.name,
            why="an empty file is received only when delivery.json says it has 0 rows",
            hint="deliver the file again, or say rows 0 in delivery.json",
        )


def _cut_note(facts: TextFacts) -> tuple[str, ...]:
    return () if facts.ends_with_newline else ("the last line has no end of line",)
