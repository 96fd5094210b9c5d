"""Age bands: the nineteen five-year bands, the broad bands that are their unions, and the standard.

One nested tree: ``all`` → five broad bands → five-year bands, ``90+`` last. Ages are completed
years at a date stated by the table that carries them.

Source of the standard: European Standard Population 2013 (Eurostat, "Revision of the European
Standard Population", 2013), with 90-94 and 95+ joined (800 + 200).
"""

from __future__ import annotations

ALL_AGES = "all"
LAST_BAND = "90+"

FIVE_YEAR_BANDS: tuple[str, ...] = (
    *(f"{low:02d}-{low + 4:02d}" for low in range(0, 90, 5)),
    LAST_BAND,
)

# Name, first and last five-year band by index.
_BROAD: tuple[tuple[str, int, int], ...] = (
    ("0-19", 0, 3),
    ("20-39", 4, 7),
    ("40-59", 8, 11),
    ("60-74", 12, 14),
    ("75+", 15, 18),
)

BROAD_BANDS: tuple[str, ...] = tuple(name for name, _, _ in _BROAD)

#: The five-year bands of each broad band.
BROAD_MEMBERS: dict[str, tuple[str, ...]] = {
    name: FIVE_YEAR_BANDS[first : last + 1] for name, first, last in _BROAD
}

#: Persons of the European Standard Population 2013 in each five-year band; total 100,000.
ESP2013: dict[str, int] = dict(
    zip(
        FIVE_YEAR_BANDS,
        (
            5000,
            5500,
            5500,
            5500,
            6000,
            6000,
            6500,
            7000,
            7000,
            7000,
            7000,
            6500,
            6000,
            5500,
            5000,
            4000,
            2500,
            1500,
            1000,
        ),
        strict=True,
    )
)
