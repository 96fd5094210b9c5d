"""Pages, files and API over HTTP: what they say, what they weigh, how they fail."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsante.web.content import Content
from labsante.web.figures import DEPARTEMENT, REGION
from labsante.web.state import read_view
from tests.unit.web.reading import Reader, numbers, read

PAGES = (
    "/",
    "/indicateurs",
    "/indicateurs?q=diabete",
    "/indicateurs?q=zzz",
    "/indicateurs/PAT-DIAB-PREV",
    "/indicateurs/PAT-DIAB-PREV?territoire=REG-53&niveau=DEP&taux=std",
    "/indicateurs/INN-SGLT2?territoire=DEP-35&niveau=DEP&sexe=2&age=75%2B",
    "/indicateurs/HOS-DMS?territoire=DEP-976",
    "/territoires",
    "/territoires/FRA",
    "/territoires/REG-53",
    "/territoires/DEP-2A?ordre=ecart",
    "/innovations",
    "/innovations?territoire=REG-53&seuil=25",
    "/prevention?territoire=DEP-35",
    "/prevention?niveau=DEP",
    "/hopital?niveau=DEP&territoire=DEP-35",
    "/pathologies",
    "/financement",
    "/explorer",
    "/explorer?x=PAT-DIAB-PREV&y=HOS-DMS&niveau=DEP",
    "/recherche",
    "/recherche?q=grippe",
    "/recherche?q=zzz",
    "/dictionnaire",
    "/dictionnaire/ER_PRS_F",
    "/dictionnaire/ER_PRS_F/BEN_NIR_PSA",
    "/qualite",
    "/api",
    "/plan",
    "/accessibilite",
    "/mentions-legales",
    "/donnees-personnelles",
)
ERRORS = (
    ("/rien", 404, None),
    ("/indicateurs/RIEN", 404, "indicateur"),
    ("/territoires/REG-99", 404, "territoire"),
    ("/indicateurs/HOS-DMS?territoire=REG-99", 422, "territoire"),
    ("/indicateurs/HOS-DMS?niveau=COM", 422, "niveau"),
    ("/indicateurs/HOS-DMS?periode=1800", 422, "periode"),
    ("/indicateurs/HOS-DMS?annee=1800", 422, "periode"),
    ("/indicateurs/HOS-DMS?sexe=9", 422, "sexe"),
    ("/indicateurs/HOS-DMS?age=12", 422, "age"),
    ("/indicateurs/HOS-DMS?taux=faux", 422, "taux"),
    ("/indicateurs/HOS-DMS?langue=de", 422, "langue"),
    ("/territoires?territoire=DEP-00", 422, "territoire"),
    ("/territoires/REG-53?ordre=hasard", 422, "ordre"),
    ("/innovations?seuil=7", 422, "seuil"),
    ("/innovations?indicateur=HOS-DMS", 422, "indicateur"),
    ("/explorer?theme=rien", 422, "theme"),
    ("/explorer?x=RIEN&y=HOS-DMS", 422, "x"),
    ("/dictionnaire/RIEN", 404, "table"),
    ("/dictionnaire/ER_PRS_F/RIEN", 404, "variable"),
    ("/indicateurs/HOS-DMS.csv?format=xls", 422, "format"),
    ("/indicateurs/HOS-DMS.svg?graphique=camembert", 422, "graphique"),
)
ENGLISH_WORDS = re.compile(
    r"\b(the|and|of|with|territory|value|trend|release[ds]?|show|search|sex|age band|count|gap|"
    r"download|map|home|not available|women|men|all ages|rate|quality|checks?)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_french_light_and_well_formed(site: Any, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    reader = read(answer.text)
    tags = [tag for tag, _ in reader.tags]
    assert dict(reader.tags[0][1])["lang"] == "fr"
    assert tags.count("h1") == 1
    assert len(gzip.compress(answer.content)) <= 25_600
    first_link = next(attributes for tag, attributes in reader.tags if tag == "a")
    assert first_link["class"] == "skip"
    assert first_link["href"] == "#contenu"
    ids = [a["id"] for _, a in reader.tags if a.get("id")]
    assert len(ids) == len(set(ids)), "an id is used twice"


@pytest.mark.parametrize("path", PAGES)
def test_french_pages_speak_french(site: Any, path: str) -> None:
    for text in _visible(read(site.get(path).text)):
        if text.lang == "en" or "code" in text.path:
            continue
        assert not re.search(r"\d,\d{3}\.|\d\.\d+ ?%", text.words), text.words
        assert not re.search(r" [%‰;:?!»]|« ", text.words), text.words
        if text.kind not in ("name",):
            assert not ENGLISH_WORDS.search(text.words), text.words


@pytest.mark.parametrize("path", PAGES)
def test_each_number_has_a_kind_and_no_small_count_of_persons_shows(site: Any, path: str) -> None:
    for text in _visible(read(site.get(path).text)):
        if not re.search(r"\d", text.words):
            continue
        assert text.kind, f"no kind around: {text.words!r}"
        if text.kind in ("persons", "rounded"):
            assert not [n for n in numbers(text.words) if 1 <= n <= 10], text.words


@pytest.mark.parametrize("path", PAGES)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(site: Any, path: str) -> None:
    answer = site.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for tag, attributes in read(answer.text).tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        if tag in ("script", "link", "img", "use", "iframe", "form"):
            address = attributes.get("src") or attributes.get("href") or attributes.get("action")
            assert not urlsplit(str(address)).netloc, address
        assert tag != "style"
        if tag == "script":
            assert attributes.get("src")


@pytest.mark.parametrize("path", PAGES)
def test_the_english_page_has_the_same_figures(site: Any, path: str) -> None:
    joint = "&" if "?" in path else "?"
    english = site.get(f"{path}{joint}langue=en")
    assert english.status_code == 200
    assert dict(read(english.text).tags[0][1])["lang"] == "en"
    french_cells = _cells(site.get(path).text)
    assert len(_cells(english.text)) == len(french_cells)


@pytest.mark.parametrize(("path", "status", "parameter"), ERRORS)
def test_an_error_names_the_parameter_in_french(
    site: Any, path: str, status: int, parameter: str | None
) -> None:
    answer = site.get(path)
    assert answer.status_code == status
    if answer.headers["content-type"].startswith("application/problem+json"):
        problem = answer.json()
        assert problem["status"] == status
        assert parameter is None or parameter in problem["detail"]
        return
    reader = read(answer.text)
    assert dict(reader.tags[0][1])["lang"] == "fr"
    words = " ".join(text.words for text in reader.texts)
    assert parameter is None or parameter in words


def test_a_hostile_value_is_shown_as_text(site: Any) -> None:
    for path in (
        "/indicateurs/HOS-DMS?territoire=<script>alert(1)</script>",
        "/indicateurs?q=<script>alert(1)</script>",
        "/territoires/<script>",
    ):
        page = site.get(path).text
        assert "<script>" not in page.lower().replace("<script type", "")


def test_api_errors_are_problems(site: Any) -> None:
    answer = site.get("/api/v1/indicators/HOS-DMS/data?sexe=9")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["parameter"] == "sexe"
    english = site.get("/api/v1/indicators/RIEN?langue=en").json()
    assert english["status"] == 404
    assert english["title"] == "Page not found"


def test_answers_are_tagged_compressed_and_not_sent_twice(site: Any) -> None:
    first = site.get("/indicateurs/PAT-DIAB-PREV")
    assert first.headers["content-encoding"] == "gzip"
    assert "max-age" in first.headers["cache-control"]
    again = site.get("/indicateurs/PAT-DIAB-PREV", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    plain = site.get("/indicateurs/PAT-DIAB-PREV", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text
    asset = re.search(r'href="(/static/[^"]+\.css)"', first.text)
    assert asset
    assert "immutable" in site.get(asset.group(1)).headers["cache-control"]


def test_only_reading_is_allowed(site: Any) -> None:
    assert site.post("/").status_code == 405
    assert site.head("/").status_code == 200


def test_the_api_describes_itself(site: Any) -> None:
    description = site.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert "/api/v1/indicators" in description["paths"]
    listed = site.get("/api/v1/indicators").json()["indicators"]
    assert {"PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS"} <= {one["id"] for one in listed}
    for one in listed:
        assert site.get(one["data"]).status_code == 200
        assert site.get(one["page"]).status_code == 200
    territories = site.get("/api/v1/territories").json()["territories"]
    assert len(territories) == 1 + 18 + 101


def test_obligatory_texts(site: Any) -> None:
    assert "Accessibilité\u00a0: non conforme" in site.get("/").text
    assert "Défenseur des droits" in site.get("/accessibilite").text
    assert "Données synthétiques" in site.get("/").text
    assert "Contact:" in site.get("/.well-known/security.txt").text
    assert "User-agent" in site.get("/robots.txt").text
    assert site.get("/health").text == "ok"


@settings(max_examples=25)
@given(data=st.data())
def test_page_csv_json_and_api_say_the_same(site: Any, content: Content, data: Any) -> None:
    """Over random states: every line of the table is the line of the files, digit for digit."""
    id = data.draw(st.sampled_from(["PAT-DIAB-PREV", "INN-SGLT2", "HOS-DMS"]))
    indicator = content.indicator(id)
    query = {
        "territoire": data.draw(st.sampled_from(["FRA", "REG-53", "DEP-35", "DEP-2A", "REG-06"])),
        "niveau": data.draw(st.sampled_from([REGION, DEPARTEMENT])),
        "periode": data.draw(st.sampled_from(indicator.periods)),
        "sexe": data.draw(st.sampled_from(indicator.sexes)),
        "age": data.draw(st.sampled_from(indicator.ages)),
        "taux": data.draw(st.sampled_from(["brut", "std"] if indicator.has_standardised
                                          else ["brut"])),
        "tri": data.draw(st.sampled_from(["valeur", "effectif", "territoire"])),
    }  # fmt: skip
    view = read_view(indicator, query)
    page = site.get(view.address()).text
    norm = list(csv.DictReader(io.StringIO(site.get(view.address(".csv")).text)))
    french = site.get(view.address(".csv") + "&format=tableur").content.decode("utf-8-sig")
    sheet = list(csv.DictReader(io.StringIO(french), delimiter=";"))
    json_rows = site.get(view.address(".json")).json()["donnees"]
    api = site.get(f"/api/v1/indicators/{id}/data?{view.query()}").json()["donnees"]
    assert api == json_rows
    shown = list(_table(page))
    assert [row["code"] for row in shown] == [row["code"] for row in norm]
    assert [row["code"] for row in norm] == [row["code"] for row in json_rows]
    for on_page, in_csv, in_sheet, in_json in zip(shown, norm, sheet, json_rows, strict=True):
        assert in_sheet["valeur"].replace(",", ".") == in_csv["valeur"]
        if in_csv["statut"] != "diffuse":
            assert in_csv["valeur"] == in_csv["effectif"] == in_csv["ic95_bas"] == ""
            assert in_json["valeur"] is None
            assert on_page["cells"][2] in ("s", "nd", "so")
            continue
        value = in_csv["valeur"].replace("-", "\u2212").replace(".", ",")
        assert on_page["cells"][2].replace("\u202f", "") == value
        assert f"{in_json['valeur']:.{indicator.decimals}f}" == in_csv["valeur"]
        if in_csv["effectif"]:
            assert on_page["cells"][0].replace("\u202f", "") == in_csv["effectif"]
            assert on_page["cells"][1].replace("\u202f", "") == in_csv["population"]
        bounds = on_page["cells"][3].replace("\u202f", "").replace("\u2212", "-")
        assert [b.replace(",", ".") for b in bounds.split("\u00a0à ")] == [
            in_csv["ic95_bas"],
            in_csv["ic95_haut"],
        ]
    codes = set(re.findall(r'data-code="([^"]+)"', page.split('id="tableau"')[0]))
    assert codes - {"FRA"} <= {row["code"] for row in norm}
    level = {row["code"] for row in norm} - {"FRA"}
    assert level <= codes, "each line of the table is on the map"


@pytest.mark.parametrize("chart", ["carte", "evolution", "comparaison"])
def test_a_chart_stands_alone(site: Any, chart: str) -> None:
    answer = site.get(f"/indicateurs/PAT-DIAB-PREV.svg?graphique={chart}&territoire=REG-53")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "href=" not in answer.text
    assert "<title" in answer.text
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]


def test_a_new_version_is_served_at_once(tmp_path: Any) -> None:
    from fastapi.testclient import TestClient

    from labsante.publication.sample import write_sample
    from labsante.web.app import create_app

    folder = tmp_path / "publication"
    client = TestClient(create_app(folder))
    empty = client.get("/")
    assert empty.status_code == 503
    assert "pas encore publié" in empty.text
    write_sample(folder, seed=1)
    before = client.get("/api/v1/indicators/PAT-DIAB-PREV/data").json()
    write_sample(folder, seed=2)
    after = client.get("/api/v1/indicators/PAT-DIAB-PREV/data").json()
    assert before["publication"]["version"] != after["publication"]["version"]
    assert before["donnees"] != after["donnees"]


def test_the_schema_describes_the_csv(site: Any) -> None:
    schema = site.get("/api/v1/indicators/PAT-DIAB-PREV/schema").json()
    header = site.get("/indicateurs/PAT-DIAB-PREV.csv").text.splitlines()[0].split(",")
    assert [field["name"] for field in schema["fields"]] == header
    assert json.dumps(schema)


def _visible(reader: Reader) -> list[Any]:
    return [text for text in reader.texts if text.path and text.path[0] == "html"
            and "body" in text.path and "script" not in text.path]  # fmt: skip


def _cells(page: str) -> list[str]:
    return re.findall(r"<td[^>]*>", page)


def _table(page: str) -> Iterator[dict[str, Any]]:
    body = page.split('id="tableau"')[1].split("</table>")[0]
    for row in re.findall(r'<tr data-code="([^"]+)"[^>]*>(.*?)</tr>', body, re.DOTALL):
        cells = [
            re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[1])
        ]
        yield {"code": row[0], "cells": cells}
