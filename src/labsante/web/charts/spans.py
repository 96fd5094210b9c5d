"""Spans: a row a territory, a point and what surrounds it, against a target or a threshold.

Two uses: a bullet to a target (value, interval, the year before), and a time to adoption (when a
threshold was reached, between the earliest and the latest plausible moment).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.scale import Linear, axis
from labsante.web.charts.svg import NARROW, Chart, Raw, element, line, number, shorten, text
from labsante.web.charts.svg import text_width as measure

_ROW = 20.0


@dataclass(frozen=True, slots=True)
class Span:
    """A row. ``open_end`` draws an arrow to the right edge: not reached yet.

    ``before`` is an earlier value, drawn as a hollow mark; ``absent`` says why there is nothing.
    """

    name: str
    code: str
    value: float | None
    low: float | None = None
    high: float | None = None
    before: float | None = None
    chosen: bool = False
    open_end: bool = False
    absent: str = ""


def spans(
    rows: Sequence[Span],
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    tick: Callable[[float, int], str],
    target: float | None = None,
    target_label: str = "",
    zero: bool = False,
    whole: bool = False,
) -> Chart:
    """Draw the rows from top to bottom in the order given; ``whole`` keeps ticks whole."""
    narrow = width <= NARROW
    values = [
        bound
        for row in rows
        for bound in (row.value, row.low, row.high, row.before)
        if bound is not None
    ]
    known = [*values, *([target] if target is not None else [])]
    scale = axis(known, 4 if narrow else 6, zero=zero, whole=whole)
    room = 140.0 if narrow else 230.0
    left = min(room, max([measure(row.name, bold=row.chosen) for row in rows] or [0.0])) + 10
    x = Linear(scale.low, scale.high, left, width - 18.0)
    top, height = 24.0, 24.0 + _ROW * len(rows) + 26
    body: list[Raw] = []
    for value in scale.ticks:
        body.append(line(x(value), top, x(value), height - 22, "grid"))
        label = tick(value, scale.decimals)
        at = min(x(value), width - measure(label) / 2)
        body.append(text(at, height - 6, label, kind="axis", anchor="middle"))
    if target is not None:
        at = x(target)
        body.append(line(at, top - 6, at, height - 22, "target-line"))
        half = measure(target_label, bold=True) / 2
        body.append(text(min(max(at, half), width - half), 12, target_label, kind="target",
                         anchor="middle", class_="name reference"))  # fmt: skip
    for i, row in enumerate(rows):
        middle = top + _ROW * i + _ROW / 2
        weight = "name main" if row.chosen else None
        name = shorten(row.name, left - 10, bold=row.chosen)
        body.append(text(left - 8, middle + 4, name, kind="name", anchor="end", class_=weight))
        body += _mark(row, middle, x)
    return Chart(id, width, height, title, description, tuple(body))


def _mark(row: Span, middle: float, x: Linear) -> list[Raw]:
    style = "chosen" if row.chosen else "close"
    if row.value is None:
        if not row.open_end:
            return [text(x.start + 4, middle + 4, row.absent, kind="status", class_="small")]
        tip = x.end
        return [
            line(x.start, middle, tip - 6, middle, f"whisker dashed {style}"),
            element("path", d=f"M{number(tip - 8)} {number(middle - 4)}L{number(tip)} "
                    f"{number(middle)}L{number(tip - 8)} {number(middle + 4)}",
                    class_=f"whisker {style}", data_code=row.code),
        ]  # fmt: skip
    out = []
    if row.low is not None and row.high is not None:
        out.append(line(x(row.low), middle, x(row.high), middle, f"whisker {style}"))
    if row.before is not None:
        out.append(line(x(row.before), middle - 6, x(row.before), middle + 6, "before"))
    out.append(element("circle", cx=x(row.value), cy=middle, r=4, class_=f"mark {style}",
                       data_code=row.code))  # fmt: skip
    return out
