"""What theme pages share: the indicator they show, chosen by the address among their theme's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.web import formats
from labsante.web.content import Content, Summary
from labsante.web.figures import Indicator
from labsante.web.selection import Selection
from labsante.web.state import ParameterError, read_view
from labsante.web.themes import theme_of
from labsante.web.words import (
    age_name,
    departement_choices,
    level_name,
    region_choices,
    sex_name,
)


def of_theme(content: Content, *themes: str) -> tuple[Summary, ...]:
    """Indicators of a theme, in the order of their ids."""
    return tuple(summary for summary in content.summaries if theme_of(summary) in themes)


def chosen(
    content: Content, query: Mapping[str, str], found: tuple[Summary, ...]
) -> Selection | None:
    """The selection of ``?indicateur=`` and its view; the first by default, None if none is.

    Raises ParameterError for an indicator of another theme.
    """
    if not found:
        return None
    known = tuple(summary.id for summary in found)
    id = query.get("indicateur") or known[0]
    if id not in known:
        raise ParameterError("indicateur", id, known)
    indicator: Indicator = content.indicator(id)
    return Selection(indicator, read_view(indicator, query))


def choices(selection: Selection, found: tuple[Summary, ...]) -> dict[str, Any]:
    """Values of a theme page's form."""
    language, indicator = selection.view.language, selection.indicator
    return {
        "indicators": [(summary.id, summary.title(language)) for summary in found],
        "regions": region_choices(),
        "departements": departement_choices(),
        "levels": [(v, level_name(v, language).capitalize()) for v in indicator.levels],
        "periods": [(p, formats.period(p, language)) for p in reversed(indicator.periods)],
        "sexes": [(s, sex_name(s, language)) for s in indicator.sexes],
        "ages": [(a, age_name(a, language)) for a in indicator.ages],
    }
