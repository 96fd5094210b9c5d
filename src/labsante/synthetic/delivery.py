"""The whole delivery: buckets drawn side by side, written in order, put in place at once."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.base.errors import ConfigurationError
from labsante.base.files import (
    fsync_folder,
    read_json,
    sha256_file,
    sweep_temporary,
    temporary_name,
    write_json,
)
from labsante.base.progress import Reporter, Silent
from labsante.synthetic.bucket import BucketResult, draw_bucket
from labsante.synthetic.calibration import Comparison, compare
from labsante.synthetic.dictionary import truth_dictionary
from labsante.synthetic.hospital import LENGTH_FACTORS
from labsante.synthetic.layout import hospital_path, referential_path
from labsante.synthetic.medicines import medicine_table
from labsante.synthetic.prevention import prevention_effects
from labsante.synthetic.referentials import (
    establishment_table,
    professional_table,
    sender_table,
    true_professionals,
)
from labsante.synthetic.settings import Settings
from labsante.synthetic.truth import Truth, cells_table, treated_persons
from labsante.synthetic.world import World, draw_world
from labsante.synthetic.writing import DeliveryWriter, Format

DELIVERY = "delivery.json"


@dataclass(frozen=True)
class Summary:
    """What was written."""

    persons: int
    lines: int
    files: int
    bytes: int
    expected_cells: int
    calibration: list[Comparison]


def synthesize(
    settings: Settings,
    raw: Path,
    truth: Path,
    *,
    file_format: Format = "parquet",
    threads: int = 2,
    reporter: Reporter | None = None,
) -> Summary:
    """Write ``raw`` and ``truth``, replacing what an earlier run left there.

    Raises ConfigurationError where ``raw`` holds something that this room did not write, and
    ResourceError when the disk is full; the old folders then stay as they were.
    """
    _refuse_foreign(raw)
    report = reporter or Silent()
    for folder in {raw.parent, truth.parent}:
        folder.mkdir(parents=True, exist_ok=True)
        sweep_temporary(folder)
    new_raw, new_truth = temporary_name(raw), temporary_name(truth)
    try:
        for folder in (new_raw, new_truth):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        summary = _write(settings, new_raw, new_truth, file_format, threads, report)
        _replace(raw, new_raw)
        _replace(truth, new_truth)
    finally:
        for folder in (new_raw, new_truth):
            shutil.rmtree(folder, ignore_errors=True)
    return summary


def _refuse_foreign(raw: Path) -> None:
    if not raw.exists() or not any(raw.iterdir()):
        return
    marker = raw / DELIVERY
    origin = read_json(marker).get("origin") if marker.exists() else None
    if origin != "synthetic":
        raise ConfigurationError(
            "this folder holds files that were not synthesized here",
            where=str(raw),
            why=f"its {DELIVERY} is missing or does not say that it is synthetic",
            hint="use another workspace, or move these files away",
        )


def _replace(target: Path, new: Path) -> None:
    old = target.with_name(f"{new.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    fsync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write(
    settings: Settings,
    raw: Path,
    truth_folder: Path,
    file_format: Format,
    threads: int,
    report: Reporter,
) -> Summary:
    world = draw_world(settings)
    truth = Truth()
    with (
        DeliveryWriter(raw, file_format) as files,
        DeliveryWriter(truth_folder, "parquet") as truth_files,
    ):
        files.write(referential_path("IR_PHA_R"), "IR_PHA_R", medicine_table())
        files.write(referential_path("DA_PRA_R"), "DA_PRA_R", professional_table(settings, world))
        files.write(referential_path("BE_IDE_R"), "BE_IDE_R", establishment_table(world))
        for year in settings.years:
            senders = sender_table(world, year)
            files.write(hospital_path("T_MCOaaE", year), "T_MCOaaE", senders)
        for done, result in enumerate(_buckets(settings, world, threads), start=1):
            for block in result.blocks:
                files.write(block.path, block.table_name, block.rows)
            for block in result.truth_blocks:
                truth_files.write(block.path, block.table_name, block.rows)
            truth.add(result.truth)
            report.step("synthesize", done, settings.buckets)
    comparisons = compare(truth.figures, treated_persons(truth))
    _write_truth(settings, world, truth, comparisons, truth_folder, file_format)
    entries = [_entry(raw, name, rows) for name, rows in sorted(files.rows.items())]
    write_json(
        raw / DELIVERY,
        {
            "format": 1,
            "origin": "synthetic",
            "generation": f"synthetic-{settings.seed}",
            "files": entries,
        },
    )
    cells = pq.read_metadata(truth_folder / "expected_cells.parquet").num_rows
    return Summary(
        persons=settings.persons,
        lines=sum(rows for name, rows in files.rows.items() if "ER_PRS_F" in name),
        files=len(entries),
        bytes=sum(entry["bytes"] for entry in entries),
        expected_cells=cells,
        calibration=comparisons,
    )


def _entry(raw: Path, name: str, rows: int) -> dict[str, Any]:
    path = raw / name
    return {
        "path": name,
        "sha256": sha256_file(path),
        "bytes": path.stat().st_size,
        "rows": rows,
    }


def _buckets(settings: Settings, world: World, threads: int) -> Iterator[BucketResult]:
    """Every bucket in order; at most ``threads`` + 1 are in memory at once."""
    if threads <= 1:
        for bucket in range(settings.buckets):
            yield draw_bucket(settings, world, bucket)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[BucketResult]] = deque()
        for bucket in range(settings.buckets):
            waiting.append(pool.submit(draw_bucket, settings, world, bucket))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write_truth(
    settings: Settings,
    world: World,
    truth: Truth,
    comparisons: list[Comparison],
    folder: Path,
    file_format: Format,
) -> None:
    pq.write_table(true_professionals(world), folder / "professionals.parquet")
    pq.write_table(cells_table(settings, truth.cells), folder / "expected_cells.parquet")
    counted = sorted(truth.traps.items())
    pq.write_table(
        pa.table(
            {
                "trap": [trap for (trap, _), _ in counted],
                "file": [f"{path}.{file_format}" for (_, path), _ in counted],
                "rows": pa.array([rows for _, rows in counted], pa.int64()),
            }
        ),
        folder / "traps.parquet",
    )
    write_json(
        folder / "effects.json",
        {
            **world.effects(settings),
            "length_of_stay_factors": LENGTH_FACTORS,
            "prevention": prevention_effects(),
        },
    )
    write_json(
        folder / "calibration.json",
        [
            {**asdict(row), "generated": round(row.generated, 4), "meets": row.meets}
            for row in comparisons
        ],
    )
    write_json(folder / "dictionary.json", truth_dictionary())
