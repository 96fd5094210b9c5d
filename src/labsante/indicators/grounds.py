"""What an indicator may stand on: the tables, and how each tells time, person and code.

A profile says how the rows of a table fall in the months or years of a window, which column a
named code list applies to, and whether the row carries its own residence, sex and age (a stay
does; a dispensing takes them from the person's year).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from labsante.base.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Ground:
    """One table as indicators see it.

    ``time`` is ``day`` (``date`` is a DATE column), ``month`` (a DATE, first of the month),
    ``year`` (a BIGINT column), or ``span`` (``date`` and ``end``; rows count while they overlap
    the window). ``year`` is a column that says the year where the date may be missing: windows of
    whole years use it. ``source`` replaces the table's name in FROM where rows need a join.
    """

    name: str
    time: str
    date: str
    end: str = ""
    code: str = ""
    key: str = ""
    residence: bool = False
    year: str = ""
    source: str = ""
    reads: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The intermediate tables that it reads."""
        return self.reads or (self.name,)


_CODED_STAY = """(
    SELECT
        c.stay_id, c.person_id, c.year, c.kind, c.code, c.unit_rank, s.exit_date, s.entry_date,
        s.ghm, s.ghm_root, s.cmd, s.activity, s.nights, s.age, s.sex, s.finess, s.exit_mode,
        s.field
    FROM stay_code AS c
    INNER JOIN stay AS s ON s.stay_id = c.stay_id
    WHERE s.excluded_reason IS NULL
)"""

GROUNDS: dict[str, Ground] = {
    ground.name: ground
    for ground in (
        Ground("person_year", "year", "year"),
        Ground("condition_year", "year", "year", code="condition"),
        Ground("expense_year", "year", "year", code="item"),
        Ground("entitlement", "span", "start_date", end="end_date", code="code"),
        Ground("dispensing", "month", "care_month", code="atc", key="dispensing_id"),
        Ground("drug_month", "month", "month", code="atc"),
        Ground("care", "month", "care_month", code="code", key="care_id"),
        Ground(
            "stay", "day", "exit_date", code="principal_diagnosis", key="stay_id", residence=True
        ),
        Ground(
            "stay_code",
            "day",
            "exit_date",
            code="code",
            year="year",
            source=_CODED_STAY,
            reads=("stay", "stay_code"),
        ),
        Ground(
            "hospital_drug",
            "month",
            "care_month",
            code="atc",
            key="hospital_drug_id",
            year="year",
        ),
        Ground(
            "outpatient_visit",
            "day",
            "care_date",
            code="code",
            key="visit_id",
            year="year",
        ),
        Ground("death", "day", "death_date", code="underlying_cause", key="death_id", year="year"),
        Ground("professional_year", "year", "year", code="speciality"),
    )
}


def ground(name: str, where: str) -> Ground:
    """The profile of a table; raises DefinitionError with the nearest name."""
    if name in GROUNDS:
        return GROUNDS[name]
    near = get_close_matches(name, sorted(GROUNDS), 1)
    raise DefinitionError(
        f"unknown table {name}",
        where=where,
        hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(sorted(GROUNDS))}",
    )
