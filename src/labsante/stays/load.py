"""From a file of stays and its spec to a :class:`StayTable`: read, select, chain, trim, split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.errors import DefinitionError, InputDataError
from labsante.stays.chain import chain_transfers
from labsante.stays.spec import LosSpec
from labsante.stays.split import split_rows
from labsante.stays.table import Floats, Labels, StayTable, Values


def load_stays(paths: Path | Sequence[Path], spec: LosSpec) -> StayTable:
    """Read one Parquet or CSV file, or several of the same form.

    Raises InputDataError where a file or a column is missing, DefinitionError where an
    expression of the spec cannot be read.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    for file in files:
        if not file.exists():
            raise InputDataError("there is no such file of stays", where=str(file))
    table, flow = _read(files, spec)
    stays = _stays(table, spec, flow)
    if spec.population.transfer == "chain":
        stays = chain_transfers(stays, stays.entry, _floats(table, "__exit"))
    stays = _populate(stays, spec)
    stays = _trim(stays, spec)
    words = stays.columns.get("__part")
    parts = split_rows(stays, spec, words if isinstance(words, Labels) else None)
    kept = replace(stays, part=parts).take(parts >= 0)
    return replace(kept, columns={k: v for k, v in kept.columns.items() if k != "__part"})


def _read(files: list[Path], spec: LosSpec) -> tuple[pa.Table, list[tuple[str, int]]]:
    source = _source(files)
    chosen = [_chosen("__length", spec.target.expression or _quoted(spec.target.column), "DOUBLE")]
    for alias, name in (
        ("__stay", spec.ids.stay),
        ("__patient", spec.ids.patient),
        ("__hospital", spec.ids.hospital),
        ("__category", spec.ids.category),
        ("__part", spec.split.column if spec.split.rule == "column" else ""),
    ):
        if name:
            chosen.append(_chosen(alias, _quoted(name), "VARCHAR"))
    for alias, name in (("__entry", spec.ids.entry_date), ("__exit", spec.ids.exit_date)):
        if name:
            chosen.append(f"date_diff('day', DATE '1970-01-01', {_date(name)}) AS {alias}")
    for alias, condition in (
        ("__died", spec.population.died),
        ("__moved", spec.population.transferred),
    ):
        if condition:
            chosen.append(f"coalesce(({condition}), false) AS {alias}")
    for column in spec.columns:
        expression = column.expression or _quoted(column.name)
        if column.kind == "date":
            expression = f"date_diff('day', DATE '1970-01-01', CAST({expression} AS DATE))"
        kind = "DOUBLE" if column.kind in ("numeric", "date") else "VARCHAR"
        chosen.append(_chosen(column.name, expression, kind))
    where = f"WHERE coalesce(({spec.population.filter}), false)" if spec.population.filter else ""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    try:
        total = _count(connection, f"SELECT count(*) FROM {source}")
        table = connection.sql(f"SELECT {', '.join(chosen)} FROM {source} {where}").to_arrow_table()
    except duckdb.BinderException as error:
        raise DefinitionError(
            "the spec names what the file does not hold",
            where=str(files[0]),
            why=str(error).split("\n", 1)[0],
            hint="compare the names of the spec with the columns of the file",
        ) from None
    except duckdb.Error as error:
        raise InputDataError(
            "the stays cannot be read", where=str(files[0]), why=type(error).__name__
        ) from None
    finally:
        connection.close()
    flow = [("rows of the file", total)]
    if spec.population.filter:
        flow.append(("in the population", table.num_rows))
    return table, flow


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _source(files: list[Path]) -> str:
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    reader = "read_parquet" if files[0].suffix == ".parquet" else "read_csv_auto"
    return f"{reader}([{names}])"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _date(name: str) -> str:
    """A date column, whether it is typed or written YYYYMMDD."""
    text = f"CAST({_quoted(name)} AS VARCHAR)"
    return f"coalesce(TRY_CAST({text} AS DATE), CAST(try_strptime({text}, '%Y%m%d') AS DATE))"


