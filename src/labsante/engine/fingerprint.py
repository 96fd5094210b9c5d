"""What a recipe takes of the engine: a query's canonical text, and what could change values."""

from __future__ import annotations

from importlib.metadata import version

from labsante.base.files import sha256_json
from labsante.engine.code_lists import CodeList
from labsante.engine.dialects import READ
from labsante.engine.engine import Engine
from labsante.engine.functions import versions
from labsante.engine.query import Query

#: Grows when the subset or the way a query is written gives other values for the same text.
SUBSET_VERSION = 1
_PACKAGES = {"duckdb": "duckdb", "spark": "pyspark"}


def canonical(query: Query) -> str:
    """One text for one meaning: comments, spacing, case of keywords and names taken out.

    The aliases, the order of the clauses and the literals stay: they may change a result.
    """
    return READ().generate(query.tree, comments=False, pretty=False, normalize=True)


def function_versions(query: Query) -> str:
    """A digest of the definitions of the owned functions that the query calls."""
    return versions(query.functions)


def code_list_digest(code_list: CodeList) -> str:
    """A digest of what a code list takes: its order does not count."""
    return sha256_json([sorted(set(code_list.include)), sorted(set(code_list.exclude))])


def semantic_profile(engine: Engine | str) -> str:
    """What, beside the query, decides of values and bytes: engine, version, subset.

    Takes an engine, or its name (``duckdb``, ``spark``) when none needs to be started.
    """
    name = engine if isinstance(engine, str) else engine.name
    release = version(_PACKAGES[name]) if isinstance(engine, str) else engine.version
    return f"{name} {release}; subset {SUBSET_VERSION}; sqlglot {version('sqlglot')}"
