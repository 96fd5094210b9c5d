"""The other affined tables: biology, devices, transport, hospital drugs, other payers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.care import details
from labsante.synthetic.claims import Claims, line_keys
from labsante.synthetic.columns import Cents, Constant, Text, Value, arrow_table
from labsante.synthetic.draw import Integers
from labsante.synthetic.population import Persons
from labsante.synthetic.references import communes, departement_codes

# Tariff lines of a trip: what ER_DTR_F codes (flat fee, kilometres) and their share of the price.
_TRIP = {"ambulance": (11, 12), "vsl": (11, 13), "taxi": (47, 21)}
_FREE_COVER, _LOCAL_SCHEME = 5, 4  # ARO_REM_TYP: C2S co-payment, Alsace-Moselle
_ALSACE_MOSELLE = ("57", "67", "68")


def detail_tables(claims: Claims, persons: Persons) -> dict[str, tuple[pa.Table, Integers]]:
    """Each table with the flux month of its rows."""
    return {
        "ER_BIO_F": _biology(claims, persons),
        "ER_TIP_F": _devices(claims, persons),
        "ER_TRS_F": _trips(claims, persons),
        "ER_DTR_F": _trip_tariffs(claims, persons),
        "ER_UCD_F": _hospital_drugs(claims, persons),
        "ER_ARO_F": _other_payers(claims, persons),
    }


def _of_kind(claims: Claims, kind: str) -> tuple[Integers, list[str]]:
    """Lines of a kind of detail, and the texts of all details without their kind."""
    chosen = np.array([text.startswith(kind + ":") for text in details()] + [False])
    return np.flatnonzero(chosen[claims.lines["detail"]]), [d.split(":")[1] for d in details()]


def _biology(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    line, texts = _of_kind(claims, "biology")
    codes = [[int(code) for code in text.split() if code.isdigit()] for text in texts]
    tests = np.zeros((len(texts), max(len(c) for c in codes)), dtype=np.int64)
    for rank, row in enumerate(codes):
        tests[rank, : len(row)] = row
    count = (tests > 0).sum(axis=1)[claims.lines["detail"][line]]
    rows = np.repeat(line, count)
    order = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    columns: dict[str, Value] = {
        **line_keys(claims, rows, persons),
        "BIO_ORD_NUM": order + 1,
        "BIO_PRS_IDE": tests[claims.lines["detail"][rows], order],
        "BIO_ACT_QSN": claims.lines["quantity"][rows],
    }
    return arrow_table("ER_BIO_F", len(rows), columns), claims.flux[rows]


def _devices(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    line, texts = _of_kind(claims, "device")
    codes = np.array([int(text) if text.isdigit() else 0 for text in texts])
    price = claims.lines["price"][line]
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "TIP_ORD_NUM": Constant(1),
        "TIP_PRS_IDE": codes[claims.lines["detail"][line]],
        "TIP_PRS_TYP": Constant(1),
        "TIP_ACT_QSN": claims.lines["quantity"][line],
        "TIP_ACT_PRU": Cents(np.where(line % 19 == 0, 0, price)),
        "TIP_PUB_PRX": Cents(np.abs(claims.lines["paid"][line])),
    }
    return arrow_table("ER_TIP_F", len(line), columns), claims.flux[line]


def _trips(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    line, _ = _of_kind(claims, "transport")
    person = claims.lines["person"][line].clip(min=0)
    codes = communes().pmsi_code.tolist()
    when = claims.lines["day"][line]
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "ITR_ORD_NUM": Constant(1),
        "TRS_DEP_CDP": Text(persons.commune[person], codes),
        "TRS_ARR_CDP": Text(communes().start[persons.departement[person]], codes),
        "TRS_DTD_DTE": when,
        "TRS_DTF_DTE": when,
        "TRS_TRP_HRD": 700 + 100 * (when % 11),
        "TRS_TRP_HRA": 730 + 100 * (when % 11),
    }
    return arrow_table("ER_TRS_F", len(line), columns), claims.flux[line]


def _trip_tariffs(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    line, texts = _of_kind(claims, "transport")
    codes = np.array([_TRIP.get(text, (0, 0)) for text in texts])
    rows = np.repeat(line, 2)
    order = np.tile([0, 1], len(line))
    price = claims.lines["price"][rows]
    # Two fifths of the price are the flat fee, the rest is driven at one euro a kilometre.
    flat = price * 2 // 5
    sign = np.sign(claims.lines["quantity"][rows])
    columns: dict[str, Value] = {
        **line_keys(claims, rows, persons),
        "TRS_ORD_NUM": order + 1,
        "TRS_PRS_IDE": codes[claims.lines["detail"][rows], order],
        "TRS_ACT_QSN": np.where(order == 0, 1, (price - flat) // 100) * sign,
        "TRS_ACT_PRU": Cents(np.where(order == 0, flat, 100)),
        "TRS_TRS_MTF": Constant(0),
    }
    return arrow_table("ER_DTR_F", len(rows), columns), claims.flux[rows]


def _hospital_drugs(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    line, texts = _of_kind(claims, "ucd")
    private = claims.lines["nature"][line] == 3320
    columns: dict[str, Value] = {
        **line_keys(claims, line, persons),
        "UCD_ORD_NUM": Constant(1),
        "UCD_UCD_COD": Text(claims.lines["detail"][line], [f"000000{t}" for t in texts]),
        "UCD_TOP_UCD": private.astype(np.int64),
        "UCD_DLV_NBR": claims.lines["quantity"][line],
        "UCD_FRC_COE": Constant(1),
        "UCD_TTF_MNT": Cents(claims.lines["paid"][line]),
        "UCD_MAR_MNT": Cents(np.zeros(len(line), dtype=np.int64)),
    }
    return arrow_table("ER_UCD_F", len(line), columns), claims.flux[line]


def _other_payers(claims: Claims, persons: Persons) -> tuple[pa.Table, Integers]:
    """What the C2S and the scheme of Alsace-Moselle add to the compulsory reimbursement."""
    lines = claims.lines
    person = lines["person"]
    known = person.clip(min=0)
    left = lines["base"] - lines["reimbursed"]
    base = (person >= 0) & (lines["surcharge"] == 0) & (left != 0) & (lines["exemption"] == 0)
    local = np.isin(np.array(departement_codes())[persons.departement], _ALSACE_MOSELLE)
    free = base & persons.free_cover[known]
    alsatian = base & ~free & local[known] & (lines["rate"] <= 70)
    rows = np.flatnonzero(free | alsatian)
    covered = np.where(free[rows], left[rows], lines["base"][rows] // 5)
    covered = np.where(np.abs(covered) > np.abs(left[rows]), left[rows], covered)
    columns: dict[str, Value] = {
        **line_keys(claims, rows, persons),
        "ARO_ORD_NUM": Constant(1),
        "ARO_REM_TYP": np.where(free[rows], _FREE_COVER, _LOCAL_SCHEME),
        "ARO_REM_BSE": Cents(lines["base"][rows]),
        "ARO_REM_MNT": Cents(covered),
        "ARO_REM_SGN": np.where(lines["quantity"][rows] < 0, 2, 1),
        "ARO_PRS_NAT": lines["nature"][rows],
        "ARO_ASU_NAT": Constant(10),
    }
    return arrow_table("ER_ARO_F", len(rows), columns), claims.flux[rows]
