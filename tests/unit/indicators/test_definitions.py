"""Every definition of the catalogue, and its test patients."""

from __future__ import annotations

import pytest

from labsante.conditions import code_lists
from labsante.engine import parse
from labsante.indicators import catalogue, definition_document
from labsante.indicators.form import Indicator
from labsante.indicators.queries import cells_queries
from labsante.indicators.trials import run_tests

AVAILABLE = [indicator for indicator in catalogue().values() if indicator.available]


@pytest.mark.parametrize("indicator", AVAILABLE, ids=lambda i: i.id)
def test_its_document_holds_its_sql_for_two_engines(indicator: Indicator) -> None:
    document = definition_document(indicator)
    assert {part["title"].split()[-1] for part in document["sql"]} == {"(DuckDB)", "(Oracle)"}
    assert all("SELECT" in part["text"] for part in document["sql"])
    assert document["definition"]["fr"] and document["definition"]["en"]


@pytest.mark.parametrize("indicator", AVAILABLE, ids=lambda i: i.id)
def test_its_code_lists_exist(indicator: Indicator) -> None:
    for _, text in cells_queries(indicator, catalogue()):
        assert set(parse(text, indicator.id).code_lists) <= set(code_lists())


@pytest.mark.parametrize("indicator", [i for i in AVAILABLE if i.tests], ids=lambda i: i.id)
def test_its_patients_are_counted_as_expected(indicator: Indicator) -> None:
    results = run_tests(indicator, catalogue())
    assert results
    assert [result for result in results if not result.passed] == []
