"""Passports: what a published figure stands on, and the command that makes it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from labsante import __version__
from labsante.base.files import sha256_json
from labsante.base.manifest import Manifest
from labsante.disclosure.policy import METHOD, METHOD_VERSION, Policy
from labsante.tables.catalogue import catalogue, with_ancestors


def passport(
    indicator: str,
    definition: Mapping[str, Any],
    cells: Manifest,
    results: pa.Table,
    *,
    as_of: str | None,
    quality: Mapping[str, Any],
    policy: Policy,
) -> dict[str, Any]:
    """The passport object of an indicator (contracts, section 5)."""
    content = cells.content
    return {
        "indicator": indicator,
        "version": definition["version"],
        "definition_hash": sha256_json(definition),
        "code_lists": content.get("code_lists", []),
        "inputs": content.get("inputs", []),
        "tables": content.get("tables", []),
        "cells": {"recipe": content.get("recipe"), "digest": cells.digest},
        "engine": content.get("engine"),
        "labsante": __version__,
        "as_of": as_of,
        "checks": checks_of(indicator, content.get("tables", ()), quality),
        "authors": [{"role": "definition", "reviewed": definition.get("reviewed")}],
        "disclosure": {
            "method": METHOD,
            "method_version": METHOD_VERSION,
            "threshold": policy.persons,
            "suppressed_share_by_level": suppressed_share(results),
        },
        "command": f"labsante build && labsante indicators {indicator} && labsante publish",
    }


def checks_of(
    indicator: str, tables: Iterable[Mapping[str, Any]], quality: Mapping[str, Any]
) -> dict[str, Any]:
    """How many checks passed, failed and warned, and those that concern this indicator.

    A check concerns it when it disqualifies the indicator itself, one of the tables it reads,
    or a table that these are built from.
    """
    known = catalogue()
    read = [str(table["name"]) for table in tables if str(table["name"]) in known]
    concerned = {indicator, *with_ancestors(read)}

    def named(outcome: str) -> list[str]:
        return sorted(
            str(check.get("name") or check["id"])
            for check in quality.get("checks", ())
            if check.get("outcome") == outcome and concerned & set(check.get("disqualifies", ()))
        )

    return {
        "passed": quality.get("passed", 0),
        "failed": quality.get("failed", 0),
        "warnings": quality.get("warnings", 0),
        "disqualified_by": named("failed"),
        "warned_by": named("warning"),
    }


def suppressed_share(results: pa.Table) -> dict[str, float]:
    """The share of rows that are secret, by territorial level, in hundredths."""
    levels = [str(code).split("-")[0] for code in results["territory"].to_pylist()]
    statuses = results["status"].to_pylist()
    total = Counter(levels)
    secret = Counter(
        level for level, status in zip(levels, statuses, strict=True) if status == "secret"
    )
    return {level: round(secret[level] / total[level], 2) for level in sorted(total)}
