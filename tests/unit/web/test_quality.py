from __future__ import annotations

from labsante.web.pages.quality import checks, freshness

REPORT = {
    "checks": [
        {
            "name": "Q01", "family": "structure", "severity": "blocking", "outcome": "passed",
            "title": {"fr": "Une ligne une fois", "en": "A line once"},
            "why": {"fr": "Pourquoi : tout compterait double.", "en": "Why."},
            "table": "ER_PRS_F", "disqualifies": ["dispensing"],
        },
        {
            "name": "Q02", "family": "structure", "severity": "warning", "outcome": "failed",
            "title": {"fr": "Autre", "en": "Other"}, "why": {"fr": "x", "en": "x"},
            "table": "ER_PHA_F", "disqualifies": [],
        },
    ],
    "freshness": [
        {"care_month": f"2022-{m:02d}", "completeness": 1 - m / 100, "fluxes_seen": 30 - m}
        for m in range(1, 13)
    ] + [{"care_month": "2023-01", "completeness": 0.5, "fluxes_seen": 2}],
}  # fmt: skip


def test_failed_checks_come_first_in_words() -> None:
    ((family, rows),) = checks(REPORT, "fr")
    assert family == "Structure"
    assert [row["name"] for row in rows] == ["Q02", "Q01"]
    assert rows[0]["outcome"] == "✗ en échec"
    assert rows[1]["protects"] == "dispensing"
    assert "\u00a0:" in rows[1]["why"]


def test_the_last_twelve_months_latest_first() -> None:
    rows = freshness(REPORT, "fr")
    assert len(rows) == 12
    assert rows[0] == {"month": "janvier\u00a02023", "share": "50\u00a0%", "fluxes": "2"}


def test_an_empty_report_gives_an_empty_page() -> None:
    assert checks({}, "fr") == []
    assert freshness({}, "fr") == []
