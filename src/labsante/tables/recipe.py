"""Fingerprints: what a partition was made with, and of what.

The recipe is the query as a tree, the contract's structure, the definitions of the owned
functions, the code lists, the engine and the format. The inputs are content digests. Same
recipe and same inputs: no work.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from labsante.base.files import sha256_json
from labsante.engine import (
    CodeList,
    Engine,
    canonical,
    code_list_digest,
    function_versions,
    parse,
    render,
    semantic_profile,
)
from labsante.engine.function_table import Dialect
from labsante.snds.calendar import MISSING_PSEUDONYMS
from labsante.snds.territories import departements
from labsante.tables.catalogue import Model, catalogue, raw_relations
from labsante.tables.contract import Keyed
from labsante.tables.lists import duplicate_finess
from labsante.tables.seeds import seeds

FORMAT_VERSION = 1


@cache
def code_lists() -> dict[str, CodeList]:
    """The code lists that the queries of the tables name."""
    return {
        "departement": CodeList("departement", tuple(f"={d.code}" for d in departements())),
        "missing_pseudonym": CodeList(
            "missing_pseudonym", tuple(f"={code}" for code in sorted(MISSING_PSEUDONYMS))
        ),
        "duplicate_finess": CodeList(
            "duplicate_finess", tuple(f"={code}" for code in duplicate_finess())
        ),
    }


def recipe(model: Model, engine: Engine) -> str:
    """The fingerprint of how a table is made on an engine."""
    queries = [model.query] + ([model.account] if model.account else [])
    lists = sorted({name for query in queries for name in query.code_lists})
    return sha256_json(
        {
            "format": FORMAT_VERSION,
            "sql": [canonical(query) for query in queries],
            "contract": model.contract.structure(),
            "functions": [function_versions(query) for query in queries],
            "code_lists": {name: code_list_digest(code_lists()[name]) for name in lists},
            "engine": semantic_profile(engine),
        }
    )


def dialect_of(engine: Engine) -> Dialect:
    """The dialect that an engine reads."""
    return "spark" if engine.name == "spark" else "duckdb"


def schema_of(relation: str) -> list[tuple[str, str]]:
    """Columns and types of a seed, of a raw table in the lake, or of an intermediate table."""
    if relation in seeds():
        return list(seeds()[relation].schema)
    raw = raw_relations().get(relation)
    if raw is not None:
        return [(name, kind) for name, kind in raw.schema]
    return catalogue()[relation].contract.schema


def keyed_digest(engine: Engine, relation: str, keyed: Keyed) -> str:
    """An order-free digest of the rows of a lookup whose keys occur in another relation.

    Both must be bound. New rows of the lookup that nothing here uses leave it unchanged.
    """
    found: dict[str, Any] = engine.fetch(
        _keyed_sql(relation, keyed, dialect_of(engine))
    ).to_pylist()[0]
    return sha256_json([relation, int(found["row_count"]), str(found["total"] or 0)])


@cache
def _keyed_sql(relation: str, keyed: Keyed, dialect: Dialect) -> str:
    texts = [f"COALESCE(text_of(k.{column}), '')" for column, _ in schema_of(relation)]
    row_text = " || '|' || ".join(texts)
    keys = ", ".join(f"o.{column}" for column in keyed.as_columns)
    on = " AND ".join(
        f"k.{column} = w.{name}"
        for column, name in zip(keyed.columns, keyed.as_columns, strict=True)
    )
    query = parse(
        f"WITH wanted AS (SELECT {keys} FROM {keyed.occurs_in} AS o GROUP BY {keys}) "
        "SELECT COUNT(*) AS row_count, "
        f"SUM(CAST(hash60({row_text}) AS DECIMAL(38, 0))) AS total "
        f"FROM {relation} AS k INNER JOIN wanted AS w ON {on}",
        f"{relation}.keyed",
    )
    return render(query, dialect)
