"""Lab Santé: raw SNDS deliveries become clean tables, indicators, models and safe publications.

The public entry point of the library is :func:`labsante.open`.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("labsante")
except PackageNotFoundError:  # a bare source tree, not installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
