"""Person-time: days at risk by calendar year and age (Lexis), from dates as whole days."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Days = NDArray[np.int64]


def lexis(
    entry: ArrayLike, leaving: ArrayLike, birth: ArrayLike, years: ArrayLike
) -> tuple[Days, Days, Days, Days]:
    """Days at risk of each person in each year, split at the birthday.

    ``entry`` and ``leaving`` (both included) and ``birth`` are ``datetime64[D]``; ``years`` are
    calendar years. Returns (person, year, age in completed years, days), rows with at least one
    day: at most two a person and year. A birthday on 29 February falls on 1 March in other years.
    """
    first = np.asarray(entry, dtype="datetime64[D]")
    last = np.asarray(leaving, dtype="datetime64[D]")
    born = np.asarray(birth, dtype="datetime64[D]")
    born_year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = born.astype("datetime64[M]").astype(np.int64) % 12
    day = (born - born.astype("datetime64[M]")).astype(np.int64)
    found: list[tuple[Days, Days, Days, Days]] = []
    for year in np.asarray(years, dtype=np.int64):
        opening = np.datetime64(f"{year:04d}-01-01", "D")
        closing = np.datetime64(f"{year:04d}-12-31", "D")
        # Months and days by offset: the 29th of February rolls over to the 1st of March.
        start_of_month = (opening.astype("datetime64[M]") + month).astype("datetime64[D]")
        birthday = start_of_month + day
        low, high = np.maximum(first, opening), np.minimum(last, closing)
        before = (np.minimum(high, birthday - 1) - low).astype(np.int64) + 1
        after = (high - np.maximum(low, birthday)).astype(np.int64) + 1
        for days, age in ((before, year - born_year - 1), (after, year - born_year)):
            rows = np.flatnonzero((days > 0) & (age >= 0))
            found.append((rows, np.full(len(rows), year), age[rows], days[rows]))
    parts = [np.concatenate(part) for part in zip(*found, strict=True)]
    order = np.lexsort((parts[2], parts[1], parts[0]))
    person, year_of, age_of, days_of = (part[order].astype(np.int64) for part in parts)
    return person, year_of, age_of, days_of
