from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files

import pytest

from labsante.snds.territories import departements, regions
from labsante.web import geometry

POINTS = re.compile(r"-?\d+")


@pytest.mark.parametrize(("level", "count"), [("DEP", 101), ("REG", 18)])
def test_the_map_holds_every_territory_and_no_other(level: str, count: int) -> None:
    assert geometry.covered(level) == geometry.expected(level)
    assert len(geometry.covered(level)) == count


def test_the_frames_are_the_mainland_the_zoom_and_five_overseas() -> None:
    assert set(geometry.frames("DEP")) == {"metro", "paris", *geometry.OVERSEAS}
    assert set(geometry.frames("DEP")["paris"].paths) == {f"DEP-{c}" for c in (75, 92, 93, 94)}


def test_each_departement_lies_in_the_box_of_its_region() -> None:
    boxes = {
        level: {code: _bounds(path) for code, path in geometry.frames(level)["metro"].paths.items()}
        for level in ("DEP", "REG")
    }
    metropolitan = [d for d in departements() if d.code not in geometry.OVERSEAS]
    assert len(metropolitan) == 96
    for departement in metropolitan:
        left, top, right, bottom = boxes["DEP"][departement.territory]
        outer = boxes["REG"][f"REG-{departement.region}"]
        assert outer[0] <= left
        assert outer[1] <= top
        assert outer[2] >= right
        assert outer[3] >= bottom


def test_shapes_stay_in_their_frame_and_are_not_specks() -> None:
    for level in ("DEP", "REG"):
        for frame in geometry.frames(level).values():
            for path in frame.paths.values():
                left, top, right, bottom = _bounds(path)
                assert -1 <= left < right <= frame.width + 1
                assert -1 <= top < bottom <= frame.height + 1
                assert right - left >= 4


def test_the_file_is_light_and_its_provenance_matches() -> None:
    folder = files("labsante.web") / "geo"
    content = (folder / "france.json").read_bytes()
    assert len(content) <= 75_000
    sources = json.loads((folder / "france.sources.json").read_text("utf-8"))
    assert sources["sha256"] == hashlib.sha256(content).hexdigest()
    assert "public domain" in sources["shapes"]


def test_the_shared_file_names_each_shape_once() -> None:
    for level, names in (("DEP", departements()), ("REG", regions())):
        ids = re.findall(r'id="([^"]+)"', geometry.symbols(level))
        assert len(ids) == len(set(ids))
        assert {n.territory for n in names} <= set(ids)


def _bounds(path: str) -> tuple[int, int, int, int]:
    xs: list[int] = []
    ys: list[int] = []
    for ring in path.split("M")[1:]:
        start, _, steps = ring.partition("l")
        x, y = (int(n) for n in start.split())
        xs.append(x)
        ys.append(y)
        numbers = [int(n) for n in POINTS.findall(steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)
