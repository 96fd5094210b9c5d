"""The dictionary: indicators, and the tables of the source."""

from __future__ import annotations

from collections.abc import Mapping

from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.rendering import Page, render
from labsante.web.state import language_of
from labsante.web.themes import by_theme, theme_name


def page(content: Content, query: Mapping[str, str]) -> Document:
    """Indicators by theme, each with its definition."""
    language = language_of(query)
    words = Page(language, "/dictionnaire", dict(query), content)
    themes = [
        (
            theme_name(key, language),
            [(summary, content.indicator(summary.id).text("definition", language))
             for summary in group],
        )
        for key, group in by_theme(content.summaries)
    ]  # fmt: skip
    return render("dictionary.html", words, themes=themes)
