"""Two indicators against each other: a point a territory, with both intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labsante.web.charts.scale import Linear, axis
from labsante.web.charts.svg import Chart, Raw, element, line, shorten, text
from labsante.web.charts.svg import text_width as measure
from labsante.web.figures import Figure


@dataclass(frozen=True, slots=True)
class Pair:
    """A territory with its two figures."""

    name: str
    code: str
    x: Figure
    y: Figure


def scatter(
    pairs: Sequence[Pair],
    *,
    id: str,
    width: int,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
    tick: Callable[[float, int], str],
) -> Chart:
    """Draw the pairs; axes do not start at zero, as points show position, not length."""
    height = 380.0
    x_axis = axis([p.x.value for p in pairs if p.x.value is not None], 5)
    y_axis = axis([p.y.value for p in pairs if p.y.value is not None], 5)
    labels = [tick(value, y_axis.decimals) for value in y_axis.ticks]
    left = max(measure(label) for label in labels) + 10
    x = Linear(x_axis.low, x_axis.high, left, width - 20.0)
    y = Linear(y_axis.low, y_axis.high, height - 46, 26)
    body: list[Raw] = [text(0, 12, shorten(y_label, width), kind="text", class_="small")]
    for value, label in zip(y_axis.ticks, labels, strict=True):
        body.append(line(left, y(value), width - 20, y(value), "grid"))
        body.append(text(left - 6, y(value) + 4, label, kind="axis", anchor="end"))
    for value in x_axis.ticks:
        label = tick(value, x_axis.decimals)
        body.append(line(x(value), 26, x(value), height - 46, "grid"))
        at = min(x(value), width - measure(label) / 2)
        body.append(text(at, height - 28, label, kind="axis", anchor="middle"))
    body.append(text(width - 4, height - 8, shorten(x_label, width - 10), kind="text",
                     anchor="end", class_="small"))  # fmt: skip
    for pair in pairs:
        a, b = x(pair.x.value or 0.0), y(pair.y.value or 0.0)
        if pair.x.low is not None and pair.x.high is not None:
            body.append(line(max(left, x(pair.x.low)), b, min(width - 20.0, x(pair.x.high)), b,
                             "whisker faint"))  # fmt: skip
        if pair.y.low is not None and pair.y.high is not None:
            body.append(line(a, min(y.start, y(pair.y.low)), a, max(y.end, y(pair.y.high)),
                             "whisker faint"))  # fmt: skip
        body.append(element("circle", element("title", pair.name, data_kind="name"), cx=a, cy=b,
                            r=4, class_="mark above", data_code=pair.code))  # fmt: skip
    return Chart(id, width, height, title, description, tuple(body))
