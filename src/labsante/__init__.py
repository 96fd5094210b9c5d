"""Lab Santé: raw SNDS deliveries become clean tables, indicators, models and safe publications.

The public entry point of the library is :func:`labsante.open`.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labsante.api import Lab

try:
    __version__ = version("labsante")
except PackageNotFoundError:  # a bare source tree, not installed
    __version__ = "0+unknown"


def open(root: str | Path) -> Lab:
    """Open a laboratory: ``labsante.open("lab").table("stay")``. See :mod:`labsante.api`."""
    # Imported here: the command line must start without the engine.
    from labsante.api import open_lab

    return open_lab(root)


__all__ = ["__version__", "open"]
