"""The account of a partition: every raw line ends in exactly one place.

An account is a query in the subset that reads the inputs and the partition just written, named
``output``, and gives rows of ``place, reason, row_count, euros``. What comes ``in`` must equal
what is ``used``, ``netted``, ``filtered`` for a named reason, or ``orphan``, in rows and to the
cent; otherwise the partition is not kept. Rows of place ``note`` inform and are not added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labsante.base.errors import CheckFailedError, DefinitionError

PLACES = ("in", "used", "netted", "filtered", "orphan", "note")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an account."""

    place: str
    reason: str
    rows: int
    euros: Decimal

    def as_json(self) -> list[Any]:
        """The form that a manifest holds."""
        return [self.place, self.reason, self.rows, str(self.euros)]


def read_steps(records: Iterable[dict[str, Any]], where: str) -> list[Step]:
    """Steps from the rows of an account's query, in the order of places, empty ones left out."""
    steps = []
    for record in records:
        if record["place"] not in PLACES:
            raise DefinitionError(
                f"{record['place']} is not a place of an account",
                where=where,
                hint=f"one of {', '.join(PLACES)}",
            )
        rows = int(record["row_count"] or 0)
        euros = Decimal(record["euros"] or 0).quantize(_CENT)
        if rows or euros or record["place"] == "in":
            steps.append(Step(record["place"], record["reason"], rows, euros))
    return sorted(steps, key=lambda step: (PLACES.index(step.place), step.reason))


def check_balance(steps: list[Step], where: str) -> None:
    """Raise CheckFailedError unless what came in equals what the other places hold."""
    came_in = [step for step in steps if step.place == "in"]
    ended = [step for step in steps if step.place not in ("in", "note")]
    rows_in, rows_out = (sum(step.rows for step in side) for side in (came_in, ended))
    euros_in = sum((step.euros for step in came_in), Decimal(0))
    euros_out = sum((step.euros for step in ended), Decimal(0))
    if rows_in != rows_out or euros_in != euros_out:
        raise CheckFailedError(
            "the account does not balance",
            where=where,
            why=f"{rows_in} rows and {euros_in} euros came in; "
            f"{rows_out} rows and {euros_out} euros are accounted for",
            hint="nothing was kept: a key is not unique in the delivery, or the query loses lines",
        )


def add_up(accounts: Iterable[list[list[Any]]]) -> list[Step]:
    """The accounts of several partitions as one."""
    totals: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for account in accounts:
        for place, reason, rows, euros in account:
            had = totals.get((place, reason), (0, Decimal(0)))
            totals[place, reason] = (had[0] + rows, had[1] + Decimal(euros))
    steps = [Step(place, reason, rows, euros) for (place, reason), (rows, euros) in totals.items()]
    return sorted(steps, key=lambda step: (PLACES.index(step.place), step.reason))
