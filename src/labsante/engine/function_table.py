"""What an owned function is: a row of data, never code that runs on rows.

A function is defined by integer arithmetic on year, month and day, by exact decimals, or by
characters; never by an engine's own idea of an age or of a rounding. Its templates give the
same values on every engine; the grids of the spec tests hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from labsante.base.texts import Text

Dialect = Literal["duckdb", "spark", "oracle"]
DIALECTS: tuple[Dialect, ...] = ("duckdb", "spark", "oracle")

#: The types that the subset knows. ``PREDICATE`` is a condition: it stands in WHERE, ON or CASE,
#: and is never a column. ``CONSTANT`` is a text literal that picks a template.
ValueType = Literal[
    "BIGINT", "DECIMAL", "NUMBER", "VARCHAR", "DATE", "ANY", "PREDICATE", "CONSTANT"
]

Value = object


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name in the signature and in the templates, and its type."""

    name: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Example:
    """One call and its result, as they stand in the reference page; checked on every engine."""

    arguments: tuple[Value, ...]
    result: Value


@dataclass(frozen=True)
class Function:
    """One owned function.

    ``templates`` maps a dialect to SQL text where ``{name}`` stands for an argument (already in
    parentheses where it needs them). ``variants`` maps a dialect to templates picked by the
    value of the one CONSTANT argument. ``version`` grows when a value may change: it is part of
    every recipe that calls the function.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: ValueType
    label: Text
    rule: Text
    examples: tuple[Example, ...]
    templates: dict[Dialect, str]
    variants: dict[str, dict[Dialect, str]] | None = None
    returned_type: str = ""
    #: Shorter templates, for calls whose arguments after the first are whole literals from 1 up.
    literal_templates: dict[Dialect, str] | None = None
    version: int = 1

    @cached_property
    def signature(self) -> str:
        """``age_at(birth_date DATE, date DATE) -> BIGINT``."""
        inside = ", ".join(
            f"{p.name} {'text literal' if p.type == 'CONSTANT' else p.type}"
            for p in self.parameters
        )
        return f"{self.name}({inside}) -> {self.returned_type or self.returns}"

    @cached_property
    def constant(self) -> int | None:
        """The place of the argument that must be a text literal, if there is one."""
        places = [i for i, p in enumerate(self.parameters) if p.type == "CONSTANT"]
        return places[0] if places else None

    def template(
        self, dialect: Dialect, constant: str | None = None, *, literal: bool = False
    ) -> str:
        """The SQL template for a dialect; KeyError where the constant names no variant."""
        if literal and self.literal_templates is not None:
            return self.literal_templates[dialect]
        if self.variants is not None:
            return self.variants[constant or ""][dialect]
        return self.templates[dialect]


def parameters(**types: ValueType) -> tuple[Parameter, ...]:
    """Parameters from keywords, in order."""
    return tuple(Parameter(name, kind) for name, kind in types.items())


def every(template: str) -> dict[Dialect, str]:
    """The same template on every dialect: plain SQL that means the same everywhere."""
    return dict.fromkeys(DIALECTS, template)


def engines(template: str, *, oracle: str) -> dict[Dialect, str]:
    """One template for DuckDB and Spark, another for Oracle."""
    return {"duckdb": template, "spark": template, "oracle": oracle}
