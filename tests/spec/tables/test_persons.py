# ruff: noqa: E501 - text tables are wide
"""Identity: who a row speaks of.

Source of the rules: public SNDS documentation, sheets on beneficiaries, dates of death and
residence; column definitions of IR_BEN_R and KI_CCI_R.
"""

from __future__ import annotations

from pathlib import Path

from labsante.engine import Engine
from tests.spec.tables.support import YEAR_2022, hash60, run, show


def test_the_person_is_ben_idt_ano_else_the_pseudonym_with_its_rank(
    engine: Engine, tmp_path: Path
) -> None:
    """Two pseudonyms of one identity are one person; without identity, pseudonym + rank."""
    rows = run(
        engine,
        tmp_path,
        "person_link",
        {
            "ir_ben_r": """
            BEN_NIR_PSA | BEN_RNG_GEM | BEN_IDT_ANO | BEN_CDI_NIR
            OLD         | 1           | SAME        | 00
            NEW         | 1           | SAME        | 00
            ALONE       | 2           |             | 00
            """
        },
    )
    same, alone = hash60(engine, "SAME"), hash60(engine, "ALONE2")
    assert show(rows, "pseudonym", "rank", "person_id", "reason") == [
        f"ALONE | 2 | {alone} |",
        f"NEW | 1 | {same} |",
        f"OLD | 1 | {same} |",
    ]


def test_a_fictitious_number_and_several_identities_name_nobody(
    engine: Engine, tmp_path: Path
) -> None:
    """BEN_CDI_NIR 00, 03, 04 or unknown are kept; a pair with two identities is flagged."""
    rows = run(
        engine,
        tmp_path,
        "person_link",
        {
            "ir_ben_r": """
            BEN_NIR_PSA | BEN_RNG_GEM | BEN_IDT_ANO | BEN_CDI_NIR
            FICTIVE     | 1           | F           | 08
            PROVISIONAL | 1           | P           | 03
            UNSAID      | 1           | U           |
            SHARED      | 1           | A           | 00
            SHARED      | 1           | B           | 00
            """
        },
    )
    linked = {row["pseudonym"]: row["person_id"] is not None for row in rows}
    assert linked == {"FICTIVE": False, "PROVISIONAL": True, "UNSAID": True, "SHARED": False}
    assert show([r for r in rows if r["reason"]], "pseudonym", "reason", "row_count") == [
        "FICTIVE | fictitious | 1",
        "SHARED | several_identities | 2",
    ]


def test_a_pseudonym_without_rank_names_a_person_only_if_it_is_the_only_one(
    engine: Engine, tmp_path: Path
) -> None:
    """Hospital rows have no rank: twins share a pseudonym and cannot be told apart."""
    rows = run(
        engine,
        tmp_path,
        "pseudonym_link",
        {
            "person_link": """
            pseudonym | rank | person_id | reason
            ONE       | 1    | 11        |
            ONE       | 2    | 11        |
            TWINS     | 1    | 21        |
            TWINS     | 2    | 22        |
            FICTIVE   | 1    |           | fictitious
            SHARED    | 1    |           | several_identities
            SHARED    | 2    | 31        |
            """
        },
    )
    assert show(rows, "pseudonym", "person_id", "reason") == [
        "FICTIVE |  | fictitious",
        "ONE | 11 |",
        "SHARED |  | several_identities",
        "TWINS |  | twin_ambiguous",
    ]


