from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsante.web.charts.dots import Dot, dots
from labsante.web.charts.scale import axis, class_of, quantile_classes
from labsante.web.charts.svg import NARROW, WIDE, Chart, element, shorten, text, text_width
from labsante.web.charts.trend import Series, trend
from labsante.web.figures import Figure

SVG = "{http://www.w3.org/2000/svg}"


def figure(territory: str, value: float | None, period: str = "2023") -> Figure:
    if value is None:
        return Figure(territory, period, "secret")
    return Figure(territory, period, "published", value, value * 0.9, value * 1.1)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_builder_escapes_texts_and_attributes(content: str, label: str) -> None:
    clean = [t.translate(dict.fromkeys((*range(32), *range(55296, 57344), 65534, 65535)))
             for t in (content, label)]  # fmt: skip
    made = element("text", clean[0], aria_label=clean[1])
    parsed = ElementTree.fromstring(str(made))
    assert (parsed.text or "") == clean[0]
    assert parsed.get("aria-label") == clean[1]


def test_a_hostile_name_stays_text() -> None:
    chart = Chart("a", 10, 10, "<script>alert(1)</script>", '"><img src=x>', ())
    markup = chart.markup()
    assert "<script" not in markup
    assert "<img" not in markup


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(2, 8))
def test_an_axis_covers_its_values_with_few_round_ticks(values: list[float], wanted: int) -> None:
    made = axis(values, wanted)
    assert made.low <= min(values) + 1e-6 * (abs(min(values)) + 1)
    assert made.high >= max(values) - 1e-6 * (abs(max(values)) + 1)
    assert 2 <= len(made.ticks) <= 2 * wanted + 2
    labels = [f"{tick:.{made.decimals}f}" for tick in made.ticks]
    assert len(set(labels)) == len(labels), "two ticks may not print the same"


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=120), st.integers(0, 2))
def test_classes_increase_never_repeat_and_hold_every_value(raw: list[int], decimals: int) -> None:
    values = [round(value / 100, decimals) for value in raw]
    bounds = quantile_classes(values, decimals)
    assert len(bounds) <= 6
    printed = [f"{bound:.{decimals}f}" for bound in bounds]
    if len(set(values)) > 1:
        assert len(set(printed)) == len(printed)
    for value in values:
        place = class_of(value, bounds)
        assert bounds[place] <= value or place == 0
        assert value <= bounds[place + 1]


def test_a_hidden_figure_breaks_the_line_and_is_never_zero() -> None:
    periods = ["2019", "2020", "2021", "2022", "2023"]
    values = [5.0, 5.5, None, 6.0, 6.5]
    series = [Series("Bretagne", "main", [figure("REG-53", v, p) for v, p in
                                          zip(values, periods, strict=True)])]  # fmt: skip
    chart = _trend(series, periods)
    root = ElementTree.fromstring(chart.markup(standalone_style=" "))
    lines = [p for p in root.iter(f"{SVG}path") if "line" in (p.get("class") or "").split()]
    drawn = [p for p in lines if "main" in (p.get("class") or "")]
    assert len(drawn) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 4


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_text_leaves_the_frame(width: int) -> None:
    names = ["Provence-Alpes-Côte d’Azur", "Saint-Pierre-et-Miquelon-de-la-Mer", "W" * 60]
    rows = [Dot(n, figure("REG-93", 5.0 + i), "above", i == 0) for i, n in enumerate(names)]
    chart = dots(
        rows, figure("FRA", 5.5), id="d", width=width, title="t", description="d",
        reference_label="France 5,5 %", tick=lambda v, d: f"{v:.{d}f}",
    )  # fmt: skip
    for label in ElementTree.fromstring(chart.markup(standalone_style=" ")).iter(f"{SVG}text"):
        x, content = float(label.get("x") or 0), label.text or ""
        bold = "name" in (label.get("class") or "")
        room = text_width(content, bold=bold)
        anchor = label.get("text-anchor")
        left = x - room if anchor == "end" else x - room / 2 if anchor == "middle" else x
        assert left >= -1.5, content
        assert left + room <= width + 1.5, content


@given(st.text(max_size=40), st.floats(20, 300))
def test_shortened_text_fits(content: str, room: float) -> None:
    assert text_width(shorten(content, room)) <= max(room, text_width("…"))


def test_every_text_has_its_kind() -> None:
    chart = _trend([Series("France", "main", [figure("FRA", 5.0)])], ["2023"])
    root = ElementTree.fromstring(chart.markup(standalone_style=" "))
    for node in root.iter(f"{SVG}text"):
        assert node.get("data-kind"), node.text
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None
    assert text(0, 0, "1", kind="axis").markup.count("data-kind") == 1


def _trend(series: list[Series], periods: list[str]) -> Chart:
    return trend(
        series, periods, id="e", width=WIDE, title="t", description="d", unit="%",
        tick=lambda v, d: f"{v:.{d}f}", period=lambda p: p,
    )  # fmt: skip
