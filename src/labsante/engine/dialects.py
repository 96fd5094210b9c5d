"""The four dialects of sqlglot that the engine uses: one it reads, three it writes.

sqlglot is imported by this room alone. The dialect that is read knows only the functions of the
subset: every other name becomes an anonymous call, which the linter refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect
from sqlglot.dialects.dialect import NormalizationStrategy
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.oracle import Oracle
from sqlglot.dialects.spark import Spark
from sqlglot.generator import Generator as SqlglotGenerator
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.generators.oracle import OracleGenerator
from sqlglot.generators.spark import SparkGenerator
from sqlglot.parser import Parser as SqlglotParser

from labsante.engine.function_table import Dialect
from labsante.engine.functions import FUNCTIONS

#: Functions of standard SQL that mean the same on every engine.
PLAIN_FUNCTIONS = (
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "COALESCE",
    "NULLIF",
    "ABS",
    "ROW_NUMBER",
    "RANK",
    "DENSE_RANK",
    "LAG",
    "LEAD",
)


class Owned(exp.Expression, exp.Func):
    """A call of an owned function; ``this`` is its name, ``expressions`` its arguments."""

    arg_types = {"this": True, "expressions": False}  # noqa: RUF012
    is_var_len_args = True


class Verbatim(exp.Expression, exp.Condition):
    """SQL text that the engine wrote itself and that goes out as it is."""

    arg_types = {"this": True}  # noqa: RUF012


def _owned(name: str) -> Callable[[list[Any]], Owned]:
    def build(arguments: list[Any]) -> Owned:
        return Owned(this=name, expressions=list(arguments))

    return build


def _call_owned(generator: Any, node: Owned) -> str:
    return f"{node.this}({generator.expressions(node, flat=True)})"


class LabsanteModel(SqlglotDialect):
    """What model files are written in."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    NULL_ORDERING = "nulls_are_last"

    class Parser(SqlglotParser):
        """Knows the subset's functions and no other."""

        FUNCTIONS = {  # noqa: RUF012
            **{name: SqlglotParser.FUNCTIONS[name] for name in PLAIN_FUNCTIONS},
            **{name.upper(): _owned(name) for name in FUNCTIONS},
        }
        FUNCTION_PARSERS = {  # noqa: RUF012
            name: parser
            for name, parser in SqlglotParser.FUNCTION_PARSERS.items()
            if name in ("CAST", "TRY_CAST", "EXTRACT")
        }

    class Generator(SqlglotGenerator):
        """Writes a model as a person would: the canonical text."""

        TRANSFORMS = {**SqlglotGenerator.TRANSFORMS, Owned: _call_owned}  # noqa: RUF012


def _write_owned(dialect: Dialect) -> Callable[[Any, Owned], str]:
    def write(generator: Any, node: Owned) -> str:
        function = FUNCTIONS[node.this]
        constant = None
        values = {}
        for parameter, argument in zip(function.parameters, node.expressions, strict=True):
            if parameter.type == "CONSTANT":
                constant = argument.this
                continue
            text = generator.sql(argument)
            if not isinstance(argument, (exp.Column, exp.Literal, exp.Paren, exp.Null, Owned)):
                text = f"({text})"
            values[parameter.name] = text
        literal = all(_is_positive(argument) for argument in node.expressions[1:])
        return function.template(dialect, constant, literal=literal).format(**values)

    return write


def _is_positive(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_int and int(node.this) >= 1


def _write_verbatim(_: Any, node: Verbatim) -> str:
    return str(node.this)


def _without_select(transforms: dict[Any, Any]) -> dict[Any, Any]:
    """Drop the rewriting of SELECT: it walks the whole tree for what the subset does not have."""
    return {kind: write for kind, write in transforms.items() if kind is not exp.Select}


class LabsanteDuckdb(DuckDB):
    """DuckDB, with the owned functions."""

    class Generator(DuckDBGenerator):
        """Writes owned functions from their templates."""

        TRANSFORMS = {  # noqa: RUF012
            **_without_select(DuckDBGenerator.TRANSFORMS),
            Owned: _write_owned("duckdb"),
            Verbatim: _write_verbatim,
        }


class LabsanteSpark(Spark):
    """Spark, with the owned functions."""

    class Generator(SparkGenerator):
        """Writes owned functions from their templates."""

        TRANSFORMS = {  # noqa: RUF012
            **_without_select(SparkGenerator.TRANSFORMS),
            Owned: _write_owned("spark"),
            Verbatim: _write_verbatim,
        }


class LabsanteOracle(Oracle):
    """Oracle, with the owned functions, for a person to paste."""

    class Generator(OracleGenerator):
        """Writes owned functions from their templates."""

        TRANSFORMS = {  # noqa: RUF012
            **_without_select(OracleGenerator.TRANSFORMS),
            Owned: _write_owned("oracle"),
            Verbatim: _write_verbatim,
        }


READ = LabsanteModel
WRITE: dict[Dialect, type[SqlglotDialect]] = {
    "duckdb": LabsanteDuckdb,
    "spark": LabsanteSpark,
    "oracle": LabsanteOracle,
}
