"""When is a column known? The registry that keeps a model from reading the future.

A column has one ``known_at``. Each moment of prediction allows some of them and refuses the
rest: refusing by rule is worth more than care, since a leak looks like a good model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KNOWN_AT = ("history", "admission", "h24", "discharge", "exposure", "post")
KINDS = ("numeric", "category", "code", "date")

MOMENTS: dict[str, frozenset[str]] = {
    "admission": frozenset({"history", "admission"}),
    "h24": frozenset({"history", "admission", "h24"}),
    "discharge": frozenset({"history", "admission", "h24", "discharge"}),
    # Everything there is, what the stay's length has made included: to measure how much a leak
    # is worth, never to plan and never to compare hospitals.
    "retrospective": frozenset(KNOWN_AT),
}

LEAKING = frozenset({"exposure", "post"})


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Names that mean, in the usual vocabularies, something known only once the stay is over."""

    pattern: re.Pattern[str]
    known_at: str
    why: str


def _pattern(words: str, known_at: str, why: str) -> NamePattern:
    return NamePattern(re.compile(words, re.IGNORECASE), known_at, why)


# French (PMSI), English (HCUP, SPARCS, UCI) and Portuguese (SIH/DATASUS) column names.
NAME_PATTERNS: tuple[NamePattern, ...] = (
    _pattern(
        r"(^|_)(exit|discharge|disposition|sortie|saida|cobranca|outcome|destination)"
        r"(_|$|mode|disp|dest)|mode_?sor|sor_?(mod|des)|disposition|morte$|died|deceased|"
        r"(^|_)(death|deces)(_|$)|readmit|readmission",
        "post",
        "the way out of hospital and what follows it are known when the stay is over",
    ),
    _pattern(
        r"severity|severite|(^|_)(sev|niveau)(_|$)|grg_?ghm|(^|_)(ghm|ghs|drg)$|apr_?(sev|risk)|"
        r"risk_of_mortality|mortality_risk",
        "post",
        "severity levels and full groups are assigned with the help of the stay's length",
    ),
    _pattern(
        r"(^|_)(icu|uti|usi|usc|nicu)(_|$)|intensive|reanimation|(^|_)(rum|unit)_?(count|nb)|"
        r"(jours?|days|nb|nuits?)_?rea(_|$)|(^|_)rea_?(jours?|days|nb|nuits?)|nb_?rum",
        "exposure",
        "days or units of intensive care are counted inside the stay",
    ),
    _pattern(
        r"per_?(day|night|nuit|jour|stay_?day)|_by_los|(^|_)los(_|$)|length_?of_?stay|duree|"
        r"(^|_)(nights?|nuits?|jours|dias|diarias)(_|$)|time_in_hospital|diarias",
        "post",
        "the column holds the length of the stay, or is divided by it",
    ),
    _pattern(
        r"(^|_)(charges?|costs?|cout|montant|val_tot|valor|tarif)(_|$)|total_(charges|costs)",
        "post",
        "amounts are billed by the day or after the stay",
    ),
)

# Names that the patterns above would catch and that are history or planning facts.
HISTORY_NAMES = re.compile(
    r"(^|_)(previous|prior|past|history|last|hist|antecedents?)(_|$)|^number_inpatient|"
    r"_(before|12m|24m|3m|6m)(_|$)",
    re.IGNORECASE,
)


def suspicious_name(name: str) -> NamePattern | None:
    """The first pattern that the name matches, unless the name speaks of the past."""
    if HISTORY_NAMES.search(name):
        return None
    return next((item for item in NAME_PATTERNS if item.pattern.search(name)), None)
