"""Same seed, same bytes; a bucket alone is its block; the files are what the layout says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from labsante.base.errors import ConfigurationError, UsageError
from labsante.snds.names import match_file
from labsante.synthetic import Settings, draw_bucket, draw_world, synthesize


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def settings(seed: int = 3, **changes: int) -> Settings:
    values = {"persons": 450, "first_year": 2022, "last_year": 2022, "bucket_persons": 200}
    return Settings(seed=seed, **{**values, **changes})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    synthesize(settings(), folder / "raw", folder / "truth", threads=2)
    return folder


def test_same_seed_same_bytes_whatever_the_threads(lab: Path, tmp_path: Path) -> None:
    synthesize(settings(), tmp_path / "raw", tmp_path / "truth", threads=1)
    assert digests(tmp_path) == digests(lab)


def test_another_seed_another_france(lab: Path, tmp_path: Path) -> None:
    synthesize(settings(seed=4), tmp_path / "raw", tmp_path / "truth", threads=1)
    other = digests(tmp_path / "raw")
    changed = [name for name, digest in digests(lab / "raw").items() if other.get(name) != digest]
    same = (set(other) & set(digests(lab / "raw"))) - set(changed)
    fixed = {"IR_PHA_R", "BE_IDE_R", "T_MCO22E"}
    assert {Path(name).stem for name in same if rows(lab, name)} <= fixed


def rows(lab: Path, name: str) -> int:
    return int(pq.read_metadata(lab / "raw" / name).num_rows)


def test_a_bucket_alone_gives_its_block(lab: Path) -> None:
    chosen = settings()
    result = draw_bucket(chosen, draw_world(chosen), 1)
    assert len(result.blocks) > 50
    for block in result.blocks:
        file = pq.ParquetFile(lab / "raw" / f"{block.path}.parquet")
        groups = [file.read_row_group(n) for n in range(file.num_row_groups)]
        assert block.rows.to_pylist() in [group.to_pylist() for group in groups]


def test_delivery_names_every_file(lab: Path) -> None:
    delivery = json.loads((lab / "raw" / "delivery.json").read_text("utf-8"))
    assert delivery["origin"] == "synthetic"
    found = digests(lab / "raw")
    found.pop("delivery.json")
    assert {entry["path"]: entry["sha256"] for entry in delivery["files"]} == found
    for entry in delivery["files"]:
        assert match_file(Path(entry["path"]).name) is not None
        assert rows(lab, entry["path"]) == entry["rows"]


def test_the_nine_keys_are_unique_and_details_have_their_line(lab: Path) -> None:
    keys = ["FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD",
            "ORG_CLE_NUM", "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF"]  # fmt: skip
    for folder in sorted((lab / "raw" / "DCIR").iterdir()):
        lines = pq.read_table(folder / "ER_PRS_F.parquet", columns=keys).to_pylist()
        named = {tuple(line.values()) for line in lines}
        assert len(named) == len(lines)
        for name in ("PHA", "CAM", "BIO", "TIP", "TRS", "DTR", "UCD", "ARO", "ETE"):
            path = folder / f"ER_{name}_F.parquet"
            details = pq.read_table(path, columns=keys).to_pylist() if path.exists() else []
            assert {tuple(row.values()) for row in details} <= named


def test_running_again_replaces_and_never_touches_what_is_not_ours(tmp_path: Path) -> None:
    raw, truth = tmp_path / "raw", tmp_path / "truth"
    synthesize(settings(persons=100), raw, truth, threads=1)
    before = digests(raw)
    synthesize(settings(persons=100), raw, truth, threads=1)
    assert digests(raw) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "truth"]
    (raw / "delivery.json").write_text('{"origin": "real"}')
    with pytest.raises(ConfigurationError):
        synthesize(settings(persons=100), raw, truth, threads=1)


def test_csv_is_written_as_real_extractions(tmp_path: Path) -> None:
    synthesize(
        settings(persons=100), tmp_path / "raw", tmp_path / "truth", file_format="csv", threads=1
    )
    claims = (tmp_path / "raw/DCIR/2022-03/ER_PRS_F.csv").read_text("utf-8").splitlines()
    first = dict(zip(claims[0].split(";"), claims[1].split(";"), strict=True))
    assert first["FLX_DIS_DTD"] == "01/03/2022"
    chained = (tmp_path / "raw/PMSI/2022/T_MCO22C.csv").read_text("utf-8").splitlines()
    stay = dict(zip(chained[0].split(";"), chained[1].split(";"), strict=True))
    assert stay["EXE_SOI_DTD"].endswith(":00:00:00") and stay["EXE_SOI_DTD"][2:5].isupper()


@pytest.mark.parametrize("wrong", [{"persons": 0}, {"last_year": 2021}, {"first_year": 1999}])
def test_bad_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        settings(**wrong)
