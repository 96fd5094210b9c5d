# ruff: noqa: E501 - text tables are wide
"""Claims: what a line becomes, how amounts are shared, what netting leaves.

Source of the rules: public SNDS documentation, sheets on affined tables, amounts of community
care, medicines and health facilities; guide of Santé publique France (filters).
"""

from __future__ import annotations

from pathlib import Path

from labsante.engine import Engine
from tests.spec.tables.support import MARCH_2022, run, show

LINK = """
pseudonym | rank | person_id | reason
P         | 1    | 7         |
S         | 1    |           | several_identities
"""


def test_each_drug_row_ends_in_exactly_one_place(engine: Engine, tmp_path: Path) -> None:
    """Filters D3, D4, D5, D6 and D10; a NULL in a tested column loses no row."""
    rows = run(
        engine,
        tmp_path,
        "dispensing_line",
        {
            "person_link": LINK,
            "er_prs_f": """
            LINE_ID|BEN_NIR_PSA|BEN_RNG_GEM|EXE_SOI_DTD|DPN_QLF|PRS_DPN_QLP|CPL_MAJ_TOP|BEN_CDI_NIR|PRS_PAI_MNT
            1      |P          |1          |2022-03-05 |       |           |           |           |10
            2      |P          |1          |2022-03-05 |71     |           |0          |00         |10
            3      |P          |1          |2022-03-05 |0      |72         |0          |00         |10
            4      |P          |1          |2022-03-05 |0      |0          |2          |00         |10
            5      |P          |1          |2022-03-05 |0      |0          |0          |08         |10
            6      |S          |1          |2022-03-05 |0      |0          |0          |00         |10
            7      |X          |1          |2022-03-05 |0      |0          |0          |00         |10
            8      |P          |1          |1600-01-01 |0      |0          |0          |00         |10
            9      |P          |1          |2022-03-05 |0      |0          |0          |00         |10
            """,
            "er_ete_f": """
            LINE_ID | ETE_IND_TAA
            1       | 0
            9       | 1
            """,
            "er_pha_f": "LINE_ID | PHA_PRS_C13 | PHA_ACT_QSN\n"
            + "\n".join(f"{line} | 3400930000001 | 1" for line in range(1, 11)),
        },
    )
    assert show(rows, "line_id", "outcome", "amount_paid") == [
        "1 |  | 10.00",
        "10 | orphan | 0.00",
        "2 | for_information | 10.00",
        "3 | for_information | 10.00",
        "4 | surcharge | 10.00",
        "5 | unlinked_fictitious | 10.00",
        "6 | unlinked_several_identities | 10.00",
        "7 | unlinked_not_in_referential | 10.00",
        "8 | no_care_date | 10.00",
        "9 | counted_in_pmsi | 10.00",
    ]


def test_amounts_are_shared_by_recomputed_base_and_the_last_row_takes_the_rest(
    engine: Engine, tmp_path: Path
) -> None:
    """10 € over bases 1, 1, 1: 3.33, 3.33, 3.34. Loose units count by their own price."""
    rows = run(
        engine,
        tmp_path,
        "dispensing_line",
        {
            "person_link": LINK,
            "er_prs_f": """
            LINE_ID|BEN_NIR_PSA|BEN_RNG_GEM|EXE_SOI_DTD|PRS_PAI_MNT|BSE_REM_BSE|CPL_REM_BSE|BSE_REM_MNT
            1      |P          |1          |2022-03-05 |10.00      |9.00       |1.00       |6.50
            2      |P          |1          |2022-03-05 |8.00       |8.00       |           |
            3      |P          |1          |2022-03-05 |0.05       |0.05       |           |
            """,
            "er_pha_f": """
            LINE_ID|PHA_ORD_NUM|PHA_PRS_C13  |PHA_ACT_QSN|PHA_ACT_PRU|PHA_DEC_TOP|PHA_DEC_QSU|PHA_DEC_PRU
            1      |1          |3400930000001|1          |2.50       |           |           |
            1      |2          |3400930000002|1          |2.50       |           |           |
            1      |3          |3400930000003|1          |2.50       |           |           |
            2      |1          |3400930000001|1          |3.00       |           |           |
            2      |2          |3400930000002|0          |           |D          |10         |0.10
            3      |1          |3400930000001|1          |           |           |           |
            3      |2          |3400930000002|1          |           |           |           |
            """,
        },
    )
    assert show(
        rows, "line_id", "drug_rank", "amount_paid", "amount_base", "amount_reimbursed"
    ) == [
        "1 | 1 | 3.33 | 3.33 | 2.17",
        "1 | 2 | 3.33 | 3.33 | 2.17",
        "1 | 3 | 3.34 | 3.34 | 2.16",
        "2 | 1 | 6.00 | 6.00 | 0.00",
        "2 | 2 | 2.00 | 2.00 | 0.00",
        "3 | 1 | 0.03 | 0.03 | 0.00",
        "3 | 2 | 0.02 | 0.02 | 0.00",
    ]


