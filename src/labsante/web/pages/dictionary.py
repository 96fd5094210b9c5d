"""The dictionary: indicators, raw tables, variables, and one search over them all."""

from __future__ import annotations

from collections.abc import Mapping

from labsante.snds import raw_tables
from labsante.snds.territories import territory_names
from labsante.web import dictionary
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.rendering import Page, render
from labsante.web.search import matches, needles, search_indicators
from labsante.web.state import UnknownPageError, language_of
from labsante.web.themes import by_theme, theme_name
from labsante.web.words import choose, fold, message

_PRODUCTS = {
    "DCIR": ("Soins de ville remboursés (DCIR)", "Reimbursed community care (DCIR)"),
    "REFERENTIAL": ("Référentiels", "Referentials"),
    "PMSI-MCO": ("Hôpital, court séjour (PMSI-MCO)", "Hospital, acute care (PMSI-MCO)"),
    "PMSI-SSR": ("Hôpital, soins de suite (PMSI-SMR)", "Hospital, rehabilitation (PMSI-SMR)"),
    "PMSI-HAD": ("Hospitalisation à domicile (PMSI-HAD)", "Hospital at home (PMSI-HAD)"),
    "PMSI-RIM-P": ("Psychiatrie (RIM-P)", "Psychiatry (RIM-P)"),
    "CEPIDC": ("Causes de décès (CépiDc)", "Causes of death (CépiDc)"),
}


def product_name(product: str, language: str) -> str:
    """The part of the SNDS a table belongs to, in words."""
    french, english = _PRODUCTS.get(product, (product, product))
    return choose(language, french, english)


def page(content: Content, query: Mapping[str, str]) -> Document:
    """Indicators by theme with their definitions, then the tables by product."""
    language = language_of(query)
    words = Page(language, "/dictionnaire", dict(query), content)
    themes = [
        (
            theme_name(key, language),
            [(s, content.localised(s, "definition", language)) for s in group],
        )
        for key, group in by_theme(content.summaries)
    ]
    products: dict[str, list[object]] = {}
    for table in raw_tables():
        products.setdefault(product_name(table.product, language), []).append(table)
    return render("dictionary.html", words, themes=themes, products=list(products.items()))


def table(content: Content, query: Mapping[str, str], name: str) -> Document:
    """A raw table: its key and its variables."""
    found = dictionary.tables().get(name.upper())
    if found is None:
        raise UnknownPageError("table", name)
    language = language_of(query)
    words = Page(language, f"/dictionnaire/{found.name}", dict(query), content)
    return render(
        "table.html",
        words,
        table=found,
        product=product_name(found.product, language),
        readers=dictionary.indicators_that_read(content, found.name),
    )


def variable(content: Content, query: Mapping[str, str], name: str, column: str) -> Document:
    """A variable: its label, its type and why, its years, where else it is."""
    found = dictionary.tables().get(name.upper())
    if found is None:
        raise UnknownPageError("table", name)
    own = next((c for c in found.columns if c.name == column.upper()), None)
    if own is None:
        raise UnknownPageError("variable", column)
    language = language_of(query)
    words = Page(language, f"/dictionnaire/{found.name}/{own.name}", dict(query), content)
    return render(
        "variable.html",
        words,
        table=found,
        column=own,
        elsewhere=[t for t in dictionary.tables_with(own.name) if t.name != found.name],
        is_key=own.name in found.key,
    )


def search(content: Content, query: Mapping[str, str]) -> Document:
    """One search: indicators, territories, tables, variables, with counts."""
    language = language_of(query)
    asked = query.get("q", "").strip()[:100]
    words = Page(language, "/recherche", dict(query), content)
    wanted = needles(asked) if asked else []
    indicators = search_indicators(content, asked) if asked else []
    territories = [
        (code, name) for code, name in territory_names().items()
        if wanted and matches(fold(f"{code} {name}"), wanted)
    ]  # fmt: skip
    tables = dictionary.find_tables(wanted) if wanted else []
    variables = dictionary.find_variables(asked, wanted) if wanted else []
    total = len(indicators) + len(territories) + len(tables) + len(variables)
    return render(
        "search.html",
        words,
        asked=asked,
        indicators=indicators,
        territories=territories,
        tables=tables,
        variables=variables[: dictionary.LISTED],
        variables_found=len(variables),
        nothing=message("no_result", language, query=asked) if asked and not total else "",
    )
