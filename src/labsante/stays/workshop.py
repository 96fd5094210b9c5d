"""The stays of a workspace: train, evaluate, index, report, predict, simulate, on files.

Everything is under ``results/stays``: individual-level or unprotected, never served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labsante.base.errors import InputDataError
from labsante.base.files import replacing, write_json, write_text
from labsante.base.progress import Reporter
from labsante.base.workspace import Workspace
from labsante.stays.artefacts import load_model, save_model
from labsante.stays.audit import Audit, audit, raise_on_leak
from labsante.stays.build import snds_spec, stays_folder
from labsante.stays.card import card
from labsante.stays.competing import Occupancy, bed_days, fit_exits
from labsante.stays.evaluate import evaluate, group_limits
from labsante.stays.explain import factors, in_words
from labsante.stays.hospital import HospitalIndex, hospital_index
from labsante.stays.load import load_stays
from labsante.stays.model import LosModel, Prediction, fit_model
from labsante.stays.reference import profile_grid, reference_cells
from labsante.stays.spec import Ids, LosSpec, Population, Trim
from labsante.stays.table import TEST, Floats, Labels, StayTable, labels

PROFILE = ("age_band", "sex", "emergency", "ghm_root")
REFERENCE_TRIM = 2.5


def stays_path(workspace: Workspace) -> Path:
    """The table that ``stays build`` wrote; raises InputDataError where it is absent."""
    path = stays_folder(workspace) / "stays.parquet"
    if not path.exists():
        raise InputDataError(
            "the stays are not built",
            where=str(path),
            hint=f"run: labsante --workspace {workspace.root} stays build",
        )
    return path


def workspace_spec(workspace: Workspace, threads: int | None = None) -> LosSpec:
    """The spec of the workspace's stays: its last year of exit is the test."""
    import duckdb

    spec = snds_spec()
    path = str(stays_path(workspace)).replace("'", "''")
    years = duckdb.sql(f"SELECT min(year), max(year) FROM read_parquet('{path}')").fetchall()  # type: ignore[union-attr]
    last = int(years[0][1])
    model = replace(spec.model, threads=threads or workspace.config.engine.threads)
    if years[0][0] == last:  # one year: by patient
        return replace(spec, split=replace(spec.split, rule="patient"), model=model)
    return replace(spec, split=replace(spec.split, test_from=f"{last}-01-01"), model=model)


def model_folder(workspace: Workspace, moment: str) -> Path:
    """Where the model of a moment is."""
    return stays_folder(workspace) / f"model-{moment}"


def audit_workspace(workspace: Workspace) -> list[Audit]:
    """The audits of all moments; raises CheckFailedError on a hard leak."""
    spec = workspace_spec(workspace)
    stays = load_stays(stays_path(workspace), spec)
    reports = [audit(stays, spec, moment) for moment in spec.moments]
    write_json(stays_folder(workspace) / "audit.json", [report.as_dict() for report in reports])
    for report in reports:
        raise_on_leak(report)
    return reports


def train(workspace: Workspace, moments: Sequence[str], reporter: Reporter) -> list[LosModel]:
    """Fit and save the models; refuses to fit on leaking columns."""
    spec = workspace_spec(workspace)
    stays = load_stays(stays_path(workspace), spec)
    models = []
    for moment in moments or spec.moments:
        raise_on_leak(audit(stays, spec, moment))
        model = fit_model(stays, spec, moment, reporter=reporter)
        save_model(model, model_folder(workspace, moment))
        models.append(model)
    return models


def tested(workspace: Workspace, moment: str) -> tuple[LosModel, StayTable, StayTable, Prediction]:
    """A saved model, all stays, the tested ones and their prediction."""
    model = load_model(model_folder(workspace, moment))
    stays = load_stays(stays_path(workspace), model.spec)
    test = stays.where(TEST)
    return model, stays, test, model.predict(test)


def evaluate_workspace(workspace: Workspace, moment: str) -> dict[str, Any]:
    """Scores of a saved model on the tested year, and its card."""
    model, stays, test, predicted = tested(workspace, moment)
    known = stays.take(stays.part != TEST)
    scores = evaluate(predicted, test, model.spec, group=group_limits(known, model.spec))
    folder = stays_folder(workspace)
    write_json(folder / f"metrics-{moment}.json", scores)
    write_text(folder / f"card-{moment}.md", card(model, scores))
    return scores


def index_workspace(workspace: Workspace) -> HospitalIndex:
    """The hospital index of the tested year, the reference lengths and the profile grid.

    Candidate cells go to ``results/stays/candidates``: disclosure control decides.
    """
    model, _, test, predicted = tested(workspace, "discharge")
    index = hospital_index(
        test,
        predicted.mean,
        group=labels(test, "ghm_root"),
        severity_group=labels(test, "ghm"),
    )
    folder = stays_folder(workspace)
    write_json(folder / "hospital_index.json", index.as_dict())
    candidates = folder / "candidates"
    cells = [
        cell
        for dimensions in (("ghm_root",), ("ghm_root", "departement"), ("activity", "age_band"))
        for trim in (None, REFERENCE_TRIM)
        for cell in reference_cells(test, dimensions, trim=trim)
    ]
    write_json(candidates / "reference_dms.json", [asdict(cell) for cell in cells])
    floor = workspace.config.disclosure.persons
    grid = profile_grid(model, predicted, test, PROFILE, least=floor)
    write_json(candidates / "profiles.json", [asdict(cell) for cell in grid])
    return index


