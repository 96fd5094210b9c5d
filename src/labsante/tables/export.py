"""Taking a whole table out to one file, for another program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from labsante.base.errors import InputDataError, UsageError
from labsante.base.files import replacing
from labsante.base.workspace import Workspace
from labsante.engine import open_engine
from labsante.tables.catalogue import model
from labsante.tables.contract import Contract
from labsante.tables.partitions import EMPTY, built_partitions

_FORMATS = {".csv": "FORMAT csv, HEADER, DELIMITER ','", ".parquet": "FORMAT parquet"}


def export_table(workspace: Workspace, name: str, out: Path) -> int:
    """Write every partition of a table as one CSV or Parquet file; returns the rows.

    64-bit identifiers go out as text: R, SAS and spreadsheets would round them. Raises
    UsageError for another ending, InputDataError where the table is not built.
    """
    contract = model(name).contract
    options = _FORMATS.get(out.suffix.lower())
    if options is None:
        raise UsageError(
            f"{out.suffix or 'no ending'} is not a format of `table`",
            hint="write --out FILE.csv or --out FILE.parquet",
        )
    partitions = built_partitions(workspace, name)
    if not partitions:
        raise InputDataError(
            f"the table {name} is not built yet",
            where=str(workspace.tables / name),
            hint=f"run: labsante --workspace {workspace.root} build {name}",
        )
    ids = identifiers(contract)
    if out.suffix.lower() == ".csv" and ids:
        options += f", FORCE_QUOTE ({', '.join(_quoted(column) for column in ids)})"
    selected = ", ".join(
        f"CAST({_quoted(column)} AS VARCHAR) AS {_quoted(column)}"
        if column in ids
        else _quoted(column)
        for column, _ in contract.schema
    )
    files = [file for p in partitions if p.name != EMPTY for file in p.files]
    settings = replace(workspace.config.engine, name="duckdb")
    order = ", ".join(f"t.{_quoted(column)}" for column in contract.order)
    # A file of a person's own choice: DuckDB writes it whatever engine built the table.
    with open_engine(settings, workspace.temporary) as engine:
        engine.bind("exported", files, contract.schema)
        with replacing(out.absolute()) as temporary:
            path = str(temporary).replace("'", "''")
            engine.execute(
                f"COPY (SELECT {selected} FROM exported AS t ORDER BY {order}) "
                f"TO '{path}' ({options})"
            )
    return sum(partition.rows for partition in partitions)


def identifiers(contract: Contract) -> list[str]:
    """The 64-bit identifiers of a table: hashes, larger than a double can hold."""
    return [c.name for c in contract.columns if c.type == "BIGINT" and c.name.endswith("_id")]


def _quoted(name: str) -> str:
    return f'"{name}"'
