"""What an author needs: a scaffold to fill in, and a schema for editors."""

from __future__ import annotations

from typing import Any

from labsante.indicators import form
from labsante.indicators.grounds import GROUNDS
from labsante.indicators.reader import (
    AGES_PATTERN,
    ID_PATTERN,
    OPTIONAL,
    POPULATION_KEYS,
    REFERENCE_KEYS,
    REQUIRED,
    SELECTION_KEYS,
    TEST_KEYS,
)

_SCAFFOLD = """\
id = "{id}"
title = {{ fr = "À nommer", en = "To be named" }}
unit = {{ fr = "% de la population", en = "% of the population" }}
type = "proportion"        # {types}
direction = "neutral"      # higher, lower, neutral: which way is better
theme = "pathologies"      # {themes}
period = "year"            # {periods}
decimals = 1
definition = {{ fr = "Qui est compté, sur quelle population.", en = "Who is counted, over whom." }}
why = {{ fr = "À quoi sert ce chiffre.", en = "What the figure is for." }}
source = {{ fr = "SNDS, DCIR tous régimes", en = "SNDS, DCIR, all schemes" }}
limits = [
    {{ fr = "Ce que le chiffre ne dit pas.", en = "What the figure does not say." }},
]
population = {{ base = "person_year", ages = "18+" }}
# A code list on the table's code column, and what a person's rows of the year must satisfy.
numerator = {{ table = "dispensing", codes = "antidiabetics", having = "{having}" }}
standard = "esp2013"
reviewed = ""
next_review = ""

# A published figure that this one should find.
# [[reference]]
# value = 5.6
# period = "2023"
# territory = "FRA"
# tolerance = 0.5
# who = "Santé publique France"

# Toy patients: `labsante indicator check {id}` counts them.
[[test]]
name = "three dates count, two do not"
period = "2022"
expected = {{ denominator = 2, numerator = 1 }}

[test.tables]
dispensing = \"\"\"
person_id | care_date  | atc     | large_pack | is_negative
1         | 2022-01-10 | A10BA02 | 0          | 0
1         | 2022-02-10 | A10BA02 | 0          | 0
1         | 2022-03-10 | A10BA02 | 0          | 0
2         | 2022-01-10 | A10BA02 | 0          | 0
2         | 2022-02-10 | A10BA02 | 0          | 0
\"\"\"
"""


def scaffold(name: str) -> str:
    """A definition that works as it is, to be changed."""
    return _SCAFFOLD.format(
        id=name,
        having="COUNT(DISTINCT care_date) >= 3",
        types=", ".join(form.TYPES),
        themes=", ".join(form.THEMES),
        periods=", ".join(form.PERIODS),
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a definition file, for editors that know TOML."""
    text = {
        "type": "object",
        "properties": {"fr": {"type": "string"}, "en": {"type": "string"}},
        "required": ["fr", "en"],
        "additionalProperties": False,
    }
    selection = {
        "type": "object",
        "properties": {
            **{key: {"type": "string"} for key in SELECTION_KEYS},
            "table": {"enum": sorted(GROUNDS)},
            "any": {"type": "array", "items": {"$ref": "#/$defs/selection"}},
        },
        "additionalProperties": False,
    }
    exclusion = {
        "type": "object",
        "properties": {**selection["properties"], "reason": {"$ref": "#/$defs/text"}},  # type: ignore[dict-item]
        "required": ["reason"],
        "additionalProperties": False,
    }
    population = {
        "type": "object",
        "properties": {
            **{key: {"type": "string"} for key in POPULATION_KEYS},
            "base": {"enum": sorted(GROUNDS)},
            "sex": {"enum": ["1", "2"]},
            "ages": {"type": "string", "pattern": AGES_PATTERN.pattern},
            "within": {"$ref": "#/$defs/selection"},
        },
        "required": ["base"],
        "additionalProperties": False,
    }
    texts = {"type": "array", "items": {"$ref": "#/$defs/text"}}
    kinds: dict[str, Any] = {
        "id": {"type": "string", "pattern": ID_PATTERN.pattern},
        **{
            key: {"$ref": "#/$defs/text"}
            for key in ("title", "unit", "definition", "why", "source", "unavailable")
        },
        "type": {"enum": list(form.TYPES)},
        "direction": {"enum": list(form.DIRECTIONS)},
        "theme": {"enum": list(form.THEMES)},
        "period": {"enum": list(form.PERIODS)},
        "standard": {"enum": list(form.STANDARDS)},
        "comparison": {"enum": list(form.COMPARISONS)},
        "decimals": {"type": "integer", "minimum": 0, "maximum": 6},
        "multiplier": {"type": "number"},
        "target": {"type": "number"},
        "representative": {"type": "boolean"},
        "limits": texts,
        "breaks": texts,
        "population": {"$ref": "#/$defs/population"},
        "exclusions": {"type": "array", "items": exclusion},
        "numerator": {"$ref": "#/$defs/selection"},
        "measure": {"$ref": "#/$defs/selection"},
        "breakdowns": {"type": "array", "items": {"enum": list(form.CROSSINGS)}},
        "additive_over": {"type": "array", "items": {"type": "string"}},
        "reference": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {key: {} for key in REFERENCE_KEYS},
                "additionalProperties": False,
            },
        },
        "test": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {key: {} for key in TEST_KEYS},
                "required": ["name", "period", "tables", "expected"],
                "additionalProperties": False,
            },
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lab Santé: indicator definition",
        "type": "object",
        "properties": {key: kinds.get(key, {"type": "string"}) for key in (*REQUIRED, *OPTIONAL)},
        "required": list(REQUIRED),
        "additionalProperties": False,
        "$defs": {"text": text, "selection": selection, "population": population},
    }
