"""How fast a treatment arrives: when each territory reached a threshold, and whether gaps close.

Read on published values alone. The earliest plausible moment is when the interval first reaches
the threshold, the latest when the whole interval has passed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labsante.web.figures import Figure


@dataclass(frozen=True, slots=True)
class Adoption:
    """When a territory reached the threshold, in periods since the origin; None: not yet.

    ``first_known`` is whether the threshold was already passed in the first released period: the
    true moment is then earlier.
    """

    at: int | None
    earliest: int | None
    latest: int | None
    already: bool
    period: str | None


def periods_since(period: str, origin: str) -> int:
    """Months from ``2020-04`` to ``2022-03``, or years from ``2020`` to ``2022``."""
    if "-" in period:
        year, month = (int(part) for part in period.split("-")[:2])
        first_year, first_month = (int(part) for part in f"{origin}-01".split("-")[:2])
        return 12 * (year - first_year) + month - first_month
    return int(period[:4]) - int(origin[:4])


def adoption(figures: Sequence[Figure], threshold: float, origin: str) -> Adoption:
    """The first released period at or above the threshold."""
    known = [figure for figure in figures if figure.value is not None]
    at = _first(known, lambda f: f.value, threshold)
    return Adoption(
        None if at is None else periods_since(at.period, origin),
        _since(_first(known, lambda f: f.high, threshold), origin),
        _since(_first(known, lambda f: f.low, threshold), origin),
        at is not None and at is known[0],
        None if at is None else at.period,
    )


def _first(figures: Sequence[Figure], of: object, threshold: float) -> Figure | None:
    assert callable(of)
    return next((f for f in figures if of(f) is not None and of(f) >= threshold), None)


def _since(figure: Figure | None, origin: str) -> int | None:
    return None if figure is None else periods_since(figure.period, origin)


def decile_ratio(figures: Mapping[str, Figure]) -> float | None:
    """90th over 10th percentile of the released values; None below eight or where P10 is 0."""
    values = sorted(f.value for f in figures.values() if f.value is not None)
    if len(values) < 8:
        return None
    low, high = _quantile(values, 0.1), _quantile(values, 0.9)
    return high / low if low > 0 else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
