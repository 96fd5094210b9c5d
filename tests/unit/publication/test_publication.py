"""Versions, pointer, approval, reader: old or new, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from labsante.base.errors import InputDataError, NotAllowedError, UsageError
from labsante.publication import open_publication
from labsante.publication.manifests import PREPARED, PUBLISHED, current_version, read_manifest
from labsante.publication.objects import ObjectStore
from labsante.publication.sample import write_sample
from labsante.publication.versions import add_version, approve, collect, point_to, rollback, writing
from tests.sizes import FULL, SIZES


def small_version(folder: Path, number: int, *, state: str = PUBLISHED) -> str:
    """A version whose only indicator holds one number, twice: a torn read shows."""
    store = ObjectStore(folder)
    with writing(folder):
        entry = {
            kind: store.put_json({"number": number, "kind": kind})
            for kind in ("definition", "passport")
        }
        entry["results"] = store.put_json({"number": number})
        content = {
            "origin": "synthetic",
            "audience": "public",
            "as_of": None,
            "rules": {},
            "indicators": {"X": entry},
            "quality": None,
            "disclosure": None,
        }
        version = add_version(folder, content, {"published_by": "Anne"}, state=state)
        if state == PUBLISHED:
            point_to(folder, version)
    return version


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publication")
    write_sample(folder)
    return folder


def test_reader_gives_rows_and_documents(sample: Path) -> None:
    opened = open_publication(sample)
    assert {"HOS-DMS", "INN-SGLT2", "PAT-DIAB-PREV"} <= set(opened.indicators())
    rows = opened.rows("PAT-DIAB-PREV", period="2023", territory="FRA", sex="all", age="all")
    assert len(rows) == 1 and rows[0].status == "published"
    assert opened.definition("HOS-DMS")["title"]["fr"]
    with pytest.raises(UsageError):
        opened.rows("../../etc/passwd")


def test_hidden_rows_hold_no_number(sample: Path) -> None:
    for row in open_publication(sample).rows("INN-SGLT2"):
        if row.status != "published":
            assert row.numerator is row.value is row.low95 is row.high95 is None


def test_damaged_object_is_refused(tmp_path: Path) -> None:
    small_version(tmp_path, 1)
    name = read_manifest(tmp_path, "0001")["indicators"]["X"]["definition"]
    path = tmp_path / "objects" / f"{name}.json"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(InputDataError, match="damaged"):
        open_publication(tmp_path).definition("X")


def test_linked_object_is_refused(tmp_path: Path) -> None:
    small_version(tmp_path, 1)
    name = read_manifest(tmp_path, "0001")["indicators"]["X"]["definition"]
    path = tmp_path / "objects" / f"{name}.json"
    path.rename(tmp_path / "aside")
    path.symlink_to(tmp_path / "aside")
    with pytest.raises(InputDataError, match="link"):
        open_publication(tmp_path).definition("X")


@pytest.mark.parametrize("text", ["", "../0001", "01", "0001/..", "9999"])
def test_wrong_pointer_is_refused(tmp_path: Path, text: str) -> None:
    small_version(tmp_path, 1)
    (tmp_path / "current").write_text(text)
    with pytest.raises(InputDataError):
        open_publication(tmp_path)


def test_edited_manifest_is_refused(tmp_path: Path) -> None:
    small_version(tmp_path, 1)
    path = tmp_path / "0001" / "manifest.json"
    path.write_text(path.read_text().replace('"public"', '"extranet"'))
    with pytest.raises(InputDataError, match="damaged"):
        open_publication(tmp_path)


def test_four_eyes(tmp_path: Path) -> None:
    small_version(tmp_path, 1)
    small_version(tmp_path, 2, state=PREPARED)
    assert open_publication(tmp_path).version == "0001"
    with pytest.raises(NotAllowedError):
        rollback(tmp_path, "0002")
    for same in ("Anne", "anne ", ""):
        with pytest.raises(NotAllowedError):
            approve(tmp_path, "0002", same)
    approve(tmp_path, "0002", "Bruno")
    assert open_publication(tmp_path).version == "0002"
    with pytest.raises(UsageError):
        approve(tmp_path, "0002", "Bruno")


def test_rollback_in_time_and_collection_keeps_what_is_named(tmp_path: Path) -> None:
    small_version(tmp_path, 1)
    small_version(tmp_path, 2)
    started = time.monotonic()
    assert rollback(tmp_path) == "0001"
    assert time.monotonic() - started < 5
    ObjectStore(tmp_path).put_json({"orphan": True})
    assert len(collect(tmp_path, older_than_seconds=-1)) == 1
    assert open_publication(tmp_path).definition("X")["number"] == 1
    with pytest.raises(UsageError):
        rollback(tmp_path)


def _publish_and_die(folder: Path, fatal: int) -> None:
    """Publish version 2 and be killed at the ``fatal``-th rename, fsync or write."""
    seen = 0

    def deadly(function):  # type: ignore[no-untyped-def]
        def called(*args, **named):  # type: ignore[no-untyped-def]
            nonlocal seen
            seen += 1
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **named)

        return called

    Path.rename = deadly(Path.rename)  # type: ignore[method-assign]
    Path.write_bytes = deadly(Path.write_bytes)  # type: ignore[method-assign]
    os.fsync = deadly(os.fsync)
    small_version(folder, 2)
    os._exit(0)


def test_kill_at_every_write_point(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    fatal, survived = 0, False
    while not survived:
        fatal += 1 if SIZES is FULL else 2
        folder = tmp_path / str(fatal)
        small_version(folder, 1)
        child = context.Process(target=_publish_and_die, args=(folder, fatal))
        child.start()
        child.join()
        survived = child.exitcode == 0
        opened = open_publication(folder)
        numbers = {opened.definition("X")["number"], opened.passport("X")["number"]}
        assert numbers in ({1}, {2})
        assert opened.version == f"{numbers.pop():04d}"
        small_version(folder, 3)  # and the next publication goes through
        assert open_publication(folder).definition("X")["number"] == 3
    assert fatal > 10


def _read_until(folder: Path, stop, torn) -> None:  # type: ignore[no-untyped-def]
    while not stop.is_set():
        opened = open_publication(folder)
        numbers = {opened.definition("X")["number"], opened.passport("X")["number"]}
        if len(numbers) != 1:
            torn.value += 1


def test_readers_during_publications(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    small_version(tmp_path, 1)
    stop, torn = context.Event(), context.Value("i", 0)
    readers = [context.Process(target=_read_until, args=(tmp_path, stop, torn)) for _ in range(8)]
    for reader in readers:
        reader.start()
    for number in range(2, 22):
        small_version(tmp_path, number)
    stop.set()
    for reader in readers:
        reader.join(timeout=20)
    assert [reader.exitcode for reader in readers] == [0] * 8
    assert torn.value == 0
    assert current_version(tmp_path) == "0021"
