"""Ties equal, row by row, a brute-force count in plain Python."""

from __future__ import annotations

import csv
import itertools
import random
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsante.base.errors import InputDataError, UsageError
from labsante.base.workspace import EngineSettings
from labsante.networks import ties as room
from labsante.networks.ties import TieDefinition, write_ties

Visit = tuple[int, str, int]
Ties = dict[tuple[str, str], tuple[int, int, int]]


def brute_force(visits: list[Visit], kind: str, window: int) -> Ties:
    """Every pair of visits of every patient, looked at one by one."""
    seen = sorted(set(visits))
    of_patient = defaultdict(list)
    for patient, actor, day in seen:
        of_patient[patient].append((actor, day))
    patients: dict[tuple[str, str], set[int]] = defaultdict(set)
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    same: dict[tuple[str, str], int] = defaultdict(int)
    for patient, contacts in of_patient.items():
        days = sorted({day for _, day in contacts})
        following = dict(itertools.pairwise(days))
        for src, day in contacts:
            for dst, other in contacts:
                wait = other - day
                tied = {
                    "shared": src < dst,
                    "within": 0 <= wait <= window,
                    "next": following.get(day) == other and wait <= window,
                }[kind]
                if src != dst and tied:
                    patients[src, dst].add(patient)
                    pairs[src, dst] += 1
                    same[src, dst] += wait == 0
    return {key: (len(patients[key]), pairs[key], same[key]) for key in patients}


def write_visits(path: Path, visits: list[Visit]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["patient", "actor", "day"])
        writer.writerows(visits)
    return path


def read_ties(path: Path) -> Ties:
    with path.open() as stream:
        return {
            (row["src"], row["dst"]): tuple(int(row[name]) for name in room.COUNTS)  # type: ignore[misc]
            for row in csv.DictReader(stream)
        }


def compute(folder: Path, visits: list[Visit], kind: str, window: int) -> Ties:
    source = write_visits(folder / "visits.csv", visits)
    out = folder / "ties.csv"
    settings = EngineSettings(memory_limit="500MB", threads=1)
    write_ties(source, out, TieDefinition(kind, window), settings, folder)
    return read_ties(out)


def random_visits(seed: int, n: int = 800) -> list[Visit]:
    draw = random.Random(seed)
    return [
        (draw.randrange(60), f"P{draw.randrange(25):02}", draw.randrange(120)) for _ in range(n)
    ]


@pytest.mark.parametrize("window", [0, 1, 30])
@pytest.mark.parametrize("kind", room.KINDS)
def test_ties_equal_brute_force(tmp_path: Path, kind: str, window: int) -> None:
    visits = random_visits(window)
    assert compute(tmp_path, visits, kind, window) == brute_force(visits, kind, window)


def test_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = random_visits(5)
    whole = compute(tmp_path, visits, "within", 30)
    monkeypatch.setattr(room, "VISITS_A_CHUNK", 100)
    assert compute(tmp_path, visits, "within", 30) == whole == brute_force(visits, "within", 30)


@given(
    visits=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abcd"), st.integers(-5, 12)), max_size=25
    ),
    kind=st.sampled_from(room.KINDS),
    window=st.integers(0, 9),
)
def test_any_small_set_of_visits(
    tmp_path_factory: pytest.TempPathFactory, visits: list[Visit], kind: str, window: int
) -> None:
    folder = tmp_path_factory.mktemp("ties")
    visits = [*visits, (99, "a", 0)]
    assert compute(folder, visits, kind, window) == brute_force(visits, kind, window)


def test_dates_are_days(tmp_path: Path) -> None:
    source = tmp_path / "visits.csv"
    source.write_text("patient,actor,day\n1,A,2023-12-31\n1,B,2024-01-02\n1,B,2024-01-02\n")
    out = tmp_path / "ties.csv"
    account = write_ties(source, out, TieDefinition("within", 2), EngineSettings(), tmp_path)
    assert read_ties(out) == {("A", "B"): (1, 1, 0)}
    assert (account.rows, account.visits, account.patients, account.actors) == (3, 2, 1, 2)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    source = tmp_path / "visits.csv"
    source.write_text("patient,doctor,day\n1,A,3\n")
    with pytest.raises(InputDataError, match="column actor is missing"):
        write_ties(source, tmp_path / "o.csv", TieDefinition("next"), EngineSettings(), tmp_path)
    assert not (tmp_path / "o.csv").exists()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown kind"):
        TieDefinition("friend")
