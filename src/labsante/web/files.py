"""The same figures as files: CSV in the data.gouv.fr norm, CSV for French spreadsheets, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from labsante.snds.territories import FRANCE
from labsante.web.figures import Figure, Indicator, level_of
from labsante.web.selection import Selection
from labsante.web.state import View
from labsante.web.words import status_word, territory_name

# Name, Table Schema type, kind, title. The kind says what a number is: ``persons`` are counts
# that disclosure control has passed, ``estimate`` what is computed from them.
COLUMNS: tuple[tuple[str, str, str, str], ...] = (
    ("indicateur", "string", "code", "Identifiant de l’indicateur"),
    ("version", "string", "version", "Version de la définition"),
    ("periode", "string", "period", "Année, ou mois AAAA-MM"),
    ("niveau", "string", "code", "Niveau : FRA, REG ou DEP"),
    ("code", "string", "code", "Code du territoire avec son niveau : FRA, REG-53, DEP-2A"),
    ("libelle", "string", "name", "Nom du territoire"),
    ("sexe", "string", "code", "all, 1 (hommes) ou 2 (femmes)"),
    ("age", "string", "code", "all, ou tranche d’âge"),
    ("taux", "string", "code", "brut, ou std (standardisé)"),
    ("effectif", "integer", "persons", "Numérateur"),
    ("population", "integer", "persons", "Dénominateur"),
    ("valeur", "number", "estimate", "Valeur dans l’unité de l’indicateur"),
    ("ic95_bas", "number", "estimate", "Borne basse de l’intervalle de confiance à 95 %"),
    ("ic95_haut", "number", "estimate", "Borne haute de l’intervalle de confiance à 95 %"),
    ("statut", "string", "status", "diffuse, secret, indisponible ou non_pertinent"),
)
NAMES = tuple(column[0] for column in COLUMNS)
_INTEGERS = {"effectif", "population"}
_DECIMALS = {"valeur", "ic95_bas", "ic95_haut"}


def record(indicator: Indicator, view: View, figure: Figure) -> dict[str, Any]:
    """One line of a file, values as they are published; None where not shown."""
    return {
        "indicateur": indicator.id,
        "version": str(indicator.definition.get("version") or ""),
        "periode": figure.period,
        "niveau": level_of(figure.territory),
        "code": figure.territory,
        "libelle": territory_name(figure.territory),
        "sexe": view.sex,
        "age": view.age,
        "taux": view.rate,
        "effectif": figure.numerator,
        "population": figure.denominator,
        "valeur": figure.value,
        "ic95_bas": figure.low,
        "ic95_haut": figure.high,
        "statut": status_word(figure.status),
    }


def records(selection: Selection) -> list[dict[str, Any]]:
    """What the page's table shows: France, then the territories of the level in its order."""
    indicator, view = selection.indicator, selection.view
    codes = [(FRANCE, selection.france)]
    codes += [(line.territory, line.figure) for line in selection.lines]
    return [record(indicator, view, figure) for _, figure in codes]


def csv_norm(rows: Iterable[dict[str, Any]], decimals: int) -> str:
    """Comma, decimal point, UTF-8, the same number of fields on each line."""
    return csv_mixed(((decimals, row) for row in rows), french=False)


def csv_french(rows: Iterable[dict[str, Any]], decimals: int) -> str:
    """Semicolon, decimal comma, byte order mark: opens in a French spreadsheet."""
    return csv_mixed(((decimals, row) for row in rows), french=True)


def csv_mixed(rows: Iterable[tuple[int, dict[str, Any]]], *, french: bool) -> str:
    """Lines of several indicators, each with its own printed digits."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow(NAMES)
    decimal = "," if french else "."
    for decimals, row in rows:
        writer.writerow(_cell(name, row[name], decimals, decimal) for name in NAMES)
    return ("\ufeff" if french else "") + out.getvalue()


def _cell(name: str, value: Any, decimals: int, decimal: str) -> str:
    if value is None:
        return ""
    if name in _DECIMALS:
        return f"{value:.{decimals}f}".replace(".", decimal)
    if name in _INTEGERS:
        return str(value)
    return str(value)


def json_rows(selection: Selection, publication: dict[str, Any]) -> str:
    """The page's figures for a program, with the schema that gives each field its kind."""
    indicator, view = selection.indicator, selection.view
    return json.dumps(
        {
            "indicateur": indicator.id,
            "titre": indicator.text("title", view.language),
            "unite": indicator.text("unit", view.language),
            "version": str(indicator.definition.get("version") or ""),
            "publication": publication,
            "vue": {
                "territoire": view.territory,
                "niveau": view.level,
                "periode": view.period,
                "sexe": view.sex,
                "age": view.age,
                "taux": view.rate,
                "tri": view.sort,
            },
            "schema": {"fields": fields()},
            "donnees": records(selection),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def fields() -> list[dict[str, str]]:
    """Name, type, kind and title of each column."""
    return [
        {"name": name, "type": type_, "kind": kind, "title": title}
        for name, type_, kind, title in COLUMNS
    ]


def table_schema(indicator: Indicator) -> dict[str, Any]:
    """A Table Schema (frictionless) of the CSV of an indicator."""
    return {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": indicator.id.lower(),
        "title": indicator.text("title", "fr"),
        "description": indicator.text("definition", "fr"),
        "version": str(indicator.definition.get("version") or ""),
        "missingValues": [""],
        "primaryKey": ["periode", "code", "sexe", "age", "taux"],
        "fields": [
            {
                "name": name,
                "type": type_,
                "title": title,
                "rdfType": kind,
                **_constraints(name),
            }
            for name, type_, kind, title in COLUMNS
        ],
    }


def _constraints(name: str) -> dict[str, Any]:
    if name == "statut":
        words = ["diffuse", "secret", "indisponible", "non_pertinent"]
        return {"constraints": {"required": True, "enum": words}}
    if name == "code":
        return {"constraints": {"required": True, "pattern": "FRA|(REG|DEP)-[0-9AB]{2,3}"}}
    if name in ("effectif", "population"):
        return {"constraints": {"minimum": 0}}
    return {}
