"""Which stays train, which calibrate, which test: by a column, a patient, a hospital, a date."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np

from labsante.base.errors import DefinitionError, InputDataError
from labsante.stays.spec import LosSpec
from labsante.stays.table import CALIBRATION, TEST, TRAIN, Floats, Integers, Labels, StayTable


def split_rows(stays: StayTable, spec: LosSpec, words: Labels | None) -> Integers:
    """The part of each row, −1 for the rows that belong to none.

    ``time``: rows from ``test_from`` test; the training rows of patients who are tested are
    left out (−1), so that no patient is on both sides; calibration is cut by patient. ``none``:
    every row is to be predicted.
    """
    rule = spec.split
    if rule.rule == "none":
        return np.full(len(stays), TEST, dtype=np.int64)
    if rule.rule == "column":
        assert words is not None
        parts = _by_words(words, (rule.train, rule.calibration, rule.test))
    elif rule.rule == "time":
        try:
            start = (date.fromisoformat(rule.test_from) - date(1970, 1, 1)).days
        except ValueError:
            raise DefinitionError(
                "split.test_from is not a date", where=spec.name, hint="write YYYY-MM-DD"
            ) from None
        tested = stays.entry >= start
        parts = np.where(tested, TEST, TRAIN)
        seen = np.zeros(stays.patient.max() + 1, dtype=np.bool_)
        seen[stays.patient[tested]] = True
        parts[~tested & seen[stays.patient]] = -1
        share = _uniform(stays.patient, rule.salt)
        parts[(parts == TRAIN) & (share < rule.calibration_share)] = CALIBRATION
    else:
        owner = stays.patient if rule.rule == "patient" else stays.hospital.codes
        share = _uniform(owner, rule.salt)
        parts = np.full(len(stays), TRAIN)
        parts[share < rule.test_share + rule.calibration_share] = CALIBRATION
        parts[share < rule.test_share] = TEST
    for part, name in ((TRAIN, "train"), (CALIBRATION, "calibration"), (TEST, "test")):
        if not (parts == part).any():
            raise InputDataError(f"the {name} part of the split is empty", where=spec.name)
    return parts.astype(np.int64)


def _by_words(words: Labels, names: tuple[str, str, str]) -> Integers:
    place = {name: part for part, name in enumerate(names)}
    lookup = np.array([place.get(level, -1) for level in words.levels] + [-1])
    return lookup[words.codes]


def _uniform(owner: Integers, salt: str) -> Floats:
    """A number in [0, 1) per row that depends on its owner and on the salt alone."""
    owners, place = np.unique(owner, return_inverse=True)
    drawn = [
        int(hashlib.md5(f"{salt}|{value}".encode(), usedforsecurity=False).hexdigest()[:12], 16)
        for value in owners
    ]
    return (np.array(drawn, dtype=np.float64) / 16**12)[place]
