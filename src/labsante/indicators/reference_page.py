"""``docs/reference/indicators.md``: the catalogue as a page, made from the definitions."""

from __future__ import annotations

from labsante.conditions import code_lists
from labsante.indicators import form
from labsante.indicators.definitions import catalogue
from labsante.indicators.form import Indicator
from labsante.indicators.grounds import GROUNDS
from labsante.indicators.queries import tables_of

_TYPES = {
    "proportion": "persons or rows counted over a population, in %; Wilson interval",
    "rate": "persons, or events they repeat, over a population; exact/Byar, Σf² for events",
    "ratio": "units over units (boxes, euros); no interval",
    "mean": "Σ of a measure over rows or persons; Student interval from Σ and Σ²",
    "delay": "a mean of days",
    "curve": "a proportion read as a diffusion curve",
    "sql": "cells from a SELECT of one's own",
}


def page() -> str:
    """The whole text of the page."""
    known = catalogue()
    parts = [
        "# Indicators\n\nMade from the definition files in `src/labsante/indicators/catalogue`; "
        "do not edit by hand.\n\n",
        f"{sum(i.available for i in known.values())} indicators are defined; "
        f"{sum(not i.available for i in known.values())} are declared unavailable, with the "
        "reason.\n",
    ]
    for theme in form.THEMES:
        own = [indicator for indicator in known.values() if indicator.theme == theme]
        if own:
            parts.append(f"\n## {theme.capitalize()}\n\n")
            parts.append(
                "| id | title | type | period | standard | tables |\n|---|---|---|---|---|---|\n"
            )
            parts += [_row(indicator, known) for indicator in own]
    parts.append("\n## Types\n\n| type | meaning |\n|---|---|\n")
    parts += [f"| {name} | {meaning} |\n" for name, meaning in _TYPES.items()]
    parts.append(
        "\n## Tables an indicator may stand on\n\n| table | time | code column |\n|---|---|---|\n"
    )
    parts += [
        f"| {ground.name} | {ground.time}: `{ground.date}` | {ground.code or '—'} |\n"
        for ground in GROUNDS.values()
    ]
    parts.append(
        "\n## Code lists\n\n| list | title | system | codes | version |\n|---|---|---|---|---|\n"
    )
    for entry in code_lists().values():
        codes = " ".join(entry.include[:6]) + (" …" if len(entry.include) > 6 else "")
        but = f" but {' '.join(entry.exclude)}" if entry.exclude else ""
        parts.append(
            f"| {entry.name} | {entry.title.fr} | {entry.system} | {codes}{but} | "
            f"{entry.version} |\n"
        )
    return "".join(parts)


def _row(indicator: Indicator, known: dict[str, Indicator]) -> str:
    if not indicator.available:
        assert indicator.unavailable is not None
        told = f"unavailable: {indicator.unavailable.en}"
        return f"| {indicator.id} | {indicator.title.en} | — | — | — | {told} |\n"
    tables = ", ".join(sorted(tables_of(indicator, known)))
    return (
        f"| {indicator.id} | {indicator.title.en} | {indicator.type} | {indicator.period} | "
        f"{indicator.standard} | {tables} |\n"
    )
