"""Owned functions on dates: the proleptic Gregorian calendar, years 1 to 9999, no time of day."""

from __future__ import annotations

from datetime import date

from labsante.base.texts import Text
from labsante.engine.function_table import Dialect, Example, Function, engines, parameters

_YEAR = {
    "duckdb": "year({0})",
    "spark": "CAST(year({0}) AS BIGINT)",
    "oracle": "EXTRACT(YEAR FROM {0})",
}
_MONTH = {
    "duckdb": "month({0})",
    "spark": "CAST(month({0}) AS BIGINT)",
    "oracle": "EXTRACT(MONTH FROM {0})",
}
_DAY = {
    "duckdb": "day({0})",
    "spark": "CAST(day({0}) AS BIGINT)",
    "oracle": "EXTRACT(DAY FROM {0})",
}
_DIALECTS: tuple[Dialect, ...] = ("duckdb", "spark", "oracle")


def _fill(template: str) -> dict[Dialect, str]:
    """Replace Y[x], M[x], D[x] by the dialect's year, month and day of argument x."""
    filled: dict[Dialect, str] = {}
    for dialect in _DIALECTS:
        text = template
        for mark, parts in (("Y", _YEAR), ("M", _MONTH), ("D", _DAY)):
            for name in ("a", "b", "d", "birth_date", "date"):
                text = text.replace(f"{mark}[{name}]", parts[dialect].format(f"{{{name}}}"))
        filled[dialect] = text
    return filled


def _valid_day(y: str, m: str, d: str) -> dict[Dialect, str]:
    """A date from three whole numbers, NULL where the calendar has no such day."""
    return {
        "duckdb": (
            f"(CASE WHEN NOT ({y} BETWEEN 1 AND 9999 AND {m} BETWEEN 1 AND 12) THEN NULL "
            f"WHEN {d} BETWEEN 1 AND day(last_day(make_date(CAST({y} AS BIGINT), "
            f"CAST({m} AS BIGINT), 1))) "
            f"THEN make_date(CAST({y} AS BIGINT), CAST({m} AS BIGINT), CAST({d} AS BIGINT)) END)"
        ),
        "spark": (
            f"(CASE WHEN NOT ({y} BETWEEN 1 AND 9999 AND {m} BETWEEN 1 AND 12) THEN NULL "
            f"WHEN {d} BETWEEN 1 AND day(last_day(make_date(CAST({y} AS INT), "
            f"CAST({m} AS INT), 1))) "
            f"THEN make_date(CAST({y} AS INT), CAST({m} AS INT), CAST({d} AS INT)) END)"
        ),
        "oracle": (
            f"(CASE WHEN NOT ({y} BETWEEN 1 AND 9999 AND {m} BETWEEN 1 AND 12) THEN NULL "
            f"WHEN {d} BETWEEN 1 AND EXTRACT(DAY FROM LAST_DAY("
            f"TO_DATE(TO_CHAR({y} * 100 + {m}, 'FM000000'), 'YYYYMM'))) "
            f"THEN TO_DATE(TO_CHAR({y} * 10000 + {m} * 100 + {d}, 'FM00000000'), 'YYYYMMDD') END)"
        ),
    }


def _read(pattern: str, year: str, month: str, day: str) -> dict[Dialect, str]:
    """A date from trimmed text whose shape is ``pattern``; NULL for every other text.

    ``year``, ``month``, ``day`` are substr arguments, or a literal day in quotes.
    """

    def part(place: str) -> str:
        return place if place.startswith("'") else f"substr(trim({{text}}), {place})"

    iso = f"{part(year)} || '-' || {part(month)} || '-' || {part(day)}"
    guard = f"{part(year)} <> '0000'"
    return {
        "duckdb": (
            f"(CASE WHEN regexp_full_match(trim({{text}}), '{pattern}') AND {guard} "
            f"THEN TRY_CAST({iso} AS DATE) END)"
        ),
        "spark": (
            f"(CASE WHEN trim({{text}}) RLIKE '^{pattern}$' AND {guard} "
            f"THEN TRY_CAST({iso} AS DATE) END)"
        ),
        "oracle": (
            f"(CASE WHEN REGEXP_LIKE(TRIM({{text}}), '^{pattern}$') AND {guard} "
            f"AND {part(month)} BETWEEN '01' AND '12' THEN CASE WHEN {part(day)} BETWEEN '01' "
            f"AND TO_CHAR(LAST_DAY(TO_DATE({part(year)} || {part(month)}, 'YYYYMM')), 'DD') "
            f"THEN TO_DATE({iso}, 'YYYY-MM-DD') END END)"
        ),
    }


