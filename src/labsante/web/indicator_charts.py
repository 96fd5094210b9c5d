"""The three charts of an indicator's page, from its selection."""

from __future__ import annotations

from collections.abc import Callable

from labsante.snds.territories import FRANCE
from labsante.web import formats
from labsante.web.charts.choropleth import LegendItem, MapTexts, choropleth, legend
from labsante.web.charts.dots import Dot, dots
from labsante.web.charts.svg import Chart
from labsante.web.charts.trend import Series, trend
from labsante.web.figures import Figure
from labsante.web.selection import Selection
from labsante.web.words import (
    age_name,
    choose,
    level_name,
    message,
    sex_name,
    status_text,
    territory_name,
)

MAP, TREND, COMPARISON = "carte", "evolution", "comparaison"
CHARTS = (MAP, TREND, COMPARISON)


def scope(selection: Selection) -> str:
    """``2023, femmes, 60 à 74 ans, taux standardisé``: what every caption repeats."""
    view = selection.view
    parts = [formats.period(view.period, view.language)]
    parts.append(sex_name(view.sex, view.language).lower())
    if view.age != "all":
        parts.append(age_name(view.age, view.language))
    if view.standardised:
        parts.append(choose(view.language, "taux standardisé", "standardised rate"))
    return ", ".join(parts)


def shown(selection: Selection, figure: Figure) -> str:
    """A value with its interval, or why there is none."""
    if figure.value is None:
        return status_text(figure.status, selection.view.language)
    interval = selection.interval_text(figure)
    return f"{selection.value_text(figure)}{f' ({interval})' if interval else ''}"


def map_texts(selection: Selection) -> MapTexts:
    """The words of the map."""
    language = selection.view.language
    decimals, unit = selection.indicator.decimals, selection.unit

    def bound(value: float) -> str:
        return formats.number(value, decimals, language)

    def united(text: str) -> str:
        return formats.with_unit(text, unit, language)

    def label(code: str, figure: Figure | None) -> str:
        name = territory_name(code)
        value = shown(selection, figure or Figure(code, selection.view.period, "unavailable"))
        return choose(language, f"{name} : {value}", f"{name}: {value}")

    title = selection.indicator.text("title", language)
    places = level_name(selection.view.level, language)
    return MapTexts(
        title=choose(
            language,
            f"Carte : {title}, {scope(selection)}, par {places[:-1]}",
            f"Map: {title}, {scope(selection)}, by {places[:-1]}",
        ),
        description=range_sentence(selection)
        or choose(language, "Aucune valeur diffusée.", "No value released."),
        secret=choose(language, "secret statistique", "confidential"),
        unavailable=choose(language, "non disponible", "not available"),
        below=lambda high: choose(language, f"moins de {united(high)}", f"under {united(high)}"),
        between=lambda low, high: choose(
            language, f"de {low} à moins de {united(high)}", f"{low} to under {united(high)}"
        ),
        above=lambda low: choose(language, f"{united(low)} et plus", f"{united(low)} and over"),
        paris=choose(language, "Petite couronne", "Around Paris"),
        name=territory_name,
        label=label,
        bound=bound,
    )


def range_sentence(selection: Selection) -> str:
    """From the lowest to the highest territory, by name; empty below two values."""
    published = selection.published
    if len(published) < 2:
        return ""
    language = selection.view.language
    return message(
        "sentence_range",
        language,
        level=level_name(selection.view.level, language),
        low=selection.value_text(published[-1].figure),
        low_name=published[-1].name,
        high=selection.value_text(published[0].figure),
        high_name=published[0].name,
    )


def _highlight(selection: Selection) -> str | None:
    code = selection.view.territory
    return code if code in selection.level else None


def map_chart(
    selection: Selection, width: int, *, shapes: str | None = None, id: str = "carte"
) -> Chart:
    """The map; with ``shapes`` it refers to the shared file, else it stands alone."""
    return choropleth(
        selection.level,
        selection.view.level,
        selection.indicator.decimals,
        map_texts(selection),
        id=id,
        width=width,
        highlight=_highlight(selection),
        shapes=shapes,
        with_legend=shapes is None,
    )


def map_legend(selection: Selection) -> list[LegendItem]:
    """The legend of the map as a list."""
    return legend(selection.level, selection.indicator.decimals, map_texts(selection))


def trend_chart(selection: Selection, width: int, *, id: str = "evolution") -> Chart:
    """The chosen territory against France over the periods."""
    view = selection.view
    language = view.language
    series = [Series(territory_name(view.territory), "main", selection.series(view.territory))]
    if view.territory != FRANCE:
        series.append(Series("France", "reference", selection.series(FRANCE)))
    title = selection.indicator.text("title", language)
    names = " – ".join(one.name for one in series)
    return trend(
        series,
        selection.indicator.periods,
        id=id,
        width=width,
        title=choose(language, f"Évolution : {title}, {names}", f"Trend: {title}, {names}"),
        description=trend_sentence(selection),
        unit=selection.indicator.text("unit", language),
        tick=lambda value, decimals: formats.number(value, decimals, language),
        period=lambda text: formats.period(text, language),
    )


