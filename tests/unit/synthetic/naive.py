"""A second reader of the raw files, row by row in plain Python: no numpy, no SQL.

It knows the rules of docs/reference/contracts.md and nothing of the generator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]
Cells = dict[tuple[str, str, str, str, str], tuple[Any, Any, Any, Any]]
REAL = ("00", "03", "04")
UNKNOWN_PLACES = ("099", "999", "000", None)
NONE = date(1600, 1, 1)
OVERSEAS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9F": "976"}
GLIFLOZIN_PAIRS = {f"A10BD{n}" for n in (15, 16, 20, 21, 23, 24, 25)}


def rows(raw: Path, stem: str) -> Iterator[tuple[str, Row]]:
    """Every row of the files whose name starts with ``stem``, with the file's path."""
    for path in sorted(raw.rglob(f"{stem}.parquet")):
        for row in pq.read_table(path).to_pylist():
            yield path.relative_to(raw).as_posix(), row


def departement(dpt: str | None, com: str | None) -> str | None:
    """The Insee code of BEN_RES_DPT and BEN_RES_COM, None where unknown."""
    if dpt in UNKNOWN_PLACES:
        return None
    if dpt == "097":
        return "97" + str(com)[0]
    if dpt in ("02A", "201"):
        return "2A"
    if dpt in ("02B", "202"):
        return "2B"
    return str(dpt)[1:] if str(dpt)[0] == "0" else dpt


def band(age: int) -> str:
    """The five-year band of an age."""
    return "90+" if age >= 90 else f"{age // 5 * 5:02d}-{age // 5 * 5 + 4:02d}"


