# ruff: noqa: E501 - text tables are wide
"""Hospital stays: who, how long, which codes, and what does not count.

Source of the rules: Cnam training on the PMSI (2020) and public SNDS documentation: filters M1
to M9, chaining return codes, duplicate FINESS, PMSI geographic codes.
"""

from __future__ import annotations

from pathlib import Path

from labsante.engine import Engine
from tests.spec.tables.support import YEAR_2022, hash60, run, show

LINK = """
pseudonym | person_id | reason
P         | 7         |
TWINS     |           | twin_ambiguous
"""


def test_a_stay_that_does_not_count_says_why_and_stays_in_the_table(
    engine: Engine, tmp_path: Path
) -> None:
    """Prefix 90, not 90 anywhere; SEJ_TYP NULL is kept; sessions have no nights."""
    rows = run(
        engine,
        tmp_path,
        "stay",
        {
            "t_mcoaab": """
            ETA_NUM  |RSA_NUM|DATA_YEAR|GRG_GHM|SEJ_TYP|TYP_GEN_RSA|SEJ_NBJ|NBR_SEA
            350000001|1      |2022     |05M092 |       |0          |4      |
            350000001|2      |2022     |90Z00Z |       |0          |1      |
            350000001|3      |2022     |05C902 |       |           |2      |
            350000001|4      |2022     |05M092 |B      |0          |1      |
            350000001|5      |2022     |28Z04Z |       |0          |0      |1
            350000001|6      |2022     |05M092 |A      |1          |1      |
            130780521|7      |2022     |05M092 |       |0          |1      |
            130780521|8      |2017     |05M092 |       |0          |1      |
            """
        },
    )
    assert show(rows, "ghm", "year", "nights", "sessions", "excluded_reason") == [
        "05C902 | 2022 | 2 |  |",
        "05M092 | 2017 | 1 |  | duplicate_finess",
        "05M092 | 2022 | 1 |  |",
        "05M092 | 2022 | 1 |  | generated_record",
        "05M092 | 2022 | 1 |  | inter_hospital",
        "05M092 | 2022 | 4 |  |",
        "28Z04Z | 2022 |  | 1 | session",
        "90Z00Z | 2022 | 1 |  | ghm_error",
    ]


def test_a_stay_names_a_person_only_when_every_return_code_is_zero(
    engine: Engine, tmp_path: Path
) -> None:
    """Codes that did not exist that year are NULL and count as zero."""
    stays = "\n".join(f"350000001|{n}|2022|05M092" for n in range(1, 8))
    rows = run(
        engine,
        tmp_path,
        "stay",
        {
            "pseudonym_link": LINK,
            "t_mcoaab": f"ETA_NUM|RSA_NUM|DATA_YEAR|GRG_GHM\n{stays}",
            "t_mcoaac": """
            ETA_NUM  |RSA_NUM|NIR_ANO_17       |NIR_RET|SEX_RET|COH_NAI_RET
            350000001|1      |P                |0      |0      |
            350000001|2      |P                |0      |0      |1
            350000001|3      |P                |2      |0      |
            350000001|4      |TWINS            |0      |0      |
            350000001|5      |STRANGER         |0      |0      |
            350000001|6      |XXXXXXXXXXXXXXXXD|0      |0      |
            """,
        },
    )
    assert show(rows, "person_id", "link_reason") == sorted(
        [
            "7 |",
            "| missing_pseudonym",
            "| no_chaining_row",
            "| not_in_referential",
            "| return_code",
            "| return_code",
            "| twin_ambiguous",
        ]
    )


def test_the_parts_of_a_stay(engine: Engine, tmp_path: Path) -> None:
    """GHM in its parts, the site of the first unit, overseas codes, newborns of age 0."""
    rows = run(
        engine,
        tmp_path,
        "stay",
        {
            "t_mcoaab": """
            ETA_NUM  |RSA_NUM|DATA_YEAR|GRG_GHM|COD_SEX|AGE_ANN|AGE_JOU|BDI_DEP|ENT_PRV
            750712184|1      |2022     |08C471 |2      |81     |       |9F     |5
            750712184|2      |2022     |15M05A |1      |       |3      |2A     |
            """,
            "t_mcoaac": """
            ETA_NUM  |RSA_NUM|EXE_SOI_DTD|EXE_SOI_DTF|ENT_DAT
            750712184|1      |2021-12-30 |2022-01-03 |
            750712184|2      |1600-01-01 |2022-02-03 |2022-02-01
            """,
            "t_mcoaaum": """
            ETA_NUM  |RSA_NUM|UM_ORD_NUM|ETA_NUM_GEO|AUT_TYP1_UM
            750712184|1      |2         |750000002  |01A
            750712184|1      |1         |750000001  |
            """,
        },
    )
    assert show(rows, "cmd", "activity", "ghm_root", "severity", "sex", "age", "departement") == [
        "08 | C | 08C47 | 1 | 2 | 81 | 976",
        "15 | M | 15M05 | A | 1 | 0 | 2A",
    ]
    assert show(
        rows, "finess_site", "entry_date", "exit_date", "emergency", "intensive_care", "unit_count"
    ) == [
        "750000001 | 2021-12-30 | 2022-01-03 | 1 | 1 | 2",
        "750712184 | 2022-02-01 | 2022-02-03 | 0 | 0 |",
    ]


