"""Reference lengths of stay and the simulator's grid, as candidate cells.

Nothing here decides what may leave: each cell carries its stays, its hospitals and the share of
the largest one, and disclosure control applies the floors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labsante.stays.explain import factors
from labsante.stays.load import within_ratio
from labsante.stays.model import LosModel, Prediction
from labsante.stays.table import Integers, Labels, StayTable, labels

ALL = "all"


@dataclass(frozen=True, slots=True)
class ReferenceCell:
    """The length of stay of one cell; ``zero`` says whether stays without a night are in.

    ``trim`` is the factor of the bounds around the mean of the first dimension, None where no
    stay was left out; ``trimmed`` counts the stays left out. The interval of the mean is that
    of a mean of independent stays.
    """

    dimensions: dict[str, str]
    zero: str
    trim: float | None
    stays: int
    persons: int
    hospitals: int
    largest_share: float
    trimmed: int
    mean: float
    low95: float
    high95: float
    median: float
    p10: float
    p90: float


@dataclass(frozen=True, slots=True)
class ProfileCell:
    """One profile of the simulator: what the admission model expects of the stays it covers.

    ``factors`` holds the columns that weigh most with their mean factor.
    """

    dimensions: dict[str, str]
    stays: int
    persons: int
    hospitals: int
    largest_share: float
    expected: float
    p10: float
    median: float
    p90: float
    zero: float
    over: dict[int, float]
    factors: tuple[tuple[str, float], ...]


def reference_cells(
    stays: StayTable,
    dimensions: Sequence[str],
    *,
    trim: float | None = None,
) -> list[ReferenceCell]:
    """One cell a combination of ``dimensions``, with and without stays of no night."""
    keys, key = _keys(stays, dimensions)
    first = labels(stays, dimensions[0]) if dimensions else None
    kept = (
        within_ratio(stays.length, first, trim)
        if trim is not None and first is not None
        else np.ones(len(stays), np.bool_)
    )
    out: list[ReferenceCell] = []
    for name, rows in _rows(key, len(keys)):
        for zero in ("with", "without"):
            chosen = rows if zero == "with" else rows[stays.length[rows] > 0]
            used = chosen[kept[chosen]]
            if not len(used):
                continue
            y = stays.length[used]
            error = float(y.std(ddof=1) / np.sqrt(len(y))) if len(y) > 1 else float("inf")
            count, share = _hospitals(stays, used)
            p10, median, p90 = (float(q) for q in np.quantile(y, (0.1, 0.5, 0.9)))
            mean = float(y.mean())
            out.append(
                ReferenceCell(
                    dict(zip(dimensions, keys[name], strict=True)),
                    zero,
                    trim,
                    len(used),
                    len(np.unique(stays.patient[used])),
                    count,
                    share,
                    len(chosen) - len(used),
                    mean,
                    max(0.0, mean - 1.96 * error),
                    mean + 1.96 * error,
                    median,
                    p10,
                    p90,
                )
            )
    return out


def profile_grid(
    model: LosModel,
    predicted: Prediction,
    stays: StayTable,
    dimensions: Sequence[str],
    *,
    least: int,
    strongest: int = 3,
) -> list[ProfileCell]:
    """Profiles of at least ``least`` stays (the floor of persons in ``lab.toml``).

    ``predicted`` is the model's own of ``stays``; quantiles are the means of the stays'
    predicted quantiles.
    """
    keys, key = _keys(stays, dimensions)
    columns, weights = factors(model, stays)
    logs = np.log(weights)
    out: list[ProfileCell] = []
    for name, rows in _rows(key, len(keys)):
        if len(rows) < least:
            continue
        count, share = _hospitals(stays, rows)
        mean = logs[rows].mean(axis=0)
        order = np.argsort(-np.abs(mean), kind="stable")[:strongest]
        out.append(
            ProfileCell(
                dict(zip(dimensions, keys[name], strict=True)),
                len(rows),
                len(np.unique(stays.patient[rows])),
                count,
                share,
                float(predicted.mean[rows].mean()),
                float(predicted.quantile[0.1][rows].mean()),
                float(predicted.quantile[0.5][rows].mean()),
                float(predicted.quantile[0.9][rows].mean()),
                float(predicted.zero[rows].mean()),
                {days: float(values[rows].mean()) for days, values in predicted.over.items()},
                tuple((columns[i], float(np.exp(mean[i]))) for i in order),
            )
        )
    return out


def _keys(stays: StayTable, dimensions: Sequence[str]) -> tuple[list[tuple[str, ...]], Integers]:
    """The distinct combinations in order, and the position of each stay's."""
    words: list[Labels] = [labels(stays, name) for name in dimensions]
    codes = np.column_stack([item.codes for item in words]) if words else np.zeros((len(stays), 1))
    found, key = np.unique(codes, axis=0, return_inverse=True)
    names = [
        tuple(
            item.levels[int(code)] if code >= 0 else ""
            for item, code in zip(words, row, strict=False)
        )
        for row in found
    ]
    return names, key.ravel().astype(np.int64)


def _rows(key: Integers, size: int) -> list[tuple[int, Integers]]:
    order = np.argsort(key, kind="stable")
    bounds = np.searchsorted(key[order], np.arange(size + 1))
    return [(name, order[bounds[name] : bounds[name + 1]]) for name in range(size)]


def _hospitals(stays: StayTable, rows: Integers) -> tuple[int, float]:
    codes = stays.hospital.codes[rows]
    codes = codes[codes >= 0]
    if not len(codes):
        return 0, 1.0
    count = np.bincount(codes)
    return int((count > 0).sum()), float(count.max() / len(rows))
