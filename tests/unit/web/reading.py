"""Reading a page as a careful reader would: texts with the kind of their nearest element."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr", "path", "circle", "rect", "use"}


@dataclass(frozen=True)
class Text:
    """A piece of text: what it says, its kind, the elements around it."""

    words: str
    kind: str | None
    path: tuple[str, ...]
    lang: str


class Reader(HTMLParser):
    """Collects texts, tags and table cells of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._stack: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[Text] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID or (tag == "use"):
            self._stack.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._stack:
            if self._stack.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        kinds = [a["data-kind"] for _, a in self._stack if a.get("data-kind")]
        langs = [a["lang"] for _, a in self._stack if a.get("lang")]
        self.texts.append(
            Text(
                data,
                kinds[-1] if kinds else None,
                tuple(tag for tag, _ in self._stack),
                str(langs[-1]) if langs else "",
            )
        )


def read(page: str) -> Reader:
    """Parse a page."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def numbers(text: str) -> list[float]:
    """Numbers of a French text."""
    found = re.findall(r"\d[\d\u202f]*(?:,\d+)?", text)
    return [float(n.replace("\u202f", "").replace(",", ".")) for n in found]