def test_every_code_of_a_stay_with_the_units_and_the_date_of_acts(
    engine: Engine, tmp_path: Path
) -> None:
    """The principal diagnosis of a secondary unit is nowhere else: D does not hold it."""
    stay_id = hash60(engine, "MCO|2022|350000001|1")
    rows = run(
        engine,
        tmp_path,
        "stay_code",
        {
            "stay": f"""
            stay_id   |person_id|year|entry_date
            {stay_id} |7        |2022|2022-05-01
            """,
            "t_mcoaab": """
            ETA_NUM  |RSA_NUM|DGN_PAL|DGN_REL
            350000001|1      |I50.0  |
            """,
            "t_mcoaad": """
            ETA_NUM  |RSA_NUM|ASS_DGN|DGN_ASS_NUM
            350000001|1      |E119   |1
            """,
            "t_mcoaaum": """
            ETA_NUM  |RSA_NUM|UM_ORD_NUM|DGN_PAL|AUT_TYP1_UM
            350000001|1      |1         |I500   |
            350000001|1      |2         |J960   |01A
            """,
            "t_mcoaaa": """
            ETA_NUM  |RSA_NUM|CDC_ACT|ACV_ACT|ENT_DAT_DEL
            350000001|1      |DEQP003|1      |2
            350000001|1      |DEQP003|1      |2
            350000001|9      |DEQP003|1      |2
            """,
        },
        YEAR_2022,
    )
    assert show(rows, "kind", "code", "unit_rank", "code_date", "occurrences") == [
        "CCAM | DEQP003 | 0 | 2022-05-03 | 2",
        "DAS | E119 | 0 |  | 1",
        "DP | I500 | 0 |  | 1",
        "DP_UNIT | I500 | 1 |  | 1",
        "DP_UNIT | J960 | 2 |  | 1",
        "UNIT | 01A | 2 |  | 1",
    ]


def test_conditions_follow_the_rules_of_the_rule_table(engine: Engine, tmp_path: Path) -> None:
    """Three dates or two with a large pack; acute heart failure beats chronic; new or not."""
    rows = run(
        engine,
        tmp_path,
        "condition_year",
        {
            "condition_rule": """
            condition|criterion|source |code   |code_start|from_back|to_back|role  |pair|minimum|minimum_large|requires|started_within
            diabetes |1        |DRUG   |A10B   |A10       |0        |0      |main  |    |3      |2            |        |
            diabetes |1        |DRUG   |A10BX06|A10       |0        |0      |not   |    |3      |2            |        |
            diabetes |3        |ALD    |E11    |E11       |0        |0      |main  |    |       |             |        |
            acute    |1        |DP     |I50    |I50       |0        |0      |main  |    |       |             |        |
            acute    |2        |DP     |J81    |J81       |0        |0      |main  |1   |       |             |        |
            acute    |3        |DAS    |I50    |I50       |0        |0      |helper|1   |       |             |        |
            chronic  |2        |DP     |I50    |I50       |0        |4      |main  |    |       |             |        |
            """,
            "condition_list": """
            condition | family        | sex | excluded_by | algorithm
            diabetes  | diabetes      |     |             | T1
            acute     | heart_failure |     |             | T1
            chronic   | heart_failure |     | acute       | T1
            """,
            "person": "person_id | sex\n" + "\n".join(f"{n} | 1" for n in range(1, 8)),
            "person_year": "person_id | year\n" + "\n".join(f"{n} | 2022" for n in range(1, 7)),
            "dispensing": """
            person_id|care_date |atc    |boxes|large_pack
            1        |2022-01-01|A10BA02|1    |0
            1        |2022-02-01|A10BA02|1    |0
            1        |2022-02-01|A10BB01|1    |0
            2        |2022-01-01|A10BA02|1    |1
            2        |2022-02-01|A10BA02|1    |0
            3        |2022-01-01|A10BX06|1    |0
            3        |2022-02-01|A10BX06|1    |0
            3        |2022-03-01|A10BX06|1    |0
            7        |2022-01-01|A10BA02|1    |1
            7        |2022-02-01|A10BA02|1    |0
            """,
            "entitlement": """
            person_id | right | code | start_date | end_date
            4         | ALD   | E119 | 2015-01-01 |
            """,
            "stay": """
            stay_id | entry_date
            1       | 2020-05-01
            2       | 2022-05-01
            3       | 2022-06-01
            """,
            "stay_code": """
            stay_id|person_id|year|kind|code
            1      |5        |2020|DP  |I500
            2      |6        |2022|DP  |J81
            2      |6        |2022|DAS |I501
            3      |5        |2022|DP  |J81
            """,
        },
        YEAR_2022,
    )
    assert show(
        rows, "person_id", "condition", "by_exemption", "by_hospital", "by_drug", "is_incident"
    ) == [
        "2 | diabetes | 0 | 0 | 1 | 1",
        "4 | diabetes | 1 | 0 | 0 | 0",
        "5 | chronic | 0 | 1 | 0 | 0",
        "6 | acute | 0 | 1 | 0 | 1",
    ]
