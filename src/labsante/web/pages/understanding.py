"""The block « Comprendre cet indicateur »: definition, limits, benchmarks, query, passport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web import formats, indicator_charts
from labsante.web.compare import gap_in_people
from labsante.web.selection import Selection
from labsante.web.words import choose, direction, message, territory_name


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
