from __future__ import annotations

import re
from pathlib import Path

from labsante.engine import lint, parse
from labsante.engine.functions import FUNCTIONS, INSTEAD_OF
from labsante.engine.pages import FUNCTIONS_PAGE, SUBSET_PAGE, functions_page, subset_page

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
ADVICE = "run: python -m labsante.engine.pages docs/reference"


def test_the_pages_are_current() -> None:
    assert (REFERENCE / FUNCTIONS_PAGE).read_text("utf-8") == functions_page(), ADVICE
    assert (REFERENCE / SUBSET_PAGE).read_text("utf-8") == subset_page(), ADVICE


def test_the_example_of_the_page_passes_the_linter() -> None:
    (example,) = re.findall(r"```sql\n(.*?)```", subset_page(), re.DOTALL)
    lint(parse(example, "example.sql"))


def test_advice_names_functions_that_exist() -> None:
    plain = {"count", "sum", "min", "max", "row_number", "coalesce"}
    for name, advice in INSTEAD_OF.items():
        assert name not in FUNCTIONS
        assert set(re.findall(r"(\w+)\(", advice)) <= set(FUNCTIONS) | plain, advice
