"""Search without accents, case or spelling of apostrophes, with the field's synonyms."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from labsante.web.content import Content, Summary
from labsante.web.themes import theme_name, theme_of
from labsante.web.words import fold


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """A folded word → every word that means the same here (``synonyms.toml``)."""
    text = (files("labsante.web") / "synonyms.toml").read_text("utf-8")
    out: dict[str, set[str]] = {}
    for group in tomllib.loads(text)["groups"]:
        folded = {fold(word) for word in group}
        for word in folded:
            out.setdefault(word, set()).update(folded)
    return {word: frozenset(same) for word, same in out.items()}


def needles(query: str) -> list[frozenset[str]]:
    """Each word of the query with its synonyms; the whole query may itself be a synonym.

    Small words that carry no meaning are left out.
    """
    folded = fold(query)
    if folded in synonyms():
        return [synonyms()[folded]]
    kept = [word for word in folded.split() if word not in _SMALL]
    return [synonyms().get(word, frozenset()) | {word} for word in kept or folded.split()]


_FRENCH_SMALL = ("a au aux avec d dans de des du en et l la le les ou par pour sur").split()  # noqa: SIM905
_ENGLISH_SMALL = ("the of in and for to").split()  # noqa: SIM905
_SMALL = frozenset((*_FRENCH_SMALL, *_ENGLISH_SMALL))


def matches(haystack: str, wanted: Iterable[frozenset[str]]) -> bool:
    """Whether a folded text holds each word, or one of its synonyms, at the start of a word."""
    padded = f" {haystack}"
    return all(any(f" {word}" in padded for word in words) for words in wanted)


def haystack(summary: Summary) -> str:
    """What an indicator can be found by: id, titles, theme, definition, in both languages."""
    parts = [summary.id]
    for language in ("fr", "en"):
        parts += [summary.title(language), theme_name(theme_of(summary), language)]
    for key in ("definition", "why"):
        value = summary.definition.get(key)
        if isinstance(value, dict):
            parts += [str(text) for text in value.values()]
    return fold(" ".join(parts))


def search_indicators(content: Content, query: str) -> list[Summary]:
    """Indicators that match, those that match by their title first."""
    wanted = needles(query)
    if not wanted:
        return []
    found = [summary for summary in content.summaries if matches(haystack(summary), wanted)]

    def rank(summary: Summary) -> tuple[bool, str]:
        title = fold(f"{summary.id} {summary.title('fr')} {summary.title('en')}")
        return (not matches(title, wanted), summary.id)

    return sorted(found, key=rank)
