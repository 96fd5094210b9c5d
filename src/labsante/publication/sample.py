"""A small, realistic publication of invented figures, for tests and for work on the site.

No figure here comes from a person: they are drawn from a seeded generator and masked by a
simple rule, so that every status and every kind of page occurs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labsante.base.files import sha256_json
from labsante.publication.manifests import PUBLISHED
from labsante.publication.objects import ObjectStore, results_schema
from labsante.publication.versions import add_version, point_to, writing

# Région and its départements, by Insee codes.
_REGIONS = {
    "11": "75 77 78 91 92 93 94 95",
    "24": "18 28 36 37 41 45",
    "27": "21 25 39 58 70 71 89 90",
    "28": "14 27 50 61 76",
    "32": "02 59 60 62 80",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "52": "44 49 53 72 85",
    "53": "22 29 35 56",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "94": "2A 2B",
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
}
_BROAD = ("0-19", "20-39", "40-59", "60-74", "75+")
_FIVE = (*(f"{low:02d}-{low + 4:02d}" for low in range(0, 90, 5)), "90+")

_INDICATORS: dict[str, dict[str, Any]] = {
    "PAT-DIAB-PREV": {
        "title": {"fr": "Prévalence du diabète traité", "en": "Treated diabetes prevalence"},
        "unit": {"fr": "% de la population", "en": "% of the population"},
        "type": "proportion",
        "direction": "neutral",
        "decimals": 1,
        "theme": "pathologies",
        "period_kind": "year",
        "level": 5.6,
        "size": 90_000,
        "periods": ["2021", "2022", "2023"],
    },
    "INN-SGLT2": {
        "title": {"fr": "Diabétiques sous gliflozine", "en": "SGLT2 inhibitor uptake"},
        "unit": {"fr": "% des patients diabétiques traités", "en": "% of treated patients"},
        "type": "proportion",
        "direction": "higher",
        "decimals": 1,
        "theme": "innovation",
        "period_kind": "month",
        "level": 12.0,
        "size": 5_000,
        "periods": [f"{y}-{m:02d}" for y in (2022, 2023) for m in range(1, 13)],
    },
    "HOS-DMS": {
        "title": {"fr": "Durée moyenne de séjour en MCO", "en": "Mean length of stay (MCO)"},
        "unit": {"fr": "nuits", "en": "nights"},
        "type": "mean",
        "direction": "lower",
        "decimals": 2,
        "theme": "hopital",
        "period_kind": "year",
        "level": 5.6,
        "size": 20_000,
        "periods": ["2021", "2022", "2023"],
    },
    "PRV-GRIP-65": {
        "title": {"fr": "Vaccination contre la grippe, 65 ans et plus", "en": "Flu vaccine, 65+"},
        "unit": {"fr": "% des 65 ans et plus", "en": "% of those aged 65 and over"},
        "type": "proportion",
        "direction": "higher",
        "decimals": 1,
        "theme": "prevention",
        "period_kind": "year",
        "target": 75,
        "level": 52.0,
        "size": 20_000,
        "periods": ["2021", "2022", "2023"],
    },
}


def write_sample(folder: Path, *, seed: int = 1) -> str:
    """Write one published version of four indicators in ``folder``; returns its number."""
    store = ObjectStore(folder)
    with writing(folder):
        entries = {name: _entry(store, name, seed) for name in _INDICATORS}
        content = {
            "origin": "synthetic",
            "audience": "public",
            "as_of": "2024-06",
            "rules": {"persons": 11, "zero_denominator": 50, "width": 5},
            "indicators": entries,
            "quality": store.put_json(_quality()),
            "disclosure": store.put_json(
                {"method": "suppression, elimination, audit", "threshold": 11, "levels": {}}
            ),
        }
        run = {"published_by": "sample", "finished_at": "2024-06-30T00:00:00Z", "host": "sample"}
        version = add_version(folder, content, run, state=PUBLISHED)
        point_to(folder, version)
    return version


def _entry(store: ObjectStore, name: str, seed: int) -> dict[str, str]:
    definition = _definition(name)
    passport = {
        "indicator": name,
        "version": "1.0.0",
        "definition_hash": sha256_json(definition),
        "code_lists": [{"name": "A10", "hash": "0" * 64, "version": "2024-01"}],
        "inputs": [{"table": "ER_PHA_F", "partition": "2023-12", "digest": "1" * 64}],
        "tables": [{"name": "dispensing", "recipe": "2" * 64}],
        "engine": "duckdb",
        "labsante": "sample",
        "as_of": "2024-06",
        "checks": {"passed": 41, "failed": 0, "warnings": 1},
        "disclosure": {
            "method": "suppression, elimination, audit",
            "threshold": 11,
            "suppressed_share_by_level": {"FRA": 0.0, "REG": 0.1, "DEP": 0.4},
        },
        "command": f"labsante build && labsante indicators {name} && labsante publish",
    }
    return {
        "results": store.put_table(_results(name, seed)),
        "definition": store.put_json(definition),
        "passport": store.put_json(passport),
    }


def _definition(name: str) -> dict[str, Any]:
    facts = _INDICATORS[name]
    kept = ("title", "unit", "type", "direction", "decimals", "theme", "period_kind")
    text = {"fr": "Texte d’exemple.", "en": "Sample text."}
    return {
        "id": name,
        **{key: facts[key] for key in kept},
        "definition": text,
        "why": text,
        "source": {"fr": "Données inventées.", "en": "Invented data."},
        "limits": [text],
        "target": facts.get("target"),
        "references": [],
        "standard": "ESP2013",
        "interval_method": {"fr": "Wilson", "en": "Wilson"},
        "toml": f'id = "{name}"\n',
        "sql": [{"title": "cells", "text": "SELECT 1 AS one"}],
        "version": "1.0.0",
        "reviewed": "2024-06-01",
        "next_review": "2025-06-01",
    }


def _quality() -> dict[str, Any]:
    return {"checks": [], "passed": 41, "failed": 0, "warnings": 1}


def _strata() -> list[tuple[str, str]]:
    pairs = [(sex, age) for sex in ("all", "1", "2") for age in ("all", *_BROAD)]
    return pairs + [("all", age) for age in _FIVE]


def _results(name: str, seed: int) -> pa.Table:
    facts = _INDICATORS[name]
    random = np.random.default_rng([seed, len(name), ord(name[0])])
    territories = [("FRA", 60.0)]
    for region, departements in _REGIONS.items():
        codes = departements.split()
        territories.append((f"REG-{region}", float(len(codes))))
        territories += [(f"DEP-{code}", 1.0) for code in codes]
    tilt = {territory: float(random.normal(0, 0.12)) for territory, _ in territories}
    rows: list[dict[str, Any]] = []
    for step, period in enumerate(facts["periods"]):
        for territory, weight in territories:
            for sex, age in _strata():
                share = 1.0 if age == "all" else 0.2 if age in _BROAD else 0.05
                share *= 1.0 if sex == "all" else 0.5
                expected = facts["size"] * weight * share / 10
                denominator = int(random.poisson(expected))
                level = facts["level"] * (1 + 0.03 * step) * (1 + tilt[territory])
                rows.append(_row(facts, random, (period, territory, sex, age), denominator, level))
    rows.sort(key=lambda row: (row["period"], row["territory"], row["sex"], row["age"]))
    return pa.Table.from_pylist(rows, schema=results_schema())


def _row(
    facts: dict[str, Any],
    random: np.random.Generator,
    key: tuple[str, str, str, str],
    denominator: int,
    level: float,
) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(("period", "territory", "sex", "age"), key, strict=True))
    row["status"] = row["standardised_status"] = "secret"
    if key[1] == "DEP-976" and facts["type"] == "mean":
        row["status"] = row["standardised_status"] = "unavailable"
        return row
    mean = facts["type"] == "mean"
    numerator = int(random.poisson(denominator * level / (1 if mean else 100)))
    small = denominator < 11 or numerator < 11 or random.random() < 0.02
    if small or (not mean and denominator - numerator < 11):
        return row
    scale = 1 if mean else 100
    value = scale * numerator / denominator
    half = 1.96 * value / numerator**0.5
    digits = facts["decimals"]
    row |= {
        "numerator": numerator,
        "denominator": denominator,
        "value": round(value, digits),
        "low95": round(max(0.0, value - half), digits),
        "high95": round(value + half, digits),
        "status": "published",
    }
    row["standardised_status"] = "not_relevant"
    if key[3] == "all" and not mean:
        adjusted = value * float(random.normal(1, 0.03))
        row |= {
            "standardised": round(adjusted, digits),
            "standardised_low95": round(max(0.0, adjusted - half), digits),
            "standardised_high95": round(adjusted + half, digits),
            "standardised_status": "published",
        }
    return row
