"""Progress of long work, on the error stream, so that ``--json`` output stays clean."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)


class Reporter(Protocol):
    """What long work calls as it goes on."""

    def step(self, label: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of ``label`` are finished."""

    def note(self, text: str) -> None:
        """A line worth reading; never a value from a row."""


class Silent:
    """Reports nothing: tests and programs."""

    def step(self, label: str, done: int, total: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class Plain:
    """One line a step and a percentage change of ten: logs and pipes."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._started: dict[str, float] = {}

    def step(self, label: str, done: int, total: int) -> None:
        """Print at the start, every tenth, and at the end."""
        tenth = 10 * done // total if total else 10
        self._started.setdefault(label, time.monotonic())
        if self._last.get(label) != tenth:
            self._last[label] = tenth
            seconds = time.monotonic() - self._started[label]
            print(f"  {label}: {done}/{total} ({seconds:.1f} s)", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Print the line."""
        print(f"  {text}", file=sys.stderr, flush=True)


class Bars:
    """Bars in a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, int] = {}

    def step(self, label: str, done: int, total: int) -> None:
        """Move the bar of ``label``."""
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=total)
        task = self._progress.tasks[self._tasks[label]].id
        self._progress.update(task, completed=done, total=total)

    def note(self, text: str) -> None:
        """Print the line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False)


@contextmanager
def reporting(quiet: bool = False) -> Iterator[Reporter]:
    """The reporter that fits the place: bars in a terminal, lines in a log, or nothing."""
    if quiet:
        yield Silent()
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Plain()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)
