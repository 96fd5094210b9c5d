"""Codes of the value tables that checks need.

Source: nomenclatures of the SNDS published by the Health Data Hub (MPL-2.0), state of about 2020:
codes alone, real, unknown and not-applicable ones alike. Newer codes exist.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def nomenclature_codes() -> tuple[tuple[str, str], ...]:
    """Every (nomenclature, code), as the value tables write them."""
    text = (files("labsante.snds") / "data" / "nomenclature_codes.csv").read_text("utf-8")
    return tuple((row["nomenclature"], row["code"]) for row in csv.DictReader(text.splitlines()))
