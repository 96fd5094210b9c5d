"""Both engines for every specification of a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labsante.base.workspace import EngineSettings
from labsante.engine import Engine, open_engine


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """DuckDB, then Spark on the session that the whole run shares."""
    if request.param == "spark":
        request.getfixturevalue("spark_session")
    settings = EngineSettings(name=request.param, memory_limit="1GB", threads=1)
    with open_engine(settings, tmp_path / "spill") as running:
        yield running
