"""Small deliveries that real ones look like, to be damaged by a fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from labsante.snds import raw_table

Row = dict[str, str]


def claim(number: int, **changes: str) -> Row:
    """One line of ER_PRS_F, written as a real extraction writes it."""
    row = {
        "FLX_DIS_DTD": "01/02/2021",
        "FLX_TRT_DTD": "12/01/2021",
        "FLX_EMT_TYP": "1",
        "FLX_EMT_NUM": "2",
        "FLX_EMT_ORD": "3",
        "ORG_CLE_NUM": "01C731222",
        "DCT_ORD_NUM": str(number),
        "PRS_ORD_NUM": "1",
        "REM_TYP_AFF": "0",
        "BEN_NIR_PSA": f"P{number:016d}",
        "BEN_RNG_GEM": "1",
        "EXE_SOI_DTD": "05/01/2021",
        "PRS_NAT_REF": "1111",
        "PRS_ACT_QTE": "1.00",
        "PRS_PAI_MNT": "25.00",
        "BEN_RES_DPT": "035",
        "DPN_QLF": "",
    }
    return row | changes


def medicine(number: int, **changes: str) -> Row:
    """One row of ER_PHA_F of the line ``number``."""
    keys = ("FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD",
            "ORG_CLE_NUM", "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF")  # fmt: skip
    row = {key: claim(number)[key] for key in keys}
    row |= {"PHA_PRS_C13": "3400930000001", "PHA_ACT_QSN": "2", "PHA_ORD_NUM": "1"}
    return row | changes


def beneficiary(number: int, **changes: str) -> Row:
    """One row of IR_BEN_R."""
    return {
        "BEN_NIR_PSA": f"P{number:016d}",
        "BEN_RNG_GEM": "1",
        "BEN_IDT_ANO": f"I{number:016d}",
        "BEN_NAI_ANN": "1950",
        "BEN_NAI_MOI": "05",
        "BEN_SEX_COD": "2",
        "BEN_RES_DPT": "035",
        "BEN_RES_COM": "238",
    } | changes


def stay(number: int, **changes: str) -> Row:
    """One row of T_MCOaaB."""
    return {
        "ETA_NUM": "350000741",
        "RSA_NUM": f"{number:010d}",
        "GRG_GHM": "05M092",
        "DGN_PAL": "I500",
        "SEJ_NBJ": "4",
        "COD_SEX": "1",
        "AGE_ANN": "70",
    } | changes


def write_csv(
    path: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    separator: str = ";",
    encoding: str = "utf-8",
    newline: str = "\n",
) -> Path:
    """Write rows with the header of the first one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_text(rows, separator=separator, newline=newline).encode(encoding))
    return path


def csv_text(
    rows: Iterable[Mapping[str, str]], *, separator: str = ";", newline: str = "\n"
) -> str:
    """The text of a CSV."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(
        out, list(listed[0]), delimiter=separator, lineterminator=newline, extrasaction="raise"
    )
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()


def write_parquet(path: Path, table: str, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows with the types of the definition (dates from dd/MM/yyyy)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = list(rows)
    source = path.with_suffix(".tmp.csv")
    write_csv(source, listed)
    columns = []
    for name in listed[0]:
        kind = raw_table(table).column(name).sql_type
        if kind == "DATE":
            cell = f"CAST(strptime({name}, '%d/%m/%Y') AS DATE)"
        else:
            cell = f"CAST({name} AS {kind})"
        columns.append(f"{cell} AS {name}")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM read_csv('{source}', delim=';', "
            f"all_varchar=true)) TO '{path}' (FORMAT parquet)"
        )
    source.unlink()
    return path


def small_delivery(folder: Path, *, lines: int = 200) -> Path:
    """Claims, medicines, beneficiaries and stays: four files that receive well."""
    numbers = range(1, lines + 1)
    write_csv(folder / "DCIR" / "2021-02" / "ER_PRS_F.csv", map(claim, numbers))
    write_csv(folder / "DCIR" / "2021-02" / "ER_PHA_F.csv", map(medicine, numbers))
    write_csv(folder / "REFERENTIALS" / "IR_BEN_R.csv", map(beneficiary, numbers))
    write_csv(folder / "PMSI" / "2021" / "T_MCO21B.csv", map(stay, numbers))
    return folder
