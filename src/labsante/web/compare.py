"""A territory against a reference: the gap, in points and in people, and whether it stands out.

With national denominators almost every territory differs "significantly" from France, so the
mark does not rest on the plain interval. The z-scores of all territories of the level estimate
how much they differ from one another beyond chance (multiplicative over-dispersion, winsorised
at 10 %: Spiegelhalter, *Handling over-dispersion of performance indicators*, Qual Saf Health
Care 2005), and a territory stands out only against that variation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from labsante.web.figures import Figure

Z95 = 1.959964
Z998 = 3.090232
NOTABLE_RELATIVE_GAP = 0.05
WINSORISED_SHARE = 0.10
MINIMUM_TERRITORIES = 8
ABOVE, BELOW, CLOSE, UNKNOWN = "above", "below", "close", "unknown"
SYMBOLS = {ABOVE: "▲", BELOW: "▼", CLOSE: "●", UNKNOWN: "–"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a figure stands against its reference.

    ``side`` is ``above`` or ``below`` outside the 95 % limits widened for over-dispersion;
    ``marked`` when outside the 99.8 % limits and the relative gap is at least 5 %.
    ``gap`` is in the indicator's unit.
    """

    side: str
    marked: bool
    gap: float | None
    relative_gap: float | None

    @property
    def symbol(self) -> str:
        """The shape that repeats the meaning of the colour."""
        return SYMBOLS[self.side]


def z_score(figure: Figure, reference: float) -> float | None:
    """How many standard errors from the reference; None without a usable interval.

    The bound nearest the reference gives the standard error, so that an asymmetric interval
    keeps its meaning: a reference at the bound is 1.96 errors away.
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    gap = figure.value - reference
    error = (figure.value - figure.low if gap > 0 else figure.high - figure.value) / Z95
    if error <= 0:
        return None if gap else 0.0
    return gap / error


def over_dispersion(scores: Iterable[float]) -> float:
    """The factor on the variance, at least 1: mean squared z-score, winsorised at 10 %."""
    ordered = sorted(scores)
    if len(ordered) < MINIMUM_TERRITORIES:
        return 1.0
    cut = int(len(ordered) * WINSORISED_SHARE)
    low, high = ordered[cut], ordered[len(ordered) - 1 - cut]
    return max(1.0, sum(min(max(z, low), high) ** 2 for z in ordered) / len(ordered))


def dispersion_among(figures: Iterable[Figure], reference: Figure) -> float:
    """Over-dispersion of the territories of a level around their reference."""
    if reference.value is None:
        return 1.0
    scores = [z_score(f, reference.value) for f in figures if f.shown]
    return over_dispersion(z for z in scores if z is not None)


def compare(figure: Figure, reference: Figure, dispersion: float = 1.0) -> Comparison:
    """Set a figure against the reference."""
    if figure.value is None or reference.value is None:
        return Comparison(UNKNOWN, False, None, None)
    gap = figure.value - reference.value
    relative = gap / abs(reference.value) if reference.value else None
    score = z_score(figure, reference.value)
    if score is None:
        return Comparison(UNKNOWN, False, gap, relative)
    score /= math.sqrt(dispersion)
    side = CLOSE if abs(score) <= Z95 else (ABOVE if score > 0 else BELOW)
    marked = abs(score) > Z998 and relative is not None and abs(relative) >= NOTABLE_RELATIVE_GAP
    return Comparison(side, side != CLOSE and marked, gap, relative)


def multiplier(figure: Figure) -> int | None:
    """What numerator / denominator is multiplied by to give the value: 100, 1 000, 100 000…

    Read from the published figure itself; None where the value is not such a ratio.
    """
    if not figure.numerator or not figure.denominator or not figure.value:
        return None
    ratio = figure.value * figure.denominator / figure.numerator
    for candidate in (1, 100, 1_000, 10_000, 100_000, 1_000_000):
        if abs(ratio / candidate - 1) < 0.05:
            return candidate
    return None


def gap_in_people(figure: Figure, reference: Figure) -> int | None:
    """How many more (or fewer) people than with the reference's value.

    Rounded to two significant digits: it is an order of magnitude. None below 11 people, where
    it would be noise, and for indicators that do not count people.
    """
    factor = multiplier(reference)
    if factor is None or figure.value is None or reference.value is None:
        return None
    if not figure.denominator:
        return None
    people = (figure.value - reference.value) * figure.denominator / factor
    if abs(people) < 11:
        return None
    digits = max(0, int(math.log10(abs(people))) - 1)
    return int(round(people / 10**digits) * 10**digits)
