"""The test patients of definitions, counted by every engine: the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labsante.base.workspace import EngineSettings
from labsante.indicators import catalogue
from labsante.indicators.trials import run_tests

WITH_PATIENTS = ["PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS"]


@pytest.mark.parametrize("name", WITH_PATIENTS)
def test_on_duckdb(name: str) -> None:
    results = run_tests(catalogue()[name], catalogue(), EngineSettings())
    assert results and all(result.passed for result in results)


@pytest.mark.spark
@pytest.mark.parametrize("name", WITH_PATIENTS)
def test_on_spark(name: str, spark_session: Any, tmp_path: Path) -> None:
    results = run_tests(catalogue()[name], catalogue(), EngineSettings(name="spark"))
    assert results and all(result.passed for result in results)
