"""Obligatory pages, and the page of data and API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.rendering import Page, render
from labsante.web.state import language_of
from labsante.web.words import choose

# Address → template, heading in French, in English.
PAGES: dict[str, tuple[str, str, str]] = {
    "/accessibilite": (
        "accessibilite",
        "Déclaration d’accessibilité",
        "Accessibility statement",
    ),
    "/mentions-legales": ("mentions", "Mentions légales", "Legal notice"),
    "/donnees-personnelles": (
        "personnelles",
        "Données personnelles et cookies",
        "Personal data and cookies",
    ),
    "/plan": ("plan", "Plan du site", "Site map"),
    "/api": ("api", "Données et API", "Data and API"),
}


def page_of(path: str) -> Callable[[Content, Mapping[str, str]], Document]:
    """The page function of an address."""
    name, french, english = PAGES[path]

    def page(content: Content, query: Mapping[str, str]) -> Document:
        language = language_of(query)
        words = Page(language, path, dict(query), content)
        return render("prose.html", words, name=name, heading=choose(language, french, english))

    return page
