"""The types that a contract may name, and which real types may be cast to them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labsante.base.errors import DefinitionError

Columns = Sequence[tuple[str, str]]

_DECIMAL = re.compile(r"^DECIMAL\((\d+),\s*(\d+)\)$")
_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_INTEGERS = frozenset((*_SIGNED, *_UNSIGNED))
_SIMPLE = ("BIGINT", "VARCHAR", "DATE", "DOUBLE", "BOOLEAN")
#: An untyped NULL, by the name each engine gives it.
_NULLS = ('"NULL"', "NULL", "VOID")


def normal_type(name: str) -> str:
    """The one spelling of a contract's type; raises DefinitionError for any other type."""
    upper = name.strip().upper()
    match = _DECIMAL.match(upper)
    if match:
        precision, scale = int(match[1]), int(match[2])
        if 1 <= precision <= 38 and scale <= precision:
            return f"DECIMAL({precision},{scale})"
    elif upper in _SIMPLE:
        return upper
    raise DefinitionError(
        f"{name} is not a type of a contract",
        hint=f"{', '.join(_SIMPLE)} or DECIMAL(p,s) with p up to 38",
    )


def decimal_parts(name: str) -> tuple[int, int] | None:
    """Precision and scale of ``DECIMAL(p,s)``, or None for another type."""
    match = _DECIMAL.match(name)
    return (int(match[1]), int(match[2])) if match else None


def castable(real: str, wanted: str) -> bool:
    """Whether a result of type ``real`` may become ``wanted`` without changing its meaning.

    Whole numbers become BIGINT or decimals; decimals become decimals; texts, dates stay what
    they are. A DOUBLE never becomes a decimal: its last digits depend on the order of a sum.
    """
    real = real.upper().replace(" ", "")
    if real in _NULLS or real == wanted.replace(" ", ""):
        return True
    if wanted == "BIGINT":
        parts = decimal_parts(real)
        return real in _INTEGERS or (parts is not None and parts[1] == 0)
    if wanted.startswith("DECIMAL"):
        return real in _INTEGERS or decimal_parts(real) is not None
    return wanted == "DOUBLE" and (real in ("FLOAT", *_INTEGERS) or bool(decimal_parts(real)))


def check_columns(real: Columns, wanted: Columns, where: str) -> None:
    """Compare a query's real columns with a contract's; raises ONE DefinitionError.

    Names are compared without case, in order; types as :func:`castable` says.
    """
    real_names = [name.lower() for name, _ in real]
    wanted_names = [name.lower() for name, _ in wanted]
    if real_names != wanted_names:
        missing = [name for name in wanted_names if name not in real_names]
        extra = [name for name in real_names if name not in wanted_names]
        facts = [
            f"missing: {', '.join(missing)}" if missing else "",
            f"not in the contract: {', '.join(extra)}" if extra else "",
            "" if missing or extra else f"order in the query: {', '.join(real_names)}",
        ]
        raise DefinitionError(
            "the columns are not those of the contract",
            where=where,
            why="; ".join(filter(None, facts)),
            hint=f"the contract says, in order: {', '.join(wanted_names)}",
        )
    wrong = [
        f"{name} is {have}, the contract says {want}"
        for (name, have), (_, want) in zip(real, wanted, strict=True)
        if not castable(have, want)
    ]
    if wrong:
        raise DefinitionError(
            "the types are not those of the contract",
            where=where,
            why="; ".join(wrong),
            hint=_type_hint(" ".join(wrong)),
        )


def _type_hint(facts: str) -> str:
    if "DOUBLE" in facts or "FLOAT" in facts:
        return "keep amounts in DECIMAL: amount(x), measure(x), ratio(a, b)"
    if "BOOLEAN" in facts:
        return "write CASE WHEN … THEN 1 ELSE 0 END"
    if "TIMESTAMP" in facts:
        return "dates have no time of day here: read_date(text, 'YYYYMMDD'), month_start(d)"
    return "use text_of(x), to_int_strict(text) or read_date(text, 'YYYYMMDD')"
