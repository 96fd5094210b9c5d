"""The page of one indicator, and the same figures as files and images."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web import files, formats, indicator_charts
from labsante.web.charts.svg import NARROW, WIDE
from labsante.web.content import Content
from labsante.web.documents import CSV, JSON, SVG, Document
from labsante.web.figures import REGION, level_of
from labsante.web.pages.understanding import badge, understanding
from labsante.web.rendering import Page, asset_address, chart_style, render
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, read_view
from labsante.web.words import (
    age_name,
    bare_side,
    choose,
    departement_choices,
    direction,
    gap_unit,
    in_territory,
    judgement,
    level_name,
    message,
    region_choices,
    region_of,
    sex_name,
    side_words,
    status_symbol,
    status_text,
    territory_name,
)

FRAGILE_HALF_WIDTH = 0.30  # of the value


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A box at the top of the page."""

    label: str
    value: str
    kind: str
    note: str


def select(content: Content, id: str, query: Mapping[str, str]) -> Selection:
    """The selection an address asks for; raises UnknownPageError or ParameterError."""
    indicator = content.indicator(id)
    return Selection(indicator, read_view(indicator, query))


def page(content: Content, query: Mapping[str, str], id: str) -> Document:
    """The page of an indicator."""
    selection = select(content, id, query)
    view, indicator = selection.view, selection.indicator
    shapes = asset_address(f"carte-{view.level}.svg")
    figures = {
        "carte": [indicator_charts.map_chart(selection, width, shapes=shapes, id=f"c{width}")
                  for width in (WIDE, NARROW)],
        "evolution": [indicator_charts.trend_chart(selection, width, id=f"e{width}")
                      for width in (WIDE, NARROW)],
        "comparaison": [indicator_charts.dots_chart(selection, width, id=f"d{width}")
                        for width in (WIDE, NARROW)],
    }  # fmt: skip
    words = Page(view.language, f"/indicateurs/{id}", dict(query), content)
    return render(
        "indicator.html",
        words,
        selection=selection,
        view=view,
        indicator=indicator,
        title=indicator.text("title", view.language),
        sentence=sentence(selection),
        key_figures=key_figures(selection),
        caution=caution(selection),
        charts=figures,
        legend=indicator_charts.map_legend(selection),
        scope=indicator_charts.scope(selection),
        sentences={
            "carte": indicator_charts.range_sentence(selection),
            "evolution": indicator_charts.trend_sentence(selection),
            "comparaison": indicator_charts.dots_sentence(selection),
        },
        form=form(selection),
        understanding=understanding(selection),
        table=table(selection),
        trend=trend_table(selection),
        neighbours=[line_cells(selection, line) for line in selection.neighbours],
        links=links(selection),
        badge=badge(selection),
    )


def sentence(selection: Selection) -> str:
    """What the figures say, in words and with their interval."""
    view, language = selection.view, selection.view.language
    when = formats.period(view.period, language)
    when = choose(language, f"En {when}" if "-" not in view.period else when.capitalize(), when)
    place = in_territory(view.territory, language)
    figure = selection.chosen
    if figure.value is None:
        status = status_text(figure.status, language)
        return message("sentence_hidden", language, period=when, place=place, status=status)
    interval = selection.interval_text(figure)
    key = "sentence_value" if interval else "sentence_value_bare"
    out = message(
        key,
        language,
        period=when,
        place=place,
        value=selection.value_text(figure),
        interval=interval,
    )
    if view.territory == FRANCE or selection.france.value is None:
        return f"{out}."
    judged = judgement(selection.chosen_comparison, direction(selection.indicator), language)
    return out + message(
        "sentence_france",
        language,
        side=bare_side(selection.chosen_comparison, language),
        value=selection.value_text(selection.france),
        judgement=f", {judged}" if judged else "",
    )


def caution(selection: Selection) -> str:
    """A warning where the interval is wide."""
    figure = selection.chosen
    if not figure.has_interval or not figure.value:
        return ""
    half = ((figure.high or 0) - (figure.low or 0)) / 2 / abs(figure.value)
    if half < FRAGILE_HALF_WIDTH:
        return ""
    width = formats.number(100 * half, 0, selection.view.language)
    return message("fragile", selection.view.language, width=width)


def key_figures(selection: Selection) -> list[KeyFigure]:
    """The chosen territory, France, the gap, and the people behind it."""
    view, language = selection.view, selection.view.language
    out = [_value_box(selection, view.territory)]
    figure = selection.chosen
    if view.territory != FRANCE:
        out.append(_value_box(selection, FRANCE))
        compared = selection.chosen_comparison
        if compared.gap is not None:
            gap = formats.number(compared.gap, selection.indicator.decimals, language, sign=True)
            unit = gap_unit(selection.indicator.text("unit", language), compared.gap, language)
            out.append(
                KeyFigure(
                    choose(language, "Écart à la France", "Gap to France"),
                    formats.with_unit(gap, unit, "fr" if unit not in ("%", "‰") else language),
                    "gap",
                    f"{compared.symbol} "
                    + side_words(compared, direction(selection.indicator), language),
                )
            )
    if figure.numerator is not None and figure.denominator is not None:
        out.append(
            KeyFigure(
                choose(language, "Effectif", "Count"),
                formats.integer(figure.numerator, language),
                "persons",
                choose(language, "sur ", "out of ") + formats.integer(figure.denominator, language),
            )
        )
    return out