def test_netting_adds_identical_lines_and_removes_reversed_ones(
    engine: Engine, tmp_path: Path
) -> None:
    """Never DISTINCT: two true lines are two boxes. A negative remainder is kept and flagged."""
    lines = "\n".join(
        f"2022-03-01|{line}|1||7|2022-03-{day}|3313|CIP13|{code}|{boxes}|0|PH|DR|{flux}|{boxes}.00"
        for line, day, code, boxes, flux in (
            (1, "05", "SAME", 1, "2022-04-01"),
            (2, "05", "SAME", 1, "2022-04-01"),
            (3, "06", "GONE", 1, "2022-04-01"),
            (4, "06", "GONE", -1, "2022-06-01"),
            (5, "07", "PART", 3, "2022-04-01"),
            (6, "07", "PART", -1, "2022-05-01"),
            (7, "08", "LESS", -1, "2022-05-01"),
        )
    )
    rows = run(
        engine,
        tmp_path,
        "dispensing",
        {
            "dispensing_line": "care_month|line_id|drug_rank|outcome|person_id|care_date|nature|code_kind|code"
            f"|boxes|loose_units|pharmacy|prescriber|flux_month|amount_paid\n{lines}"
        },
        MARCH_2022,
    )
    assert show(
        rows, "cip13", "boxes", "line_count", "amount_paid", "flux_month", "is_negative"
    ) == [
        "LESS | -1 | 1 | -1.00 | 2022-05-01 | 1",
        "PART | 2 | 2 | 2.00 | 2022-05-01 | 0",
        "SAME | 2 | 2 | 2.00 | 2022-04-01 | 0",
    ]


def test_the_atc_is_the_one_of_the_date_and_an_ambiguity_never_doubles_a_dispensing(
    engine: Engine, tmp_path: Path
) -> None:
    """Two rows of the referential for one CIP13 are two periods; on one date, the first code."""
    drugs = run(
        engine,
        tmp_path,
        "drug",
        {
            "ir_pha_r": """
            PHA_CIP_C13  |PHA_PRS_IDE|PHA_ATC_C07|PHA_ATC_CLA|PHA_INS_DTD|PHA_CND_TOP
            3400930000001|           |A10BA02    |           |20000101   |
            3400930000001|           |A10BD05    |           |20220301   |GC
            3400930000002|           |           |C10AA05    |20000101   |
            3400930000002|           |           |B01AC06    |20000101   |
            """
        },
    )
    assert show(drugs, "code", "atc", "large_pack", "valid_from", "valid_to", "ambiguous") == [
        "3400930000001 | A10BA02 | 0 | 1900-01-01 | 2022-02-28 | 0",
        "3400930000001 | A10BD05 | 1 | 2022-03-01 | 9999-12-31 | 0",
        "3400930000002 | B01AC06 | 0 | 1900-01-01 | 9999-12-31 | 1",
    ]


def test_care_keeps_surcharges_in_amounts_and_out_of_acts(engine: Engine, tmp_path: Path) -> None:
    """25 € and a flat participation of -1 €: two rows, one act, 16.50 € reimbursed."""
    lines = run(
        engine,
        tmp_path,
        "care_line",
        {
            "person_link": LINK,
            "er_prs_f": """
            LINE_ID|BEN_NIR_PSA|BEN_RNG_GEM|EXE_SOI_DTD|PRS_NAT_REF|CPL_MAJ_TOP|PRS_ACT_QTE|PRS_PAI_MNT|BSE_REM_BSE|BSE_REM_MNT|CPL_REM_MNT
            1      |P          |1          |2022-03-05 |1111       |0          |1          |27.00      |25.00      |17.50      |
            2      |P          |1          |2022-03-05 |1111       |2          |1          |0.00       |           |           |-1.00
            3      |P          |1          |2022-03-05 |3313       |0          |1          |5.00       |5.00       |           |
            """,
            "er_pha_f": """
            LINE_ID | PHA_PRS_C13
            3       | 3400930000001
            """,
            "er_aro_f": """
            LINE_ID | ARO_REM_TYP | ARO_REM_MNT
            1       | 5           | 7.50
            """,
        },
    )
    assert show(
        lines, "line_id", "outcome", "is_surcharge", "amount_reimbursed", "amount_other_payers"
    ) == [
        "1 |  | 0 | 17.50 | 7.50",
        "2 |  | 1 | -1.00 | 0.00",
        "3 | counted_in_dispensing | 0 | 0.00 | 0.00",
    ]
    text = "care_month|line_id|detail_rank|person_id|care_date|service|is_surcharge|code_system|code|activity|quantity|executant|prescriber|amount_paid|amount_base|amount_reimbursed|amount_other_payers|flux_month"
    body = "\n".join(
        f"2022-03-01|{r['line_id']}|1|7|2022-03-05|1111|{r['is_surcharge']}|||"
        f"|{r['quantity']}|D1||{r['amount_paid']}|{r['amount_base']}|{r['amount_reimbursed']}|{r['amount_other_payers']}|2022-04-01"
        for r in lines
        if r["outcome"] is None
    )
    # Empty texts are keys of the netting: a text table cannot tell them from NULL.
    rows = run(engine, tmp_path, "care", {"care_line": f"{text}\n{body}"}, MARCH_2022)
    assert show(rows, "nature", "quantity", "amount_paid", "amount_reimbursed") == [
        "consultation | 1.00 | 27.00 | 17.50",
        "surcharge | 0.00 | 0.00 | -1.00",
    ]
