"""Writes the generated reference pages; ``--check`` fails when one is not current.

A generator is a function without arguments that returns the whole text of a page.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"

# page -> "module:function"
PAGES: dict[str, str] = {
    "reference/tables.md": "labsante.tables.reference_page:page",
    "reference/indicators.md": "labsante.indicators.reference_page:page",
    "reference/quality-checks.md": "labsante.quality.reference_page:page",
    "reference/raw-tables.md": "labsante.snds.reference_page:page",
}


def page(generator: str) -> str:
    """The text that a generator gives today."""
    module, function = generator.split(":")
    return str(getattr(importlib.import_module(module), function)())


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` compare; returns the exit code."""
    stale = []
    for name, generator in PAGES.items():
        path, text = DOCS / name, page(generator)
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if "--check" in arguments:
            stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"written: docs/{name}")
    if stale:
        print(f"not current: {', '.join(stale)}. Run: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
