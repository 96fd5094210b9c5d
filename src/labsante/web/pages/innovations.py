"""Innovative treatments: how fast they arrive, where they arrive late, whether gaps close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web import formats
from labsante.web.adoption import Adoption, adoption, decile_ratio
from labsante.web.charts.multiples import Panel, small_multiples
from labsante.web.charts.spans import Span, spans
from labsante.web.charts.svg import NARROW, WIDE, Chart
from labsante.web.charts.trend import Series, trend
from labsante.web.content import Content
from labsante.web.documents import Document
from labsante.web.figures import REGION, Figure, territories_of_level
from labsante.web.indicator_charts import scope
from labsante.web.rendering import Page, render
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, language_of
from labsante.web.themed import choices, chosen, of_theme
from labsante.web.words import (
    choose,
    collation_key,
    status_symbol,
    status_text,
    territory_name,
)

THRESHOLDS = ("5", "10", "25", "50")


def page(content: Content, query: Mapping[str, str]) -> Document:
    """Small multiples, time to adoption, ratio between deciles."""
    language = language_of(query)
    words = Page(language, "/innovations", dict(query), content)
    found = of_theme(content, "innovation")
    threshold = query.get("seuil") or "10"
    if threshold not in THRESHOLDS:
        raise ParameterError("seuil", threshold, THRESHOLDS)
    selection = chosen(content, query, found)
    if selection is None:
        return render("theme_empty.html", words, heading=_heading(language))
    rows = adoption_rows(selection, float(threshold))
    return render(
        "innovations.html",
        words,
        heading=_heading(language),
        selection=selection,
        view=selection.view,
        title=selection.indicator.text("title", language),
        form=choices(selection, found),
        threshold=threshold,
        thresholds=[(t, formats.with_unit(t, selection.unit, language)) for t in THRESHOLDS],
        sentence=sentence(selection, rows, threshold),
        multiples=[multiples(selection, width, float(threshold)) for width in (WIDE, NARROW)],
        times=[times(selection, width, rows, threshold) for width in (WIDE, NARROW)],
        inequality=[ratio_chart(selection, width) for width in (WIDE, NARROW)],
        ratios=ratio_rows(selection),
        rows=rows,
        scope=scope(selection),
        since=_since_words(selection),
    )


def _heading(language: str) -> str:
    return choose(
        language,
        "À quelle vitesse un traitement innovant arrive-t-il ?",
        "How fast does an innovative treatment arrive?",
    )


def origin(selection: Selection) -> str:
    """When the treatment was first reimbursed, else the first period."""
    written = selection.indicator.definition.get("origin")
    return str(written)[:7] if written else selection.indicator.periods[0]


def _monthly(selection: Selection) -> bool:
    return "-" in selection.indicator.periods[0]


def _since_words(selection: Selection) -> str:
    language = selection.view.language
    unit = (
        choose(language, "mois", "months")
        if _monthly(selection)
        else choose(language, "années", "years")
    )
    start = formats.period(origin(selection), language)
    return choose(language, f"{unit} depuis {start}", f"{unit} since {start}")


def adoption_rows(selection: Selection, threshold: float) -> list[dict[str, Any]]:
    """Régions, first to adopt first; those that have not come last."""
    language, decimals = selection.view.language, selection.indicator.decimals
    start = origin(selection)
    rows = []
    for code in (FRANCE, *territories_of_level(REGION)):
        figures = selection.series(code)
        last = selection.at(code)
        found = adoption(figures, threshold, start)
        reached = any(f.value is not None for f in figures)
        rows.append(
            {
                "code": code,
                "name": territory_name(code),
                "adoption": found,
                "released": reached,
                "when": _when(found, reached, language),
                "since": "" if found.at is None else formats.integer(found.at, language),
                "interval": _interval(found, language),
                "last": status_symbol(last.status)
                if last.value is None
                else formats.number(last.value, decimals, language),
                "last_interval": selection.interval_text(last),
                "chosen": code == selection.view.territory,
            }
        )
    return sorted(
        rows,
        key=lambda r: (
            r["code"] != FRANCE,
            r["adoption"].at is None,
            r["adoption"].at or 0,
            collation_key(r["name"]),
        ),
    )


def _when(found: Adoption, released: bool, language: str) -> str:
    if not released:
        return status_text("secret", language)
    if found.period is None:
        return choose(language, "pas encore atteint", "not reached yet")
    when = formats.period(found.period, language)
    if found.already:
        return choose(language, f"{when} ou avant", f"{when} or before")
    return when


def _interval(found: Adoption, language: str) -> str:
    if found.earliest is None:
        return ""
    low = formats.integer(found.earliest, language)
    if found.latest is None:
        return choose(language, f"{low} ou plus", f"{low} or more")
    return f"{low}{formats.SPACE}{choose(language, 'à', 'to')} " + formats.integer(
        found.latest, language
    )


def sentence(selection: Selection, rows: list[dict[str, Any]], threshold: str) -> str:
    """How many régions have reached the threshold, the first and the last."""
    language = selection.view.language
    regions = [r for r in rows if r["code"] != FRANCE]
    reached = [r for r in regions if r["adoption"].at is not None]
    text = formats.with_unit(threshold, selection.unit, language)
    count = formats.integer(len(reached), language)
    if not reached:
        return choose(
            language,
            f"Aucune région n’a encore atteint {text}.",
            f"No region has reached {text} yet.",
        )
    first, last = reached[0], reached[-1]
    early = sum(r["adoption"].already for r in reached)
    start = formats.period(selection.indicator.periods[0], language)
    total = len(regions)
    base = choose(
        language,
        f"{count} {formats.plural(len(reached), 'région', 'régions')} sur {total}"
        f" {formats.plural(len(reached), 'a', 'ont')} atteint {text}",
        f"{count} of {total} regions {'has' if len(reached) == 1 else 'have'} reached {text}",
    )
    if early == len(reached):
        when = choose(language, f"dès {start} ou avant", f"by {start} or before")
        return f"{base}, {when}."
    slow = choose(
        language,
        f"la dernière {last['name']} ({last['when']})",
        f"the last {last['name']} ({last['when']})",
    )
    if early:
        quick = choose(
            language, f"dont {early} dès {start} ou avant", f"{early} by {start} or before"
        )
    else:
        quick = choose(
            language,
            f"la première {first['name']} ({first['when']})",
            f"the first {first['name']} ({first['when']})",
        )
    return f"{base}, {quick}, {slow}."


def multiples(selection: Selection, width: int, threshold: float) -> Chart:
    """One panel a région."""
    language = selection.view.language
    codes = sorted(territories_of_level(REGION), key=lambda c: collation_key(territory_name(c)))
    panels = [
        Panel(territory_name(c), c, selection.series(c), c == selection.view.territory)
        for c in codes
    ]
    title = selection.indicator.text("title", language)
    return small_multiples(
        panels,
        selection.series(FRANCE),
        id=f"m{width}",
        width=width,
        title=choose(language, f"Diffusion par région : {title}", f"Uptake by region: {title}"),
        description=choose(
            language,
            "Une vignette par région, mêmes échelles ; le trait tireté est la France.",
            "One panel a region, same scales; the dashed line is France.",
        ),
        tick=lambda value, decimals: formats.number(value, decimals, language),
        periods=selection.indicator.periods,
        period=lambda text: formats.period(text, language),
        threshold=threshold,
    )


def times(selection: Selection, width: int, rows: list[dict[str, Any]], threshold: str) -> Chart:
    """When each région reached the threshold."""
    language = selection.view.language
    made = []
    for row in rows:
        found: Adoption = row["adoption"]
        both = found.earliest is not None and found.latest is not None
        made.append(
            Span(
                row["name"],
                row["code"],
                None if found.at is None else float(found.at),
                float(found.earliest) if both and found.earliest is not None else None,
                float(found.latest) if both and found.latest is not None else None,
                chosen=row["chosen"],
                open_end=found.at is None and row["released"],
                absent=choose(language, "s : secret statistique", "s: confidential"),
            )
        )
    text = formats.with_unit(threshold, selection.unit, language)
    title = selection.indicator.text("title", language)
    return spans(
        made,
        id=f"t{width}",
        width=width,
        title=choose(language, f"Délai pour atteindre {text} : {title}",
                     f"Time to reach {text}: {title}"),
        description=sentence(selection, rows, threshold),
        tick=lambda value, decimals: formats.number(value, decimals, language),
        zero=True,
        whole=True,
    )  # fmt: skip


def _ratio_figures(selection: Selection) -> list[Figure]:
    out = []
    for period in selection.indicator.periods:
        ratio = decile_ratio({c: selection.at(c, period) for c in territories_of_level(REGION)})
        status = "published" if ratio is not None else "unavailable"
        out.append(Figure("REG", period, status, None if ratio is None else round(ratio, 2)))
    return out


def ratio_rows(selection: Selection) -> list[dict[str, str]]:
    """The ratio by period, as text."""
    language = selection.view.language
    return [
        {
            "period": formats.period(f.period, language),
            "ratio": "nd" if f.value is None else formats.number(f.value, 2, language),
        }
        for f in _ratio_figures(selection)
    ]


def ratio_chart(selection: Selection, width: int) -> Chart:
    """The ratio of the 9th to the 1st decile of the régions over time."""
    language = selection.view.language
    figures = _ratio_figures(selection)
    known = [f for f in figures if f.value is not None]
    name = choose(language, "Rapport P90/P10", "P90/P10 ratio")
    description = choose(language, "Moins de huit régions diffusées.", "Fewer than eight regions.")
    if known:
        first, last = known[0], known[-1]
        start, end = (formats.period(f.period, language) for f in (first, last))
        a, b = (formats.number(f.value or 0.0, 2, language) for f in (first, last))
        description = choose(
            language,
            f"Le rapport entre régions passe de {a} ({start}) à {b} ({end}).",
            f"The ratio between regions goes from {a} ({start}) to {b} ({end}).",
        )
    return trend(
        [Series(name, "main", figures)],
        selection.indicator.periods,
        id=f"i{width}",
        width=width,
        title=choose(language, "Inégalité entre régions", "Inequality between regions"),
        description=description,
        unit=name,
        tick=lambda value, decimals: formats.number(value, decimals, language),
        period=lambda text: formats.period(text, language),
    )
