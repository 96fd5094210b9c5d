"""Claim lines before they are numbered: named arrays of the same length, joined and copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsante.synthetic.columns import ABSENT

# Every field of a line, with the value that a line has unless told otherwise.
DEFAULTS: dict[str, int] = {
    "holder": 0,
    "person": -1,
    "day": 0,
    "nature": 0,  # PRS_NAT_REF
    "base_nature": 0,  # BSE_PRS_NAT
    "complement_nature": 0,  # CPL_PRS_NAT
    "executant": -1,  # professional
    "prescriber": -1,  # professional; -1 is 00000000
    "hospital_prescriber": -1,
    "general_practitioner": -1,
    "quantity": 1,
    "price": 0,  # cents
    "paid": 0,
    "base": 0,
    "reimbursed": 0,
    "complement_reimbursed": 0,
    "rate": 70,
    "exemption": 0,  # EXO_MTF
    "surcharge": 0,  # CPL_MAJ_TOP
    "complement_kind": 0,  # CPL_AFF_COD
    "qualifier": 0,  # DPN_QLF
    "transmitted": 0,  # PRS_DPN_QLP
    "drug": -1,
    "boxes": 0,
    "second_drug": -1,
    "second_boxes": 0,
    "act": -1,
    "detail": -1,  # rank in details(): biology, device, transport or hospital drug
    "place": -1,  # hospital of ER_ETE_F
    "billing": 0,  # how the place bills, see BILLING_*
}

# A public hospital billing one by one (counted in PMSI), a private one, a public one that
# dispenses its own medicines to outpatients (retrocession).
BILLING_PUBLIC, BILLING_PRIVATE, BILLING_RETROCESSION = 1, 2, 3

Lines = dict[str, NDArray[Any]]


def make_lines(count: int, **fields: Any) -> Lines:
    """``count`` lines with the given fields; the others hold their default."""
    unknown = set(fields) - set(DEFAULTS)
    if unknown:
        raise KeyError(f"unknown fields {sorted(unknown)}")
    result: Lines = {}
    for name, default in DEFAULTS.items():
        value = np.asarray(fields.get(name, default), dtype=np.int32)
        result[name] = np.broadcast_to(value, (count,)) if value.ndim == 0 else value
    return result


def join_lines(parts: Iterable[Lines]) -> Lines:
    """All lines of the parts, in order."""
    blocks = list(parts)
    return {
        name: np.concatenate([block[name].astype(np.int32, copy=False) for block in blocks])
        for name in DEFAULTS
    }


def take_lines(lines: Lines, rows: NDArray[Any], **changes: Any) -> Lines:
    """Some lines (ranks or flags), with some fields replaced."""
    taken = {name: values[rows] for name, values in lines.items()}
    count = len(taken["day"])
    for name, value in changes.items():
        taken[name] = np.broadcast_to(np.asarray(value, dtype=np.int32), (count,))
    return taken


def reversed_lines(lines: Lines) -> Lines:
    """The copies that cancel lines: quantities and amounts change sign."""
    signed = (
        "quantity", "paid", "base", "reimbursed", "complement_reimbursed",
        "boxes", "second_boxes",
    )  # fmt: skip
    return {name: -values if name in signed else values for name, values in lines.items()}


__all__ = [
    "ABSENT",
    "BILLING_PRIVATE",
    "BILLING_PUBLIC",
    "BILLING_RETROCESSION",
    "DEFAULTS",
    "Lines",
    "join_lines",
    "make_lines",
    "reversed_lines",
    "take_lines",
]
