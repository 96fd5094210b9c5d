"""Cells on disk: ``results/cells/INDICATOR/PERIOD_KIND/``, computed only where stale."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.base.errors import CheckFailedError, DefinitionError, UsageError
from labsante.base.files import replacing, sha256_file, sha256_json, sweep_temporary
from labsante.base.manifest import FORMAT_VERSION, Manifest, run_section
from labsante.base.progress import Reporter
from labsante.base.workspace import Workspace
from labsante.conditions import code_lists
from labsante.engine import open_engine, parse
from labsante.indicators.cells import CellsComputer, rendered
from labsante.indicators.cells_format import CELLS_SCHEMA
from labsante.indicators.form import Indicator
from labsante.indicators.guards import notes_of
from labsante.indicators.queries import cells_queries, tables_of
from labsante.indicators.sources import Input, Source, WorkspaceSource

CELLS_NAME = "cells.parquet"
#: Grows when the same definition on the same tables would give other cells or other bytes.
CELLS_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one indicator: ``computed``, ``fresh``, ``unavailable``, ``waiting``."""

    id: str
    state: str
    rows: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()


def cells_folder(workspace: Workspace, indicator: Indicator) -> Path:
    """The folder of an indicator's cells."""
    kind = indicator.period.replace(" ", "_")
    return workspace.results / "cells" / indicator.id / kind


def read_cells(workspace: Workspace, indicator: Indicator) -> pa.Table | None:
    """The cells of an indicator, or None where they are not computed."""
    folder = cells_folder(workspace, indicator)
    if Manifest.read(folder) is None:
        return None
    return pq.read_table(folder / CELLS_NAME, schema=CELLS_SCHEMA)


def read_cells_manifest(workspace: Workspace, indicator: Indicator) -> Manifest | None:
    """The manifest beside the cells, or None where they are not computed."""
    return Manifest.read(cells_folder(workspace, indicator))


def chosen(ids: Sequence[str], known: Mapping[str, Indicator]) -> list[Indicator]:
    """The indicators of these ids, all of them for none; raises UsageError on an unknown id."""
    from difflib import get_close_matches

    for name in ids:
        if name not in known:
            near = get_close_matches(name.upper(), list(known), 1)
            raise UsageError(
                f"unknown indicator {name}",
                hint=f"did you mean {near[0]}?" if near else "run: labsante indicator list",
            )
    return [known[name] for name in (ids or sorted(known))]


def compute_cells(
    workspace: Workspace,
    indicators: Sequence[Indicator],
    known: Mapping[str, Indicator],
    reporter: Reporter,
) -> list[Outcome]:
    """Compute the cells of indicators whose definition or tables changed.

    An indicator that stands on a table that is not built waits for it; one that the data cannot
    say is ``unavailable``. Raises CheckFailedError where ``person_year`` is not built.
    """
    source = WorkspaceSource(workspace)
    if not source.has("person_year"):
        raise CheckFailedError(
            "the table person_year is not built",
            where=str(workspace.tables),
            hint="run: labsante build",
        )
    sweep_temporary(workspace.results)
    outcomes: dict[str, Outcome] = {}
    stale: dict[str, tuple[Indicator, dict[str, Any]]] = {}
    for indicator in indicators:
        waiting = _not_ready(indicator, known, source)
        if waiting is not None:
            outcomes[indicator.id] = waiting
            continue
        planned = plan(indicator, known, source, workspace)
        found = read_cells_manifest(workspace, indicator)
        if found is not None and _same(found.content, planned):
            rows = int(found.content["rows"])
            outcomes[indicator.id] = Outcome(indicator.id, "fresh", rows, notes=_notes(found))
        else:
            stale[indicator.id] = (indicator, planned)
    total = len(stale)
    if total:
        started = time.time()
        temporary = workspace.temporary / "indicators"
        reporter.step("indicators", 0, total)
        with open_engine(workspace.config.engine, workspace.temporary) as engine:
            computer = CellsComputer(engine, source, temporary, known)

            def done(indicator: Indicator, cells: pa.Table) -> None:
                nonlocal started
                planned = stale[indicator.id][1]
                notes = notes_of(indicator, cells)
                _write(workspace, indicator, cells, {**planned, "notes": list(notes)}, started)
                started = time.time()
                outcomes[indicator.id] = Outcome(
                    indicator.id, "computed", cells.num_rows, notes=notes
                )
                reporter.step("indicators", sum(i in outcomes for i in stale), total)

            computer.compute([indicator for indicator, _ in stale.values()], done)
    return [outcomes[indicator.id] for indicator in indicators]


