"""CSV files before the engine reads them: bytes, encoding, separator, header.

One pass over the bytes finds what a tolerant reader hides: NUL bytes, a wrong encoding, a cut
file, a compressed file whose check sum is wrong (measured: the engine reads it without error).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labsante.base.errors import InputDataError
from labsante.lake.delivery import DeliveredFile

_CHUNK = 1 << 20
_HEAD = 1 << 16
SEPARATORS = (";", ",")
_WRONG_SEPARATORS = {"\t": "a tab", "|": "|", ":": ":"}


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one pass over a text file found."""

    encoding: str
    newlines: int
    ends_with_newline: bool
    line_ending: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written."""

    separator: str
    header: tuple[str, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def opened(file: DeliveredFile) -> Iterator[BinaryIO]:
    """The plain bytes of a delivered file, decompressed; check sums are verified at the end.

    Raises InputDataError when the compressed data are cut or wrong.
    """
    try:
        if file.compression == "gz":
            with gzip.open(file.path, "rb") as stream:
                yield stream  # type: ignore[misc]
        elif file.compression == "zip":
            with zipfile.ZipFile(file.path) as archive, archive.open(file.member) as stream:
                yield stream  # type: ignore[misc]
        elif file.compression == "zst":
            import pyarrow

            with pyarrow.input_stream(str(file.path), compression="zstd") as stream:
                yield stream
        else:
            with file.path.open("rb") as stream:
                yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
        raise _damaged(file, str(error)) from None
    except OSError as error:
        if file.compression and error.errno is None:
            raise _damaged(file, str(error)) from None
        raise


def _damaged(file: DeliveredFile, why: str) -> InputDataError:
    return InputDataError(
        "the compressed file is damaged or cut",
        where=file.name,
        why=why,
        hint="copy it again from its source",
    )


def scan_text(file: DeliveredFile) -> TextFacts:
    """Read the whole file once; raises InputDataError for an empty file or a NUL byte."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8, newlines, head, last = True, 0, b"", b""
    windows = True
    with opened(file) as stream:
        while chunk := stream.read(_CHUNK):
            if len(head) < _HEAD:
                head += chunk[: _HEAD - len(head)]
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise InputDataError(
                    "the file is written in UTF-16",
                    where=file.name,
                    hint="export it in UTF-8, Windows-1252 or Latin-1",
                )
            if b"\0" in chunk:
                line = newlines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
                raise InputDataError(
                    "a NUL byte in a text file",
                    where=f"{file.name}, line {line}",
                    why="the file is damaged, or is not a CSV",
                    hint="copy it again from its source",
                )
            plain = chunk.isascii()
            if is_utf8 and (not plain or utf8.getstate()[0]):
                is_utf8 = _decodes(utf8, chunk)
            windows = windows and (plain or _is_windows(chunk))
            newlines += chunk.count(b"\n")
            last = chunk[-1:]
    if not head.strip():
        raise InputDataError("the file is empty", where=file.name, hint="copy it again")
    if is_utf8 and not utf8.getstate()[0]:
        encoding = "UTF-8"
    else:
        encoding = "Windows-1252" if windows else "Latin-1"
    first = head.split(b"\n", 1)[0]
    return TextFacts(
        encoding=encoding,
        newlines=newlines,
        ends_with_newline=last == b"\n",
        line_ending="\r\n" if first.endswith(b"\r") else "\n",
        head=head,
    )


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _is_windows(chunk: bytes) -> bool:
    """Whether every byte has a meaning in Windows-1252 (five have none)."""
    return not any(code in chunk for code in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))


_CODECS = {"UTF-8": "utf-8-sig", "Windows-1252": "cp1252", "Latin-1": "latin-1"}


def dialect_of(file: DeliveredFile, facts: TextFacts, known: set[str]) -> Dialect:
    """The separator and header of a CSV; ``known`` holds the accepted headers in capitals.

    Raises InputDataError when neither ``;`` nor ``,`` cuts the header into known columns.
    """
    text = facts.head.decode(_CODECS[facts.encoding], errors="replace")
    scores = {}
    for separator in (*SEPARATORS, *_WRONG_SEPARATORS):
        cells = _first_row(text, separator)
        scores[separator] = sum(name.strip().upper() in known for name in cells)
    best = max(scores, key=lambda separator: scores[separator])
    if best in _WRONG_SEPARATORS and scores[best] > 1:
        raise InputDataError(
            f"columns are separated by {_WRONG_SEPARATORS[best]}",
            where=f"{file.name}, line 1",
            why="a delivery in CSV is separated by ; or ,",
            hint="export the file again with ; between columns",
        )
    if best in _WRONG_SEPARATORS:
        best = ";"
    header = tuple(name.strip() for name in _first_row(text, best))
    _refuse_header(file, header, known)
    notes = () if facts.encoding == "UTF-8" else (f"encoding {facts.encoding}",)
    return Dialect(best, header, notes)


def _first_row(text: str, separator: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return next(reader, [])
    except csv.Error:
        return []


def _refuse_header(file: DeliveredFile, header: tuple[str, ...], known: set[str]) -> None:
    upper = [name.upper() for name in header]
    if not any(name in known for name in upper):
        raise InputDataError(
            f"the first line names no column of {file.table}",
            where=f"{file.name}, line 1",
            why="the header is missing, or another separator than ; and , is used",
            hint="export the file with its header, separated by ;",
        )
    twice = sorted({name for name in upper if upper.count(name) > 1})
    if twice:
        raise InputDataError(
            f"column {twice[0]} appears twice", where=f"{file.name}, line 1", hint="keep one"
        )


def write_plain(file: DeliveredFile, encoding: str, target: Path) -> Path:
    """Write the file decompressed and in UTF-8 to ``target``; returns ``target``."""
    codec = _CODECS[encoding]
    decoder = codecs.getincrementaldecoder(codec)()
    with opened(file) as stream, target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            out.write(chunk if encoding == "UTF-8" else decoder.decode(chunk).encode())
    return target