def test_attributes_come_from_the_row_last_processed_where_they_are_known(
    engine: Engine, tmp_path: Path
) -> None:
    """MAX_TRT_DTD, else BEN_DTE_MAJ; unknown codes (sex 0, year 1600) never win."""
    rows = run(
        engine,
        tmp_path,
        "person",
        {
            "person_link": """
            pseudonym | rank | person_id
            OLD       | 1    | 7
            NEW       | 1    | 7
            """,
            "ir_ben_r": """
            BEN_NIR_PSA|BEN_RNG_GEM|MAX_TRT_DTD|BEN_DTE_MAJ|BEN_SEX_COD|BEN_NAI_ANN|BEN_NAI_MOI|BEN_DCD_DTE|BEN_RES_DPT|BEN_CDI_NIR|BEN_IDT_TOP
            OLD        |1          |2020-01-01 |           |2          |1950       |05         |1600-01-01 |035        |00         |1
            NEW        |1          |1600-01-01 |2022-01-01 |0          |1600       |           |1600-01-01 |029        |00         |1
            """,
        },
    )
    assert show(
        rows, "person_id", "sex", "birth_date", "death_date", "pseudonyms", "residence_departement"
    ) == ["7 | 2 | 1950-05-01 |  | 2 | 029"]
    assert show(rows, "identity_quality", "identity_reason") == ["0 |"]


def test_death_comes_from_the_referential_then_the_causes_then_the_hospital(
    engine: Engine, tmp_path: Path
) -> None:
    """IR_BEN_R > KI_CCI_R > PMSI; a date before birth is set aside and lowers the quality."""
    rows = run(
        engine,
        tmp_path,
        "person",
        {
            "person_link": f"""
            pseudonym | rank | person_id
            ALL       | 1    | {hash60(engine, "A")}
            CAUSES    | 1    | {hash60(engine, "B")}
            HOSPITAL  | 1    | 3
            MONTH     | 1    | 4
            ABSURD    | 1    | 5
            """,
            "pseudonym_link": f"""
            pseudonym | person_id
            ALL       | {hash60(engine, "A")}
            HOSPITAL  | 3
            """,
            "ir_ben_r": """
            BEN_NIR_PSA|BEN_RNG_GEM|BEN_NAI_ANN|BEN_SEX_COD|BEN_DCD_DTE|BEN_DCD_AME
            ALL        |1          |1940       |1          |2022-02-01 |202202
            CAUSES     |1          |1940       |1          |1600-01-01 |160001
            HOSPITAL   |1          |1940       |1          |1600-01-01 |160001
            MONTH      |1          |1940       |1          |1600-01-01 |202203
            ABSURD     |1          |1940       |1          |1930-01-01 |193001
            """,
            "ki_cci_r": """
            BEN_IDT_ANO | DCD_IDT_TOP | BEN_DCD_DTE
            A           | 1           | 2022-02-02
            B           | 1           | 2022-03-03
            HOSPITAL1   | 0           | 2022-01-01
            """,
            "hospital_death": """
            pseudonym | death_date | stays
            ALL       | 2022-02-03 | 1
            HOSPITAL  | 2022-04-04 | 1
            """,
        },
    )
    assert show(rows, "death_date", "death_source", "identity_quality") == [
        "2022-02-01 | IR_BEN_R | 1",
        "2022-03-01 | IR_BEN_R | 1",
        "2022-03-03 | KI_CCI_R | 1",
        "2022-04-04 | PMSI | 1",
        "|  | 2",
    ]


def test_a_year_holds_who_was_born_by_its_end_and_alive_at_its_start(
    engine: Engine, tmp_path: Path
) -> None:
    """Age in completed years on 31 December; days from 1 January or birth to death or the end."""
    rows = run(
        engine,
        tmp_path,
        "person_year",
        {
            "person": """
            person_id | sex | birth_date | death_date
            1         | 1   | 1980-06-01 |
            2         | 2   | 2022-12-01 |
            3         | 2   | 2023-01-01 |
            4         | 1   | 1930-01-01 | 2021-12-31
            5         | 1   | 1930-01-01 | 2022-01-01
            6         | 1   |            |
            """,
            "entitlement": """
            person_id | right | start_date | end_date
            1         | ALD   | 2010-01-01 |
            5         | ALD   | 2010-01-01 | 2021-12-31
            """,
        },
        YEAR_2022,
    )
    assert show(
        rows, "person_id", "age", "age_band", "days_present", "has_ald", "died_in_year"
    ) == [
        "1 | 42 | 40-44 | 365 | 1 | 0",
        "2 | 0 | 00-04 | 31 | 0 | 0",
        "5 | 92 | 90+ | 1 | 0 | 1",
    ]


