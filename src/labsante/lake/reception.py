"""``receive``: a folder of raw files becomes partitions of the lake, with a full account.

Order of the work: discover; fingerprint every file and drop those already received; inspect
the others, and refuse the delivery before anything is written if one of them cannot be used;
then, a group of files at a time, type, write the partitions, write the receipts. A process
killed anywhere leaves whole partitions and temporary names; the same command resumes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from labsante.base.errors import InputDataError, LabError
from labsante.base.files import read_json, sweep_temporary, write_json
from labsante.base.locks import exclusive
from labsante.base.progress import Reporter, Silent
from labsante.base.workspace import Workspace
from labsante.lake import group as groups
from labsante.lake.connection import connected
from labsante.lake.delivery import DeliveredFile, Delivery, discover
from labsante.lake.receipts import read_receipt, still_received
from labsante.lake.salts import reconcile_salts
from labsante.lake.sources import Source, Stamp, fingerprint, inspect
from labsante.snds import raw_tables


@dataclass(slots=True)
class FileAccount:
    """What became of one file. ``rows_read = rows_written + rows_rejected + rows_doubled``."""

    name: str
    table: str
    sha256: str
    status: str
    rows_read: int = 0
    rows_written: int = 0
    rows_rejected: int = 0
    rows_doubled: int = 0
    partitions: list[str] = field(default_factory=list)
    encoding: str = ""
    separator: str = ""
    notes: list[str] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None


@dataclass(slots=True)
class Reception:
    """The account of one call: files, unknown names, partitions written, seconds."""

    delivery: str
    origin: str
    files: list[FileAccount] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    partitions_written: int = 0
    seconds: float = 0.0

    @property
    def refused(self) -> list[FileAccount]:
        """Files that could not be received."""
        return [file for file in self.files if file.status == "refused"]


def receive(
    workspace: Workspace, path: Path, *, strict: bool = False, reporter: Reporter | None = None
) -> Reception:
    """Receive a folder or a file.

    Raises InputDataError (exit code 10) when no known table is there, when a file cannot be
    used (nothing is written then), when unknown files are there and ``strict`` is set; and
    ResourceError (14) when the disk is full or another reception runs.
    """
    reporter = reporter or Silent()
    started = time.time()
    delivery = discover(path)
    _refuse_delivery(delivery, path, strict=strict)
    with exclusive(workspace.root / ".receive.lock", task="reception"):
        sweep_temporary(workspace.lake)
        _require_generation(workspace, delivery)
        reception = Reception(str(path), delivery.origin, unknown=list(delivery.unknown))
        with connected(workspace) as (connection, scratch):
            sources = _sources(workspace, connection, delivery, scratch, reception, reporter)
            _record_generation(workspace, delivery)
            _receive_sources(workspace, connection, sources, delivery, reception, reporter, scratch)
        reception.files.sort(key=lambda account: account.name)
        reception.seconds = round(time.time() - started, 3)
    _raise_refused(reception)
    return reception


def _refuse_delivery(delivery: Delivery, path: Path, *, strict: bool) -> None:
    if not delivery.files:
        known = ", ".join(table.name for table in raw_tables()[:6])
        raise InputDataError(
            "no known table in this delivery",
            where=str(path),
            why=f"{len(delivery.unknown)} file(s), none named after a raw table",
            hint=f"files are recognised by name, for example {known}, T_MCO21B",
        )
    if strict and delivery.unknown:
        raise InputDataError(
            f"{len(delivery.unknown)} unknown file(s): {', '.join(delivery.unknown[:5])}",
            where=str(path),
            why="--strict refuses files that no definition covers",
            hint="remove them, or receive without --strict: they are listed and skipped",
        )


def _sources(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    scratch: Path,
    reception: Reception,
    reporter: Reporter,
) -> list[Source]:
    """Fingerprint and inspect every file; raises the first refusal, with the others counted."""
    fresh: list[tuple[DeliveredFile, str, Stamp]] = []
    refusals: list[InputDataError] = []
    seen: dict[tuple[str, str], str] = {}
    for done, file in enumerate(delivery.files):
        reporter.step("check files", done, len(delivery.files))
        try:
            sha256, stamp = fingerprint(file)
        except InputDataError as error:
            refusals.append(error)
            continue
        place = (sha256, groups.place_of(file))
        if place in seen:
            reception.files.append(
                FileAccount(
                    file.name, file.table, sha256, "duplicate", notes=[f"same as {seen[place]}"]
                )
            )
            continue
        seen[place] = file.name
        receipt = read_receipt(workspace, *place)
        if receipt is not None and still_received(
            workspace, receipt, file.match.table, groups.fixed_partition(file)
        ):
            reception.files.append(_account_of_receipt(file, receipt))
            continue
        fresh.append((file, sha256, stamp))
    sources = []
    for file, sha256, stamp in fresh:
        try:
            sources.append(inspect(connection, file, sha256, stamp, scratch))
        except InputDataError as error:
            refusals.append(error)
    reporter.step("check files", len(delivery.files), len(delivery.files))
    if refusals:
        raise _several(refusals)
    return sources


def _several(refusals: list[InputDataError]) -> InputDataError:
    """One error for one or many refused files; the first in full, the others by name."""
    first = refusals[0]
    if len(refusals) == 1:
        return first
    others = "; ".join(f"{error.where}: {error.what}" for error in refusals[1:6])
    return InputDataError(
        first.what,
        where=first.where,
        why="; ".join(filter(None, (first.why, f"also refused ({len(refusals) - 1}): {others}"))),
        hint=first.hint,
    )


def _receive_sources(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    delivery: Delivery,
    reception: Reception,
    reporter: Reporter,
    scratch: Path,
) -> None:
    batches = list(groups.grouped(connection, sources, scratch))
    months: set[str] = set()
    told: set[tuple[str, str]] = set()
    for done, batch in enumerate(batches):
        reporter.step("receive", done, len(batches))
        outcome = groups.receive_group(workspace, connection, batch, delivery, scratch)
        reception.partitions_written += outcome.partitions_written
        months.update(outcome.flux_months)
        for account in outcome.accounts:
            reception.files.append(FileAccount(**account))
            for note in account["notes"]:
                # The manifests keep every note; a person reads each once a table.
                if (account["table"], note) not in told:
                    told.add((account["table"], note))
                    reporter.note(f"{account['table']}: {_shortened(note)} ({account['name']})")
    reporter.step("receive", len(batches), len(batches))
    reception.partitions_written += reconcile_salts(workspace, connection, sorted(months))


def _shortened(note: str, longest: int = 160) -> str:
    """A note that fits two lines; the rest is in the manifest, and says so."""
    return note if len(note) <= longest else f"{note[:longest].rsplit(', ', 1)[0]}, …"


def _account_of_receipt(file: DeliveredFile, receipt: dict[str, Any]) -> FileAccount:
    return FileAccount(
        name=file.name,
        table=file.table,
        sha256=receipt["sha256"],
        status="already received",
        rows_read=receipt["rows_read"],
        rows_written=receipt["rows_written"],
        rows_rejected=receipt["rows_rejected"],
        rows_doubled=receipt["rows_doubled"],
        partitions=list(receipt["partitions"]),
        encoding=receipt["encoding"],
        separator=receipt["separator"],
        notes=list(receipt["notes"]),
    )


def _require_generation(workspace: Workspace, delivery: Delivery) -> None:
    path = workspace.lake / "_generation.json"
    if not delivery.generation or not path.exists():
        return
    standing = read_json(path)["generation"]
    if standing != delivery.generation:
        raise InputDataError(
            f"this delivery has the generation of pseudonyms {delivery.generation}, "
            f"the lake has {standing}",
            where=str(delivery.root),
            why="pseudonyms of two generations name the same persons differently",
            hint="receive it in another workspace, or ask for the correspondence file",
        )


def _record_generation(workspace: Workspace, delivery: Delivery) -> None:
    path = workspace.lake / "_generation.json"
    if delivery.generation and not path.exists():
        write_json(path, {"generation": delivery.generation})


def _raise_refused(reception: Reception) -> None:
    refused = reception.refused
    if refused:
        raise _several([_error_of(account) for account in refused])


def _error_of(account: FileAccount) -> InputDataError:
    facts = account.error or {}
    return InputDataError(
        str(facts.get("what", "refused")),
        where=str(facts.get("where", account.name)),
        why=str(facts.get("why", "")),
        hint=str(facts.get("hint", "")),
    )


def refusal(error: LabError) -> dict[str, Any]:
    """The facts of a refusal, for the account of a file."""
    return dict(error.as_dict())
