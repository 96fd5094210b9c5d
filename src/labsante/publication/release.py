"""Making a release: cells, candidate rows, one protection of all of them, results, passports."""

from __future__ import annotations

import getpass
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labsante.base.errors import CheckFailedError
from labsante.base.files import read_json
from labsante.base.manifest import Manifest, run_section
from labsante.base.progress import Reporter
from labsante.base.workspace import Workspace
from labsante.disclosure import Block, Policy, Protection
from labsante.disclosure.policy import MASK, METHOD, METHOD_VERSION
from labsante.disclosure.pool import protect_all
from labsante.indicators import (
    Indicator,
    candidate_rows,
    catalogue,
    definition_document,
    derive,
    read_cells,
    read_cells_manifest,
)
from labsante.publication.blocks import DENOMINATOR, blocks_of, row_cells
from labsante.publication.manifests import (
    PREPARED,
    PUBLISHED,
    content_sha256,
    current_version,
    read_manifest,
    version_names,
)
from labsante.publication.objects import ObjectStore, results_schema
from labsante.publication.origin import SYNTHETIC, lake_as_of, lake_origin
from labsante.publication.passports import passport, suppressed_share
from labsante.publication.versions import add_version, point_to, writing

SIGNIFICANT_DIGITS = 3


@dataclass(frozen=True)
class Part:
    """One indicator of a release before protection."""

    indicator: Indicator
    rows: pa.Table
    blocks: list[Block]
    cells: Manifest


@dataclass(frozen=True)
class Released:
    """What a publication run did: ``state`` is published, prepared or unchanged."""

    version: str
    state: str
    indicators: list[str]
    content_sha256: str
    suppressed: dict[str, dict[str, float]] = field(default_factory=dict)


def publish(
    workspace: Workspace,
    reporter: Reporter,
    *,
    account: str | None = None,
    processes: int | None = None,
) -> Released:
    """Protect and publish every indicator that has cells.

    A lake that holds only synthetic deliveries publishes at once; any other is prepared, and
    waits for :func:`labsante.publication.versions.approve`. The same content as the last version
    writes nothing. Raises CheckFailedError where there is nothing to publish, and the errors of
    :func:`labsante.disclosure.protect` where the release cannot be proved safe.
    """
    started = time.time()
    policy = Policy.of(workspace.config.disclosure)
    parts = collect_parts(workspace, reporter)
    if not parts:
        raise CheckFailedError(
            "there is nothing to publish",
            where=str(workspace.results / "cells"),
            why="no indicator has cells",
            hint="run: labsante indicators",
        )
    blocks = [block for part in parts for block in part.blocks]
    protections = protect_all(
        blocks,
        policy,
        processes=processes or workspace.config.engine.threads,
        cache=workspace.results / "disclosure",
        progress=lambda done, total: reporter.step("protect", done, total),
    )
    by_block = dict(zip((block.name for block in blocks), protections, strict=True))
    folder = workspace.publication
    author = account or getpass.getuser()
    with writing(folder):
        store = ObjectStore(folder)
        content = _content(workspace, store, parts, by_block, policy)
        digest = content_sha256({**content, "format": 1})
        names = version_names(folder)
        if names:
            last = read_manifest(folder, names[-1])
            shown = last["state"] == PREPARED or current_version(folder) == names[-1]
            if last["content_sha256"] == digest and shown:
                return Released(names[-1], "unchanged", sorted(content["indicators"]), digest)
        at_once = content["origin"] == SYNTHETIC
        state = PUBLISHED if at_once else PREPARED
        run = run_section(started, published_by=author, process=os.getpid())
        version = add_version(folder, content, run, state=state)
        if at_once:
            point_to(folder, version)
    shares = {
        name: store.json(entry["passport"])["disclosure"]["suppressed_share_by_level"]
        for name, entry in content["indicators"].items()
    }
    return Released(version, state, sorted(content["indicators"]), digest, shares)


