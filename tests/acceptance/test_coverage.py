"""Over many Frances, the interval of the treated prevalence holds the prevalence planted.

What is planted: each person falls ill with diabetes with a probability known from age, sex and
département (truth/effects.json and the generator's own table). A share of the ill meets the
treatment rule of the indicator; that share is one number of the generator, taken over all seeds.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from labsante.indicators.statistics.intervals import wilson
from labsante.synthetic.references import CONDITION_AGES, conditions
from tests.acceptance.conftest import Lab
from tests.sizes import SIZES

YEAR = 2023


@dataclass(frozen=True, slots=True)
class Draw:
    """One France: what the chain found, what was planted."""

    persons: int
    treated: int
    planted_ill: float
    truly_ill: float


def draw(root: Path, seed: int) -> Draw:
    """Run the chain, as a user would, as far as one indicator."""
    lab = Lab(root / str(seed))
    lab.run("init")
    size = ["--persons", str(SIZES.coverage_persons), "--from", str(YEAR), "--to", str(YEAR)]
    lab.run("synthesize", *size, "--seed", str(seed))
    lab.run("receive", str(lab.root / "raw"))
    lab.run("build", "person_year", "dispensing")
    lab.run("indicators", "PAT-DIAB-PREV")
    cells = f"{lab.root}/results/cells/PAT-DIAB-PREV/**/cells.parquet"
    persons, treated = duckdb.sql(
        f"select sum(n_den), sum(n_num) from read_parquet('{cells}') where period = '{YEAR}'"
    ).fetchall()[0]
    planted, truth = prevalence(lab.root / "truth")
    return Draw(int(persons), int(treated), planted, truth)


def prevalence(truth: Path) -> tuple[float, float]:
    """Mean planted probability of diabetes at the end of the year, and the share truly ill."""
    effects = json.loads((truth / "effects.json").read_text())
    alive = f"birth_year <= {YEAR} and (death_date is null or death_date > date '{YEAR}-12-31')"
    rows = duckdb.sql(
        f"select sex, {YEAR} - birth_year as age, departement, "
        f"person in (select person from '{truth}/conditions.parquet' "
        f"where condition like 'diabetes%' and since <= date '{YEAR}-12-31') as ill "
        f"from '{truth}/persons.parquet' where {alive}"
    ).fetchnumpy()
    table = conditions()
    total = np.zeros(len(rows["age"]))
    for name in ("diabetes_type_1", "diabetes_type_2"):
        rank = table.name.index(name)
        curve = np.interp(rows["age"], CONDITION_AGES, table.prevalence[rank])
        ratio = table.female_ratio[rank]
        men = 2 / (1 + ratio)
        chance = curve * np.where(rows["sex"].astype(int) == 1, men, men * ratio)
        if name == "diabetes_type_2":
            by_departement: dict[str, Any] = effects["diabetes_ratio_by_departement"]
            chance *= [by_departement.get(code, 1.0) for code in rows["departement"]]
            chance *= effects["settings"]["care"]["diabetes_scale"]
        total = total + np.minimum(chance, 1.0) * (1 - total)
    return float(total.mean()), float(rows["ill"].mean())


@pytest.mark.slow
def test_the_interval_holds_the_planted_prevalence(
    tmp_path: Path, record_property: pytest.FixtureRequest
) -> None:
    with ThreadPoolExecutor(2) as pool:
        draws = list(pool.map(lambda seed: draw(tmp_path, seed), range(SIZES.coverage_seeds)))
    treated = np.array([d.treated for d in draws])
    persons = np.array([d.persons for d in draws])
    planted_ill = np.array([d.planted_ill for d in draws])
    treatment = treated.sum() / (persons * planted_ill).sum()
    low, high = wilson(treated, persons)
    inside = (low <= planted_ill * treatment) & (planted_ill * treatment <= high)
    record_property("coverage of the 95 % interval", float(inside.mean()))  # type: ignore[operator]
    record_property("seeds", len(draws))  # type: ignore[operator]
    # The plant is what was drawn: the ill are as many as their probabilities say.
    truly = np.array([d.truly_ill for d in draws])
    error = np.sqrt((planted_ill * (1 - planted_ill) / persons).sum()) / len(draws)
    assert abs(truly.mean() - planted_ill.mean()) < 4 * error
    # 92 to 98 % over 200 seeds; fewer seeds allow what chance allows (binomial, 99.9 %)
    slack = 3.3 * np.sqrt(0.95 * 0.05 / len(draws))
    assert 0.95 - max(0.03, slack) <= inside.mean()
    if len(draws) >= 200:
        assert 0.92 <= inside.mean() <= 0.98
