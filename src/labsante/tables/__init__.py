"""The intermediate tables: one SQL file and one contract each, built incrementally."""

from __future__ import annotations

from labsante.tables.builder import Built, build
from labsante.tables.catalogue import Model, catalogue, contract, model, public_names
from labsante.tables.contract import Column, Contract, Kind
from labsante.tables.partitions import Partition, built_partitions

__all__ = [
    "Built",
    "Column",
    "Contract",
    "Kind",
    "Model",
    "Partition",
    "build",
    "built_partitions",
    "catalogue",
    "contract",
    "model",
    "public_names",
]
