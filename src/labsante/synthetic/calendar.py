"""Days as whole numbers since 1970-01-01, months as whole numbers since 1970-01."""

from __future__ import annotations

import datetime

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]

_EPOCH = datetime.date(1970, 1, 1)


def day(year: int, month: int = 1, day_of_month: int = 1) -> int:
    """The number of a day."""
    return (datetime.date(year, month, day_of_month) - _EPOCH).days


# How the source writes « no date »; see the handbook of the source.
NO_DATE = day(1600)
FOR_LIFE = day(2099, 12, 31)


def month_of(days: Days) -> Days:
    """The number of the month of each day."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def year_of(days: Days) -> Days:
    """The year of each day."""
    return month_of(days) // 12 + 1970


def month_number(year: int, month: int = 1) -> int:
    """The number of a month."""
    return (year - 1970) * 12 + month - 1


def first_day(months: Days) -> Days:
    """The first day of each month."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def month_text(month: int) -> str:
    """``2021-02``."""
    return f"{1970 + month // 12}-{month % 12 + 1:02d}"


def age_at(birth: Days, at: Days) -> Days:
    """Completed years, exact to the day."""
    months = month_of(at) - month_of(birth)
    early = (at - first_day(month_of(at))) < (birth - first_day(month_of(birth)))
    return (months - early) // 12
