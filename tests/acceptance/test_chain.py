"""The main job, by the public command line, on a synthetic France that knows its truth."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from tests.acceptance.conftest import Lab

INDICATORS = ("PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS")
MEASURES = ("n_den", "n_num", "s_x", "s_x2")


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every Parquet file under a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def totals(files: str, indicator: str, level: str) -> dict[tuple[object, ...], tuple[object, ...]]:
    """Every measure by period and, at the level asked for, by territory, sex and age."""
    dimensions = {
        "FRA": "period",
        "DEP": "period, territory",
        "cell": "period, territory, sex, age_band",
    }[level]
    sums = ", ".join(f"sum({measure})" for measure in MEASURES)
    rows = duckdb.sql(
        f"select {dimensions}, {sums} from read_parquet('{files}') "
        f"where indicator = '{indicator}' group by {dimensions} "
        "having sum(n_den) > 0"
    ).fetchall()
    width = len(dimensions.split(","))
    return {
        row[:width]: tuple(
            None if value is None else round(float(value), 6) for value in row[width:]
        )
        for row in rows
    }


@pytest.mark.parametrize("level", ["FRA", "DEP", "cell"])
@pytest.mark.parametrize("indicator", INDICATORS)
def test_cells_equal_the_truth_to_the_unit(chain: Lab, indicator: str, level: str) -> None:
    found = totals(f"{chain.root}/results/cells/**/cells.parquet", indicator, level)
    expected = totals(f"{chain.root}/truth/expected_cells.parquet", indicator, level)
    assert expected, "the truth expects something"
    measures = 2 if indicator != "HOS-DMS" else None
    wrong = {
        key: (found.get(key), expected.get(key))
        for key in found.keys() | expected.keys()
        if relevant(found.get(key), measures) != relevant(expected.get(key), measures)
    }
    assert wrong == {}


def relevant(values: tuple[object, ...] | None, first: int | None) -> tuple[object, ...] | None:
    """A proportion is its two counts; a mean is its count and its sums."""
    if values is None:
        return None
    return values[:first] if first else (values[0], *values[2:])


def test_a_second_run_of_every_step_changes_no_byte(chain: Lab) -> None:
    for command, folder in (
        (("receive", str(chain.root / "raw")), "lake"),
        (("build",), "tables"),
        (("indicators",), "results"),
        (("publish",), "publication"),
    ):
        before = fingerprint(chain.root / folder)
        assert before
        chain.run(*command)
        assert fingerprint(chain.root / folder) == before, command


def test_the_publication_is_there(chain: Lab) -> None:
    assert (chain.root / "publication" / "current").read_text().strip() == "0001"
    assert list((chain.root / "publication").rglob("*.parquet"))
