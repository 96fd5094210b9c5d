"""From marked lines to ER_PRS_F and its affined tables, numbered by flux month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsante.synthetic.calendar import NO_DATE, age_at, day, first_day, month_number, month_of
from labsante.synthetic.care import act_codes
from labsante.synthetic.columns import Cents, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Flags, Integers, some, stream
from labsante.synthetic.identities import QUALITIES, Holders, pseudonym_column, year_month_column
from labsante.synthetic.lines import BILLING_PRIVATE, BILLING_RETROCESSION, Lines
from labsante.synthetic.population import SCHEMES, Persons
from labsante.synthetic.references import drugs
from labsante.synthetic.residence import Residence
from labsante.synthetic.settings import LATEST_DAYS, Settings
from labsante.synthetic.traps import Marked
from labsante.synthetic.world import World

NO_PROFESSIONAL = "00000000"
# Statement numbers of a bucket: bucket × this + rank in the flux month.
STATEMENTS = 100_000


@dataclass
class Claims:
    """The lines of a bucket in their final order, with their keys."""

    marked: Marked
    lines: Lines
    treated: Integers  # FLX_TRT_DTD
    flux: Integers  # month number of FLX_DIS_DTD, never decreasing
    statement: Integers
    position: Integers
    late: Flags
    residence_missing: Flags


def number_claims(settings: Settings, bucket: int, marked: Marked) -> Claims:
    """Send every line to its flux month and number statements and lines."""
    random = stream(settings.seed, "flux", bucket)
    lines = marked.lines
    count = len(lines["day"])
    copies = marked.cancelling | marked.correcting | marked.informing
    originals = np.flatnonzero(~copies)
    # One key of 63 bits: holder (15 bits), day (14), executant (25).
    key = lines["holder"].astype(np.int64) << 39
    key += (lines["day"] - day(settings.first_year)).astype(np.int64) << 25
    key += lines["executant"] + 1
    order = originals[np.argsort(key[originals], kind="stable")]
    opens = np.diff(key[order], prepend=-1) != 0
    group = np.empty(count, dtype=np.int64)
    group[order] = np.cumsum(opens) - 1
    groups = int(opens.sum())
    # A copy opens a statement of its own; a correction goes with the line that cancels.
    group[copies] = groups + 2 * marked.origin[copies] + marked.informing[copies]

    late = some(random, settings.traps.late_flux, groups)
    lag = np.minimum(random.gamma(1.6, 9.0, groups), 58).astype(np.int64)
    lag = np.where(late, random.integers(61, LATEST_DAYS + 1, groups), lag)
    own = group[marked.origin]
    # The delivery stops at the flux of July: what would come later is settled by then.
    end = day(settings.last_year + 1, 6, 30)
    treated = np.minimum(lines["day"] + lag[own] + marked.delay, end)
    flux = month_of(treated) + 1

    rows = np.concatenate([order, np.flatnonzero(copies)])
    rows = rows[np.argsort(flux[rows], kind="stable")]
    sorted_flux, sorted_group = flux[rows], group[rows]
    starts = (np.diff(sorted_flux, prepend=-1) != 0) | (np.diff(sorted_group, prepend=-1) != 0)
    opening = np.flatnonzero(starts)
    which = np.cumsum(starts) - 1
    month_start = np.flatnonzero(np.diff(sorted_flux[opening], prepend=-1) != 0)
    rank = np.arange(len(opening)) - np.repeat(
        month_start, np.diff(np.append(month_start, len(opening)))
    )
    return Claims(
        marked=Marked(
            lines={},
            delay=marked.delay[rows],
            origin=marked.origin[rows],
            cancelling=marked.cancelling[rows],
            correcting=marked.correcting[rows],
            informing=marked.informing[rows],
            doubled=marked.doubled[rows],
        ),
        lines={name: values[rows] for name, values in lines.items()},
        treated=treated[rows],
        flux=sorted_flux,
        statement=(bucket * STATEMENTS + rank + 1)[which],
        position=np.arange(len(rows)) - opening[which] + 1,
        late=late[own][rows],
        residence_missing=some(random, settings.traps.line_residence_missing, count),
    )


def first_flux_month(settings: Settings) -> int:
    """The month of the first FLX_DIS_DTD: February of the first year. The last is July after."""
    return month_number(settings.first_year, 2)


def line_keys(
    claims: Claims, rows: NDArray[np.int64] | slice, persons: Persons
) -> dict[str, Value]:
    """The nine keys of some lines."""
    who = claims.lines["person"][rows].clip(min=0)
    scheme = persons.scheme[who]
    return {
        "FLX_DIS_DTD": first_day(claims.flux[rows]),
        "FLX_TRT_DTD": claims.treated[rows],
        "FLX_EMT_TYP": Constant(1),
        "FLX_EMT_NUM": 100 + scheme,
        "FLX_EMT_ORD": Constant(1),
        "ORG_CLE_NUM": Text(scheme, [f"{s[0]}000000" for s in SCHEMES]),
        "DCT_ORD_NUM": claims.statement[rows],
        "PRS_ORD_NUM": claims.position[rows],
        "REM_TYP_AFF": Constant(0),
    }


def service_table(
    claims: Claims, persons: Persons, holders: Holders, residence: Residence, world: World
) -> pa.Table:
    """ER_PRS_F."""
    lines = claims.lines
    count = len(lines["day"])
    holder, when = lines["holder"], lines["day"]
    person = holders.person[holder]
    real = person >= 0
    known = person.clip(min=0)
    birth = np.where(real, persons.birth[known], day(1955))
    age = age_at(birth, when)
    months = month_of(when) - month_of(birth)
    scheme = np.where(real, persons.scheme[known], 0)
    visible = real & ~claims.residence_missing
    dpt, com, _ = residence.of_persons(known, visible, scheme, when)
    fund = residence.of_persons(known, real, scheme, when)[2]
    doctors = world.professionals
    numbers = [*doctors.number.tolist(), NO_PROFESSIONAL]
    nobody = len(numbers) - 1
    executant, prescriber = lines["executant"], lines["prescriber"]
    usual = lines["general_practitioner"]
    birth_month = month_of(birth)
    month = month_of(when)
    sign = np.where(lines["quantity"] < 0, 2, 1)
    surcharge = lines["surcharge"]
    complement_sign = np.where(lines["complement_reimbursed"] < 0, 2, 1)
    years = [str(y) for y in range(1880, 2040)]
    columns: dict[str, Value] = {
        **line_keys(claims, slice(None), persons),
        "BEN_NIR_PSA": pseudonym_column(holders, holder),
        "BEN_RNG_GEM": holders.rank[holder],
        "BEN_CDI_NIR": Text(holders.quality[holder], QUALITIES),
        "BEN_SEX_COD": np.where(real, persons.sex[known] + 1, 2),
        "BEN_NAI_ANN": Text(birth_month // 12 + 1970 - 1880, years),
        "BEN_AMA_COD": np.where(age >= 2, age, 1000 + months.clip(min=0)),
        "BEN_QAF_COD": np.where(age >= 18, 10, 30),
        "BEN_RES_DPT": dpt,
        "BEN_RES_COM": com,
        "BEN_CMU_TOP": Text(
            (real & persons.free_cover[known] & (lines["exemption"] == 0)).astype(np.int64),
            ["0", "1"],
        ),
        "BEN_DCD_DTE": Constant(NO_DATE),
        "BEN_DCD_AME": Constant("160001"),
        "ORG_AFF_BEN": fund,
        "RGM_GRG_COD": np.array([s[1] for s in SCHEMES])[scheme],
        "RGM_COD": np.array([s[2] for s in SCHEMES])[scheme],
        "EXE_SOI_DTD": when,
        "EXE_SOI_DTF": when,
        "EXE_SOI_AMD": year_month_column(month),
        "EXE_SOI_AMF": year_month_column(month),
        "PRE_PRE_DTD": np.where(when % 37 == 0, NO_DATE, when - when % 11),
        "PRS_NAT_REF": lines["nature"],
        "BSE_PRS_NAT": lines["base_nature"],
        "CPL_PRS_NAT": lines["complement_nature"],
        "CPL_MAJ_TOP": surcharge,
        "CPL_AFF_COD": lines["complement_kind"],
        "PRS_ACT_QTE": np.where(surcharge == 2, 0, lines["quantity"]),
        "PRS_ACT_NBR": np.where(surcharge == 2, 0, lines["quantity"]),
        "PRS_ACT_CFT": Constant(1),
        "PRS_PAI_MNT": Cents(lines["paid"]),
        "BSE_REM_BSE": Cents(lines["base"]),
        "BSE_REM_MNT": Cents(lines["reimbursed"]),
        "BSE_REM_PRU": Cents(lines["price"]),
        "BSE_REM_SGN": sign,
        "CPL_REM_BSE": Cents(np.zeros(count, dtype=np.int64)),
        "CPL_REM_MNT": Cents(lines["complement_reimbursed"]),
        "CPL_REM_SGN": complement_sign,
        "PRS_DEP_MNT": Cents(lines["paid"] - lines["base"]),
        "RGO_REM_TAU": lines["rate"],
        "RGO_ASU_NAT": np.where(lines["nature"] == 1911, 30, 10),
        "EXO_MTF": lines["exemption"],
        "DPN_QLF": lines["qualifier"],
        "PRS_DPN_QLP": lines["transmitted"],
        "PFS_EXE_NUM": Text(np.where(executant < 0, nobody, executant), numbers, plain=True),
        "PFS_PRE_NUM": Text(np.where(prescriber < 0, nobody, prescriber), numbers, plain=True),
        "PRS_MTT_NUM": Text(np.where(usual < 0, nobody, usual), numbers, plain=True),
        "ETB_PRE_FIN": _prescribing_hospital(lines, persons, known, world),
        "PSE_SPE_COD": doctors.of("speciality", executant),
        "PSE_ACT_NAT": doctors.of("activity", executant),
        "PSE_CNV_COD": doctors.of("sector", executant),
        "PSE_STJ_COD": Constant(51),
        "PSP_SPE_COD": doctors.of("speciality", prescriber),
        "PSP_ACT_NAT": Constant(0),
        "EXE_LIE_COD": np.where(lines["nature"] == 1210, 1, 0),
        "PRS_PPU_SEC": np.where(np.isin(lines["billing"], (1, 3)), 1, 2),
        "PRS_REJ_TOP": Constant("0"),
    }
    return arrow_table("ER_PRS_F", count, columns)


def _prescribing_hospital(lines: Lines, persons: Persons, person: Integers, world: World) -> Text:
    """FINESS (8 characters) of a hospital of the person's département; NULL for the others."""
    order = lines["hospital_prescriber"]
    hospitals = world.hospitals
    first = np.searchsorted(hospitals.departement, persons.departement[person])
    size = np.searchsorted(hospitals.departement, persons.departement[person], "right") - first
    rank = np.where(order < 0, -1, first + order % np.maximum(size, 1))
    return Text(rank, [finess[:8] for finess in hospitals.finess.tolist()])