def collect_parts(workspace: Workspace, reporter: Reporter) -> list[Part]:
    """Every indicator with cells: its candidate rows and its blocks, by identifier."""
    known = sorted(catalogue().values(), key=lambda indicator: indicator.id)
    parts = []
    for number, indicator in enumerate(known):
        cells, manifest = (
            read_cells(workspace, indicator),
            read_cells_manifest(workspace, indicator),
        )
        if cells is not None and manifest is not None and cells.num_rows:
            rows = candidate_rows(cells, indicator)
            parts.append(Part(indicator, rows, blocks_of(indicator, cells, rows), manifest))
        reporter.step("roll up", number + 1, len(known))
    return parts


def protected_results(part: Part, by_block: dict[str, Protection]) -> pa.Table:
    """The results of an indicator, from its rows and their protection. Nothing else is read."""
    rows = part.rows
    periods = np.array(rows["period"].to_pylist())
    denominator = np.zeros(rows.num_rows, dtype=bool)
    numerator = np.zeros(rows.num_rows, dtype=bool)
    for block in part.blocks:
        period = block.name.removeprefix(f"{part.indicator.id} ")
        where = np.flatnonzero(periods == period)
        index = row_cells(block.lattice, rows.take(pa.array(where)))
        protection = by_block[block.name]
        denominator[where] = protection.shown[DENOMINATOR].ravel()[index]
        above = protection.shown[block.measures[-1].name].ravel()[index]
        numerator[where] = above & denominator[where]
    for name, shown in (("denominator_status", denominator), ("numerator_status", numerator)):
        texts = np.where(shown, "published", "secret")
        rows = rows.append_column(name, pa.array(texts, pa.string()))
    return _tidy(derive(part.indicator, rows))


def _tidy(results: pa.Table) -> pa.Table:
    """The columns of the contract, in order and sorted; standardised values without proof go."""
    results = results.select(results_schema().names).cast(results_schema())
    size = results.num_rows
    status = np.array(results["standardised_status"].to_pylist(), dtype=object)
    status[status == "published"] = "secret"
    for name in ("standardised", "standardised_low95", "standardised_high95"):
        place = results.schema.get_field_index(name)
        results = results.set_column(place, name, pa.nulls(size, pa.float64()))
    place = results.schema.get_field_index("standardised_status")
    results = results.set_column(place, "standardised_status", pa.array(status, pa.string()))
    order = [(name, "ascending") for name in ("period", "territory", "sex", "age")]
    return results.sort_by(order)


def _content(
    workspace: Workspace,
    store: ObjectStore,
    parts: list[Part],
    by_block: dict[str, Protection],
    policy: Policy,
) -> dict[str, Any]:
    quality = _quality(workspace.results / "quality" / "report.json")
    as_of = lake_as_of(workspace)
    entries, shares = {}, {}
    for part in parts:
        name = part.indicator.id
        results = protected_results(part, by_block)
        definition = definition_document(part.indicator)
        shares[name] = suppressed_share(results)
        entries[name] = {
            "results": store.put_table(results),
            "definition": store.put_json(definition),
            "passport": store.put_json(
                passport(
                    name,
                    definition,
                    part.cells,
                    results,
                    as_of=as_of,
                    quality=quality,
                    policy=policy,
                )
            ),
        }
    summary = {
        "method": METHOD,
        "method_version": METHOD_VERSION,
        "threshold": policy.persons,
        "rules": policy.as_dict(),
        "mask": MASK,
        "suppressed_share_by_level": shares,
    }
    return {
        "origin": lake_origin(workspace),
        "audience": workspace.config.site.audience,
        "as_of": as_of,
        "rules": policy.as_dict(),
        "indicators": entries,
        "quality": store.put_json(quality) if quality else None,
        "disclosure": store.put_json(summary),
    }


def _quality(path: Path) -> dict[str, Any]:
    """The content of the quality report; empty where no check has run."""
    return read_json(path).get("content", {}) if path.exists() else {}
