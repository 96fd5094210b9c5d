"""SAS files: numbers counted from 1960, empty texts and missing numbers are NULL.

pyreadstat reads SAS7bdat and does not write it: a stand-in gives what it would give.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from labsante.base.workspace import init_workspace
from labsante.lake import receive, sas

COLUMNS: dict[str, list[Any]] = {
    "ETA_NUM": ["350000741", "350000741"],
    "RSA_NUM": ["0000000001", "0000000002"],
    "NIR_ANO_17": ["P1", ""],
    "EXE_SOI_DTD": [22285.0, float("nan")],
    "EXE_SOI_DTF": [1925510400.0, float("nan")],
}


class Reader:
    """What the lake asks of pyreadstat."""

    @staticmethod
    def read_sas7bdat(path: str, **options: Any) -> tuple[dict[str, list[Any]], Any]:
        types = {
            name: "string" if isinstance(v[0], str) else "double" for name, v in COLUMNS.items()
        }
        meta = SimpleNamespace(column_names=list(COLUMNS), readstat_variable_types=types)
        if options.get("metadataonly"):
            return {}, meta
        start = options["row_offset"]
        return {
            name: values[start : start + options["row_limit"]] for name, values in COLUMNS.items()
        }, meta


def test_a_sas_file_is_received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sas, "_pyreadstat", lambda file: Reader)
    monkeypatch.setattr(sas, "_CHUNK_ROWS", 1)
    (tmp_path / "T_MCO21C.sas7bdat").write_bytes(b"stand-in")
    workspace = init_workspace(tmp_path / "lab")
    reception = receive(workspace, tmp_path / "T_MCO21C.sas7bdat")
    assert reception.files[0].rows_written == 2
    rows = duckdb.execute(
        "SELECT RSA_NUM, NIR_ANO_17, CAST(EXE_SOI_DTD AS VARCHAR), CAST(EXE_SOI_DTF AS VARCHAR), "
        f"DATA_YEAR FROM read_parquet('{workspace.lake}/T_MCOaaC/2021/*.parquet') ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("0000000001", "P1", "2021-01-05", "2021-01-06", 2021),
        ("0000000002", None, None, None, 2021),
    ]