def drug_rows(claims: Claims) -> tuple[Integers, Integers, Integers, Integers]:
    """Rows of ER_PHA_F: line, order in the line, presentation, boxes."""
    first = np.flatnonzero(claims.lines["drug"] >= 0)
    second = np.flatnonzero(claims.lines["second_drug"] >= 0)
    line = np.concatenate([first, second])
    number = np.repeat([1, 2], [len(first), len(second)])
    order = np.lexsort((number, line))
    drug = np.concatenate([claims.lines["drug"][first], claims.lines["second_drug"][second]])
    boxes = np.concatenate([claims.lines["boxes"][first], claims.lines["second_boxes"][second]])
    return line[order], number[order], drug[order], boxes[order]


def pharmacy_table(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    """ER_PHA_F and the flux month of each row."""
    line, number, drug, boxes = drug_rows(claims)
    table = drugs()
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "PHA_ORD_NUM": number,
        "PHA_PRS_C13": Text(drug, [str(c) for c in table.cip13.tolist()]),
        "PHA_PRS_IDE": table.cip7[drug],
        "PHA_ACT_QSN": boxes,
        "PHA_ACT_PRU": Cents(table.price_cents[drug]),
        "PHA_DEC_TOP": Constant(None),
        "PHA_DEC_QSU": Constant(0),
        "PHA_SEQ_RNV": Constant(0),
    }
    return arrow_table("ER_PHA_F", len(line), columns), claims.flux[line]


