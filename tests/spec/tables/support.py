"""Tables as text in, tables as text out, on an engine of the project.

A text table has a header and one row a line, cells between bars; an empty cell is NULL. Columns
that a rule does not speak of are left out of the text and are NULL.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labsante.engine import Engine, parse, render
from labsante.engine.function_table import Dialect
from labsante.tables import model
from labsante.tables.recipe import code_lists, schema_of

Parameters = dict[str, Any]
YEAR_2022: Parameters = {
    "year": 2022,
    "year_start": date(2022, 1, 1),
    "year_end": date(2022, 12, 31),
}
MARCH_2022: Parameters = {"month_start": date(2022, 3, 1), "month_end": date(2022, 3, 31)}


def read_text_table(text: str) -> list[dict[str, str | None]]:
    """Rows of a text table; empty cells are None."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    header = cells[0]
    assert all(len(row) == len(header) for row in cells), f"ragged table:\n{text}"
    return [
        {name: value or None for name, value in zip(header, row, strict=True)} for row in cells[1:]
    ]


def run(
    engine: Engine,
    folder: Path,
    name: str,
    inputs: dict[str, str],
    parameters: Parameters | None = None,
) -> list[dict[str, Any]]:
    """The rows of a table computed from text tables; relations left out are empty."""
    found = model(name)
    for relation in found.query.inputs:
        schema = schema_of(relation)
        files = []
        if relation in inputs:
            files = [_write(folder / f"{relation}.parquet", inputs[relation], schema, relation)]
        engine.bind(relation, files, schema)
    dialect: Dialect = "spark" if engine.name == "spark" else "duckdb"
    given = {key: (parameters or {})[key] for key in found.query.parameters}
    sql = render(found.query, dialect, parameters=given, code_lists=code_lists())
    path = folder / "out.parquet"
    engine.write(sql, found.contract.schema, found.contract.order, path)
    return pq.read_table(path).to_pylist()


def _write(path: Path, text: str, schema: list[tuple[str, str]], relation: str) -> Path:
    rows = read_text_table(text)
    known = {name for name, _ in schema}
    for row in rows:
        assert set(row) <= known, f"{relation} has no column {set(row) - known}"
    pq.write_table(to_arrow(rows, schema), path)
    return path


def to_arrow(rows: list[dict[str, str | None]], schema: list[tuple[str, str]]) -> pa.Table:
    """Rows of text as an Arrow table of a schema; absent columns are NULL."""
    columns = {name: [_value(row.get(name), kind) for row in rows] for name, kind in schema}
    types = pa.schema([(name, _arrow(kind)) for name, kind in schema])
    return pa.table(columns, schema=types)


def _arrow(kind: str) -> pa.DataType:
    if kind.startswith("DECIMAL"):
        precision, scale = kind.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}[kind]


def _value(text: str | None, kind: str) -> Any:
    if text is None:
        return None
    if kind == "BIGINT":
        return int(text)
    if kind == "DATE":
        return date.fromisoformat(text)
    if kind.startswith("DECIMAL"):
        from decimal import Decimal

        scale = int(kind.removesuffix(")").split(",")[1])
        return Decimal(text).quantize(Decimal(1).scaleb(-scale))
    return text


def show(rows: list[dict[str, Any]], *columns: str) -> list[str]:
    """The chosen columns of each row as ``a | b | c``, sorted; NULL is an empty cell."""
    return sorted(
        " | ".join("" if row[column] is None else str(row[column]) for column in columns).strip()
        for row in rows
    )


def hash60(engine: Engine, text: str) -> int:
    """The owned hash of a text, as the engine computes it."""
    dialect: Dialect = "spark" if engine.name == "spark" else "duckdb"
    query = parse(f"SELECT hash60('{text}') AS h", "test")
    return int(engine.fetch(render(query, dialect)).to_pylist()[0]["h"])