def _not_ready(
    indicator: Indicator, known: Mapping[str, Indicator], source: Source
) -> Outcome | None:
    if indicator.unavailable is not None:
        return Outcome(indicator.id, "unavailable", reason=indicator.unavailable.fr)
    missing = sorted(t for t in tables_of(indicator, known) if not source.has(t))
    if missing:
        return Outcome(indicator.id, "waiting", reason=f"not built: {', '.join(missing)}")
    return None


def plan(
    indicator: Indicator, known: Mapping[str, Indicator], source: Source, workspace: Workspace
) -> dict[str, Any]:
    """The part of a manifest that is known before the work: recipe, inputs, code lists."""
    inputs = [
        item for table in sorted(tables_of(indicator, known)) for item in source.inputs(table)
    ]
    texts = [(title, text) for title, text in cells_queries(indicator, known)]
    used = sorted({name for _, text in texts for name in parse(text, indicator.id).code_lists})
    lists = code_lists()
    engine = workspace.config.engine.name
    recipe = sha256_json(
        {
            "format": CELLS_FORMAT,
            "engine": [engine, _engine_version(engine)],
            "sql": [rendered(text, f"{indicator.id}: {title}", engine) for title, text in texts],
            "period": indicator.period,
            "type": indicator.type,
        }
    )
    return {
        "format": FORMAT_VERSION,
        "name": indicator.id,
        "partition": indicator.period,
        "schema": [[field.name, str(field.type)] for field in CELLS_SCHEMA],
        "recipe": recipe,
        "inputs": [_input(item) for item in inputs],
        "tables": _recipes(inputs),
        "code_lists": [
            {"name": name, "hash": lists[name].digest, "version": lists[name].version}
            for name in used
            if name in lists
        ],
        "engine": f"{engine} {_engine_version(engine)}",
        "definition": sha256_json(indicator.toml),
        "additive_over": list(indicator.additive_over),
        "origin": "synthetic" if all(i.origin == "synthetic" for i in inputs) else "real",
    }


def _same(content: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    return all(content.get(key) == planned[key] for key in ("recipe", "inputs", "format"))


def _input(item: Input) -> dict[str, str]:
    return {"table": item.table, "partition": item.partition, "digest": item.digest}


def _recipes(inputs: Iterable[Input]) -> list[dict[str, str]]:
    pairs = sorted({(item.table, item.recipe) for item in inputs})
    return [{"name": table, "recipe": recipe} for table, recipe in pairs]


def _notes(manifest: Manifest) -> tuple[str, ...]:
    return tuple(manifest.content.get("notes", ()))


def _engine_version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version({"spark": "pyspark"}.get(name, name))
    except PackageNotFoundError:
        raise DefinitionError(f"the engine {name} is not installed") from None


def _write(
    workspace: Workspace,
    indicator: Indicator,
    cells: pa.Table,
    planned: dict[str, Any],
    started: float,
) -> None:
    folder = cells_folder(workspace, indicator)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CELLS_NAME
    with replacing(path) as temporary:
        pq.write_table(cells, temporary, compression="zstd", version="2.6", store_schema=False)
    content = {
        **planned,
        "rows": cells.num_rows,
        "files": [
            {
                "name": CELLS_NAME,
                "sha256": sha256_file(path),
                "bytes": path.stat().st_size,
                "rows": cells.num_rows,
            }
        ],
    }
    Manifest(content, run_section(started)).write(folder)
    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            shutil.rmtree(other)  # cells of a period kind that the definition has left
