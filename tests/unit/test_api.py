"""The laboratory from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import labsante
from labsante.api import Lab, PersonRelation, RowRelation, add_columns
from labsante.base.errors import DefinitionError, InputDataError, UsageError
from labsante.engine import CodeList
from labsante.tables import build
from tests.unit.tables.tiny_lake import tiny_lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A tiny laboratory, built."""
    root: Path = tmp_path_factory.mktemp("api") / "lab"
    build(tiny_lab(root), ["dispensing", "person_year"])
    return labsante.open(root)


def test_a_table_is_filtered_lazily_and_converted(lab: Lab) -> None:
    rows = lab.table("dispensing").where("boxes > 0").select("care_date", "atc").to_arrow()
    assert rows.column_names == ["care_date", "atc"]
    assert set(rows["atc"].to_pylist()) == {"A10BA02"}
    assert len(rows) == lab.table("dispensing").count() == 2
    assert lab.table("dispensing").where("care_month = DATE '2022-01-01'").count() == 1


def test_code_lists_by_name_or_given(lab: Lab) -> None:
    mine = CodeList("mine", ("C10",))
    assert lab.table("dispensing").where("code_in(atc, 'mine')", mine=mine).count() == 0
    assert lab.table("dispensing").where("code_in(atc, 'antidiabetics')").count() == 2
    with pytest.raises(DefinitionError, match="no code list named nobody"):
        lab.table("dispensing").where("code_in(atc, 'nobody')")


def test_persons_and_rows_are_two_types_and_mixing_is_refused(lab: Lab) -> None:
    people, drugs = lab.table("person_year").years(2022), lab.table("dispensing")
    assert isinstance(people, PersonRelation)
    assert isinstance(drugs, RowRelation)
    joined = add_columns(drugs.select("person_id", "amount_paid"), people, ["sex"])
    assert len(joined) == drugs.count()
    with pytest.raises(UsageError, match="many rows a person"):
        add_columns(people, drugs, ["amount_paid"])
    assert drugs.of_persons(people.where("sex = '1'")).count() == 2
    assert drugs.per_person()["row_count"].to_pylist() == [2]


def test_mistakes_are_told(lab: Lab) -> None:
    with pytest.raises(DefinitionError, match="did you mean boxes"):
        lab.table("dispensing").select("boxs")
    with pytest.raises(DefinitionError):
        lab.table("dispensing").where("year(care_date) = 2022")
    with pytest.raises(UsageError):
        lab.table("dispensings")
    with pytest.raises(InputDataError, match="not built"):
        lab.table("stay")
