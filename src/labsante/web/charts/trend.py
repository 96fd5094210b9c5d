"""The series: a territory against its reference, with the 95 % band of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.scale import Axis, Linear, axis
from labsante.web.charts.svg import (
    NARROW,
    Chart,
    Raw,
    element,
    line,
    number,
    shorten,
    text,
    text_width,
)
from labsante.web.figures import Figure


@dataclass(frozen=True, slots=True)
class Series:
    """A line of the chart: its name, its style class (``main`` or ``reference``), its figures."""

    name: str
    style: str
    figures: Sequence[Figure]


def trend(
    series: Sequence[Series],
    periods: Sequence[str],
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    unit: str,
    tick: Callable[[float, int], str],
    period: Callable[[str], str],
) -> Chart:
    """Draw the series over the periods; a hidden figure leaves a gap, never a zero."""
    narrow = width <= NARROW
    height = 280.0 if narrow else 320.0
    values = [
        bound
        for one in series
        for figure in one.figures
        for bound in (figure.value, figure.low, figure.high)
        if bound is not None
    ]
    scale_y = axis(values, 5)
    labels = [tick(value, scale_y.decimals) for value in scale_y.ticks]
    left = max([text_width(label) for label in labels] or [20.0]) + 10
    names = [shorten(one.name, 150, bold=True) for one in series]
    right = 12.0 if narrow else max([text_width(name, bold=True) for name in names] or [0.0]) + 14
    top, bottom = (46.0 if narrow else 26.0), height - 28
    x = Linear(0, max(1, len(periods) - 1), left, width - right)
    y = Linear(scale_y.low, scale_y.high, bottom, top)
    body = _grid(scale_y, labels, x.start, x.end, y)
    body.append(text(0, 12, shorten(unit, width), kind="unit", class_="small"))
    body += _period_labels(periods, x, height - 8, period)
    position = {p: i for i, p in enumerate(periods)}
    for one in reversed(series):
        body += _band(one, position, x, y)
    for one in reversed(series):
        body += _line(one, position, x, y)
    body += _names(series, names, position, x, y, narrow=narrow)
    return Chart(id, width, height, title, description, tuple(body))


def _grid(scale: Axis, labels: list[str], left: float, right: float, y: Linear) -> list[Raw]:
    out = []
    for value, label in zip(scale.ticks, labels, strict=True):
        out.append(line(left, y(value), right, y(value), "grid"))
        out.append(text(left - 6, y(value) + 4, label, kind="axis", anchor="end"))
    return out


def _period_labels(
    periods: Sequence[str], x: Linear, baseline: float, period: Callable[[str], str]
) -> list[Raw]:
    """As many labels as fit; for months, the years at their January."""
    if not periods:
        return []
    monthly = any("-" in p for p in periods)
    if monthly:
        wanted = [i for i, p in enumerate(periods) if p.endswith(("-01", "-T1", "-Q1"))]
        shown = {i: periods[i].split("-")[0] for i in wanted} or {0: period(periods[0])}
    else:
        shown = {i: period(p) for i, p in enumerate(periods)}
    room = max(text_width(label) for label in shown.values()) + 12
    every = 1
    places = sorted(shown)
    while (
        len(places) > 1
        and abs(x(places[every] if every < len(places) else 0) - x(places[0])) < room
    ):
        every += 1
        if every >= len(places):
            break
    out = []
    for place in places[::every]:
        label = shown[place]
        half = text_width(label) / 2
        at = min(max(x(place), x.start - 8 + half), x.end + 10 - half)
        out.append(line(x(place), baseline - 14, x(place), baseline - 18, "grid"))
        out.append(text(at, baseline, label, kind="period", anchor="middle"))
    return out


def _runs(one: Series, position: dict[str, int], *, banded: bool) -> list[list[tuple[int, Figure]]]:
    """Stretches without a hidden figure."""
    runs: list[list[tuple[int, Figure]]] = []
    previous = -2
    for figure in sorted(one.figures, key=lambda f: position[f.period]):
        place = position[figure.period]
        if not figure.shown or (banded and not figure.has_interval):
            continue
        if place != previous + 1 or not runs:
            runs.append([])
        runs[-1].append((place, figure))
        previous = place
    return runs


def _band(one: Series, position: dict[str, int], x: Linear, y: Linear) -> list[Raw]:
    out = []
    for run in _runs(one, position, banded=True):
        if len(run) < 2:
            place, figure = run[0]
            out.append(line(x(place), y(figure.low or 0), x(place), y(figure.high or 0),
                            f"whisker {one.style}"))  # fmt: skip
            continue
        high = [f"{number(x(i))} {number(y(f.high or 0))}" for i, f in run]
        low = [f"{number(x(i))} {number(y(f.low or 0))}" for i, f in reversed(run)]
        out.append(element("path", d=f"M{'L'.join(high + low)}Z", class_=f"band {one.style}"))
    return out


def _line(one: Series, position: dict[str, int], x: Linear, y: Linear) -> list[Raw]:
    out = []
    dense = len(position) > 24
    for run in _runs(one, position, banded=False):
        points = [(x(i), y(f.value or 0)) for i, f in run]
        if len(points) > 1:
            d = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in points)
            out.append(element("path", d=d, class_=f"line {one.style}"))
        if not dense or len(points) == 1:
            out += [
                element("circle", cx=a, cy=b, r=3, class_=f"dot {one.style}") for a, b in points
            ]
    return out


def _names(
    series: Sequence[Series],
    names: list[str],
    position: dict[str, int],
    x: Linear,
    y: Linear,
    *,
    narrow: bool,
) -> list[Raw]:
    """Names at the end of the lines; on a phone, above the chart with their line's style."""
    if narrow:
        out, left = [], 0.0
        for one, name in zip(series, names, strict=True):
            out.append(line(left, 28, left + 20, 28, f"line {one.style}"))
            out.append(text(left + 25, 32, name, kind="name", class_=f"name {one.style}"))
            left += 25 + text_width(name, bold=True) + 16
        return out
    ends: list[tuple[float, str, str]] = []
    for one, name in zip(series, names, strict=True):
        known = [f for f in one.figures if f.value is not None]
        if known:
            last = max(known, key=lambda f: position[f.period])
            ends.append((y(last.value or 0.0), name, one.style))
    out, previous = [], -100.0
    for at, name, style in sorted(ends):
        previous = max(at, previous + 15)
        out.append(text(x.end + 8, previous + 4, name, kind="name", class_=f"name {style}"))
    return out
