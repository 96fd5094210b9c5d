"""Small SVG charts of the report, drawn in Python: calibration, funnel, distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, MARGIN = 560, 320, 48
INK, SOFT, ACCENT = "#1d2733", "#8b97a5", "#0b6e75"


def _frame(title: str, body: list[str], x_label: str, y_label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
        f'<path d="M{MARGIN} 12V{HEIGHT - MARGIN}H{WIDTH - 12}" fill="none" stroke="{SOFT}"/>'
        + "".join(body)
        + f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {HEIGHT / 2})">{escape(y_label)}</text></svg>'
    )


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - MARGIN - 12)


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - MARGIN - 12)


def _ticks(top: float, *, horizontal: bool) -> list[str]:
    out = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        text = f"{top * share:.1f}".rstrip("0").rstrip(".")
        if horizontal:
            out.append(
                f'<text x="{_x(share):.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">'
                f"{text}</text>"
            )
        else:
            out.append(
                f'<text x="{MARGIN - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{text}</text>'
            )
    return out


def calibration_chart(deciles: Sequence[dict[str, Any]], unit: str) -> str:
    """Observed against predicted, one point a tenth of the stays; the line is equality."""
    top = max(max(row["predicted"], row["observed"]) for row in deciles) * 1.05 or 1.0
    body = [
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="{SOFT}" stroke-dasharray="4 4"/>',
        *_ticks(top, horizontal=True),
        *_ticks(top, horizontal=False),
    ]
    for row in deciles:
        place = _x(row["predicted"] / top), _y(row["observed"] / top)
        body.append(f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="5" fill="{ACCENT}"/>')
    return _frame("Calibration", body, f"prévu ({unit})", f"observé ({unit})")


def histogram(counts: Sequence[int], unit: str) -> str:
    """Share of stays by length, the last bar gathering the rest."""
    total = sum(counts) or 1
    top = max(counts) / total
    step = 1.0 / len(counts)
    body = _ticks(100 * top, horizontal=False)
    for place, count in enumerate(counts):
        height = count / total / top if top else 0.0
        body.append(
            f'<rect x="{_x(place * step):.1f}" y="{_y(height):.1f}" '
            f'width="{step * (WIDTH - MARGIN - 12) * 0.85:.1f}" '
            f'height="{_y(0) - _y(height):.1f}" fill="{ACCENT}"/>'
        )
        if place % 5 == 0:
            body.append(
                f'<text x="{_x((place + 0.4) * step):.1f}" y="{HEIGHT - MARGIN + 16}" '
                f'text-anchor="middle">{place}</text>'
            )
    return _frame("Distribution", body, unit, "% des séjours")


def funnel(rows: Sequence[dict[str, Any]]) -> str:
    """Observed/expected by stays on a log scale, with each hospital's own limits; no ranks."""
    shown = sorted((row for row in rows if row["ratio"] > 0), key=lambda row: row["stays"])
    if not shown:
        return ""
    low, high = math.log(0.4), math.log(2.5)
    first = math.log(max(shown[0]["stays"], 1))
    last = max(math.log(max(shown[-1]["stays"], 2)), first + 0.1)

    def place(stays: int, ratio: float) -> tuple[float, float]:
        x = (math.log(max(stays, 1)) - first) / (last - first)
        y = (min(max(math.log(ratio), low), high) - low) / (high - low)
        return _x(x), _y(y)

    body = []
    for key, dash in (("limits95", "3 3"), ("limits998", "")):
        for side in (0, 1):
            points = " ".join(
                "{:.1f},{:.1f}".format(*place(row["stays"], row[key][side])) for row in shown
            )
            body.append(
                f'<polyline points="{points}" fill="none" stroke="{SOFT}" '
                f'stroke-dasharray="{dash}"/>'
            )
    for row in shown:
        x, y = place(row["stays"], row["ratio"])
        colour = ACCENT if row["within"] == "inside" else "#b4421f"
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"/>')
    for ratio in (0.5, 0.8, 1.0, 1.25, 2.0):
        y = place(shown[0]["stays"], ratio)[1]
        body.append(f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{ratio}</text>')
    for row in (shown[0], shown[len(shown) // 2], shown[-1]):
        x = place(row["stays"], 1.0)[0]
        body.append(
            f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{row["stays"]}'
            "</text>"
        )
    return _frame("Entonnoir", body, "séjours (échelle log)", "observé / attendu (échelle log)")
