"""A file's columns against the definition, by name: present, absent, unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labsante.base.errors import InputDataError
from labsante.snds import RawColumn, RawTable, column_of


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where each column of the definition lies in a file.

    ``positions`` maps a column to its place in the file (0 first); ``absent`` columns become
    typed NULLs; ``unknown`` places are kept aside; ``renamed`` says what another header named.
    """

    table: RawTable
    header: tuple[str, ...]
    positions: dict[str, int]
    absent: tuple[RawColumn, ...]
    unknown: tuple[int, ...]
    renamed: tuple[tuple[str, str], ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the manifest must know of the columns."""
        notes = []
        if self.absent:
            notes.append("absent, NULL: " + ", ".join(c.name for c in self.absent))
        if self.unknown:
            notes.append("unknown, kept aside: " + ", ".join(self.header[i] for i in self.unknown))
        notes.extend(f"{header} read as {column}" for header, column in self.renamed)
        return tuple(notes)


def plan_columns(table: RawTable, header: Sequence[str], where: str) -> ColumnPlan:
    """Match a header by name; raises InputDataError naming the key columns that are missing."""
    positions: dict[str, int] = {}
    unknown: list[int] = []
    renamed: list[tuple[str, str]] = []
    for place, name in enumerate(header):
        column = column_of(table, name)
        if column is None:
            unknown.append(place)
            continue
        if column in positions:
            raise InputDataError(
                f"{header[positions[column]]} and {name} both name {column}",
                where=where,
                hint="keep one of the two columns",
            )
        positions[column] = place
        if name.upper() != column.upper():
            renamed.append((name, column))
    missing = [name for name in table.key if name not in positions]
    if missing:
        raise InputDataError(
            f"missing key column(s): {', '.join(missing)}",
            where=where,
            why=f"{table.name} cannot be joined or partitioned without them",
            hint="deliver the file again with these columns",
        )
    return ColumnPlan(
        table=table,
        header=tuple(header),
        positions=positions,
        absent=tuple(c for c in table.columns if c.name not in positions),
        unknown=tuple(unknown),
        renamed=tuple(renamed),
    )


def accepted_headers(table: RawTable) -> set[str]:
    """Every header, in capitals, that names a column of the table."""
    from labsante.snds.names import renamings

    names = {column.name.upper() for column in table.columns}
    return names | {r.header for r in renamings() if column_of(table, r.header)}
