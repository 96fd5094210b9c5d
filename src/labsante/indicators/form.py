"""What an indicator is: small immutable objects between the TOML file and the computation.

Words of populations as in FHIR measures: the *population* is the denominator, *exclusions* leave
it, the *numerator* is part of it, a *measure* is a number observed in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labsante.base.texts import Text

TYPES = ("proportion", "rate", "ratio", "mean", "delay", "curve", "sql")
DIRECTIONS = ("higher", "lower", "neutral")
PERIODS = ("year", "month", "quarter", "24 months")
COMPARISONS = ("none", "funnel", "overdispersed_funnel")
STANDARDS = ("none", "esp2013")
THEMES = (
    "pathologies",
    "innovation",
    "prevention",
    "hospital",
    "financing",
    "complementary",
    "supply",
    "pathways",
    "mortality",
    "disability",
)

#: Crossing → the sexes and ages it opens and the territories it covers (see ``rollup``).
CROSSINGS = (
    "territory",
    "territory*sex",
    "territory*age",
    "region*sex*age",
    "france*sex",
    "france*age",
    "france*age5",
    "france*sex*age5",
)
_BY_YEAR = (
    "territory",
    "territory*sex",
    "territory*age",
    "region*sex*age",
    "france*age5",
    "france*sex*age5",
)
DEFAULT_CROSSINGS = {
    "year": _BY_YEAR,
    "24 months": _BY_YEAR,
    "quarter": ("territory", "france*sex", "france*age"),
    "month": ("territory", "france*sex", "france*age"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a table that make a person (or a row) count, and what is summed over them.

    ``table`` with ``codes`` (a named list on the table's code column), ``where`` (a condition on
    a row), ``having`` (a condition on a person's rows of the window) and ``value`` (an aggregate
    of a person's rows, the X of Σ and Σ²). ``window`` says which months are looked at for one
    period. ``indicator`` stands for the numerator of another indicator in the calendar year;
    ``condition`` for a row of ``condition_year``; ``sql`` for a SELECT of one's own that yields
    ``window_period``, ``population_year``, ``person_id`` and ``value``; it may read the relations
    of its window as ``{months}``, ``{years}`` and ``{span}``. ``any`` holds selections of which
    one is enough.
    """

    table: str = ""
    codes: str = ""
    where: str = ""
    having: str = ""
    value: str = ""
    date: str = ""
    window: str = ""
    indicator: str = ""
    condition: str = ""
    sql: str = ""
    any: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Persons or rows that leave the population, with the reason in words."""

    reason: Text
    selection: Selection


@dataclass(frozen=True, slots=True)
class Population:
    """The denominator: a base table, conditions on its rows, and what each row weighs.

    ``base`` is ``person_year`` (persons) or a line table (stays, dispensings, services).
    ``weight`` is an expression on a row; empty counts rows; ``days_present`` makes person-days.
    ``within`` restricts persons to those of a selection.
    """

    base: str
    sex: str = ""
    ages: str = ""
    where: str = ""
    weight: str = ""
    within: Selection | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A published figure that the indicator should find within a tolerance."""

    value: float
    period: str
    territory: str
    tolerance: float
    who: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PatientTest:
    """Toy rows of tables, as text, and the persons or rows expected on each side.

    ``tables`` maps a table's name to its rows as text; ``expected`` maps ``denominator`` and
    ``numerator`` (and ``sum``) to numbers, over all cells of ``period``.
    """

    name: str
    period: str
    tables: dict[str, str]
    expected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One definition, read and checked."""

    id: str
    title: Text
    unit: Text
    type: str
    direction: str
    theme: str
    period: str
    decimals: int
    definition: Text
    why: Text
    source: Text
    limits: tuple[Text, ...]
    population: Population | None
    exclusions: tuple[Exclusion, ...] = ()
    numerator: Selection | None = None
    measure: Selection | None = None
    multiplier: float = 1.0
    breakdowns: tuple[str, ...] = ()
    additive_over: tuple[str, ...] = ("territory", "sex", "age")
    standard: str = "none"
    comparison: str = "none"
    target: float | None = None
    origin: str = ""
    breaks: tuple[Text, ...] = ()
    unavailable: Text | None = None
    representative: bool = True
    reviewed: str = ""
    next_review: str = ""
    references: tuple[Reference, ...] = ()
    tests: tuple[PatientTest, ...] = ()
    toml: str = field(default="", repr=False, compare=False)
    where: str = field(default="", repr=False, compare=False)

    @property
    def available(self) -> bool:
        """Whether the data can say it; otherwise ``unavailable`` holds the reason."""
        return self.unavailable is None

    @property
    def by_person(self) -> bool:
        """Whether the denominator is made of persons of the year."""
        return self.population is not None and self.population.base == "person_year"

    @property
    def person_days(self) -> bool:
        """Whether the denominator counts days: a rate is then per person-year."""
        return self.population is not None and self.population.weight == "days_present"

    @property
    def counts_events(self) -> bool:
        """Whether the value is made of Σ of a measure rather than of a count."""
        return self.type in ("rate", "mean", "delay") and self.value_selection is not None

    @property
    def value_selection(self) -> Selection | None:
        """The selection whose ``value`` is summed."""
        for selection in (self.measure, self.numerator):
            if selection is not None and (selection.value or selection.sql):
                return selection
        return None
