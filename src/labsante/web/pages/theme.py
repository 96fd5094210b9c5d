"""A theme as a list: each indicator with France, the spread of the régions, and the trend."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labsante.snds.territories import FRANCE
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.pages.territory import Entry, row
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import language_of, read_view
from labsante.web.themed import of_theme
from labsante.web.themes import theme_name
from labsante.web.words import choose

# Address → themes, question in French, in English.
THEMES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "/pathologies": (
        ("pathologies",),
        "Comment évoluent les maladies, et où ?",
        "How do conditions change, and where?",
    ),
    "/parcours": (
        ("parcours", "recours"),
        "Les parcours de soins se passent-ils comme prévu ?",
        "Do care pathways go as they should?",
    ),
    "/mortalite": (("mortalite",), "De quoi et où meurt-on ?", "What do people die of, and where?"),
    "/financement": (
        ("financement",),
        "Combien coûtent les soins, et qui les paie ?",
        "What does care cost, and who pays?",
    ),
    "/acces": (("acces", "handicap"), "Qui accède aux soins ?", "Who has access to care?"),
}


def page_of(path: str) -> Callable[[Content, Mapping[str, str]], Document]:
    """The page function of a theme."""
    themes, french, english = THEMES[path]

    def page(content: Content, query: Mapping[str, str]) -> Document:
        language = language_of(query)
        words = Page(language, path, dict(query), content)
        heading = choose(language, french, english)
        found = of_theme(content, *themes)
        if not found:
            return render("theme_empty.html", words, heading=heading)
        rows = []
        for summary in found:
            indicator = content.totals(summary.id)
            view = read_view(indicator, {"territoire": FRANCE, "langue": language})
            rows.append(row(Entry(summary, Selection(indicator, view)), language))
        return render(
            "theme.html", words, heading=heading, theme=theme_name(themes[0], language), rows=rows
        )

    return page
