"""A weighted graph in compressed rows, and the measures that need nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

DAMPING = 0.85
TOLERANCE = 1e-10
_MOST_ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class Graph:
    """``matrix[i, j]`` is the weight of i → j; symmetric when not ``directed``.

    ``labels[i]`` names node i. Repeated edges are added up; an edge given in both directions of an
    undirected list is one edge.
    """

    labels: tuple[str, ...]
    matrix: sparse.csr_array
    directed: bool

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.labels)

    @property
    def edges(self) -> int:
        """How many distinct edges, a loop counting one."""
        if self.directed:
            return int(self.matrix.nnz)
        loops = int(np.count_nonzero(self.matrix.diagonal()))
        return (int(self.matrix.nnz) - loops) // 2 + loops

    def undirected(self) -> sparse.csr_array:
        """The symmetric matrix: of a directed graph, both directions added up."""
        if not self.directed:
            return self.matrix
        both = sparse.csr_array(self.matrix + self.matrix.T)
        both.setdiag(self.matrix.diagonal())
        return both


def from_edges(src: list[str], dst: list[str], weight: Floats | None, *, directed: bool) -> Graph:
    """A graph from an edge list; nodes are numbered in the order of their labels."""
    labels = sorted(set(src) | set(dst))
    number = {label: i for i, label in enumerate(labels)}
    rows = np.fromiter((number[label] for label in src), dtype=np.int64, count=len(src))
    columns = np.fromiter((number[label] for label in dst), dtype=np.int64, count=len(dst))
    values = np.ones(len(src)) if weight is None else weight.astype(np.float64)
    return from_arrays(tuple(labels), rows, columns, values, directed=directed)


def from_arrays(
    labels: tuple[str, ...], src: Integers, dst: Integers, weight: Floats, *, directed: bool
) -> Graph:
    """A graph from numbered edges."""
    size = len(labels)
    if not directed:
        low, high = np.minimum(src, dst), np.maximum(src, dst)
        upper = sparse.coo_array((weight, (low, high)), shape=(size, size)).tocsr()
        upper.sum_duplicates()
        matrix = sparse.csr_array(upper + upper.T)
        matrix.setdiag(upper.diagonal())
        matrix.eliminate_zeros()
    else:
        matrix = sparse.coo_array((weight, (src, dst)), shape=(size, size)).tocsr()
        matrix.sum_duplicates()
    matrix.sort_indices()
    return Graph(labels, sparse.csr_array(matrix), directed)


def strength(graph: Graph) -> Floats:
    """Sum of the weights at each node; in and out added up when directed, a loop twice."""
    if graph.directed:
        return np.asarray(graph.matrix.sum(axis=0) + graph.matrix.sum(axis=1), dtype=np.float64)
    return np.asarray(graph.matrix.sum(axis=1) + graph.matrix.diagonal(), dtype=np.float64)


def pagerank(graph: Graph) -> Floats:
    """Weighted PageRank, damping 0.85, to an L1 change of 1e-10; nodes without issue share all.

    Source: Page, Brin, Motwani, Winograd 1999; the weight of a dangling node is spread evenly.
    """
    size = graph.nodes
    if not size:
        return np.zeros(0)
    out = np.asarray(graph.matrix.sum(axis=1), dtype=np.float64)
    step = graph.matrix.T.tocsr() @ sparse.diags_array(
        np.divide(1.0, out, out=np.zeros(size), where=out > 0)
    )
    dangling = np.flatnonzero(out <= 0)
    rank = np.full(size, 1.0 / size)
    for _ in range(_MOST_ROUNDS):
        lost = rank[dangling].sum()
        new = DAMPING * (step @ rank + lost / size) + (1 - DAMPING) / size
        change = np.abs(new - rank).sum()
        rank = new
        if change < TOLERANCE:
            break
    return np.asarray(rank / rank.sum())


def core_numbers(graph: Graph) -> Integers:
    """The largest k such that a node is in the k-core; directions, weights and loops aside.

    Source: Batagelj and Zaveršnik 2003 (peeling by degree, linear in edges).
    """
    matrix = sparse.csr_array(graph.undirected())
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    indptr, indices = matrix.indptr.tolist(), matrix.indices.tolist()
    degree = np.diff(matrix.indptr).astype(np.int64)
    order = np.argsort(degree, kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    most = int(degree.max()) if len(degree) else 0
    starts = np.searchsorted(degree[order], np.arange(most + 2)).tolist()
    core, queue, place = degree.tolist(), order.tolist(), position.tolist()
    for index in range(len(queue)):
        node = queue[index]
        for other in indices[indptr[node] : indptr[node + 1]]:
            if core[other] > core[node]:
                # move `other` to the front of its class, then lower its class by one
                first = starts[core[other]]
                swapped = queue[first]
                if swapped != other:
                    at = place[other]
                    queue[first], queue[at] = other, swapped
                    place[other], place[swapped] = first, at
                starts[core[other]] += 1
                core[other] -= 1
    return np.array(core, dtype=np.int64)


def modularity(matrix: sparse.csr_array, group: Integers, *, resolution: float = 1.0) -> float:
    """Newman's modularity of a partition of an undirected weighted graph.

    Q = sum over groups of (w_in / W - resolution (s / 2W)²), W the total weight, w_in the weight
    inside, s the strength; a loop counts once in W and twice in the strength.
    """
    coordinates = matrix.tocoo()
    loops = coordinates.row == coordinates.col
    total = coordinates.data[~loops].sum() / 2 + coordinates.data[loops].sum()
    if total == 0:
        return 0.0
    inside = group[coordinates.row] == group[coordinates.col]
    within = coordinates.data[inside & ~loops].sum() / 2 + coordinates.data[loops].sum()
    strengths = np.asarray(matrix.sum(axis=1)).ravel() + matrix.diagonal()
    by_group = np.bincount(group, weights=strengths)
    return float(within / total - resolution * np.square(by_group / (2 * total)).sum())
