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
from labsante.web.compare import gap_in_people
from labsante.web.content import Content
from labsante.web.documents import CSV, JSON, SVG, Document
from labsante.web.figures import REGION, level_of
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


def people_sentence(selection: Selection) -> str:
    """The gap in people, an order of magnitude; empty where it has no meaning."""
    language = selection.view.language
    if selection.view.standardised or selection.view.territory == FRANCE:
        return ""
    people = gap_in_people(
        selection.chosen, selection.france, str(selection.indicator.definition.get("type"))
    )
    if people is None:
        return ""
    return message(
        "sentence_people",
        language,
        people=formats.integer(abs(people), language),
        people_word=choose(language, "personnes", "people"),
        more=choose(language, "plus" if people > 0 else "moins", "more" if people > 0 else "fewer"),
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


def understanding(selection: Selection) -> dict[str, Any]:
    """The block « Comprendre cet indicateur »."""
    indicator, language = selection.indicator, selection.view.language
    sense = direction(indicator)
    return {
        "definition": indicator.text("definition", language),
        "why": indicator.text("why", language),
        "direction": message(f"direction_{sense}", language),
        "limits": indicator.texts("limits", language),
        "source": indicator.text("source", language),
        "unit": indicator.text("unit", language),
        "method": indicator.text("interval_method", language),
        "standard": indicator.text("standard", language),
        "version": str(indicator.definition.get("version") or ""),
        "reviewed": str(indicator.definition.get("reviewed") or ""),
        "next_review": str(indicator.definition.get("next_review") or ""),
        "toml": str(indicator.definition.get("toml") or ""),
        "sql": queries(selection),
        "passport": passport_lines(indicator.passport, language),
        "command": str(indicator.passport.get("command") or ""),
        "references": references(selection),
        "breaks": indicator.texts("breaks", language),
        "exclusions": indicator.texts("exclusions", language),
        "target": target_line(selection),
        "people": people_sentence(selection),
        "range": indicator_charts.range_sentence(selection),
    }


def references(selection: Selection) -> list[str]:
    """Published figures to compare with: value, period, who says it."""
    indicator, language = selection.indicator, selection.view.language
    out = []
    for item in indicator.definition.get("references") or []:
        if not isinstance(item, Mapping) or item.get("value") is None:
            continue
        value = float(item["value"])
        decimals = max(indicator.decimals, len(repr(value).rstrip("0").partition(".")[2]))
        text = formats.with_unit(
            formats.number(value, decimals, language), selection.unit, language
        )
        place = territory_name(str(item.get("territory") or FRANCE))
        when = formats.period(str(item.get("period") or ""), language)
        out.append(
            ", ".join(part for part in (text, place, when, str(item.get("who") or "")) if part)
        )
    return out


def target_line(selection: Selection) -> str:
    """The target, in the indicator's unit; empty without one."""
    value = selection.indicator.definition.get("target")
    if value is None:
        return ""
    language, number = selection.view.language, float(value)
    decimals = 0 if number.is_integer() else selection.indicator.decimals
    return formats.with_unit(formats.number(number, decimals, language), selection.unit, language)


def badge(selection: Selection) -> tuple[str, str]:
    """What the data checks say of this indicator: a level and its words."""
    checks = selection.indicator.passport.get("checks") or {}
    language = selection.view.language
    for key, level in (("disqualified_by", "fragile"), ("warned_by", "watch")):
        names = checks.get(key) or []
        if names:
            return level, message(f"badge_{level}", language, checks=", ".join(map(str, names)))
    if not checks.get("passed"):
        return "watch", message("badge_unknown", language)
    return "good", message("badge_good", language)


def passport_lines(passport: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """The passport in words: what a reader needs to find the same figure again."""
    checks = passport.get("checks") or {}
    disclosure = passport.get("disclosure") or {}
    inputs = passport.get("inputs") or []
    tables = passport.get("tables") or []
    lists = passport.get("code_lists") or []

    def names(items: Any, key: str) -> str:
        return ", ".join(sorted({str(item.get(key)) for item in items}))

    return [
        (choose(language, "Empreinte de la définition", "Hash of the definition"),
         str(passport.get("definition_hash") or "")),
        (choose(language, "Listes de codes", "Code lists"),
         ", ".join(f"{c.get('name')} ({c.get('version')})" for c in lists)),
        (choose(language, "Tables sources", "Source tables"), names(inputs, "table")),
        (choose(language, "Partitions lues", "Partitions read"),
         formats.integer(len(inputs), language)),
        (choose(language, "Tables intermédiaires", "Intermediate tables"), names(tables, "name")),
        (choose(language, "Moteur", "Engine"), str(passport.get("engine") or "")),
        (choose(language, "Version du laboratoire", "Version of the laboratory"),
         str(passport.get("labsante") or "")),
        (choose(language, "Données reçues jusqu’à", "Data received up to"),
         formats.period(str(passport.get("as_of") or ""), language)),
        (choose(language, "Contrôles", "Checks"),
         choose(language,
                f"{checks.get('passed', 0)} réussis, {checks.get('failed', 0)} en échec,"
                f" {checks.get('warnings', 0)} alertes",
                f"{checks.get('passed', 0)} passed, {checks.get('failed', 0)} failed,"
                f" {checks.get('warnings', 0)} warnings")),
        (choose(language, "Secret statistique", "Disclosure control"),
         disclosure_words(disclosure, language)),
    ]  # fmt: skip


def disclosure_words(disclosure: Mapping[str, Any], language: str) -> str:
    """What protects the figures, in words; the exact method is in the passport of the API."""
    threshold = disclosure.get("threshold")
    if not threshold:
        return ""
    least = formats.integer(int(threshold), language)
    return choose(
        language,
        f"aucun effectif non nul sous {least}, ni ce qui permettrait de le retrouver ;"
        " l’ensemble publié est audité",
        f"no count above zero under {least}, nor what would reveal it; the published set is"
        " audited",
    )


_SQL_PARTS = {
    "population": "Population",
    "denominator": "Dénominateur",
    "numerator": "Numérateur",
    "cells": "Cellules",
    "measure": "Mesure",
}


def queries(selection: Selection) -> list[dict[str, str]]:
    """The SQL of the definition, each part named in the page's language."""
    out = []
    for part in selection.indicator.definition.get("sql") or []:
        title = str(part.get("title") or "")
        name, _, dialect = title.partition(" (")
        if selection.view.language == "fr" and name in _SQL_PARTS:
            title = _SQL_PARTS[name] + (f" ({dialect}" if dialect else "")
        out.append({"title": title, "text": str(part.get("text") or "")})
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
