# ruff: noqa: E501 (tables as text)
"""A France of four persons on which no check fires: the tables that rules read, as text."""

from __future__ import annotations

import duckdb

from labsante.quality.runner import prepare
from labsante.snds import RawTable, raw_table

KEYS = """FLX_DIS_DTD | FLX_TRT_DTD | FLX_EMT_TYP | FLX_EMT_NUM | FLX_EMT_ORD | ORG_CLE_NUM | DCT_ORD_NUM | PRS_ORD_NUM | REM_TYP_AFF | LINE_ID"""
LINE_1 = "2021-02-01 | 2021-01-12 | 1 | 2 | 3 | 01C731222 | 1 | 1 | 0 | 101"
LINE_2 = "2021-02-01 | 2021-01-12 | 1 | 2 | 3 | 01C731222 | 2 | 1 | 0 | 102"

TABLES = {
    "IR_BEN_R": """
BEN_NIR_PSA | BEN_RNG_GEM | BEN_IDT_ANO | BEN_NIR_ANO | BEN_CDI_NIR | BEN_NAI_ANN | BEN_NAI_MOI | BEN_SEX_COD | BEN_RES_DPT | BEN_RES_COM | BEN_DCD_DTE | ORG_AFF_BEN
P1          | 1           | I1          | N1          | 00          | 1950        | 05          | 1           | 035         | 238         | 1600-01-01  | 01C351000
P2          | 1           | I2          | N2          | 00          | 1960        | 11          | 2           | 02A         | 004         | 1600-01-01  | 01C201000
P3          | 1           | I3          | N3          | 00          | 1930        | 01          | 2           | 974         | 011         | 2021-06-20  | 01C974000
P4          | 1           | I4          | N4          | 03          | 2001        | 12          | 1           | 075         | 056         | 1600-01-01  | 01C751000
""",
    "ER_PRS_F": f"""
{KEYS} | BEN_NIR_PSA | BEN_RNG_GEM | EXE_SOI_DTD | EXE_SOI_DTF | PRE_PRE_DTD | PRS_NAT_REF | PRS_ACT_QTE | PRS_PAI_MNT | BSE_REM_BSE | BSE_REM_MNT | RGO_REM_TAU | CPL_REM_BSE | CPL_MAJ_TOP | DPN_QLF | PRS_DPN_QLP | BEN_RES_DPT | BEN_CDI_NIR | RGO_ASU_NAT | EXO_MTF | BEN_QAF_COD | PSE_SPE_COD | PFS_EXE_NUM | PFS_PRE_NUM
{LINE_1} | P1 | 1 | 2021-01-05 | 2021-01-05 | 2021-01-04 | 3303 | 1.00 | 30.00 | 30.00 | 19.50 | 65.00 | 0 | 0 | 0 | 0 | 035 | 00 | 10 | 0 | 10 | 1 | 11111111 | 22222222
{LINE_2} | P2 | 1 | 2021-01-06 | 2021-01-06 |            | 1111 | 1.00 | 25.00 | 25.00 | 17.50 | 70.00 | 0 | 0 |   | 0 | 02A | 00 | 10 | 0 | 10 | 1 | 11111111 | 22222222
""",
    "IR_PHA_R": """
PHA_CIP_C13   | PHA_ATC_C07
3400930000001 | A10BA02
""",
    "IR_IMB_R": """
BEN_NIR_PSA | BEN_RNG_GEM | IMB_ALD_DTD | IMB_ALD_DTF | IMB_ETM_NAT | MED_MTF_COD
P1          | 1           | 2015-03-01  | 1600-01-01  | 41          | E11
P2          | 1           | 2015-03-01  | 2025-03-01  | 41          | I50
""",
    "T_MCOaaB": """
DATA_YEAR | ETA_NUM   | RSA_NUM | GRG_GHM | DGN_PAL | DGN_REL | SEJ_NBJ | NBR_SEA | NBR_RUM | COD_SEX | AGE_ANN | AGE_JOU | SEJ_TYP
2021      | 350000741 | 0001    | 05M092  | I500    |         | 4       |         | 1       | 1       | 70      |         |
2021      | 350000741 | 0002    | 14Z13A  | O800    |         | 3       |         | 1       | 2       | 30      |         |
2021      | 350000741 | 0003    | 08C27J  | M161    |         | 0       |         | 1       | 2       | 60      |         |
2021      | 350000741 | 0004    | 28Z04Z  | Z491    | N185    |         | 12      | 1       | 1       | 70      |         |
2021      | 350000741 | 0005    | 15M05A  | Z380    |         | 3       |         | 1       | 1       |         | 0       |
""",
    "T_MCOaaC": """
DATA_YEAR | ETA_NUM   | RSA_NUM | NIR_ANO_17 | EXE_SOI_DTD | EXE_SOI_DTF | NIR_RET | NAI_RET | SEX_RET
2021      | 350000741 | 0001    | P1         | 2021-03-01  | 2021-03-05  | 0       | 0       | 0
2021      | 350000741 | 0002    | P2         | 2021-03-01  | 2021-03-04  | 0       | 0       | 0
2021      | 350000741 | 0003    | P2         | 2021-05-01  | 2021-05-01  | 0       | 0       | 0
2021      | 350000741 | 0004    | P1         | 2021-06-01  | 2021-06-28  | 0       | 0       | 0
2021      | 350000741 | 0005    | P4         | 2020-12-30  | 2021-01-02  | 0       | 0       | 0
""",
    "T_MCOaaUM": """
DATA_YEAR | ETA_NUM   | RSA_NUM | UM_ORD_NUM
2021      | 350000741 | 0001    | 1
2021      | 350000741 | 0002    | 1
2021      | 350000741 | 0003    | 1
2021      | 350000741 | 0004    | 1
2021      | 350000741 | 0005    | 1
""",
    "T_MCOaaA": """
DATA_YEAR | ETA_NUM   | RSA_NUM | CDC_ACT
2021      | 350000741 | 0003    | NEKA020
""",
    "T_MCOaaD": """
DATA_YEAR | ETA_NUM   | RSA_NUM | ASS_DGN
2021      | 350000741 | 0001    | E119
""",
    "T_MCOaaCSTC": """
DATA_YEAR | ETA_NUM   | SEQ_NUM
2021      | 350000741 | 00000001
""",
    "KI_CCI_R": """
DATA_YEAR | DCD_IDT_ENC | FLX_PER_ANN | DCD_IDT_TOP
2007      | D1          | 2007        | 1
2010      | D2          | 2010        | 1
2021      | D3          | 2021        | 1
""",
    "ER_PHA_F": f"""
{KEYS} | PHA_PRS_C13 | PHA_ACT_QSN | PHA_ORD_NUM
{LINE_1} | 3400930000001 | 1 | 1
{LINE_1} | 3400930000001 | 1 | 2
""",
    "ER_UCD_F": f"{KEYS} | UCD_UCD_COD | UCD_ORD_NUM\n{LINE_1} | 0000009123456 | 1",
    "ER_CAM_F": f"{KEYS} | CAM_ORD_NUM\n{LINE_2} | 1",
    "ER_BIO_F": f"{KEYS} | BIO_ORD_NUM\n{LINE_2} | 1",
    "ER_TIP_F": f"{KEYS} | TIP_ORD_NUM\n{LINE_2} | 1",
    "ER_ARO_F": f"{KEYS} | ARO_ORD_NUM\n{LINE_2} | 1",
    "ER_ETE_F": f"{KEYS}\n{LINE_2}",
    "ER_TRS_F": f"{KEYS}\n{LINE_2}",
    "ER_DTR_F": f"{KEYS}\n{LINE_2}",
    "ER_INV_F": f"{KEYS}\n{LINE_2}",
    "ER_RAT_F": f"{KEYS}\n{LINE_2}",
    "ER_LOT_F": f"{KEYS}\n{LINE_2}",
}  # fmt: skip


def small_france() -> duckdb.DuckDBPyConnection:
    """A connection that holds every table above, with the types of the lake."""
    connection = duckdb.connect()
    for name, text in TABLES.items():
        load(connection, raw_table(name), text)
    prepare(connection)
    return connection


def load(connection: duckdb.DuckDBPyConnection, table: RawTable, text: str) -> None:
    """Create a table from a text: one line a row, ``|`` between cells, empty is NULL."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.schema)
    connection.execute(f"CREATE TABLE {table.name} ({columns})")
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header = ", ".join(cell.strip() for cell in lines[0].split("|"))
    for line in lines[1:]:
        cells = [cell.strip() or None for cell in line.split("|")]
        marks = ", ".join("?" for _ in cells)
        connection.execute(f"INSERT INTO {table.name} ({header}) VALUES ({marks})", cells)
