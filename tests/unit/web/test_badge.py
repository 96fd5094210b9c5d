from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labsante.web.content import Content
from labsante.web.pages.understanding import badge
from labsante.web.selection import Selection
from labsante.web.state import read_view


@pytest.mark.parametrize(
    ("checks", "level"),
    [
        ({"passed": 41, "disqualified_by": [], "warned_by": []}, "good"),
        ({"passed": 41, "disqualified_by": [], "warned_by": ["Q07"]}, "watch"),
        ({"passed": 41, "disqualified_by": ["Q01"], "warned_by": ["Q07"]}, "fragile"),
        ({"passed": 0, "failed": 0}, "watch"),
        ({}, "watch"),
    ],
)
def test_a_figure_is_good_only_where_checks_were_run(
    content: Content, checks: dict[str, Any], level: str
) -> None:
    indicator = replace(content.indicator("HOS-DMS"), passport={"checks": checks})
    found, words = badge(Selection(indicator, read_view(indicator, {})))
    assert found == level
    for name in checks.get("disqualified_by", []):
        assert name in words
