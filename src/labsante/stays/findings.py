"""What an audit says of a column."""

from __future__ import annotations

from dataclasses import dataclass

LEAK, WARNING = "leak", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: which check, which column ("" for the whole table), how grave, how much."""

    check: str
    column: str
    level: str
    figure: float | None
    why: str
