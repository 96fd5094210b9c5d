"""Selecting rows: loading, chaining transfers, splitting, trimming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from labsante.base.errors import DefinitionError, InputDataError
from labsante.stays.chain import chain_transfers, spells
from labsante.stays.load import load_stays, within_ratio
from labsante.stays.spec import spec_of
from labsante.stays.split import split_rows
from labsante.stays.table import CALIBRATION, TEST, TRAIN, Labels
from tests.unit.stays.made import made_spec, make

TABLE = """
SELECT i AS stay, i // 2 AS person, 'H' || (i % 3) AS finess, i % 9 AS nights,
    DATE '2022-01-01' + (i * 3)::INT AS entry, DATE '2022-01-01' + (i * 3 + i % 9)::INT AS leave,
    CASE WHEN i % 10 = 0 THEN '9' WHEN i % 10 = 1 THEN '7' ELSE '8' END AS mode,
    CASE WHEN i % 4 = 0 THEN '' ELSE 'x' || (i % 4) END AS unit, i % 50 AS age
FROM range(300) t(i)
"""
DOCUMENT = {
    "name": "t",
    "title": {"fr": "t", "en": "t"},
    "target": {"column": "nights"},
    "ids": {
        "stay": "stay", "patient": "person", "hospital": "finess",
        "entry_date": "entry", "exit_date": "leave",
    },
    "split": {"rule": "patient"},
    "column": [
        {"name": "age", "known_at": "history", "kind": "numeric"},
        {"name": "unit", "known_at": "admission", "kind": "category"},
    ],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stays.parquet"
    duckdb.sql(f"COPY ({TABLE}) TO '{path}' (FORMAT parquet)")
    return path


def test_a_file_is_read_with_its_empty_values_missing(file: Path) -> None:
    stays = load_stays(file, spec_of(DOCUMENT, "t"))
    assert len(stays) == 300
    unit = stays.columns["unit"]
    assert isinstance(unit, Labels)
    assert unit.levels == ("x1", "x2", "x3")
    assert (unit.codes < 0).sum() == 75


def test_csv_reads_like_parquet(file: Path) -> None:
    text = file.with_suffix(".csv")
    duckdb.sql(f"COPY (FROM '{file}') TO '{text}' (HEADER)")
    one, two = (load_stays(path, spec_of(DOCUMENT, "t")) for path in (file, text))
    assert (one.length == two.length).all()
    assert one.identifier == two.identifier
    assert (one.part == two.part).all()


def test_what_the_file_misses_is_named(file: Path) -> None:
    wrong = {**DOCUMENT, "column": [{"name": "agee", "known_at": "history", "kind": "numeric"}]}
    with pytest.raises(DefinitionError, match="does not hold"):
        load_stays(file, spec_of(wrong, "t"))
    with pytest.raises(InputDataError, match="no such file"):
        load_stays(file.with_name("absent.parquet"), spec_of(DOCUMENT, "t"))


def test_population_deaths_and_flow(file: Path) -> None:
    population = {"filter": "age >= 10", "death": "alive_only", "died": "mode = '9'"}
    stays = load_stays(file, spec_of({**DOCUMENT, "population": population}, "t"))
    assert dict(stays.flow) == {"rows of the file": 300, "in the population": 240,
                                "left alive": 216}  # fmt: skip
    assert not stays.died.any()


def test_spells_follow_a_transfer_of_the_same_day() -> None:
    patient = np.array([1, 1, 1, 2, 2])
    entry = np.array([0.0, 3.0, 9.0, 0.0, 5.0])
    leave = np.array([3.0, 7.0, 10.0, 5.0, 6.0])
    moved = np.array([True, True, False, False, False])
    assert spells(patient, entry, leave, moved).tolist() == [0, 0, 2, 3, 4]


def test_a_spell_keeps_its_first_columns_and_its_last_exit() -> None:
    stays = make(rows=100).stays
    stays = replace(
        stays,
        patient=np.arange(100) // 2,
        transferred=np.arange(100) % 2 == 0,
        died=np.arange(100) % 2 == 1,
    )
    entry = np.where(np.arange(100) % 2, stays.length.repeat(1), 0.0)
    entry[1::2] = stays.length[0::2]
    leave = entry + stays.length
    chained = chain_transfers(stays, entry, leave)
    assert len(chained) == 50
    assert chained.length.sum() == stays.length.sum()
    assert chained.died.all()
    assert (chained.columns["age"] == stays.columns["age"][0::2]).all()


def test_a_time_split_tests_the_last_days_without_their_patients() -> None:
    made = make(rows=2000).stays
    stays = replace(made, entry=np.arange(2000.0) + 18000)
    spec = replace(
        made_spec(), split=replace(made_spec().split, rule="time", test_from="2023-01-01")
    )
    part = split_rows(stays, spec, None)
    limit = (np.datetime64("2023-01-01") - np.datetime64("1970-01-01")).astype(int)
    assert (part[stays.entry >= limit] == TEST).all()
    tested = set(stays.patient[part == TEST])
    assert not tested & set(stays.patient[(part == TRAIN) | (part == CALIBRATION)])
    assert (part == -1).any()


@pytest.mark.parametrize("rule", ["patient", "hospital"])
def test_an_owner_is_never_on_two_sides(rule: str) -> None:
    stays = make(rows=3000).stays
    spec = replace(made_spec(), split=replace(made_spec().split, rule=rule))
    part = split_rows(stays, spec, None)
    owner = stays.patient if rule == "patient" else stays.hospital.codes
    for one in np.unique(owner):
        assert len(np.unique(part[owner == one])) == 1


def test_trimming_bounds_are_those_of_the_group() -> None:
    length = np.array([1.0, 4.0, 4.0, 20.0, 100.0, 110.0])
    group = Labels.of(["a", "a", "a", "a", "b", "b"])
    assert within_ratio(length, group, 2.5).tolist() == [False, True, True, False, True, True]
