"""The table of owned functions: the one list from which everything else is made."""

from __future__ import annotations

from labsante.base.files import sha256_json
from labsante.engine import functions_dates, functions_numbers, functions_texts
from labsante.engine.function_table import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for module in (functions_dates, functions_numbers, functions_texts)
    for function in module.FUNCTIONS
}

#: What a person who writes an engine's own function most likely wants.
INSTEAD_OF: dict[str, str] = {
    "age": "age_at(birth_date, date)",
    "date_diff": "days_between(a, b), months_between(a, b) or age_at(birth_date, date)",
    "datediff": "days_between(a, b), months_between(a, b) or age_at(birth_date, date)",
    "date_sub": "months_between(a, b)",
    "date_add": "add_days(d, n) or add_months(d, n)",
    "date_trunc": "month_start(d), quarter_start(d) or year_start(d)",
    "trunc": "month_start(d), or truncated(x) for a number",
    "last_day": "month_end(d)",
    "make_date": "make_day(y, m, d)",
    "strptime": "read_date(text, 'YYYYMMDD')",
    "try_strptime": "read_date(text, 'YYYYMMDD')",
    "to_date": "read_date(text, 'YYYYMMDD')",
    "strftime": "date_text(d) or period_text(d)",
    "to_char": "date_text(d), period_text(d) or text_of(x)",
    "year": "year_of(d)",
    "month": "month_of(d)",
    "day": "day_of(d)",
    "quarter": "quarter_of(d)",
    "extract": "year_of(d), month_of(d) or day_of(d)",
    "date_part": "year_of(d), month_of(d) or day_of(d)",
    "dayofweek": "weekday_of(d)",
    "isodow": "weekday_of(d)",
    "weekday": "weekday_of(d)",
    "current_date": "a parameter, such as :as_of",
    "now": "a parameter, such as :as_of",
    "upper": "upper_text(text) or normalise_code(text)",
    "lower": "upper_text(text) or normalise_code(text)",
    "trim": "trimmed(text)",
    "ltrim": "trimmed(text)",
    "rtrim": "trimmed(text)",
    "substr": "text_part(text, start, length)",
    "substring": "text_part(text, start, length)",
    "left": "text_part(text, 1, n)",
    "right": "text_part(text, start, length)",
    "length": "text_length(text)",
    "replace": "replace_text(text, old, new)",
    "lpad": "pad_left(text, n, c)",
    "concat": "a || b (NULL where one is NULL), with coalesce where a NULL is expected",
    "concat_ws": "a || '|' || b",
    "md5": "hash60(text)",
    "hash": "hash60(text)",
    "round": "amount(x), measure(x) or rounded(x)",
    "floor": "quotient(a, b) or truncated(x)",
    "ceil": "quotient(a, b) or truncated(x)",
    "mod": "remainder(a, b)",
    "div": "quotient(a, b)",
    "least": "least_of(a, b)",
    "greatest": "greatest_of(a, b)",
    "avg": "sum and count kept apart: they add up, a mean does not",
    "mean": "sum and count kept apart: they add up, a mean does not",
    "first": "min or max, or row_number() over a total order",
    "last": "min or max, or row_number() over a total order",
    "first_value": "min or max, or row_number() over a total order",
    "last_value": "min or max, or row_number() over a total order",
    "any_value": "min or max",
    "arbitrary": "min or max",
    "arg_max": "row_number() over a total order, in a CTE",
    "arg_min": "row_number() over a total order, in a CTE",
    "max_by": "row_number() over a total order, in a CTE",
    "min_by": "row_number() over a total order, in a CTE",
    "median": "counts by value; quantiles are computed by the statistics",
    "approx_count_distinct": "count(DISTINCT x): figures are exact here",
    "approx_distinct": "count(DISTINCT x): figures are exact here",
    "regexp_matches": "starts_with(code, prefix) or code_in(code, 'list')",
    "regexp_like": "starts_with(code, prefix) or code_in(code, 'list')",
    "ifnull": "coalesce(a, b)",
    "nvl": "coalesce(a, b)",
    "iif": "CASE WHEN … THEN … ELSE … END",
    "if": "CASE WHEN … THEN … ELSE … END",
    "decode": "CASE WHEN … THEN … ELSE … END",
    "ntile": "row_number() over a total order, in a CTE",
}


def versions(names: tuple[str, ...]) -> str:
    """A digest of the definitions of the named functions, for a recipe."""
    called = [FUNCTIONS[name] for name in sorted(set(names))]
    return sha256_json(
        [[f.name, f.version, f.templates, f.variants or f.literal_templates or {}] for f in called]
    )
