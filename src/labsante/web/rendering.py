"""Templates: one environment, and the words and links that every page shares."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from labsante.base.texts import Text
from labsante.web import formats, words
from labsante.web.content import Content
from labsante.web.documents import HTML, SHORT, Document


@dataclass(frozen=True)
class Page:
    """What a template knows of the request: language, address, and what is published."""

    language: str
    path: str
    query: Mapping[str, str]
    content: Content | None
    title: str = ""

    def t(self, french: str, english: str) -> str:
        """The wording of the page's language."""
        return words.choose(self.language, french, english)

    def link(self, path: str, **query: str) -> str:
        """An address in the same language."""
        pairs = {key: value for key, value in query.items() if value}
        if self.language != "fr":
            pairs["langue"] = self.language
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def other_language(self) -> str:
        """The same page in the other language."""
        pairs = {key: value for key, value in self.query.items() if key != "langue"}
        if self.language == "fr":
            pairs["langue"] = "en"
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def local(self, text: Text) -> str:
        """A bilingual text in the page's language, French typeset."""
        return self.t(text.fr, text.en)

    def message(self, key: str, **values: str) -> str:
        """A message of ``messages.toml``."""
        return words.message(key, self.language, **values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number in the page's language."""
        return formats.number(value, decimals, self.language)


def kind(text: object, kind: str) -> Markup:
    """A number in a sentence, with what it is."""
    return Markup('<span data-kind="{}">{}</span>').format(kind, text)


STYLES = ("tokens.css", "charts.css", "site.css")


@cache
def asset(name: str) -> bytes:
    """A static file of the site; the style sheet is its three parts in one."""
    folder = files("labsante.web") / "static"
    if name == "site.css":
        return b"\n".join((folder / part).read_bytes() for part in STYLES)
    return (folder / name).read_bytes()


@cache
def asset_address(name: str) -> str:
    """The address of a static file, which changes with its bytes."""
    if name.startswith("carte-"):
        from labsante.web.geometry import symbols

        content = symbols(name.removeprefix("carte-").removesuffix(".svg")).encode()
    else:
        content = asset(name)
    return f"/static/{hashlib.sha256(content).hexdigest()[:10]}/{name}"


@cache
def chart_style() -> str:
    """The style of charts alone, for files that stand alone."""
    folder = files("labsante.web") / "static"
    text = "".join((folder / name).read_text("utf-8") for name in STYLES[:2])
    return " ".join(text.split())


@cache
def environment() -> Environment:
    """The templates: escaped, strict on names."""
    made = Environment(
        loader=PackageLoader("labsante.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": asset_address, "kind": kind, "words": words, "formats": formats}
    made.filters["typeset"] = lambda text: Markup(formats.typeset(str(text)))
    return made


def render(
    template: str, page: Page, *, status: int = 200, cache: str = SHORT, **values: Any
) -> Document:
    """A page as a document."""
    body = environment().get_template(template).render(page=page, t=page.t, **values)
    return Document(body, HTML, status, cache, {"Content-Language": page.language})
