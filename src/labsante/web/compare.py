"""A territory against a reference: the gap, in points and in people, and whether it stands out.

With national denominators almost every territory differs "significantly" from France, so two
questions are kept apart. Is the difference more than chance and large enough to matter: the
interval leaves out the reference, and the gap is at least 5 % of it (``above``, ``below``)? Does
it stand out from the way territories ordinarily differ from one another (``marked``): beyond the
99.8 % limits widened by the variance between territories (additive over-dispersion, z-scores
winsorised at 10 %: Spiegelhalter, *Handling over-dispersion of performance indicators*, Qual Saf
Health Care 2005)?
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
# What winsorising at 10 % leaves of the variance of a normal law: 0.8 - 2cφ(c) + 0.2c², c = 1.2816.
# Without it the variance between territories would be underestimated by a third.
WINSORISED_VARIANCE = 0.6787
MINIMUM_TERRITORIES = 8
ABOVE, BELOW, CLOSE, UNKNOWN = "above", "below", "close", "unknown"
SYMBOLS = {ABOVE: "△", BELOW: "▽", CLOSE: "●", UNKNOWN: "–"}
MARKED_SYMBOLS = {ABOVE: "▲", BELOW: "▼"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a figure stands against its reference; ``gap`` is in the indicator's unit."""

    side: str
    marked: bool
    gap: float | None
    relative_gap: float | None

    @property
    def symbol(self) -> str:
        """The shape that repeats the meaning of the colour: full where the gap stands out."""
        return MARKED_SYMBOLS[self.side] if self.marked else SYMBOLS[self.side]

    @property
    def style(self) -> str:
        """The style class of a mark."""
        return f"{self.side}-marked" if self.marked else self.side


NOTHING = Comparison(UNKNOWN, False, None, None)


def standard_error(figure: Figure, reference: float) -> float | None:
    """The standard error on the side of the reference; None without a usable interval.

    The bound nearest the reference gives it, so that an asymmetric interval keeps its meaning: a
    reference at the bound is 1.96 errors away.
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    below = figure.value > reference
    width = figure.value - figure.low if below else figure.high - figure.value
    return width / Z95 if width > 0 else None


def variance_between(figures: Iterable[Figure], reference: Figure) -> float:
    """The variance between territories beyond chance, around the reference; 0 where none shows.

    Method of moments on winsorised z-scores; 0 below eight territories, where it would mean
    little.
    """
    if reference.value is None:
        return 0.0
    pairs = []
    for figure in figures:
        error = standard_error(figure, reference.value)
        if error is not None and figure.value is not None:
            pairs.append(((figure.value - reference.value) / error, error))
    if len(pairs) < MINIMUM_TERRITORIES:
        return 0.0
    ordered = sorted(z for z, _ in pairs)
    cut = int(len(ordered) * WINSORISED_SHARE)
    low, high = ordered[cut], ordered[len(ordered) - 1 - cut]
    factor = sum(min(max(z, low), high) ** 2 for z in ordered) / len(ordered)
    factor /= WINSORISED_VARIANCE
    weights = [1 / error**2 for _, error in pairs]
    total = sum(weights)
    spread = total - sum(w * w for w in weights) / total
    excess = len(pairs) * factor - (len(pairs) - 1)
    return max(0.0, excess / spread) if spread > 0 else 0.0


def compare(figure: Figure, reference: Figure, between: float = 0.0) -> Comparison:
    """Set a figure against the reference; ``between`` is :func:`variance_between`."""
    if figure.value is None or reference.value is None:
        return NOTHING
    gap = figure.value - reference.value
    relative = gap / abs(reference.value) if reference.value else None
    error = standard_error(figure, reference.value)
    if error is None:
        same = gap == 0 and figure.has_interval
        return Comparison(CLOSE if same else UNKNOWN, False, gap, relative)
    notable = relative is not None and abs(relative) >= NOTABLE_RELATIVE_GAP
    if not notable or abs(gap) <= Z95 * error:
        return Comparison(CLOSE, False, gap, relative)
    marked = abs(gap) > Z998 * math.sqrt(error**2 + between)
    return Comparison(ABOVE if gap > 0 else BELOW, marked, gap, relative)


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


COUNTED = ("proportion", "rate")


def gap_in_people(figure: Figure, reference: Figure, type_: str) -> int | None:
    """How many more (or fewer) people than with the reference's value.

    Rounded to two significant digits: it is an order of magnitude. None below 11 people, where
    it would be noise, and for indicators that do not count people.
    """
    factor = multiplier(reference) if type_ in COUNTED else None
    if factor is None or figure.value is None or reference.value is None:
        return None
    if not figure.denominator:
        return None
    people = (figure.value - reference.value) * figure.denominator / factor
    if abs(people) < 11:
        return None
    digits = max(0, int(math.log10(abs(people))) - 1)
    return int(round(people / 10**digits) * 10**digits)
