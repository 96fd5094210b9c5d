"""Territories side by side: a point with its interval each, against a reference line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.scale import Linear, axis
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

_ROW = 20.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A row: the territory's name, its figure, where it stands (a style of ``Comparison``), or
    why it is not shown.
    """

    name: str
    figure: Figure
    side: str
    chosen: bool
    absent: str = ""


def dots(
    rows: Sequence[Dot],
    reference: Figure,
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    reference_label: str,
    tick: Callable[[float, int], str],
) -> Chart:
    """Draw the rows from top to bottom in the order given."""
    narrow = width <= NARROW
    values = [
        bound
        for figure in (*(row.figure for row in rows), reference)
        for bound in (figure.value, figure.low, figure.high)
        if bound is not None
    ]
    scale = axis(values, 4 if narrow else 6)
    room = 140.0 if narrow else 230.0
    left = min(room, max([text_width(row.name, bold=row.chosen) for row in rows] or [0.0])) + 10
    x = Linear(scale.low, scale.high, left, width - 18.0)
    top = 24.0
    height = top + _ROW * len(rows) + 26
    body: list[Raw] = []
    for value in scale.ticks:
        body.append(line(x(value), top, x(value), height - 22, "grid"))
        label = tick(value, scale.decimals)
        at = min(x(value), width - text_width(label) / 2)
        body.append(text(at, height - 6, label, kind="axis", anchor="middle"))
    if reference.value is not None:
        at = x(reference.value)
        body.append(line(at, top - 6, at, height - 22, "reference-line"))
        half = text_width(reference_label, bold=True) / 2
        body.append(
            text(min(max(at, half), width - half), 12, reference_label, kind="value",
                 anchor="middle", class_="name reference")
        )  # fmt: skip
    for i, row in enumerate(rows):
        middle = top + _ROW * i + _ROW / 2
        style = "chosen" if row.chosen else row.side
        name = shorten(row.name, left - 10, bold=row.chosen)
        weight = "name main" if row.chosen else None
        body.append(text(left - 8, middle + 4, name, kind="name", anchor="end", class_=weight))
        body += _mark(row, middle, x, style)
    return Chart(id, width, height, title, description, tuple(body))


def _mark(row: Dot, middle: float, x: Linear, style: str) -> list[Raw]:
    figure = row.figure
    if figure.value is None:
        return [text(x.start + 4, middle + 4, row.absent, kind="status", class_="small")]
    out = []
    if figure.low is not None and figure.high is not None:
        out.append(line(x(figure.low), middle, x(figure.high), middle, f"whisker {style}"))
    out.append(marker(row.side, x(figure.value), middle, style, row.figure.territory))
    return out


def marker(side: str, x: float, y: float, style: str, code: str | None = None) -> Raw:
    """△ above, ▽ below, full where the gap stands out, ● otherwise: the shape says it all."""
    if side.startswith(("above", "below")):
        sign = -1 if side.startswith("above") else 1
        hollow = "" if side.endswith("marked") else " hollow"
        d = (
            f"M{number(x - 5)} {number(y - 4 * sign)}L{number(x + 5)} {number(y - 4 * sign)}"
            f"L{number(x)} {number(y + 5 * sign)}Z"
        )
        return element("path", d=d, class_=f"mark {style}{hollow}", data_code=code)
    return element("circle", cx=x, cy=y, r=4, class_=f"mark {style}", data_code=code)
