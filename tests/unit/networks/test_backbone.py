"""The backbone: nothing where there is nothing, and the worked values of its formulae."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from labsante.base.errors import DefinitionError
from labsante.networks.backbone import Backbone, backbone, benjamini_hochberg


def test_benjamini_hochberg_on_their_worked_example() -> None:
    # Benjamini and Hochberg 1995, section 4: 15 p-values, alpha 0.05: the first four pass
    values = "0.0001 0.0004 0.0019 0.0095 0.0201 0.0278 0.0298 0.0344 0.0459 0.3240 0.4262"
    p = np.array([float(x) for x in [*values.split(), "0.5719", "0.6528", "0.7590", "1.0"]])
    assert benjamini_hochberg(p, 15, alpha=0.05).tolist() == [True] * 4 + [False] * 11


def test_p_values_are_poisson_tails() -> None:
    degrees, actors = np.array([40, 30, 20]), np.array([2] * 20 + [1] * 50)
    found = backbone(np.array([0, 0]), np.array([1, 2]), np.array([9, 2]), degrees, actors)
    factor = 20 * 2 / 90**2
    assert found.expected == pytest.approx([40 * 30 * factor, 40 * 20 * factor])
    assert found.p_value == pytest.approx(stats.poisson.sf([8, 1], found.expected))
    assert found.pairs_tested == 3


def test_degrees_that_do_not_match_are_refused() -> None:
    with pytest.raises(DefinitionError, match="same couples"):
        backbone(np.array([0]), np.array([1]), np.array([1]), np.array([2, 1]), np.array([1]))


@pytest.mark.parametrize("seed", range(3))
def test_data_without_structure_keeps_at_most_one_pair_in_a_thousand(seed: int) -> None:
    """Patients choose their actors at random, popular actors more often."""
    draw = np.random.default_rng(seed)
    actors, patients = 400, 8_000
    popularity = draw.gamma(1.0, size=actors)
    size = draw.integers(2, 9, patients)
    counts: Counter[tuple[int, int]] = Counter()
    degree, of_patient = np.zeros(actors, dtype=np.int64), np.zeros(patients, dtype=np.int64)
    for patient in range(patients):
        chosen = np.unique(draw.choice(actors, size[patient], p=popularity / popularity.sum()))
        degree[chosen] += 1
        of_patient[patient] = len(chosen)
        counts.update((a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :])
    found = test_all(counts, degree, of_patient)
    assert found.kept.sum() <= 0.001 * actors * (actors - 1) / 2
    assert (np.array(list(counts.values())) >= 11).sum() > 100, "11 shared patients prove nothing"


def test_all(
    counts: Counter[tuple[int, int]], degree: np.ndarray, of_patient: np.ndarray
) -> Backbone:
    pairs = np.array(list(counts))
    return backbone(pairs[:, 0], pairs[:, 1], np.array(list(counts.values())), degree, of_patient)


test_all.__test__ = False  # type: ignore[attr-defined]
