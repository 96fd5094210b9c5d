"""The dashboard of a territory: every indicator, its gap to France in points and in people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labsante.snds.territories import FRANCE, parents, territory_names
from labsante.web import files, formats, indicator_charts
from labsante.web.charts.strip import sparkline, strip
from labsante.web.compare import gap_in_people
from labsante.web.content import Content, Summary
from labsante.web.documents import CSV, JSON, Document
from labsante.web.figures import REGION, level_of
from labsante.web.pages.lists import departements_of
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, UnknownPageError, language_of, read_view
from labsante.web.themes import theme_name, theme_of
from labsante.web.words import (
    choose,
    direction,
    gap_unit,
    in_territory,
    side_words,
    status_symbol,
    status_text,
    territory_name,
)

ORDERS = ("theme", "ecart", "evolution")


@dataclass(frozen=True)
class Entry:
    """An indicator for the territory."""

    summary: Summary
    selection: Selection

    @property
    def relative_gap(self) -> float:
        """Size of the gap to France, relative; 0 where unknown."""
        return abs(self.selection.chosen_comparison.relative_gap or 0.0)

    @property
    def relative_change(self) -> float:
        """Size of the change since the period before, relative; 0 where unknown."""
        known = [
            f.value
            for f in self.selection.series(self.selection.view.territory)
            if f.value is not None
        ]
        if len(known) < 2 or not known[0]:
            return 0.0
        return abs(known[-1] / known[0] - 1)


def entries(content: Content, territory: str, language: str) -> list[Entry]:
    """Every indicator of the publication at its latest period."""
    if territory not in territory_names():
        raise UnknownPageError("territoire", territory)
    out = []
    for summary in content.summaries:
        indicator = content.totals(summary.id)
        view = read_view(indicator, {"territoire": territory, "langue": language})
        out.append(Entry(summary, Selection(indicator, view)))
    return out


def page(content: Content, query: Mapping[str, str], code: str) -> Document:
    """The dashboard."""
    language = language_of(query)
    territory = code.upper()
    order = query.get("ordre") or "theme"
    if order not in ORDERS:
        raise ParameterError("ordre", order, ORDERS)
    found = entries(content, territory, language)
    words = Page(language, f"/territoires/{territory}", dict(query), content)
    name = territory_name(territory)
    kind = level_of(territory)
    heading = name
    if kind == REGION:
        heading = choose(language, f"{name} : tableau de bord de l’ARS", f"{name}: ARS dashboard")
    return render(
        "territory.html",
        words,
        name=name,
        heading=heading,
        parent=parents().get(territory) if kind == "DEP" else None,
        sentence=sentence(found, territory, language),
        themes=grouped(found, order, language),
        order=order,
        orders=[
            ("theme", choose(language, "par thème", "by theme")),
            ("ecart", choose(language, "plus grand écart d’abord", "largest gap first")),
            ("evolution", choose(language, "plus forte évolution d’abord", "largest change first")),
        ],
        below=departements_of(territory) if kind != "DEP" else [],
    )


def sentence(found: list[Entry], territory: str, language: str) -> str:
    """How many indicators stand out, out of how many."""
    total = len(found)
    count = formats.integer(total, language)
    if territory == FRANCE:
        french = formats.plural(total, "indicateur publié", "indicateurs publiés")
        english = formats.plural(total, "indicator", "indicators", "en")
        return choose(
            language, f"En France, {count} {french}.", f"{count} {english} published for France."
        )
    marked = sum(entry.selection.chosen_comparison.marked for entry in found)
    place = in_territory(territory, language)
    place = f"{place[0].upper()}{place[1:]}"
    number = formats.integer(marked, language)
    if not marked:
        return choose(
            language,
            f"{place}, aucun des {count} indicateurs ne s’écarte nettement de la France.",
            f"{place}, none of the {count} indicators is clearly away from France.",
        )
    return choose(
        language,
        f"{place}, {number} des {count} indicateurs"
        f" {formats.plural(marked, 's’écarte', 's’écartent')} nettement de la France.",
        f"{place}, {number} of the {count} indicators"
        f" {'is' if marked == 1 else 'are'} clearly away from France.",
    )


def grouped(
    found: list[Entry], order: str, language: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows by theme, or in one list by the size of the gap or of the change."""
    if order == "theme":
        groups: dict[str, list[Entry]] = {}
        for entry in found:
            groups.setdefault(theme_of(entry.summary), []).append(entry)
        return [
            (theme_name(key, language), [row(entry, language) for entry in groups[key]])
            for key in sorted(groups, key=lambda k: theme_name(k, language))
        ]
    size = (lambda e: e.relative_gap) if order == "ecart" else (lambda e: e.relative_change)
    ordered = sorted(found, key=lambda e: (-size(e), e.summary.id))
    title = choose(language, "Tous les indicateurs", "All indicators")
    return [(title, [row(entry, language) for entry in ordered])]


