"""The read-only API: the same selections as the pages, described by OpenAPI 3.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE, departements, parents, regions
from labsante.web import files
from labsante.web.content import Content
from labsante.web.documents import JSON, Document
from labsante.web.pages import indicator as indicator_page
from labsante.web.state import language_of
from labsante.web.themes import theme_of


def _document(value: Any) -> Document:
    return Document(json.dumps(value, ensure_ascii=False, separators=(",", ":")), JSON)


def _head(content: Content) -> dict[str, Any]:
    return {
        "publication": content.publication.version,
        "as_of": content.as_of,
        "origin": str(content.manifest.get("origin") or ""),
    }


def indicators(content: Content, query: Mapping[str, str]) -> Document:
    """Every indicator: id, title, unit, theme, periods, levels, address of its data."""
    language = language_of(query)
    out = []
    for summary in content.summaries:
        indicator = content.indicator(summary.id)
        out.append(
            {
                "id": summary.id,
                "title": summary.title(language),
                "theme": theme_of(summary),
                "unit": indicator.text("unit", language),
                "type": str(indicator.definition.get("type") or ""),
                "direction": str(indicator.definition.get("direction") or ""),
                "version": str(indicator.definition.get("version") or ""),
                "periods": list(indicator.periods),
                "levels": list(indicator.levels),
                "data": f"/api/v1/indicators/{summary.id}/data",
                "page": f"/indicateurs/{summary.id}",
            }
        )
    return _document({**_head(content), "indicators": out})


def indicator(content: Content, _query: Mapping[str, str], id: str) -> Document:
    """One indicator: its definition, its passport, the codes of its dimensions."""
    found = content.indicator(id)
    return _document(
        {
            **_head(content),
            "definition": found.definition,
            "passport": found.passport,
            "dimensions": {
                "period": list(found.periods),
                "sex": list(found.sexes),
                "age": list(found.ages),
                "level": list(found.levels),
            },
            "rows": found.cube.rows,
        }
    )


def data(content: Content, query: Mapping[str, str], id: str) -> Document:
    """The figures of a view: same parameters and same rows as the page's table."""
    return indicator_page.as_json(content, query, id)


def schema(content: Content, _query: Mapping[str, str], id: str) -> Document:
    """The Table Schema of an indicator's CSV."""
    return _document(files.table_schema(content.indicator(id)))


def territories(content: Content, _query: Mapping[str, str]) -> Document:
    """France, the 18 régions and 101 départements, with their parents."""
    out = [{"code": FRANCE, "name": "France", "level": "FRA", "parent": None}]
    for region in regions():
        out.append({"code": region.territory, "name": region.name, "level": "REG",
                    "parent": FRANCE})  # fmt: skip
    for departement in departements():
        code = departement.territory
        out.append({"code": code, "name": departement.name, "level": "DEP",
                    "parent": parents()[code]})  # fmt: skip
    return _document({**_head(content), "territories": out})
