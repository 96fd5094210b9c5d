"""The truth of the synthetic France, read again from the raw files in plain Python."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from labsante.synthetic import Settings, Traps, synthesize
from tests.unit.synthetic.naive import Naive

# Traps that only the generator can tell apart from ordinary rows.
UNSEEN = {"twice_the_same"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    dense = Traps(
        twin_births=0.05,
        shared_pseudonym=0.02,
        ghm_error=0.02,
        inter_hospital=0.03,
        failed_chaining=0.1,
        death_missing_in_referential=0.3,
        death_unmatched=0.4,
        departement_unknown_in_stay=0.05,
        moves=0.2,
    )
    settings = Settings(persons=500, first_year=2021, last_year=2022, seed=1, traps=dense)
    synthesize(settings, folder / "raw", folder / "truth", threads=1)
    return folder


@pytest.fixture(scope="module")
def naive(lab: Path) -> Naive:
    return Naive(lab / "raw", 2021, 2022)


def test_expected_cells(lab: Path, naive: Naive) -> None:
    table = pq.read_table(lab / "truth" / "expected_cells.parquet").to_pylist()
    expected = {
        (r["indicator"], r["period"], r["territory"], r["sex"], r["age_band"]): (
            r["n_den"], r["n_num"], r["s_x"], r["s_x2"],
        )
        for r in table
    }  # fmt: skip
    assert len(expected) == len(table)
    assert {key[0] for key in expected} == {"PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS"}
    assert naive.cells == expected


def test_trap_counts(lab: Path, naive: Naive) -> None:
    table = pq.read_table(lab / "truth" / "traps.parquet").to_pylist()
    expected = {(r["trap"], r["file"]): r["rows"] for r in table if r["trap"] not in UNSEEN}
    seen = {key: count for key, count in naive.traps.items() if count}
    assert seen == expected


def test_every_trap_is_planted(lab: Path) -> None:
    from labsante.synthetic.trap_counts import DESCRIPTIONS

    table = pq.read_table(lab / "truth" / "traps.parquet")
    assert set(DESCRIPTIONS) - set(table["trap"].to_pylist()) == set()


def test_truth_persons_are_the_persons_of_the_referential(lab: Path, naive: Naive) -> None:
    table = pq.read_table(lab / "truth" / "persons.parquet").to_pylist()
    assert {r["identity"] for r in table} == set(naive.people)
    dead = {r["identity"]: r["death_date"] for r in table if r["death_date"]}
    assert dead == naive.deaths
