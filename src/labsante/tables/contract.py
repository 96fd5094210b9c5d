"""The contract of an intermediate table: what a reader may rely on, checked as it is loaded.

A table is a pair of files in ``models/``: ``NAME.sql``, one SELECT in the subset, and
``NAME.toml``, its contract. A third file, ``NAME.account.sql``, is its account (see
:mod:`labsante.tables.account`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from labsante.base.errors import DefinitionError
from labsante.base.texts import Text

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TYPE = re.compile(r"BIGINT|VARCHAR|DATE|DECIMAL\((?:[1-9]|[12]\d|3[0-8]),(?:\d|[12]\d|3[0-8])\)")


class Kind(StrEnum):
    """How a table is cut into partitions, and so what is rebuilt when an input changes.

    ``full`` one partition ``all``; ``yearly`` one a year, replaced whole; ``by_flux`` one a flux
    month, never touched by a later flux; ``by_care_month`` one a month of care, rebuilt when a
    flux month brings rows for it.
    """

    FULL = "full"
    YEARLY = "yearly"
    BY_FLUX = "by_flux"
    BY_CARE_MONTH = "by_care_month"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its SQL type, what it means, where it comes from, what to beware of."""

    name: str
    type: str
    label: Text
    source: str
    unit: str = ""
    rule: Text | None = None
    bias: Text | None = None
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Keyed:
    """A lookup input of which only the rows whose keys occur elsewhere count as an input.

    ``columns`` of the input are matched with ``as_columns`` of the relation ``occurs_in``.
    """

    columns: tuple[str, ...]
    occurs_in: str
    as_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputRule:
    """What a contract says of one input: the years it looks back, the rows that count."""

    years_back: int = 0
    keyed: Keyed | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The whole contract of one table. ``internal`` tables are steps, not for users."""

    name: str
    kind: Kind
    driver: str
    title: Text
    grain: Text
    policy: Text
    key: tuple[str, ...]
    order: tuple[str, ...]
    columns: tuple[Column, ...]
    internal: bool = False
    one_row_per_person: bool = False
    period_column: str | None = None
    inputs: Mapping[str, InputRule] | None = None

    @property
    def schema(self) -> list[tuple[str, str]]:
        """``(column, type)`` in order."""
        return [(column.name, column.type) for column in self.columns]

    def column(self, name: str) -> Column:
        """One column; raises DefinitionError with the nearest name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise _unknown(f"column {name}", name, [c.name for c in self.columns], self.name)

    def input_rule(self, name: str) -> InputRule:
        """The rule of one input; the default one when the contract says nothing."""
        return (self.inputs or {}).get(name, InputRule())

    def structure(self) -> dict[str, Any]:
        """What changes the rows or the bytes: the part of a contract that a recipe takes."""
        rules = {
            name: [rule.years_back, rule.keyed and [*rule.keyed.columns, *rule.keyed.as_columns]]
            for name, rule in sorted((self.inputs or {}).items())
        }
        return {
            "kind": self.kind.value,
            "key": list(self.key),
            "order": list(self.order),
            "schema": [list(pair) for pair in self.schema],
            "period_column": self.period_column,
            "inputs": rules,
        }


_TOP = {
    "name",
    "kind",
    "driver",
    "title",
    "grain",
    "policy",
    "key",
    "order",
    "columns",
    "internal",
    "one_row_per_person",
    "period_column",
    "inputs",
}
_COLUMN = {"type", "label", "source", "unit", "rule", "bias", "nullable"}
_INPUT = {"years_back", "keyed"}
_KEYED = {"columns", "occurs_in", "as"}


