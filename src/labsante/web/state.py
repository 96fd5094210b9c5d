"""The whole state of a page is its address: reading it, checking it, writing it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from urllib.parse import urlencode

from labsante.snds.territories import FRANCE, territory_names
from labsante.web.figures import ALL, DEPARTEMENT, REGION, Indicator, level_of

LANGUAGES = ("fr", "en")
RATES = ("brut", "std")
SORTS = ("valeur", "effectif", "territoire")
_ALIASES = {"annee": "periode"}
_SEX_ALIASES = {"T": ALL, "H": "1", "F": "2"}


class ParameterError(ValueError):
    """A parameter of the address that cannot be used: an answer 422 that names it.

    ``allowed`` is what could stand there; ``near`` the closest of them.
    """

    def __init__(self, parameter: str, value: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(parameter)
        self.parameter = parameter
        self.value = value
        self.allowed = allowed
        near = get_close_matches(value.upper(), [a.upper() for a in allowed], 1)
        self.near = next((a for a in allowed if near and a.upper() == near[0]), None)


class UnknownPageError(LookupError):
    """What the path names does not exist: an answer 404 that names it."""

    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter
        self.value = value


def language_of(query: Mapping[str, str]) -> str:
    """``fr`` unless ``langue=en``."""
    return _choice(query, "langue", LANGUAGES, "fr")


def _choice(query: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = query.get(name, "").strip()
    if not value:
        return default
    if value not in allowed:
        raise ParameterError(name, value, allowed)
    return value


@dataclass(frozen=True, slots=True)
class View:
    """What an indicator's page shows. ``level`` is that of the map, the dots and the table."""

    indicator: str
    territory: str
    level: str
    period: str
    sex: str
    age: str
    rate: str
    sort: str
    language: str

    @property
    def standardised(self) -> bool:
        """Whether standardised rates are shown."""
        return self.rate == "std"

    def query(self, **changes: str) -> str:
        """The canonical query: every choice, always in the same order."""
        other = replace(self, **changes) if changes else self
        pairs = {
            "territoire": other.territory,
            "niveau": other.level,
            "periode": other.period,
            "sexe": other.sex,
            "age": other.age,
            "taux": other.rate,
            "tri": other.sort,
        }
        if other.language != "fr":
            pairs["langue"] = other.language
        return urlencode(pairs)

    def address(self, suffix: str = "", **changes: str) -> str:
        """The canonical address of the page, or of the same figures as a file."""
        return f"/indicateurs/{self.indicator}{suffix}?{self.query(**changes)}"


def read_view(indicator: Indicator, query: Mapping[str, str]) -> View:
    """The view that an address asks for; missing choices take their default.

    Raises ParameterError (422) for a value that this indicator does not have.
    """
    asked = {_ALIASES.get(key, key): value for key, value in query.items()}
    territory = (asked.get("territoire") or FRANCE).strip().upper()
    if territory not in territory_names():
        raise ParameterError("territoire", territory, tuple(territory_names()))
    levels = indicator.levels or (REGION,)
    own = level_of(territory)
    default = own if own in levels else levels[0]
    sex = (asked.get("sexe") or "").strip()
    age = (asked.get("age") or "").strip().replace(" ", "+")  # 90+ in an address
    rates = RATES if indicator.has_standardised else RATES[:1]
    return View(
        indicator=indicator.id,
        territory=territory,
        level=_choice(asked, "niveau", _levels_allowed(levels), default),
        period=_choice(asked, "periode", indicator.periods, indicator.periods[-1]),
        sex=_choice(
            {"sexe": _SEX_ALIASES.get(sex, sex)}, "sexe", indicator.sexes, indicator.sexes[0]
        ),
        age=_choice({"age": ALL if age == "T" else age}, "age", indicator.ages, indicator.ages[0]),
        rate=_choice(asked, "taux", rates, RATES[0]),
        sort=_choice(asked, "tri", SORTS, SORTS[0]),
        language=language_of(asked),
    )


def _levels_allowed(levels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(level for level in (REGION, DEPARTEMENT) if level in levels)
