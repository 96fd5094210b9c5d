"""The spec refuses what it does not know, and reads back what it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsante.base.errors import DefinitionError
from labsante.stays import spec as spec_module
from labsante.stays.spec import document_of, read_spec, spec_of
from tests.unit.stays.made import made_spec

SPECS = sorted((Path(spec_module.__file__).parent / "specs").glob("*.toml"))


def document() -> dict:
    return document_of(made_spec())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_shipped_spec_reads_back_to_itself(path: Path) -> None:
    spec = read_spec(path)
    assert spec_of(document_of(spec), "again") == spec


def test_an_unknown_key_is_refused_with_a_hint() -> None:
    wrong = document()
    wrong["target"] = {"colum": "nights"}
    with pytest.raises(DefinitionError) as caught:
        spec_of(wrong, "here")
    assert "colum" in caught.value.what
    assert "column" in caught.value.hint


def test_a_word_outside_its_list_is_refused() -> None:
    wrong = document()
    wrong["column"][0]["known_at"] = "sometimes"
    with pytest.raises(DefinitionError, match="known_at"):
        spec_of(wrong, "here")


def test_the_hospital_is_never_a_column() -> None:
    wrong = document()
    wrong["column"].append({"name": "finess", "known_at": "admission", "kind": "category"})
    with pytest.raises(DefinitionError, match="hospital"):
        spec_of(wrong, "here")


def test_competing_deaths_need_to_be_named() -> None:
    wrong = document()
    wrong["population"] = {"death": "competing"}
    with pytest.raises(DefinitionError, match=r"population\.died"):
        spec_of(wrong, "here")


def test_a_missing_section_is_named() -> None:
    wrong = document()
    del wrong["target"]
    with pytest.raises(DefinitionError, match="target"):
        spec_of(wrong, "here")


def test_moments_see_what_is_known_then() -> None:
    spec = made_spec()
    assert [column.name for column in spec.columns_at("admission")] == ["age", "urgent", "shade"]
    assert "root" in {column.name for column in spec.columns_at("discharge")}
    assert not {"grade", "way", "share"} & {c.name for c in spec.columns_at("discharge")}
