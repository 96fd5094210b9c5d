"""Files: the old one or the new one, never a half."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from labsante.base.errors import ResourceError
from labsante.base.files import (
    TEMPORARY_PREFIX,
    canonical_json,
    replacing,
    sweep_temporary,
    write_text,
)


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("ne")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_says_where_and_how_much(tmp_path: Path) -> None:
    with pytest.raises(ResourceError) as caught, replacing(tmp_path / "file"):
        raise OSError(errno.ENOSPC, "no space")
    assert caught.value.exit_code == 14
    assert str(tmp_path / "file") in str(caught.value)
    assert "bytes free" in str(caught.value)


def test_what_a_dead_process_left_is_swept_and_a_living_one_is_spared(tmp_path: Path) -> None:
    (tmp_path / f"{TEMPORARY_PREFIX}999999999-x").touch()
    (tmp_path / f"{TEMPORARY_PREFIX}1-x").touch()
    assert sweep_temporary(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == [f"{TEMPORARY_PREFIX}1-x"]


def test_canonical_json_does_not_depend_on_order() -> None:
    assert (
        canonical_json({"b": 1, "a": "é"})
        == canonical_json({"a": "é", "b": 1})
        == '{"a":"é","b":1}'
    )
