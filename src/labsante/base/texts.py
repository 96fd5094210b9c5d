"""Bilingual texts: French first, English second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labsante.base.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Text:
    """One text in French and in English; both are always filled."""

    fr: str
    en: str

    @classmethod
    def of(cls, value: object, where: str) -> Text:
        """Read ``{fr = "…", en = "…"}``; raises DefinitionError naming ``where``."""
        if (
            isinstance(value, Mapping)
            and set(value) == {"fr", "en"}
            and all(isinstance(text, str) and text.strip() for text in value.values())
        ):
            return cls(value["fr"], value["en"])
        raise DefinitionError(
            "a text must be given in French and in English",
            where=where,
            hint='write { fr = "…", en = "…" }',
        )

    def in_language(self, language: str) -> str:
        """The text in ``fr`` or ``en``."""
        return self.en if language == "en" else self.fr
