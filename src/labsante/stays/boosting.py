"""LightGBM behind one door: fixed seeds, fixed row-wise order, text artefacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labsante.base.errors import ConfigurationError
from labsante.stays.encoding import Matrix
from labsante.stays.spec import Settings
from labsante.stays.table import Floats

if TYPE_CHECKING:
    import lightgbm

PATIENCE = 40


def library() -> Any:
    """LightGBM; raises ConfigurationError (exit code 3) where the extra is not installed."""
    try:
        import lightgbm
    except ImportError:
        raise ConfigurationError(
            "the learning libraries are not installed",
            why="LightGBM comes with the extra `learn`",
            hint="install labsante[learn]",
        ) from None
    return lightgbm


@dataclass(frozen=True, slots=True)
class Goal:
    """What one booster learns: ``mean`` by an objective, a ``quantile`` or a ``probability``."""

    objective: str
    quantile: float = 0.5

    def parameters(self) -> dict[str, Any]:
        """LightGBM's words for it."""
        if self.objective == "quantile":
            return {"objective": "quantile", "alpha": self.quantile, "metric": "quantile"}
        metric = {"l2": "l2", "gamma": "gamma", "poisson": "poisson", "binary": "binary_logloss"}
        return {"objective": self.objective, "metric": metric[self.objective]}


def fit(
    goal: Goal,
    settings: Settings,
    matrix: Matrix,
    answer: Floats,
    *,
    stop: tuple[Matrix, Floats] | None = None,
    rounds: int | None = None,
    weight: Floats | None = None,
) -> lightgbm.Booster:
    """Fit one booster; ``stop`` holds the rows that say when to stop adding trees."""
    lgb = library()
    parameters = {
        **goal.parameters(),
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": min(settings.leaf_rows, max(2, len(answer) // 50)),
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "cat_smooth": 20.0,
        "cat_l2": 20.0,
        "min_data_per_group": 50,
        "max_cat_threshold": 64,
        "num_threads": settings.threads,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = _dataset(lgb, matrix, answer, weight)
    callbacks: list[Any] = []
    valid = []
    if stop is not None:
        valid = [lgb.Dataset(stop[0].values, stop[1], reference=data, free_raw_data=False)]
        callbacks = [lgb.early_stopping(PATIENCE, verbose=False)]
    return lgb.train(
        parameters,
        data,
        num_boost_round=rounds or settings.rounds,
        valid_sets=valid,
        callbacks=callbacks,
    )


def _dataset(lgb: Any, matrix: Matrix, answer: Floats, weight: Floats | None) -> Any:
    return lgb.Dataset(
        matrix.values,
        answer,
        weight=weight,
        feature_name=[f"f{number}" for number in range(len(matrix.names))],
        categorical_feature=list(matrix.categorical),
        free_raw_data=False,
    )


def predict(booster: Any, matrix: Matrix, threads: int) -> Floats:
    """Predictions in the answer's unit."""
    return np.asarray(booster.predict(matrix.values, num_threads=threads), dtype=np.float64)


def contributions(booster: Any, matrix: Matrix) -> NDArray[np.float64]:
    """Exact Shapley contributions (TreeSHAP), rows × (features + 1), the last is the base."""
    return np.asarray(booster.predict(matrix.values, pred_contrib=True), dtype=np.float64)


def to_text(booster: Any) -> str:
    """The booster as LightGBM's own text: readable, and nothing runs when it is read."""
    return str(booster.model_to_string())


def from_text(text: str) -> Any:
    """The booster of a text."""
    return library().Booster(model_str=text)
