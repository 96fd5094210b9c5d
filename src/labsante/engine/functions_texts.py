"""Owned functions on texts and codes: characters, never a collation."""

from __future__ import annotations

from datetime import date

from labsante.base.texts import Text
from labsante.engine.function_table import Dialect, Example, Function, engines, every, parameters

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_NO_TEMPLATE: dict[Dialect, str] = {}

FUNCTIONS = (
    Function(
        "normalise_code",
        parameters(text="VARCHAR"),
        "VARCHAR",
        Text("Code sous sa forme de référence", "A code in its reference form"),
        Text(
            "Lettres a-z en capitales, sans point ni blanc ; un texte vide donne NULL. "
            "« e11.9 » donne « E119 ».",
            "Letters a-z in capitals, without point nor blank; an empty text gives NULL. "
            "'e11.9' gives 'E119'.",
        ),
        (Example((" e11.9 ",), "E119"), Example(("  ",), None), Example((None,), None)),
        {
            "duckdb": f"nullif(translate({{text}}, '{_LOWER}. ', '{_UPPER}'), '')",
            "spark": f"nullif(translate({{text}}, '{_LOWER}. ', '{_UPPER}'), '')",
            "oracle": f"TRANSLATE({{text}}, '{_LOWER}. ', '{_UPPER}')",
        },
    ),
    Function(
        "upper_text",
        parameters(text="VARCHAR"),
        "VARCHAR",
        Text("Lettres a-z en capitales", "Letters a-z in capitals"),
        Text(
            "Les lettres accentuées restent telles quelles.", "Accented letters stay as they are."
        ),
        (Example(("e11é",), "E11é"),),
        engines(
            f"translate({{text}}, '{_LOWER}', '{_UPPER}')",
            oracle=f"TRANSLATE({{text}}, '{_LOWER}', '{_UPPER}')",
        ),
    ),
    Function(
        "trimmed",
        parameters(text="VARCHAR"),
        "VARCHAR",
        Text("Texte sans blancs autour, ou NULL", "Text without blanks around, or NULL"),
        Text(
            "Seuls les espaces sont ôtés ; un texte vide donne NULL.",
            "Only spaces are removed; an empty text gives NULL.",
        ),
        (Example((" a b ",), "a b"), Example(("  ",), None)),
        engines("nullif(trim({text}), '')", oracle="TRIM({text})"),
    ),
    Function(
        "text_part",
        parameters(text="VARCHAR", start="BIGINT", length="BIGINT"),
        "VARCHAR",
        Text("Morceau d'un texte", "A part of a text"),
        Text(
            "length caractères à partir du rang start, compté de 1. Ce qui dépasse est ignoré. "
            "NULL si start est inférieur à 1 ou length négatif.",
            "length characters from place start, counted from 1. What lies beyond is ignored. "
            "NULL where start is under 1 or length negative.",
        ),
        (
            Example(("E119", 1, 3), "E11"),
            Example(("E1", 2, 5), "1"),
            Example(("E1", 3, 1), ""),
            Example(("E119", 0, 2), None),
        ),
        {
            "duckdb": (
                "(CASE WHEN {start} >= 1 AND {length} >= 0 "
                "THEN substr({text}, {start}, {length}) END)"
            ),
            "spark": (
                "(CASE WHEN {start} >= 1 AND {length} >= 0 "
                "THEN substr({text}, CAST({start} AS INT), CAST({length} AS INT)) END)"
            ),
            "oracle": (
                "(CASE WHEN {start} >= 1 AND {length} >= 0 "
                "THEN SUBSTR({text}, {start}, {length}) END)"
            ),
        },
        literal_templates=every("substr({text}, {start}, {length})"),
    ),
    Function(
        "text_length",
        parameters(text="VARCHAR"),
        "BIGINT",
        Text("Nombre de caractères", "Number of characters"),
        Text("Points de code Unicode, pas octets.", "Unicode code points, not bytes."),
        (Example(("été",), 3), Example(("",), 0)),
        {
            "duckdb": "length({text})",
            "spark": "CAST(length({text}) AS BIGINT)",
            "oracle": "LENGTH({text})",
        },
    ),
    Function(
        "replace_text",
        parameters(text="VARCHAR", old="VARCHAR", new="VARCHAR"),
        "VARCHAR",
        Text("Texte où old devient new", "Text where old becomes new"),
        Text("Toutes les occurrences.", "All occurrences."),
        (Example(("1,5", ",", "."), "1.5"),),
        engines("replace({text}, {old}, {new})", oracle="REPLACE({text}, {old}, {new})"),
    ),
    Function(
        "pad_left",
        parameters(text="VARCHAR", n="BIGINT", c="VARCHAR"),
        "VARCHAR",
        Text("Texte complété à gauche", "Text padded on the left"),
        Text(
            "Complété par le caractère c jusqu'à n caractères ; un texte plus long est gardé.",
            "Padded with the character c up to n characters; a longer text is kept.",
        ),
        (Example(("7", 2, "0"), "07"), Example(("123", 2, "0"), "123")),
        {
            "duckdb": (
                "lpad({text}, CAST(CASE WHEN length({text}) >= {n} THEN length({text}) "
                "ELSE {n} END AS INTEGER), {c})"
            ),
            "spark": (
                "lpad({text}, CAST(CASE WHEN length({text}) >= {n} THEN length({text}) "
                "ELSE {n} END AS INT), {c})"
            ),
            "oracle": "LPAD({text}, GREATEST({n}, LENGTH({text})), {c})",
        },
    ),
    Function(
        "text_of",
        parameters(x="ANY"),
        "VARCHAR",
        Text("Texte canonique d'un entier ou d'une date", "Canonical text of an integer or a date"),
        Text(
            "Entier sans zéro en tête, date AAAA-MM-JJ, texte tel quel.",
            "Integer without leading zeros, date YYYY-MM-DD, text as is.",
        ),
        (Example((12,), "12"), Example((date(2022, 3, 1),), "2022-03-01")),
        {
            "duckdb": "CAST({x} AS VARCHAR)",
            "spark": "CAST({x} AS STRING)",
            "oracle": "TO_CHAR({x})",
        },
    ),
    Function(
        "hash60",
        parameters(text="VARCHAR"),
        "BIGINT",
        Text("Empreinte de 60 bits", "A hash of 60 bits"),
        Text(
            "Les 15 premiers chiffres hexadécimaux du MD5 du texte en UTF-8, en entier positif.",
            "The first 15 hexadecimal digits of the MD5 of the text in UTF-8, as a positive "
            "integer.",
        ),
        (Example(("a",), 57446577476672362),),
        {
            "duckdb": "CAST('0x' || substr(md5({text}), 1, 15) AS BIGINT)",
            "spark": "CAST(conv(substr(md5({text}), 1, 15), 16, 10) AS BIGINT)",
            # RAWTOHEX gives capitals, which TO_NUMBER reads; the base must be in AL32UTF8.
            "oracle": (
                "TO_NUMBER(SUBSTR(RAWTOHEX(STANDARD_HASH({text}, 'MD5')), 1, 15), "
                "'XXXXXXXXXXXXXXX')"
            ),
        },
    ),
    Function(
        "starts_with",
        parameters(code="VARCHAR", prefix="VARCHAR"),
        "PREDICATE",
        Text("Vrai si le code commence par le préfixe", "True where the code starts so"),
        Text(
            "Sensible à la casse et aux accents ; NULL si l'un est NULL.",
            "Case and accents count; NULL where one is NULL.",
        ),
        (Example(("E119", "E11"), True), Example(("E1", "E11"), False)),
        {
            "duckdb": "starts_with({code}, {prefix})",
            "spark": "startswith({code}, {prefix})",
            "oracle": "(SUBSTR({code}, 1, LENGTH({prefix})) = {prefix})",
        },
    ),
    Function(
        "code_in",
        parameters(code="VARCHAR", list="CONSTANT"),
        "PREDICATE",
        Text(
            "Vrai si le code est dans la liste nommée", "True where the code is in the named list"
        ),
        Text(
            "La liste donne des préfixes (E11 prend E119) ou des codes exacts (=E11) et des "
            "exclusions. NULL si le code est NULL. Le code est attendu normalisé.",
            "The list gives prefixes (E11 takes E119) or exact codes (=E11) and exclusions. NULL "
            "where the code is NULL. The code is expected in its reference form.",
        ),
        (),
        _NO_TEMPLATE,
    ),
)
