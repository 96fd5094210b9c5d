"""Drift: do the tested stays look like those the model learnt from?"""

from __future__ import annotations

from typing import Any

import numpy as np

from labsante.stays.findings import WARNING, Finding
from labsante.stays.metrics import observed_expected
from labsante.stays.spec import Column
from labsante.stays.table import TEST, Floats, Labels, StayTable

STABILITY = 0.25
UNSEEN = 0.02
REFIT = 0.03
BINS = 10
LEVELS = 50


def stability_index(train: Floats, test: Floats) -> float:
    """Population stability index of two vectors of counts over the same classes."""
    a = (train + 0.5) / (train.sum() + 0.5 * len(train))
    b = (test + 0.5) / (test.sum() + 0.5 * len(test))
    return float(((a - b) * np.log(a / b)).sum())


def drift_findings(stays: StayTable, columns: tuple[Column, ...]) -> list[Finding]:
    """Warnings: columns whose distribution moved (index > 0.25), levels never learnt (> 2 %)."""
    tested = stays.part == TEST
    out: list[Finding] = []
    for column in columns:
        values = stays.columns[column.name]
        if isinstance(values, Labels):
            size = len(values.levels) + 1
            train = np.bincount(values.codes[~tested] + 1, minlength=size).astype(float)
            test = np.bincount(values.codes[tested] + 1, minlength=size).astype(float)
            unseen = float(test[train == 0].sum() / max(test.sum(), 1.0))
            if unseen > UNSEEN:
                out.append(
                    Finding("unseen_levels", column.name, WARNING, unseen, "share never learnt")
                )
            order = np.argsort(-train, kind="stable")[:LEVELS]
            rest = np.array([train.sum() - train[order].sum()])
            other = np.array([test.sum() - test[order].sum()])
            index = stability_index(
                np.concatenate([train[order], rest]), np.concatenate([test[order], other])
            )
        else:
            known = values[~np.isnan(values)]
            if not len(known):
                continue
            edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
            index = stability_index(
                np.bincount(place[~tested], minlength=len(edges) + 2).astype(float),
                np.bincount(place[tested], minlength=len(edges) + 2).astype(float),
            )
        if index > STABILITY:
            out.append(Finding("drift", column.name, WARNING, index, "population stability index"))
    return out


def yearly_panel(stays: StayTable, mean: Floats) -> list[dict[str, Any]]:
    """Observed/expected by year of entry; ``refit`` where it is more than 3 % off."""
    known = ~np.isnan(stays.entry)
    if not known.any():
        return []
    days = np.where(known, stays.entry, 0.0).astype("int64").astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(int) + 1970
    out = []
    for year in np.unique(years[known]):
        rows = known & (years == year)
        ratio = observed_expected(stays.length[rows], mean[rows])
        out.append(
            {
                "year": int(year),
                "rows": int(rows.sum()),
                "observed_expected": ratio,
                "refit": bool(abs(ratio - 1.0) > REFIT),
            }
        )
    return out
