"""``python -m labsante``: the command line."""

from __future__ import annotations

from labsante.cli.main import main

if __name__ == "__main__":
    main()
