"""Every model of the house: inside the subset, typed as its contract, Oracle text that parses."""

from __future__ import annotations

import time
from datetime import date

import pytest
import sqlglot

from labsante.engine import DIALECTS, Query, all_lineage, check_types, lint, render
from labsante.tables.catalogue import OUTPUT, Model, catalogue
from labsante.tables.recipe import code_lists, schema_of

VALUES: dict[str, date | int] = {
    "year": 2022,
    "year_start": date(2022, 1, 1),
    "year_end": date(2022, 12, 31),
    "month_start": date(2022, 2, 1),
    "month_end": date(2022, 2, 28),
}
MODELS = sorted(catalogue())


def queries(model: Model) -> list[Query]:
    return [query for query in (model.query, model.account) if query is not None]


def schema(model: Model, query: Query) -> dict[str, list[tuple[str, str]]]:
    return {
        name: list(model.contract.schema) if name == OUTPUT else schema_of(name)
        for name in query.inputs
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_linted_and_typed_as_its_contract(name: str) -> None:
    model = catalogue()[name]
    for query in queries(model):
        lint(query)
        kinds = check_types(query, schema(model, query))
        if query is model.query:
            wanted = [(column, kind.split("(")[0]) for column, kind in model.contract.schema]
            assert [column for column, _ in kinds] == [column.lower() for column, _ in wanted]
            for (column, kind), (_, contract) in zip(kinds, wanted, strict=True):
                fits = kind in ("ANY", contract) or (kind, contract) == ("BIGINT", "DECIMAL")
                assert fits, f"{name}.{column} is {kind}, the contract says {contract}"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_oracle_text(name: str) -> None:
    for query in queries(catalogue()[name]):
        given = {key: VALUES[key] for key in query.parameters}
        sql = render(query, "oracle", parameters=given, code_lists=code_lists())
        assert sqlglot.parse_one(sql, dialect="oracle") is not None


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_rendered_in_less_than_20_milliseconds(name: str) -> None:
    query = catalogue()[name].query
    given = {key: VALUES[key] for key in query.parameters}
    for dialect in DIALECTS:
        best = 1.0
        for _ in range(8):
            started = time.process_time()
            render(query, dialect, parameters=given, code_lists=code_lists())
            best = min(best, time.process_time() - started)
        assert best < 0.020


@pytest.mark.parametrize("name", MODELS)
def test_the_origins_of_a_column_are_columns_of_its_inputs(name: str) -> None:
    model = catalogue()[name]
    columns = schema(model, model.query)
    known = {(relation, column.lower()) for relation, cs in columns.items() for column, _ in cs} | {
        (relation, "*") for relation in columns
    }
    named = {relation: [column for column, _ in cs] for relation, cs in columns.items()}
    for column, origins in all_lineage(model.query, named).items():
        assert origins <= known, column
