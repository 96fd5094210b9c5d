"""From values to pixels, and the round numbers to write on an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight scale from ``[low, high]`` to ``[start, end]`` in pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Axis:
    """Round bounds, the ticks between them, and the decimals that tell ticks apart."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int


def axis(
    values: Iterable[float], wanted: int = 5, *, zero: bool = False, whole: bool = False
) -> Axis:
    """An axis that covers the values with about ``wanted`` round ticks.

    Without values, 0 to 1. ``zero`` makes the axis start at zero. The axis never goes below
    zero for values that do not. ``whole`` keeps the ticks whole numbers.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    if low == high:
        spread = abs(low) * 0.1 or 1.0
        low, high = (max(0.0, low - spread) if low >= 0 else low - spread), high + spread
    rough = (high - low) / max(1, wanted - 1)
    if whole:
        rough = max(1.0, rough)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(
        s * power
        for s in _STEPS
        if s * power >= rough * 0.999 and (not whole or float(s * power).is_integer())
    )
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if not math.isclose(step * 10**decimals, round(step * 10**decimals), abs_tol=1e-6):
        decimals += 1
    ticks = tuple(round(i * step, decimals + 2) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, decimals)


def quantile_classes(values: Iterable[float], decimals: int, classes: int = 5) -> list[float]:
    """Bounds of classes of about equal size, rounded to the printed digits, never repeated.

    Returns ``k + 1`` increasing bounds for ``k <= classes`` classes; a value equal to a bound
    belongs to the class that starts there, except the last bound.
    """
    ordered = sorted(values)
    if not ordered:
        return []
    bounds = [_floor(ordered[0], decimals)]
    for i in range(1, classes):
        bound = round(ordered[min(len(ordered) - 1, i * len(ordered) // classes)], decimals)
        if bound > bounds[-1]:
            bounds.append(bound)
    top = _ceil(ordered[-1], decimals)
    if top > bounds[-1]:
        bounds.append(top)
    if len(bounds) == 1:
        bounds.append(bounds[0])
    return bounds


def class_of(value: float, bounds: list[float]) -> int:
    """The class of a value, from 0."""
    for i in range(len(bounds) - 2, 0, -1):
        if value >= bounds[i]:
            return i
    return 0


def _floor(value: float, decimals: int) -> float:
    return math.floor(round(value * 10**decimals, 6)) / 10**decimals


def _ceil(value: float, decimals: int) -> float:
    return math.ceil(round(value * 10**decimals, 6)) / 10**decimals
