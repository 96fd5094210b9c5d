"""The funnel: value against size, with limits that narrow as size grows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.dots import marker
from labsante.web.charts.scale import Linear, axis
from labsante.web.charts.svg import Chart, Raw, element, line, number, text
from labsante.web.charts.svg import text_width as measure

Z95, Z998 = 1.959964, 3.090232
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """A territory: how many units, its value, the side it stands on."""

    name: str
    code: str
    size: float
    value: float
    side: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """``centre ± z · sqrt(variance / size + between)``.

    ``variance`` is that of one unit; ``between`` the variance between territories beyond chance.
    """

    centre: float
    variance: float
    between: float

    def half_width(self, size: float, z: float) -> float:
        """Half the width of the funnel at a size."""
        return z * math.sqrt(self.variance / size + self.between)


def funnel(
    points: Sequence[Point],
    limits: Limits,
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    size_label: str,
    value_label: str,
    tick: Callable[[float, int], str],
) -> Chart:
    """Draw the points on a square-root scale of size; the chosen one is labelled."""
    height = 340.0
    sizes = [point.size for point in points] or [1.0, 2.0]
    low_size, high_size = min(sizes) * 0.9, max(sizes) * 1.05
    edge = limits.half_width(low_size, Z998)
    values = [point.value for point in points]
    values += [limits.centre + edge, max(0.0, limits.centre - edge)]
    scale = axis(values, 5)
    labels = [tick(value, scale.decimals) for value in scale.ticks]
    left = max(measure(label) for label in labels) + 10
    x = Linear(math.sqrt(low_size), math.sqrt(high_size), left, width - 14.0)
    y = Linear(scale.low, scale.high, height - 40, 26)
    body: list[Raw] = [text(0, 12, value_label, kind="unit", class_="small")]
    for value, label in zip(scale.ticks, labels, strict=True):
        body.append(line(left, y(value), width - 14, y(value), "grid"))
        body.append(text(left - 6, y(value) + 4, label, kind="axis", anchor="end"))
    for size in _size_ticks(low_size, high_size, x):
        at = x(math.sqrt(size))
        body.append(line(at, height - 40, at, height - 36, "grid"))
        body.append(text(at, height - 22, tick(size, 0), kind="axis", anchor="middle"))
    body.append(text(width - 14, height - 4, size_label, kind="unit", anchor="end",
                     class_="small"))  # fmt: skip
    grid = [low_size + (high_size - low_size) * i / _STEPS for i in range(_STEPS + 1)]
    for z, style in ((Z95, "limit-95"), (Z998, "limit-998")):
        for sign in (1, -1):
            path = [
                (x(math.sqrt(s)), y(limits.centre + sign * limits.half_width(s, z))) for s in grid
            ]
            kept = [(a, b) for a, b in path if y.end <= b <= y.start]
            if len(kept) > 1:
                d = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in kept)
                body.append(element("path", d=d, class_=style))
    body.append(line(left, y(limits.centre), width - 14, y(limits.centre), "reference-line"))
    for point in sorted(points, key=lambda p: p.chosen):
        at, level = x(math.sqrt(point.size)), y(point.value)
        style = "chosen" if point.chosen else point.side
        body.append(marker(point.side, at, level, style, point.code))
        if point.chosen:
            half = measure(point.name, bold=True) / 2
            centre = min(max(at, left + half), width - 14 - half)
            body.append(text(centre, level - 10, point.name, kind="name", anchor="middle",
                             class_="name main"))  # fmt: skip
    return Chart(id, width, height, title, description, tuple(body))


def _size_ticks(low: float, high: float, x: Linear) -> list[float]:
    """Round sizes, as many as fit on a square-root scale."""
    made = [tick for tick in axis([low, high], 6).ticks if low <= tick <= high]
    kept: list[float] = []
    for tick in made:
        room = measure(f"{tick:,.0f}") + 14
        if not kept or x(math.sqrt(tick)) - x(math.sqrt(kept[-1])) >= room:
            kept.append(tick)
    return kept
