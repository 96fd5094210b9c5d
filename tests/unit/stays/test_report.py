"""The report, the card and the bench document: whole, self-contained, free of rows."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("lightgbm", reason="the extra learn is not installed")

from dataclasses import replace

from labsante.base.files import canonical_json
from labsante.stays.bench import BenchResult, bench_stays
from labsante.stays.report import case_mix_index, report_html, write_report
from tests.unit.stays.made import made_spec, make


@pytest.fixture(scope="module")
def result() -> BenchResult:
    spec = made_spec()
    spec = replace(spec, model=replace(spec.model, rounds=30))
    return bench_stays(make(rows=2500, hospitals=12).stays, spec, moments=["discharge"])


def test_the_document_has_every_measure(result: BenchResult) -> None:
    document = json.loads(canonical_json(result.as_dict()))
    scores = document["moments"]["discharge"]["scores"]
    for section in ("totals", "typical_stay", "calibration", "interval", "distribution",
                    "long_stays", "zero", "hospitals", "groups"):  # fmt: skip
        assert scores[section], section
    assert document["canary"]["missed"] == []
    names = {item["name"] for item in document["moments"]["discharge"]["baselines"]}
    assert names == {"national_mean", "group_mean:root", "glm_gamma", "negative_binomial", "cox",
                     "neighbours"}  # fmt: skip


def test_the_model_beats_the_means(result: BenchResult) -> None:
    item = result.moments[0]
    mine = item.scores["totals"]["r_squared"]["value"]
    others = {base["name"]: base["r_squared"] for base in item.baselines if "r_squared" in base}
    assert others["national_mean"] == pytest.approx(0.0, abs=0.01)
    assert mine > others["national_mean"]
    assert mine > others["group_mean:root"]


def test_the_page_is_self_contained_french_and_without_ranks(result: BenchResult) -> None:
    page = report_html(result, case_mix_index(result))
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            opened.append(tag)
            assert not {"src", "href"} & {name for name, _ in attrs}

    Reader().feed(page)
    assert 'lang="fr"' in page
    assert opened.count("svg") == 3
    assert "ce n'est pas un classement" in page
    assert page.index("H000") < page.index("H011")


def test_everything_is_written(result: BenchResult, tmp_path: Path) -> None:
    write_report(result, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "metrics.json", "hospital_index.json", "card-discharge.md",
                     "model-discharge"}  # fmt: skip
    card = (tmp_path / "card-discharge.md").read_text("utf-8")
    assert card.index("Usage") < card.index("Use:")
