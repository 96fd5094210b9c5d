"""The command line's frame: help, examples, exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import typer.main


def labsante(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labsante", *arguments], capture_output=True, text=True, check=False
    )


def test_an_unknown_command_is_a_usage_error() -> None:
    assert labsante("recieve").returncode == 2


def test_no_workspace_is_a_configuration_error_without_a_traceback(tmp_path: object) -> None:
    done = labsante("--workspace", f"{tmp_path}/nothing", "receive", "raw")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "init" in done.stderr


def test_every_command_has_an_example_in_its_help() -> None:
    frame = importlib.import_module("labsante.cli.main")
    frame.register()
    group = typer.main.get_command(frame.app)
    without = []

    def visit(command: object, path: str) -> None:
        children = getattr(command, "commands", None)
        if children:
            for name, child in children.items():
                visit(child, f"{path} {name}")
        elif "Example: labsante" not in (getattr(command, "help", "") or ""):
            without.append(path)

    visit(group, "labsante")
    assert without == []


@pytest.mark.parametrize("arguments", [("doctor",), ("version",)])
def test_commands_that_need_no_workspace_answer_without_one(arguments: tuple[str, ...]) -> None:
    assert labsante("--workspace", "/nonexistent", *arguments).returncode == 0


def test_the_list_of_commands_is_true_of_every_family() -> None:
    """Only the called family is imported: a command missing from the list would not be found."""
    frame = importlib.import_module("labsante.cli.main")
    for family, commands in frame.FAMILIES.items():
        alone = typer.Typer()
        importlib.import_module(f"labsante.cli.{family}").register(alone)
        brought = {command.name for command in alone.registered_commands}
        brought |= {group.name for group in alone.registered_groups}
        assert brought == set(commands), family
