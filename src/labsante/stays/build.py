"""From the intermediate tables to one table of stays with their history, as of the entry.

Every history column counts only what ended before the entry: a stay that ends on the day of the
entry, a right that starts after it, a code of a later stay are not read. Past stays are those
that count; ``stays_12m`` counts those without a night too, ``stays_24m`` does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from labsante.base.errors import InputDataError
from labsante.base.files import replacing, sha256_json, write_json
from labsante.base.workspace import Workspace
from labsante.stays.spec import LosSpec, read_spec
from labsante.tables import built_partitions

SPEC_PATH = Path(__file__).parent / "specs" / "snds.toml"
SECONDARY = 8

_HISTORY = """
history AS (
    SELECT s.stay_id,
        count(p.stay_id) FILTER (p.nights > 0) AS stays_24m,
        coalesce(sum(p.nights), 0) AS nights_24m,
        count(p.stay_id) FILTER (p.exit_date >= s.entry_date - INTERVAL 365 DAY) AS stays_12m,
        count(p.stay_id) FILTER (p.nights = 0) AS day_stays_24m,
        count(p.stay_id) FILTER (p.emergency = 1) AS emergency_24m,
        min(date_diff('day', p.exit_date, s.entry_date)) AS days_since_last_exit,
        arg_max(p.ghm_root, p.exit_date) AS last_root,
        arg_max(p.principal_diagnosis, p.exit_date) AS last_diagnosis
    FROM chosen s
    LEFT JOIN stay p
        ON p.person_id = s.person_id
        AND p.nights IS NOT NULL
        AND p.excluded_reason IS NULL
        AND p.exit_date < s.entry_date
        AND p.exit_date >= s.entry_date - INTERVAL 730 DAY
    GROUP BY s.stay_id
)"""
_RIGHTS = """
rights AS (
    SELECT s.stay_id,
        count(DISTINCT e.code) FILTER (e.right = 'ALD') AS ald_count,
        count(*) FILTER (e.right <> 'ALD') > 0 AS other_right
    FROM chosen s
    JOIN entitlement e
        ON e.person_id = s.person_id
        AND e.start_date <= s.entry_date
        AND coalesce(e.end_date, DATE '9999-12-31') >= s.entry_date
    GROUP BY s.stay_id
)"""
_CODES = """
codes AS (
    SELECT stay_id, list(code ORDER BY code) AS secondary
    FROM (SELECT DISTINCT stay_id, code FROM stay_code WHERE kind = 'DAS')
    GROUP BY stay_id
)"""


def snds_spec() -> LosSpec:
    """The spec of the table that :func:`build_stays` writes."""
    return read_spec(SPEC_PATH)


def stays_folder(workspace: Workspace) -> Path:
    """Where this room writes in a workspace."""
    return workspace.results / "stays"


def build_stays(workspace: Workspace) -> dict[str, Any]:
    """Write ``results/stays/stays.parquet``: one row a stay that counts, with its history.

    Reads ``stay``, and ``stay_code`` and ``entitlement`` where they are built. Returns the
    account: rows read, kept, and why the others are not. Raises InputDataError without ``stay``.
    """
    files = {name: _files(workspace, name) for name in ("stay", "stay_code", "entitlement")}
    if not files["stay"]:
        raise InputDataError(
            "the table stay is not built",
            where=str(workspace.tables),
            hint=f"run: labsante --workspace {workspace.root} build stay",
        )
    folder = stays_folder(workspace)
    path = folder / "stays.parquet"
    connection = duckdb.connect()
    try:
        connection.sql(f"SET memory_limit = '{workspace.config.engine.memory_limit}'")
        connection.sql(f"SET threads = {workspace.config.engine.threads}")
        for name, paths in files.items():
            if paths:
                listed = ", ".join(f"'{file}'" for file in paths)
                connection.sql(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")
        account = dict(
            connection.sql(
                """SELECT CASE WHEN excluded_reason IS NOT NULL THEN excluded_reason
                        WHEN nights IS NULL OR entry_date IS NULL THEN 'no_length'
                        ELSE 'kept' END AS step, count(*) FROM stay GROUP BY 1 ORDER BY 1"""
            ).fetchall()
        )
        with replacing(path) as temporary:
            query = _query(codes=bool(files["stay_code"]), rights=bool(files["entitlement"]))
            connection.sql(f"COPY ({query}) TO '{temporary}' (FORMAT parquet)")
    finally:
        connection.close()
    facts = {
        "format": 1,
        "account": account,
        "with_codes": bool(files["stay_code"]),
        "with_rights": bool(files["entitlement"]),
        "inputs": {
            name: sha256_json([p.manifest.digest for p in built_partitions(workspace, name)])
            for name in files
        },
    }
    write_json(folder / "stays.json", facts)
    return facts


def _files(workspace: Workspace, name: str) -> list[str]:
    return [
        str(partition.folder / file).replace("'", "''")
        for partition in built_partitions(workspace, name)
        for file in partition.files
    ]


def _query(*, codes: bool, rights: bool) -> str:
    steps = [
        """chosen AS (
    SELECT * FROM stay
    WHERE excluded_reason IS NULL AND nights IS NOT NULL AND entry_date IS NOT NULL
)""",
        _HISTORY,
    ]
    secondary = ", ".join(f"NULL::VARCHAR AS secondary_{n}" for n in range(1, SECONDARY + 1))
    counted, joins = "0 AS secondary_count", ""
    if codes:
        steps.append(_CODES)
        secondary = ", ".join(f"secondary[{n}] AS secondary_{n}" for n in range(1, SECONDARY + 1))
        counted = "coalesce(len(secondary), 0) AS secondary_count"
        joins += " LEFT JOIN codes USING (stay_id)"
    right = "0 AS ald_count, 0 AS other_right"
    if rights:
        steps.append(_RIGHTS)
        right = (
            "coalesce(ald_count, 0) AS ald_count, coalesce(other_right, false)::INT AS other_right"
        )
        joins += " LEFT JOIN rights USING (stay_id)"
    return f"""WITH {", ".join(steps)}
SELECT s.stay_id, s.person_id, s.finess, s.year, s.entry_date, s.exit_date, s.nights,
    s.sex, s.age, s.departement, s.entry_mode, s.origin, s.emergency, s.short_stay_unit,
    month(s.entry_date) AS entry_month, isodow(s.entry_date) AS entry_weekday,
    h.stays_24m, h.nights_24m, h.stays_12m, h.day_stays_24m, h.emergency_24m,
    h.days_since_last_exit, h.last_root, h.last_diagnosis, {right},
    s.ghm_root, s.cmd, s.activity, s.principal_diagnosis, s.related_diagnosis,
    {secondary}, {counted},
    s.intensive_care, s.unit_count, s.ghm, s.severity, s.ghs, s.exit_mode, s.destination
FROM chosen s JOIN history h USING (stay_id){joins}
ORDER BY s.stay_id"""
