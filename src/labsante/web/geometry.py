"""The shapes of the map, and the files that pages share to draw it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from labsante.snds.territories import departements, regions
from labsante.web.charts.svg import Raw, element

MAINLAND, PARIS = "metro", "paris"
OVERSEAS = ("971", "972", "973", "974", "976")
REGION_OF_OVERSEAS = {d.code: d.region for d in departements() if d.code in OVERSEAS}


@dataclass(frozen=True, slots=True)
class Frame:
    """One part of the map in its own units: its size, and paths by territory code."""

    name: str
    width: int
    height: int
    paths: dict[str, str]


@cache
def frames(level: str) -> dict[str, Frame]:
    """Frames of a level (``REG`` or ``DEP``): the mainland, the Paris zoom, five overseas."""
    text = (files("labsante.web") / "geo" / "france.json").read_text("utf-8")
    groups = json.loads(text)["groups"]
    return {
        name: Frame(
            name,
            group["width"],
            group["height"],
            {f"{level}-{code}": path for code, path in group[level].items()},
        )
        for name, group in groups.items()
    }


@cache
def symbols(level: str) -> str:
    """The SVG file that pages refer to by ``<use>``: cached once, it keeps pages light."""
    body = [
        element("path", id=shape_id(frame.name, code), d=path, vector_effect="non-scaling-stroke")
        for frame in frames(level).values()
        for code, path in frame.paths.items()
    ]
    return element("svg", Raw("".join(map(str, body))), xmlns="http://www.w3.org/2000/svg").markup


def shape_id(frame: str, territory: str) -> str:
    """The id of a shape in the shared file; the Paris zoom draws the same territory again."""
    return f"z{territory}" if frame == PARIS else territory


def covered(level: str) -> set[str]:
    """Territories that the map can show."""
    return {code for name, f in frames(level).items() if name != PARIS for code in f.paths}


def expected(level: str) -> set[str]:
    """Territories that the map must show."""
    return {t.territory for t in (regions() if level == "REG" else departements())}
