"""Faults of a delivery: refused with one clear message, or read right, never half.

Numbers in the names are those of the fault matrix of the security handbook.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labsante.base.files import sha256_file, write_json
from tests.faults.conftest import FaultLab
from tests.faults.deliveries import (
    beneficiary,
    claim,
    csv_text,
    medicine,
    small_delivery,
    stay,
    write_csv,
    write_parquet,
)

CLAIMS = Path("DCIR/2021-02/ER_PRS_F.csv")
NUMBERS = range(1, 201)


def claims(lab: FaultLab) -> Path:
    """The claims of the delivery."""
    return lab.delivery / CLAIMS


def vouch(lab: FaultLab, **changes: object) -> None:
    """Write the delivery.json that vouches for the files as they are."""
    files = []
    for path in sorted(lab.delivery.rglob("*.csv")):
        entry: dict[str, object] = {
            "path": path.relative_to(lab.delivery).as_posix(),
            "sha256": sha256_file(path),
            "bytes": path.stat().st_size,
            "rows": len(path.read_text().splitlines()) - 1,
        }
        files.append(entry)
    write_json(lab.delivery / "delivery.json", {"format": 1, "files": files, **changes})


# Each fault damages the claims, and says what the message must hold.


def no_key_column(path: Path) -> None:
    write_csv(path, [{k: v for k, v in claim(1).items() if k != "FLX_DIS_DTD"}])


def unreadable_date(path: Path) -> None:
    write_csv(
        path, [claim(n, EXE_SOI_DTD="32/01/2021") if n == 7 else claim(n) for n in range(1, 60)]
    )


def unreadable_number(path: Path) -> None:
    write_csv(path, [claim(n, PRS_NAT_REF="abc") for n in range(1, 5)])


def fraction_in_a_code(path: Path) -> None:
    write_csv(path, [claim(n, PRS_NAT_REF="11.5") for n in range(1, 5)])


def empty_key(path: Path) -> None:
    write_csv(path, [claim(n, DCT_ORD_NUM="") for n in range(1, 5)])


def tab_separator(path: Path) -> None:
    write_csv(path, map(claim, NUMBERS), separator="\t")


def bar_separator(path: Path) -> None:
    write_csv(path, map(claim, NUMBERS), separator="|")


def mixed_separators(path: Path) -> None:
    lines = csv_text(map(claim, NUMBERS)).splitlines()
    path.write_text("\n".join([lines[0], *(line.replace(";", ",") for line in lines[1:])]) + "\n")


def no_header(path: Path) -> None:
    path.write_text("\n".join(csv_text(map(claim, NUMBERS)).splitlines()[1:]) + "\n")


def column_twice(path: Path) -> None:
    lines = csv_text(map(claim, NUMBERS)).splitlines()
    path.write_text("\n".join([lines[0].replace("DPN_QLF", "PRS_NAT_REF"), *lines[1:]]) + "\n")


def empty_file(path: Path) -> None:
    path.write_bytes(b"")


def header_only(path: Path) -> None:
    path.write_text(csv_text([claim(1)]).splitlines()[0] + "\n")


def nul_byte(path: Path) -> None:
    text = csv_text(map(claim, NUMBERS))
    path.write_bytes(text.encode().replace(b"01C731222", b"01C\x0031222", 1))


def utf16(path: Path) -> None:
    path.write_bytes(csv_text(map(claim, NUMBERS)).encode("utf-16"))


def cut_in_a_line(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"P00")])


def open_quote(path: Path) -> None:
    text = csv_text(map(claim, range(1, 30)))
    path.write_text(text.replace("P0000000000000012", '"P0000000000000012', 1))


def missing_fields(path: Path) -> None:
    lines = csv_text(map(claim, range(1, 30))).splitlines()
    lines[4] = ";".join(lines[4].split(";")[:5])
    path.write_text("\n".join(lines) + "\n")


def extra_fields(path: Path) -> None:
    lines = csv_text(map(claim, range(1, 30))).splitlines()
    lines[4] += ";9;9"
    path.write_text("\n".join(lines) + "\n")


REFUSED: list[tuple[Callable[[Path], None], list[str]]] = [
    (no_key_column, ["FLX_DIS_DTD", "line 1"]),
    (unreadable_date, ["line 8", "EXE_SOI_DTD", "99/99/9999"]),
    (unreadable_number, ["line 2", "PRS_NAT_REF", "AAA"]),
    (fraction_in_a_code, ["line 2", "PRS_NAT_REF"]),
    (empty_key, ["line 2", "DCT_ORD_NUM"]),
    (tab_separator, ["tab", "line 1"]),
    (bar_separator, ["|", "line 1"]),
    (mixed_separators, ["line 2", "columns"]),
    (no_header, ["header", "line 1"]),
    (column_twice, ["PRS_NAT_REF", "twice"]),
    (empty_file, ["empty"]),
    (header_only, ["no row"]),
    (nul_byte, ["NUL", "line 2"]),
    (utf16, ["UTF-16"]),
    (cut_in_a_line, ["line 201"]),
    (open_quote, ["line"]),
    (missing_fields, ["line 5"]),
    (extra_fields, ["line 5"]),
]


@pytest.mark.parametrize(
    ("fault", "said"), REFUSED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_damaged_csv_is_refused_and_nothing_of_it_is_written(
    lab: FaultLab, fault: Callable[[Path], None], said: list[str]
) -> None:
    fault(claims(lab))
    assert lab.receive() == 10
    assert "ER_PRS_F.csv" in lab.err
    for text in said:
        assert text in lab.err, lab.err
    assert "What to do" in lab.err
    assert "P0000000000000" not in lab.err, "a value of a row in a message"
    assert not [name for name in lab.parquet() if "ER_PRS_F" in name]
    assert lab.err.count("Error:") == 1


def test_what_was_refused_is_received_once_mended(lab: FaultLab, tmp_path: Path) -> None:
    unreadable_date(claims(lab))
    assert lab.receive() == 10
    write_csv(claims(lab), map(claim, NUMBERS))
    assert lab.receive() == 0
    assert len(lab.rows("ER_PRS_F")) == 200


def test_14_a_cut_parquet_is_refused(lab: FaultLab) -> None:
    path = write_parquet(claims(lab).with_suffix(".parquet"), "ER_PRS_F", map(claim, NUMBERS))
    claims(lab).unlink()
    path.write_bytes(path.read_bytes()[:-40])
    assert lab.receive() == 10
    assert "ER_PRS_F.parquet" in lab.err and "cut or damaged" in lab.err
    assert lab.parquet() == []


def test_15_a_flipped_bit_in_a_parquet_is_refused_by_its_hash(lab: FaultLab) -> None:
    vouch(lab)
    content = bytearray(claims(lab).read_bytes())
    content[-20] ^= 1
    claims(lab).write_bytes(content)
    assert lab.receive() == 10
    assert "SHA-256" in lab.err and lab.parquet() == []


def test_14_a_file_cut_at_the_end_of_a_line_is_refused_by_its_size(lab: FaultLab) -> None:
    vouch(lab)
    lines = claims(lab).read_text().splitlines(keepends=True)
    claims(lab).write_text("".join(lines[:-3]))
    assert lab.receive() == 10
    assert "bytes" in lab.err and lab.parquet() == []


def test_13_a_declared_file_that_is_missing_is_named(lab: FaultLab) -> None:
    vouch(lab)
    claims(lab).unlink()
    assert lab.receive() == 10
    assert "ER_PRS_F.csv" in lab.err and lab.parquet() == []


def test_32_a_corrupt_delivery_json_is_refused(lab: FaultLab) -> None:
    (lab.delivery / "delivery.json").write_text("{not json")
    assert lab.receive() == 10
    assert "delivery.json" in lab.err


def compressed(lab: FaultLab) -> Path:
    """The claims, compressed with gzip."""
    path = claims(lab).with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(claims(lab).read_bytes(), mtime=0))
    claims(lab).unlink()
    return path


def test_14_a_gzip_with_a_wrong_check_sum_is_refused(lab: FaultLab) -> None:
    path = compressed(lab)
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(content)
    assert lab.receive() == 10
    assert "ER_PRS_F.csv.gz" in lab.err and "damaged" in lab.err and lab.parquet() == []


def test_14_a_cut_gzip_is_refused(lab: FaultLab) -> None:
    path = compressed(lab)
    path.write_bytes(path.read_bytes()[:-100])
    assert lab.receive() == 10
    assert "ER_PRS_F.csv.gz" in lab.err and lab.parquet() == []


def test_14_a_damaged_zip_is_refused(lab: FaultLab) -> None:
    path = claims(lab).with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(claims(lab), "ER_PRS_F.csv")
    claims(lab).unlink()
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    assert lab.receive() == 10
    assert "ER_PRS_F" in lab.err and lab.parquet() == []


@pytest.mark.parametrize("ending", ["gz", "zip", "zst"])
def test_compressed_files_are_read(lab: FaultLab, ending: str) -> None:
    plain = claims(lab)
    if ending == "gz":
        compressed(lab)
    elif ending == "zip":
        with zipfile.ZipFile(plain.with_suffix(".zip"), "w") as archive:
            archive.write(plain, "ER_PRS_F.csv")
        plain.unlink()
    else:
        import pyarrow as pa

        packed = pa.compress(plain.read_bytes(), codec="zstd", asbytes=True)
        plain.with_suffix(".csv.zst").write_bytes(packed)
        plain.unlink()
    assert lab.receive() == 0, lab.err
    assert len(lab.rows("ER_PRS_F")) == 200


def test_23_latin_1_and_windows_are_read_and_reported(lab: FaultLab) -> None:
    path = lab.delivery / "REFERENTIALS" / "BE_IDE_R.csv"
    row = {"IDE_ETA_NU8": "35000074", "IDE_ETA_NOM": "CENTRE HOSPITALIER D’ÉVREUX – CŒUR"}
    write_csv(path, [row], encoding="cp1252")
    account = lab.account()
    encodings = {file["table"]: file["encoding"] for file in account["files"]}
    assert encodings["BE_IDE_R"] == "Windows-1252"
    assert lab.rows("BE_IDE_R", "IDE_ETA_NOM") == [(row["IDE_ETA_NOM"],)]


def test_23_bom_crlf_quotes_and_quoted_newlines_are_read(lab: FaultLab) -> None:
    rows = [beneficiary(n, ORG_AFF_BEN='a"b;c\nd' if n == 3 else "01C731222") for n in range(1, 50)]
    text = csv_text(rows, newline="\r\n")
    (lab.delivery / "REFERENTIALS" / "IR_BEN_R.csv").write_bytes(text.encode("utf-8-sig"))
    assert lab.receive() == 0, lab.err
    values = {row[0] for row in lab.rows("IR_BEN_R", "ORG_AFF_BEN")}
    assert values == {"01C731222", 'a"b;c\nd'}
    assert len(lab.rows("IR_BEN_R")) == 49


def test_23_decimal_commas_are_read(lab: FaultLab) -> None:
    write_csv(claims(lab), [claim(n, PRS_PAI_MNT="25,50") for n in NUMBERS])
    assert lab.receive() == 0, lab.err
    assert {str(row[0]) for row in lab.rows("ER_PRS_F", "PRS_PAI_MNT")} == {"25.50"}


def test_21_swapped_columns_are_read_by_name(lab: FaultLab) -> None:
    swapped = [dict(reversed(claim(n).items())) for n in NUMBERS]
    write_csv(claims(lab), swapped)
    assert lab.receive() == 0, lab.err
    assert lab.rows("ER_PRS_F", "sum(PRS_PAI_MNT), min(PRS_NAT_REF)") == [(5000, 1111)]


def test_21_an_added_column_is_set_aside_and_reported(lab: FaultLab) -> None:
    write_csv(claims(lab), [claim(n) | {"NEW_COL": "x"} for n in NUMBERS])
    account = lab.account()
    notes = [note for file in account["files"] for note in file["notes"]]
    assert "unknown, kept aside: NEW_COL" in notes
    assert any(name.startswith("_aside/ER_PRS_F") for name in lab.parquet())


def test_21_a_removed_column_becomes_a_typed_null_and_is_noted(lab: FaultLab) -> None:
    account = lab.account()
    notes = {f["table"]: " ".join(f["notes"]) for f in account["files"]}
    assert "BSE_REM_MNT" in notes["ER_PRS_F"]
    assert lab.rows("ER_PRS_F", "count(BSE_REM_MNT)") == [(0,)]


def test_21_project_names_are_recognised(lab: FaultLab) -> None:
    rows = [
        {("NUM_ENQ" if k == "BEN_NIR_PSA" else k): v for k, v in claim(n).items()} for n in NUMBERS
    ]
    write_csv(claims(lab), rows)
    assert lab.receive() == 0, lab.err
    assert lab.rows("ER_PRS_F", "count(DISTINCT BEN_NIR_PSA)") == [(200,)]


def test_24_dates_of_every_family_are_read(lab: FaultLab) -> None:
    written = ["05/01/2021", "2021-01-05", "05JAN2021:00:00:00", "05jan2021:10:20:30", "05JAN2021",
               "20210105", "22285", "01/01/1600", "31/12/9999", "29/02/2020"]  # fmt: skip
    write_csv(claims(lab), [claim(n, EXE_SOI_DTD=d) for n, d in enumerate(written, 1)])
    assert lab.receive() == 0, lab.err
    read = {str(row[0]) for row in lab.rows("ER_PRS_F", "EXE_SOI_DTD")}
    assert read == {"2021-01-05", "1600-01-01", "9999-12-31", "2020-02-29"}


def test_24_negative_quantities_are_kept(lab: FaultLab) -> None:
    write_csv(claims(lab), [claim(n, PRS_ACT_QTE="-1.00", PRS_PAI_MNT="-25.00") for n in NUMBERS])
    assert lab.receive() == 0, lab.err
    assert lab.rows("ER_PRS_F", "sum(PRS_ACT_QTE)") == [(-200,)]


def test_leading_zeros_and_numbers_written_as_doubles(lab: FaultLab) -> None:
    write_csv(claims(lab), [claim(n, BEN_RES_DPT="001", PRS_NAT_REF="1111.0") for n in NUMBERS])
    assert lab.receive() == 0, lab.err
    assert lab.rows("ER_PRS_F", "DISTINCT BEN_RES_DPT, PRS_NAT_REF") == [("001", 1111)]


def test_few_unreadable_rows_are_set_aside_with_line_and_column(lab: FaultLab) -> None:
    rows = [claim(n, PRS_NAT_REF="x1" if n == 50 else "1111") for n in NUMBERS]
    write_csv(claims(lab), rows)
    account = lab.account()
    file = next(f for f in account["files"] if f["table"] == "ER_PRS_F")
    assert (file["rows_read"], file["rows_written"], file["rows_rejected"]) == (200, 199, 1)
    [reject] = file["rejects"]
    assert (reject["line"], reject["column"], reject["value_class"]) == (51, "PRS_NAT_REF", "A9")
    [kept] = [name for name in lab.parquet() if name.startswith("_rejects")]
    assert kept.startswith("_rejects/ER_PRS_F/")


def test_17_the_same_delivery_twice_changes_no_byte(lab: FaultLab) -> None:
    assert lab.receive() == 0
    before = {p: p.stat().st_mtime_ns for p in (lab.workspace / "lake").rglob("*") if p.is_file()}
    assert lab.receive() == 0
    after = {p: p.stat().st_mtime_ns for p in (lab.workspace / "lake").rglob("*") if p.is_file()}
    assert before == after
    assert "0 files received" in lab.out


def test_17_a_copy_of_a_file_in_the_delivery_counts_once(lab: FaultLab) -> None:
    shutil.copy(claims(lab), claims(lab).with_name("ER_PRS_F_1.csv"))
    assert lab.receive() == 0
    assert len(lab.rows("ER_PRS_F")) == 200


def test_18_a_restatement_replaces_its_partition_alone(lab: FaultLab) -> None:
    assert lab.receive() == 0
    before = lab.bytes_of_lake()
    write_csv(claims(lab), [claim(n, PRS_PAI_MNT="30.00") for n in NUMBERS])
    assert lab.receive() == 0
    after = lab.bytes_of_lake()
    changed = {name.split("/")[0] for name in after if before.get(name) != after[name]}
    assert changed == {"ER_PRS_F", "_receipts"}
    assert lab.rows("ER_PRS_F", "sum(PRS_PAI_MNT), count(*)") == [(6000, 200)]


def test_19_overlapping_files_count_a_line_once(lab: FaultLab) -> None:
    write_csv(claims(lab).with_name("ER_PRS_F_2.csv"), map(claim, range(150, 301)))
    account = lab.account()
    assert len(lab.rows("ER_PRS_F")) == 300
    assert sum(f["rows_doubled"] for f in account["files"]) == 51
    for file in account["files"]:
        assert file["rows_read"] == (
            file["rows_written"] + file["rows_rejected"] + file["rows_doubled"]
        )


def test_19_a_later_overlapping_delivery_of_another_name_adds_its_rows(lab: FaultLab) -> None:
    assert lab.receive() == 0
    other = lab.delivery.parent / "other"
    write_csv(other / "ER_PRS_F_2021.csv", map(claim, range(150, 301)))
    assert lab.command("receive", str(other)) == 0, lab.err
    assert len(lab.rows("ER_PRS_F")) == 300


def test_two_true_identical_lines_in_a_file_stay_two(lab: FaultLab) -> None:
    write_csv(
        lab.delivery / "DCIR" / "2021-02" / "ER_PHA_F.csv", [medicine(1), medicine(1), medicine(2)]
    )
    assert lab.receive() == 0
    assert len(lab.rows("ER_PHA_F")) == 3


def test_20_months_in_any_order_give_the_same_lake(lab: FaultLab, tmp_path: Path) -> None:
    months = {"03": "01/03/2021", "04": "01/04/2021"}
    parts = []
    for month, flux in months.items():
        folder = tmp_path / f"m{month}"
        write_csv(
            folder / f"DCIR/2021-{month}/ER_PRS_F.csv",
            [claim(n, FLX_DIS_DTD=flux) for n in NUMBERS],
        )
        parts.append(folder)
    for part in parts:
        assert lab.command("receive", str(part)) == 0
    other = FaultLab(tmp_path / "lab2", lab.delivery, lab.capture)
    assert other.command("init") == 0
    for part in reversed(parts):
        assert other.command("receive", str(part)) == 0
    assert lab.bytes_of_lake() == other.bytes_of_lake()


def test_unknown_files_are_listed_and_skipped(lab: FaultLab) -> None:
    (lab.delivery / "LISEZMOI.txt").write_text("bonjour")
    write_csv(lab.delivery / "NS_PRS_F.csv", [{"A": "1"}])
    assert lab.receive() == 0
    assert "NS_PRS_F.csv: unknown" in lab.out


def test_strict_refuses_unknown_files(lab: FaultLab) -> None:
    write_csv(lab.delivery / "NS_PRS_F.csv", [{"A": "1"}])
    assert lab.receive("--strict") == 10
    assert "NS_PRS_F.csv" in lab.err and lab.parquet() == []


def test_no_known_table_is_refused(lab: FaultLab, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert lab.command("receive", str(tmp_path / "empty")) == 10
    assert lab.command("receive", str(tmp_path / "absent")) == 10


def test_another_generation_of_pseudonyms_is_refused(lab: FaultLab) -> None:
    vouch(lab, generation="G1")
    assert lab.receive() == 0
    vouch(lab, generation="G2")
    write_csv(claims(lab), [claim(1)])
    vouch(lab, generation="G2")
    assert lab.receive() == 10
    assert "generation" in lab.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_permission_denied_is_named(lab: FaultLab) -> None:
    claims(lab).chmod(0)
    assert lab.receive() == 10
    assert "permission denied" in lab.err


def test_9_a_folder_in_place_of_a_file_is_no_file(lab: FaultLab) -> None:
    claims(lab).unlink()
    claims(lab).mkdir()
    assert lab.receive() == 0
    assert not lab.rows("ER_PRS_F")


def test_stays_of_two_years_do_not_mix(lab: FaultLab) -> None:
    write_csv(lab.delivery / "PMSI" / "2022" / "T_MCO22B.csv", map(stay, range(1, 51)))
    assert lab.receive() == 0
    assert sorted(lab.rows("T_MCOaaB", "DISTINCT DATA_YEAR")) == [(2021,), (2022,)]
    assert len(lab.rows("T_MCOaaB")) == 250


def test_35_parquet_and_csv_give_the_same_rows(lab: FaultLab, tmp_path: Path) -> None:
    assert lab.receive() == 0
    other = FaultLab(tmp_path / "lab2", tmp_path / "typed", lab.capture)
    write_parquet(other.delivery / "ER_PRS_F.parquet", "ER_PRS_F", map(claim, NUMBERS))
    assert other.command("init") == 0
    assert other.receive() == 0, other.err
    assert other.rows("ER_PRS_F") == lab.rows("ER_PRS_F")


def test_35_shuffled_lines_give_the_same_bytes(lab: FaultLab, tmp_path: Path) -> None:
    assert lab.receive() == 0
    other = FaultLab(tmp_path / "lab2", small_delivery(tmp_path / "shuffled"), lab.capture)
    path = other.delivery / CLAIMS
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert other.command("init") == 0
    assert other.receive() == 0
    mine, theirs = lab.bytes_of_lake(), other.bytes_of_lake()
    part = "ER_PRS_F/2021-02/part-00000.parquet"
    assert mine[part] == theirs[part]


def test_json_of_a_refusal_is_one_document(lab: FaultLab) -> None:
    no_key_column(claims(lab))
    assert lab.receive("--json") == 10
    assert json.loads(lab.out)["exit_code"] == 10
