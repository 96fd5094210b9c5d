"""Raw table definitions: complete, typed, keys present."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from labsante.snds import NINE_KEYS, column_of, match_file, raw_table, raw_tables
from labsante.snds.raw import _toml

HDH = Path("../shared/data/snds-synthetic-hdh")


def test_every_table_has_its_key_and_unique_columns() -> None:
    for table in raw_tables():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name
        assert set(table.key) <= set(names), table.name
        assert table.nine_keys is (table.key == NINE_KEYS)


def test_seventy_tables_and_two_landing_tables() -> None:
    assert len(raw_tables()) >= 72
    assert {"LANDING_MDPH", "LANDING_AMC"} <= {table.name for table in raw_tables()}


def test_codes_are_text_and_money_is_decimal() -> None:
    assert raw_table("ER_PHA_F").column("PHA_PRS_C13").sql_type == "VARCHAR"
    assert raw_table("IR_PHA_R").column("PHA_CIP_C13").sql_type == "VARCHAR"
    assert raw_table("ER_PRS_F").column("PRS_NAT_REF").sql_type == "BIGINT"
    assert raw_table("ER_PRS_F").column("PRS_PAI_MNT").sql_type == "DECIMAL(18,2)"
    assert raw_table("T_MCOaaC").column("EXE_SOI_DTD").sql_type == "DATE"
    assert raw_table("T_MCOaaB").column("RSA_NUM").sql_type == "VARCHAR"


def test_every_override_is_used_and_says_why() -> None:
    reasons = {column.type_reason for table in raw_tables() for column in table.columns}
    for override in _toml("data", "type_overrides.toml")["override"]:
        assert override["why"] in reasons, override


@pytest.mark.parametrize(
    ("name", "table", "year"),
    [
        ("ER_PRS_F.csv", "ER_PRS_F", None),
        ("er_prs_f_2019.PARQUET", "ER_PRS_F", 2019),
        ("ER_PRS_F_AAAA.csv.gz", "ER_PRS_F", None),
        ("T_MCO21B.parquet", "T_MCOaaB", 2021),
        ("T_MCOaaFASTC.csv", "T_MCOaaFASTC", None),
        ("t_mco2021um.sas7bdat", "T_MCOaaUM", 2021),
        ("CT_IND_2019_G8.csv", "CT_IND_AAAA_GN", 2019),
        ("CT_IND_AAAA_GN.csv", "CT_IND_AAAA_GN", None),
        ("IR_BEN_R_ARC.csv", "IR_BEN_R", None),
    ],
)
def test_names_of_files(name: str, table: str, year: int | None) -> None:
    match = match_file(name)
    assert match is not None
    assert (match.table.name, match.year) == (table, year)


@pytest.mark.parametrize("name", ["README.md", "T_MCOaaSUP_FFM.csv", "NS_PRS_F.csv", "ER.csv"])
def test_names_that_announce_no_known_table(name: str) -> None:
    assert match_file(name) is None


def test_infra_annual_transmissions_carry_their_month() -> None:
    match = match_file("T_MCO21_06B.csv")
    assert match is not None and match.month == 6


def test_project_extractions_rename_columns() -> None:
    assert column_of(raw_table("ER_PRS_F"), "num_enq") == "BEN_NIR_PSA"
    assert column_of(raw_table("T_MCOaaC"), "NUM_ENQ") == "NIR_ANO_17"
    assert column_of(raw_table("T_MCOaaVALO"), "MT_TOT_AM") == "MNT_TOT_AM"
    assert column_of(raw_table("ER_PRS_F"), "MT_TOT_AM") is None


@pytest.mark.skipif(not HDH.exists(), reason="the Health Data Hub set is absent")
def test_definitions_hold_the_columns_of_the_published_files() -> None:
    compared = 0
    for path in HDH.rglob("*.csv"):
        match = match_file(path.name)
        if match is None:
            continue
        with path.open(encoding="utf-8") as stream:
            header = next(csv.reader(stream))
        unknown = [name for name in header if column_of(match.table, name) is None]
        assert unknown in ([], ["DCT_FOR_AMO"]), (path.name, unknown)
        compared += 1
    assert compared >= 60
