"""Reading a publication: this module opens its manifests and its objects, and no other file.

There is no SQL and no path from outside: a caller names an indicator, the manifest gives the
SHA-256 of its object, the bytes are verified before they are parsed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.errors import InputDataError, UsageError
from labsante.publication.manifests import PUBLISHED, current_version, read_manifest
from labsante.publication.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Row:
    """One published row: a figure, or the reason why there is none (``status``)."""

    period: str
    territory: str
    sex: str
    age: str
    numerator: int | None
    denominator: int | None
    value: float | None
    low95: float | None
    high95: float | None
    standardised: float | None
    standardised_low95: float | None
    standardised_high95: float | None
    status: str
    standardised_status: str


_SELECTORS = ("period", "territory", "sex", "age")


class Publication:
    """One version, read-only. Objects are read once, at first use, and never change."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self._store = ObjectStore(folder)
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Any] = {}

    @property
    def version(self) -> str:
        """The number of this version."""
        return str(self.manifest["version"])

    @cached_property
    def etag(self) -> str:
        """A short text that changes when, and only when, the content does."""
        return str(self.manifest["content_sha256"])[:16]

    def indicators(self) -> list[str]:
        """Identifiers of the published indicators, in order."""
        return sorted(self.manifest["indicators"])

    def definition(self, indicator: str) -> dict[str, Any]:
        """The definition object (contracts, section 5)."""
        return self._document(indicator, "definition")

    def passport(self, indicator: str) -> dict[str, Any]:
        """The passport object (contracts, section 5)."""
        return self._document(indicator, "passport")

    def quality(self) -> dict[str, Any]:
        """The quality report of this version; empty where there is none."""
        return self._whole("quality")

    def disclosure(self) -> dict[str, Any]:
        """The public summary of disclosure control: method, floors, shares by level."""
        return self._whole("disclosure")

    def table(self, indicator: str, *, keep: bool = True) -> pa.Table:
        """The results object as an Arrow table, sorted by period, territory, sex, age.

        ``keep=False`` reads it without holding it in memory, for who keeps a form of its own.
        """
        name = self._names(indicator)["results"]
        if not keep:
            return self._store.table(name)
        return self._keep(("table", name), lambda: self._store.table(name))

    def rows(
        self,
        indicator: str,
        *,
        period: str | None = None,
        territory: str | None = None,
        sex: str | None = None,
        age: str | None = None,
    ) -> list[Row]:
        """The rows of an indicator, all of them or those that match the given codes."""
        table = self.table(indicator)
        for column, code in zip(_SELECTORS, (period, territory, sex, age), strict=True):
            if code is not None:
                table = table.filter(pc.equal(table[column], code))
        columns = [table[name].to_pylist() for name in Row.__slots__]
        return [Row(*values) for values in zip(*columns, strict=True)]

    def codes(self, indicator: str, column: str) -> list[str]:
        """The sorted codes of ``period``, ``territory``, ``sex`` or ``age`` in an indicator."""
        if column not in _SELECTORS:
            raise UsageError("not a dimension of a results object", where=column)
        name = self._names(indicator)["results"]
        return self._keep(
            (column, name), lambda: sorted(pc.unique(self.table(indicator)[column]).to_pylist())
        )

    def _names(self, indicator: str) -> Mapping[str, str]:
        try:
            return self.manifest["indicators"][indicator]
        except (KeyError, TypeError):
            raise UsageError(
                "this indicator is not in the publication",
                hint="indicators(): the list of those that are",
            ) from None

    def _document(self, indicator: str, kind: str) -> dict[str, Any]:
        name = self._names(indicator)[kind]
        return self._keep((kind, name), lambda: self._store.json(name))

    def _whole(self, kind: str) -> dict[str, Any]:
        name = self.manifest.get(kind)
        return {} if name is None else self._keep((kind, name), lambda: self._store.json(name))

    def _keep(self, key: tuple[str, str], read: Any) -> Any:
        kept = self._kept.get(key)
        if kept is None:
            value = read()
            with self._lock:
                kept = self._kept.setdefault(key, value)
        return kept


_opened: dict[Path, Publication] = {}
_opened_lock = threading.Lock()


def open_publication(folder: Path) -> Publication:
    """The current version of a publication. Call it once a request: it is cheap, and gives
    another object as soon as ``current`` names another version.

    Raises InputDataError where nothing is published, or where the current version is not whole.
    """
    folder = Path(folder).resolve()
    version = current_version(folder)
    if version is None:
        raise InputDataError(
            "nothing is published here",
            where=str(folder),
            hint="run: labsante publish (and labsante approve, where a second person must agree)",
        )
    with _opened_lock:
        opened = _opened.get(folder)
        if opened is None or opened.version != version:
            opened = open_version(folder, version)
            if opened.manifest["state"] != PUBLISHED:
                raise InputDataError(
                    "the current version is not approved",
                    where=str(folder / version),
                    hint=f"run: labsante approve {version} --as NAME",
                )
            _opened[folder] = opened
    return opened


def open_version(folder: Path, version: str) -> Publication:
    """One version by its number, published or prepared: for comparison, never for the site."""
    return Publication(folder, read_manifest(folder, version))
