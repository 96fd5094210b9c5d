"""A fitted model on disk: LightGBM texts and one JSON file. Nothing runs when it is read.

No pickle: unpickling executes what the file says. A model holds means by code learnt from
stays; it stays in the secure area and never enters a publication.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from labsante.base.errors import CheckFailedError, InputDataError
from labsante.base.files import read_json, sha256_file, write_json, write_text
from labsante.stays import boosting
from labsante.stays.conformal import Margins
from labsante.stays.encoding import Encoder
from labsante.stays.model import LosModel, Part
from labsante.stays.spec import document_of, spec_of

FORMAT = 1
MODEL_NAME = "model.json"


def save_model(model: LosModel, folder: Path) -> None:
    """Write ``model.json`` last, after the texts that it names with their SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_save_part(part, f"fold-{number}", folder) for number, part in enumerate(model.folds)]
    tail = _save_part(model.tail, "tail", folder)
    write_json(
        folder / MODEL_NAME,
        {
            "format": FORMAT,
            "spec": document_of(model.spec),
            "moment": model.moment,
            "columns": [column.name for column in model.columns],
            "factors": model.factors,
            "margins": asdict(model.margins),
            "longest": model.longest,
            "train_rows": model.train_rows,
            "folds": parts,
            "tail": tail,
        },
    )


def _save_part(part: Part, prefix: str, folder: Path) -> dict[str, Any]:
    names: dict[str, dict[str, str]] = {}
    for name, booster in part.boosters.items():
        file = folder / f"{prefix}-{name}.txt"
        write_text(file, boosting.to_text(booster))
        names[name] = {"file": file.name, "sha256": sha256_file(file)}
    return {"encoder": part.encoder.state, "boosters": names}


def load_model(folder: Path) -> LosModel:
    """Read a model; raises InputDataError where there is none, CheckFailedError where a text
    is not the one that was saved."""
    path = folder / MODEL_NAME
    if not path.exists():
        raise InputDataError("no model here", where=str(folder), hint="run: labsante stays train")
    value = read_json(path)
    spec = spec_of(value["spec"], str(path))
    columns = tuple(spec.column(name) for name in value["columns"])
    two_part = spec.target.zero_day == "two_part"

    def part(saved: dict[str, Any]) -> Part:
        boosters = {}
        for name, item in saved["boosters"].items():
            file = folder / item["file"]
            if not file.exists() or sha256_file(file) != item["sha256"]:
                raise CheckFailedError("a file of the model is missing or changed", where=str(file))
            boosters[name] = boosting.from_text(file.read_text("utf-8"))
        return Part(Encoder(columns, two_part, saved["encoder"]), boosters)

    margins = value["margins"]
    return LosModel(
        spec,
        value["moment"],
        columns,
        [part(item) for item in value["folds"]],
        part(value["tail"]),
        value["factors"],
        Margins(
            margins["coverage"],
            tuple(margins["edges"]),
            tuple(margins["cells"]),
            margins["groups"],
        ),
        value["longest"],
        value["train_rows"],
    )
