"""The SQL subset: parse, lint, render, run. sqlglot and the engines live behind this door."""

from __future__ import annotations

from labsante.engine.code_lists import CodeList
from labsante.engine.engine import Engine, open_engine
from labsante.engine.fingerprint import (
    canonical,
    code_list_digest,
    function_versions,
    semantic_profile,
)
from labsante.engine.function_table import DIALECTS, Dialect
from labsante.engine.lineage import all_lineage, lineage
from labsante.engine.lint import lint
from labsante.engine.query import Query, parse
from labsante.engine.render import ParameterValue, render
from labsante.engine.typecheck import check_types

__all__ = [
    "DIALECTS",
    "CodeList",
    "Dialect",
    "Engine",
    "ParameterValue",
    "Query",
    "all_lineage",
    "canonical",
    "check_types",
    "code_list_digest",
    "function_versions",
    "lineage",
    "lint",
    "open_engine",
    "parse",
    "render",
    "semantic_profile",
]
