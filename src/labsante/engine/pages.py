"""The two reference pages that are made from the engine's own tables.

``python -m labsante.engine.pages docs/reference`` writes them; a test checks that they are
current.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from sqlglot import exp

from labsante.base.files import write_text
from labsante.engine import functions_dates, functions_numbers, functions_texts
from labsante.engine.dialects import PLAIN_FUNCTIONS
from labsante.engine.function_table import Function
from labsante.engine.functions import FUNCTIONS, INSTEAD_OF
from labsante.engine.lint import ALLOWED
from labsante.engine.lint_texts import ARGUMENTS, HINTS
from labsante.engine.page_texts import FUNCTIONS_HEAD, ORACLE_NOTES, SUBSET_HEAD

FUNCTIONS_PAGE = "functions.md"
SUBSET_PAGE = "sql-subset.md"
_CHAPTERS = (
    ("Dates", functions_dates.FUNCTIONS),
    ("Nombres · Numbers", functions_numbers.FUNCTIONS),
    ("Textes et codes · Texts and codes", functions_texts.FUNCTIONS),
)


def functions_page() -> str:
    """``functions.md``: every owned function, its rule and its checked examples."""
    lines = [FUNCTIONS_HEAD]
    for title, functions in _CHAPTERS:
        lines += ["", f"## {title}", "", "| | |", "|---|---|"]
        lines += [f"| [`{f.name}`](#{f.name}) | {f.label.fr} · {f.label.en} |" for f in functions]
        for function in functions:
            lines += ["", *_function(function)]
    lines += ["", "## À la place de · Instead of", ""]
    lines += ["| écrit ailleurs · written elsewhere | ici · here |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(use)} |" for name, use in sorted(INSTEAD_OF.items())]
    return "\n".join(lines) + "\n"


def _function(function: Function) -> list[str]:
    lines = [f"### {function.name}", "", f"`{function.signature}`", ""]
    lines += [f"{function.label.fr}. {function.rule.fr}", ""]
    lines += [f"*{function.label.en}. {function.rule.en}*"]
    if function.examples:
        lines += ["", "| exemple · example | valeur · value |", "|---|---|"]
    for example in function.examples:
        call = f"{function.name}({', '.join(_shown(a) for a in example.arguments)})"
        lines.append(f"| `{call}` | `{_shown(example.result)}` |")
    if function.name in FUNCTIONS and function.version > 1:
        lines += ["", f"Version {function.version}."]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def subset_page() -> str:
    """``sql-subset.md``: what is in, what is out and what to write instead."""
    plain = ", ".join(f"`{name.lower()}`" for name in PLAIN_FUNCTIONS)
    clauses = ", ".join(f"`{kind.__name__}`" for kind in ALLOWED if not issubclass(kind, exp.Func))
    lines = [SUBSET_HEAD.format(plain=plain, clauses=clauses), "", "## What is out", ""]
    lines += ["| construct | write instead |", "|---|---|"]
    lines += [f"| {construct} | {hint} |" for construct, hint in sorted(set(ARGUMENTS.values()))]
    lines += [f"| `{name}` | {hint} |" for name, hint in sorted(HINTS.items())]
    return "\n".join([*lines, "", ORACLE_NOTES])


def write_pages(folder: Path) -> None:
    """Write both pages."""
    write_text(folder / FUNCTIONS_PAGE, functions_page())
    write_text(folder / SUBSET_PAGE, subset_page())


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
