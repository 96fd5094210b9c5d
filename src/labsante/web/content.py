"""What the site reads: the current publication, its indicators, kept within a bound of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsante.publication import Publication, open_publication
from labsante.web.figures import ALL, Cube, Indicator, localised
from labsante.web.state import UnknownPageError

CUBES_IN_MEMORY = 80_000_000  # bytes


@dataclass(frozen=True)
class Summary:
    """An indicator without its rows: enough for lists and search."""

    id: str
    definition: Mapping[str, Any]

    def title(self, language: str) -> str:
        """Its name."""
        return localised(self.definition.get("title"), language) or self.id

    @property
    def theme(self) -> str:
        """Its theme, as the definition writes it; else the first part of its id."""
        return str(self.definition.get("theme") or self.id.split("-")[0])


class Content:
    """One version of the publication, as the site uses it."""

    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Indicator] = OrderedDict()
        self._totals: dict[str, Indicator] = {}

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest of the version."""
        return self.publication.manifest

    @property
    def synthetic(self) -> bool:
        """Whether the figures come from an invented population."""
        return self.manifest.get("origin") == "synthetic"

    @property
    def as_of(self) -> str:
        """Until when the data were received."""
        return str(self.manifest.get("as_of") or "")

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """Every indicator of the version, by id."""
        return tuple(
            Summary(id, self.publication.definition(id)) for id in self.publication.indicators()
        )

    @cached_property
    def _by_id(self) -> dict[str, Summary]:
        return {summary.id: summary for summary in self.summaries}

    def localised(self, summary: Summary, key: str, language: str) -> str:
        """A bilingual text of an indicator's definition, without reading its figures."""
        return localised(summary.definition.get(key), language)

    def indicator(self, id: str) -> Indicator:
        """An indicator with its figures; raises UnknownPageError (404)."""
        if id not in self._by_id:
            raise UnknownPageError("indicateur", id)
        with self._lock:
            if id in self._kept:
                self._kept.move_to_end(id)
                return self._kept[id]
        made = Indicator(
            id,
            self._by_id[id].definition,
            self.publication.passport(id),
            Cube(self.publication.table(id, keep=False)),
        )
        pa.default_memory_pool().release_unused()
        with self._lock:
            self._kept[id] = made
            while len(self._kept) > 1 and self._held() > CUBES_IN_MEMORY:
                self._kept.popitem(last=False)
        return made

    def totals(self, id: str) -> Indicator:
        """An indicator's figures for all ages and sexes together, kept for good: they are small.

        Pages that show every indicator at once read these, never the whole cubes.
        """
        if id not in self._by_id:
            raise UnknownPageError("indicateur", id)
        known = self._totals.get(id)
        if known is None:
            table = self.publication.table(id, keep=False)
            both = pc.and_(pc.equal(table["sex"], ALL), pc.equal(table["age"], ALL))
            kept = table.filter(both)
            known = Indicator(
                id,
                self._by_id[id].definition,
                self.publication.passport(id),
                Cube(kept if kept.num_rows else table),
            )
            self._totals[id] = known
        return known

    def warm(self) -> None:
        """Read the totals of every indicator, so that no reader waits for them."""
        for summary in self.summaries:
            self.totals(summary.id)
        pa.default_memory_pool().release_unused()

    def _held(self) -> int:
        return sum(indicator.cube.size for indicator in self._kept.values())


class Source:
    """Opens the publication's folder; gives new content as soon as a new version is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._content: Content | None = None

    def content(self) -> Content:
        """The content of the current version; raises InputDataError where there is none."""
        publication = open_publication(self.folder)
        with self._lock:
            if self._content is None or self._content.publication is not publication:
                self._content = Content(publication)
                threading.Thread(target=self._content.warm, daemon=True).start()
            return self._content
