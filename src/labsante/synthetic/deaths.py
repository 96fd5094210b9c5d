"""Death certificates: KI_CCI_R and KI_ECD_R, matched to a person or not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.calendar import age_at, month_of, year_of
from labsante.synthetic.columns import Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Flags, Integers, pseudonyms, some, stream
from labsante.synthetic.identities import Holders, hidden_deaths, year_month_column
from labsante.synthetic.population import NEVER, Persons
from labsante.synthetic.references import departement_codes
from labsante.synthetic.settings import Settings

# Underlying causes and their share of deaths (Cépidc 2022: tumours a quarter, circulatory a fifth).
CAUSES = (
    ("C349", 0.055), ("C509", 0.02), ("C189", 0.03), ("C259", 0.02), ("C61", 0.015),
    ("C80", 0.115), ("I219", 0.03), ("I259", 0.025), ("I509", 0.045), ("I64", 0.035),
    ("I489", 0.02), ("I10", 0.02), ("I709", 0.03), ("J449", 0.02), ("J189", 0.035), ("U071", 0.06),
    ("G309", 0.04), ("F03", 0.03), ("G20", 0.015), ("E119", 0.02), ("N189", 0.015), ("K746", 0.01),
    ("W19", 0.015), ("X599", 0.035), ("X700", 0.013), ("R54", 0.05), ("R99", 0.08), ("A419", 0.02),
    ("K559", 0.01), ("D469", 0.01),
)  # fmt: skip


def death_tables(
    settings: Settings, bucket: int, persons: Persons, holders: Holders
) -> tuple[dict[str, tuple[pa.Table, Integers]], Flags]:
    """The two tables with the year of each row, and which persons' deaths are matched."""
    random = stream(settings.seed, "deaths", bucket)
    dead = np.flatnonzero(persons.death < NEVER)
    dead = dead[np.argsort(persons.death[dead], kind="stable")]
    count = len(dead)
    # A death that the referential misses is always matched here: some source knows it.
    hidden = hidden_deaths(settings, bucket, persons)[dead]
    matched = hidden | ~some(random, settings.traps.death_unmatched, count)
    death, birth = persons.death[dead], persons.birth[dead]
    bounds = np.cumsum([share for _, share in CAUSES])
    cause = np.searchsorted(bounds, random.random(count) * bounds[-1])
    cause = np.where(age_at(birth, death) < 40, random.integers(22, 26, count), cause)
    certificate = np.array(
        [
            a + b + c + d[:13]
            for a, b, c, d in zip(*(pseudonyms(random, count) for _ in range(4)), strict=True)
        ]
    ).astype("U64")
    identity = Text(np.where(matched, dead, -1), holders.identity, plain=True)
    number = Text(
        np.where(matched & holders.own_number[dead], dead, -1), holders.number, plain=True
    )
    codes = departement_codes()
    dpt = Text(persons.departement_at(dead, death), [c if len(c) == 3 else "0" + c for c in codes])
    year = year_of(death)
    years = Text(year - 2000, [str(y) for y in range(2000, 2040)])
    month = month_of(death)
    places = np.where(random.random(count) < 0.5, 2, np.where(random.random(count) < 0.5, 1, 4))
    causes = [code for code, _ in CAUSES]
    common: dict[str, Value] = {
        "DCD_IDT_ENC": Text(np.arange(count), certificate, plain=True),
        "DCD_IDT_TOP": matched.astype(np.int64),
        "BEN_IDT_ANO": identity,
        "BEN_IDT_TOP": (matched & holders.own_number[dead]).astype(np.int64),
        "BEN_NIR_ANO": number,
        "FLX_PER_ANN": years,
        "BEN_DCD_DTE": death,
        "BEN_DCD_AME": year_month_column(month),
    }
    one: dict[str, Value] = {
        **common,
        "DCD_CIM_COD": Text(cause, causes),
        "BEN_SEX_COD": persons.sex[dead] + 1,
        "BEN_NAI_ANN": Text(
            month_of(birth) // 12 + 1970 - 1880, [str(y) for y in range(1880, 2040)]
        ),
        "BEN_NAI_MOI": Text(month_of(birth) % 12, [f"{m:02d}" for m in range(1, 13)]),
        "DCD_DPT_COD": dpt,
        "BEN_RES_DPT": dpt,
        "DCD_LIE_COD": places,
        "TYP_CER_COD": Constant(1),
    }
    second = np.flatnonzero(random.random(count) < 0.6)
    rows = np.concatenate([np.arange(count), second])
    line = np.repeat([1, 2], [count, len(second)])
    order = np.lexsort((line, rows))
    rows, line = rows[order], line[order]
    other = random.integers(0, len(CAUSES), len(rows))
    each: dict[str, Value] = {name: _take(value, rows) for name, value in common.items()}
    each |= {
        "CER_LIG_NUM": line,
        "ECD_CAU_RNG": Constant(1),
        "ECD_CIM_COD": Text(np.where(line == 1, cause[rows], other), causes),
    }
    flags = np.zeros(persons.count, dtype=bool)
    flags[dead[matched]] = True
    return {
        "KI_CCI_R": (arrow_table("KI_CCI_R", count, one), year),
        "KI_ECD_R": (arrow_table("KI_ECD_R", len(rows), each), year[rows]),
    }, flags


def _take(value: Value, rows: Integers) -> Value:
    assert isinstance(value, Text | np.ndarray)
    return value[rows]
