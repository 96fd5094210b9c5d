"""Régions and départements, and the codes that carry their level: ``FRA``, ``REG-53``, ``DEP-2A``.

Source: code officiel géographique 2026 (Insee), 18 régions and 101 départements; PMSI codes of
the overseas départements from the PMSI documentation. One regional health agency (ARS) a région.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FRANCE = "FRA"


@dataclass(frozen=True, slots=True)
class Region:
    """A région, its Insee code and its name."""

    code: str
    name: str

    @property
    def territory(self) -> str:
        """``REG-53``."""
        return f"REG-{self.code}"


@dataclass(frozen=True, slots=True)
class Departement:
    """A département, its Insee code (``2A``, ``971``), its région, and its PMSI code."""

    code: str
    name: str
    region: str
    pmsi_code: str

    @property
    def territory(self) -> str:
        """``DEP-2A``."""
        return f"DEP-{self.code}"


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("labsante.snds") / "data" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def regions() -> tuple[Region, ...]:
    """The 18 régions by code."""
    return tuple(Region(row["code"], row["name"]) for row in _rows("regions.csv"))


@cache
def departements() -> tuple[Departement, ...]:
    """The 101 départements by code."""
    return tuple(Departement(**row) for row in _rows("departements.csv"))


@cache
def territory_names() -> dict[str, str]:
    """Name of every published territory at or above the département, in French."""
    names = {FRANCE: "France"}
    names |= {region.territory: region.name for region in regions()}
    names |= {departement.territory: departement.name for departement in departements()}
    return names


@cache
def parents() -> dict[str, str]:
    """The parent of every territory: ``DEP-35`` → ``REG-53`` → ``FRA``."""
    above = {region.territory: FRANCE for region in regions()}
    above |= {dep.territory: f"REG-{dep.region}" for dep in departements()}
    return above
