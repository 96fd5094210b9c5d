"""Each rule: one planted violation that fires it, and a clean France on which it does not."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from labsante.quality import checks, run_check
from labsante.quality.rules import Check
from tests.spec.quality.small_france import TABLES, small_france

COPY_LINE = "INSERT INTO {table} SELECT * FROM {table} WHERE LINE_ID = 101"
COPY_STAY = "INSERT INTO {table} SELECT * FROM {table} WHERE RSA_NUM = '0001'"
MONTHS = (
    "INSERT INTO ER_PRS_F (FLX_DIS_DTD, EXE_SOI_DTD, LINE_ID) SELECT d, d - INTERVAL 20 DAY, i "
    "FROM (VALUES (DATE '2021-03-01', 1), (DATE '2021-04-01', 2), (DATE '2021-06-01', 3), "
    "(DATE '2021-07-01', 4)) AS v(d, i)"
)

# What to do to the clean France so that the rule of this name fires. {table}, {column} come
# from the check's own variant.
PLANTS: dict[str, str] = {
    "Q01": COPY_LINE.format(table="ER_PRS_F"),
    "Q02": "UPDATE {table} SET LINE_ID = 999",
    "Q03": "UPDATE {table} SET {rank} = {rank} + 1",
    "Q04": "UPDATE {table} SET DCT_ORD_NUM = NULL",
    "Q05": "UPDATE ER_PRS_F SET FLX_TRT_DTD = DATE '2020-12-31' WHERE LINE_ID = 101",
    "Q06": MONTHS,
    "Q07": COPY_STAY,
    "Q07b": "DELETE FROM T_MCOaaC WHERE RSA_NUM = '0003'",
    "Q08": "UPDATE {table} SET RSA_NUM = '0009'",
    "Q08b": "DELETE FROM T_MCOaaUM WHERE RSA_NUM = '0001'",
    "Q09": "INSERT INTO IR_BEN_R SELECT * FROM IR_BEN_R WHERE BEN_NIR_PSA = 'P1'",
    "Q10": "UPDATE {table} SET {column} = NULL",
    "Q11": "UPDATE {table} SET {column} = '77777'",
    "Q12": "UPDATE {table} SET {column} = '1'",
    "Q20": "UPDATE ER_PRS_F SET EXE_SOI_DTD = DATE '2018-01-01' WHERE LINE_ID = 101",
    "Q21": "UPDATE ER_PRS_F SET EXE_SOI_DTF = DATE '2021-01-01' WHERE LINE_ID = 101",
    "Q22": "UPDATE ER_PRS_F SET PRE_PRE_DTD = DATE '2021-01-09' WHERE LINE_ID = 101",
    "Q23": "UPDATE ER_PRS_F SET PRS_ACT_QTE = -1 WHERE LINE_ID = 101",
    "Q24": "UPDATE ER_PRS_F SET PRS_ACT_QTE = -1, PRS_PAI_MNT = -30 WHERE LINE_ID = 101",
    "Q25": "UPDATE ER_PRS_F SET PRS_ACT_QTE = -1, PRS_PAI_MNT = -30 WHERE LINE_ID = 101",
    "Q26": "UPDATE ER_PHA_F SET PHA_ACT_QSN = 300",
    "Q26b": "UPDATE ER_PRS_F SET RGO_REM_TAU = 6500 WHERE LINE_ID = 101",
    "Q27": "UPDATE ER_PRS_F SET BSE_REM_MNT = 12 WHERE LINE_ID = 101",
    "Q28": "UPDATE ER_PRS_F SET PRS_PAI_MNT = 5 WHERE LINE_ID = 101",
    "Q30": "UPDATE T_MCOaaB SET SEJ_NBJ = 9 WHERE RSA_NUM = '0001'",
    "Q31": "UPDATE T_MCOaaC SET EXE_SOI_DTF = DATE '2022-01-02' WHERE RSA_NUM = '0001'",
    "Q32": "UPDATE T_MCOaaB SET SEJ_NBJ = 0 WHERE RSA_NUM = '0004'",
    "Q32b": "UPDATE T_MCOaaB SET SEJ_NBJ = 2 WHERE RSA_NUM = '0003'",
    "Q33": "UPDATE T_MCOaaB SET AGE_JOU = 12 WHERE RSA_NUM = '0001'",
    "Q34": "UPDATE T_MCOaaB SET DGN_REL = 'E119' WHERE RSA_NUM = '0001'",
    "Q35": "UPDATE T_MCOaaB SET COD_SEX = '1' WHERE RSA_NUM = '0002'",
    "Q36": "UPDATE IR_BEN_R SET BEN_DCD_DTE = DATE '1949-01-01' WHERE BEN_NIR_PSA = 'P1'",
    "Q36b": "UPDATE IR_BEN_R SET BEN_DCD_DTE = DATE '2020-06-01' WHERE BEN_NIR_PSA = 'P1'",
    "Q37": "UPDATE IR_BEN_R SET BEN_NAI_ANN = '1600' WHERE BEN_NIR_PSA = 'P1'",
    "Q38": "UPDATE IR_BEN_R SET BEN_IDT_ANO = 'I1' WHERE BEN_NIR_PSA = 'P2'",
    "Q39": "UPDATE IR_BEN_R SET BEN_RES_DPT = '35' WHERE BEN_NIR_PSA = 'P1'",
    "Q40": "UPDATE IR_IMB_R SET IMB_ALD_DTF = DATE '2010-01-01' WHERE BEN_NIR_PSA = 'P1'",
    "Q41": "UPDATE IR_PHA_R SET PHA_ATC_C07 = NULL",
    "Q42": "UPDATE ER_UCD_F SET UCD_UCD_COD = '9123456'",
    "Q50": "UPDATE T_MCOaaC SET SEX_RET = '4' WHERE RSA_NUM = '0001'",
    "Q51": "UPDATE T_MCOaaC SET NIR_ANO_17 = 'OTHER' WHERE RSA_NUM = '0001'",
    "Q52": "DELETE FROM IR_BEN_R WHERE BEN_NIR_PSA = 'P1'",
    "Q53": "INSERT INTO IR_BEN_R SELECT * REPLACE ('I9' AS BEN_IDT_ANO) FROM IR_BEN_R "
    "WHERE BEN_NIR_PSA = 'P1'",
    "Q54": "UPDATE IR_BEN_R SET BEN_NIR_ANO = NULL WHERE BEN_NIR_PSA = 'P1'",
    "Q55": "UPDATE KI_CCI_R SET DCD_IDT_TOP = 0",
    "Q56": "INSERT INTO ER_PRS_F (FLX_DIS_DTD, EXE_SOI_DTD, LINE_ID) VALUES "
    "(DATE '2022-03-01', DATE '2021-01-05', 7)",
    "Q57": "UPDATE ER_PRS_F SET DPN_QLF = 71 WHERE LINE_ID = 101",
    "Q58": "INSERT INTO {table} (DATA_YEAR, ETA_NUM) VALUES (2016, '130783236')",
    "Q59": "UPDATE T_MCOaaB SET SEJ_TYP = 'B', GRG_GHM = CASE WHEN '{variant}' LIKE 'grouping%' "
    "THEN '90Z00Z' ELSE '28Z04Z' END",
    "Q60": "CREATE OR REPLACE TEMP MACRO country_size() AS 0; "
    "UPDATE T_MCOaaB SET DATA_YEAR = {year}",
}
# What makes one more row of each feature.
FEATURES: dict[str, str] = {
    "former_pseudonym": "INSERT INTO IR_BEN_R SELECT * REPLACE ('P9' AS BEN_NIR_PSA) FROM IR_BEN_R "
    "WHERE BEN_NIR_PSA = 'P1'",
    "twin": "INSERT INTO IR_BEN_R SELECT * REPLACE (2 AS BEN_RNG_GEM, 'I9' AS BEN_IDT_ANO) "
    "FROM IR_BEN_R WHERE BEN_NIR_PSA = 'P1'",
    "shared_pseudonym": PLANTS["Q53"],
    "fictitious": "UPDATE IR_BEN_R SET BEN_CDI_NIR = '08' WHERE BEN_NIR_PSA = 'P1'",
    "no_own_identifier": "UPDATE IR_BEN_R SET BEN_IDT_TOP = 0 WHERE BEN_NIR_PSA = 'P1'",
    "provisional": "UPDATE IR_BEN_R SET BEN_CDI_NIR = '04' WHERE BEN_NIR_PSA = 'P1'",
    "residence_unknown": "UPDATE IR_BEN_R SET BEN_RES_DPT = '099' WHERE BEN_NIR_PSA = 'P1'",
    "open_ended_1600": "INSERT INTO IR_IMB_R (IMB_ALD_DTF) VALUES (DATE '1600-01-01')",
    "open_ended_null": "INSERT INTO IR_IMB_R (IMB_ALD_DTF) VALUES (NULL)",
    "open_ended_2099": "INSERT INTO IR_IMB_R (IMB_ALD_DTF) VALUES (DATE '2099-12-31')",
    "cancelling_line": "UPDATE ER_PRS_F SET BSE_REM_SGN = 2 WHERE LINE_ID = 101",
    "information_line": PLANTS["Q57"],
    "qualifier_null": "UPDATE ER_PRS_F SET DPN_QLF = NULL WHERE LINE_ID = 101",
    "surcharge_line": "UPDATE ER_PRS_F SET CPL_MAJ_TOP = 2 WHERE LINE_ID = 101",
    "late_flux": "UPDATE ER_PRS_F SET EXE_SOI_DTD = DATE '2020-10-01' WHERE LINE_ID = 101",
    "line_residence_missing": "UPDATE ER_PRS_F SET BEN_RES_DPT = '999' WHERE LINE_ID = 101",
    "fictitious_line": "UPDATE ER_PRS_F SET BEN_CDI_NIR = '08' WHERE LINE_ID = 101",
    "shared_pseudonym_line": PLANTS["Q53"],
    "fee_without_drug": "UPDATE ER_PRS_F SET PRS_NAT_REF = 3364 WHERE LINE_ID = 102",
    "twice_the_same": "INSERT INTO ER_PRS_F SELECT * REPLACE (103 AS LINE_ID) FROM ER_PRS_F WHERE "
    "LINE_ID = 101; INSERT INTO ER_PHA_F SELECT * REPLACE (103 AS LINE_ID) FROM ER_PHA_F",
    "two_drugs_one_line": "INSERT INTO ER_PHA_F (PHA_ORD_NUM) VALUES (2)",
    "ghm_error": "UPDATE T_MCOaaB SET GRG_GHM = '90Z00Z' WHERE RSA_NUM = '0001'",
    "session": "INSERT INTO T_MCOaaB (GRG_GHM, NBR_SEA) VALUES ('28Z04Z', 1)",
    "inter_hospital": "UPDATE T_MCOaaB SET SEJ_TYP = 'B' WHERE RSA_NUM = '0001'",
    "departement_unknown": "INSERT INTO T_MCOaaB (BDI_DEP) VALUES ('99')",
    "failed_chaining": PLANTS["Q50"],
    "hidden_pseudonym": "UPDATE T_MCOaaC SET NIR_ANO_17 = 'xxxxxxxxxxxxxxxxx' "
    "WHERE RSA_NUM = '0001'",
    "death_unmatched": PLANTS["Q55"],
}
RANKS = {
    "ER_PHA_F": "PHA_ORD_NUM", "ER_CAM_F": "CAM_ORD_NUM", "ER_BIO_F": "BIO_ORD_NUM",
    "ER_TIP_F": "TIP_ORD_NUM", "ER_UCD_F": "UCD_ORD_NUM", "ER_ARO_F": "ARO_ORD_NUM",
}  # fmt: skip


def plant(connection: duckdb.DuckDBPyConnection, check: Check) -> None:
    """Make the violation that the check is for."""
    table, _, column = check.variant.partition(".")
    values = {
        "table": table,
        "column": column,
        "rank": RANKS.get(table, ""),
        "variant": check.variant,
        "year": check.variant[:4],
    }
    statement = PLANTS[check.id]
    for name, value in values.items():
        statement = statement.replace("{" + name + "}", value)
    connection.execute(statement)


@pytest.fixture(scope="module")
def clean() -> Iterator[duckdb.DuckDBPyConnection]:
    """The clean France, made once; each test undoes what it plants."""
    with small_france() as connection:
        yield connection


@pytest.fixture
def france(clean: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The clean France inside a transaction."""
    clean.execute("BEGIN")
    yield clean
    clean.execute("ROLLBACK")


