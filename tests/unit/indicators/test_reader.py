"""The form is strict: what is not understood is refused, with the line and a way out."""

from __future__ import annotations

from importlib.resources import files

import pytest

from labsante.base.errors import DefinitionError
from labsante.indicators import read_indicator

TEXT = (files("labsante.indicators") / "catalogue" / "PAT-DIAB-PREV.toml").read_text("utf-8")
BARE = TEXT[: TEXT.index("[[reference]]")]


def refused(text: str) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        read_indicator(text, "x.toml")
    return caught.value


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_a_definition_is_read() -> None:
    indicator = read_indicator(TEXT, "x.toml")
    assert indicator.multiplier == 100
    assert indicator.standard == "esp2013"
    assert indicator.references[0].value == 5.6


def test_an_unknown_key_is_refused_with_its_line_and_a_near_miss() -> None:
    text = BARE.replace('direction = "neutral"', 'direktion = "neutral"')
    error = refused(text)
    assert error.where == f"x.toml:{line_of(text, 'direktion')}"
    assert error.hint == "did you mean direction?"


def test_a_key_swallowed_by_a_table_is_told_to_move_higher() -> None:
    text = BARE.replace('standard = "esp2013"\n', "")
    text += '[[reference]]\nvalue = 5\nperiod = "2023"\nwho = "X"\nstandard = "esp2013"\n'
    error = refused(text)
    assert "reference.standard" in error.what
    assert "move it higher" in error.hint
    assert error.where.endswith(f":{line_of(text, 'standard')}")


def test_an_unknown_key_inside_an_inline_table_is_refused() -> None:
    error = refused(BARE.replace("having =", "havin ="))
    assert "numerator.havin" in error.what
    assert error.hint == "did you mean having?"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('type = "proportion"', 'type = "percentage"', "type"),
        ('id = "PAT-DIAB-PREV"', 'id = "diabetes"', "id"),
        ("decimals = 2", 'decimals = "two"', "decimals"),
        ('theme = "pathologies"', "", "theme is missing"),
        ('base = "person_year"', 'base = "person_year", sex = "F"', "sex"),
        ('base = "person_year"', 'base = "person_year", ages = "from 50"', "ages"),
        ('base = "person_year"', 'where = "age > 3"', "population"),
        ('table = "dispensing", codes', "codes", "numerator"),
        ('title = { fr = "Prévalence du diabète traité", en = "Treated', 'title = { fr = "T', ""),
    ],
)
def test_wrong_values_are_refused(before: str, after: str, told: str) -> None:
    assert before in BARE
    assert told in refused(BARE.replace(before, after)).what


def test_an_indicator_without_a_population_must_say_why() -> None:
    lines = [line for line in BARE.splitlines() if not line.startswith(("population", "numerator"))]
    error = refused("\n".join(lines))
    assert "unavailable" in error.hint
    read_indicator("\n".join(lines) + '\nunavailable = { fr = "a", en = "b" }\n')


def test_bad_toml_gives_the_line() -> None:
    assert refused(BARE + "\nx = = 1\n").where.startswith("x.toml:")
