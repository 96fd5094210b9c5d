"""What each owned function means, in plain Python: the oracle of the spec tests.

Slow and obvious on purpose. A value is ``int``, ``Decimal``, ``str``, ``date``, ``bool`` or None.
Every function gives None where an argument is None, unless its rule says otherwise.
"""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_ASCII_UPPER = {ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"}
_DATE_SHAPES = {
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "DDMMYYYY": r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})",
    "DD/MM/YYYY": r"(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})",
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    "YYYYMM": r"(?P<y>\d{4})(?P<m>\d{2})",
}
_LOOKS_AT_NULLS = {"least_of", "greatest_of"}


def reference(name: str, *arguments: Any) -> Any:
    """The value of an owned function; ``code_in`` takes a ``CodeList`` instead of its name."""
    if name not in _LOOKS_AT_NULLS and any(value is None for value in arguments):
        return None
    return _REFERENCES[name](*arguments)


def _age_at(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _months_between(a: date, b: date) -> int:
    return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)


def _add_months(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _read_date(text: str, shape: str) -> date | None:
    found = re.fullmatch(_DATE_SHAPES[shape], text.strip(" "), re.ASCII)
    if not found:
        return None
    parts = found.groupdict()
    return _make_day(int(parts["y"]), int(parts["m"]), int(parts.get("d", "1")))


def _to_int_strict(text: str) -> int | None:
    stripped = text.strip(" ")
    return int(stripped) if re.fullmatch(r"-?\d{1,18}", stripped, re.ASCII) else None


def _scaled(x: Decimal | int, digits: int) -> Decimal:
    return Decimal(x).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _ratio(a: Decimal | int, b: Decimal | int) -> Decimal | None:
    top, bottom = (int(Decimal(x).scaleb(6)) for x in (a, b))
    if bottom == 0:
        return None
    sign = -1 if (top < 0) != (bottom < 0) else 1
    whole = (abs(top) * 2_000_000 + abs(bottom)) // (2 * abs(bottom))
    return Decimal(sign * whole).scaleb(-6)


def _text_part(text: str, start: int, length: int) -> str | None:
    return text[start - 1 : start - 1 + length] if start >= 1 and length >= 0 else None


def _two(choose: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def pick(a: Any, b: Any) -> Any:
        known = [value for value in (a, b) if value is not None]
        return choose(known) if known else None

    return pick


def _code_in(code: str, code_list: Any) -> bool | None:
    held: bool | None = code_list.holds(code)
    return held


_REFERENCES: dict[str, Callable[..., Any]] = {
    "year_of": lambda d: d.year,
    "month_of": lambda d: d.month,
    "day_of": lambda d: d.day,
    "quarter_of": lambda d: (d.month + 2) // 3,
    "weekday_of": lambda d: d.isoweekday(),
    "age_at": _age_at,
    "months_between": _months_between,
    "days_between": lambda a, b: b.toordinal() - a.toordinal(),
    "add_days": lambda d, n: d + timedelta(days=n),
    "add_months": _add_months,
    "month_start": lambda d: d.replace(day=1),
    "month_end": lambda d: d.replace(day=monthrange(d.year, d.month)[1]),
    "quarter_start": lambda d: date(d.year, (d.month - 1) // 3 * 3 + 1, 1),
    "year_start": lambda d: date(d.year, 1, 1),
    "make_day": _make_day,
    "read_date": _read_date,
    "known_date": lambda d: d if 1600 < d.year < 2099 else None,
    "date_text": lambda d: d.isoformat(),
    "period_text": lambda d: d.isoformat()[:7],
    "to_int_strict": _to_int_strict,
    "amount": lambda x: _scaled(x, 2),
    "measure": lambda x: _scaled(x, 6),
    "ratio": _ratio,
    "quotient": lambda a, b: a // b if b else None,
    "remainder": lambda a, b: a % b if b else None,
    "truncated": int,
    "rounded": lambda x: int(_scaled(x, 0)),
    "least_of": _two(min),
    "greatest_of": _two(max),
    "has_bit": lambda bits, bit: bits & bit != 0,
    "normalise_code": lambda t: t.translate({**_ASCII_UPPER, ord("."): "", ord(" "): ""}) or None,
    "upper_text": lambda t: t.translate(_ASCII_UPPER),
    "trimmed": lambda t: t.strip(" ") or None,
    "text_part": _text_part,
    "text_length": len,
    "replace_text": lambda t, old, new: t.replace(old, new),
    "pad_left": lambda t, n, c: t.rjust(n, c),
    "text_of": lambda x: x if isinstance(x, str) else str(x),
    "hash60": lambda t: int(hashlib.md5(t.encode(), usedforsecurity=False).hexdigest()[:15], 16),
    "starts_with": lambda code, prefix: code.startswith(prefix),
    "code_in": _code_in,
}
