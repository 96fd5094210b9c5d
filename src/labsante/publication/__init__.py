"""The only door: immutable versions of safe results, and a reader that opens nothing else."""

from labsante.publication.reader import Publication, Row, open_publication

__all__ = ["Publication", "Row", "open_publication"]
