"""Named code lists: one TOML file each, prefixes with their validity, and where they come from.

A list names what a definition counts: ``antidiabetics`` is every ATC code under ``A10`` but
``A10BX06``. Codes are prefixes without dot. Old codes of a molecule stay in the list beside the
new one, with the years in which they were in use: a list filtered on today's codes finds nothing
on old data, silently.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from labsante.base.errors import DefinitionError
from labsante.base.files import sha256_json
from labsante.base.texts import Text

SYSTEMS = ("ATC", "ICD10", "CCAM", "GHM", "NABM", "LPP", "PRS_NAT", "UCD", "SPECIALITY", "NATURE")
_KEYS = {"name", "title", "system", "source", "include", "exclude", "former", "reviewed"}


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A prefix and the years in which it was in use (None: without limit on that side)."""

    prefix: str
    first_year: int | None = None
    last_year: int | None = None

    def valid_in(self, year: int) -> bool:
        """Whether the code was in use at some time of ``year``."""
        after = self.first_year is None or year >= self.first_year
        before = self.last_year is None or year <= self.last_year
        return after and before


@dataclass(frozen=True, slots=True)
class NamedCodeList:
    """A list of prefixes of one code system, less the excluded prefixes."""

    name: str
    title: Text
    system: str
    source: str
    entries: tuple[CodeEntry, ...]
    exclude: tuple[str, ...]
    reviewed: str

    @property
    def include(self) -> tuple[str, ...]:
        """Every prefix, of all years."""
        return tuple(entry.prefix for entry in self.entries)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change when a code of the list changes."""
        return self.digest[:12]

    @property
    def digest(self) -> str:
        """SHA-256 of the system, the prefixes and their years."""
        entries = [[e.prefix, e.first_year, e.last_year] for e in self.entries]
        return sha256_json([self.name, self.system, entries, list(self.exclude)])

    def holds(self, code: str) -> bool:
        """Whether a code belongs to the list: the plain reference of ``code_in``."""
        return _takes(self.include, code) and not _takes(self.exclude, code)


def _takes(codes: tuple[str, ...], code: str) -> bool:
    """Prefixes, or whole codes where the first character is ``=``."""
    return any(
        code == item[1:] if item.startswith("=") else code.startswith(item) for item in codes
    )


@cache
def code_lists() -> dict[str, NamedCodeList]:
    """Every code list of the house by name; raises DefinitionError on a wrong file."""
    folder = files("labsante.conditions") / "code_lists"
    lists: dict[str, NamedCodeList] = {}
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if path.name.endswith(".toml"):
            for parsed in read_code_lists(path.read_text("utf-8"), path.name):
                if parsed.name in lists:
                    raise DefinitionError(f"code list {parsed.name} twice", where=path.name)
                lists[parsed.name] = parsed
    return lists


def read_code_lists(text: str, where: str) -> list[NamedCodeList]:
    """Read a file of ``[[list]]`` tables; raises DefinitionError naming the list."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError("not valid TOML", where=where, why=str(error)) from None
    unknown = set(document) - {"list"}
    if unknown:
        raise DefinitionError(
            f"unknown key {min(unknown)}", where=where, hint="a file holds [[list]] tables only"
        )
    return [_one(table, where) for table in document.get("list", [])]


def _one(table: Mapping[str, Any], where: str) -> NamedCodeList:
    place = f"{where}: list {table.get('name', '?')}"
    unknown = set(table) - _KEYS
    if unknown:
        raise DefinitionError(
            f"unknown key {min(unknown)}", where=place, hint=f"known: {', '.join(sorted(_KEYS))}"
        )
    if table.get("system") not in SYSTEMS:
        raise DefinitionError(
            "unknown code system", where=place, hint=f"one of {', '.join(SYSTEMS)}"
        )
    entries = [CodeEntry(prefix) for prefix in _texts(table.get("include", []), place)]
    for former in table.get("former", []):
        for prefix in _texts(former.get("include", []), place):
            entries.append(CodeEntry(prefix, former.get("first_year"), former.get("last_year")))
    if not entries:
        raise DefinitionError("a code list without a code", where=place)
    return NamedCodeList(
        name=str(table["name"]),
        title=Text.of(table.get("title"), f"{place}: title"),
        system=str(table["system"]),
        source=str(table.get("source", "")),
        entries=tuple(entries),
        exclude=tuple(_texts(table.get("exclude", []), place)),
        reviewed=str(table.get("reviewed", "")),
    )


def _texts(value: object, place: str) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return list(value)
    raise DefinitionError("codes are a list of texts", where=place)
