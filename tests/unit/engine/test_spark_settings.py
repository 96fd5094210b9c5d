from __future__ import annotations

import pytest

from labsante.base.errors import ConfigurationError
from labsante.engine.spark_engine import _from_arrow, _java_size


@pytest.mark.parametrize(
    ("limit", "java"),
    [("4GB", "4096m"), ("1.5 GiB", "1536m"), ("2g", "2048m"), ("64MB", "512m"), ("1T", "1048576m")],
)
def test_a_memory_limit_as_java_writes_it(limit: str, java: str) -> None:
    assert _java_size(limit) == java


def test_a_memory_limit_that_is_no_size_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="is not a size"):
        _java_size("much")


@pytest.mark.parametrize(
    ("arrow", "contract"),
    [("int64", "BIGINT"), ("decimal128(18, 2)", "DECIMAL(18,2)"), ("date32[day]", "DATE")],
)
def test_types_of_a_file_in_the_words_of_a_contract(arrow: str, contract: str) -> None:
    assert _from_arrow(arrow) == contract
