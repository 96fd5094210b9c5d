"""A tiny SVG builder that escapes by default, and the frame every chart shares.

A chart is drawn at one of two widths: ``WIDE`` and ``NARROW``. Text keeps its size in both, so
that a phone does not shrink it; the page shows one of the two by media query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

WIDE, NARROW = 640, 340
FONT = 12.0
# Advance of characters in the widest of the usual system fonts, in em: enough to reserve room.
_ADVANCE = {**dict.fromkeys("iljtfrI.,:;'’|! -", 0.38), **dict.fromkeys("mwMW%‰", 0.98)}
_CAPITAL = 0.73
_ORDINARY = 0.62
_BOLD = 1.12


def text_width(text: str, size: float = FONT, *, bold: bool = False) -> float:
    """Room a text takes, in pixels; slightly generous."""
    return (
        (_BOLD if bold else 1.0)
        * size
        * sum(_ADVANCE.get(char, _CAPITAL if char.isupper() else _ORDINARY) for char in text)
    )


def shorten(text: str, room: float, size: float = FONT, *, bold: bool = False) -> str:
    """The text, or its beginning and an ellipsis where the room is short."""
    if text_width(text, size, bold=bold) <= room:
        return text
    while text and text_width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip(" -’'") + "…"


def number(value: float) -> str:
    """A coordinate with one decimal at most."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


@dataclass(frozen=True, slots=True)
class Raw:
    """Markup that was made by this module."""

    markup: str

    def __str__(self) -> str:
        return self.markup


def element(name: str, *children: Raw | str | None, **attributes: str | float | None) -> Raw:
    """One element. Text children and attribute values are escaped.

    ``class_`` writes ``class``; ``_`` in other names becomes ``-``; None leaves the attribute
    out.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        label = "class" if key == "class_" else key.replace("_", "-")
        text = number(value) if isinstance(value, float | int) else escape(str(value))
        parts.append(f'{label}="{text}"')
    inner = "".join(
        child.markup if isinstance(child, Raw) else escape(child, quote=False)
        for child in children
        if child is not None
    )
    return Raw(f"<{' '.join(parts)}>{inner}</{name}>" if inner else f"<{' '.join(parts)}/>")


def group(children: Iterable[Raw | None], **attributes: str | float | None) -> Raw:
    """A ``g`` element."""
    return element("g", *children, **attributes)


def text(
    x: float,
    y: float,
    content: str,
    *,
    kind: str,
    anchor: str | None = None,
    class_: str | None = None,
) -> Raw:
    """A text with its kind: what the number it may hold is."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_, data_kind=kind)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Raw:
    """A straight line."""
    return element("path", d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", class_=class_)


@dataclass(frozen=True)
class Chart:
    """A drawing with the name and the description that make it an image to everyone."""

    id: str
    width: float
    height: float
    title: str
    description: str
    body: tuple[Raw, ...] = field(default=())

    def markup(self, *, standalone_style: str | None = None) -> str:
        """The ``svg`` element; with a style of its own where it is a file."""
        style = Raw(f"<style>{standalone_style}</style>") if standalone_style else None
        return element(
            "svg",
            element("title", self.title, id=f"{self.id}-t", data_kind="text"),
            element("desc", self.description, id=f"{self.id}-d", data_kind="text"),
            style,
            *self.body,
            xmlns="http://www.w3.org/2000/svg" if standalone_style else None,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            width=self.width if standalone_style else None,
            height=self.height if standalone_style else None,
            class_="chart",
            role="img",
            aria_labelledby=f"{self.id}-t",
            aria_describedby=f"{self.id}-d",
        ).markup
