"""From protected rows to the results that a publication holds: values, intervals, statuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.indicators.cells_format import UNKNOWN_AGE, UNKNOWN_SEX, UNKNOWN_TERRITORY
from labsante.indicators.form import Indicator
from labsante.indicators.rollup import DAYS_OF_A_YEAR
from labsante.indicators.statistics.intervals import mean, poisson, wilson
from labsante.indicators.statistics.standardisation import DirectSums, dobson_byar

PUBLISHED = "published"
SECRET = "secret"
UNAVAILABLE = "unavailable"
NOT_RELEVANT = "not_relevant"

#: A standardised value needs this many events (the OHID rule) ...
STANDARDISED_FROM = 10
#: ... and strata that hold at least this share of the standard population.
STANDARD_COVERAGE = 0.95

RESULTS_SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("territory", pa.string()),
        ("sex", pa.string()),
        ("age", pa.string()),
        ("numerator", pa.int64()),
        ("denominator", pa.int64()),
        ("value", pa.float64()),
        ("low95", pa.float64()),
        ("high95", pa.float64()),
        ("standardised", pa.float64()),
        ("standardised_low95", pa.float64()),
        ("standardised_high95", pa.float64()),
        ("status", pa.string()),
        ("standardised_status", pa.string()),
    ]
)

Floats = NDArray[np.float64]


def derive(indicator: Indicator, rows: pa.Table) -> pa.Table:
    """The results of an indicator from candidate rows and their protected statuses.

    ``rows`` has the columns of :func:`candidate_rows` and ``denominator_status`` and
    ``numerator_status``. A value is published where both are; a denominator where its own is.
    Values and bounds are in the indicator's unit, rounded to its decimals. Rows of an unknown
    territory, sex or age serve the protection alone and leave here.
    """
    rows = _known(rows)
    size = rows.num_rows
    den = _floats(rows["n_den"])
    den_status = _texts(rows["denominator_status"])
    num_status = _texts(rows["numerator_status"])
    # ``unavailable`` says more than ``secret``, and both win over ``published``.
    status = np.where(den_status == PUBLISHED, num_status, den_status)
    status = np.where(num_status == UNAVAILABLE, UNAVAILABLE, status)
    status = np.where((status == PUBLISHED) & (den == 0), NOT_RELEVANT, status)
    shown = status == PUBLISHED
    value, low, high = _values(indicator, rows)
    standard, standard_low, standard_high, defined = _standardised(indicator, rows, size)
    standard_status = np.where(status == PUBLISHED, defined, status)
    standard_shown = standard_status == PUBLISHED
    if indicator.standard == "none":
        standard_status = np.full(size, NOT_RELEVANT, dtype=object)
    # Person-days are told as person-years: days would tell when people came and went.
    below = den / DAYS_OF_A_YEAR if indicator.person_days else den
    digits = indicator.decimals
    return pa.Table.from_arrays(
        [
            rows["period"].combine_chunks(),
            rows["territory"].combine_chunks(),
            rows["sex"].combine_chunks(),
            rows["age"].combine_chunks(),
            _whole(_counts(indicator, rows), shown),
            _whole(below, (den_status == PUBLISHED) & (status != UNAVAILABLE)),
            _rounded(value, shown, digits),
            _rounded(low, shown, digits),
            _rounded(high, shown, digits),
            _rounded(standard, standard_shown, digits),
            _rounded(standard_low, standard_shown, digits),
            _rounded(standard_high, standard_shown, digits),
            pa.array(status, pa.string()),
            pa.array(standard_status, pa.string()),
        ],
        schema=RESULTS_SCHEMA,
    )


def _known(rows: pa.Table) -> pa.Table:
    keep = (
        (_texts(rows["territory"]) != UNKNOWN_TERRITORY)
        & (_texts(rows["sex"]) != UNKNOWN_SEX)
        & (_texts(rows["age"]) != UNKNOWN_AGE)
    )
    return rows.filter(pa.array(keep, pa.bool_()))


def _counts(indicator: Indicator, rows: pa.Table) -> Floats:
    """What stands above the line: persons or rows, or a sum of events, days or euros."""
    return _floats(rows["s_x"]) if indicator.counts_events else _floats(rows["n_num"])


def _values(indicator: Indicator, rows: pa.Table) -> tuple[Floats, Floats, Floats]:
    den = _floats(rows["n_den"])
    above = _counts(indicator, rows)
    m = indicator.multiplier
    if indicator.type in ("mean", "delay"):
        value, low, high = mean(den, above, _floats(rows["s_x2"]))
        return value * m, low * m, high * m
    base = den / DAYS_OF_A_YEAR if indicator.person_days else den
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(base > 0, m * above / base, np.nan)
        if indicator.type in ("proportion", "curve"):
            low, high = wilson(above, base)
            return value, low * m, high * m
        if indicator.type == "rate":
            low, high = _rate_bounds(indicator, rows, above)
            return value, m * low / base, m * high / base
    nothing = np.full(len(value), np.nan)
    return value, nothing, nothing


def _rate_bounds(indicator: Indicator, rows: pa.Table, events: Floats) -> tuple[Floats, Floats]:
    """Limits of the count; wider where persons repeat the event (Σf² over persons)."""
    low, high = poisson(events)
    if not indicator.counts_events:
        return low, high
    spread = np.sqrt(np.where(events > 0, _floats(rows["s_x2"]) / np.maximum(events, 1e-9), 1.0))
    return np.maximum(events + spread * (low - events), 0), events + spread * (high - events)


def _standardised(
    indicator: Indicator, rows: pa.Table, size: int
) -> tuple[Floats, Floats, Floats, NDArray[np.object_]]:
    nothing = np.full(size, np.nan)
    if indicator.standard == "none":
        return nothing, nothing, nothing, np.full(size, NOT_RELEVANT, dtype=object)
    sums = DirectSums(
        events=_floats(rows["standard_events"]),
        rate=_floats(rows["standard_rate"]),
        variance=_floats(rows["standard_variance"]),
        largest_weight=nothing,
        coverage=_floats(rows["standard_coverage"]),
    )
    value, low, high = dobson_byar(sums, indicator.multiplier)
    status = np.full(size, PUBLISHED, dtype=object)
    few = ~(sums.events >= STANDARDISED_FROM) | ~(sums.coverage >= STANDARD_COVERAGE)
    status[few] = UNAVAILABLE
    status[_texts(rows["age"]) != "all"] = NOT_RELEVANT
    return value, np.maximum(low, 0), high, status


def _floats(column: pa.ChunkedArray) -> Floats:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _whole(values: Floats, shown: NDArray[np.bool_]) -> pa.Array:
    good = shown & np.isfinite(values)
    return pa.array(np.rint(np.where(good, values, 0.0)).astype(np.int64), mask=~good)


def _rounded(values: Floats, shown: NDArray[np.bool_], digits: int) -> pa.Array:
    good = shown & np.isfinite(values)
    rounded = np.round(np.where(good, values, 0.0), digits) + 0.0  # no minus zero
    return pa.array(rounded, pa.float64(), mask=~good)
