"""Every floor of every export, in one place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from labsante.base.workspace import DisclosureSettings

METHOD = "primary suppression, elimination modulo 2^31-1, linear and integer audit"
METHOD_VERSION = 1
MASK = {"fr": "secret statistique", "en": "statistical secrecy"}
MASK_SYMBOL = "s"


@dataclass(frozen=True, slots=True)
class Policy:
    """The floors of ``[disclosure]`` in ``lab.toml``, and the limits of the audit.

    ``persons``: the least count shown; ``zero_denominator``: the least denominator under which
    a zero or a 100 % is a statement about a whole group and is hidden; ``width``: the least
    number of values that must stay possible between the bounds of a hidden count;
    ``largest_share``: the largest part that one contributor may have in a cell of amounts;
    ``useful_share``: the least part of a crossing's cells that must be showable, or it is left
    out; ``rounds``: how many repairs before more crossings
    are closed; ``seconds``: time limit of one
    linear or integer programme; ``searches`` and ``singles``: how many common searches, and how
    many cells may have a programme of their own, before a repair is tried instead.
    """

    persons: int = 11
    establishments: int = 3
    professionals: int = 6
    largest_share: float = 0.85
    zero_denominator: int = 50
    width: int = 5
    useful_share: float = 0.5
    rounds: int = 2
    seconds: float = 10.0
    searches: int = 12
    singles: int = 10

    @classmethod
    def of(cls, settings: DisclosureSettings) -> Policy:
        """The policy of a workspace."""
        return cls(**asdict(settings))

    def scaled(self, unit: int) -> Policy:
        """The policy where one person counts ``unit`` (days of a year)."""
        if unit == 1:
            return self
        floors = ("persons", "zero_denominator", "width")
        return replace(self, **{name: getattr(self, name) * unit for name in floors})

    def as_dict(self) -> dict[str, int | float]:
        """The rules, for a manifest."""
        return asdict(self)
