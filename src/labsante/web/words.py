"""Words of the site: messages by key, and small choices of wording, in two languages."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from labsante.snds.territories import FRANCE, departements, parents, regions, territory_names
from labsante.web.compare import ABOVE, BELOW, CLOSE, Comparison
from labsante.web.figures import (
    ALL,
    DEPARTEMENT,
    NOT_RELEVANT,
    REGION,
    SECRET,
    UNAVAILABLE,
    Indicator,
)
from labsante.web.formats import SPACE, nonbreaking, typeset

HIGHER, LOWER, NEUTRAL = "higher", "lower", "neutral"
_SEXES = {ALL: ("Ensemble", "All"), "1": ("Hommes", "Men"), "2": ("Femmes", "Women")}
_STATUS_WORDS = {SECRET: "secret", UNAVAILABLE: "indisponible", NOT_RELEVANT: "non_pertinent"}


@cache
def messages() -> dict[str, dict[str, str]]:
    """Every message of ``messages.toml`` by key, then language."""
    return tomllib.loads((files("labsante.web") / "messages.toml").read_text("utf-8"))


def message(key: str, language: str, **values: str) -> str:
    """A message with its values in place."""
    text = messages()[key][language].format(**values)
    return text if language == "en" else typeset(text)


def choose(language: str, french: str, english: str) -> str:
    """The French or the English of two wordings written side by side."""
    return english if language == "en" else typeset(french)


def territory_name(code: str) -> str:
    """``REG-53`` → ``Bretagne``; the code itself where it is unknown."""
    return territory_names().get(code, code)


def region_of(code: str) -> str:
    """The région above a département."""
    return parents().get(code, FRANCE)


_IN_REGION = {
    "01": "en Guadeloupe", "02": "en Martinique", "03": "en Guyane", "04": "à La Réunion",
    "06": "à Mayotte", "11": "en Île-de-France", "24": "en Centre-Val de Loire",
    "27": "en Bourgogne-Franche-Comté", "28": "en Normandie", "32": "dans les Hauts-de-France",
    "44": "dans le Grand Est", "52": "dans les Pays de la Loire", "53": "en Bretagne",
    "75": "en Nouvelle-Aquitaine", "76": "en Occitanie", "84": "en Auvergne-Rhône-Alpes",
    "93": "en Provence-Alpes-Côte d’Azur", "94": "en Corse",
}  # fmt: skip


def in_territory(code: str, language: str) -> str:
    """``en Bretagne``, ``dans le Grand Est``; ``Ille-et-Vilaine`` is set after a colon."""
    if code == FRANCE:
        return choose(language, "en France", "in France")
    name = territory_name(code)
    if language == "en":
        return f"in {name}"
    kind, _, number = code.partition("-")
    if kind == REGION:
        return _IN_REGION[number]
    return f"pour le département {name}"


def level_name(level: str, language: str, *, plural: bool = True) -> str:
    """``régions (ARS)``, ``départements``."""
    if level == REGION:
        return choose(
            language, "régions" if plural else "région", "regions" if plural else "region"
        )
    if level == DEPARTEMENT:
        return "départements" if plural else "département"
    return "France"


def sex_name(sex: str, language: str) -> str:
    """``Ensemble``, ``Hommes``, ``Femmes``."""
    french, english = _SEXES[sex]
    return choose(language, french, english)


def age_name(age: str, language: str) -> str:
    """``Tous âges``, ``60 à 74 ans``, ``90 ans et plus``."""
    if age == ALL:
        return choose(language, "Tous âges", "All ages")
    if age.endswith("+"):
        low = int(age[:-1])
        return choose(language, f"{low}{SPACE}ans et plus", f"{low} and over")
    low_text, _, high_text = age.partition("-")
    if not high_text:
        return age
    low, high = int(low_text), int(high_text)
    return choose(language, f"{low} à {high}{SPACE}ans", f"{low} to {high}")


def short_unit(unit: str) -> str:
    """What follows a number: ``% de la population`` → ``%``; ``pour 1 000 habitants`` →
    ``pour 1 000``, also in ``séjours pour 1 000 habitants``; ``nuits`` as it is.
    """
    if unit[:1] in "%‰" and unit:
        return unit[0]
    match = re.search(r"(pour|per) [\d\s\u202f\u00a0,]*\d", unit)
    return match.group(0) if match else unit


def gap_unit(unit: str, value: float, language: str) -> str:
    """A gap between percentages is in points; between others, in their unit."""
    short = short_unit(unit)
    if short == "%":
        if language == "en":
            return "percentage points"
        return "point" if abs(value) < 2 else "points"
    return nonbreaking(short)


def status_text(status: str, language: str) -> str:
    """The sentence that stands where a figure is not shown: one a status."""
    return message(f"status_{status}", language)


def status_symbol(status: str) -> str:
    """The symbol in a cell: ``s`` for secret, and what the table's note explains."""
    return {SECRET: "s", UNAVAILABLE: "nd", NOT_RELEVANT: "so"}.get(status, "")


def status_word(status: str) -> str:
    """The word of data files: ``diffuse``, ``secret``, ``indisponible``, ``non_pertinent``."""
    return _STATUS_WORDS.get(status, "diffuse")


def direction(indicator: Indicator) -> str:
    """``higher`` when high is good, ``lower`` when low is good, else ``neutral``."""
    word = str(indicator.definition.get("direction") or NEUTRAL)
    return word if word in (HIGHER, LOWER) else NEUTRAL


def side_words(comparison: Comparison, sense: str, language: str) -> str:
    """``supérieur à la France``; with a good direction, ``(plus favorable)``; ``nettement``
    where the gap stands out from the usual variation.
    """
    words = bare_side(comparison, language)
    judged = judgement(comparison, sense, language)
    return f"{words} ({judged})" if judged else words


def bare_side(comparison: Comparison, language: str) -> str:
    """Where the figure stands, without saying whether it is good."""
    if comparison.side == CLOSE:
        return message("side_close", language)
    if comparison.side not in (ABOVE, BELOW):
        return message("side_unknown", language)
    return message(f"side_{comparison.side}{'_marked' if comparison.marked else ''}", language)


def judgement(comparison: Comparison, sense: str, language: str) -> str:
    """``plus favorable`` or ``moins favorable``; empty without a direction or a difference."""
    if sense == NEUTRAL or comparison.side not in (ABOVE, BELOW):
        return ""
    good = (comparison.side == ABOVE) == (sense == HIGHER)
    return message("favourable" if good else "unfavourable", language)


@cache
def collation_key(name: str) -> str:
    """French order of names: accents and case aside, ``Île`` at I."""
    return fold(name)


def fold(text: str) -> str:
    """Lower case without accents, ligatures opened, apostrophes as spaces: for order and search."""
    import unicodedata

    opened = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", " ").replace("'", " ")
    plain = "".join(
        char for char in unicodedata.normalize("NFD", opened) if not unicodedata.combining(char)
    )
    return " ".join(plain.replace("-", " ").split())


def region_choices() -> list[tuple[str, str]]:
    """Code and name of the régions, in French order."""
    return sorted(((r.territory, r.name) for r in regions()), key=lambda c: collation_key(c[1]))


def departement_choices() -> list[tuple[str, str]]:
    """Code and name of the départements, by code."""
    return [(d.territory, f"{d.code} {d.name}") for d in departements()]
