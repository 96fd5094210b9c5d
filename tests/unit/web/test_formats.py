from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsante.web import formats


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        (338334, 0, "338\u202f334", "338,334"),
        (-0.84, 2, "\u22120,84", "\u22120.84"),
        (0, 1, "0,0", "0.0"),
        (-0.04, 1, "0,0", "0.0"),
        (2.5, 0, "3", "3"),
        (1.005, 2, "1,01", "1.01"),
        (1234567.891, 1, "1\u202f234\u202f567,9", "1,234,567.9"),
    ],
)
def test_numbers_in_two_languages(value: float, decimals: int, french: str, english: str) -> None:
    assert formats.number(value, decimals) == french
    assert formats.number(value, decimals, "en") == english


def test_a_gap_shows_its_sign_and_zero_has_none() -> None:
    assert formats.number(1.5, 1, sign=True) == "+1,5"
    assert formats.number(-1.5, 1, sign=True) == "\u22121,5"
    assert formats.number(0, 1, sign=True) == "0,0"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_missing_value_is_not_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        formats.number(value)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_the_printed_number_reads_back_to_the_rounded_value(value: float, decimals: int) -> None:
    text = formats.number(value, decimals)
    back = float(text.replace("\u202f", "").replace(",", ".").replace("\u2212", "-"))
    assert abs(back - value) <= 0.5 * 10**-decimals * (1 + 1e-6)
    assert " " not in text


def test_units_intervals_and_periods() -> None:
    assert formats.with_unit("5,6", "%") == "5,6\u00a0%"
    assert formats.with_unit("5.6", "%", "en") == "5.6%"
    assert formats.with_unit("3", "pour 100 000") == "3\u00a0pour\u00a0100\u00a0000"
    assert formats.interval(6.5, 6.56, 2) == "6,50\u00a0à 6,56"
    assert formats.interval(-1, -0.5, 1) == "\u22121,0\u00a0à \u22120,5"
    assert formats.period("2022") == "2022"
    assert formats.period("2022-03") == "mars\u00a02022"
    assert formats.period("2022-03", "en") == "March\u00a02022"
    assert formats.period("2022-T1") == "1er trimestre\u00a02022"


def test_dates_and_plurals() -> None:
    assert formats.day(date(2026, 11, 1)) == "1er\u00a0novembre\u00a02026"
    assert formats.day(date(2026, 11, 23)) == "23\u00a0novembre\u00a02026"
    assert formats.plural(1.9, "point", "points") == "point"
    assert formats.plural(2, "point", "points") == "points"
    assert formats.plural(0, "point", "points", "en") == "points"
