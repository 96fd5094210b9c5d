"""Every theme that a definition may write has a name on the site, in both languages."""

from __future__ import annotations

import pytest

from labsante.indicators import catalogue
from labsante.web.themes import _ENGLISH, THEMES


@pytest.mark.parametrize("theme", sorted({i.theme for i in catalogue().values()}))
def test_a_theme_of_the_catalogue_is_named(theme: str) -> None:
    assert _ENGLISH.get(theme, theme) in THEMES