def read_contract(text: str, where: str) -> Contract:
    """Read one contract; raises DefinitionError with the place, the reason and a hint."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError("not valid TOML", where=where, why=str(error)) from None
    _only(document, _TOP, where)
    for required in ("name", "kind", "title", "grain", "policy", "key", "columns"):
        if required not in document:
            raise DefinitionError(f"{required} is missing", where=where)
    name = document["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DefinitionError("a table's name is lower-case letters", where=where)
    kinds = [kind.value for kind in Kind]
    if document["kind"] not in kinds:
        raise _unknown("kind", str(document["kind"]), kinds, where)
    columns = tuple(
        _column(column, value, f"{where} [columns] {column}")
        for column, value in document["columns"].items()
    )
    names = [column.name for column in columns]
    key = _names(document["key"], names, f"{where} key")
    order = _names(document.get("order", document["key"]), names, f"{where} order")
    if not set(key) <= set(order):
        raise DefinitionError(
            "the order does not end in the key",
            where=where,
            why="files are written in a total order, so that their bytes are always the same",
            hint="append the columns of the key to order",
        )
    period = document.get("period_column")
    if period is not None:
        _names([period], names, f"{where} period_column")
    kind = Kind(document["kind"])
    driver = document.get("driver", "")
    if kind is not Kind.FULL and not driver:
        raise DefinitionError(
            "driver is missing",
            where=where,
            why="the partitions of a table are those of one of its inputs",
            hint='driver = "er_prs_f", or driver = "years_of_data"',
        )
    return Contract(
        name=name,
        kind=kind,
        driver=driver,
        title=Text.of(document["title"], f"{where} title"),
        grain=Text.of(document["grain"], f"{where} grain"),
        policy=Text.of(document["policy"], f"{where} policy"),
        key=key,
        order=order,
        columns=columns,
        internal=document.get("internal", False),
        one_row_per_person=document.get("one_row_per_person", False),
        period_column=period,
        inputs={
            relation: _input(value, f"{where} [inputs.{relation}]")
            for relation, value in document.get("inputs", {}).items()
        },
    )


def _column(name: str, value: Any, where: str) -> Column:
    if not isinstance(value, dict):
        raise DefinitionError("a column is a table of keys", where=where)
    _only(value, _COLUMN, where)
    for required in ("type", "label", "source"):
        if required not in value:
            raise DefinitionError(f"{required} is missing", where=where)
    if not _NAME.fullmatch(name):
        raise DefinitionError("a column's name is lower-case letters", where=where)
    if not _TYPE.fullmatch(value["type"]):
        raise DefinitionError(
            f"type {value['type']} is not one of the Lab's",
            where=where,
            hint="BIGINT, VARCHAR, DATE or DECIMAL(p,s): no DOUBLE in a line table",
        )
    return Column(
        name=name,
        type=value["type"],
        label=Text.of(value["label"], f"{where}.label"),
        source=value["source"],
        unit=value.get("unit", ""),
        rule=Text.of(value["rule"], f"{where}.rule") if "rule" in value else None,
        bias=Text.of(value["bias"], f"{where}.bias") if "bias" in value else None,
        nullable=value.get("nullable", True),
    )


def _input(value: dict[str, Any], where: str) -> InputRule:
    _only(value, _INPUT, where)
    keyed = value.get("keyed")
    if keyed is None:
        return InputRule(value.get("years_back", 0))
    _only(keyed, _KEYED, f"{where} keyed")
    if set(keyed) != _KEYED or len(keyed["columns"]) != len(keyed["as"]):
        raise DefinitionError(
            "keyed takes columns, occurs_in and as, of the same length", where=where
        )
    rows = Keyed(tuple(keyed["columns"]), keyed["occurs_in"], tuple(keyed["as"]))
    return InputRule(value.get("years_back", 0), rows)


def _names(value: Any, known: list[str], where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise DefinitionError("a list of column names is needed", where=where)
    for name in value:
        if name not in known:
            raise _unknown(f"column {name}", str(name), known, where)
    return tuple(value)


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise _unknown(f"unknown key {key}", key, sorted(known), where)


def _unknown(what: str, name: str, known: list[str], where: str) -> DefinitionError:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return DefinitionError(what, where=where, hint=hint)
