"""Checks as data: one TOML table a rule, run once a value of ``each``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from labsante.base.errors import DefinitionError
from labsante.base.texts import Text

Severity = Literal["blocking", "warning", "report"]
_FILES = ("structural.toml", "values.toml", "linkage.toml", "features.toml")
_KEYS = {
    "title", "why", "family", "severity", "tables", "each", "disqualifies",
    "rows", "population", "max_share",
}  # fmt: skip
FAMILIES = (
    "structure", "conformance", "completeness", "plausibility", "temporal",
    "referential", "identity", "chaining",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One check, ready to run.

    ``rows`` selects the violating rows, ``population`` counts what they are compared with, and
    the check holds while violations ≤ ``max_share`` × population. ``disqualifies`` names the
    intermediate tables whose figures fall with it.
    """

    id: str
    variant: str
    title: Text
    why: Text
    family: str
    severity: Severity
    tables: tuple[str, ...]
    disqualifies: tuple[str, ...]
    rows: str
    population: str
    max_share: float

    @property
    def name(self) -> str:
        """``Q02`` or ``Q02:ER_PHA_F``."""
        return f"{self.id}:{self.variant}" if self.variant else self.id


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in the order of the rules; raises DefinitionError naming a wrong rule."""
    return tuple(check for name in _FILES for check in read_rules(_text(name), name))


def read_rules(text: str, where: str) -> Iterator[Check]:
    """The checks of one TOML text."""
    for rule, fields in tomllib.loads(text).items():
        place = f"{where} [{rule}]"
        unknown = set(fields) - _KEYS
        missing = _KEYS - {"each"} - set(fields)
        if unknown or missing:
            raise DefinitionError(
                f"unknown keys {sorted(unknown)}, missing keys {sorted(missing)}", where=place
            )
        if fields["severity"] not in ("blocking", "warning", "report"):
            raise DefinitionError("severity is blocking, warning or report", where=place)
        if fields["family"] not in FAMILIES:
            raise DefinitionError(f"family is one of {', '.join(FAMILIES)}", where=place)
        for values in _values(fields.get("each", {})):
            yield _check(rule, fields, values, place)


def _values(each: Mapping[str, list[str]] | list[dict[str, str]]) -> list[dict[str, str]]:
    if isinstance(each, list):
        return each
    if not each:
        return [{}]
    ((name, values),) = each.items()
    return [{name: value} for value in values]


def _check(rule: str, fields: dict[str, Any], values: dict[str, str], place: str) -> Check:
    def fill(text: str) -> str:
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    title, why = Text.of(fields["title"], place), Text.of(fields["why"], place)
    return Check(
        id=rule,
        variant=_variant(values),
        title=Text(fill(title.fr), fill(title.en)),
        why=Text(fill(why.fr), fill(why.en)),
        family=fields["family"],
        severity=fields["severity"],
        tables=tuple(fill(table) for table in fields["tables"]),
        disqualifies=tuple(fields["disqualifies"]),
        rows=fill(fields["rows"]).strip(),
        population=fill(fields["population"]).strip(),
        max_share=float(fill(str(fields["max_share"]))),
    )


def _variant(values: dict[str, str]) -> str:
    shown = [values[key] for key in ("table", "column", "year_from", "year", "what_en")
             if key in values]  # fmt: skip
    return ".".join(shown)


def _text(name: str) -> str:
    return (files("labsante.quality") / "rules" / name).read_text("utf-8")
