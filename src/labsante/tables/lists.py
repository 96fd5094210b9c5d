"""Code lists that belong to the tables themselves."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def duplicate_finess() -> tuple[str, ...]:
    """Sites whose stays were also sent by their legal entity until 2017."""
    text = (files("labsante.tables") / "data" / "duplicate_finess.csv").read_text("utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(row.split(",")[0] for row in rows[1:])
