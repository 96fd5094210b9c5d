"""Measures on small graphs whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.networks import graph as measures
from labsante.networks.graph import Graph, from_edges


def graph(text: str, *, directed: bool = False) -> Graph:
    edges = [line.split() for line in text.strip().splitlines()]
    return from_edges(
        [edge[0] for edge in edges],
        [edge[1] for edge in edges],
        np.array([float(edge[2]) if len(edge) > 2 else 1.0 for edge in edges]),
        directed=directed,
    )


def test_an_edge_given_twice_or_backwards_is_one_edge() -> None:
    found = graph("a b 2\nb a 3\na b 1\nb c")
    assert (found.nodes, found.edges) == (3, 2)
    assert measures.strength(found).tolist() == [6, 7, 1]


def test_directions_are_kept_when_asked() -> None:
    found = graph("a b 2\nb a 3", directed=True)
    assert found.edges == 2
    assert measures.strength(found).tolist() == [5, 5]


def test_pagerank_of_a_star_with_a_dangling_centre() -> None:
    # b, c, d point to a; a points nowhere: r_leaf = x, r_a = x + 0.85 * 3x, all sum to 1
    found = measures.pagerank(graph("b a\nc a\nd a", directed=True))
    leaf = 1 / (4 + 0.85 * 3)
    assert found == pytest.approx([1 - 3 * leaf, leaf, leaf, leaf], abs=1e-9)


def test_pagerank_follows_weights() -> None:
    found = measures.pagerank(graph("a b 3\na c 1\nb a\nc a", directed=True))
    rest = 0.15 / 3
    a = (rest + 0.85 * 2 * rest) / (1 - 0.85**2)
    assert found == pytest.approx([a, rest + 0.85 * 0.75 * a, rest + 0.85 * 0.25 * a], abs=1e-9)


def test_core_numbers_of_a_triangle_with_a_tail() -> None:
    assert measures.core_numbers(graph("a b\nb c\nc a\nc d\nd e")).tolist() == [2, 2, 2, 1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_core_numbers_equal_naive_peeling(seed: int) -> None:
    draw = np.random.default_rng(seed)
    pairs = {tuple(sorted(pair)) for pair in draw.integers(0, 40, (160, 2)).tolist()}
    edges = [pair for pair in pairs if pair[0] != pair[1]]
    found = graph("\n".join(f"{a:02} {b:02}" for a, b in edges))
    naive = {}
    for k in range(20):
        alive = {label for edge in edges for label in edge}
        while True:
            degree = {n: sum(n in e and set(e) <= alive for e in edges) for n in alive}
            low = {n for n in alive if degree[n] < k}
            if not low:
                break
            alive -= low
        for n in alive:
            naive[f"{n:02}"] = k
    assert dict(zip(found.labels, measures.core_numbers(found).tolist(), strict=True)) == naive


def test_modularity_of_two_triangles_joined_by_an_edge() -> None:
    # 7 edges; each side: 3 inside, strength 7: Q = 6/7 - 2 (7/14)²
    found = graph("a b\nb c\nc a\nd e\ne f\nf d\nc d")
    group = np.array([0, 0, 0, 1, 1, 1])
    assert measures.modularity(found.matrix, group) == pytest.approx(6 / 7 - 0.5)
    assert measures.modularity(found.matrix, np.zeros(6, dtype=int)) == pytest.approx(0.0)
