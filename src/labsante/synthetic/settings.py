"""Every dial of the synthetic France, in one place.

Shares are between 0 and 1. The same settings and seed give the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from labsante.base.errors import UsageError

# Persons alive on the first day in one bucket; a bucket can be drawn again alone.
BUCKET_PERSONS = 10_000
# A late line reaches the information system from 61 to this many days after the care.
LATEST_DAYS = 240


@dataclass(frozen=True, slots=True)
class Traps:
    """How often each trap of the source is planted. Zero switches a trap off."""

    former_pseudonym: float = 0.03  # adults with an old pseudonym that no line uses
    change_of_opener: float = 0.015  # adults whose pseudonym changes within the period
    child_of_two_openers: float = 0.06  # children with lines under two pseudonyms
    twin_births: float = 0.011  # same-sex twin pairs among the births of a child cohort
    shared_pseudonym: float = 0.001  # persons who share an old pseudonym and rank with another
    fictitious: float = 0.004  # fictitious identifiers, a share of the persons
    no_own_identifier: float = 0.025  # persons without BEN_NIR_ANO
    provisional: float = 0.012  # BEN_CDI_NIR 03 or 04: real persons
    residence_unknown: float = 0.012
    moves: float = 0.02  # persons who move to another département, a year
    line_residence_missing: float = 0.015
    death_missing_in_referential: float = 0.03
    death_unmatched: float = 0.08  # death certificates without a person
    cancelled: float = 0.006  # lines cancelled by a negative copy in a later flux
    corrected: float = 0.006  # lines cancelled, then sent again with other amounts
    information_line: float = 0.006  # copies with PRS_DPN_QLP or DPN_QLF 71
    qualifier_null: float = 0.1  # lines where DPN_QLF and PRS_DPN_QLP are not filled
    twice_the_same: float = 0.004  # two true identical dispensing lines
    two_drugs_one_line: float = 0.03
    missing_prescriber: float = 0.04
    late_flux: float = 0.03  # lines more than two months after the care
    open_ended_1600: float = 0.3  # ALD without an end, written 1600-01-01
    open_ended_null: float = 0.08
    open_ended_2099: float = 0.1
    ald_renewal: float = 0.25  # ALD written as contiguous episodes
    ald_on_former_pseudonym: float = 0.5  # of those who have one
    ghm_error: float = 0.002
    inter_hospital: float = 0.004
    failed_chaining: float = 0.014
    hidden_pseudonym: float = 0.5  # of the failed ones, pseudonym replaced by x
    departement_unknown_in_stay: float = 0.003


@dataclass(frozen=True, slots=True)
class Care:
    """Levels of care, tuned on public figures (see the calibration report)."""

    diabetes_scale: float = 0.8
    night_stays: float = 0.955  # multiplies the rates by age and sex
    day_stays: float = 0.915
    length_scale: float = 0.855
    length_variation: float = 0.55  # coefficient of variation within a group


@dataclass(frozen=True, slots=True)
class Gliflozin:
    """Diffusion of gliflozins: ``ceiling / (1 + exp(-(t - midpoint) / scale))``, t in years."""

    launch: float = 2020.25
    midpoint: float = 2022.4
    midpoint_spread: float = 0.45  # between régions
    scale: float = 0.55
    ceiling: float = 0.42
    ceiling_spread: float = 0.05


@dataclass(frozen=True, slots=True)
class Hospitals:
    """Planted effects of hospitals on length of stay, as factors."""

    ordinary_spread: float = 0.05
    large_share: float = 0.02
    large_effect: float = 0.35


@dataclass(frozen=True, slots=True)
class Basins:
    """Planted communities: who sees whom. Shares of the visits outside one's own doctor."""

    doctors: int = 8  # general practitioners in a basin, about
    most: int = 8  # basins in a département, at most
    home: float = 0.9  # persons whose doctor and pharmacy are in their basin
    referral: float = 0.6  # visits to the professional that the doctor usually names
    habit: float = 0.25  # visits to the professional of the person's own choice, in the basin


@dataclass(frozen=True, slots=True)
class Settings:
    """One synthetic France: how many persons, which care years, which seed."""

    persons: int
    first_year: int
    last_year: int
    seed: int
    traps: Traps = field(default_factory=Traps)
    care: Care = field(default_factory=Care)
    gliflozin: Gliflozin = field(default_factory=Gliflozin)
    hospitals: Hospitals = field(default_factory=Hospitals)
    basins: Basins = field(default_factory=Basins)
    bucket_persons: int = BUCKET_PERSONS

    def __post_init__(self) -> None:
        if self.persons < 1:
            raise UsageError("at least one person is needed", hint="--persons 30000")
        if self.first_year > self.last_year:
            raise UsageError("--from is after --to", hint="--from 2021 --to 2023")
        if not 2015 <= self.first_year <= self.last_year <= 2030:
            raise UsageError("years from 2015 to 2030 can be drawn", hint="--from 2021 --to 2023")
        if not 100 <= self.bucket_persons <= 20_000:
            raise UsageError("a bucket holds from 100 to 20,000 persons")
        if self.buckets > 9_999:
            raise UsageError("too many persons", why="identifiers hold 9,999 buckets at most")

    @property
    def years(self) -> range:
        """The care years."""
        return range(self.first_year, self.last_year + 1)

    @property
    def buckets(self) -> int:
        """How many buckets of persons."""
        return -(-self.persons // self.bucket_persons)

    def persons_in(self, bucket: int) -> int:
        """Persons of a bucket alive on the first day (the last bucket may be smaller)."""
        return min(self.bucket_persons, self.persons - bucket * self.bucket_persons)

    def as_json(self) -> dict[str, Any]:
        """Every dial, for ``effects.json``."""
        return asdict(self)
