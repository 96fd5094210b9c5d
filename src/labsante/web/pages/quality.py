"""Data quality and disclosure control, from the publication's own report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.web import formats
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.rendering import Page, render
from labsante.web.state import language_of
from labsante.web.words import level_name


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
        disclosure=content.publication.disclosure(),
        suppression=suppression(content, language),
    )


def checks(quality: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    """The checks of the report, whatever details it gives."""
    out = []
    for check in quality.get("checks") or []:
        title = check.get("title") or check.get("explanation") or check.get("name") or ""
        if isinstance(title, Mapping):
            title = title.get(language) or title.get("fr") or ""
        out.append(
            {
                "name": str(check.get("name") or check.get("id") or ""),
                "title": str(title),
                "severity": str(check.get("severity") or ""),
                "outcome": str(check.get("outcome") or check.get("status") or ""),
                "table": str(check.get("table") or ""),
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
