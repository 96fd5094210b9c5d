"""The definition of an indicator as a page reads it: words, TOML and SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsante.base.files import sha256_json
from labsante.base.texts import Text
from labsante.conditions import code_lists
from labsante.indicators.cells import rendered
from labsante.indicators.definitions import catalogue
from labsante.indicators.form import Indicator
from labsante.indicators.queries import cells_queries

_INTERVALS = {
    "proportion": Text("Wilson à 95 %", "Wilson, 95 %"),
    "rate": Text(
        "exact sous 10 événements, sinon Byar, à 95 % ; événements répétés par personne : "
        "variance Σf²",
        "exact below 10 events, else Byar, 95 %; events repeated by a person: Σf² variance",
    ),
    "mean": Text("Student à 95 %, de Σ et Σ²", "Student, 95 %, from Σ and Σ²"),
    "ratio": Text(
        "sans intervalle : toutes les unités sont comptées",
        "no interval: every unit is counted",
    ),
}
_KIND = {"curve": "proportion", "delay": "mean", "sql": "ratio"}


def interval_method(indicator: Indicator) -> Text:
    """How the interval of an indicator's value is made, in words."""
    method = _INTERVALS[_KIND.get(indicator.type, indicator.type)]
    if indicator.standard == "none":
        return method
    return Text(
        f"{method.fr} ; valeur standardisée (population européenne 2013) : Dobson–Byar, à partir "
        "de 10 cas",
        f"{method.en}; standardised value (European standard population 2013): Dobson–Byar, "
        "from 10 cases",
    )


def definition_document(
    indicator: Indicator, others: Mapping[str, Indicator] | None = None
) -> dict[str, Any]:
    """The definition object of a publication, with the SQL rendered for DuckDB and for Oracle.

    ``version`` is made of twelve digits of the hash of the TOML text and of the code lists.
    """
    known = others or catalogue()
    return {
        "id": indicator.id,
        "title": _both(indicator.title),
        "unit": _both(indicator.unit),
        "type": indicator.type,
        "direction": indicator.direction,
        "decimals": indicator.decimals,
        "theme": indicator.theme,
        "definition": _both(indicator.definition),
        "why": _both(indicator.why),
        "source": _both(indicator.source),
        "limits": [_both(limit) for limit in indicator.limits],
        "exclusions": [_both(exclusion.reason) for exclusion in indicator.exclusions],
        "breaks": [_both(text) for text in indicator.breaks],
        "period_kind": indicator.period,
        "target": indicator.target,
        "comparison": indicator.comparison,
        "origin": indicator.origin or None,
        "representative": indicator.representative,
        "unavailable": None if indicator.unavailable is None else _both(indicator.unavailable),
        "references": [
            {
                "value": reference.value,
                "period": reference.period,
                "territory": reference.territory,
                "tolerance": reference.tolerance,
                "who": reference.who,
                "url": reference.url,
            }
            for reference in indicator.references
        ],
        "standard": indicator.standard.upper() if indicator.standard != "none" else None,
        "interval_method": _both(interval_method(indicator)),
        "toml": indicator.toml,
        "sql": _sql(indicator, known),
        "version": version_of(indicator, known),
        "reviewed": indicator.reviewed,
        "next_review": indicator.next_review,
    }


def version_of(indicator: Indicator, others: Mapping[str, Indicator]) -> str:
    """Twelve hexadecimal digits that change when the text or a code list changes."""
    lists = {name: entry.digest for name, entry in code_lists().items()}
    used = sorted(name for name in lists if f"'{name}'" in _joined(indicator, others))
    return sha256_json([indicator.toml, {name: lists[name] for name in used}])[:12]


def _joined(indicator: Indicator, others: Mapping[str, Indicator]) -> str:
    if not indicator.available:
        return ""
    return "\n".join(text for _, text in cells_queries(indicator, others))


def _sql(indicator: Indicator, others: Mapping[str, Indicator]) -> list[dict[str, str]]:
    if not indicator.available:
        return []
    found = []
    for title, text in cells_queries(indicator, others):
        for dialect, name in (("duckdb", "DuckDB"), ("oracle", "Oracle")):
            place = f"{indicator.id}: {title}"
            found.append({"title": f"{title} ({name})", "text": rendered(text, place, dialect)})
    return found


def _both(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}
