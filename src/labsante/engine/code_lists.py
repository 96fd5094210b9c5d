"""Code lists and the condition that ``code_in`` becomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from labsante.base.errors import DefinitionError

EXACT = "="


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list of codes, in the form of ``normalise_code``.

    ``include`` and ``exclude`` hold prefixes (``E11`` takes ``E119``), or exact codes where the
    first character is ``=``. Raises DefinitionError where nothing is included or a code is not
    in its reference form.
    """

    name: str
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.include:
            raise DefinitionError("a code list is empty", where=self.name)
        for code in (*self.include, *self.exclude):
            bare = code.removeprefix(EXACT)
            if not bare or bare != bare.strip() or "'" in bare or "\\" in bare:
                raise DefinitionError(
                    f"{code!r} is not a code",
                    where=self.name,
                    hint="codes have no blanks around, no quote and no backslash",
                )

    def holds(self, code: str | None) -> bool | None:
        """Whether the list takes a code: the plain reference of ``code_in``."""
        if code is None:
            return None
        return _takes(self.include, code) and not _takes(self.exclude, code)


def _takes(codes: tuple[str, ...], code: str) -> bool:
    return any(
        code == item[1:] if item.startswith(EXACT) else code.startswith(item) for item in codes
    )


def condition(code_list: CodeList, column: str) -> str:
    """The SQL condition on ``column`` (text of an expression), in plain SQL of every dialect.

    One IN list a length of prefix: an engine tests it with a hash table, whereas a chain of
    LIKE costs one comparison a prefix on every row.
    """
    taken = _lists(_reduced(code_list.include), column)
    if not code_list.exclude:
        return f"({taken})"
    refused = _lists(_reduced(code_list.exclude), column)
    return f"(({taken}) AND NOT ({refused}))"


def _reduced(codes: Iterable[str]) -> list[str]:
    """Drop what another prefix of the list already takes; sorted."""
    kept: set[str] = set()
    prefixes = {code for code in codes if not code.startswith(EXACT)}
    for code in set(codes):
        bare = code.removeprefix(EXACT)
        longest = len(bare) if code.startswith(EXACT) else len(bare) - 1
        if not any(bare[:n] in prefixes for n in range(1, longest + 1)):
            kept.add(code)
    return sorted(kept)


def _lists(codes: list[str], column: str) -> str:
    exact = [code[1:] for code in codes if code.startswith(EXACT)]
    prefixes = [code for code in codes if not code.startswith(EXACT)]
    parts = [f"{column} IN ({_quoted(exact)})"] if exact else []
    for length, group in groupby(sorted(prefixes, key=lambda c: (len(c), c)), key=len):
        parts.append(f"SUBSTR({column}, 1, {length}) IN ({_quoted(group)})")
    return " OR ".join(parts)


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)
