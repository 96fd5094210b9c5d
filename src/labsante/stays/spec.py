"""``LosSpec``: what a table of stays is, what is predicted, when, and with which columns.

A spec is a TOML file with a fixed set of keys; an unknown key, a missing one or a word outside
its list is refused with the place and a hint. Nothing is implied: trimming, deaths, transfers
and stays without a night each have a declared treatment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from labsante.base.errors import DefinitionError
from labsante.base.files import sha256_json
from labsante.base.texts import Text
from labsante.stays.registry import KINDS, KNOWN_AT, MOMENTS

UNITS = ("nights", "days")
ZERO_DAY = ("two_part", "drop", "keep")
DEATH = ("keep", "competing", "alive_only")
TRANSFER = ("keep", "chain")
TRIM_METHODS = ("none", "ratio", "maximum")
SPLIT_RULES = ("column", "patient", "hospital", "time", "none")


@dataclass(frozen=True, slots=True)
class Target:
    """``[target]``: the column that holds the length of the stay and its unit."""

    column: str
    unit: str = "nights"
    zero_day: str = "keep"
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """``[population]``: which stays, and what deaths and transfers mean.

    ``filter`` and ``died``, ``transferred`` are SQL conditions on the table's own columns.
    """

    filter: str = ""
    death: str = "keep"
    transfer: str = "keep"
    died: str = ""
    transferred: str = ""


@dataclass(frozen=True, slots=True)
class Trim:
    """``[trim]``: stays left out for their length.

    ``ratio`` leaves out stays over ``factor`` × the mean of their ``group`` or under the mean
    divided by it, the rule of the bounds of GHS tariffs (factor 2.5); ``maximum`` leaves out
    stays above ``days``.
    """

    method: str = "none"
    factor: float = 2.5
    group: str = ""
    days: float = 0.0


@dataclass(frozen=True, slots=True)
class Ids:
    """``[ids]``: identifiers, never columns of a model by themselves."""

    stay: str = ""
    patient: str = ""
    hospital: str = ""
    category: str = ""
    entry_date: str = ""
    exit_date: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """``[split]``: which rows train, calibrate and test.

    ``rule = "column"`` reads a column and its three words; ``patient`` and ``hospital`` cut by
    a hash of the identifier with ``salt``; ``time`` tests from ``test_from`` on ``entry_date``
    and takes the tested patients out of the training rows.
    """

    rule: str = "column"
    column: str = ""
    train: str = "train"
    calibration: str = "cal"
    test: str = "test"
    test_from: str = ""
    test_share: float = 0.2
    calibration_share: float = 0.2
    salt: str = "labsante"


@dataclass(frozen=True, slots=True)
class Column:
    """``[[column]]``: a column, when it is known, what it is.

    ``hierarchy`` holds the prefix lengths of a code, from the widest group to the finest, 0
    for the whole code; ``bag`` names codes that are interchangeable in rank; ``fairness``
    makes the evaluation report this column's groups. ``reviewed`` says why a name that looks
    like a leak is none: it silences the audit's reading of the name, never its figures.
    """

    name: str
    known_at: str
    kind: str
    expression: str = ""
    hierarchy: tuple[int, ...] = ()
    bag: str = ""
    fairness: bool = False
    reviewed: str = ""
    label: Text | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """``[model]``: how the models are fitted; every value has an effect on the result.

    ``objective``: of the mean, ``gamma``, ``poisson``, ``l2`` or ``blend`` (the average of gamma
    and l2, each rescaled). ``folds``: models averaged for the mean and the median, 1 for a
    single one stopped on the calibration rows. ``calibration``: ``split`` fits the interval's
    quantiles on the training rows and calibrates on the calibration rows (enough rows, fast);
    ``cross`` fits them in every fold and calibrates on all out-of-fold rows (few rows).
    """

    objective: str = "blend"
    folds: int = 5
    calibration: str = "split"
    rounds: int = 600
    learning_rate: float = 0.05
    leaves: int = 31
    leaf_rows: int = 40
    interval: float = 0.8
    thresholds: tuple[int, ...] = (7, 14, 21)
    threads: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class LosSpec:
    """One table of stays, whole."""

    name: str
    title: Text
    target: Target
    columns: tuple[Column, ...]
    population: Population = field(default_factory=Population)
    trim: Trim = field(default_factory=Trim)
    ids: Ids = field(default_factory=Ids)
    split: Split = field(default_factory=Split)
    model: Settings = field(default_factory=Settings)
    moments: tuple[str, ...] = ("admission", "discharge")
    group: tuple[str, ...] = ()
    source: str = ""

    @property
    def digest(self) -> str:
        """A fingerprint of everything the spec says."""
        return sha256_json(_plain(self))

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError."""
        return next(column for column in self.columns if column.name == name)

    def columns_at(self, moment: str) -> tuple[Column, ...]:
        """The columns that a model at ``moment`` may read."""
        return tuple(column for column in self.columns if column.known_at in MOMENTS[moment])