_EMPTY: dict[Dialect, str] = {}

FUNCTIONS = (
    Function(
        "year_of",
        parameters(d="DATE"),
        "BIGINT",
        Text("Année d'une date", "Year of a date"),
        Text("De 1 à 9999.", "From 1 to 9999."),
        (Example((date(2022, 3, 31),), 2022), Example((None,), None)),
        _fill("Y[d]"),
    ),
    Function(
        "month_of",
        parameters(d="DATE"),
        "BIGINT",
        Text("Mois d'une date", "Month of a date"),
        Text("De 1 à 12.", "From 1 to 12."),
        (Example((date(2022, 3, 31),), 3),),
        _fill("M[d]"),
    ),
    Function(
        "day_of",
        parameters(d="DATE"),
        "BIGINT",
        Text("Jour du mois", "Day of the month"),
        Text("De 1 à 31.", "From 1 to 31."),
        (Example((date(2022, 3, 31),), 31),),
        _fill("D[d]"),
    ),
    Function(
        "quarter_of",
        parameters(d="DATE"),
        "BIGINT",
        Text("Trimestre d'une date", "Quarter of a date"),
        Text("De 1 à 4.", "From 1 to 4."),
        (Example((date(2022, 3, 31),), 1), Example((date(2022, 4, 1),), 2)),
        {
            "duckdb": "((month({d}) + 2) // 3)",
            "spark": "((month({d}) + 2) div 3)",
            "oracle": "FLOOR((EXTRACT(MONTH FROM {d}) + 2) / 3)",
        },
    ),
    Function(
        "weekday_of",
        parameters(d="DATE"),
        "BIGINT",
        Text("Jour de la semaine, lundi = 1, dimanche = 7", "Day of the week, Monday 1, Sunday 7"),
        Text("Numérotation ISO 8601.", "ISO 8601 numbers."),
        (Example((date(2022, 3, 28),), 1), Example((date(2022, 4, 3),), 7)),
        {
            "duckdb": "isodow({d})",
            "spark": "CAST(weekday({d}) + 1 AS BIGINT)",
            "oracle": "(TRUNC({d}) - TRUNC({d}, 'IW') + 1)",
        },
    ),
    Function(
        "age_at",
        parameters(birth_date="DATE", date="DATE"),
        "BIGINT",
        Text("Âge en années révolues", "Age in completed years"),
        Text(
            "Différence des années, moins un avant l'anniversaire. Une personne née un "
            "29 février fête son anniversaire le 1er mars des années non bissextiles. "
            "Négatif avant la naissance.",
            "Difference of the years, minus one before the birthday. A person born on "
            "29 February has their birthday on 1 March of common years. Negative before birth.",
        ),
        (
            Example((date(1950, 6, 15), date(2022, 6, 14)), 71),
            Example((date(1950, 6, 15), date(2022, 6, 15)), 72),
            Example((date(2000, 2, 29), date(2001, 2, 28)), 0),
            Example((date(2000, 2, 29), date(2001, 3, 1)), 1),
            Example((date(2022, 1, 1), date(2021, 12, 31)), -1),
            Example((None, date(2021, 12, 31)), None),
        ),
        _fill(
            "(Y[date] - Y[birth_date] - CASE WHEN M[date] * 100 + D[date] "
            "< M[birth_date] * 100 + D[birth_date] THEN 1 ELSE 0 END)"
        ),
    ),
    Function(
        "months_between",
        parameters(a="DATE", b="DATE"),
        "BIGINT",
        Text("Mois révolus de a à b", "Completed months from a to b"),
        Text(
            "Différence des mois, moins un tant que le jour de b n'a pas atteint celui de a : "
            "du 31 janvier au 29 février, zéro. Négatif si b précède a (arrondi vers le bas).",
            "Difference of the months, minus one until the day of b reaches that of a: from "
            "31 January to 29 February, zero. Negative when b precedes a (rounded down).",
        ),
        (
            Example((date(2020, 1, 31), date(2020, 2, 29)), 0),
            Example((date(2020, 1, 31), date(2020, 3, 31)), 2),
            Example((date(2020, 3, 1), date(2020, 2, 29)), -1),
        ),
        _fill("((Y[b] - Y[a]) * 12 + M[b] - M[a] - CASE WHEN D[b] < D[a] THEN 1 ELSE 0 END)"),
    ),
    Function(
        "days_between",
        parameters(a="DATE", b="DATE"),
        "BIGINT",
        Text("Jours de a à b", "Days from a to b"),
        Text(
            "Zéro le même jour, un le lendemain, négatif si b précède a.",
            "Zero on the same day, one on the next, negative when b precedes a.",
        ),
        (
            Example((date(2020, 2, 28), date(2020, 3, 1)), 2),
            Example((date(2021, 1, 1), date(2020, 12, 31)), -1),
        ),
        {
            "duckdb": "({b} - {a})",
            "spark": "CAST(datediff({b}, {a}) AS BIGINT)",
            "oracle": "({b} - {a})",
        },
    ),
    Function(
        "add_days",
        parameters(d="DATE", n="BIGINT"),
        "DATE",
        Text("Date n jours plus tard", "The date n days later"),
        Text("n peut être négatif.", "n may be negative."),
        (
            Example((date(2020, 2, 28), 2), date(2020, 3, 1)),
            Example((date(2021, 1, 1), -1), date(2020, 12, 31)),
        ),
        {
            "duckdb": "({d} + CAST({n} AS INTEGER))",
            "spark": "date_add({d}, CAST({n} AS INT))",
            "oracle": "({d} + {n})",
        },
    ),
    Function(
        "add_months",
        parameters(d="DATE", n="BIGINT"),
        "DATE",
        Text("Date n mois plus tard", "The date n months later"),
        Text(
            "Le jour est gardé, ou ramené au dernier jour du mois d'arrivée : 31 janvier plus un "
            "mois, 28 ou 29 février ; 28 février plus un mois, 28 mars.",
            "The day is kept, or clipped to the last day of the month of arrival: 31 January "
            "plus one month, 28 or 29 February; 28 February plus one month, 28 March.",
        ),
        (
            Example((date(2021, 1, 31), 1), date(2021, 2, 28)),
            Example((date(2021, 2, 28), 1), date(2021, 3, 28)),
            Example((date(2020, 2, 29), -12), date(2019, 2, 28)),
        ),
        {
            "duckdb": "CAST({d} + to_months(CAST({n} AS INTEGER)) AS DATE)",
            "spark": "add_months({d}, CAST({n} AS INT))",
            # Oracle's own ADD_MONTHS sticks to the end of the month (28 Feb + 1 = 31 March).
            "oracle": (
                "(ADD_MONTHS(TRUNC({d}, 'MM'), {n}) + LEAST(EXTRACT(DAY FROM {d}), "
                "EXTRACT(DAY FROM LAST_DAY(ADD_MONTHS(TRUNC({d}, 'MM'), {n})))) - 1)"
            ),
        },
    ),
    Function(
        "month_start",
        parameters(d="DATE"),
        "DATE",
        Text("Premier jour du mois", "First day of the month"),
        Text("C'est ainsi qu'un mois s'écrit.", "This is how a month is written."),
        (Example((date(2020, 2, 29),), date(2020, 2, 1)),),
        {
            "duckdb": "make_date(year({d}), month({d}), 1)",
            "spark": "trunc({d}, 'MM')",
            "oracle": "TRUNC({d}, 'MM')",
        },
    ),
    Function(
        "month_end",
        parameters(d="DATE"),
        "DATE",
        Text("Dernier jour du mois", "Last day of the month"),
        Text("28, 29, 30 ou 31.", "28, 29, 30 or 31."),
        (Example((date(2020, 2, 1),), date(2020, 2, 29)),),
        engines("last_day({d})", oracle="LAST_DAY({d})"),
    ),
    Function(
        "quarter_start",
        parameters(d="DATE"),
        "DATE",
        Text("Premier jour du trimestre", "First day of the quarter"),
        Text("1er janvier, avril, juillet ou octobre.", "1 January, April, July or October."),
        (Example((date(2020, 6, 30),), date(2020, 4, 1)),),
        {
            "duckdb": "make_date(year({d}), (month({d}) - 1) // 3 * 3 + 1, 1)",
            "spark": "trunc({d}, 'QUARTER')",
            "oracle": "TRUNC({d}, 'Q')",
        },
    ),
    Function(
        "year_start",
        parameters(d="DATE"),
        "DATE",
        Text("Premier jour de l'année", "First day of the year"),
        Text("Le 1er janvier.", "1 January."),
        (Example((date(2020, 6, 30),), date(2020, 1, 1)),),
        {
            "duckdb": "make_date(year({d}), 1, 1)",
            "spark": "trunc({d}, 'YEAR')",
            "oracle": "TRUNC({d}, 'YYYY')",
        },
    ),
    Function(
        "make_day",
        parameters(y="BIGINT", m="BIGINT", d="BIGINT"),
        "DATE",
        Text("Date d'une année, d'un mois et d'un jour", "A date from year, month and day"),
        Text(
            "NULL si le calendrier n'a pas ce jour (30 février, mois 13, année 0).",
            "NULL where the calendar has no such day (30 February, month 13, year 0).",
        ),
        (
            Example((2022, 2, 28), date(2022, 2, 28)),
            Example((2022, 2, 30), None),
            Example((2022, 13, 1), None),
        ),
        _valid_day("{y}", "{m}", "{d}"),
    ),
    Function(
        "read_date",
        parameters(text="VARCHAR", format="CONSTANT"),
        "DATE",
        Text("Date lue dans un texte", "A date read from text"),
        Text(
            "Formats : YYYYMMDD, DDMMYYYY, DD/MM/YYYY, YYYY-MM-DD, YYYYMM (premier du mois). "
            "Les blancs autour sont ignorés ; tout autre texte, ou un jour qui n'existe pas, "
            "donne NULL.",
            "Formats: YYYYMMDD, DDMMYYYY, DD/MM/YYYY, YYYY-MM-DD, YYYYMM (first of the month). "
            "Blanks around are ignored; any other text, or a day that does not exist, gives NULL.",
        ),
        (
            Example(("20220228", "YYYYMMDD"), date(2022, 2, 28)),
            Example(("20220230", "YYYYMMDD"), None),
            Example(("28/02/2022", "DD/MM/YYYY"), date(2022, 2, 28)),
            Example(("202202", "YYYYMM"), date(2022, 2, 1)),
            Example(("00000000", "YYYYMMDD"), None),
        ),
        _EMPTY,
        {
            "YYYYMMDD": _read("[0-9]{{8}}", "1, 4", "5, 2", "7, 2"),
            "DDMMYYYY": _read("[0-9]{{8}}", "5, 4", "3, 2", "1, 2"),
            "DD/MM/YYYY": _read("[0-9]{{2}}/[0-9]{{2}}/[0-9]{{4}}", "7, 4", "4, 2", "1, 2"),
            "YYYY-MM-DD": _read("[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}", "1, 4", "6, 2", "9, 2"),
            "YYYYMM": _read("[0-9]{{6}}", "1, 4", "5, 2", "'01'"),
        },
    ),
    Function(
        "known_date",
        parameters(d="DATE"),
        "DATE",
        Text("Date connue, ou NULL", "The date if it is known, or NULL"),
        Text(
            "Les valeurs de remplissage du SNDS deviennent NULL : jusqu'au 31/12/1600 "
            "(01/01/0001, 01/01/1600) et à partir du 01/01/2099 (31/12/2099, 31/12/2999, "
            "31/12/9999).",
            "The SNDS placeholders become NULL: up to 31/12/1600 (01/01/0001, 01/01/1600) and "
            "from 01/01/2099 (31/12/2099, 31/12/2999, 31/12/9999).",
        ),
        (
            Example((date(1600, 1, 1),), None),
            Example((date(1, 1, 1),), None),
            Example((date(2099, 12, 31),), None),
            Example((date(2022, 5, 1),), date(2022, 5, 1)),
        ),
        engines(
            "(CASE WHEN {d} BETWEEN DATE '1601-01-01' AND DATE '2098-12-31' THEN {d} END)",
            oracle="(CASE WHEN {d} BETWEEN DATE '1601-01-01' AND DATE '2098-12-31' THEN {d} END)",
        ),
    ),
    Function(
        "date_text",
        parameters(d="DATE"),
        "VARCHAR",
        Text("Date en texte AAAA-MM-JJ", "A date as text YYYY-MM-DD"),
        Text("Toujours dix caractères.", "Always ten characters."),
        (Example((date(2022, 3, 1),), "2022-03-01"), Example((date(1, 1, 1),), "0001-01-01")),
        engines("CAST({d} AS VARCHAR)", oracle="TO_CHAR({d}, 'YYYY-MM-DD')")
        | {"spark": "CAST({d} AS STRING)"},
    ),
    Function(
        "period_text",
        parameters(d="DATE"),
        "VARCHAR",
        Text("Mois en texte AAAA-MM", "A month as text YYYY-MM"),
        Text("Le nom d'une période mensuelle.", "The name of a monthly period."),
        (Example((date(2022, 3, 31),), "2022-03"),),
        {
            "duckdb": "substr(CAST({d} AS VARCHAR), 1, 7)",
            "spark": "substr(CAST({d} AS STRING), 1, 7)",
            "oracle": "TO_CHAR({d}, 'YYYY-MM')",
        },
    ),
)
