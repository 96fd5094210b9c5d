"""How the source writes where a person lives: one commune, several codings by scheme.

The general scheme writes overseas départements 097 and Corsica 02A or 02B (sometimes 201, 202);
the agricultural and independent ones write 971 to 976; soldiers have no commune.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from labsante.synthetic.columns import Text
from labsante.synthetic.draw import Flags, Integers
from labsante.synthetic.population import AGRICULTURE, INDEPENDENT, MILITARY, SCHEMES, Persons
from labsante.synthetic.references import communes, departement_codes

UNKNOWN_CODES = ("099", "999", "000")


@cache
def _codes() -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """Values of BEN_RES_DPT and BEN_RES_COM, and their ranks by (style, commune)."""
    written = [[_written(code, style) for code in communes().code.tolist()] for style in range(5)]
    departements = sorted({dpt for row in written for dpt, _ in row} | set(UNKNOWN_CODES))
    places = sorted({com for row in written for _, com in row} | {"999"})
    dpt = np.array([[departements.index(d) for d, _ in row] for row in written])
    com = np.array([[places.index(c) for _, c in row] for row in written])
    return departements, places, dpt, com


def _written(code: str, style: int) -> tuple[str, str]:
    if code[:2] == "97":
        if style in (0, 4):
            return "097", code[2:]
        return code[:3], "0" + code[3:] if style == 2 else code[2:]
    if code[:2] in ("2A", "2B"):
        number = "201" if code[1] == "A" else "202"
        return (number if style == 4 else "0" + code[:2]), code[2:]
    return ("0" + code[:2]), ("999" if style == 3 else code[2:])


@cache
def _funds() -> tuple[list[str], np.ndarray]:
    """Values of ORG_AFF_BEN and their ranks by (scheme, département); the last is unknown."""
    codes = departement_codes()
    values: list[str] = []
    for prefix, *_ in SCHEMES:
        for code in codes:
            overseas = len(code) == 3
            values.append(
                "08A000000"
                if prefix == "08A"
                else f"{prefix}{code}000"
                if overseas
                else f"{prefix}{code}1000"
            )
        values.append(f"{prefix}999999")
    distinct = sorted(set(values))
    ranks = np.array([distinct.index(v) for v in values]).reshape(len(SCHEMES), len(codes) + 1)
    return distinct, ranks


class Residence:
    """The codes of the residence of the persons of a bucket."""

    def __init__(self, persons: Persons) -> None:
        scheme = persons.scheme
        # Ranks of the styles: 0 general, 1 agricultural, 2 independent, 3 military, 4 variant.
        style = np.zeros(persons.count, dtype=np.int64)
        style[scheme == AGRICULTURE] = 1
        style[scheme == INDEPENDENT] = 2
        style[scheme == MILITARY] = 3
        style[(style == 0) & (persons.birth % 3 == 0)] = 4
        departements, places, dpt, com = _codes()
        unknown = np.array([departements.index(code) for code in UNKNOWN_CODES])
        hidden = persons.residence_unknown
        nowhere = places.index("999")
        hidden_code = np.where(
            hidden & (persons.birth % 5 == 0), -1, unknown[persons.birth % len(unknown)]
        )
        # Two rows: before and after the move, the same for those who never move.
        both = (persons.commune, persons.next_commune)
        self._dpt = np.stack([np.where(hidden, hidden_code, dpt[style, c]) for c in both])
        self._com = np.stack([np.where(hidden, nowhere, com[style, c]) for c in both])
        self._move = persons.move
        self._unknown = unknown
        self._nowhere = nowhere
        ranks = _funds()[1]
        self._fund_unknown = ranks[:, -1]
        self._fund = ranks[scheme, np.where(hidden, len(departement_codes()), persons.departement)]

    def of_persons(
        self, person: Integers, real: Flags, scheme: Integers, at: Integers | int
    ) -> tuple[Text, Text, Text]:
        """BEN_RES_DPT, BEN_RES_COM and ORG_AFF_BEN at some days; unknown where not ``real``."""
        departements, places, _, _ = _codes()
        side = (self._move[person] <= at).astype(np.int64)
        return (
            Text(np.where(real, self._dpt[side, person], self._unknown[0]), departements),
            Text(np.where(real, self._com[side, person], self._nowhere), places),
            Text(np.where(real, self._fund[person], self._fund_unknown[scheme]), _funds()[0]),
        )