def for_prediction(model: LosModel) -> LosSpec:
    """The spec of rows to predict: the model's columns and no others, since what is known only
    at the end of a stay is not there yet; no split, no chaining, no trimming."""
    spec = model.spec
    read = {column.name for column in model.columns}
    return replace(
        spec,
        columns=tuple(item for item in spec.columns if item.name in read),
        target=replace(spec.target, expression="0", zero_day="keep"),
        population=Population(filter=spec.population.filter),
        trim=Trim(),
        ids=Ids(stay=spec.ids.stay),
        split=replace(spec.split, rule="none"),
    )


def predict_file(workspace: Workspace, moment: str, path: Path, out: Path) -> int:
    """Predict the stays of a file of the same form; returns the rows written."""
    model = load_model(model_folder(workspace, moment))
    stays = with_missing(load_stays(path, for_prediction(model)), model)
    predicted = model.predict(stays)
    columns: dict[str, Any] = {
        "stay_id": pa.array(stays.identifier or [""] * len(stays)),
        "expected": predicted.mean,
        **{f"q{level:g}": values for level, values in predicted.quantile.items()},
        "low": predicted.low,
        "high": predicted.high,
        "p_zero": predicted.zero,
        **{f"p_over_{days}": values for days, values in predicted.over.items()},
    }
    with replacing(out) as temporary:
        pq.write_table(pa.table(columns), temporary)
    return len(stays)


def simulate_hospital(
    workspace: Workspace, hospital: str, start: date | None, horizon: int
) -> Occupancy:
    """Beds over the next nights of one hospital, from the arrivals of the tested year.

    The arrivals are those recorded from ``start`` on (default: the middle of the year), with
    the patients already there that day; lengths are drawn, not read.
    """
    model, _, test, predicted = tested(workspace, "admission")
    if hospital not in test.hospital.levels:
        raise InputDataError(
            "no tested stay in that hospital", hint="give a FINESS number of the index"
        )
    first = start or _middle(test)
    origin = (first - date(1970, 1, 1)).days
    here = test.hospital.codes == test.hospital.levels.index(hospital)
    law = fit_exits(  # from other hospitals: these stays must not foretell themselves
        test.length[~here], predicted.mean[~here], test.died[~here], test.transferred[~here]
    )
    entry = test.entry
    coming = here & (entry >= origin) & (entry < origin + horizon)
    there = here & (entry < origin) & (entry + test.length > origin)
    rows = np.flatnonzero(coming | there)
    if not len(rows):
        raise InputDataError("no arrival in that window", hint="choose another --from")
    elapsed = np.maximum(origin - entry[rows], 0.0)
    return bed_days(
        law,
        (entry[rows] - origin).astype(np.int64),
        predicted.mean[rows],
        horizon=horizon,
        level=model.spec.model.interval,
        elapsed=elapsed,
        seed=model.spec.model.seed,
    )


def _middle(test: StayTable) -> date:
    return date(1970, 1, 1) + timedelta(days=int(np.nanmedian(test.entry)))


def profile_in_words(model: LosModel, stays: StayTable) -> list[dict[str, Any]]:
    """For each stay: expected length, interval, what weighs most, in French and English."""
    predicted = model.predict(stays)
    names, values = factors(model, stays)
    out = []
    for row in range(len(stays)):
        order = np.argsort(-np.abs(np.log(values[row])), kind="stable")[:3]
        out.append(
            {
                "expected": float(predicted.mean[row]),
                "median": float(predicted.quantile[0.5][row]),
                "low": float(predicted.low[row]),
                "high": float(predicted.high[row]),
                "zero": float(predicted.zero[row]),
                "over": {str(days): float(p[row]) for days, p in predicted.over.items()},
                "weighs": [in_words(model, names[i], float(values[row, i])) for i in order],
            }
        )
    return out


def profile_stays(model: LosModel, profile: dict[str, str]) -> StayTable:
    """A table of one invented stay: the given columns, everything else missing.

    Raises InputDataError where a name is no column of the model.
    """
    known = {column.name for column in model.columns}
    unknown = sorted(set(profile) - known)
    if unknown:
        raise InputDataError(
            f"not columns of the model: {', '.join(unknown)}",
            hint=f"one of {', '.join(sorted(known))}",
        )
    columns: dict[str, Floats | Labels] = {}
    for column in model.columns:
        value = profile.get(column.name, "")
        if column.kind in ("numeric", "date"):
            columns[column.name] = np.array([float(value) if value else np.nan])
        else:
            columns[column.name] = Labels.of([value])
    nothing = np.zeros(1, dtype=np.bool_)
    stays = StayTable(
        length=np.zeros(1),
        columns=columns,
        patient=np.zeros(1, dtype=np.int64),
        hospital=Labels.of([""]),
        category=Labels.of([""]),
        part=np.zeros(1, dtype=np.int64),
        died=nothing,
        transferred=nothing,
        entry=np.full(1, np.nan),
    )
    return with_missing(stays, model)


def with_missing(stays: StayTable, model: LosModel) -> StayTable:
    """The same stays with the groups whose margins differ, empty where they are not known yet."""
    nobody = Labels(np.full(len(stays), -1, dtype=np.int64), ())
    for column in model.spec.columns:
        if column.fairness and column.name not in stays.columns:
            stays = stays.with_column(column.name, nobody)
    return stays
