"""The model: better than chance, never better than the oracle, saved without pickle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm", reason="the extra learn is not installed")

from labsante.base.errors import CheckFailedError
from labsante.stays.artefacts import load_model, save_model
from labsante.stays.bench import bench_stays
from labsante.stays.encoding import Encoder
from labsante.stays.explain import importance, in_words
from labsante.stays.metrics import observed_expected, r_squared
from labsante.stays.model import LosModel, fit_model, refuse_leaks
from labsante.stays.reference import profile_grid
from labsante.stays.regression import negative_binomial
from labsante.stays.spec import Column
from labsante.stays.table import TEST, Labels
from tests.unit.stays.made import made_spec, make

MADE = make(rows=8000, seed=4)
SPEC = made_spec()


@pytest.fixture(scope="module")
def model() -> LosModel:
    return fit_model(MADE.stays, SPEC, "discharge")


def test_it_nears_the_oracle_and_never_beats_it(model: LosModel) -> None:
    test = MADE.stays.where(TEST)
    predicted = model.predict(test)
    oracle = r_squared(test.length, MADE.oracle[MADE.stays.part == TEST])
    mine = r_squared(test.length, predicted.mean)
    assert 0.75 * oracle <= mine <= oracle + 0.02
    assert observed_expected(test.length, predicted.mean) == pytest.approx(1.0, abs=0.05)
    inside = ((test.length >= predicted.low) & (test.length <= predicted.high)).mean()
    assert 0.76 <= inside <= 0.86
    zero = (test.length == 0).mean()
    assert predicted.zero.mean() == pytest.approx(zero, abs=0.03)
    assert (
        np.diff([predicted.over[k].mean() for k in (7, 14, 21) if k in predicted.over]) <= 0
    ).all()
    for low, high in zip((0.1, 0.25, 0.5, 0.75), (0.25, 0.5, 0.75, 0.9), strict=True):
        assert (predicted.quantile[low] <= predicted.quantile[high]).all()


def test_severity_lifts_it_above_the_oracle() -> None:
    """The proof of a leak: a score that no honest model can reach."""
    spec = replace(
        SPEC,
        columns=tuple(
            replace(column, known_at="discharge") if column.name == "share" else column
            for column in SPEC.columns
        ),
    )
    test = MADE.stays.where(TEST)
    leaking = fit_model(MADE.stays, spec, "discharge").predict(test)
    oracle = r_squared(test.length, MADE.oracle[MADE.stays.part == TEST])
    assert r_squared(test.length, leaking.mean) > oracle + 0.02
    with pytest.raises(CheckFailedError, match="share"):
        bench_stays(MADE.stays, spec, moments=["discharge"])


def test_a_column_of_the_future_is_refused() -> None:
    with pytest.raises(CheckFailedError, match="grade"):
        refuse_leaks((Column("grade", "post", "category"),), "discharge")


def test_saved_and_read_again_it_says_the_same(model: LosModel, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    test = MADE.stays.where(TEST)
    one, two = model.predict(test), load_model(tmp_path).predict(test)
    assert np.allclose(one.mean, two.mean)
    assert np.allclose(one.low, two.low)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".txt"}
    changed = next(path for path in tmp_path.iterdir() if path.suffix == ".txt")
    changed.write_text(changed.read_text().replace("shrinkage=0.05", "shrinkage=0.5"))
    with pytest.raises(CheckFailedError, match="changed"):
        load_model(tmp_path)


def test_twice_the_same_model(model: LosModel) -> None:
    test = MADE.stays.where(TEST)
    again = fit_model(MADE.stays, SPEC, "discharge").predict(test)
    assert (again.mean == model.predict(test).mean).all()


def test_what_weighs_is_what_was_planted(model: LosModel) -> None:
    test = MADE.stays.where(TEST)
    ranked = [name for name, _ in importance(model, test.take(np.arange(300)))]
    assert ranked[0] == "root"
    assert ranked[-1] == "shade"
    assert in_words(model, "root", 1.2)["fr"].endswith("allonge le séjour de 20 %")


def test_profiles_respect_the_floor(model: LosModel) -> None:
    test = MADE.stays.where(TEST)
    cells = profile_grid(model, model.predict(test), test, ("urgent", "root"), least=11)
    assert cells
    assert all(cell.stays >= 11 and cell.p10 <= cell.median <= cell.p90 for cell in cells)


def test_code_means_of_training_rows_come_from_other_patients() -> None:
    """A code that is unique to each row must tell nothing of that row's length."""
    stays = MADE.stays.with_column("noise", Labels.of([str(n) for n in range(len(MADE.stays))]))
    encoder = Encoder((Column("noise", "admission", "code"),))
    matrix = encoder.fit_transform(stays)
    coded = matrix.values[:, matrix.names.index("noise/0/length")]
    assert abs(np.corrcoef(coded, stays.length)[0, 1]) < 0.05


def test_textbook_negative_binomial(shared_data: Path) -> None:
    """Hilbe's length-of-stay regression on `medpar`: equal to three decimals."""
    import duckdb

    path = shared_data / "los" / "count_medpar.csv.gz"
    table = duckdb.sql(
        f"SELECT los, hmo, white, type2, type3 FROM read_csv_auto('{path}')"
    ).fetchnumpy()
    names = ("hmo", "white", "type2", "type3")
    design = np.column_stack([np.ones(1495), *(np.asarray(table[n], float) for n in names)])
    fitted = negative_binomial(design, np.asarray(table["los"], float))
    assert fitted.coefficients == pytest.approx(
        [2.3103, -0.0680, -0.1291, 0.2212, 0.7062], abs=5e-4
    )
    assert fitted.alpha == pytest.approx(0.4457, abs=5e-4)
    assert fitted.log_likelihood == pytest.approx(-4797.48, abs=0.01)
