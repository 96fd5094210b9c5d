"""An account balances in rows and to the cent, or the partition is not kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from labsante.base.errors import CheckFailedError, DefinitionError
from labsante.tables.account import Step, add_up, check_balance, read_steps


def steps(*values: tuple[str, str, int, str]) -> list[Step]:
    return [Step(place, reason, rows, Decimal(euros)) for place, reason, rows, euros in values]


def test_what_comes_in_must_be_accounted_for() -> None:
    check_balance(
        steps(
            ("in", "rows", 5, "10.00"),
            ("used", "kept", 3, "10.00"),
            ("netted", "zero", 1, "0.00"),
            ("orphan", "orphan", 1, "0.00"),
            ("note", "linked", 99, "99.00"),
        ),
        "test",
    )


@pytest.mark.parametrize(("rows", "euros"), [(4, "10.00"), (5, "9.99")])
def test_a_lost_row_or_cent_is_refused(rows: int, euros: str) -> None:
    with pytest.raises(CheckFailedError, match="does not balance"):
        check_balance(steps(("in", "rows", 5, "10.00"), ("used", "kept", rows, euros)), "test")


def test_an_unknown_place_is_refused() -> None:
    record = {"place": "lost", "reason": "x", "row_count": 1, "euros": 0}
    with pytest.raises(DefinitionError, match="not a place"):
        read_steps([record], "test")


def test_partitions_add_up() -> None:
    one = [["in", "rows", 2, "1.50"], ["used", "kept", 2, "1.50"]]
    total = add_up([one, one])
    assert [step.as_json() for step in total] == [
        ["in", "rows", 4, "3.00"],
        ["used", "kept", 4, "3.00"],
    ]
