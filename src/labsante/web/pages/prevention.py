"""Prevention: who is not covered, and how many people to reach before the target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web import formats
from labsante.web.charts.spans import Span, spans
from labsante.web.charts.svg import NARROW, WIDE, Chart
from labsante.web.compare import COUNTED, multiplier
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.figures import DEPARTEMENT, Figure, siblings
from labsante.web.indicator_charts import scope
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import language_of
from labsante.web.themed import choices, chosen, of_theme
from labsante.web.words import (
    LOWER,
    choose,
    collation_key,
    direction,
    gap_unit,
    in_territory,
    status_symbol,
    status_text,
    territory_name,
)


def page(content: Content, query: Mapping[str, str]) -> Document:
    """A bullet a territory, the gap to the target in points and in people."""
    language = language_of(query)
    words = Page(language, "/prevention", dict(query), content)
    found = of_theme(content, "prevention")
    heading = choose(
        language,
        "Qui n’est pas couvert, et combien de personnes jusqu’à la cible ?",
        "Who is not covered, and how many people before the target?",
    )
    selection = chosen(content, query, found)
    if selection is None:
        return render("theme_empty.html", words, heading=heading)
    rows = bullet_rows(selection)
    return render(
        "prevention.html",
        words,
        heading=heading,
        selection=selection,
        view=selection.view,
        title=selection.indicator.text("title", language),
        form=choices(selection, found),
        sentence=sentence(selection),
        target=target_text(selection),
        charts=[bullets(selection, width) for width in (WIDE, NARROW)],
        rows=rows,
        scope=scope(selection),
        before=_before(selection),
    )


def target(selection: Selection) -> float | None:
    """The target of the definition, in its unit."""
    value = selection.indicator.definition.get("target")
    return None if value is None else float(value)


def target_text(selection: Selection) -> str:
    """``75 %``; empty without a target."""
    aim = target(selection)
    if aim is None:
        return ""
    decimals = 0 if aim == int(aim) else selection.indicator.decimals
    language = selection.view.language
    return formats.with_unit(formats.number(aim, decimals, language), selection.unit, language)


def _before(selection: Selection) -> str | None:
    """The period before the one shown."""
    periods = selection.indicator.periods
    place = periods.index(selection.view.period)
    return periods[place - 1] if place else None


def codes(selection: Selection) -> list[str]:
    """France, then the territories side by side: the régions, or a région's départements."""
    view = selection.view
    wanted = siblings(view.territory, view.level)
    order = sorted(wanted, key=lambda c: collation_key(territory_name(c)))
    if view.level == DEPARTEMENT and view.territory == FRANCE:
        order = sorted(
            wanted, key=lambda c: (selection.at(c).value is None, -(selection.at(c).value or 0.0))
        )
    return [FRANCE, *order]


def missing_people(selection: Selection, figure: Figure) -> int | None:
    """People to reach before the target, two significant digits; None where it has no meaning.

    Where low is good, the people above the target. None below 11 people.
    """
    aim = target(selection)
    factor = multiplier(selection.france)
    counted = str(selection.indicator.definition.get("type")) in COUNTED
    if aim is None or factor is None or not counted or figure.value is None:
        return None
    if not figure.denominator or selection.view.standardised:
        return None
    gap = aim - figure.value if direction(selection.indicator) != LOWER else figure.value - aim
    people = gap * figure.denominator / factor
    if people < 11:
        return None
    digits = max(0, int(math.log10(people)) - 1)
    return int(round(people / 10**digits) * 10**digits)


def bullet_rows(selection: Selection) -> list[dict[str, Any]]:
    """The lines of the table."""
    language, decimals = selection.view.language, selection.indicator.decimals
    aim, before = target(selection), _before(selection)
    out = []
    for code in codes(selection):
        figure = selection.at(code)
        earlier = selection.at(code, before) if before else None
        symbol = status_symbol(figure.status)
        gap = None if aim is None or figure.value is None else figure.value - aim
        people = missing_people(selection, figure)
        out.append(
            {
                "code": code,
                "name": territory_name(code),
                "value": symbol
                if figure.value is None
                else formats.number(figure.value, decimals, language),
                "interval": selection.interval_text(figure),
                "before": ""
                if earlier is None
                else status_symbol(earlier.status)
                if earlier.value is None
                else formats.number(earlier.value, decimals, language),
                "gap": ""
                if gap is None
                else formats.with_unit(
                    formats.number(gap, decimals, language, sign=True),
                    gap_unit(selection.indicator.text("unit", language), gap, language),
                ),
                "people": ""
                if people is None
                else f"≈{formats.SPACE}{formats.integer(people, language)}",
                "chosen": code == selection.view.territory,
            }
        )
    return out


def sentence(selection: Selection) -> str:
    """The chosen territory against the target."""
    view, language = selection.view, selection.view.language
    figure = selection.chosen
    place = in_territory(view.territory, language)
    place = f"{place[0].upper()}{place[1:]}"
    if figure.value is None:
        return f"{place}{choose(language, ' : ', ': ')}{status_text(figure.status, language)}"
    when = formats.period(view.period, language)
    base = f"{place}, {when}{choose(language, ' : ', ': ')}{selection.value_text(figure)}"
    aim = target(selection)
    if aim is None:
        return f"{base}."
    gap = figure.value - aim
    unit = gap_unit(selection.indicator.text("unit", language), gap, language)
    size = formats.with_unit(formats.number(abs(gap), selection.indicator.decimals, language), unit)
    side = choose(
        language,
        "au-dessus de" if gap > 0 else "sous",
        "above" if gap > 0 else "below",
    )
    out = f"{base}, {size} {side} {choose(language, 'la cible de', 'the target of')} "
    out += target_text(selection)
    people = missing_people(selection, figure)
    if people is None:
        return f"{out}."
    number = formats.integer(people, language)
    if direction(selection.indicator) == LOWER:
        return choose(
            language,
            f"{out} : environ {number} personnes de trop.",
            f"{out}: about {number} people too many.",
        )
    return choose(
        language,
        f"{out} : environ {number} personnes restent à atteindre.",
        f"{out}: about {number} people still to reach.",
    )


def bullets(selection: Selection, width: int) -> Chart:
    """Value with interval, the period before, the target."""
    language = selection.view.language
    before = _before(selection)
    rows = []
    for code in codes(selection)[: 1 + 40]:
        figure = selection.at(code)
        earlier = selection.at(code, before).value if before else None
        rows.append(
            Span(
                territory_name(code),
                code,
                figure.value,
                figure.low,
                figure.high,
                before=earlier if figure.value is not None else None,
                chosen=code == selection.view.territory,
                absent=choose(language, "s : secret statistique", "s: confidential")
                if figure.status == "secret"
                else choose(language, "non disponible", "not available"),
            )
        )
    title = selection.indicator.text("title", language)
    return spans(
        rows,
        id=f"b{width}",
        width=width,
        title=choose(
            language, f"Jusqu’à la cible : {title}, {scope(selection)}",
            f"Up to the target: {title}, {scope(selection)}",
        ),
        description=sentence(selection),
        tick=lambda value, decimals: formats.number(value, decimals, language),
        target=target(selection),
        target_label=choose(
            language, f"Cible {target_text(selection)}", f"Target {target_text(selection)}"
        ),
    )  # fmt: skip
