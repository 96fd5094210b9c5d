"""The room's measures on any edge list: ``src,dst[,weight]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from labsante.base.errors import InputDataError
from labsante.networks import graph as measures
from labsante.networks.graph import Graph, from_edges
from labsante.networks.ladder import RESOLUTIONS, SEEDS, ladder, leiden


def read_edges(path: Path, *, directed: bool) -> Graph:
    """Read an edge list, CSV or Parquet; raises InputDataError naming what is missing."""
    if not path.exists():
        raise InputDataError("no such file", where=str(path))
    try:
        if path.suffix == ".parquet":
            table = parquet.read_table(path)
        else:
            texts = csv.ConvertOptions(column_types={"src": pa.string(), "dst": pa.string()})
            table = csv.read_csv(path, convert_options=texts)
    except pa.ArrowInvalid as error:
        raise InputDataError("cannot be read", where=str(path), why=str(error)) from None
    missing = [name for name in ("src", "dst") if name not in table.column_names]
    if missing:
        raise InputDataError(
            f"column {missing[0]} is missing",
            where=str(path),
            why=f"the file has {', '.join(table.column_names)}",
            hint="an edge list has the columns src, dst and possibly weight",
        )
    weight = None
    if "weight" in table.column_names:
        weight = table["weight"].to_numpy().astype(np.float64)
        if not (np.isfinite(weight) & (weight >= 0)).all():
            raise InputDataError(
                "a weight is negative or missing", where=str(path), hint="weights are at least 0"
            )
    ends = [table[name].cast(pa.string()).to_pylist() for name in ("src", "dst")]
    return from_edges(ends[0], ends[1], weight, directed=directed)


def bench(
    graph: Graph, *, resolutions: tuple[float, ...] = RESOLUTIONS, seeds: int = SEEDS
) -> dict[str, Any]:
    """Every measure, by label: nodes, edges, strength, pagerank, core, modularity, ladder.

    ``modularity`` is the best over the seeds at resolution 1, of the undirected graph.
    """
    undirected = graph.undirected()
    rungs = ladder(undirected, resolutions=resolutions, seeds=seeds)
    best = max(
        measures.modularity(undirected, leiden(undirected, 1.0, seed + 1)) for seed in range(seeds)
    )
    return {
        "nodes": graph.nodes,
        "edges": graph.edges,
        "directed": graph.directed,
        "strength": _by_label(graph, measures.strength(graph)),
        "pagerank": _by_label(graph, measures.pagerank(graph)),
        "core": _by_label(graph, measures.core_numbers(graph)),
        "modularity": best,
        "ladder": [rung.as_dict() for rung in rungs.rungs],
        "recommended_resolution": rungs.best.resolution,
    }


def _by_label(graph: Graph, values: np.ndarray) -> dict[str, float | int]:
    return dict(zip(graph.labels, values.tolist(), strict=True))
