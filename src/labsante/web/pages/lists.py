"""Home, the list of indicators, the list of territories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE, departements, territory_names
from labsante.web import formats
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.rendering import Page, render
from labsante.web.search import search_indicators
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, language_of, read_view
from labsante.web.themes import by_theme, theme_name
from labsante.web.words import (
    choose,
    collation_key,
    departement_choices,
    message,
    region_choices,
    status_text,
)


def home(content: Content, query: Mapping[str, str]) -> Document:
    """Three questions, the 18 agencies, the indicators by theme."""
    page = Page(language_of(query), "/", dict(query), content)
    themes = [
        (theme_name(key, page.language), summaries)
        for key, summaries in by_theme(content.summaries)
    ]
    return render(
        "home.html",
        page,
        regions=region_choices(),
        departements=departement_choices(),
        themes=themes,
    )


def national_line(content: Content, id: str, language: str) -> dict[str, Any]:
    """An indicator with its latest value for France."""
    indicator = content.totals(id)
    selection = Selection(indicator, read_view(indicator, {"langue": language}))
    figure = selection.france
    return {
        "id": id,
        "title": indicator.text("title", language),
        "period": formats.period(selection.view.period, language),
        "value": selection.value_text(figure) or status_text(figure.status, language),
        "interval": selection.interval_text(figure),
    }


def indicators(content: Content, query: Mapping[str, str]) -> Document:
    """Every indicator by theme, or those that match ``q``."""
    page = Page(language_of(query), "/indicateurs", dict(query), content)
    asked = query.get("q", "").strip()[:100]
    summaries = content.summaries
    if asked:
        summaries = tuple(search_indicators(content, asked))
    count = len(summaries)
    number = formats.integer(count, page.language)
    found = (
        choose(
            page.language,
            f"{number} {formats.plural(count, 'indicateur trouvé', 'indicateurs trouvés')}.",
            f"{number} {formats.plural(count, 'indicator', 'indicators', 'en')} found.",
        )
        if count
        else message("no_result", page.language, query=asked)
    )
    themes = [
        (
            theme_name(key, page.language),
            [national_line(content, summary.id, page.language) for summary in group],
        )
        for key, group in by_theme(summaries)
    ]
    return render("indicators.html", page, themes=themes, query=asked, found=found)


def territories(content: Content, query: Mapping[str, str]) -> Document:
    """Every région with its départements; ``territoire=`` leads to one of them."""
    asked = query.get("territoire", "").strip().upper()
    language = language_of(query)
    if asked:
        if asked not in territory_names():
            raise ParameterError("territoire", asked, tuple(territory_names()))
        suffix = "?langue=en" if language == "en" else ""
        return Document("", status=303, headers={"Location": f"/territoires/{asked}{suffix}"})
    page = Page(language, "/territoires", dict(query), content)
    regions = [(code, name, departements_of(code)) for code, name in region_choices()]
    return render("territories.html", page, regions=regions)


def departements_of(region: str) -> list[tuple[str, str]]:
    """Code and name of the départements of a région, or of France's régions' names."""
    if region == FRANCE:
        return region_choices()
    found = [d for d in departements() if f"REG-{d.region}" == region]
    return [(d.territory, d.name) for d in sorted(found, key=lambda d: collation_key(d.name))]
