"""The command line: the only room, with the site and the demo, that sees every other."""

from labsante.cli.main import main

__all__ = ["main"]