def row(entry: Entry, language: str) -> dict[str, Any]:
    """A line of the spine table."""
    selection = entry.selection
    view, figure, france = selection.view, selection.chosen, selection.france
    compared = selection.chosen_comparison
    symbol = status_symbol(figure.status)
    national = view.territory == FRANCE
    people = (
        None
        if national
        else gap_in_people(figure, france, str(selection.indicator.definition.get("type")))
    )
    gap = ""
    if compared.gap is not None and not national:
        unit = gap_unit(selection.indicator.text("unit", language), compared.gap, language)
        number = formats.number(compared.gap, selection.indicator.decimals, language, sign=True)
        gap = formats.with_unit(number, unit, "fr")
    return {
        "id": entry.summary.id,
        "title": entry.summary.title(language),
        "address": view.address(),
        "period": formats.period(view.period, language),
        "numerator": symbol
        if figure.numerator is None
        else formats.integer(figure.numerator, language),
        "value": selection.value_text(figure) or symbol,
        "interval": selection.interval_text(figure),
        "france": selection.value_text(france) or status_symbol(france.status),
        "strip": _strip(entry, language),
        "side": ""
        if national
        else (
            status_text(figure.status, language)
            if figure.value is None
            else f"{compared.symbol} "
            + side_words(compared, direction(selection.indicator), language)
        ),
        "gap": gap,
        "people": ""
        if people is None
        else "≈" + formats.SPACE + formats.number(people, 0, language, sign=True),
        "trend": indicator_charts.trend_words(selection),
        "spark": _spark(entry, language),
    }


def _strip(entry: Entry, language: str) -> str:
    selection = entry.selection
    figure = selection.chosen
    if figure.value is None:
        return ""
    level = level_of(selection.view.territory)
    values = [f.value for f in selection.level.values() if f.value is not None]
    title = f"{entry.summary.title(language)}, {territory_name(selection.view.territory)}"
    description = indicator_charts.range_sentence(selection) or title
    chart = strip(
        values,
        figure.value,
        selection.france.value,
        "close" if level == FRANCE else selection.chosen_comparison.style,
        id=f"s-{entry.summary.id}",
        title=title,
        description=description,
    )
    return chart.markup()


def _spark(entry: Entry, language: str) -> str:
    selection = entry.selection
    values = [f.value for f in selection.series(selection.view.territory)]
    if sum(value is not None for value in values) < 2:
        return ""
    name = territory_name(selection.view.territory)
    title = choose(language, f"Évolution : {entry.summary.title(language)}, {name}",
                   f"Trend: {entry.summary.title(language)}, {name}")  # fmt: skip
    chart = sparkline(
        values,
        id=f"k-{entry.summary.id}",
        title=title,
        description=indicator_charts.trend_sentence(selection),
    )
    return chart.markup()


def _records(content: Content, query: Mapping[str, str], code: str) -> list[tuple[int, dict]]:
    out = []
    for entry in entries(content, code.upper(), language_of(query)):
        selection = entry.selection
        for figure in (selection.chosen, selection.france)[: 1 if code.upper() == FRANCE else 2]:
            line = files.record(selection.indicator, selection.view, figure)
            out.append((selection.indicator.decimals, line))
    return out


def as_csv(content: Content, query: Mapping[str, str], code: str) -> Document:
    """The dashboard's values, and those of France."""
    form = query.get("format") or "norme"
    if form not in ("norme", "tableur"):
        raise ParameterError("format", form, ("norme", "tableur"))
    text = files.csv_mixed(_records(content, query, code), french=form == "tableur")
    name = f'attachment; filename="territoire-{code.upper()}.csv"'
    return Document(text, CSV, headers={"Content-Disposition": name})


def as_json(content: Content, query: Mapping[str, str], code: str) -> Document:
    """The same, for a program."""
    value = {
        "territoire": code.upper(),
        "publication": content.publication.version,
        "schema": {"fields": files.fields()},
        "donnees": [line for _, line in _records(content, query, code)],
    }
    return Document(json.dumps(value, ensure_ascii=False, separators=(",", ":")), JSON)
