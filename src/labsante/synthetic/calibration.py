"""What the synthetic France weighs beside public figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from labsante.synthetic.calendar import day, year_of
from labsante.synthetic.claims import Claims
from labsante.synthetic.conditions import Exemptions
from labsante.synthetic.hospital import Stays
from labsante.synthetic.population import Persons
from labsante.synthetic.references import departement_regions, read_table, region_codes
from labsante.synthetic.settings import Settings
from labsante.synthetic.traps import INFORMATION

Figures = Counter[str]
_CONSULTATIONS, _VISITS = (1110, 1111), (1210, 1211)


def count_figures(
    settings: Settings,
    persons: Persons,
    exemptions: Exemptions,
    stays: Stays,
    claims: Claims,
) -> Figures:
    """Additive counts of one bucket over the care years."""
    figures: Figures = Counter()
    regions = departement_regions()[persons.departement]
    for year in settings.years:
        start, end = day(year), day(year, 12, 31)
        present = (persons.birth <= end) & (persons.death >= start)
        age = year - year_of(persons.birth)
        active = np.zeros(len(present), dtype=bool)
        active[exemptions.person[exemptions.active(end, end)]] = True
        figures.update(
            {
                "persons": int(present.sum()),
                "women": int((present & (persons.sex == 1)).sum()),
                # Ages at 1 January, as the public figures: one year less than at 31 December.
                "resident": int((present & (age >= 1)).sum()),
                "aged_0_19": int((present & (age >= 1) & (age <= 20)).sum()),
                "aged_65_and_over": int((present & (age > 65)).sum()),
                "aged_75_and_over": int((present & (age > 75)).sum()),
                "deaths": int(((persons.death >= start) & (persons.death <= end)).sum()),
                "births": int(((persons.birth >= start) & (persons.birth <= end)).sum()),
                "exempt_persons": int((active & present & (persons.death > end)).sum()),
                "free_cover": int((present & persons.free_cover).sum()),
            }
        )
        for rank, code in enumerate(region_codes()):
            figures[f"region_{code}"] += int((present & (regions == rank)).sum())
    ordinary = stays.sessions == 0
    figures["stays"] = int(ordinary.sum())
    figures["stays_without_night"] = int((ordinary & (stays.nights == 0)).sum())
    figures["nights"] = int(stays.nights[ordinary].sum())
    lines = claims.lines
    informs = (lines["qualifier"] == INFORMATION) | (lines["transmitted"] == INFORMATION)
    counted = (lines["surcharge"] == 0) & ~informs & (lines["person"] >= 0)
    for name, natures in (
        ("general_consultations", _CONSULTATIONS),
        ("general_visits", _VISITS),
    ):
        rows = counted & np.isin(lines["nature"], natures)
        figures[name] = int(lines["quantity"][rows].sum())
    return figures


@dataclass(frozen=True)
class Comparison:
    """One public figure and what was generated; ``error`` is relative."""

    figure: str
    target: float
    generated: float
    tolerance: float
    unit: str
    source: str

    @property
    def error(self) -> float:
        """Relative distance to the target."""
        return self.generated / self.target - 1

    @property
    def meets(self) -> bool:
        """Whether the distance is within the tolerance of the target."""
        return abs(self.error) <= self.tolerance


def compare(figures: Figures, treated_diabetics: int) -> list[Comparison]:
    """Every target of ``calibration_targets.csv`` with the generated value."""
    persons = figures["persons"]
    values = {
        "deaths": 1000 * figures["deaths"] / persons,
        "births": 1000 * figures["births"] / persons,
        "women": 100 * figures["women"] / persons,
        "aged_0_19": 100 * figures["aged_0_19"] / figures["resident"],
        "aged_65_and_over": 100 * figures["aged_65_and_over"] / figures["resident"],
        "aged_75_and_over": 100 * figures["aged_75_and_over"] / figures["resident"],
        "treated_diabetes": 100 * treated_diabetics / persons,
        "stays_without_sessions": 1000 * figures["stays"] / persons,
        "stays_without_night": 100 * figures["stays_without_night"] / max(figures["stays"], 1),
        "mean_nights": figures["nights"]
        / max(figures["stays"] - figures["stays_without_night"], 1),
        "exempt_persons": 100 * figures["exempt_persons"] / persons,
        "free_cover": 100 * figures["free_cover"] / persons,
        "general_consultations": figures["general_consultations"] / persons,
        "general_visits": figures["general_visits"] / persons,
    }
    values |= {
        name: 100 * count / persons for name, count in figures.items() if name.startswith("region_")
    }
    return [
        Comparison(
            figure=row["figure"],
            target=float(row["value"]),
            generated=values[row["figure"]],
            tolerance=float(row["tolerance"]),
            unit=row["unit"],
            source=row["source"],
        )
        for row in read_table("calibration_targets.csv")
    ]
