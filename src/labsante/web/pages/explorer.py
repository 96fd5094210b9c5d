"""The explorer: the catalogue by facets, and two indicators set against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labsante.web import formats
from labsante.web.charts.scatter import Pair, scatter
from labsante.web.charts.svg import NARROW, WIDE, Chart
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.figures import DEPARTEMENT, REGION
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, language_of, read_view
from labsante.web.themes import THEMES, theme_name, theme_of
from labsante.web.words import choose, level_name, message, territory_name

_TYPES = {
    "proportion": ("Proportion", "Proportion"),
    "rate": ("Taux", "Rate"),
    "ratio": ("Rapport", "Ratio"),
    "mean": ("Moyenne", "Mean"),
    "delay": ("Délai", "Delay"),
    "curve": ("Courbe", "Curve"),
    "sql": ("Calcul libre", "Free computation"),
}


def page(content: Content, query: Mapping[str, str]) -> Document:
    """Catalogue, then the comparison of ``?x=`` and ``?y=`` where both are given."""
    language = language_of(query)
    words = Page(language, "/explorer", dict(query), content)
    theme, level = query.get("theme", ""), query.get("niveau") or REGION
    if theme and theme not in THEMES:
        raise ParameterError("theme", theme, tuple(THEMES))
    if level not in (REGION, DEPARTEMENT):
        raise ParameterError("niveau", level, (REGION, DEPARTEMENT))
    pair = _pair(content, query, language, level)
    return render(
        "explorer.html",
        words,
        catalogue=catalogue(content, theme, language),
        themes=[("", choose(language, "Tous", "All"))]
        + [(key, theme_name(key, language)) for key in THEMES],
        theme=theme,
        level=level,
        levels=[(v, level_name(v, language).capitalize()) for v in (REGION, DEPARTEMENT)],
        indicators=[(s.id, s.title(language)) for s in content.summaries],
        x=query.get("x", ""),
        y=query.get("y", ""),
        pair=pair,
    )


def catalogue(content: Content, theme: str, language: str) -> list[dict[str, Any]]:
    """One line an indicator, with what an expert sorts by."""
    out = []
    for summary in content.summaries:
        if theme and theme_of(summary) != theme:
            continue
        definition = summary.definition
        french, english = _TYPES.get(str(definition.get("type")), ("", ""))
        sense = str(definition.get("direction") or "neutral")
        out.append(
            {
                "id": summary.id,
                "title": summary.title(language),
                "theme": theme_name(theme_of(summary), language),
                "type": choose(language, french, english),
                "direction": message(f"direction_{sense}", language)
                if sense in ("higher", "lower", "neutral")
                else "",
                "reviewed": str(definition.get("reviewed") or ""),
                "version": str(definition.get("version") or ""),
            }
        )
    return out


def _pair(
    content: Content, query: Mapping[str, str], language: str, level: str
) -> dict[str, Any] | None:
    ids = [query.get(key, "") for key in ("x", "y")]
    if not all(ids):
        return None
    known = tuple(summary.id for summary in content.summaries)
    for key, id in zip(("x", "y"), ids, strict=True):
        if id not in known:
            raise ParameterError(key, id, known)
    selections = [
        Selection(content.totals(id), read_view(content.totals(id), {"langue": language}))
        for id in ids
    ]
    codes = sorted(set(_codes(selections[0], level)) & set(_codes(selections[1], level)))
    pairs = [
        Pair(territory_name(code), code, a, b)
        for code in codes
        if (a := selections[0].at(code)).value is not None
        and (b := selections[1].at(code)).value is not None
    ]
    correlation = rank_correlation(
        [p.x.value or 0.0 for p in pairs], [p.y.value or 0.0 for p in pairs]
    )
    decimals = [s.indicator.decimals for s in selections]
    return {
        "selections": selections,
        "titles": [s.indicator.text("title", language) for s in selections],
        "charts": [_chart(selections, pairs, width) for width in (WIDE, NARROW)],
        "correlation": "" if correlation is None else formats.number(correlation, 2, language),
        "count": len(pairs),
        "rows": [
            {
                "code": p.code,
                "name": p.name,
                "x": formats.number(p.x.value or 0.0, decimals[0], language),
                "y": formats.number(p.y.value or 0.0, decimals[1], language),
                "x_interval": selections[0].interval_text(p.x),
                "y_interval": selections[1].interval_text(p.y),
            }
            for p in pairs
        ],
    }


def _codes(selection: Selection, level: str) -> list[str]:
    return [code for code in selection.indicator.territories if code.startswith(level)]


def _chart(selections: list[Selection], pairs: list[Pair], width: int) -> Chart:
    language = selections[0].view.language
    titles = [s.indicator.text("title", language) for s in selections]
    return scatter(
        pairs,
        id=f"x{width}",
        width=width,
        title=choose(language, f"{titles[0]} et {titles[1]}", f"{titles[0]} and {titles[1]}"),
        description=choose(
            language,
            f"{len(pairs)} territoires, un point chacun, avec leurs intervalles à 95 %.",
            f"{len(pairs)} territories, one point each, with their 95% intervals.",
        ),
        x_label=titles[0],
        y_label=titles[1],
        tick=lambda value, decimals: formats.number(value, decimals, language),
    )


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Spearman's rank correlation, ties at their mean rank; None below five pairs."""
    if len(xs) < 5:
        return None
    a, b = _ranks(xs), _ranks(ys)
    mean = (len(xs) + 1) / 2
    above = sum((i - mean) * (j - mean) for i, j in zip(a, b, strict=True))
    spread = (sum((i - mean) ** 2 for i in a) * sum((j - mean) ** 2 for j in b)) ** 0.5
    return above / spread if spread else None


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[order[place]] = (start + end) / 2 + 1
        start = end + 1
    return ranks
