"""The one formatter of numbers, for HTML, SVG and text.

French: narrow no-break space (U+202F) between thousands, decimal comma, minus sign U+2212,
no-break space before ``%`` and before units. English: comma, point, minus sign, no space
before ``%``. Values arrive already rounded by the publication; nothing here rounds twice
except where a caller asks for fewer digits.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

NARROW_SPACE = "\u202f"
SPACE = "\u00a0"
MINUS = "\u2212"
MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_BEFORE = re.compile(r" ([:;?!%‰»])")
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
# Units glued to their number in English.
_TIGHT = {"%", "‰"}


def number(value: float, decimals: int = 0, language: str = "fr", *, sign: bool = False) -> str:
    """``-1234.5`` → ``−1 234,5``; ``sign`` writes the plus as well.

    Half is rounded away from zero on the decimal text of the value, as people do.
    Raises ValueError for a value that is not finite: a missing value is not a number.
    """
    if not math.isfinite(value):
        raise ValueError("only finite numbers are printed")
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if language == "fr":
        text = text.replace(",", NARROW_SPACE).replace(".", ",")
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if sign and rounded > 0 else text


def integer(value: int, language: str = "fr") -> str:
    """A whole number with its thousands."""
    return number(value, 0, language)


@lru_cache(maxsize=4096)
def typeset(text: str) -> str:
    """French typography for a written text: no-break spaces before ``: ; ? ! % »`` and after «.

    A text that already has them is left as it is.
    """
    text = _BEFORE.sub(SPACE + r"\1", text).replace("« ", f"«{SPACE}")
    return _BETWEEN_DIGITS.sub(NARROW_SPACE, text).replace("'", "’")


def with_unit(text: str, unit: str, language: str = "fr") -> str:
    """``5,6`` and ``%`` → ``5,6 %`` (no-break); an empty unit adds nothing."""
    if not unit:
        return text
    return f"{text}{'' if language == 'en' and unit in _TIGHT else SPACE}{nonbreaking(unit)}"


def nonbreaking(text: str) -> str:
    """A unit such as ``pour 100 000`` that keeps its parts together."""
    return text.replace(" ", SPACE)


def interval(low: float, high: float, decimals: int, language: str = "fr") -> str:
    """``6,50 à 6,56``: a word rather than a dash, which a minus sign would blur."""
    word = "à" if language == "fr" else "to"
    return f"{number(low, decimals, language)}{SPACE}{word} {number(high, decimals, language)}"


def period(text: str, language: str = "fr") -> str:
    """``2022`` as it is; ``2022-03`` → ``mars 2022``; ``2022-T1`` → ``1er trimestre 2022``."""
    year, _, rest = text.partition("-")
    if rest.isdigit() and len(rest) == 2:
        return f"{MONTHS[language][int(rest) - 1]}{SPACE}{year}"
    if rest.startswith(("T", "Q")) and rest[1:].isdigit():
        if language == "fr":
            return f"{rest[1:]}{'er' if rest[1:] == '1' else 'e'} trimestre{SPACE}{year}"
        return f"Q{rest[1:]}{SPACE}{year}"
    return text


def day(value: date, language: str = "fr") -> str:
    """``23 novembre 2026``; the first of a month is ``1er`` in French."""
    if language == "fr" and value.day == 1:
        return f"1er{SPACE}{MONTHS['fr'][value.month - 1]}{SPACE}{value.year}"
    return f"{value.day}{SPACE}{MONTHS[language][value.month - 1]}{SPACE}{value.year}"


def plural(value: float, one: str, many: str, language: str = "fr") -> str:
    """The word that agrees: in French everything below 2 is singular."""
    single = abs(value) < 2 if language == "fr" else abs(value) == 1
    return one if single else many