_SECTIONS: dict[str, type] = {
    "target": Target,
    "population": Population,
    "trim": Trim,
    "ids": Ids,
    "split": Split,
    "model": Settings,
}
_WORDS: dict[tuple[type, str], tuple[str, ...]] = {
    (Target, "unit"): UNITS,
    (Target, "zero_day"): ZERO_DAY,
    (Population, "death"): DEATH,
    (Population, "transfer"): TRANSFER,
    (Trim, "method"): TRIM_METHODS,
    (Split, "rule"): SPLIT_RULES,
    (Settings, "objective"): ("gamma", "poisson", "l2", "blend"),
    (Settings, "calibration"): ("split", "cross"),
    (Column, "known_at"): KNOWN_AT,
    (Column, "kind"): KINDS,
}
_TOP = ("name", "title", "moments", "group", "source", "column", *_SECTIONS)


def read_spec(path: Path) -> LosSpec:
    """Read a spec; raises DefinitionError (exit code 11) naming the place."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DefinitionError("there is no such spec", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError("not valid TOML", where=str(path), why=str(error)) from None
    return spec_of(document, str(path))


def spec_of(document: Mapping[str, Any], where: str) -> LosSpec:
    """The spec that a document says; raises DefinitionError."""
    _known(document, _TOP, where)
    for key in ("name", "title", "target", "column"):
        if key not in document:
            raise DefinitionError(f"{key} is missing", where=where)
    sections = {
        name: _section(kind, document.get(name, {}), f"{where}, [{name}]")
        for name, kind in _SECTIONS.items()
    }
    columns = tuple(
        _section(Column, item, f"{where}, [[column]] {number}")
        for number, item in enumerate(document["column"], 1)
    )
    spec = LosSpec(
        name=str(document["name"]),
        title=Text.of(document["title"], f"{where}, title"),
        columns=columns,
        moments=tuple(document.get("moments", ("admission", "discharge"))),
        group=tuple(document.get("group", ())),
        source=str(document.get("source", "")),
        **sections,
    )
    _coherent(spec, where)
    return spec


def document_of(spec: LosSpec) -> dict[str, Any]:
    """The document that :func:`spec_of` reads back to the same spec."""
    plain = _plain(spec)
    columns = [
        {key: value for key, value in item.items() if value is not None}
        for item in plain.pop("columns")
    ]
    return {**plain, "column": columns}


def _section(kind: type, table: Mapping[str, Any], where: str) -> Any:
    known = {item.name: item for item in fields(kind)}
    _known(table, tuple(known), where)
    values: dict[str, Any] = {}
    for key, value in table.items():
        words = _WORDS.get((kind, key))
        if words and value not in words:
            raise DefinitionError(
                f"{key} is not one of its words", where=where, hint=f"one of {', '.join(words)}"
            )
        if key == "label":
            value = Text.of(value, f"{where}, label")
        elif isinstance(value, list):
            value = tuple(value)
        else:
            value = _typed(str(known[key].type), key, value, where)
        values[key] = value
    try:
        return kind(**values)
    except TypeError as error:
        missing = str(error).split("argument", 1)[-1].strip(": s")
        raise DefinitionError(f"missing key {missing}", where=where) from None


def _typed(kind: str, key: str, value: Any, where: str) -> Any:
    wanted = {"str": str, "int": int, "float": float, "bool": bool}.get(kind)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if (
        wanted is None
        or not isinstance(value, wanted)
        or isinstance(value, bool) != (wanted is bool)
    ):
        raise DefinitionError(f"{key} must be of type {kind}", where=where)
    return value


def _known(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            raise DefinitionError(f"unknown key {key}", where=where, hint=hint)


def _coherent(spec: LosSpec, where: str) -> None:
    names = [column.name for column in spec.columns]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise DefinitionError(f"declared twice: {', '.join(doubles)}", where=where)
    for moment in spec.moments:
        if moment not in MOMENTS:
            raise DefinitionError(
                f"unknown moment {moment}", where=where, hint=f"one of {', '.join(MOMENTS)}"
            )
    for name in spec.group:
        if name not in names:
            raise DefinitionError(f"group names {name}, which is not a column", where=where)
    if spec.target.column in names:
        raise DefinitionError("the target is also a column of the models", where=where)
    if spec.ids.hospital and spec.ids.hospital in names:
        raise DefinitionError(
            "the hospital is a column of the models",
            where=where,
            why="it would absorb the difference that the index measures",
            hint="keep it in [ids] only",
        )
    needed = {
        "column": ("split.column", spec.split.column),
        "patient": ("ids.patient", spec.ids.patient),
        "hospital": ("ids.hospital", spec.ids.hospital),
        "time": ("split.test_from", spec.split.test_from and spec.ids.entry_date),
        "none": ("", "nothing"),
    }[spec.split.rule]
    if not needed[1]:
        raise DefinitionError(f"split.rule {spec.split.rule} needs {needed[0]}", where=where)
    if spec.population.death != "keep" and not spec.population.died:
        raise DefinitionError("population.death needs population.died", where=where)
    chain = (spec.ids.patient, spec.ids.entry_date, spec.ids.exit_date)
    if spec.population.transfer == "chain" and not all(chain):
        raise DefinitionError(
            "population.transfer = chain needs ids.patient, ids.entry_date and ids.exit_date",
            where=where,
        )
    if spec.model.calibration == "cross" and spec.model.folds < 2:
        raise DefinitionError("model.calibration = cross needs at least two folds", where=where)
    if not 0.0 < spec.model.interval < 1.0:
        raise DefinitionError("model.interval is a share between 0 and 1", where=where)
    if spec.trim.method == "ratio" and spec.trim.group not in names:
        raise DefinitionError("trim.method = ratio needs trim.group, a column", where=where)


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