def _chosen(alias: str, expression: str, kind: str) -> str:
    return f"CAST({expression} AS {kind}) AS {_quoted(alias)}"


def _stays(table: pa.Table, spec: LosSpec, flow: list[tuple[str, int]]) -> StayTable:
    length = _floats(table, "__length")
    bad = int((~np.isfinite(length) | (length < 0)).sum())
    if bad:
        raise InputDataError(
            f"{bad} stays have no length or a negative one",
            where=spec.name,
            why="the target is a number of nights or days, zero or more",
            hint="leave them out in population.filter",
        )
    rows = table.num_rows
    if not rows:
        raise InputDataError("no stay is left", where=spec.name, hint="read population.filter")
    columns: dict[str, Values] = {}
    for column in spec.columns:
        numeric = column.kind in ("numeric", "date")
        columns[column.name] = (
            _floats(table, column.name) if numeric else _labels(table, column.name)
        )
    if "__part" in table.column_names:
        columns["__part"] = _labels(table, "__part")
    patient = (
        _labels(table, "__patient").codes if spec.ids.patient else np.arange(rows, dtype=np.int64)
    )
    if (patient < 0).any():  # an empty identifier is a patient of one stay
        patient = np.where(patient < 0, patient.max() + 1 + np.arange(rows), patient)
    nobody = Labels(np.full(rows, -1, dtype=np.int64), ())
    names = table.column_names
    return StayTable(
        length=length,
        columns=columns,
        patient=patient,
        hospital=_labels(table, "__hospital") if "__hospital" in names else nobody,
        category=_labels(table, "__category") if "__category" in names else nobody,
        part=np.zeros(rows, dtype=np.int64),
        died=_flags(table, "__died"),
        transferred=_flags(table, "__moved"),
        entry=_floats(table, "__entry") if "__entry" in names else np.full(rows, np.nan),
        identifier=(
            tuple("" if value is None else value for value in table["__stay"].to_pylist())
            if spec.ids.stay
            else None
        ),
        flow=tuple(flow),
    )


def _floats(table: pa.Table, name: str) -> Floats:
    values = table[name].combine_chunks().to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _flags(table: pa.Table, name: str) -> Any:
    if name not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.bool_)
    return table[name].combine_chunks().to_numpy(zero_copy_only=False).astype(np.bool_)


def _labels(table: pa.Table, name: str) -> Labels:
    trimmed = pc.utf8_trim_whitespace(table[name])
    filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    coded = filled.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    levels = coded.dictionary.to_pylist()
    order = sorted(range(len(levels)), key=lambda position: levels[position])
    rank = np.empty(len(levels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(levels))
    rank[-1] = -1
    raw = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(rank[raw], tuple(levels[position] for position in order))


def _populate(stays: StayTable, spec: LosSpec) -> StayTable:
    if spec.population.death == "alive_only":
        stays = _counted(stays.take(~stays.died), "left alive")
    if spec.target.zero_day == "drop":
        stays = _counted(stays.take(stays.length > 0), "at least one night")
    return stays


def _trim(stays: StayTable, spec: LosSpec) -> StayTable:
    keep = np.ones(len(stays), dtype=np.bool_)
    if spec.trim.method == "maximum":
        keep = stays.length <= spec.trim.days
    elif spec.trim.method == "ratio":
        group = stays.columns[spec.trim.group]
        assert isinstance(group, Labels)
        keep = within_ratio(stays.length, group, spec.trim.factor)
    else:
        return stays
    return _counted(stays.take(keep), "within the trim bounds")


def within_ratio(length: Floats, group: Labels, factor: float) -> Any:
    """Whether each length is within its group's mean divided and multiplied by ``factor``."""
    codes = group.codes + 1
    size = len(group.levels) + 1
    count = np.maximum(np.bincount(codes, minlength=size), 1)
    mean = np.bincount(codes, weights=length, minlength=size) / count
    return (length <= mean[codes] * factor) & (length >= mean[codes] / factor)


def _counted(stays: StayTable, step: str) -> StayTable:
    return replace(stays, flow=(*stays.flow, (step, len(stays))))
