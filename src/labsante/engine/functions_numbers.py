"""Owned functions on numbers: whole numbers and exact decimals, never binary fractions."""

from __future__ import annotations

from decimal import Decimal

from labsante.base.texts import Text
from labsante.engine.function_table import Example, Function, engines, parameters

_BAD_DIVISOR = Text(
    "NULL si b est nul ou NULL.",
    "NULL where b is zero or NULL.",
)

# ratio on Spark: whole numbers, twice |a| in millionths of millionths plus |b|, over twice |b|.
_SPARK_A = "CAST(abs(CAST({a} AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0))"
_SPARK_B = "CAST(abs(CAST({b} AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0))"
_SPARK_TOP = f"{_SPARK_A} * CAST(2000000 AS DECIMAL(7, 0)) + {_SPARK_B}"
_SPARK_BOTTOM = f"{_SPARK_B} * 2"

FUNCTIONS = (
    Function(
        "to_int_strict",
        parameters(text="VARCHAR"),
        "BIGINT",
        Text("Entier lu dans un texte, ou NULL", "A whole number read from text, or NULL"),
        Text(
            "Des chiffres (18 au plus), un signe moins permis, des blancs autour permis ; tout "
            "autre texte (virgule, point, lettre, vide) donne NULL.",
            "Digits (18 at most), a minus sign allowed, blanks around allowed; any other text "
            "(comma, point, letter, empty) gives NULL.",
        ),
        (
            Example((" 012 ",), 12),
            Example(("2.7",), None),
            Example(("",), None),
            Example(("-3",), -3),
        ),
        {
            "duckdb": (
                "(CASE WHEN regexp_full_match(trim({text}), '-?[0-9]{{1,18}}') "
                "THEN TRY_CAST(trim({text}) AS BIGINT) END)"
            ),
            "spark": (
                "(CASE WHEN trim({text}) RLIKE '^-?[0-9]{{1,18}}$' "
                "THEN TRY_CAST(trim({text}) AS BIGINT) END)"
            ),
            "oracle": (
                "(CASE WHEN REGEXP_LIKE(TRIM({text}), '^-?[0-9]{{1,18}}$') "
                "THEN TO_NUMBER(TRIM({text})) END)"
            ),
        },
    ),
    Function(
        "amount",
        parameters(x="NUMBER"),
        "DECIMAL",
        Text("Montant en euros et centimes", "An amount in euros and cents"),
        Text(
            "DECIMAL(18,2), arrondi au plus près, la moitié s'éloignant de zéro.",
            "DECIMAL(18,2), rounded to the nearest, half away from zero.",
        ),
        (
            Example((Decimal("2.345"),), Decimal("2.35")),
            Example((Decimal("-2.345"),), Decimal("-2.35")),
            Example((7,), Decimal("7.00")),
        ),
        engines("CAST({x} AS DECIMAL(18, 2))", oracle="ROUND({x}, 2)"),
        returned_type="DECIMAL(18,2)",
    ),
    Function(
        "measure",
        parameters(x="NUMBER"),
        "DECIMAL",
        Text("Mesure à six décimales", "A measure with six decimals"),
        Text(
            "DECIMAL(38,6), arrondi au plus près, la moitié s'éloignant de zéro : le type des "
            "sommes dans les cellules.",
            "DECIMAL(38,6), rounded to the nearest, half away from zero: the type of the sums "
            "in the cells.",
        ),
        (Example((Decimal("2.5"),), Decimal("2.500000")),),
        engines("CAST({x} AS DECIMAL(38, 6))", oracle="ROUND({x}, 6)"),
        returned_type="DECIMAL(38,6)",
    ),
    Function(
        "ratio",
        parameters(a="NUMBER", b="NUMBER"),
        "DECIMAL",
        Text("Quotient exact à six décimales", "An exact quotient with six decimals"),
        Text(
            "DECIMAL(38,6) par division entière, arrondi au plus près, la moitié s'éloignant de "
            "zéro. NULL si b est nul. a et b : entiers ou décimaux, 18 chiffres et 6 décimales "
            "au plus ; quotient inférieur à 10^16.",
            "DECIMAL(38,6) by whole-number division, rounded to the nearest, half away from "
            "zero. NULL where b is zero. a and b: whole numbers or decimals, at most 18 digits "
            "and 6 decimals; a quotient under 10^16.",
        ),
        (
            Example((1, 3), Decimal("0.333333")),
            Example((2, 3), Decimal("0.666667")),
            Example((-1, 2000000), Decimal("-0.000001")),
            Example((1, 0), None),
        ),
        {
            "duckdb": (
                "(CASE WHEN {b} = 0 THEN NULL ELSE CAST("
                "CASE WHEN ({a} < 0) <> ({b} < 0) THEN -1 ELSE 1 END * (("
                "CAST(abs(CAST({a} AS DECIMAL(24, 6))) * 1000000 AS HUGEINT) * 2000000 "
                "+ CAST(abs(CAST({b} AS DECIMAL(24, 6))) * 1000000 AS HUGEINT)) "
                "// (CAST(abs(CAST({b} AS DECIMAL(24, 6))) * 1000000 AS HUGEINT) * 2)) "
                "AS DECIMAL(32, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) END)"
            ),
            "spark": (
                # Not `div`: it wraps around silently where the quotient passes 64 bits.
                "(CASE WHEN {b} = 0 THEN NULL ELSE CAST("
                "CASE WHEN ({a} < 0) <> ({b} < 0) THEN -1 ELSE 1 END * CAST(("
                f"({_SPARK_TOP}) - ({_SPARK_TOP}) % ({_SPARK_BOTTOM})) / ({_SPARK_BOTTOM}) "
                "AS DECIMAL(31, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) AS DECIMAL(38, 6)) END)"
            ),
            "oracle": "(CASE WHEN {b} = 0 THEN NULL ELSE ROUND({a} / {b}, 6) END)",
        },
        returned_type="DECIMAL(38,6)",
    ),
    Function(
        "quotient",
        parameters(a="BIGINT", b="BIGINT"),
        "BIGINT",
        Text("Quotient entier, vers le bas", "Whole quotient, rounded down"),
        Text(
            f"Division euclidienne : -7 par 2 donne -4. {_BAD_DIVISOR.fr}",
            f"Floor division: -7 by 2 gives -4. {_BAD_DIVISOR.en}",
        ),
        (Example((7, 2), 3), Example((-7, 2), -4), Example((7, 0), None)),
        {
            "duckdb": (
                "(CASE WHEN {b} = 0 THEN NULL ELSE ({a} - (({a} % {b}) + {b}) % {b}) // {b} END)"
            ),
            "spark": (
                "(CASE WHEN {b} = 0 THEN NULL ELSE ({a} - (({a} % {b}) + {b}) % {b}) div {b} END)"
            ),
            "oracle": "(CASE WHEN {b} = 0 THEN NULL ELSE FLOOR({a} / {b}) END)",
        },
    ),
    Function(
        "remainder",
        parameters(a="BIGINT", b="BIGINT"),
        "BIGINT",
        Text("Reste de la division entière", "Remainder of the whole division"),
        Text(
            f"Du signe de b : -7 par 2 donne 1. {_BAD_DIVISOR.fr}",
            f"With the sign of b: -7 by 2 gives 1. {_BAD_DIVISOR.en}",
        ),
        (Example((7, 2), 1), Example((-7, 2), 1), Example((7, 0), None)),
        {
            "duckdb": "(CASE WHEN {b} = 0 THEN NULL ELSE (({a} % {b}) + {b}) % {b} END)",
            "spark": "(CASE WHEN {b} = 0 THEN NULL ELSE (({a} % {b}) + {b}) % {b} END)",
            "oracle": "(CASE WHEN {b} = 0 THEN NULL ELSE {a} - {b} * FLOOR({a} / {b}) END)",
        },
    ),
    Function(
        "truncated",
        parameters(x="NUMBER"),
        "BIGINT",
        Text("Partie entière, vers zéro", "Whole part, toward zero"),
        Text("2,7 donne 2 et -2,7 donne -2.", "2.7 gives 2 and -2.7 gives -2."),
        (Example((Decimal("2.7"),), 2), Example((Decimal("-2.7"),), -2)),
        {
            "duckdb": "CAST(trunc({x}) AS BIGINT)",
            "spark": "CAST({x} AS BIGINT)",
            "oracle": "TRUNC({x})",
        },
    ),
    Function(
        "rounded",
        parameters(x="NUMBER"),
        "BIGINT",
        Text("Entier le plus proche", "Nearest whole number"),
        Text(
            "La moitié s'éloigne de zéro : 2,5 donne 3 et -2,5 donne -3.",
            "Half away from zero: 2.5 gives 3 and -2.5 gives -3.",
        ),
        (Example((Decimal("2.5"),), 3), Example((Decimal("-2.5"),), -3)),
        {
            "duckdb": "CAST(round({x}, 0) AS BIGINT)",
            "spark": "CAST(round({x}, 0) AS BIGINT)",
            "oracle": "ROUND({x})",
        },
    ),
    Function(
        "least_of",
        parameters(a="ANY", b="ANY"),
        "ANY",
        Text("La plus petite de deux valeurs", "The smaller of two values"),
        Text("Un NULL est ignoré.", "A NULL is ignored."),
        (Example((2, 3), 2), Example((None, 3), 3)),
        engines(
            "least({a}, {b})",
            oracle="(CASE WHEN {a} IS NULL OR {b} < {a} THEN {b} ELSE {a} END)",
        ),
    ),
    Function(
        "greatest_of",
        parameters(a="ANY", b="ANY"),
        "ANY",
        Text("La plus grande de deux valeurs", "The larger of two values"),
        Text("Un NULL est ignoré.", "A NULL is ignored."),
        (Example((2, 3), 3), Example((None, 3), 3)),
        engines(
            "greatest({a}, {b})",
            oracle="(CASE WHEN {a} IS NULL OR {b} > {a} THEN {b} ELSE {a} END)",
        ),
    ),
    Function(
        "has_bit",
        parameters(bits="BIGINT", bit="BIGINT"),
        "PREDICATE",
        Text("Vrai si le bit est présent", "True where the bit is set"),
        Text("bit est une puissance de deux (1, 2, 4…).", "bit is a power of two (1, 2, 4…)."),
        (Example((5, 4), True), Example((5, 2), False)),
        engines("(({bits} & {bit}) <> 0)", oracle="(BITAND({bits}, {bit}) <> 0)"),
    ),
)
