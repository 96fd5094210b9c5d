"""Which ties are more than volume: a degree-corrected Poisson test, in closed form.

With d_i the patients of actor i, c_k the actors of patient k and E the sum of the d_i, two actors
who draw their patients at random share on average

    lambda_ij = d_i d_j (sum over k of c_k (c_k - 1)) / E²

patients; the p-value is P(Poisson(lambda_ij) >= n_ij), and Benjamini–Hochberg is applied over all
N (N - 1) / 2 pairs, seen or not. ``c (c - 1)``, not ``c²``: a patient is not shared by an actor
with himself. The test corrects for volume, not for distance: two neighbours share patients
because they are neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from labsante.base.errors import DefinitionError

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Backbone:
    """One value a pair, in the order of the pairs given.

    ``expected`` is lambda; ``p_value`` the upper tail; ``kept`` passes Benjamini–Hochberg at
    ``alpha`` over ``pairs_tested`` pairs.
    """

    expected: Floats
    p_value: Floats
    kept: NDArray[np.bool_]
    alpha: float
    pairs_tested: int


def backbone(
    src: Integers,
    dst: Integers,
    shared: Integers,
    actor_patients: Integers,
    patient_actors: Integers,
    *,
    alpha: float = 0.05,
) -> Backbone:
    """Test every pair (``src``, ``dst``) that shares ``shared`` patients.

    ``actor_patients[i]``: distinct patients of actor i; ``patient_actors[k]``: distinct actors of
    patient k; both count the same (patient, actor) couples. Raises DefinitionError otherwise.
    """
    couples = int(actor_patients.sum())
    if couples != int(patient_actors.sum()):
        raise DefinitionError(
            "the two degree sequences do not count the same couples",
            why="every (patient, actor) couple is once in each",
        )
    factor = float((patient_actors * (patient_actors - 1)).sum()) / float(couples) ** 2
    degree = actor_patients.astype(np.float64)
    expected = degree[src] * degree[dst] * factor
    # P(X >= n) = regularised lower incomplete gamma(n, lambda) for n >= 1
    p_value = np.where(shared > 0, gammainc(np.maximum(shared, 1), expected), 1.0)
    actors = len(actor_patients)
    tested = actors * (actors - 1) // 2
    return Backbone(
        expected, p_value, benjamini_hochberg(p_value, tested, alpha=alpha), alpha, tested
    )


def benjamini_hochberg(p_value: Floats, tested: int, *, alpha: float) -> NDArray[np.bool_]:
    """Which of the p-values pass, when ``tested`` tests were made (the others count as 1).

    Source: Benjamini and Hochberg 1995: the largest k with p_(k) <= k alpha / tested.
    """
    order = np.argsort(p_value, kind="stable")
    rank = np.arange(1, len(p_value) + 1)
    passing = np.flatnonzero(p_value[order] <= rank * (alpha / max(tested, 1)))
    kept = np.zeros(len(p_value), dtype=np.bool_)
    if len(passing):
        kept[order[: passing[-1] + 1]] = True
    return kept
