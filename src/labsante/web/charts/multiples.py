"""Small multiples: one panel a territory, the same scales, the reference in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.scale import Linear, axis
from labsante.web.charts.svg import NARROW, Chart, Raw, element, line, number, shorten, text
from labsante.web.figures import Figure

_LABEL, _PANEL, _GAP = 18.0, 74.0, 12.0


@dataclass(frozen=True, slots=True)
class Panel:
    """A territory's panel; ``chosen`` is drawn stronger."""

    name: str
    code: str
    figures: Sequence[Figure]
    chosen: bool


def small_multiples(
    panels: Sequence[Panel],
    reference: Sequence[Figure],
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    tick: Callable[[float, int], str],
    periods: Sequence[str],
    period: Callable[[str], str],
    threshold: float | None = None,
) -> Chart:
    """Draw the panels in reading order; a hidden figure leaves a gap."""
    columns = 3 if width <= NARROW else 6
    left = 30.0
    wide = (width - left - _GAP * (columns - 1)) / columns
    rows = -(-len(panels) // columns)
    known = [f.value for p in panels for f in p.figures if f.value is not None]
    known += [f.value for f in reference if f.value is not None]
    scale = axis(known, 3, zero=True)
    body: list[Raw] = []
    for i, panel in enumerate(panels):
        across, down = i % columns, i // columns
        x0 = left + across * (wide + _GAP)
        top = down * (_LABEL + _PANEL + _GAP) + _LABEL
        x = Linear(0, max(1, len(periods) - 1), x0, x0 + wide)
        y = Linear(scale.low, scale.high, top + _PANEL, top + 2)
        name = shorten(panel.name, wide, bold=panel.chosen)
        style = "name main" if panel.chosen else "small"
        body.append(text(x0, top - 5, name, kind="name", class_=style))
        for value in scale.ticks:
            body.append(line(x0, y(value), x0 + wide, y(value), "grid"))
            if across == 0:
                label = tick(value, scale.decimals)
                body.append(text(left - 4, y(value) + 4, label, kind="axis", anchor="end",
                                 class_="small"))  # fmt: skip
        if threshold is not None and scale.low <= threshold <= scale.high:
            body.append(line(x0, y(threshold), x0 + wide, y(threshold), "threshold"))
        body += _course(reference, x, y, "line reference thin")
        body += _course(panel.figures, x, y, "line main" if panel.chosen else "line own")
    height = rows * (_LABEL + _PANEL + _GAP) + 6
    if periods:
        first, last = period(periods[0]), period(periods[-1])
        body.append(text(left, height, first, kind="period", class_="small"))
        body.append(text(width, height, last, kind="period", anchor="end", class_="small"))
    return Chart(id, width, height + 6, title, description, tuple(body))


def _course(figures: Sequence[Figure], x: Linear, y: Linear, style: str) -> list[Raw]:
    runs: list[list[str]] = [[]]
    for i, figure in enumerate(figures):
        if figure.value is None:
            runs.append([])
        else:
            runs[-1].append(f"{number(x(i))} {number(y(figure.value))}")
    out = []
    for run in runs:
        if len(run) > 1:
            out.append(element("path", d="M" + "L".join(run), class_=style))
        elif run:
            a, b = run[0].split()
            out.append(element("circle", cx=float(a), cy=float(b), r=2,
                               class_=f"dot {style.split()[1]}"))  # fmt: skip
    return out
