"""What is drawn before any bucket, from the seed alone: professionals, hospitals, effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsante.synthetic.draw import Floats, Generator, Integers, choose_in, running_weights, stream
from labsante.synthetic.references import (
    departement_codes,
    departement_regions,
    population,
    read_table,
    region_codes,
)
from labsante.synthetic.settings import Settings

# Ratio of age-specific diabetes prevalence to the mean of the country: planted, in the spirit of
# the published départements (La Réunion, Seine-Saint-Denis high; Bretagne, Pays de la Loire low).
_DIABETES_DEPARTEMENT = {
    "971": 1.55, "972": 1.3, "973": 2.1, "974": 1.95, "976": 2.0, "93": 1.7, "95": 1.35,
    "75": 0.85, "92": 0.9, "78": 0.95,
}  # fmt: skip
_DIABETES_REGION = {"32": 1.2, "44": 1.12, "11": 1.08, "53": 0.76, "52": 0.82, "94": 0.92}


@dataclass(frozen=True)
class Professionals:
    """Every professional number; ``start`` and ``count`` by profession and département."""

    number: NDArray[np.str_]
    profession: Integers
    departement: Integers
    speciality: Integers
    activity: Integers
    sector: Integers
    start: Integers
    count: Integers
    rank: dict[str, int]
    basins: Integers  # how many in each département
    basin: Integers  # of each professional, from 0 in each département
    favourite: Floats  # where each professional refers to, as a position in the département

    def of(self, name: str, executant: Integers) -> Integers:
        """``speciality``, ``activity`` or ``sector`` of professionals; 0 for a negative rank."""
        values: Integers = getattr(self, name)
        return np.where(executant < 0, 0, values[executant])

    def near(self, name: str, departement: Integers, where: Floats) -> Integers:
        """The professional at position ``where`` (0 to 1) among those of the département."""
        kind = self.rank[name]
        return self.start[kind][departement] + (where * self.count[kind][departement]).astype(
            np.int64
        )


@dataclass(frozen=True)
class HospitalList:
    """Hospitals sorted by département, with their planted effect on length of stay."""

    finess: NDArray[np.str_]
    site: NDArray[np.str_]
    departement: Integers
    public: NDArray[np.bool_]
    effect: Floats
    bounds: Floats
    public_bounds: Floats
    private_bounds: Floats

    def near(self, random: Generator, departement: Integers) -> Integers:
        """One hospital of each département, drawn by size."""
        return choose_in(random, self.bounds, departement)

    def near_public(self, random: Generator, departement: Integers) -> Integers:
        """The same among public hospitals (any hospital where the département has none)."""
        return choose_in(random, self.public_bounds, departement)

    def near_private(self, random: Generator, departement: Integers) -> Integers:
        """The same among private hospitals (any hospital where the département has none)."""
        return choose_in(random, self.private_bounds, departement)


@dataclass(frozen=True)
class World:
    """The unchanging part of one synthetic France."""

    professionals: Professionals
    hospitals: HospitalList
    diabetes_ratio: Floats
    gliflozin_midpoint: Floats
    gliflozin_ceiling: Floats

    def effects(self, settings: Settings) -> dict[str, Any]:
        """What is planted, for ``effects.json``."""
        codes, regions = departement_codes(), region_codes()
        return {
            "settings": settings.as_json(),
            "diabetes_ratio_by_departement": _rounded(codes, self.diabetes_ratio),
            "gliflozin_midpoint_by_region": _rounded(regions, self.gliflozin_midpoint),
            "gliflozin_ceiling_by_region": _rounded(regions, self.gliflozin_ceiling),
            "gliflozin_rule": "share of treated type 2 diabetics who have started at t (years): "
            "ceiling / (1 + exp(-(t - midpoint) / scale)), none before the launch",
            "hospital_length_factor": _rounded(
                self.hospitals.finess.tolist(), self.hospitals.effect
            ),
        }


def _rounded(names: Any, values: Floats) -> dict[str, float]:
    return {str(k): round(float(v), 6) for k, v in zip(names, values, strict=True)}


def draw_world(settings: Settings) -> World:
    """Draw the world of a seed; every bucket sees the same one."""
    return World(
        professionals=_professionals(settings),
        hospitals=_hospitals(settings),
        diabetes_ratio=_diabetes(settings),
        gliflozin_midpoint=settings.gliflozin.midpoint
        + settings.gliflozin.midpoint_spread
        * stream(settings.seed, "gliflozin midpoint").standard_normal(len(region_codes())),
        gliflozin_ceiling=settings.gliflozin.ceiling
        + settings.gliflozin.ceiling_spread
        * stream(settings.seed, "gliflozin ceiling").uniform(-1, 1, len(region_codes())),
    )


def _diabetes(settings: Settings) -> Floats:
    noise = stream(settings.seed, "diabetes").standard_normal(len(departement_codes()))
    regions = np.array(region_codes())[departement_regions()]
    base = [
        _DIABETES_DEPARTEMENT.get(code, _DIABETES_REGION.get(region, 1.0))
        for code, region in zip(departement_codes(), regions.tolist(), strict=True)
    ]
    return np.array(base) * np.exp(0.04 * noise)


def _professionals(settings: Settings) -> Professionals:
    random = stream(settings.seed, "professionals")
    rows = read_table("professions.csv")
    codes = departement_codes()
    share = population().sum(axis=(1, 2))
    share = share / share.sum()
    count = np.array(
        [
            np.maximum(1, np.rint(settings.persons * share * float(r["per_100000"]) / 1e5))
            for r in rows
        ]
    ).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(count.ravel())[:-1]]).reshape(count.shape)
    total = int(count.sum())
    profession = np.repeat(np.arange(len(rows)), count.sum(axis=1))
    departement = np.repeat(np.tile(np.arange(len(codes)), len(rows)), count.ravel())
    category = np.array([int(r["category"]) for r in rows])[profession]
    sector_two = (category == 1) & (random.random(total) < 0.3)
    name = {r["profession"]: rank for rank, r in enumerate(rows)}
    doctors = count[name["general_practitioner"]]
    dials = settings.basins
    basins = np.clip(np.rint(doctors / dials.doctors), 1, dials.most).astype(np.int64)
    position = np.arange(total) - start.ravel()[profession * len(codes) + departement]
    basin = position * basins[departement] // count.ravel()[profession * len(codes) + departement]
    return Professionals(
        basins=basins,
        basin=basin,
        favourite=(basin + random.random(total)) / basins[departement],
        number=_numbers(codes, departement, category),
        profession=profession,
        departement=departement,
        speciality=np.array([int(r["speciality"]) for r in rows])[profession],
        activity=np.array([int(r["activity"]) for r in rows])[profession],
        sector=np.where(sector_two, 3, 1),
        start=start,
        count=count,
        rank=name,
    )


def _numbers(codes: tuple[str, ...], departement: Integers, category: Integers) -> NDArray[np.str_]:
    """Numbers as DCIR writes them: département (2), category (1), serial number (5)."""
    group = departement * 10 + category
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    serial = np.empty(len(group), dtype=np.int64)
    ranks = np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
    serial[order] = ranks + 1
    # Overseas départements share the first two digits: the third opens their serial numbers.
    overseas = [int(code[2]) * 10_000 if len(code) == 3 else 0 for code in codes]
    serial += np.array(overseas)[departement]
    texts = [
        f"{codes[d][:2]}{c}{s % 100_000:05d}"
        for d, c, s in zip(departement.tolist(), category.tolist(), serial.tolist(), strict=True)
    ]
    return np.array(texts)


def _hospitals(settings: Settings) -> HospitalList:
    random = stream(settings.seed, "hospitals")
    ranks = {code: rank for rank, code in enumerate(departement_codes())}
    rows = sorted(read_table("hospitals.csv"), key=lambda r: (ranks[r["departement"]], r["finess"]))
    departement = np.array([ranks[r["departement"]] for r in rows])
    effect = np.exp(settings.hospitals.ordinary_spread * random.standard_normal(len(rows)))
    large = random.permutation(len(rows))[: round(settings.hospitals.large_share * len(rows))]
    signs = np.where(np.arange(len(large)) % 2 == 0, 1.0, -1.0)
    public = np.array([r["kind"] != "CLI" for r in rows])
    weight = np.array([float(r["weight"]) for r in rows])
    rare = 1e-9
    effect[large] = np.exp(settings.hospitals.large_effect * signs)
    return HospitalList(
        finess=np.array([r["finess"] for r in rows]),
        site=np.array([r["site"] for r in rows]),
        departement=departement,
        public=public,
        effect=effect,
        bounds=running_weights(departement, weight),
        public_bounds=running_weights(departement, np.where(public, weight, rare * weight)),
        private_bounds=running_weights(departement, np.where(public, rare * weight, weight)),
    )
