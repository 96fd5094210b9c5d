"""The read-only API: the same selections as the pages, described by OpenAPI 3.1."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pyarrow.parquet as pq

from labsante.snds.territories import FRANCE, departements, parents, regions
from labsante.web import files
from labsante.web.content import Content, Summary
from labsante.web.documents import JSON, Document
from labsante.web.pages import indicator as indicator_page
from labsante.web.state import language_of
from labsante.web.themes import theme_name, theme_of

PARQUET = "application/vnd.apache.parquet"
# Figures are open once their controller has cleared them, which publishing does.
LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"


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
        indicator = content.totals(summary.id)
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


def data_csv(content: Content, query: Mapping[str, str], id: str) -> Document:
    """The figures of a view as CSV; ``format=tableur`` for French spreadsheets."""
    return indicator_page.as_csv(content, query, id)


def data_parquet(content: Content, _query: Mapping[str, str], id: str) -> Document:
    """Every published row of an indicator, all periods and territories, as Parquet."""
    content.indicator(id)
    out = io.BytesIO()
    pq.write_table(content.publication.table(id), out, compression="zstd")
    name = f'attachment; filename="{id}-{content.publication.version}.parquet"'
    return Document(out.getvalue(), PARQUET, headers={"Content-Disposition": name})


def catalogue(content: Content, _query: Mapping[str, str]) -> Document:
    """The catalogue as DCAT in JSON-LD: one dataset an indicator, one distribution a format."""
    datasets = [_dataset(content, summary) for summary in content.summaries]
    value = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": "/catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": "Lab Santé",
        "dct:description": "Indicateurs de santé des territoires",
        "dct:language": "fr",
        "dcat:dataset": datasets,
    }
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Document(body, "application/ld+json; charset=utf-8")


_FORMATS = {
    "text/csv": ".csv",
    "application/json": ".json",
    "application/vnd.apache.parquet": "/data.parquet",
}


def _dataset(content: Content, summary: Summary) -> dict[str, Any]:
    page = f"/indicateurs/{summary.id}"
    definition = summary.definition
    distributions = []
    for media, suffix in _FORMATS.items():
        address = f"/api/v1/indicators/{summary.id}{suffix}" if "/" in suffix else page + suffix
        distributions.append(
            {
                "@id": f"{address}#distribution",
                "@type": "dcat:Distribution",
                "dct:title": media.split("/")[-1],
                "dcat:mediaType": media,
                "dcat:downloadURL": {"@id": address},
                "dct:license": {"@id": LICENCE},
            }
        )
    value: dict[str, Any] = {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:identifier": summary.id,
        "dct:title": summary.title("fr"),
        "dct:description": content.localised(summary, "definition", "fr"),
        "dcat:keyword": [theme_name(theme_of(summary), "fr"), summary.id],
        "dct:modified": str(definition.get("reviewed") or ""),
        "dct:accrualPeriodicity": "P1M" if definition.get("period_kind") == "month" else "P1Y",
        "dcat:version": str(definition.get("version") or ""),
        "dct:publisher": "Lab Santé",
        "dct:conformsTo": {"@id": f"/api/v1/indicators/{summary.id}/schema"},
        "dcat:landingPage": {"@id": page},
        "dcat:distribution": distributions,
    }
    return value


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
