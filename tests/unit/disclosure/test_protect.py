"""The protection of blocks, attacked; and its refusal when the audit fails."""

from __future__ import annotations

import numpy as np
import pytest

from labsante.disclosure import Block, Dimension, Lattice, Measure, Policy, protect
from labsante.disclosure import audit as audit_module
from labsante.disclosure.audit import AuditError
from labsante.disclosure.elimination import eliminate
from labsante.disclosure.small_groups import small_groups
from tests.attack.attacker import Attacker
from tests.sizes import SIZES

POLICY = Policy()


def lattice(departements: int = 3, ages: int = 3) -> Lattice:
    places = {f"D{i}": "ALL" for i in range(departements)}
    bands = {f"a{i}": "ALL" for i in range(ages)}
    return Lattice((Dimension.of("geo", places), Dimension.of("age", bands)))


def attack(block: Block, name: str, shown: np.ndarray) -> list[int]:
    """The hidden cells of a measure that our attacker finds unsafe."""
    measure = block.measure(name)
    counts = block.lattice.roll_up(measure.atoms).ravel()
    matrix = block.lattice.atoms_of.toarray()
    cells = [set(np.flatnonzero(row)) for row in matrix]
    values = [int(c) if s else None for c, s in zip(counts, shown.ravel(), strict=True)]
    caps = None if measure.caps is None else np.asarray(measure.caps).ravel()
    return Attacker(cells, values, matrix.shape[1], caps).unsafe()


def random_block(seed: int) -> Block:
    random = np.random.default_rng(seed)
    frame = lattice(int(random.integers(2, 6)), int(random.integers(2, 5)))
    size = frame.atom_shape
    population = random.integers(60, 900, size)
    counts = np.minimum(
        random.negative_binomial(1, 1 / (1 + 15 * random.random()), size), population
    )
    measure = Measure("n", counts.astype(np.int64), caps=population.astype(np.int64))
    return Block(f"random {seed}", frame, np.ones(frame.shape, dtype=bool), (measure,))


@pytest.mark.parametrize("seed", range(min(SIZES.random_tables, 60)))
def test_attacker_finds_nothing_in_random_tables(seed: int) -> None:
    block = random_block(seed)
    shown = protect(block, POLICY).shown["n"]
    counts = block.lattice.roll_up(block.measures[0].atoms)
    assert not (shown & (counts >= 1) & (counts < 11)).any()
    assert attack(block, "n", shown) == []


def test_threshold_alone_is_broken_by_the_attacker() -> None:
    """The attacker is worth something: it breaks tables where only small counts are hidden."""
    broken = 0
    for seed in range(20):
        block = random_block(seed)
        counts = block.lattice.roll_up(block.measures[0].atoms)
        broken += bool(attack(block, "n", (counts == 0) | (counts >= 11)))
    assert broken >= 10


def test_attacker_agrees_with_brute_force() -> None:
    random = np.random.default_rng(5)
    cells = [{0}, {1}, {2}, {3}, {0, 1}, {2, 3}, {0, 2}, {1, 3}, {0, 1, 2, 3}]
    for _ in range(20):
        table = random.integers(0, 4, 4)
        shown = [int(sum(table[a] for a in c)) if random.random() < 0.5 else None for c in cells]
        shown[-1] = int(table.sum())
        attacker = Attacker(cells, shown, 4)
        for k, value in enumerate(shown):
            if value is None:
                low, high = attacker.bounds(k)
                exact = attacker.brute(k, int(table.sum()))
                assert low <= exact[0] and exact[1] <= high


def test_numerator_is_shown_only_with_its_denominator() -> None:
    frame = lattice()
    denominator = np.array([[300, 200, 5], [400, 220, 90], [350, 180, 70]])
    numerator = np.array([[40, 12, 2], [60, 30, 3], [44, 25, 14]])
    measures = (Measure("n_den", denominator), Measure("n_num", numerator, "n_den"))
    block = Block("pair", frame, np.ones(frame.shape, dtype=bool), measures)
    shown = protect(block, POLICY).shown
    assert not (shown["n_num"] & ~shown["n_den"]).any()
    assert not shown["n_den"][frame.cell(("D0", "a2"))]
    rest = frame.roll_up(denominator) - frame.roll_up(numerator)
    assert not (shown["n_num"] & (rest >= 1) & (rest < 11)).any()


def test_zero_and_full_cells_need_a_large_denominator() -> None:
    frame = lattice(2, 2)
    population = np.array([[40, 500], [600, 700]])
    counts = np.array([[0, 60], [70, 80]])
    measure = Measure("n", counts, caps=population)
    block = Block("zero", frame, np.ones(frame.shape, dtype=bool), (measure,))
    assert not protect(block, POLICY).shown["n"][frame.cell(("D0", "a0"))]


def test_never_shown_code_is_protected_too() -> None:
    places = Dimension.of("geo", {"D0": "ALL", "D1": "ALL", "UNK": "ALL"}, never_shown=["UNK"])
    frame = Lattice((places,))
    atoms = np.array([100 if c != "UNK" else 4 for c in (places.codes[i] for i in places.leaves)])
    candidates = np.ones(frame.shape, dtype=bool)
    shown = protect(Block("unk", frame, candidates, (Measure("n", atoms),)), POLICY).shown["n"]
    assert not shown.all(where=~frame.never_shown), "the total less the parts would give 4"


def test_small_group_is_found() -> None:
    frame = Lattice((Dimension.of("geo", {f"D{i}": "ALL" for i in range(3)}),))
    counts = frame.roll_up(np.array([3, 4, 50]))
    shown = counts >= 11
    assert [f.low for f in small_groups(frame, shown, counts, 11)] == [7.0]


def test_elimination_never_spans_a_secret() -> None:
    import scipy.sparse as sp

    random = np.random.default_rng(3)
    for _ in range(30):
        matrix = random.integers(0, 2, (14, 7))
        secret, rest = matrix[:4], matrix[4:]
        secret = secret[secret.any(axis=1)]
        kept = eliminate(sp.csr_array(rest), sp.csr_array(secret))
        base = rest[kept]
        rank = np.linalg.matrix_rank(base) if len(base) else 0
        for row in secret:
            assert np.linalg.matrix_rank(np.vstack([base, row])) == rank + 1


@pytest.mark.parametrize("status", [1, 2, 4])
def test_audit_that_does_not_end_blocks_publication(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Time limit, infeasible, numerical trouble: each is refused, never taken for safe."""

    class Failed:
        x = None

    Failed.status = status  # type: ignore[attr-defined]
    monkeypatch.setattr(audit_module, "linprog", lambda *a, **k: Failed())
    block = random_block(1)
    with pytest.raises(AuditError):
        for seed in range(1, 10):
            block = random_block(seed)
            protect(block, POLICY)
