"""Themes: their names, their order on pages."""

from __future__ import annotations

from labsante.web.content import Summary
from labsante.web.words import choose

# Key as definitions write it, or first part of an id → French, English.
THEMES: dict[str, tuple[str, str]] = {
    "pathologies": ("Pathologies", "Conditions"),
    "parcours": ("Parcours de soins", "Care pathways"),
    "prevention": ("Prévention", "Prevention"),
    "innovation": ("Traitements innovants", "Innovative treatments"),
    "hopital": ("Hôpital", "Hospital"),
    "acces": ("Accès aux soins", "Access to care"),
    "mortalite": ("Mortalité", "Mortality"),
    "financement": ("Dépenses et financement", "Expenditure and financing"),
    "complementaire": ("Couverture complémentaire", "Complementary cover"),
    "handicap": ("Handicap et autonomie", "Disability and autonomy"),
    "recours": ("Recours aux soins", "Use of care"),
    "reseaux": ("Réseaux de professionnels", "Networks of professionals"),
    "qualite": ("Qualité des données", "Data quality"),
}
_PREFIXES = {
    "PAT": "pathologies", "PAR": "parcours", "PRV": "prevention", "INN": "innovation",
    "HOS": "hopital", "ACC": "acces", "MOR": "mortalite", "FIN": "financement",
    "HAN": "handicap", "AMC": "complementaire", "OFF": "acces",
    "REC": "recours", "RES": "reseaux", "QUA": "qualite",
}  # fmt: skip
_ENGLISH = {
    "conditions": "pathologies", "diseases": "pathologies", "pathways": "parcours",
    "hospital": "hopital", "access": "acces", "mortality": "mortalite", "financing": "financement",
    "expenditure": "financement", "disability": "handicap", "use": "recours",
    "complementary": "complementaire", "supply": "acces",
    "networks": "reseaux", "quality": "qualite", "innovations": "innovation",
}  # fmt: skip


def theme_of(summary: Summary) -> str:
    """The key of a theme; what is written but not known stands for itself."""
    key = summary.theme
    key = _ENGLISH.get(key, key)
    return key if key in THEMES else _PREFIXES.get(summary.id.split("-")[0], key)


def theme_name(key: str, language: str) -> str:
    """The name of a theme."""
    french, english = THEMES.get(key, (key.capitalize(), key.capitalize()))
    return choose(language, french, english)


def by_theme(summaries: tuple[Summary, ...]) -> list[tuple[str, list[Summary]]]:
    """Key of the theme and its indicators, in the order of :data:`THEMES`."""
    groups: dict[str, list[Summary]] = {}
    for summary in summaries:
        groups.setdefault(theme_of(summary), []).append(summary)
    order = list(THEMES)
    keys = sorted(groups, key=lambda k: (order.index(k) if k in order else len(order), k))
    return [(key, groups[key]) for key in keys]