def test_residence_is_the_last_valid_claim_of_the_year_else_the_referential_else_the_fund(
    engine: Engine, tmp_path: Path
) -> None:
    """Each coding of the overseas départements and of Corsica gives its Insee code."""
    people = "\n".join(
        f"{n} | 1 | 1980-06-01 | {dep} | {com} | {fund}"
        for n, dep, com, fund in (
            (1, "035", "238", ""),
            (2, "099", "", "01C971000"),
            (3, "", "", "01C351000"),
            (4, "097", "411", ""),
            (5, "974", "011", ""),
            (6, "974", "411", ""),
            (7, "201", "004", ""),
            (8, "02B", "033", ""),
            (9, "209", "", ""),
            (10, "035", "999", ""),
        )
    )
    rows = run(
        engine,
        tmp_path,
        "person_year",
        {
            "person": "person_id | sex | birth_date | residence_departement | residence_commune"
            f" | residence_fund\n{people}",
            "claim_residence": """
            person_id|care_year|residence_departement|residence_commune|last_care_date|line_count
            1        |2022     |044                  |109              |2022-05-01    |1
            1        |2022     |099                  |                 |2022-09-01    |1
            1        |2021     |075                  |056              |2021-09-01    |1
            """,
        },
        YEAR_2022,
    )
    assert show(rows, "person_id", "departement", "region", "commune") == [
        "1 | 44 | 52 | 44109",
        "10 | 35 | 53 |",
        "2 | 971 | 01 |",
        "3 | 35 | 53 |",
        "4 | 974 | 04 | 97411",
        "5 | 974 | 04 | 97411",
        "6 | 974 | 04 | 97411",
        "7 | 2A | 94 | 2A004",
        "8 | 2B | 94 | 2B033",
        "9 |  |  |",
    ]


def test_an_exemption_without_end_stays_open_and_renewals_are_one_period(
    engine: Engine, tmp_path: Path
) -> None:
    """1600, NULL, 2099: open. Natures 41, 43, 45 only. The row inserted last wins for a start."""
    rows = run(
        engine,
        tmp_path,
        "entitlement",
        {
            "person_link": """
            pseudonym | rank | person_id
            P         | 1    | 1
            """,
            "ir_imb_r": """
            BEN_NIR_PSA|BEN_RNG_GEM|IMB_ETM_NAT|MED_MTF_COD|IMB_ALD_NUM|IMB_ALD_DTD|IMB_ALD_DTF|INS_DTE
            P          |1          |41         |E11        |8          |2010-01-01 |2012-12-31 |2010-01-01
            P          |1          |41         |E11        |8          |2013-01-01 |2013-06-30 |2013-01-01
            P          |1          |41         |E11        |8          |2013-01-01 |1600-01-01 |2013-05-01
            P          |1          |41         |I10        |           |2011-01-01 |2099-12-31 |2011-01-01
            P          |1          |43         |M05        |           |2011-01-01 |           |2011-01-01
            P          |1          |41         |C50        |30         |2010-01-01 |2011-01-01 |2010-01-01
            P          |1          |41         |C50        |30         |2015-01-01 |2016-01-01 |2015-01-01
            P          |1          |11         |S82        |           |2015-01-01 |2016-01-01 |2015-01-01
            """,
        },
    )
    assert show(rows, "sub_right", "code", "number", "start_date", "end_date", "row_count") == [
        "41 | C50 | 30 | 2010-01-01 | 2011-01-01 | 1",
        "41 | C50 | 30 | 2015-01-01 | 2016-01-01 | 1",
        "41 | E11 | 8 | 2010-01-01 |  | 3",
        "41 | I10 |  | 2011-01-01 |  | 1",
        "43 | M05 | 31 | 2011-01-01 |  | 1",
    ]
