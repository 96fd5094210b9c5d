"""Cells: one pass for many gives what one by one gives; persons count once a period."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.workspace import EngineSettings
from labsante.engine import open_engine
from labsante.indicators import Indicator, catalogue, read_indicator
from labsante.indicators.cells import CellsComputer, groups
from labsante.indicators.periods import complete_periods
from labsante.indicators.queries import tables_of
from labsante.indicators.sources import text_source

KNOWN = catalogue()

PERSON_YEAR = "person_id | year | sex | age | age_band | departement | has_ald | died_in_year\n" + (
    "\n".join(
        f"{person} | {year} | {1 + person % 2} | {40 + 4 * person} | "
        f"{5 * ((40 + 4 * person) // 5):02d}-{5 * ((40 + 4 * person) // 5) + 4:02d} | "
        f"{'35' if person < 4 else '2A'} | {person % 2} | 0"
        for person in range(1, 8)
        for year in (2020, 2021, 2022)
    )
)
DISPENSING = "person_id | care_date | atc | large_pack | is_negative\n" + "\n".join(
    f"{person} | {year}-{month:02d}-{10 + person} | {atc} | 0 | 0"
    for person, atcs in enumerate(
        ("A10BA02", "C09AA05 A10BK01", "N06AB10", "C10AA05 R03AC02", "A10AB01 A10BA02", "J01CA04"),
        start=1,
    )
    for atc in atcs.split()
    for year in (2020, 2021, 2022)
    for month in (1, 4, 6, 11)
    if not (person == 1 and year == 2020)
)
STAYS = """
stay_id | person_id | field | year | entry_date | exit_date  | nights | sex | age | departement
1       | 1         | MCO   | 2022 | 2022-01-03 | 2022-01-06 | 3      | 2   | 44  | 35
2       | 1         | MCO   | 2022 | 2022-02-20 | 2022-02-22 | 2      | 2   | 44  | 35
3       | 1         | MCO   | 2022 | 2022-05-01 | 2022-05-02 | 1      | 2   | 44  | 2A
"""


def computed(indicators: list[Indicator], folder: Path) -> dict[str, pa.Table]:
    texts = {"person_year": PERSON_YEAR, "dispensing": DISPENSING, "stay": STAYS}
    for table in set().union(*(tables_of(i, KNOWN) for i in indicators)) - set(texts):
        texts[table] = "person_id\n"
    found: dict[str, pa.Table] = {}
    with open_engine(EngineSettings(), folder) as engine:
        computer = CellsComputer(engine, text_source(texts, folder / "rows"), folder, KNOWN)
        computer.compute(indicators, lambda indicator, cells: found.update({indicator.id: cells}))
    return found


def test_one_pass_for_many_gives_what_one_by_one_gives(tmp_path: Path) -> None:
    many = [KNOWN[name] for name in ("PAT-DIAB-PREV", "INN-SGLT2", "PAT-DIAB-INC", "PAT-HTA")]
    many += [KNOWN[name] for name in ("PAT-RESP", "PAR-ATB", "PAR-STAT", "PAR-ADEP", "HOS-DMS")]
    together = computed(many, tmp_path / "together")
    for indicator in many:
        alone = computed([indicator], tmp_path / indicator.id)[indicator.id]
        assert alone.num_rows
        assert together[indicator.id].equals(alone), indicator.id
    assert pc.sum(together["PAR-ATB"]["s_x"]).as_py() == 12


def test_indicators_that_share_a_population_share_a_pass() -> None:
    shared = groups(
        [KNOWN["PAT-DIAB-PREV"], KNOWN["PAR-ATB"], KNOWN["INN-SGLT2"], KNOWN["HOS-DMS"]]
    )
    assert [[indicator.id for indicator in group] for group in shared] == [
        ["PAT-DIAB-PREV", "PAR-ATB"],
        ["INN-SGLT2"],
        ["HOS-DMS"],
    ]


def test_one_person_seen_in_several_months_and_hospitals_is_one_in_the_year(
    tmp_path: Path,
) -> None:
    text = KNOWN["HOS-TAUX"].toml.replace('"HOS-TAUX"', '"HOS-X"')
    cells = computed([read_indicator(text)], tmp_path)["HOS-X"]
    own = cells.filter(pc.equal(cells["period"], "2022"))
    assert pc.sum(own["n_num"]).as_py() == 1  # persons
    assert pc.sum(own["s_x"]).as_py() == 3  # stays
    assert pc.sum(own["s_x2"]).as_py() == 9  # squared stays of each person


def test_the_first_period_is_the_first_whose_windows_lie_inside_the_data() -> None:
    assert next(p.name for p in complete_periods("month", ["3 months"], [2021])) == "2021-03"
    assert [p.name for p in complete_periods("year", ["24 months"], [2021, 2022])] == ["2022"]
    assert [p.name for p in complete_periods("year", ["10-01..01-31"], [2021, 2022])] == ["2022"]
    assert [p.name for p in complete_periods("quarter", [""], [2021])][-1] == "2021-Q4"


def test_the_incidence_needs_two_clean_years(tmp_path: Path) -> None:
    # Person 1 has no antidiabetic in 2020 but has some in 2021: prevalent in 2022.
    cells = computed([KNOWN["PAT-DIAB-INC"]], tmp_path)["PAT-DIAB-INC"]
    assert set(cells["period"].to_pylist()) == {"2022"}
    assert pc.sum(cells["n_den"]).as_py() == 4  # 1, 2 and 5 have had some
    assert pc.sum(cells["n_num"]).as_py() == 0
