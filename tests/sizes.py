"""Every size that a test uses, in one place: reduced for `make test`, full for `make soak`.

`LABSANTE_SIZE=full` switches; a test never chooses its own size.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of each thing."""

    # the chain
    chain_persons: int
    chain_years: tuple[int, int]
    spark_persons: int
    coverage_seeds: int
    coverage_persons: int
    kill_moments: int
    # generated data
    hypothesis_examples: int
    random_tables: int
    random_cubes: int
    # statistics
    coverage_replicates: int
    # networks
    network_scale: int
    network_seeds: int
    # publication
    publishes: int
    readers: int


REDUCED = Sizes(
    chain_persons=4_000,
    chain_years=(2022, 2023),
    spark_persons=1_000,
    coverage_seeds=6,
    coverage_persons=2_000,
    kill_moments=2,
    hypothesis_examples=60,
    random_tables=60,
    random_cubes=2,
    coverage_replicates=300,
    network_scale=2,
    network_seeds=3,
    publishes=15,
    readers=8,
)

FULL = Sizes(
    chain_persons=30_000,
    chain_years=(2021, 2023),
    spark_persons=5_000,
    coverage_seeds=200,
    coverage_persons=5_000,
    kill_moments=5,
    hypothesis_examples=2_000,
    random_tables=1_000,
    random_cubes=10,
    coverage_replicates=2_000,
    network_scale=1,
    network_seeds=10,
    publishes=100,
    readers=50,
)

IS_FULL = os.environ.get("LABSANTE_SIZE") == "full"
SIZES = FULL if IS_FULL else REDUCED
