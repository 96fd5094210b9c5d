"""Communities: a ladder of resolutions with several seeds, never one partition alone.

Modularity at resolution 1 merges real basins: no single resolution is right when sizes vary
(Lancichinetti and Fortunato 2011). Each rung is the best of several seeds of the Leiden algorithm
(Traag, Waltman, van Eck 2019), which guarantees connected groups. Agreement of the seeds is
necessary, not sufficient: among the rungs on which they agree, the one recommended describes the
network in the fewest bits (degree-corrected stochastic block model, Peixoto 2017).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import gammaln

from labsante.base.errors import ConfigurationError
from labsante.networks.graph import modularity

Integers = NDArray[np.int64]

RESOLUTIONS = (0.5, 1.0, 2.0, 4.0, 8.0, 11.0, 16.0, 22.0, 32.0)
SEEDS = 10
#: Seeds agree when the mean adjusted mutual information of their pairs is at least this.
STABLE = 0.95


@dataclass(frozen=True, slots=True)
class Rung:
    """One resolution: its best partition (of the seeds), and how sure it is.

    ``stability`` is the mean adjusted mutual information between seeds; ``bits`` the description
    length of the network by the partition; ``modularity`` is at resolution 1, for comparison.
    """

    resolution: float
    group: Integers
    groups: int
    modularity: float
    stability: float
    bits: float

    def as_dict(self) -> dict[str, float | int]:
        """For a program, without the partition."""
        return {
            "resolution": self.resolution,
            "groups": self.groups,
            "modularity": round(self.modularity, 6),
            "stability": round(self.stability, 6),
            "bits": round(self.bits, 1),
        }


@dataclass(frozen=True, slots=True)
class Ladder:
    """Every rung, from few groups to many, and which one is recommended."""

    rungs: tuple[Rung, ...]
    recommended: int

    @property
    def best(self) -> Rung:
        """The recommended rung."""
        return self.rungs[self.recommended]


def leiden(matrix: sparse.csr_array, resolution: float, seed: int) -> Integers:
    """One run of Leiden on a symmetric weighted matrix; same seed, same partition.

    Groups are numbered by first appearance. Raises ConfigurationError without the extra.
    """
    try:
        import graspologic_native
    except ImportError:
        raise ConfigurationError(
            "communities need the extra 'networks'", hint="uv sync --extra networks"
        ) from None
    if not matrix.nnz:
        return np.arange(matrix.shape[0], dtype=np.int64)
    _, found = graspologic_native.leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        matrix.shape[0],
        resolution=resolution,
        seed=seed,
    )
    group = np.full(matrix.shape[0], -1, dtype=np.int64)
    group[np.fromiter(found.keys(), dtype=np.int64, count=len(found))] = np.fromiter(
        found.values(), dtype=np.int64, count=len(found)
    )
    alone = np.flatnonzero(group < 0)
    group[alone] = group.max() + 1 + np.arange(len(alone))
    return renumbered(group)


def ladder(
    matrix: sparse.csr_array,
    *,
    resolutions: tuple[float, ...] = RESOLUTIONS,
    seeds: int = SEEDS,
    workers: int = 2,
) -> Ladder:
    """Climb the resolutions; each with ``seeds`` runs. ``matrix`` is symmetric, weighted."""
    rungs = []
    connected = np.asarray(matrix.sum(axis=1)).ravel() > 0
    for resolution in sorted(resolutions):
        # Each run is one thread outside the interpreter's lock, with a seed of its own: the
        # result does not depend on how many go on at once.
        with ThreadPoolExecutor(workers) as pool:
            runs = list(
                pool.map(partial(leiden, matrix, resolution), [seed + 1 for seed in range(seeds)])
            )
        scores = [modularity(matrix, run, resolution=resolution) for run in runs]
        group = runs[int(np.argmax(scores))]
        rungs.append(
            Rung(
                resolution,
                group,
                len(np.unique(group[connected])) if connected.any() else 0,
                modularity(matrix, group),
                agreement([run[connected] for run in runs]),
                description_length(matrix, group),
            )
        )
    return Ladder(tuple(rungs), recommend(rungs))


def recommend(rungs: list[Rung]) -> int:
    """The rung of fewest bits among those on which the seeds agree, else among all."""
    stable = [i for i, rung in enumerate(rungs) if rung.stability >= STABLE]
    return min(stable or range(len(rungs)), key=lambda i: rungs[i].bits)


def agreement(runs: list[Integers], most_pairs: int = 15) -> float:
    """Mean adjusted mutual information over pairs of partitions (at most ``most_pairs``)."""
    if len(runs) < 2 or not len(runs[0]):
        return 1.0
    from sklearn.metrics import adjusted_mutual_info_score

    pairs = list(combinations(range(len(runs)), 2))
    chosen = pairs[:: max(1, len(pairs) // most_pairs)]
    scores = [
        1.0 if np.array_equal(runs[a], runs[b]) else adjusted_mutual_info_score(runs[a], runs[b])
        for a, b in chosen
    ]
    return float(np.mean(scores))


def description_length(matrix: sparse.csr_array, group: Integers) -> float:
    """Bits to describe the edges by the partition: degree-corrected stochastic block model.

    Microcanonical form of Peixoto 2017 (Phys. Rev. E 95, 012317) without the terms that no
    partition changes; weights are rounded to whole edges, isolated nodes are left out. Edges
    between two groups have their own count: neighbouring basins are tied more than distant ones.
    """
    weights = np.rint(np.asarray(matrix.sum(axis=1)).ravel())
    used = weights > 0
    labels = renumbered(group[used])
    size = np.bincount(labels)
    groups, nodes = len(size), int(used.sum())
    if groups == 0:
        return 0.0
    number = np.zeros(len(group), dtype=np.int64)
    number[used] = labels
    coordinates = matrix.tocoo()
    between = sparse.coo_array(
        (coordinates.data, (number[coordinates.row], number[coordinates.col])),
        shape=(groups, groups),
    ).tocsr()
    between.sum_duplicates()
    inside = np.rint(between.diagonal() / 2)
    outside = np.rint(sparse.triu(between, 1).data)
    ends = np.bincount(labels, weights=weights[used], minlength=groups)
    edges = float(inside.sum() + outside.sum())
    entropy = float(
        gammaln(ends + 1).sum()
        - gammaln(outside + 1).sum()
        - (np.log(2.0) * inside + gammaln(inside + 1)).sum()
    )
    counts = float(_log_multiset(groups * (groups + 1) / 2, edges))
    degrees = float(_log_multiset(size, ends).sum())
    partition = (
        float(gammaln(nodes + 1) - gammaln(size + 1).sum())
        + float(gammaln(nodes) - gammaln(groups) - gammaln(nodes - groups + 1))
        + np.log(nodes)
    )
    return float((entropy + counts + degrees + partition) / np.log(2.0))


def renumbered(group: Integers) -> Integers:
    """The same partition, groups numbered from 0 by first appearance."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)


def _log_multiset(boxes: ArrayLike, balls: ArrayLike) -> np.ndarray:
    """log of the number of ways to put ``balls`` like things in ``boxes`` boxes."""
    n, k = np.asarray(boxes, dtype=np.float64), np.asarray(balls, dtype=np.float64)
    return np.asarray(gammaln(n + k) - gammaln(k + 1) - gammaln(n))
