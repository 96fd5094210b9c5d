"""What weighs in a prediction, in words: Shapley contributions gathered by column.

On the scale of the gamma model (log link) a contribution is a factor of the expected length:
1.20 lengthens the stay by a fifth, 0.90 shortens it by a tenth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsante.stays import boosting
from labsante.stays.model import LosModel
from labsante.stays.table import StayTable

_LOG_LINK = ("gamma", "poisson")


def factors(model: LosModel, stays: StayTable) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Column names, and stays × columns of factors (exact TreeSHAP of the first fold's model).

    With an ``l2`` objective the factor is exp(contribution / mean prediction).
    """
    part = model.folds[0]
    name = next((item for item in _LOG_LINK if item in part.boosters), "l2")
    matrix = part.encoder.transform(stays)
    raw = boosting.contributions(part.boosters[name], matrix)
    if name == "l2":
        raw = raw / max(float(raw.sum(axis=1).mean()), 1e-6)
    columns = tuple(dict.fromkeys(matrix.source))
    place = {column: number for number, column in enumerate(columns)}
    total = np.zeros((len(stays), len(columns)))
    for number, source in enumerate(matrix.source):
        total[:, place[source]] += raw[:, number]
    return columns, np.exp(total)


def importance(model: LosModel, stays: StayTable) -> list[tuple[str, float]]:
    """Each column's mean absolute log factor, the greatest first."""
    columns, values = factors(model, stays)
    weight = np.abs(np.log(values)).mean(axis=0)
    order = np.argsort(-weight, kind="stable")
    return [(columns[number], float(weight[number])) for number in order]


def in_words(model: LosModel, name: str, factor: float) -> dict[str, str]:
    """One factor as a sentence in French and in English."""
    column = next((item for item in model.spec.columns if item.name == name), None)
    french = column.label.fr if column and column.label else name
    english = column.label.en if column and column.label else name
    change = round(abs(factor - 1.0) * 100)
    return {
        "fr": f"{french} : {'allonge' if factor >= 1 else 'raccourcit'} le séjour de {change} %",
        "en": f"{english}: {'lengthens' if factor >= 1 else 'shortens'} the stay by {change}%",
    }
