"""lab.toml: every key documented, every slip named."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsante.base.errors import ConfigurationError
from labsante.base.workspace import LabConfig, config_text, init_workspace, open_workspace


def test_a_new_workspace_has_the_defaults_and_init_is_safe_to_repeat(tmp_path: Path) -> None:
    first = init_workspace(tmp_path / "lab", buckets=4)
    assert first.config.storage.buckets == 4
    assert init_workspace(tmp_path / "lab", buckets=8).config.storage.buckets == 4


def test_every_key_of_every_section_is_written_in_the_file() -> None:
    text = config_text()
    for section in LabConfig.__dataclass_fields__:
        assert f"[{section}]" in text
        for key in getattr(LabConfig(), section).__dataclass_fields__:
            assert f"\n{key} = " in text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[engine]\nthread = 2", "did you mean engine.threads?"),
        ("[engines]\nthreads = 2", "did you mean engine?"),
        ('[engine]\nthreads = "2"', "engine.threads must be int"),
        ("[engine]\nthreads = true", "engine.threads must be int"),
        ("[engine", "not valid TOML"),
    ],
)
def test_a_slip_in_lab_toml_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "lab.toml").write_text(line)
    with pytest.raises(ConfigurationError) as caught:
        open_workspace(tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path / "lab.toml") in str(caught.value)


def test_a_folder_that_is_no_workspace_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="init"):
        open_workspace(tmp_path)


def test_buckets_are_a_power_of_two(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="power of two"):
        init_workspace(tmp_path / "lab", buckets=3)
