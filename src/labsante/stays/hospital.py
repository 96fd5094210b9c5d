"""The hospital length-of-stay index: observed over expected, with the spread between hospitals.

A Poisson funnel is wrong for lengths of stay: most real hospitals fall outside it. The limits
here add to each hospital's own sampling variance a between-hospital variance τ² (additive
overdispersion, Spiegelhalter 2005), estimated by moments. Hospitals are shrunk within their
category, and are never ranked: rankings by different methods do not agree.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labsante.stays.table import Floats, Integers, Labels, StayTable

Z95, Z998 = 1.959964, 3.090232
LEAST_STAYS = 5


@dataclass(frozen=True, slots=True)
class HospitalRow:
    """One hospital. Ratios are observed/expected; ``within`` says where it stands in the funnel.

    ``shrunk`` with ``low95`` and ``high95`` is the estimate of the hospital's own ratio;
    ``limits95`` and ``limits998`` are the funnel's, for a hospital of this size and case-mix
    that differs from the national level by no more than hospitals usually do. ``ip_dms`` is the
    classic index by the mean of the group.
    """

    hospital: str
    category: str
    stays: int
    observed: float
    expected: float
    ratio: float
    shrunk: float
    low95: float
    high95: float
    limits95: tuple[float, float]
    limits998: tuple[float, float]
    within: str
    ip_dms: float | None = None
    ip_dms_severity: float | None = None


@dataclass(frozen=True, slots=True)
class HospitalIndex:
    """All hospitals, in the order of their identifiers, and the two variances.

    ``between`` is τ² of the log ratio; ``dispersion`` is the squared coefficient of variation
    of a stay around its expected length, hospital effect taken out.
    """

    rows: tuple[HospitalRow, ...]
    between: float
    dispersion: float
    outside95: float
    outside998: float

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def hospital_index(
    stays: StayTable,
    expected: Floats,
    *,
    group: Labels | None = None,
    severity_group: Labels | None = None,
) -> HospitalIndex:
    """The index of every hospital with five stays or more.

    ``expected`` comes from a case-mix model that saw neither the hospital nor these stays; NaN
    leaves a stay out. ``group`` and ``severity_group`` give the classic index without and with
    severity: their difference shows how much coding weighs.
    """
    known = (stays.hospital.codes >= 0) & ~np.isnan(expected)
    y, mu, code = stays.length[known], expected[known], stays.hospital.codes[known]
    size = len(stays.hospital.levels)
    count, observed, total, square = _sums(y, mu, code, size)
    keep = np.flatnonzero((count >= LEAST_STAYS) & (observed > 0) & (total > 0))
    ratio = np.ones(size)
    ratio[keep] = observed[keep] / total[keep]
    dispersion = _dispersion(y, mu * ratio[code], count[code].astype(np.float64))
    effect = np.log(ratio[keep])
    variance = dispersion * square[keep] / total[keep] ** 2
    category = _category(stays, known, code, size)
    between = _between(effect, variance)
    centre = _centres(effect, variance + between, category[keep])
    weight = between / (between + variance) if between > 0 else np.zeros(len(keep))
    shrunk = centre + weight * (effect - centre)
    error = np.sqrt(weight * variance) if between > 0 else np.sqrt(variance)
    spread = np.sqrt(variance + between)
    classic = _classic(stays, known, group, size)
    severe = _classic(stays, known, severity_group, size)
    rows = []
    for place, hospital in enumerate(keep):
        bounds = {
            z: (float(np.exp(-z * spread[place])), float(np.exp(z * spread[place])))
            for z in (Z95, Z998)
        }
        rows.append(
            HospitalRow(
                stays.hospital.levels[hospital],
                _level(stays.category, category[hospital]),
                int(count[hospital]),
                float(observed[hospital]),
                float(total[hospital]),
                float(ratio[hospital]),
                float(np.exp(shrunk[place])),
                float(np.exp(shrunk[place] - Z95 * error[place])),
                float(np.exp(shrunk[place] + Z95 * error[place])),
                bounds[Z95],
                bounds[Z998],
                _within(float(ratio[hospital]), bounds[Z95], bounds[Z998]),
                None if classic is None else float(classic[hospital]),
                None if severe is None else float(severe[hospital]),
            )
        )
    outside = np.abs(effect) / spread if len(keep) else np.zeros(0)
    return HospitalIndex(
        tuple(rows),
        between,
        dispersion,
        float((outside > Z95).mean()) if len(keep) else 0.0,
        float((outside > Z998).mean()) if len(keep) else 0.0,
    )


def _sums(
    y: Floats, mu: Floats, code: Integers, size: int
) -> tuple[Integers, Floats, Floats, Floats]:
    return (
        np.bincount(code, minlength=size),
        np.bincount(code, weights=y, minlength=size).astype(np.float64),
        np.bincount(code, weights=mu, minlength=size).astype(np.float64),
        np.bincount(code, weights=mu**2, minlength=size).astype(np.float64),
    )


def _dispersion(y: Floats, mean: Floats, count: Floats) -> float:
    """Σ(y − m)² / Σ m² around each hospital's own level, one degree of freedom a hospital."""
    used = count >= LEAST_STAYS
    correction = count[used] / np.maximum(count[used] - 1.0, 1.0)
    return float(((y[used] - mean[used]) ** 2 * correction).sum() / (mean[used] ** 2).sum())


