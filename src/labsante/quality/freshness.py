"""How complete each month of care is, and what is still to come.

The share of a care month's lines seen by flux M+1, M+2… is measured on the months that have
twelve fluxes, and applied to those that have fewer (chain ladder on the manifests' counts: no
row is read).
"""

from __future__ import annotations

from typing import Any

from labsante.base.workspace import Workspace
from labsante.lake import partitions

_FULL_LAG = 12


def care_month_forecast(workspace: Workspace) -> list[dict[str, Any]]:
    """One entry a care month: fluxes seen, completeness estimated (a share), to two digits."""
    counts = _counts(workspace)
    if not counts:
        return []
    last = max(flux for lags in counts.values() for flux in lags)
    curve = lag_curve(counts, last)
    out = []
    for month in sorted(counts):
        seen = last - _number(month)
        share = curve.get(min(seen, _FULL_LAG))
        out.append(
            {
                "care_month": month,
                "fluxes_seen": max(0, min(seen, 27)),
                "completeness": round(share, 2) if share is not None else None,
            }
        )
    return out


def lag_curve(counts: dict[str, dict[int, int]], last: int) -> dict[int, float]:
    """Share of a care month seen by lag 1 to 12, over the months that have twelve fluxes."""
    seen = dict.fromkeys(range(1, _FULL_LAG + 1), 0)
    total = 0
    for month, by_flux in counts.items():
        start = _number(month)
        if last - start < _FULL_LAG:
            continue
        total += sum(n for flux, n in by_flux.items() if flux - start <= _FULL_LAG)
        for lag in seen:
            seen[lag] += sum(n for flux, n in by_flux.items() if flux - start <= lag)
    return {lag: n / total for lag, n in seen.items()} if total else {}


def _counts(workspace: Workspace) -> dict[str, dict[int, int]]:
    counts: dict[str, dict[int, int]] = {}
    for part in partitions(workspace, "ER_PRS_F"):
        flux = _number(part.name)
        for month, rows in part.manifest.content.get("care_months", {}).items():
            if month != "unknown" and 0 < flux - _number(month) <= 27:
                counts.setdefault(month, {})[flux] = rows
    return counts


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)
