"""Errors that a user can act on, and the exit codes they carry.

Every error says what went wrong, where, why, and what to do. Exit codes are an interface:
2 usage, 3 configuration, 10 input data, 11 definition, 12 permission, 13 check failed,
14 resources.
"""

from __future__ import annotations

from typing import ClassVar


class LabError(Exception):
    """The root of every error that the Lab raises on purpose.

    ``what`` is one sentence; ``where`` a place a person can open (file, line, column);
    ``why`` the rule that was broken; ``hint`` what to do next. None of the four may hold a
    value read from an individual row.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.why:
            parts.append(f"Why: {self.why}")
        if self.hint:
            parts.append(f"What to do: {self.hint}")
        return "\n".join(parts)

    def as_dict(self) -> dict[str, str | int]:
        """The same facts for a program (``--json``)."""
        return {
            "error": type(self).__name__,
            "exit_code": self.exit_code,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "hint": self.hint,
        }


class UsageError(LabError):
    """The command was called with words that do not fit."""

    exit_code = 2


class ConfigurationError(LabError):
    """``lab.toml`` or the environment cannot be used as it is."""

    exit_code = 3


class InputDataError(LabError):
    """A delivery cannot be received."""

    exit_code = 10


class DefinitionError(LabError):
    """A definition (table, indicator, condition) is wrong."""

    exit_code = 11


class NotAllowedError(LabError):
    """The account may not do this."""

    exit_code = 12


class CheckFailedError(LabError):
    """A check that guards the next step has failed."""

    exit_code = 13


class ResourceError(LabError):
    """Disk, memory or temporary space ran out; names the path and the bytes needed."""

    exit_code = 14