def trend_sentence(selection: Selection) -> str:
    """From the first to the last published period, and the change between them."""
    view = selection.view
    language = view.language
    known = [f for f in selection.series(view.territory) if f.value is not None]
    if len(known) < 2:
        return choose(
            language,
            "Moins de deux périodes diffusées : pas d’évolution à décrire.",
            "Fewer than two periods released: no trend to describe.",
        )
    first, last = known[0], known[-1]
    name = territory_name(view.territory)
    start = formats.period(first.period, language)
    end = formats.period(last.period, language)
    verb = _verb(selection, first, last)
    return choose(
        language,
        f"{name} : de {selection.value_text(first)} ({start}) à {selection.value_text(last)}"
        f" ({end}), {verb}.",
        f"{name}: from {selection.value_text(first)} ({start}) to {selection.value_text(last)}"
        f" ({end}), {verb}.",
    )


def trend_words(selection: Selection) -> str:
    """``en hausse depuis 2021 (4,9 %)``; empty below two released periods."""
    language = selection.view.language
    known = [f for f in selection.series(selection.view.territory) if f.value is not None]
    if len(known) < 2:
        return ""
    start = formats.period(known[0].period, language)
    verb = _verb(selection, known[0], known[-1]).split(" (")[0]
    value = selection.value_text(known[0])
    return choose(language, f"{verb} depuis {start} ({value})", f"{verb} since {start} ({value})")


def _verb(selection: Selection, first: Figure, last: Figure) -> str:
    """A change is named only where the two intervals do not overlap."""
    language = selection.view.language
    if first.low is None or first.high is None or last.low is None or last.high is None:
        return choose(language, "sans intervalle publié", "no interval published")
    if last.low > first.high:
        return choose(language, "en hausse", "rising")
    if last.high < first.low:
        return choose(language, "en baisse", "falling")
    return choose(
        language,
        "sans évolution nette (les intervalles se recouvrent)",
        "no clear change (the intervals overlap)",
    )


def dots_chart(selection: Selection, width: int, *, id: str = "comparaison") -> Chart:
    """Sibling territories with their intervals, against France."""
    language = selection.view.language
    absent: Callable[[Figure], str] = lambda f: (  # noqa: E731
        choose(language, "s : secret statistique", "s: confidential")
        if f.status == "secret"
        else choose(language, "non disponible", "not available")
    )
    rows = [
        Dot(
            line.name,
            line.figure,
            line.comparison.style,
            line.territory == selection.view.territory,
            absent(line.figure),
        )
        for line in selection.neighbours
    ]
    title = selection.indicator.text("title", language)
    return dots(
        rows,
        selection.france,
        id=id,
        width=width,
        title=choose(
            language,
            f"Comparaison des territoires : {title}, {scope(selection)}",
            f"Territories compared: {title}, {scope(selection)}",
        ),
        description=dots_sentence(selection),
        reference_label=f"France {selection.value_text(selection.france)}",
        tick=lambda value, decimals: formats.number(value, decimals, language),
    )


def dots_sentence(selection: Selection) -> str:
    """How many of the territories stand above, below, or close to France."""
    language = selection.view.language
    compared = [line.comparison for line in selection.neighbours]
    above, below, close = (
        sum(one.side == side for one in compared) for side in ("above", "below", "close")
    )
    marked = sum(one.marked for one in compared)
    total = len(compared)
    unknown = total - above - below - close
    french = [
        (above, "au-dessus de la France"),
        (below, "au-dessous"),
        (close, formats.plural(close, "proche", "proches")),
        (unknown, "sans comparaison possible"),
    ]
    english = [
        (above, "above France"),
        (below, "below"),
        (close, "close"),
        (unknown, "that cannot be compared"),
    ]
    parts = french if language == "fr" else english
    counts = ", ".join(f"{count} {words}" for count, words in parts if count)
    beyond = choose(
        language,
        f"{marked if marked else 'aucun'} hors de la variation habituelle entre territoires",
        f"{marked if marked else 'none'} beyond the usual variation between territories",
    )
    places = formats.plural(total, "territoire", "territoires")
    english_places = formats.plural(total, "territory", "territories", "en")
    if total < len(selection.level) and selection.view.territory == FRANCE:
        places = "territoires, les dix plus élevés et les dix plus bas"
        english_places = "territories, the ten highest and the ten lowest"
    return choose(
        language,
        f"Sur {total} {places} : {counts} ; {beyond}.",
        f"Of {total} {english_places}: {counts}; {beyond}.",
    )
