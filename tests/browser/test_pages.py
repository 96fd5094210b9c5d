"""Every page family in a real browser: accessible, light, complete without scripts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.pages import FAMILIES, WIDTHS

pytestmark = pytest.mark.browser

HTML_LIMIT, PAGE_LIMIT, SCRIPT_LIMIT, REQUEST_LIMIT = 25_600, 61_440, 15_360, 8
WITH_MAP = ("indicator", "indicator_departements", "indicator_mean", "english")
# Families whose charts show territories, and where: the figure's id.
OTHER_CHARTS = {
    "innovations": "delais",
    "prevention": "cible",
    "hospital": "tunnel",
    "explorer": "nuage",
}
WITH_CHARTS = (*WITH_MAP, *OTHER_CHARTS, "territory")


@pytest.mark.parametrize("family", FAMILIES)
def test_axe_finds_no_violation(browser: Any, site_address: str, family: str) -> None:
    """At both widths, and in dark where a family has colours of its own."""
    from axe_playwright_python.sync_playwright import Axe

    views = [(width, "light") for width in WIDTHS]
    if family in (*WITH_CHARTS, "home", "missing"):
        views.append((1280, "dark"))
    for width, scheme in views:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto(site_address + FAMILIES[family])
        found = Axe().run(page).response["violations"]
        told = [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in found]
        page.close()
        assert not told, (width, scheme, told)


@pytest.mark.parametrize("family", FAMILIES)
def test_own_rules(browser: Any, site_address: str, family: str) -> None:
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 800})
        messages: list[str] = []
        page.on("console", lambda m, kept=messages: kept.append(m.text))
        page.on("pageerror", lambda e, kept=messages: kept.append(str(e)))
        page.goto(site_address + FAMILIES[family])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") in ("fr", "en")
        unnamed = page.evaluate(
            """[...document.querySelectorAll('svg')].filter(svg =>
              svg.getAttribute('role') !== 'img'
              || !['aria-labelledby', 'aria-describedby'].every(name => {
                const found = document.getElementById(svg.getAttribute(name));
                return found && found.textContent.trim();
              })).length"""
        )
        assert unnamed == 0
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "contenu"
        refused = [m for m in messages if "404" not in m and "422" not in m]
        page.close()
        assert not refused, refused


def test_focus_is_always_visible(browser: Any, site_address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site_address + FAMILIES["indicator"])
    stops = 0
    for _ in range(80):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """(() => { const e = document.activeElement; if (e === document.body) return null;
              const s = getComputedStyle(e);
              return [s.outlineStyle, parseFloat(s.outlineWidth)]; })()"""
        )
        if state is None:
            break
        stops += 1
        assert state[0] != "none"
        assert state[1] >= 2
    page.close()
    assert stops >= 20


CODES = """s => [...document.querySelectorAll(s)].map(e => e.getAttribute('data-code'))"""


@pytest.mark.parametrize("family", WITH_MAP)
def test_map_and_table_hold_the_same_territories(
    browser: Any, site_address: str, family: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site_address + FAMILIES[family])
    table = set(page.evaluate(CODES, "#tableau tr[data-code]"))
    on_map = set(page.evaluate(CODES, "#carte .wide [data-code]"))
    narrow = set(page.evaluate(CODES, "#carte .narrow [data-code]"))
    on_dots = set(page.evaluate(CODES, "#comparaison .wide [data-code]"))
    page.close()
    assert on_map == narrow == table - {"FRA"}
    assert on_dots <= table


@pytest.mark.parametrize(("family", "figure"), OTHER_CHARTS.items())
def test_each_point_of_a_chart_is_a_line_of_the_table(
    browser: Any, site_address: str, family: str, figure: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site_address + FAMILIES[family])
    table = set(page.evaluate(CODES, "#tableau tr[data-code]"))
    wide = set(page.evaluate(CODES, f"#{figure} .wide [data-code]"))
    narrow = set(page.evaluate(CODES, f"#{figure} .narrow [data-code]"))
    page.close()
    assert wide
    assert wide == narrow
    assert wide <= table


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_and_origins(browser: Any, site_address: str, family: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    addresses: list[str] = []

    def begun(event: dict[str, Any]) -> None:
        addresses.append(event["request"]["url"])
        kinds[event["requestId"]] = event.get("type", "Other")

    session.on("Network.requestWillBeSent", begun)
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
    )
    page.goto(site_address + FAMILIES[family])
    page.wait_for_load_state("networkidle")
    context.close()
    host = urlsplit(site_address).netloc
    assert {urlsplit(address).netloc for address in addresses} == {host}
    assert len(addresses) <= REQUEST_LIMIT, addresses
    assert sum(sizes.values()) <= PAGE_LIMIT
    by_kind = {kind: sum(sizes.get(i, 0) for i, k in kinds.items() if k == kind)
               for kind in set(kinds.values())}  # fmt: skip
    assert by_kind["Document"] <= HTML_LIMIT
    assert by_kind.get("Script", 0) <= SCRIPT_LIMIT


@pytest.mark.parametrize("family", FAMILIES)
def test_without_scripts_the_figures_are_the_same(
    browser: Any, site_address: str, family: str
) -> None:
    texts = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(site_address + FAMILIES[family])
        texts.append(page.locator("main").inner_text())
        context.close()
    assert texts[0] == texts[1]
    assert len(texts[0]) > 40


def test_the_form_writes_the_whole_state_in_the_address(browser: Any, site_address: str) -> None:
    """Choose by the form without scripts; open the address elsewhere; go back and forward."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_address}/indicateurs/PAT-DIAB-PREV")
    first = page.locator("main").inner_text()
    page.select_option("#f-territoire", "DEP-35")
    page.select_option("#f-niveau", "DEP")
    page.select_option("#f-sexe", "2")
    page.click("main form button")
    page.wait_for_load_state()
    address, second = page.url, page.locator("main").inner_text()
    assert "territoire=DEP-35" in address
    assert "Ille-et-Vilaine" in second
    fresh = browser.new_context().new_page()
    fresh.goto(address)
    assert fresh.locator("main").inner_text() == second
    fresh.context.close()
    page.go_back()
    assert page.locator("main").inner_text() == first
    assert page.input_value("#f-territoire") == "FRA"
    page.go_forward()
    assert page.locator("main").inner_text() == second
    assert page.input_value("#f-territoire") == "DEP-35"
    context.close()


