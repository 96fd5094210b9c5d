from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsante.base.errors import DefinitionError
from labsante.base.workspace import EngineSettings
from labsante.engine import CodeList, code_list_digest, open_engine
from labsante.engine.code_lists import condition

Ask = Callable[[str], list[Any]]
CODES = st.text("E0159", min_size=1, max_size=4)
ENTRIES = st.one_of(CODES, CODES.map(lambda code: f"={code}"))


def test_prefixes_are_grouped_by_length_and_the_covered_dropped() -> None:
    codes = CodeList("d", ("E10", "E109", "E11", "=O24", "=E101"), ("E115",))
    assert condition(codes, "c") == (
        "((c IN ('O24') OR SUBSTR(c, 1, 3) IN ('E10', 'E11')) "
        "AND NOT (SUBSTR(c, 1, 4) IN ('E115')))"
    )


def test_a_thousand_prefixes_of_a_length_are_one_list() -> None:
    text = condition(CodeList("many", tuple(f"A{n:03}" for n in range(1000))), "c")
    assert text.count(" IN ") == 1
    assert "LIKE" not in text


@pytest.mark.parametrize("bad", ["", "=", " E10", "E'10", "E\\10"])
def test_a_code_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(DefinitionError, match="is not a code"):
        CodeList("l", ("E10", bad))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(DefinitionError, match="empty"):
        CodeList("l", ())


def test_the_digest_ignores_the_order() -> None:
    one, two = CodeList("a", ("E10", "E11"), ("E115",)), CodeList("b", ("E11", "E10"), ("E115",))
    assert code_list_digest(one) == code_list_digest(two)
    assert code_list_digest(one) != code_list_digest(CodeList("a", ("E10", "E11")))


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with open_engine(EngineSettings(), tmp_path_factory.mktemp("d")) as engine:
        yield lambda sql: engine.fetch(sql).column(0).to_pylist()


@given(
    include=st.lists(ENTRIES, min_size=1, max_size=6),
    exclude=st.lists(ENTRIES, max_size=3),
    codes=st.lists(st.one_of(st.none(), CODES, st.just("")), min_size=1, max_size=8),
)
def test_the_condition_holds_what_the_list_holds(
    ask: Ask, include: list[str], exclude: list[str], codes: list[str | None]
) -> None:
    code_list = CodeList("l", tuple(include), tuple(exclude))
    rows = ", ".join(f"({i}, {'NULL' if c is None else repr(c)})" for i, c in enumerate(codes))
    got = ask(f"SELECT {condition(code_list, 'c')} FROM (VALUES {rows}) AS v(i, c) ORDER BY i")
    assert got == [code_list.holds(code) for code in codes]
