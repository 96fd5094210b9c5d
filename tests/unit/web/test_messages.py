from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from labsante.web import words

SOURCE = Path(str(files("labsante.web")))
DYNAMIC = {
    "status_published", "status_secret", "status_unavailable", "status_not_relevant",
    "side_above", "side_below", "side_above_marked", "side_below_marked",
    "direction_higher", "direction_lower", "direction_neutral",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(words.messages()))
def test_each_message_is_bilingual_and_typeset(key: str) -> None:
    entry = words.messages()[key]
    assert set(entry) == {"fr", "en"}
    assert not re.search(r" [:;?!%»]|« ", entry["fr"]), "a plain space before French punctuation"
    assert "'" not in entry["fr"], "French uses the typographic apostrophe"
    assert set(re.findall(r"\{(\w+)\}", entry["fr"])) == set(re.findall(r"\{(\w+)\}", entry["en"]))


def test_secret_has_one_text_and_one_symbol() -> None:
    assert words.status_text("secret", "fr") == "Résultat non diffusé (secret statistique)."
    assert words.status_symbol("secret") == "s"
    assert words.status_word("secret") == "secret"
    assert words.status_word("published") == "diffuse"


def test_units_are_shortened_for_numbers() -> None:
    assert words.short_unit("% de la population") == "%"
    assert words.short_unit("pour 100 000 habitants") == "pour 100 000"
    assert words.short_unit("nuits") == "nuits"
    assert words.gap_unit("% de la population", 1.9, "fr") == "point"
    assert words.gap_unit("% de la population", -2.0, "fr") == "points"


def test_every_region_is_said_with_its_preposition() -> None:
    for code, name in words.region_choices():
        said = words.in_territory(code, "fr")
        assert name.replace("'", "’").split(" ")[-1] in said


def test_french_order_puts_the_isle_at_i() -> None:
    names = [name for _, name in words.region_choices()]
    assert names.index("Hauts-de-France") < names.index("Île-de-France") < names.index("La Réunion")


def test_folding_for_search() -> None:
    assert words.fold("Cœur d’Île-de-France") == "coeur d ile de france"
