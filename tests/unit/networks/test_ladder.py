"""Planted basins come back, on the rung that the tool recommends without knowing them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from labsante.networks.backbone import backbone
from labsante.networks.graph import Graph, from_arrays
from labsante.networks.ladder import Ladder, ladder, leiden, renumbered
from tests.sizes import SIZES
from tests.support.planted import Plant, draw

metrics = pytest.importorskip("sklearn.metrics", reason="the extra 'networks' is not installed")


@dataclass(frozen=True)
class Found:
    """What was planted, and what was found."""

    basin: np.ndarray
    graph: Graph
    ladder: Ladder

    def scores(self, group: np.ndarray) -> tuple[float, float]:
        """Adjusted mutual information on all actors, and on connected ones."""
        connected = np.asarray(self.graph.matrix.sum(axis=1)).ravel() > 0
        return (
            metrics.adjusted_mutual_info_score(self.basin, group),
            metrics.adjusted_mutual_info_score(self.basin[connected], group[connected]),
        )


def find(plant: Plant) -> Found:
    visits, basin = draw(plant)
    connection = duckdb.connect()
    connection.register("visits", visits)
    connection.execute("create table seen as select distinct patient, actor from visits")
    pairs = connection.execute(
        "select a.actor src, b.actor dst, count(*) n from seen a join seen b "
        "on a.patient = b.patient and a.actor < b.actor group by all order by all"
    ).fetchnumpy()
    actors = connection.execute("select actor, count(*) n from seen group by 1").fetchnumpy()
    degree = np.zeros(plant.actors, dtype=np.int64)
    degree[actors["actor"]] = actors["n"]
    patients = connection.execute("select count(*) n from seen group by patient").fetchnumpy()["n"]
    kept = backbone(pairs["src"], pairs["dst"], pairs["n"], degree, patients).kept
    labels = tuple(str(i) for i in range(plant.actors))
    weight = pairs["n"][kept].astype(np.float64)
    graph = from_arrays(labels, pairs["src"][kept], pairs["dst"][kept], weight, directed=False)
    return Found(basin, graph, ladder(graph.matrix, seeds=SIZES.network_seeds))


@pytest.fixture(scope="module", params=[40, 150])
def found(request: pytest.FixtureRequest) -> Found:
    scale = SIZES.network_scale
    actors = (4_000 if request.param == 40 else 8_000) // scale
    plant = Plant(2_000_000 // scale, 200_000 // scale, actors, request.param // scale)
    return find(plant)


def test_the_best_rung_finds_the_planted_basins(found: Found) -> None:
    best = max((found.scores(rung.group) for rung in found.ladder.rungs), key=lambda s: s[1])
    assert best[0] >= 0.95
    assert best[1] >= 0.98


def test_the_recommended_rung_does_too_without_the_truth(found: Found) -> None:
    assert found.scores(found.ladder.best.group)[0] >= 0.90


def test_resolution_one_alone_would_be_a_wrong_answer(found: Found) -> None:
    one = next(rung for rung in found.ladder.rungs if rung.resolution == 1.0)
    assert one.groups < len(np.unique(found.basin)) * 0.75


def test_groups_are_connected_on_every_rung(found: Found) -> None:
    for rung in found.ladder.rungs:
        for group in np.unique(rung.group):
            members = np.flatnonzero(rung.group == group)
            inside = found.graph.matrix[members][:, members]
            assert connected_components(inside, directed=False)[0] == 1


def test_the_same_seed_gives_the_same_partition(found: Found) -> None:
    runs = [leiden(found.graph.matrix, 4.0, 3) for _ in range(2)]
    assert np.array_equal(*runs)


def test_a_harder_plant(record_property: pytest.FixtureRequest) -> None:
    """Home bias halved, sizes ten times apart."""
    scale = SIZES.network_scale
    plant = Plant(2_000_000 // scale, 200_000 // scale, 4_000 // scale, 40 // scale, 0.425, 10.0)
    hard = find(plant)
    best = max(hard.scores(rung.group)[0] for rung in hard.ladder.rungs)
    record_property("AMI of the best rung on the harder plant", round(best, 4))  # type: ignore[operator]
    assert best >= 0.85


def test_groups_are_numbered_by_first_appearance() -> None:
    assert renumbered(np.array([7, 7, 2, 9, 2])).tolist() == [0, 0, 1, 2, 1]
