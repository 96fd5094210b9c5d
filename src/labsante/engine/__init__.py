"""The SQL subset: parse, lint, render, run. sqlglot and the engines live behind this door."""

from __future__ import annotations

from labsante.engine.code_lists import CodeList
from labsante.engine.engine import Engine, open_engine
from labsante.engine.function_table import Dialect
from labsante.engine.lint import lint
from labsante.engine.query import Query, parse
from labsante.engine.render import render

__all__ = [
    "CodeList",
    "Dialect",
    "Engine",
    "Query",
    "lint",
    "open_engine",
    "parse",
    "render",
]
