"""Small charts for a table: a strip from lowest to highest, and a sparkline."""

from __future__ import annotations

from collections.abc import Sequence

from labsante.web.charts.dots import marker
from labsante.web.charts.scale import Linear
from labsante.web.charts.svg import Chart, element, line, number

WIDTH, HEIGHT = 150.0, 22.0


def strip(
    values: Sequence[float],
    own: float,
    reference: float | None,
    side: str,
    *,
    id: str,
    title: str,
    description: str,
) -> Chart:
    """Minimum to maximum in light, 10th to 90th percentile in dark, reference, own mark."""
    everything = [*values, own] + ([reference] if reference is not None else [])
    x = Linear(min(everything), max(everything), 7, WIDTH - 7)
    ordered = sorted(values)
    middle = HEIGHT / 2
    body = []
    if ordered:
        low, high = _quantile(ordered, 0.1), _quantile(ordered, 0.9)
        body += [
            element("rect", x=x(ordered[0]), y=middle - 3, width=x(ordered[-1]) - x(ordered[0]),
                    height=6, class_="strip-all"),
            element("rect", x=x(low), y=middle - 3, width=x(high) - x(low), height=6,
                    class_="strip-most"),
        ]  # fmt: skip
    if reference is not None:
        body.append(line(x(reference), 2, x(reference), HEIGHT - 2, "strip-reference"))
    body.append(marker(side, x(own), middle, "chosen"))
    return Chart(id, WIDTH, HEIGHT, title, description, tuple(body))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def sparkline(values: Sequence[float | None], *, id: str, title: str, description: str) -> Chart:
    """The course of a value without axes; a hidden value leaves a gap."""
    known = [value for value in values if value is not None]
    x = Linear(0, max(1, len(values) - 1), 4, WIDTH - 6)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    y = Linear(low, high, HEIGHT - 5, 5)
    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{number(x(i))} {number(y(value))}")
    body = [
        element("path", d="M" + "L".join(run), class_="line main thin")
        for run in runs
        if len(run) > 1
    ]
    last = max((i for i, value in enumerate(values) if value is not None), default=None)
    if last is not None:
        at = y(values[last] or 0.0)
        body.append(element("circle", cx=x(last), cy=at, r=2.6, class_="dot main"))
    return Chart(id, WIDTH, HEIGHT, title, description, tuple(body))