def _between(effect: Floats, variance: Floats) -> float:
    """τ² by moments (DerSimonian and Laird 1986), iterated (Paule and Mandel 1982), never < 0."""
    if len(effect) < 3:
        return 0.0
    low, high = 0.0, 4.0 * float(effect.var()) + 1e-6

    def excess(tau: float) -> float:
        weight = 1.0 / (variance + tau)
        mean = (weight * effect).sum() / weight.sum()
        return float((weight * (effect - mean) ** 2).sum() - (len(effect) - 1))

    if excess(0.0) <= 0:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def _centres(effect: Floats, variance: Floats, category: Integers) -> Floats:
    """The weighted mean effect of each hospital's category (all hospitals where it has < 3)."""
    weight = 1.0 / np.maximum(variance, 1e-12)
    overall = float((weight * effect).sum() / weight.sum()) if len(effect) else 0.0
    centre = np.full(len(effect), overall)
    for value in np.unique(category):
        rows = category == value
        if rows.sum() >= 3 and value >= 0:
            centre[rows] = (weight[rows] * effect[rows]).sum() / weight[rows].sum()
    return centre


def _category(stays: StayTable, known: Any, code: Integers, size: int) -> Integers:
    """The category of each hospital: that of its last stay in the table."""
    category = np.full(size, -1, dtype=np.int64)
    category[code] = stays.category.codes[known]
    return category


def _level(words: Labels, code: int) -> str:
    return words.levels[code] if code >= 0 else ""


def _within(ratio: float, inner: tuple[float, float], outer: tuple[float, float]) -> str:
    if ratio > outer[1]:
        return "above998"
    if ratio < outer[0]:
        return "below998"
    if ratio > inner[1]:
        return "above95"
    if ratio < inner[0]:
        return "below95"
    return "inside"


def _classic(stays: StayTable, known: Any, group: Labels | None, size: int) -> Floats | None:
    """Observed days over days expected if every group had its national mean (IP-DMS)."""
    if group is None:
        return None
    codes = group.codes[known] + 1
    width = len(group.levels) + 1
    y, hospital = stays.length[known], stays.hospital.codes[known]
    count = np.maximum(np.bincount(codes, minlength=width), 1)
    mean = np.bincount(codes, weights=y, minlength=width) / count
    expected = np.bincount(hospital, weights=mean[codes], minlength=size)
    observed = np.bincount(hospital, weights=y, minlength=size)
    return observed / np.maximum(expected, 1e-12)
