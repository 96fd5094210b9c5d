"""Contrast, computed from the theme's own custom properties: a tool cannot judge SVG text."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

TEXT = [
    ("text", "page"), ("text", "panel"), ("text", "warning"), ("muted", "page"),
    ("muted", "panel"), ("link", "page"), ("link", "panel"), ("on-accent", "accent"),
    ("chosen", "page"), ("reference", "page"),
]  # fmt: skip
MARKS = [
    ("accent", "page"), ("chosen", "page"), ("reference", "page"), ("field", "page"),
    ("field", "panel"), ("shape-line", "page"), ("shape-line", "c0"), ("hatch", "page"),
    ("warning-line", "page"), ("c4", "c0"),
]  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    """Custom properties of the light and the dark theme."""
    text = (files("labsante.web") / "static" / "tokens.css").read_text("utf-8")
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    return {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
            for name, part in (("light", light), ("dark", dark))}  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#b34000", "#ffffff") == pytest.approx(5.75, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_reaches_4_5(theme: str, front: str, back: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[front], colours[back]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), MARKS)
def test_marks_reach_3(theme: str, front: str, back: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[front], colours[back]) >= 3


def test_both_themes_define_the_same_properties() -> None:
    found = themes()
    assert set(found["light"]) == set(found["dark"])
    used = set()
    for name in ("charts.css", "site.css"):
        text = (files("labsante.web") / "static" / name).read_text("utf-8")
        used |= set(re.findall(r"var\(--([\w-]+)\)", text))
        assert not re.search(r"#[0-9a-f]{3,6}\b", text), "colours live in tokens.css alone"
    assert used <= set(found["light"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_classes_of_the_map_go_one_way(theme: str) -> None:
    shades = [luminance(themes()[theme][f"c{i}"]) for i in range(5)]
    assert shades in (sorted(shades), sorted(shades, reverse=True))
