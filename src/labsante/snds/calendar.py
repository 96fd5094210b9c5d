"""Flux months, and the values that mean "no date", "no month", "no year".

Sources: public SNDS documentation. A claim enters in the month it is settled: month M is
available on the first day of M+1, and that day is FLX_DIS_DTD. Care of year N is read from the
flux of February N to July N+1; 27 months is the legal maximum for reimbursement.
"""

from __future__ import annotations

from datetime import date

MISSING_DATES = frozenset({date(1600, 1, 1), date(1, 1, 1)})
OPEN_END_DATES = frozenset({date(2099, 12, 31), date(2999, 12, 31), date(9999, 12, 31)})
MISSING_YEAR_MONTHS = frozenset({"160001", "000101"})
MISSING_YEARS = frozenset({"1600", "0000", "0001"})
MISSING_PSEUDONYMS = frozenset(
    {
        "xxxxxxxxxxxxxxxxx",
        "XXXXXXXXXXXXXXXXD",
        "BXXXXXXXXXXXXXXXX",
        "XXXXXXXXXXXXXXXXS",
        "XXXXXXXXXXXXXXXXE",
    }
)
"""NIR_ANO_17 of hospital rows that cannot be linked to a person."""

MISSING_PROFESSIONAL = "00000000"
REIMBURSEMENT_LIMIT_MONTHS = 27


def add_months(month: date, months: int) -> date:
    """The first day of the month ``months`` later (or earlier, when negative)."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def flux_partition(flx_dis_dtd: date) -> str:
    """The partition of a claim, ``YYYY-MM``, from its FLX_DIS_DTD."""
    return f"{flx_dis_dtd.year:04d}-{flx_dis_dtd.month:02d}"


def flux_months_of_care_year(year: int) -> tuple[date, ...]:
    """The 18 FLX_DIS_DTD to read for the care of a year: 98 to 99 % of its claims."""
    return tuple(add_months(date(year, 2, 1), number) for number in range(18))
