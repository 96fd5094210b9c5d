# ruff: noqa: E501 - text tables are wide
"""A lake of a few rows, made from text tables: what reception would have written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from labsante.base.files import read_json, sha256_file
from labsante.base.manifest import Manifest
from labsante.base.workspace import Workspace, init_workspace
from labsante.snds.raw import raw_table
from tests.spec.tables.support import read_text_table, to_arrow

PERSONS = """
BEN_NIR_PSA|BEN_RNG_GEM|BEN_IDT_ANO|BEN_CDI_NIR|BEN_SEX_COD|BEN_NAI_ANN|BEN_NAI_MOI|BEN_RES_DPT|MAX_TRT_DTD
A          |1          |IDA        |00         |1          |1950       |05         |035        |2022-06-01
B          |1          |IDB        |00         |2          |1960       |06         |044        |2022-06-01
"""
DRUGS = """
PHA_CIP_C13   |PHA_ATC_C07|PHA_INS_DTD
3400930000001 |A10BA02    |20000101
3400930000002 |C10AA05    |20000101
"""


def put(workspace: Workspace, table: str, partition: str, text: str, **facts: Any) -> None:
    """Write one lake partition from a text table; LINE_ID and care months are filled in."""
    raw = raw_table(table)
    rows = read_text_table(text)
    if raw.yearly:
        for row in rows:
            row["DATA_YEAR"] = str(int(partition))
    folder = workspace.lake / table / partition
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "part-00000.parquet"
    pq.write_table(to_arrow(rows, list(raw.schema)), path)
    content: dict[str, Any] = {
        "format": 1,
        "name": table,
        "partition": partition,
        "files": [{"name": path.name, "sha256": sha256_file(path), "rows": len(rows)}],
        "rows": len(rows),
        "schema": [list(pair) for pair in raw.schema],
        "origin": "synthetic",
        **facts,
    }
    if table == "ER_PRS_F":
        months: dict[str, int] = {}
        for row in rows:
            if row.get("EXE_SOI_DTD"):
                month = str(row["EXE_SOI_DTD"])[:7]
                months[month] = months.get(month, 0) + 1
        content["care_months"] = months
    Manifest(content).write(folder)


def claims(workspace: Workspace, flux: str, lines: list[tuple[str, str, str, int, str]]) -> None:
    """A flux month of drug lines: (line, pseudonym, care date, boxes, CIP13), one euro a box."""
    head = "LINE_ID|FLX_DIS_DTD|BEN_NIR_PSA|BEN_RNG_GEM|EXE_SOI_DTD|PRS_NAT_REF|PRS_PAI_MNT|BSE_REM_BSE"
    body = [
        f"{line}|{flux}-01|{person}|1|{day}|3313|{boxes}.00|{boxes}.00"
        for line, person, day, boxes, _ in lines
    ]
    put(workspace, "ER_PRS_F", flux, "\n".join([head, *body]))
    head = "LINE_ID|PHA_ORD_NUM|PHA_PRS_C13|PHA_ACT_QSN|PHA_ACT_PRU"
    body = [f"{line}|1|{cip}|{boxes}|1" for line, _, _, boxes, cip in lines]
    put(workspace, "ER_PHA_F", flux, "\n".join([head, *body]))


def tiny_lab(root: Path) -> Workspace:
    """Two persons, two medicines, two flux months, one hospital year."""
    workspace = init_workspace(root)
    put(workspace, "IR_BEN_R", "all", PERSONS)
    put(workspace, "IR_PHA_R", "all", DRUGS)
    claims(
        workspace,
        "2022-02",
        [
            ("1", "A", "2022-01-10", 1, "3400930000001"),
            ("2", "B", "2022-01-20", 2, "3400930000002"),
        ],
    )
    claims(
        workspace,
        "2022-03",
        [
            ("3", "A", "2022-02-10", 1, "3400930000001"),
            ("4", "B", "2022-01-20", -2, "3400930000002"),
        ],
    )
    put(
        workspace,
        "T_MCOaaB",
        "2022",
        """
        ETA_NUM   |RSA_NUM|GRG_GHM|SEJ_NBJ|DGN_PAL|COD_SEX|AGE_ANN|BDI_DEP|SOR_MOD
        350000001 |1      |05M092 |4      |I500   |1      |72     |35     |8
        """,
    )
    put(
        workspace,
        "T_MCOaaC",
        "2022",
        """
        ETA_NUM   |RSA_NUM|NIR_ANO_17|NIR_RET|EXE_SOI_DTD|EXE_SOI_DTF
        350000001 |1      |A         |0      |2022-05-01 |2022-05-05
        """,
    )
    return workspace


def snapshot(workspace: Workspace) -> dict[str, Any]:
    """Hash of every file, and the content section of every manifest."""
    found: dict[str, Any] = {}
    for path in sorted(workspace.tables.rglob("*")):
        name = str(path.relative_to(workspace.tables))
        if path.name == "manifest.json":
            found[name] = read_json(path)["content"]
        elif path.suffix == ".parquet":
            found[name] = sha256_file(path)
    return found
