"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.sizes import IS_FULL, SIZES

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

settings.register_profile(
    "lab",
    max_examples=SIZES.hypothesis_examples,
    deadline=None,
    derandomize=not IS_FULL,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lab")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep Spark, the browser and the shared laboratory in one worker each: made once."""
    for item in items:
        for marker in ("spark", "browser"):
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.xdist_group(marker))
        if "chain" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("chain"))
        if item.get_closest_marker("soak") and not IS_FULL:
            item.add_marker(pytest.mark.skip(reason="full size: run `make soak`"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of third-party files; the test is skipped where it is absent."""
    if not SHARED_DATA.exists():
        pytest.skip("third-party files are not here: ../shared/data is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """One small Spark for the whole run: two cores, two shuffle partitions, no page, loopback."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java runtime: run `make setup-tests`")
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .appName("labsante-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
