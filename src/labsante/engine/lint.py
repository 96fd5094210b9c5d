"""The linter: what the subset does not allow is refused, with the owned function to use."""

from __future__ import annotations

from labsante.engine.query import Query


def lint(query: Query) -> None:
    """Raise ONE DefinitionError that lists every construct outside the subset."""