class Naive:
    """Everything that the tests compare with the truth."""

    def __init__(self, raw: Path, first: int, last: int) -> None:
        self.raw, self.years = raw, range(first, last + 1)
        self.traps: Counter[tuple[str, str]] = Counter()
        self.cells: Cells = {}
        self._read_persons()
        self._read_exemptions()
        self._read_claims()
        self._count_persons()
        self._read_stays()

    def _read_persons(self) -> None:
        owners: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.fictitious: set[tuple[str, int]] = set()
        people: dict[str, Row] = {}
        table = list(rows(self.raw, "IR_BEN_R"))
        for _, row in table:
            key = row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]
            owners[key].add(row["BEN_IDT_ANO"])
            if row["BEN_CDI_NIR"] not in REAL:
                self.fictitious.add(key)
        self.shared = {key for key, names in owners.items() if len(names) > 1}
        self.owner = {
            key: next(iter(names))
            for key, names in owners.items()
            if key not in self.shared and key not in self.fictitious
        }
        ranks: dict[str, set[int]] = defaultdict(set)
        for key in owners:
            ranks[key[0]].add(key[1])
        rows_of: Counter[str] = Counter()
        for path, row in table:
            key = row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]
            real = row["BEN_CDI_NIR"] in REAL
            for trap, seen in {
                "twin": real and len(ranks[key[0]]) > 1,
                "shared_pseudonym": key in self.shared,
                "fictitious": not real,
                "no_own_identifier": real and row["BEN_IDT_TOP"] == 0,
                "provisional": real and row["BEN_CDI_NIR"] != "00",
                "residence_unknown": real and row["BEN_RES_DPT"] in UNKNOWN_PLACES,
            }.items():
                self.traps[trap, path] += seen
            if key not in self.owner:
                continue
            rows_of[row["BEN_IDT_ANO"]] += 1
            self.traps["former_pseudonym", path] += rows_of[row["BEN_IDT_ANO"]] > 1
            known = people.setdefault(row["BEN_IDT_ANO"], row)
            if row["MAX_TRT_DTD"] > known["MAX_TRT_DTD"]:
                people[row["BEN_IDT_ANO"]] = row
        self.people = people
        self.deaths = {
            name: row["BEN_DCD_DTE"]
            for name, row in people.items()
            if row["BEN_DCD_DTE"] not in (None, NONE)
        }
        for path, row in rows(self.raw, "KI_CCI_R"):
            self.traps["death_unmatched", path] += row["DCD_IDT_TOP"] == 0
            if row["DCD_IDT_TOP"] == 1 and row["BEN_IDT_ANO"] not in self.deaths:
                self.deaths[row["BEN_IDT_ANO"]] = row["BEN_DCD_DTE"]
                self.traps["death_missing_in_referential", "REFERENTIALS/IR_BEN_R.parquet"] += 1

    def _read_exemptions(self) -> None:
        self.type_one: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for path, row in rows(self.raw, "IR_IMB_R"):
            end = row["IMB_ALD_DTF"]
            self.traps["open_ended_1600", path] += end == NONE
            self.traps["open_ended_null", path] += end is None
            self.traps["open_ended_2099", path] += end == date(2099, 12, 31)
            if row["MED_MTF_COD"].startswith("E10") and row["IMB_ETM_NAT"] in (41, 43, 45):
                owner = self.owner[row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]]
                self.type_one[owner].append(
                    (row["IMB_ALD_DTD"], date.max if end in (None, NONE) else end)
                )

    def _read_claims(self) -> None:
        drug = {row["PHA_CIP_C13"]: row for _, row in rows(self.raw, "IR_PHA_R")}
        keys = ("FLX_DIS_DTD", "FLX_TRT_DTD", "FLX_EMT_TYP", "FLX_EMT_NUM", "FLX_EMT_ORD",
                "ORG_CLE_NUM", "DCT_ORD_NUM", "PRS_ORD_NUM", "REM_TYP_AFF")  # fmt: skip
        lines: dict[tuple[Any, ...], Row] = {}
        self.last: dict[tuple[str, int], tuple[date, str]] = {}
        for path, row in rows(self.raw, "ER_PRS_F"):
            key = tuple(row[k] for k in keys)
            assert key not in lines, "the nine keys name one line"
            lines[key] = row
            who = row["BEN_NIR_PSA"], row["BEN_RNG_GEM"]
            place = departement(row["BEN_RES_DPT"], row["BEN_RES_COM"])
            if who in self.owner and place:
                told = self.owner[who], row["EXE_SOI_DTD"].year
                if row["EXE_SOI_DTD"] >= self.last.get(told, (date.min, ""))[0]:
                    self.last[told] = row["EXE_SOI_DTD"], place
            informs = 71 in (row["DPN_QLF"], row["PRS_DPN_QLP"])
            for trap, seen in {
                "cancelling_line": row["BSE_REM_SGN"] == 2,
                "information_line": informs,
                "qualifier_null": not informs and None in (row["DPN_QLF"], row["PRS_DPN_QLP"]),
                "surcharge_line": row["CPL_MAJ_TOP"] == 2,
                "late_flux": row["FLX_TRT_DTD"] - row["EXE_SOI_DTD"] > timedelta(60),
                "line_residence_missing": row["BEN_RES_DPT"] in UNKNOWN_PLACES,
                "fictitious_line": row["BEN_CDI_NIR"] not in REAL,
                "shared_pseudonym_line": who in self.shared,
                "fee_without_drug": row["PRS_NAT_REF"] == 3364,
            }.items():
                self.traps[trap, path] += seen
        self.lines = lines
        net: Counter[tuple[Any, ...]] = Counter()
        for path, row in rows(self.raw, "ER_PHA_F"):
            self.traps["two_drugs_one_line", path] += row["PHA_ORD_NUM"] == 2
            line = lines[tuple(row[k] for k in keys)]
            owner = self.owner.get((line["BEN_NIR_PSA"], line["BEN_RNG_GEM"]))
            atc = drug[row["PHA_PRS_C13"]]["PHA_ATC_C07"]
            if owner is None or 71 in (line["DPN_QLF"], line["PRS_DPN_QLP"]):
                continue
            if atc.startswith("A10") and atc != "A10BX06":
                names = ("EXE_SOI_DTD", "PRS_NAT_REF", "PFS_EXE_NUM", "PFS_PRE_NUM")
                where = tuple(line[name] for name in names)
                net[owner, row["PHA_PRS_C13"], *where] += row["PHA_ACT_QSN"]
        self.antidiabetics = [
            (owner, day, drug[cip]["PHA_ATC_C07"], drug[cip]["PHA_CND_TOP"] == "GC")
            for (owner, cip, day, *_), boxes in net.items()
            if boxes > 0
        ]

    def _where(self, name: str, year: int) -> tuple[str, str, str]:
        row = self.people[name]
        code = departement(row["BEN_RES_DPT"], row["BEN_RES_COM"])
        if (name, year) in self.last:
            code = self.last[name, year][1]
        age = year - int(row["BEN_NAI_ANN"])
        return f"DEP-{code}" if code else "UNK", str(row["BEN_SEX_COD"]), band(age)

    def _count_persons(self) -> None:
        for year in self.years:
            alive = {
                name
                for name, row in self.people.items()
                if int(row["BEN_NAI_ANN"]) <= year
                and self.deaths.get(name, date.max) >= date(year, 1, 1)
            }
            days: dict[str, set[date]] = defaultdict(set)
            large: set[str] = set()
            for owner, day, _, big in self.antidiabetics:
                if day.year == year:
                    days[owner].add(day)
                    if big:
                        large.add(owner)
            treated = {
                name
                for name in alive
                if len(days[name]) >= 3 or (len(days[name]) == 2 and name in large)
            }
            self._add("PAT-DIAB-PREV", str(year), year, alive, treated)
            base = {
                name
                for name in treated
                if not any(
                    start <= date(year, 12, 31) and end >= date(year, 1, 1)
                    for start, end in self.type_one[name]
                )
            }
            for month in range(1, 13):
                if year == self.years[0] and month < 3:
                    continue
                wanted = {(year * 12 + month - back - 1) for back in range(3)}
                taking = {
                    owner
                    for owner, day, atc, _ in self.antidiabetics
                    if day.year * 12 + day.month - 1 in wanted
                    and (atc.startswith("A10BK") or atc in GLIFLOZIN_PAIRS)
                }
                self._add("INN-SGLT2", f"{year}-{month:02d}", year, base, base & taking)

    def _add(
        self, indicator: str, period: str, year: int, below: set[str], above: set[str]
    ) -> None:
        den = Counter(self._where(name, year) for name in below)
        num = Counter(self._where(name, year) for name in above)
        for cell, count in den.items():
            self.cells[indicator, period, *cell] = (count, num[cell], None, None)

    def _read_stays(self) -> None:
        for year in self.years:
            short = f"{year % 100:02d}"
            for path, row in rows(self.raw, f"T_MCO{short}C"):
                codes = [value for name, value in row.items() if name.endswith("_RET")]
                self.traps["failed_chaining", path] += any(code != "0" for code in codes)
                self.traps["hidden_pseudonym", path] += row["NIR_ANO_17"] == "x" * 17
            sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
            for path, row in rows(self.raw, f"T_MCO{short}B"):
                ghm, nights, dpt = row["GRG_GHM"], row["SEJ_NBJ"], row["BDI_DEP"]
                for trap, seen in {
                    "ghm_error": ghm.startswith("90"),
                    "session": ghm.startswith("28") and nights is None and row["NBR_SEA"] >= 1,
                    "inter_hospital": row["SEJ_TYP"] == "B",
                    "departement_unknown": dpt in (None, "99"),
                }.items():
                    self.traps[trap, path] += seen
                if not nights or ghm[:2] in ("28", "90") or row["SEJ_TYP"] == "B":
                    continue
                age = row["AGE_ANN"] if row["AGE_ANN"] is not None else 0
                code = "UNK" if dpt in (None, "99") else f"DEP-{OVERSEAS.get(dpt, dpt)}"
                total = sums[code, row["COD_SEX"], band(age)]
                total[0] += 1
                total[1] += nights
                total[2] += nights * nights
            for cell, (count, total_nights, squares) in sums.items():
                self.cells["HOS-DMS", str(year), *cell] = (count, None, total_nights, squares)
