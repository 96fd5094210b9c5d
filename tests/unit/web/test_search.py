from __future__ import annotations

import pytest

from labsante.web.content import Content
from labsante.web.search import search_indicators


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("diabète", "PAT-DIAB-PREV"),
        ("DIABETE", "PAT-DIAB-PREV"),
        ("glycémie", "PAT-DIAB-PREV"),
        ("dms", "HOS-DMS"),
        ("la durée de séjour", "HOS-DMS"),
        ("hospitalisation", "HOS-DMS"),
        ("dapagliflozine", "INN-SGLT2"),
        ("HOS-DMS", "HOS-DMS"),
        ("length of stay", "HOS-DMS"),
    ],
)
def test_words_synonyms_and_accents_find_the_indicator(
    content: Content, query: str, first: str
) -> None:
    assert first in [summary.id for summary in search_indicators(content, query)]


@pytest.mark.parametrize("query", ["zzz", "  ", "<script>"])
def test_nothing_is_found_for_nothing(content: Content, query: str) -> None:
    assert search_indicators(content, query) == []
