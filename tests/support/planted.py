"""Visits with planted basins: who sees whom follows basins that the generator knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

# profession: share of actors, share of visits, chance that the visit goes to the usual actor
PROFESSIONS = {
    "gp": (0.40, 0.40, 0.80),
    "pharmacy": (0.10, 0.25, 0.80),
    "nurse": (0.18, 0.12, 0.60),
    "specialist": (0.20, 0.13, 0.30),
    "physiotherapist": (0.09, 0.06, 0.70),
    "laboratory": (0.03, 0.04, 0.90),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """What is planted. ``home``: chance that a visit stays in the patient's basin."""

    visits: int
    patients: int
    actors: int
    basins: int
    home: float = 0.85
    largest_over_smallest: float = 3.0
    daily_share: float = 0.0
    seed: int = 0


def draw(plant: Plant) -> tuple[pa.Table, np.ndarray]:
    """Visits (patient, actor, day as integers) and the basin of every actor."""
    random = np.random.default_rng(plant.seed)
    size = np.geomspace(1.0, plant.largest_over_smallest, plant.basins)
    random.shuffle(size)
    size /= size.sum()
    home = random.choice(plant.basins, plant.patients, p=size)
    basin = np.empty(plant.actors, dtype=np.int64)
    actors_of: dict[str, list[np.ndarray]] = {}
    start = 0
    shares = [share for share, _, _ in PROFESSIONS.values()]
    cuts = np.rint(np.cumsum(shares) / sum(shares) * plant.actors).astype(int)
    for name, stop in zip(PROFESSIONS, cuts, strict=True):
        # at least one of each profession in each basin, the others by size
        members = np.concatenate(
            [
                np.arange(plant.basins),
                random.choice(plant.basins, max(0, stop - start - plant.basins), p=size),
            ]
        )[: stop - start]
        basin[start:stop] = members
        actors_of[name] = [start + np.flatnonzero(members == b) for b in range(plant.basins)]
        start = stop
    names = list(PROFESSIONS)
    weights = np.array([visits for _, visits, _ in PROFESSIONS.values()])
    kind = random.choice(len(names), plant.visits, p=weights / weights.sum())
    patient = random.integers(0, plant.patients, plant.visits)
    if plant.daily_share:
        daily = random.choice(plant.patients, int(plant.patients * plant.daily_share), False)
        extra = np.repeat(daily, 300)
        patient = np.concatenate([patient, extra])
        kind = np.concatenate([kind, np.full(len(extra), names.index("nurse"))])
    actor = np.empty(len(patient), dtype=np.int64)
    for code, name in enumerate(names):
        rows = np.flatnonzero(kind == code)
        away = random.random(len(rows)) >= plant.home
        # away from home, mostly to a neighbour on the ring, sometimes anywhere
        step = np.where(random.random(len(rows)) < 0.7, random.choice([-1, 1], len(rows)), 0)
        anywhere = random.integers(0, plant.basins, len(rows))
        there = home[patient[rows]]
        place = np.where(away, np.where(step != 0, (there + step) % plant.basins, anywhere), there)
        usual = (patient[rows] * 2_654_435_761 + code * 97) % (1 << 31)
        pick = np.where(
            (random.random(len(rows)) < PROFESSIONS[name][2]) & ~away,
            usual,
            random.integers(0, 1 << 31, len(rows)),
        )
        counts = np.array([max(1, len(a)) for a in actors_of[name]])
        offsets = np.concatenate([[0], np.cumsum([len(a) for a in actors_of[name]])])
        flat = np.concatenate(actors_of[name])
        actor[rows] = flat[offsets[place] + pick % counts[place]]
    day = random.integers(0, 365, len(patient))
    table = pa.table({"patient": patient, "actor": actor, "day": day})
    return table, basin
