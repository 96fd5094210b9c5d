"""Hospital: values against size, with limits that say what chance and usual variation explain."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web import formats
from labsante.web.charts.funnel import Limits, Point, funnel
from labsante.web.charts.svg import NARROW, WIDE, Chart
from labsante.web.compare import standard_error
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.indicator_charts import scope
from labsante.web.pages.indicator import sentence as indicator_sentence
from labsante.web.pages.indicator import table
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import language_of
from labsante.web.themed import choices, chosen, of_theme
from labsante.web.words import choose


def page(content: Content, query: Mapping[str, str]) -> Document:
    """The funnel of a hospital indicator."""
    language = language_of(query)
    words = Page(language, "/hopital", dict(query), content)
    found = of_theme(content, "hopital")
    heading = choose(
        language,
        "Les valeurs sortent-elles de ce que le hasard explique ?",
        "Are the values beyond what chance explains?",
    )
    selection = chosen(content, query, found)
    if selection is None:
        return render("theme_empty.html", words, heading=heading)
    limits = limits_of(selection)
    return render(
        "hospital.html",
        words,
        heading=heading,
        selection=selection,
        view=selection.view,
        title=selection.indicator.text("title", language),
        form=choices(selection, found),
        sentence=indicator_sentence(selection),
        count=count_sentence(selection),
        charts=[]
        if limits is None
        else [funnel_chart(selection, limits, width) for width in (WIDE, NARROW)],
        rows=table(selection),
        scope=scope(selection),
    )


def limits_of(selection: Selection) -> Limits | None:
    """Limits around France: the variance of one unit is the median of what intervals imply."""
    france = selection.france
    if france.value is None:
        return None
    variances = []
    for figure in selection.level.values():
        if figure.denominator and (error := standard_error(figure, france.value)):
            variances.append(error**2 * figure.denominator)
    if len(variances) < 3:
        return None
    return Limits(france.value, statistics.median(variances), selection.between)


def count_sentence(selection: Selection) -> str:
    """How many territories are above, below, beyond the usual variation."""
    language = selection.view.language
    compared = [line.comparison for line in selection.lines]
    above = sum(c.marked and c.side == "above" for c in compared)
    below = sum(c.marked and c.side == "below" for c in compared)
    return choose(
        language,
        f"Sur {len(compared)} territoires, {above} au-dessus et {below} au-dessous de la variation"
        " habituelle entre territoires.",
        f"Of {len(compared)} territories, {above} above and {below} below the usual variation"
        " between territories.",
    )


def funnel_chart(selection: Selection, limits: Limits, width: int) -> Chart:
    """The funnel of the level."""
    language = selection.view.language
    points: list[Point] = []
    for line in selection.lines:
        figure = line.figure
        if figure.value is None or not figure.denominator or line.territory == FRANCE:
            continue
        points.append(
            Point(
                line.name,
                line.territory,
                float(figure.denominator),
                figure.value,
                line.comparison.style,
                line.territory == selection.view.territory,
            )
        )
    title = selection.indicator.text("title", language)
    sizes: dict[str, Any] = {"fr": "Population ou séjours (dénominateur)",
                             "en": "Population or stays (denominator)"}  # fmt: skip
    return funnel(
        points,
        limits,
        id=f"f{width}",
        width=width,
        title=choose(language, f"Tunnel : {title}, {scope(selection)}",
                     f"Funnel: {title}, {scope(selection)}"),
        description=count_sentence(selection),
        size_label=sizes[language],
        value_label=selection.indicator.text("unit", language),
        tick=lambda value, decimals: formats.number(value, decimals, language),
    )  # fmt: skip
