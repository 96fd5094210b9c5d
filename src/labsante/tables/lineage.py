"""Where a column's values come from, read in the queries themselves, down to raw columns."""

from __future__ import annotations

from functools import cache

from labsante.engine import all_lineage
from labsante.snds.raw import raw_table
from labsante.tables.catalogue import catalogue, raw_relations
from labsante.tables.recipe import schema_of

Origin = tuple[str, str]


@cache
def _origins(table: str) -> dict[str, frozenset[Origin]]:
    found = catalogue()[table]
    schema = {
        relation: [name for name, _ in schema_of(relation)] for relation in found.query.inputs
    }
    return all_lineage(found.query, schema)


@cache
def raw_origins(table: str, column: str) -> frozenset[Origin]:
    """The ``(TABLE, COLUMN)`` of raw tables and seeds that make the values of a column.

    Value lineage: a column that only filters or joins is not in it; ``(TABLE, "*")`` is a count
    of rows.
    """
    found: set[Origin] = set()
    for relation, name in _origins(table).get(column, frozenset()):
        if relation in catalogue():
            if name == "*":
                found |= {(relation, "*")}
            else:
                found |= raw_origins(relation, name)
        else:
            raw = raw_relations().get(relation)
            found.add((raw.name, name.upper()) if raw else (relation, name))
    return frozenset(found)


def described(origin: Origin) -> str:
    """``ER_PHA_F.PHA_ACT_QSN (Signed quantity)``."""
    table, column = origin
    raw = raw_relations().get(table.lower())
    if raw is None or column == "*":
        return f"{table}.{column}"
    labels = {c.name.upper(): c.label_en for c in raw_table(raw.name).columns}
    label = labels.get(column)
    return f"{table}.{column} ({label})" if label else f"{table}.{column}"