RULES = [check for check in checks() if check.id not in FEATURES]


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.name)
def test_the_rule_holds_on_the_clean_france_and_fires_on_its_violation(
    france: duckdb.DuckDBPyConnection, check: Check
) -> None:
    received = set(TABLES)
    assert run_check(france, check, received).outcome == "passed"
    plant(france, check)
    finding = run_check(france, check, received)
    fired = {"blocking": "failed", "warning": "warning", "report": "reported"}
    assert finding.outcome == fired[check.severity]
    assert finding.violations > 0


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_is_counted_and_never_fails(france: duckdb.DuckDBPyConnection, name: str) -> None:
    [check] = [check for check in checks() if check.id == name]
    before = run_check(france, check, set(TABLES)).violations
    france.execute(FEATURES[name])
    finding = run_check(france, check, set(TABLES))
    assert finding.violations > before
    assert finding.outcome == "reported"


def test_every_rule_has_a_plant_and_every_plant_a_rule() -> None:
    assert {check.id for check in checks()} == set(PLANTS) | set(FEATURES)


def test_the_rules_of_the_source_are_all_here() -> None:
    ids = {check.id for check in checks()}
    numbers = [*range(1, 13), *range(20, 29), *range(30, 43), *range(50, 61)]
    assert {f"Q{number:02d}" for number in numbers} <= ids


def test_a_rule_without_its_tables_is_not_applicable() -> None:
    with duckdb.connect() as connection:
        for check in checks():
            assert run_check(connection, check, set()).outcome == "not applicable"


def test_a_null_qualifier_is_not_an_information_line(
    france: duckdb.DuckDBPyConnection,
) -> None:
    """`<> 71` would drop the lines whose qualifier is empty."""
    [check] = [check for check in checks() if check.id == "Q57"]
    france.execute("UPDATE ER_PRS_F SET DPN_QLF = NULL, PRS_DPN_QLP = NULL")
    finding = run_check(france, check, set(TABLES))
    assert (finding.violations, finding.population) == (0, 2)