def _value_box(selection: Selection, territory: str) -> KeyFigure:
    figure, language = selection.at(territory), selection.view.language
    if figure.value is None:
        symbol = status_symbol(figure.status)
        return KeyFigure(
            territory_name(territory), symbol, "status", status_text(figure.status, language)
        )
    interval = selection.interval_text(figure)
    note = choose(language, f"IC 95 % : {interval}", f"95% CI: {interval}") if interval else ""
    return KeyFigure(territory_name(territory), selection.value_text(figure), "estimate", note)


def form(selection: Selection) -> dict[str, Any]:
    """The choices of the filter form."""
    indicator, language = selection.indicator, selection.view.language
    return {
        "regions": region_choices(),
        "departements": departement_choices(),
        "levels": [(level, level_name(level, language).capitalize()) for level in indicator.levels],
        "periods": [(p, formats.period(p, language)) for p in reversed(indicator.periods)],
        "sexes": [(s, sex_name(s, language)) for s in indicator.sexes],
        "ages": [(a, age_name(a, language)) for a in indicator.ages],
        "rates": [
            ("brut", choose(language, "Brut", "Crude")),
            ("std", choose(language, "Standardisé", "Standardised")),
        ]
        if indicator.has_standardised
        else [],
    }


def line_cells(selection: Selection, line: Any) -> dict[str, Any]:
    """A line of a table as text; the kinds are the template's."""
    language = selection.view.language
    figure = line.figure
    symbol = "" if figure.value is not None else status_symbol(figure.status)
    counted = figure.numerator is not None and figure.denominator is not None
    return {
        "code": line.territory,
        "name": line.name,
        "symbol": symbol,
        "status": "" if figure.value is not None else status_text(figure.status, language),
        "numerator": formats.integer(figure.numerator, language) if counted else symbol,
        "denominator": formats.integer(figure.denominator, language) if counted else symbol,
        "value": formats.number(figure.value, selection.indicator.decimals, language)
        if figure.value is not None
        else symbol,
        "interval": selection.interval_text(figure),
        "mark": line.comparison.symbol,
        "side": side_words(line.comparison, direction(selection.indicator), language),
        "chosen": line.territory == selection.view.territory,
    }


def table(selection: Selection) -> list[dict[str, Any]]:
    """France, then the level."""
    france = selection.line(FRANCE, selection.france)
    rows = [line_cells(selection, france)]
    rows[0]["mark"] = rows[0]["side"] = ""
    return rows + [line_cells(selection, line) for line in selection.lines]


def trend_table(selection: Selection) -> list[dict[str, Any]]:
    """One line a period: the chosen territory, and France."""
    language, decimals = selection.view.language, selection.indicator.decimals
    out = []
    for period in selection.indicator.periods:
        cells: dict[str, Any] = {"period": formats.period(period, language), "code": period}
        for key, territory in (("own", selection.view.territory), ("france", FRANCE)):
            figure = selection.at(territory, period)
            cells[key] = (
                formats.number(figure.value, decimals, language)
                if figure.value is not None
                else status_symbol(figure.status)
            )
            cells[f"{key}_interval"] = selection.interval_text(figure)
        out.append(cells)
    return out


def links(selection: Selection) -> dict[str, str]:
    """Addresses of the same figures in other forms, and of the same page otherwise sorted."""
    view = selection.view
    out = {
        "csv": view.address(".csv"),
        "csv_fr": view.address(".csv") + "&format=tableur",
        "json": view.address(".json"),
        "canonical": view.address(),
    }
    for chart in indicator_charts.CHARTS:
        out[f"svg_{chart}"] = view.address(".svg") + f"&graphique={chart}"
    for sort in ("valeur", "effectif", "territoire"):
        out[f"tri_{sort}"] = view.address(sort=sort)
    if level_of(view.territory) == "DEP":
        out["region"] = view.address(territory=region_of(view.territory), level=REGION)
    return out


def as_csv(content: Content, query: Mapping[str, str], id: str) -> Document:
    """The table of the page as CSV; ``format=tableur`` for French spreadsheets."""
    selection = select(content, id, query)
    form = query.get("format") or "norme"
    if form not in ("norme", "tableur"):
        raise ParameterError("format", form, ("norme", "tableur"))
    write = files.csv_french if form == "tableur" else files.csv_norm
    text = write(files.records(selection), selection.indicator.decimals)
    return Document(text, CSV, headers=_download(f"{id}-{selection.view.period}.csv"))


def as_json(content: Content, query: Mapping[str, str], id: str) -> Document:
    """The table of the page as JSON, each field with its kind."""
    selection = select(content, id, query)
    publication = {
        "version": content.publication.version,
        "donnees_jusqu_a": content.as_of,
        "origine": str(content.manifest.get("origin") or ""),
    }
    return Document(files.json_rows(selection, publication), JSON)


def as_svg(content: Content, query: Mapping[str, str], id: str) -> Document:
    """One chart of the page as a file that stands alone."""
    selection = select(content, id, query)
    name = query.get("graphique") or indicator_charts.MAP
    width = WIDE if (query.get("largeur") or "large") == "large" else NARROW
    makers = {
        indicator_charts.MAP: indicator_charts.map_chart,
        indicator_charts.TREND: indicator_charts.trend_chart,
        indicator_charts.COMPARISON: indicator_charts.dots_chart,
    }
    if name not in makers:
        raise ParameterError("graphique", name, indicator_charts.CHARTS)
    chart = makers[name](selection, width)
    markup = chart.markup(standalone_style=chart_style())
    return Document(markup, SVG, headers=svg_headers())


def svg_headers() -> dict[str, str]:
    """An image that stands alone holds its style: allowed by its hash, and nothing else is."""
    digest = base64.b64encode(hashlib.sha256(chart_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return {"Content-Security-Policy": policy}


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
