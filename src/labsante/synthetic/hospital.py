"""MCO stays: who enters when and where, for what, how long; then the T_MCOaa tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from labsante.snds.territories import departements
from labsante.synthetic.calendar import age_at, day, month_of, year_of
from labsante.synthetic.columns import ABSENT, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Flags, Floats, Generator, Integers, expand, some, stream
from labsante.synthetic.identities import Holders, pseudonym_column
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.references import (
    AGE_GROUPS,
    age_group,
    communes,
    conditions,
    departement_codes,
    departement_regions,
    stay_groups,
)
from labsante.synthetic.settings import Settings
from labsante.synthetic.world import World

# Stays with a night and day stays a person and year, by sex and age group: shape only, the level
# is set by the dials. Deliveries and births come from the births of the period.
_NIGHT_SHAPE = (
    (0.0, 0.05, 0.055, 0.12, 0.23, 0.36, 0.52),
    (0.0, 0.045, 0.17, 0.105, 0.18, 0.3, 0.48),
)
_DAY_SHAPE = ((0.05, 0.05, 0.07, 0.18, 0.3, 0.33, 0.18), (0.05, 0.05, 0.15, 0.19, 0.27, 0.3, 0.16))
SESSIONS = (("28Z04Z", "9605", "Z491", 0.0009, 150), ("28Z07Z", "9606", "Z511", 0.005, 12))
ERROR_GROUPS = ("90Z00Z", "90Z01Z", "90Z02Z", "90Z03Z")
STAYS = 100_000  # RSA_NUM: bucket × this + rank in the bucket's year
NEWBORN = ("15M05A", "15M05B", "15M06A", "15M06B")


@dataclass
class Stays:
    """One entry a stay, sorted by exit year. ``group`` is a rank in :func:`group_codes`."""

    person: Integers
    entry: Integers
    exit: Integers
    group: Integers
    hospital: Integers
    sessions: Integers  # 0, or the number of sessions
    exit_mode: Integers
    number: Integers
    inter_hospital: Flags
    error: Flags
    failed: Integers  # 0, or the rank of the return code that failed, plus 1
    hidden: Flags
    departement_missing: Integers  # 0 known, 1 NULL, 2 written 99
    planted: Floats  # the effect of the hospital

    @property
    def count(self) -> int:
        """How many stays."""
        return len(self.person)

    @property
    def nights(self) -> Integers:
        """Nights; sessions have none here and NULL in the file."""
        return self.exit - self.entry

    @property
    def year(self) -> Integers:
        """The year of exit, which is the year of the file."""
        return year_of(self.exit)


@cache
def group_codes() -> list[str]:
    """GHM of :func:`stay_groups`, then of sessions, then of errors."""
    return [*stay_groups().ghm.tolist(), *(s[0] for s in SESSIONS), *ERROR_GROUPS]


@cache
def _diagnoses() -> tuple[list[str], list[str], list[str]]:
    """Principal diagnosis, act and GHS of each rank of :func:`group_codes`."""
    table = stay_groups()
    dp = [*table.diagnosis.tolist(), *(s[2] for s in SESSIONS), *["R69"] * len(ERROR_GROUPS)]
    act = [*table.act.tolist(), "JVJF004", "", *[""] * len(ERROR_GROUPS)]
    ghs = [*table.ghs.tolist(), *(s[1] for s in SESSIONS), *["9999"] * len(ERROR_GROUPS)]
    return dp, act, ghs


def draw_stays(
    settings: Settings, bucket: int, persons: Persons, onset: Integers, world: World
) -> Stays:
    """Draw every stay of the bucket whose exit falls within the care years."""
    random = stream(settings.seed, "stays", bucket)
    first, last = day(settings.first_year), day(settings.last_year + 1)
    parts = [
        _stays(random, settings, persons, night=True),
        _stays(random, settings, persons, night=False),
        _births(random, settings, persons),
        _last_stays(random, settings, persons),
    ]
    person, entry, group = (np.concatenate([part[i] for part in parts]) for i in range(3))
    terminal = np.repeat(np.arange(4), [len(part[0]) for part in parts]) == 3
    hospital = _hospital(random, persons, person, world)
    effect = world.hospitals.effect[hospital]
    nights = _nights(random, settings, group, effect)
    exit_day = np.where(terminal, persons.death[person], entry + nights)
    entry = np.where(terminal, np.maximum(exit_day - nights, persons.birth[person]), entry)
    sessions = _sessions(random, settings, persons, onset, world)
    person = np.concatenate([person, sessions[0]])
    entry = np.concatenate([entry, sessions[1]])
    exit_day = np.concatenate([exit_day, sessions[1]])
    group = np.concatenate([group, sessions[2]])
    hospital = np.concatenate([hospital, sessions[3]])
    number = np.concatenate([np.zeros(len(terminal), dtype=np.int64), np.ones(len(sessions[0]))])
    died = np.concatenate([terminal, np.zeros(len(sessions[0]), dtype=bool)])

    alive = (entry >= persons.birth[person]) & ((exit_day < persons.death[person]) | died)
    kept = np.flatnonzero(alive & (exit_day >= first) & (exit_day < last))
    kept = kept[np.argsort(year_of(exit_day[kept]), kind="stable")]
    return _mark(
        random,
        settings,
        bucket,
        person[kept],
        entry[kept],
        exit_day[kept],
        group[kept],
        hospital[kept],
        number[kept].astype(np.int64),
        died[kept],
        world,
    )


def _mark(
    random: Generator,
    settings: Settings,
    bucket: int,
    person: Integers,
    entry: Integers,
    exit_day: Integers,
    group: Integers,
    hospital: Integers,
    sessions: Integers,
    died: Flags,
    world: World,
) -> Stays:
    traps, count = settings.traps, len(person)
    ordinary = sessions == 0
    error = ordinary & some(random, traps.ghm_error, count)
    wrong = len(stay_groups().ghm) + len(SESSIONS) + random.integers(0, len(ERROR_GROUPS), count)
    failed = some(random, traps.failed_chaining, count)
    unknown = some(random, traps.departement_unknown_in_stay, count)
    year = year_of(exit_day)
    start = np.searchsorted(year, year)
    moved = np.where(some(random, 0.06, count), 7, 8)
    return Stays(
        person=person,
        entry=entry,
        exit=exit_day,
        group=np.where(error, wrong, group),
        hospital=hospital,
        sessions=sessions,
        exit_mode=np.where(died, 9, moved),
        number=bucket * STAYS + np.arange(count) - start + 1,
        inter_hospital=ordinary & ~error & ~died & some(random, traps.inter_hospital, count),
        error=error,
        failed=np.where(failed & ~died, random.integers(1, 10, count), 0),
        hidden=failed & ~died & some(random, traps.hidden_pseudonym, count),
        departement_missing=np.where(unknown, random.integers(1, 3, count), 0),
        planted=world.hospitals.effect[hospital],
    )


def _level(persons: Persons, shape: tuple[tuple[float, ...], ...], settings: Settings) -> Floats:
    middle = (day(settings.first_year) + day(settings.last_year + 1)) // 2
    group = age_group(persons.age(middle).clip(min=0))
    return np.array(shape)[persons.sex, group]


def _stays(
    random: Generator, settings: Settings, persons: Persons, *, night: bool
) -> tuple[Integers, Integers, Integers]:
    first, last = day(settings.first_year) - 45, day(settings.last_year + 1)
    shape = _NIGHT_SHAPE if night else _DAY_SHAPE
    scale = settings.care.night_stays if night else settings.care.day_stays
    rate = _level(persons, shape, settings) * scale * (last - first) / 365.25
    person = expand(random.poisson(rate))
    entry = random.integers(first, last, len(person))
    ok = (entry >= persons.birth[person] + 4) & (entry < persons.death[person])
    person, entry = person[ok], entry[ok]
    age = age_group(age_at(persons.birth[person], entry))
    return person, entry, _group(random, age, persons.sex[person], night=night)


@cache
def _bounds(night: bool) -> tuple[Integers, Floats]:
    """Candidate groups, and running weights by (sex, age group), scaled to one a cell."""
    table = stay_groups()
    rows = np.flatnonzero((table.night == night) & ~np.isin(table.ghm, NEWBORN))
    cells: list[Floats] = []
    for sex in (1, 2):
        for group in range(len(AGE_GROUPS)):
            weight = table.weight[rows, group] * np.isin(table.sex[rows], (0, sex))
            weight = weight if weight.sum() else np.ones(len(rows))
            cells.append(np.cumsum(weight) / weight.sum() + len(cells))
    return rows, np.concatenate(cells)


def _group(random: Generator, age: Integers, sex: Integers, *, night: bool) -> Integers:
    rows, bounds = _bounds(night)
    cell = sex * len(AGE_GROUPS) + age
    drawn = np.searchsorted(bounds, cell + random.random(len(cell)), side="right")
    return rows[(drawn - cell * len(rows)).clip(0, len(rows) - 1)]


def _births(
    random: Generator, settings: Settings, persons: Persons
) -> tuple[Integers, Integers, Integers]:
    born = np.flatnonzero(persons.birth >= day(settings.first_year))
    ranks = [int(np.flatnonzero(stay_groups().ghm == code)[0]) for code in NEWBORN]
    group = np.array(ranks)[random.choice(4, len(born), p=[0.72, 0.1, 0.14, 0.04])]
    return born, persons.birth[born], group


def _last_stays(
    random: Generator, settings: Settings, persons: Persons
) -> tuple[Integers, Integers, Integers]:
    """Half of the persons who die do so in hospital, at the end of a stay with nights."""
    dying = np.flatnonzero(persons.death < NEVER)
    person = dying[random.random(len(dying)) < 0.5]
    death = persons.death[person]
    age = age_group(age_at(persons.birth[person], death))
    group = _group(random, np.maximum(age, 1), persons.sex[person], night=True)
    del settings
    return person, death, group


def _sessions(
    random: Generator, settings: Settings, persons: Persons, onset: Integers, world: World
) -> tuple[Integers, Integers, Integers, Integers]:
    """Dialysis three times a week, chemotherapy in courses."""
    first, last = day(settings.first_year), day(settings.last_year + 1)
    who, when, what = [], [], []
    kidney = onset[conditions().name.index("chronic_kidney_disease")] < NEVER
    cancer = np.zeros(persons.count, dtype=bool)
    for name in ("breast_cancer", "colorectal_cancer", "lung_cancer", "other_cancer"):
        cancer |= onset[conditions().name.index(name)] < NEVER
    for rank, (sick, (_, _, _, share, times)) in enumerate(
        zip((kidney, cancer), SESSIONS, strict=True)
    ):
        likely = share / max(sick.mean(), share)
        people = np.flatnonzero(sick & (random.random(persons.count) < likely))
        count = times * len(settings.years) if rank == 0 else times
        start = random.integers(first, max(first + 1, last - 170), len(people))
        gap = (last - first) / count if rank == 0 else 14
        begin = np.full(len(people), first) if rank == 0 else start
        days = begin[:, None] + (gap * np.arange(count)[None, :]).astype(np.int64)
        who.append(np.repeat(people, count))
        when.append(days.ravel())
        what.append(np.full(days.size, len(stay_groups().ghm) + rank))
    person = np.concatenate(who)
    # One person goes to one hospital for their sessions.
    usual = world.hospitals.near(random, persons.departement)
    return person, np.concatenate(when), np.concatenate(what), usual[person]


def _hospital(random: Generator, persons: Persons, person: Integers, world: World) -> Integers:
    """A hospital of the département of residence, sometimes of the région, rarely elsewhere."""
    home = persons.departement[person]
    regions = departement_regions()
    order = np.argsort(regions, kind="stable")
    first = np.searchsorted(regions[order], regions[home])
    size = np.searchsorted(regions[order], regions[home], "right") - first
    neighbour = order[first + (random.random(len(person)) * size).astype(np.int64)]
    anywhere = random.integers(0, len(regions), len(person))
    drawn = random.random(len(person))
    departement = np.where(drawn < 0.85, home, np.where(drawn < 0.975, neighbour, anywhere))
    return world.hospitals.near(random, departement)


def _nights(random: Generator, settings: Settings, group: Integers, effect: Floats) -> Integers:
    """Nights: the group's mean × the hospital's effect, gamma around it, at least one."""
    table, care = stay_groups(), settings.care
    shape = 1 / care.length_variation**2
    mean = table.mean_nights[group] * effect * care.length_scale
    drawn = random.gamma(shape, 1.0, len(group)) * mean / shape
    nights = np.maximum(1, np.rint(drawn)).astype(np.int64)
    return np.where(table.night[group], nights, 0)


def stay_keys(stays: Stays, rows: Integers, world: World) -> dict[str, Value]:
    """ETA_NUM and RSA_NUM of some stays."""
    return {
        "ETA_NUM": Text(stays.hospital[rows], world.hospitals.finess.tolist()),
        "RSA_NUM": padded(stays.number[rows], 10),
    }


def padded(numbers: Integers, width: int) -> Text:
    """Numbers as text with leading zeros."""
    values = pa.array([f"{n:0{width}d}" for n in numbers.tolist()])
    return Text(np.arange(len(numbers)), values, plain=True)


def associated_diagnoses(
    settings: Settings, bucket: int, stays: Stays, onset: Integers
) -> tuple[Integers, Integers, Integers]:
    """Rows of T_MCOaaD: stay, order, condition; three chronic conditions out of five are coded."""
    random = stream(settings.seed, "associated diagnoses", bucket)
    chosen = np.flatnonzero(stays.sessions == 0)
    ill = stays.entry[chosen][:, None] >= onset[:, stays.person[chosen]].T
    ill &= random.random(ill.shape, dtype=np.float32) < 0.6
    row, condition = np.nonzero(ill)
    stay = chosen[row]
    order = np.arange(len(stay)) - np.searchsorted(stay, stay) + 1
    return stay, order, condition


def stay_tables(
    settings: Settings,
    bucket: int,
    persons: Persons,
    holders: Holders,
    onset: Integers,
    stays: Stays,
    world: World,
) -> dict[str, tuple[pa.Table, Integers]]:
    """Every MCO table of the bucket with the year of each row."""
    random = stream(settings.seed, "stay tables", bucket)
    dp, act, ghs = _diagnoses()
    count, person = stays.count, stays.person
    age = age_at(persons.birth[person], stays.entry)
    days = stays.entry - persons.birth[person]
    session = stays.sessions > 0
    d_stay, d_order, d_condition = associated_diagnoses(settings, bucket, stays, onset)
    has_act = np.array([bool(code) for code in act])[stays.group]
    units = np.where(session | (stays.nights < 3), 1, 1 + some(random, 0.25, count))
    codes = departement_codes()
    pmsi = _pmsi_departements()
    departement = persons.departement[person]
    unknown = stays.departement_missing
    bdi = np.where(unknown == 1, -1, np.where(unknown == 2, len(codes), departement))
    keys = stay_keys(stays, np.arange(count), world)
    newborn = age < 1
    emergency = (stays.nights > 0) & some(random, 0.4, count) & (days > 3)
    month = month_of(stays.exit)
    stay_table: dict[str, Value] = {
        **keys,
        "RSS_NUM": Constant("001"),
        "GRG_GHM": Text(stays.group, group_codes()),
        "GRG_RET": Constant("0"),
        "GRC_GHM": Text(stays.group, group_codes()),
        "GRG_VER": Constant("11"),
        "GHS_NUM": Text(stays.group, [g or "9999" for g in ghs]),
        "DGN_PAL": Text(stays.group, dp),
        "DGN_REL": Text(
            np.where(np.char.startswith(np.array(dp), "Z511")[stays.group], 0, -1), ["C509"]
        ),
        "SEJ_NBJ": np.where(session, ABSENT, stays.nights),
        "NBR_SEA": stays.sessions,
        "ENT_MOD": Text((~emergency & some(random, 0.05, count)).astype(np.int64), ["8", "7"]),
        "ENT_PRV": Text(np.where(emergency, 0, -1), ["5"]),
        "SOR_MOD": Text(stays.exit_mode - 6, ["6", "7", "8", "9"]),
        "SOR_DES": Text(np.where(stays.exit_mode == 7, 0, -1), ["2"]),
        "SOR_MOI": Text(month % 12, [f"{m:02d}" for m in range(1, 13)]),
        "SOR_ANN": Text(stays.year - 2000, [str(y) for y in range(2000, 2040)]),
        "AGE_ANN": np.where(newborn, ABSENT, age),
        "AGE_JOU": np.where(newborn, days, ABSENT),
        "COD_SEX": Text(persons.sex[person], ["1", "2"]),
        "BDI_DEP": Text(bdi, [*pmsi, "99"]),
        "BDI_COD": Text(persons.commune[person], communes().pmsi_code.tolist()),
        "SEJ_TYP": Text(np.where(stays.inter_hospital, 0, -1), ["B"]),
        "NBR_RUM": units,
        "NBR_DGN": np.bincount(d_stay, minlength=count),
        "NBR_ACT": has_act.astype(np.int64),
        "TYP_GEN_RSA": Constant("0"),
        "UHCD_TOP": Constant("0"),
        "PAS_LIT_DED": Constant("0"),
        "EXB_NBJ": Constant(0),
        "BEH_NBJ": Constant(0),
    }
    chain: dict[str, Value] = {
        **keys,
        "NIR_ANO_17": _chained(stays, persons, holders),
        "EXE_SOI_DTD": stays.entry,
        "EXE_SOI_DTF": stays.exit,
        "ENT_DAT": stays.entry,
        "SOR_DAT": stays.exit,
        "SOR_MOI": Text(month % 12, [f"{m:02d}" for m in range(1, 13)]),
        "SOR_ANN": Text(stays.year - 2000, [str(y) for y in range(2000, 2040)]),
        "SEJ_NUM": Text(
            (stays.entry - day(settings.first_year) + 400).clip(0, 9999),
            [f"{n:05d}" for n in range(10_000)],
            plain=True,
        ),
        **{
            name: Text((stays.failed == rank + 1).astype(np.int64), ["0", "2"])
            for rank, name in enumerate(RETURN_CODES)
        },
    }
    a_stay = np.flatnonzero(has_act)
    acts: dict[str, Value] = {
        **stay_keys(stays, a_stay, world),
        "RSS_NUM": Constant("001"),
        "RUM_SEQ": Constant("01"),
        "CDC_ACT": Text(stays.group[a_stay], act),
        "PHA_ACT": Constant("0"),
        "ACV_ACT": Constant("1"),
        "NBR_EXE_ACT": Constant(1),
        "ENT_DAT_DEL": np.minimum(1, stays.nights[a_stay]),
    }
    diagnoses: dict[str, Value] = {
        **stay_keys(stays, d_stay, world),
        "RSS_NUM": Constant("001"),
        "DGN_ASS_NUM": d_order,
        "ASS_DGN": Text(d_condition, conditions().icd.tolist()),
    }
    u_stay = expand(units)
    u_order = np.arange(len(u_stay)) - np.searchsorted(u_stay, u_stay) + 1
    half = stays.nights[u_stay] // units[u_stay]
    stayed = np.where(u_order == units[u_stay], stays.nights[u_stay] - half * (u_order - 1), half)
    unit_table: dict[str, Value] = {
        **stay_keys(stays, u_stay, world),
        "RSS_NUM": Constant("001"),
        "UM_ORD_NUM": u_order,
        "DGN_PAL": Text(stays.group[u_stay], dp),
        "PAR_DUR_SEJ": stayed,
        "ETA_NUM_GEO": Text(stays.hospital[u_stay], world.hospitals.site.tolist()),
        "AUT_TYP1_UM": Text(np.where((units[u_stay] == 2) & (u_order == 1), 0, -1), ["07A"]),
    }
    year = stays.year
    return {
        "T_MCOaaB": (arrow_table("T_MCOaaB", count, stay_table), year),
        "T_MCOaaC": (arrow_table("T_MCOaaC", count, chain), year),
        "T_MCOaaA": (arrow_table("T_MCOaaA", len(a_stay), acts), year[a_stay]),
        "T_MCOaaD": (arrow_table("T_MCOaaD", len(d_stay), diagnoses), year[d_stay]),
        "T_MCOaaUM": (arrow_table("T_MCOaaUM", len(u_stay), unit_table), year[u_stay]),
    }


RETURN_CODES = (
    "NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET",
    "COH_NAI_RET", "COH_SEX_RET",
)  # fmt: skip
HIDDEN = "xxxxxxxxxxxxxxxxx"


def _chained(stays: Stays, persons: Persons, holders: Holders) -> Text:
    """NIR_ANO_17: the pseudonym of the day, or x where chaining failed altogether."""
    del persons
    holder = holders.holding(stays.person, stays.entry)
    column = pseudonym_column(holders, holder)
    values = pa.concat_arrays([column.values, pa.array([HIDDEN])])
    return Text(np.where(stays.hidden, len(values) - 1, column.ranks), values, plain=True)


@cache
def _pmsi_departements() -> list[str]:
    return [departement.pmsi_code for departement in departements()]


def departement_column(ranks: Integers) -> Text:
    """BDI_DEP: the PMSI code of départements (9A to 9F overseas)."""
    return Text(ranks, _pmsi_departements())
