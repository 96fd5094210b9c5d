"""The report: floors, shares, and the checks that stand behind a figure."""

from __future__ import annotations

import re

import pytest

from labsante.base.errors import DefinitionError
from labsante.quality import checks, checks_of
from labsante.quality.freshness import lag_curve
from labsante.quality.report import html_report, shown_count
from labsante.quality.rules import read_rules


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "1-10"), (10, "1-10"), (11, "10"), (457, "450")]
)
def test_counts_obey_the_floor(count: int, shown: str) -> None:
    assert shown_count(count, 11) == shown


def test_a_figure_answers_for_the_checks_of_its_tables() -> None:
    report = {
        "checks": [
            {"name": "A", "outcome": "failed", "disqualifies": ["stay"]},
            {"name": "B", "outcome": "warning", "disqualifies": ["stay", "person"]},
            {"name": "C", "outcome": "passed", "disqualifies": ["person"]},
        ]
    }
    assert checks_of(report, ["stay"]) == {"passed": 0, "failed": ["A"], "warnings": ["B"]}
    assert checks_of(report, ["person"]) == {"passed": 1, "failed": [], "warnings": ["B"]}
    assert checks_of(None, ["person"]) == {"passed": 0, "failed": [], "warnings": []}


def test_the_lag_curve_counts_what_each_flux_had_seen() -> None:
    month = 2021 * 12 + 1
    counts = {"2021-01": {month + 1: 90, month + 2: 8, month + 12: 2}}
    curve = lag_curve(counts, month + 12)
    assert (curve[1], curve[2], curve[11], curve[12]) == (0.9, 0.98, 0.98, 1.0)
    assert lag_curve(counts, month + 11) == {}


def test_a_rule_with_an_unknown_key_is_refused_with_its_place() -> None:
    with pytest.raises(DefinitionError) as refused:
        list(read_rules('[Q99]\ntitel = "x"\n', "x.toml"))
    assert "x.toml [Q99]" in str(refused.value) and "titel" in str(refused.value)


def test_every_check_explains_itself_in_both_languages() -> None:
    for check in checks():
        assert check.why.fr != check.why.en
        text = check.title.fr + check.why.fr + check.rows + check.population
        assert not re.search(r"\{[a-z_]+\}", text), check.name


def test_the_page_holds_every_check() -> None:
    body = {
        "passed": 1, "failed": 0, "warnings": 0, "not_applicable": 0,
        "checks": [
            {
                "name": "Q1", "outcome": "passed", "violations": "0", "disqualifies": ["stay"],
                "title": {"fr": "a<b", "en": "t"}, "why": {"fr": "p", "en": "w"},
            }
        ],
    }  # fmt: skip
    page = html_report(body)
    assert "a&lt;b" in page and 'lang="fr"' in page
