"""The catalogue: every definition file of the house, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from labsante.base.errors import DefinitionError
from labsante.indicators.form import Indicator
from labsante.indicators.reader import read_indicator


@cache
def catalogue() -> dict[str, Indicator]:
    """Every indicator by id; raises DefinitionError on the first wrong file."""
    folder = files("labsante.indicators") / "catalogue"
    found: dict[str, Indicator] = {}
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if not path.name.endswith(".toml"):
            continue
        indicator = read_indicator(path.read_text("utf-8"), f"catalogue/{path.name}")
        if f"{indicator.id}.toml" != path.name:
            raise DefinitionError(
                f"the file is not named after its id {indicator.id}", where=path.name
            )
        found[indicator.id] = indicator
    return found