def act_table(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    """ER_CAM_F and the flux month of each row."""
    line = np.flatnonzero(claims.lines["act"] >= 0)
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "CAM_ORD_NUM": Constant(1),
        "CAM_PRS_IDE": Text(claims.lines["act"][line], act_codes()),
        "CAM_ACT_COD": Constant("1"),
        "CAM_TRT_PHA": Constant(0),
        "CAM_ASS_COD": Constant(None),
        "CAM_REM_BSE": Cents(claims.lines["base"][line]),
        "CAM_ACT_PRU": Cents(claims.lines["price"][line]),
    }
    return arrow_table("ER_CAM_F", len(line), columns), claims.flux[line]


def place_table(claims: Claims, persons: Persons, world: World) -> tuple[pa.Table, Integers]:
    """ER_ETE_F and the flux month of each row."""
    line = np.flatnonzero(claims.lines["place"] >= 0)
    billing = claims.lines["billing"][line]
    public = billing != BILLING_PRIVATE
    finess = [number[:8] for number in world.hospitals.finess.tolist()]
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "ETB_EXE_FIN": Text(claims.lines["place"][line], finess),
        "ETE_IND_TAA": np.where(billing == BILLING_RETROCESSION, 0, billing),
        "ETE_TYP_COD": np.where(public, 1, 4),
        "ETE_CAT_COD": np.where(public, 355, 365),
        "MDT_COD": np.where(
            claims.lines["nature"][line] == 2111,
            3,
            np.where(billing == BILLING_RETROCESSION, 99, 7),
        ),
        "MFT_COD": np.where(public, 3, 7),
        "PRS_PPU_SEC": np.where(public, 1, 2),
    }
    return arrow_table("ER_ETE_F", len(line), columns), claims.flux[line]
