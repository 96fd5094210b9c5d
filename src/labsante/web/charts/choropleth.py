"""The map: classes of one hue, hatching for secrecy, overseas boxes and a Paris zoom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labsante.web.charts.scale import class_of, quantile_classes
from labsante.web.charts.svg import NARROW, Chart, Raw, element, group, shorten, text
from labsante.web.figures import DEPARTEMENT, SECRET, Figure
from labsante.web.geometry import MAINLAND, OVERSEAS, PARIS, Frame, frames, shape_id

_GAP = 8.0
_LABEL = 14.0


@dataclass(frozen=True, slots=True)
class LegendItem:
    """One line of the legend: the class of its swatch, its words, how many territories."""

    swatch: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class MapTexts:
    """Words that the map needs, in the page's language."""

    title: str
    description: str
    secret: str
    unavailable: str
    below: Callable[[str], str]
    between: Callable[[str, str], str]
    above: Callable[[str], str]
    paris: str
    name: Callable[[str], str]
    label: Callable[[str, Figure | None], str]
    bound: Callable[[float], str]


def classes(figures: Mapping[str, Figure], decimals: int) -> list[float]:
    """Bounds of the classes of the published values."""
    return quantile_classes((f.value for f in figures.values() if f.value is not None), decimals)


def swatch(figure: Figure | None, bounds: list[float]) -> str:
    """The style class of a territory."""
    if figure is not None and figure.value is not None:
        return f"c{class_of(figure.value, bounds)}"
    return "secret" if figure is not None and figure.status == SECRET else "unavailable"


def legend(figures: Mapping[str, Figure], decimals: int, words: MapTexts) -> list[LegendItem]:
    """Classes with their bounds and how many territories each holds; bounds never overlap."""
    bounds = classes(figures, decimals)
    found = [swatch(figure, bounds) for figure in figures.values()]
    items = []
    last = len(bounds) - 2
    for i in range(max(0, last + 1)):
        if last == 0:
            label = words.between(words.bound(bounds[0]), words.bound(bounds[1]))
        elif i == 0:
            label = words.below(words.bound(bounds[1]))
        elif i == last:
            label = words.above(words.bound(bounds[i]))
        else:
            label = words.between(words.bound(bounds[i]), words.bound(bounds[i + 1]))
        items.append(LegendItem(f"c{i}", label, found.count(f"c{i}")))
    for status, label in (("secret", words.secret), ("unavailable", words.unavailable)):
        if status in found:
            items.append(LegendItem(status, label, found.count(status)))
    return items


def choropleth(
    figures: Mapping[str, Figure],
    level: str,
    decimals: int,
    words: MapTexts,
    *,
    id: str,
    width: int,
    highlight: str | None = None,
    shapes: str | None = None,
    with_legend: bool = False,
) -> Chart:
    """Draw the map of a level.

    ``shapes`` is the address of the shared shapes; without it the shapes are drawn in place,
    for a file that stands alone. ``highlight`` is outlined.
    """
    bounds = classes(figures, decimals)
    parts = frames(level)
    hatch = f"{id}-h"
    body = [_hatching(hatch)]
    narrow = width <= NARROW

    def draw(frame: Frame, x: float, y: float, scale: float) -> Raw:
        order = sorted(frame.paths, key=lambda code: (code == highlight, code))
        drawn = [
            _shape(frame, code, figures.get(code), bounds, words, hatch, shapes, code == highlight,
                   titled=not narrow)
            for code in order
        ]  # fmt: skip
        return group(drawn, transform=f"translate({x:.1f} {y:.1f}) scale({scale:.4f})")

    mainland = parts[MAINLAND]
    boxes = [PARIS, *OVERSEAS] if level == DEPARTEMENT else list(OVERSEAS)
    if narrow:
        scale = width / mainland.width
        body.append(draw(mainland, 0, 0, scale))
        top, columns = mainland.height * scale + _GAP, 3
        side = (width - _GAP * (columns - 1)) / columns
        tall = side * 0.62 + _LABEL
        places = [
            ((i % columns) * (side + _GAP), top + (i // columns) * (tall + _GAP))
            for i in range(len(boxes))
        ]
        height = places[-1][1] + tall
    else:
        side = 100.0
        scale = (width - side - _GAP) / mainland.width
        height = mainland.height * scale
        body.append(draw(mainland, side + _GAP, 0, scale))
        tall = min(92.0, (height - _GAP * (len(boxes) - 1)) / len(boxes))
        places = [(0.0, i * (tall + _GAP)) for i in range(len(boxes))]
    for name, (x, y) in zip(boxes, places, strict=True):
        frame = parts[name]
        label = words.paris if name == PARIS else words.name(_first_department(name))
        body.append(
            element("rect", x=x + 0.5, y=y + 0.5, width=side - 1, height=tall - 1, class_="box")
        )
        body.append(text(x + 4, y + 12, shorten(label, side - 6), kind="name", class_="small"))
        room_x, room_y = side - 10, tall - _LABEL - 6
        fit = min(room_x / frame.width, room_y / frame.height)
        left = x + (side - frame.width * fit) / 2
        under = y + _LABEL + (tall - _LABEL - frame.height * fit) / 2
        body.append(draw(frame, left, under, fit))
    if with_legend:
        for item in legend(figures, decimals, words):
            height += 20
            fill = f"url(#{hatch})" if item.swatch == "secret" else None
            body.append(
                element("rect", x=0.5, y=height - 12, width=22, height=12, fill=fill,
                        class_=f"shape {item.swatch}")
            )  # fmt: skip
            body.append(text(30, height - 2, f"{item.label} ({item.count})", kind="legend"))
        height += 6
    return Chart(id, width, height, words.title, words.description, tuple(body))


def _first_department(box: str) -> str:
    return f"DEP-{box}"


def _shape(
    frame: Frame,
    code: str,
    figure: Figure | None,
    bounds: list[float],
    words: MapTexts,
    hatch: str,
    shapes: str | None,
    chosen: bool,
    *,
    titled: bool,
) -> Raw:
    kind = swatch(figure, bounds)
    title = None
    if titled:
        title = element("title", words.label(code, figure), data_kind="estimate")
    common: dict[str, str | float | None] = {
        "class_": f"shape {kind}{' chosen' if chosen else ''}",
        "data_code": code if frame.name != PARIS else None,
        "fill": f"url(#{hatch})" if kind == "secret" else None,
    }
    if shapes is None:
        return element(
            "path", title, d=frame.paths[code], vector_effect="non-scaling-stroke", **common
        )
    return element("use", title, href=f"{shapes}#{shape_id(frame.name, code)}", **common)


def _hatching(id: str) -> Raw:
    """Stripes for what is secret: a pattern, since colour alone would not say it."""
    return element(
        "defs",
        element(
            "pattern",
            element("rect", width=6, height=6, class_="hatch-ground"),
            element("path", d="M0 6L6 0M-1 1L1 -1M5 7L7 5", class_="hatch-stripe"),
            id=id,
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
        ),
    )
