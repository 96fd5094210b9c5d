"""From a TOML text to an :class:`Indicator`, strictly: what is not understood is refused.

A key written below a ``[table]`` header belongs to that table, so a top-level key placed too low
would be read as something else; the message then says to move it higher.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from labsante.base.errors import DefinitionError
from labsante.base.texts import Text
from labsante.indicators.form import (
    COMPARISONS,
    CROSSINGS,
    DEFAULT_CROSSINGS,
    DIRECTIONS,
    PERIODS,
    STANDARDS,
    THEMES,
    TYPES,
    Exclusion,
    Indicator,
    PatientTest,
    Population,
    Reference,
    Selection,
)

REQUIRED = ("id", "title", "unit", "type", "definition", "source", "theme", "why")
OPTIONAL = (
    "direction",
    "period",
    "decimals",
    "limits",
    "population",
    "exclusions",
    "numerator",
    "measure",
    "window",
    "multiplier",
    "breakdowns",
    "additive_over",
    "standard",
    "comparison",
    "target",
    "origin",
    "breaks",
    "unavailable",
    "representative",
    "reviewed",
    "next_review",
    "reference",
    "test",
)
TOP_KEYS = REQUIRED + OPTIONAL
SELECTION_KEYS = (
    "table",
    "codes",
    "where",
    "having",
    "value",
    "date",
    "window",
    "indicator",
    "condition",
    "sql",
    "any",
)
POPULATION_KEYS = ("base", "sex", "ages", "where", "weight", "within")
REFERENCE_KEYS = ("value", "period", "territory", "tolerance", "who", "url")
TEST_KEYS = ("name", "period", "tables", "expected")
ID_PATTERN = re.compile(r"^[A-Z]{3}-[A-Z0-9][A-Z0-9-]{0,18}$")
AGES_PATTERN = re.compile(r"^(\d{1,3})(?:-(\d{1,3})|\+)$")
WINDOW_PATTERN = re.compile(r"^(?:period|\d{1,3} months|\d\d-\d\d\.\.\d\d-\d\d)$")


def read_indicator(text: str, where: str = "") -> Indicator:
    """Read one definition.

    Raises DefinitionError with ``where`` as ``file:line`` for anything unknown, missing or of
    the wrong kind.
    """
    return _Reader(text, where).read()


class _Reader:
    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.file = where or "definition"
        self.lines = text.splitlines()

    def read(self) -> Indicator:
        try:
            document = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            place = f"{self.file}:{line[1]}" if line else self.file
            raise DefinitionError("not valid TOML", where=place, why=str(error)) from None
        self._known(document, TOP_KEYS, "")
        for key in REQUIRED:
            if key not in document:
                raise DefinitionError(f"key {key} is missing", where=self.file)
        if "unavailable" not in document and "population" not in document:
            raise DefinitionError(
                "key population is missing",
                where=self.file,
                hint="give a population, or say why the figure is `unavailable`",
            )
        return self._indicator(document)

    def _indicator(self, d: Mapping[str, Any]) -> Indicator:
        if not ID_PATTERN.match(str(d["id"])):
            raise self._wrong("id", "an id is a domain of three letters, a dash, a name: PAT-DIAB")
        kind = self._choice(d, "type", TYPES)
        period = self._choice(d, "period", PERIODS, "year")
        window = str(d.get("window", ""))
        numerator = self._selection(d.get("numerator"), "numerator", window)
        measure = self._selection(d.get("measure"), "measure", window)
        population = self._population(d.get("population"))
        if population is not None:
            self._sides(kind, population, numerator, measure)
        crossings = tuple(d.get("breakdowns", DEFAULT_CROSSINGS[period]))
        for crossing in crossings:
            if crossing not in CROSSINGS:
                raise self._wrong("breakdowns", _near(str(crossing), CROSSINGS))
        standard = self._choice(d, "standard", STANDARDS, "none")
        if standard != "none" and kind not in ("proportion", "rate"):
            raise self._wrong("standard", "only proportions and rates are standardised by age")
        return Indicator(
            id=str(d["id"]),
            title=self._text(d, "title"),
            unit=self._text(d, "unit"),
            type=kind,
            direction=self._choice(d, "direction", DIRECTIONS, "neutral"),
            theme=self._choice(d, "theme", THEMES),
            period=period,
            decimals=self._whole(d, "decimals", 1),
            definition=self._text(d, "definition"),
            why=self._text(d, "why"),
            source=self._text(d, "source"),
            limits=self._texts(d, "limits"),
            population=population,
            exclusions=self._exclusions(d.get("exclusions", [])),
            numerator=numerator,
            measure=measure,
            multiplier=self._number(d, "multiplier", 100.0 if kind == "proportion" else 1.0),
            breakdowns=crossings,
            additive_over=tuple(d.get("additive_over", ("territory", "sex", "age"))),
            standard=standard,
            comparison=self._choice(d, "comparison", COMPARISONS, "none"),
            target=None if "target" not in d else self._number(d, "target", 0.0),
            origin=str(d.get("origin", "")),
            breaks=self._texts(d, "breaks"),
            unavailable=self._text(d, "unavailable") if "unavailable" in d else None,
            representative=bool(d.get("representative", True)),
            reviewed=str(d.get("reviewed", "")),
            next_review=str(d.get("next_review", "")),
            references=tuple(self._reference(r) for r in self._tables(d, "reference")),
            tests=tuple(self._test(t) for t in self._tables(d, "test")),
            toml=self.text,
            where=self.file,
        )

    def _sides(
        self,
        kind: str,
        population: Population,
        numerator: Selection | None,
        measure: Selection | None,
    ) -> None:
        if kind in ("proportion", "ratio", "curve", "sql") and numerator is None:
            raise DefinitionError(f"a {kind} needs a numerator", where=self.file)
        if kind == "rate" and numerator is None and measure is None:
            raise DefinitionError("a rate needs a numerator or a measure", where=self.file)
        if kind in ("mean", "delay") and measure is None:
            raise DefinitionError(f"a {kind} needs a measure", where=self.file)
        for name, selection in (("numerator", numerator), ("measure", measure)):
            if kind == "sql" and name == "numerator" and not numerator.sql:  # type: ignore[union-attr]
                raise self._wrong("numerator", "an indicator of type sql has numerator.sql")
            if selection is None or population.base != "person_year" or kind == "sql":
                continue
            if not _one_source(selection):
                hint = "name one of: table, indicator, condition, sql, any"
                raise self._wrong(name, hint)

    def _population(self, value: Any) -> Population | None:
        if value is None:
            return None
        table = self._table(value, "population", POPULATION_KEYS)
        if "base" not in table:
            raise self._wrong("population", 'name its base, such as base = "person_year"')
        sex = str(table.get("sex", ""))
        if sex not in ("", "1", "2"):
            raise self._wrong("sex", "sex is 1 (men) or 2 (women)")
        ages = str(table.get("ages", ""))
        if ages and not AGES_PATTERN.match(ages):
            raise self._wrong("ages", 'ages are written "50-74" or "65+"')
        within = self._selection(table.get("within"), "within", "")
        return Population(
            base=str(table["base"]),
            sex=sex,
            ages=ages,
            where=str(table.get("where", "")),
            weight=str(table.get("weight", "")),
            within=within,
        )

    def _exclusions(self, value: Any) -> tuple[Exclusion, ...]:
        if not isinstance(value, list):
            raise self._wrong("exclusions", "exclusions are a list of tables")
        found = []
        for item in value:
            table = self._table(item, "exclusions", ("reason", *SELECTION_KEYS))
            reason = Text.of(table.get("reason"), f"{self._place('exclusions')}: reason")
            rest = {key: item for key, item in table.items() if key != "reason"}
            selection = self._selection(rest, "exclusions", "")
            assert selection is not None
            found.append(Exclusion(reason, selection))
        return tuple(found)

    def _selection(self, value: Any, name: str, window: str) -> Selection | None:
        if value is None:
            return None
        table = self._table(value, name, SELECTION_KEYS)
        several = table.get("any", [])
        if not isinstance(several, list):
            raise self._wrong("any", "any is a list of tables")
        parts = tuple(self._selection(item, f"{name}.any", window) for item in several)
        for key, item in table.items():
            if key != "any" and not isinstance(item, str):
                raise self._wrong(key, f"{name}.{key} is a text")
        own = str(table.get("window", window))
        if own and not WINDOW_PATTERN.match(own):
            raise self._wrong("window", 'write "3 months", "24 months" or "10-01..01-31"')
        return Selection(**{**table, "window": own, "any": parts})

    def _reference(self, value: Any) -> Reference:
        table = self._table(value, "reference", REFERENCE_KEYS)
        try:
            return Reference(
                value=float(table["value"]),
                period=str(table["period"]),
                territory=str(table.get("territory", "FRA")),
                tolerance=float(table.get("tolerance", 0.0)),
                who=str(table["who"]),
                url=str(table.get("url", "")),
            )
        except (KeyError, TypeError, ValueError):
            raise self._wrong("reference", "give value, period, who, tolerance") from None

    def _test(self, value: Any) -> PatientTest:
        table = self._table(value, "test", TEST_KEYS)
        if not {"name", "period", "tables", "expected"} <= set(table):
            raise self._wrong("test", "give name, period, tables, expected")
        return PatientTest(
            name=str(table["name"]),
            period=str(table["period"]),
            tables={str(k): str(v) for k, v in table["tables"].items()},
            expected={str(k): float(v) for k, v in table["expected"].items()},
        )

    # --- kinds of values ---------------------------------------------------------------

    def _table(self, value: Any, name: str, known: Iterable[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(name, f"{name} is a table: {name} = {{ … }}")
        self._known(value, tuple(known), name)
        return value

    def _tables(self, d: Mapping[str, Any], key: str) -> list[Any]:
        value = d.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, f"write [[{key}]]")
        return value

    def _text(self, d: Mapping[str, Any], key: str) -> Text:
        return Text.of(d[key], self._place(key))

    def _texts(self, d: Mapping[str, Any], key: str) -> tuple[Text, ...]:
        value = d.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, f"{key} is a list of texts")
        return tuple(Text.of(item, self._place(key)) for item in value)

    def _choice(
        self, d: Mapping[str, Any], key: str, values: tuple[str, ...], default: str = ""
    ) -> str:
        value = str(d.get(key, default))
        if value not in values:
            raise self._wrong(key, _near(value, values))
        return value

    def _number(self, d: Mapping[str, Any], key: str, default: float) -> float:
        value = d.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(key, f"{key} is a number")
        return float(value)

    def _whole(self, d: Mapping[str, Any], key: str, default: int) -> int:
        value = d.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 6:
            raise self._wrong(key, f"{key} is a whole number from 0 to 6")
        return value

    # --- refusals ----------------------------------------------------------------------

    def _known(self, table: Mapping[str, Any], known: tuple[str, ...], parent: str) -> None:
        for key in table:
            if key in known:
                continue
            label = f"{parent}.{key}" if parent else key
            if parent and key in TOP_KEYS:
                hint = (
                    f"{key} is a key of the top level, read here as part of {parent}: "
                    f"move it higher, above the first [header]"
                )
            else:
                hint = _near(key, known)
            raise DefinitionError(f"unknown key {label}", where=self._place(key), hint=hint)

    def _wrong(self, key: str, hint: str) -> DefinitionError:
        return DefinitionError(f"{key} is not understood", where=self._place(key), hint=hint)

    def _place(self, key: str) -> str:
        pattern = re.compile(rf"(?:^|[\s{{,\[]){re.escape(key)}\s*(?:=|\])")
        for number, line in enumerate(self.lines, start=1):
            if not line.lstrip().startswith("#") and pattern.search(line):
                return f"{self.file}:{number}"
        return self.file


def _one_source(selection: Selection) -> bool:
    sources = [selection.table, selection.indicator, selection.condition, selection.sql]
    return sum(bool(source) for source in [*sources, selection.any]) == 1 and all(
        _one_source(part) for part in selection.any
    )


def _near(value: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(value, names, 1)
    return f"did you mean {near[0]}?" if near else f"one of: {', '.join(names)}"
