"""Contracts are loaded strictly: a mistake is told with its place and what to do."""

from __future__ import annotations

import pytest

from labsante.base.errors import DefinitionError
from labsante.tables import Kind, catalogue
from labsante.tables.catalogue import raw_relations
from labsante.tables.contract import read_contract
from labsante.tables.explain import explain_column, sql_text
from labsante.tables.seeds import seeds

GOOD = """
name = "stay"
kind = "yearly"
driver = "t_mcoaab"
title = { fr = "Séjours", en = "Stays" }
grain = { fr = "un séjour", en = "one stay" }
policy = { fr = "tout", en = "all" }
key = ["stay_id"]
[columns]
stay_id = { type = "BIGINT", label = { fr = "Séjour", en = "Stay" }, source = "T_MCOaaB" }
"""


def test_a_good_contract_is_read() -> None:
    found = read_contract(GOOD, "stay.toml")
    assert found.kind is Kind.YEARLY
    assert found.schema == [("stay_id", "BIGINT")]
    assert found.order == ("stay_id",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('kind = "yearly"', 'kind = "yearl"'), "did you mean yearly"),
        (('type = "BIGINT"', 'type = "DOUBLE"'), "no DOUBLE in a line table"),
        (('key = ["stay_id"]', 'key = ["stayid"]'), "did you mean stay_id"),
        (("grain = ", "grian = "), "did you mean grain"),
        (('driver = "t_mcoaab"\n', ""), "driver is missing"),
        (('{ fr = "Séjours", en = "Stays" }', '"Stays"'), "in French and in English"),
        (('source = "T_MCOaaB"', 'sauce = "T_MCOaaB"'), "did you mean source"),
        (("[columns]", "[columns"), "not valid TOML"),
    ],
)
def test_each_mistake_is_told(change: tuple[str, str], message: str) -> None:
    with pytest.raises(DefinitionError, match=r"stay\.toml") as caught:
        read_contract(GOOD.replace(*change), "stay.toml")
    assert message in str(caught.value)


def test_every_column_names_a_source_that_exists() -> None:
    known = {table.name: {c.name for c in table.columns} for table in raw_relations().values()}
    for model in catalogue().values():
        for column in model.contract.columns:
            for source in explain_column(model.name, column.name)["sources"]:
                table, name = source["table"], source["column"]
                if table in known and name:
                    assert name in known[table], f"{model.name}.{column.name}: {table}.{name}"
                elif table not in known:
                    assert name in seeds(), f"{model.name}.{column.name}: {table}.{name}"


def test_there_are_sixteen_tables_and_their_links_for_users() -> None:
    public = {name for name, model in catalogue().items() if not model.contract.internal}
    assert len(public) == 18
    assert public >= {"person", "care", "expense_year", "territory_population"}


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "oracle"])
def test_every_query_is_written_for_each_dialect(dialect: str) -> None:
    for name in catalogue():
        assert "SELECT" in sql_text(name, dialect)