def test_a_click_on_the_map_chooses_the_territory(browser: Any, site_address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site_address}/indicateurs/PAT-DIAB-PREV")
    page.locator('#carte .wide [data-code="REG-53"]').click()
    page.wait_for_url(re.compile("territoire=REG-53"))
    assert "Bretagne" in page.locator(".lead").first.inner_text()
    page.close()


def test_the_map_is_coloured_and_hatched(browser: Any, site_address: str) -> None:
    """Shapes come from another file: their colour must reach them."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site_address}/indicateurs/HOS-DMS?niveau=DEP")
    page.wait_for_load_state("networkidle")
    boxes = page.evaluate(
        """[...document.querySelectorAll('#carte .wide use')].map(u => {
             const b = u.getBBox(); return [b.width, getComputedStyle(u).fill]; })"""
    )
    page.close()
    assert len(boxes) == 101 + 4
    assert all(width > 0 for width, _ in boxes), "a shape was not found in the shared file"
    assert len({fill for _, fill in boxes}) >= 5


def test_two_actions_lead_home_to_a_territory(browser: Any, site_address: str) -> None:
    page = browser.new_page()
    page.goto(site_address)
    page.select_option("#h-territoire", "REG-53")
    page.click("main form >> nth=0 >> button")
    page.wait_for_url(re.compile("/territoires/REG-53"))
    assert "Bretagne" in page.locator("h1").inner_text()
    page.close()


def test_three_actions_lead_to_the_query_and_the_csv(browser: Any, site_address: str) -> None:
    page = browser.new_page()
    page.goto(site_address)
    page.get_by_role("link", name="Prévalence du diabète traité").first.click()
    page.locator("#requete summary").click()
    assert page.locator("#requete pre").first.is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV (norme data.gouv.fr)").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.close()


def test_the_printed_page_is_tagged_and_short(browser: Any, site_address: str) -> None:
    page = browser.new_page()
    page.goto(site_address + FAMILIES["indicator"])
    pdf = page.pdf(format="A4", tagged=True, print_background=True)
    page.close()
    assert b"/StructTreeRoot" in pdf
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 7
