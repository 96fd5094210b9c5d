"""Data quality and disclosure control, from the publication's own report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.web import formats
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.figures import localised
from labsante.web.rendering import Page, render
from labsante.web.state import language_of
from labsante.web.words import choose, level_name


def page(content: Content, query: Mapping[str, str]) -> Document:
    """Freshness, checks, suppression by indicator and level."""
    language = language_of(query)
    words = Page(language, "/qualite", dict(query), content)
    quality = content.publication.quality()
    return render(
        "quality.html",
        words,
        quality=quality,
        checks=checks(quality, language),
        freshness=freshness(quality, language),
        disclosure=content.publication.disclosure(),
        suppression=suppression(content, language),
    )


_OUTCOMES = {
    "passed": ("✓ réussi", "✓ passed"),
    "failed": ("✗ en échec", "✗ failed"),
    "warning": ("! alerte", "! warning"),
    "reported": ("signalé", "reported"),
    "not applicable": ("sans objet", "not applicable"),
}
_SEVERITIES = {
    "blocking": ("bloquant", "blocking"),
    "warning": ("alerte", "warning"),
    "report": ("pour information", "for information"),
}
_FAMILIES = {
    "structure": ("Structure", "Structure"),
    "referential": ("Référentiels", "Referentials"),
    "completeness": ("Complétude", "Completeness"),
    "identity": ("Identité", "Identity"),
    "chaining": ("Chaînage", "Chaining"),
    "conformance": ("Conformité", "Conformance"),
    "temporal": ("Dates", "Dates"),
    "plausibility": ("Vraisemblance", "Plausibility"),
}


def checks(quality: Mapping[str, Any], language: str) -> list[tuple[str, list[dict[str, str]]]]:
    """The checks of the report by family; those that did not pass come first."""
    groups: dict[str, list[dict[str, str]]] = {}
    order = list(_OUTCOMES)
    wanted = ["failed", "warning", "reported", "passed", "not applicable"]
    found = sorted(
        quality.get("checks") or [],
        key=lambda c: wanted.index(c["outcome"]) if c.get("outcome") in order else 0,
    )
    for check in found:
        family = str(check.get("family") or "")
        groups.setdefault(_word(_FAMILIES, family, language), []).append(
            {
                "name": str(check.get("name") or check.get("id") or ""),
                "title": localised(check.get("title"), language),
                "why": localised(check.get("why"), language),
                "severity": _word(_SEVERITIES, str(check.get("severity") or ""), language),
                "outcome": _word(_OUTCOMES, str(check.get("outcome") or ""), language),
                "table": str(check.get("table") or ""),
                "protects": ", ".join(check.get("disqualifies") or []),
            }
        )
    return list(groups.items())


def _word(words: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    french, english = words.get(key, (key, key))
    return choose(language, french, english)


def freshness(quality: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    """How complete each month of care is expected to be, latest first, one year."""
    months = [m for m in quality.get("freshness") or [] if m.get("completeness") is not None]
    out = []
    for month in sorted(months, key=lambda m: str(m.get("care_month")), reverse=True)[:12]:
        share = formats.number(100 * float(month["completeness"]), 0, language)
        out.append(
            {
                "month": formats.period(str(month.get("care_month")), language),
                "share": formats.with_unit(share, "%", language),
                "fluxes": formats.integer(int(month.get("fluxes_seen") or 0), language),
            }
        )
    return out


def suppression(content: Content, language: str) -> list[dict[str, Any]]:
    """Share of results withheld, by indicator and level, from the passports."""
    out = []
    for summary in content.summaries:
        control = content.publication.passport(summary.id).get("disclosure") or {}
        shares = control.get("suppressed_share_by_level") or {}
        cells = {
            level: formats.with_unit(
                formats.number(100 * float(shares[level]), 1, language), "%", language
            )
            if shares.get(level) is not None
            else "–"
            for level in ("FRA", "REG", "DEP")
        }
        out.append({"id": summary.id, "title": summary.title(language), "cells": cells})
    return out


def levels(language: str) -> list[str]:
    """Headings of the levels."""
    return [level_name(level, language) for level in ("FRA", "REG", "DEP")]
