"""Pages for what cannot be answered, in words that name the parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping

from labsante.web.content import Content
from labsante.web.documents import NEVER, PROBLEM, Document
from labsante.web.rendering import Page, render
from labsante.web.state import ParameterError, UnknownPageError
from labsante.web.words import message

_SHOWN = 60  # characters of a value that came from an address
_LISTED = 24


def language(query: Mapping[str, str]) -> str:
    """``en`` when asked for, whatever else is wrong with the address."""
    return "en" if query.get("langue") == "en" else "fr"


def explain(error: Exception | None, asked: str) -> dict[str, object]:
    """Status, heading, explanation, near and allowed values of an error."""
    if isinstance(error, ParameterError):
        allowed = [value for value in error.allowed if value != "all"][:_LISTED]
        more = "…" if len(error.allowed) > _LISTED else ""
        return {
            "status": 422,
            "heading": message("error_422_title", asked),
            "explanation": message(
                "error_422", asked, parameter=error.parameter, value=error.value[:_SHOWN]
            ),
            "near": message("error_near", asked, near=error.near) if error.near else "",
            "allowed": message("error_allowed", asked, allowed=", ".join(allowed) + more)
            if allowed
            else "",
        }
    if isinstance(error, UnknownPageError):
        explanation = message(
            "error_404", asked, parameter=error.parameter, value=error.value[:_SHOWN]
        )
        return {"status": 404, "heading": message("error_404_title", asked),
                "explanation": explanation, "near": "", "allowed": ""}  # fmt: skip
    key = "error_404_plain" if error is None else "error_503"
    title = "error_404_title" if error is None else "error_503_title"
    return {
        "status": 404 if error is None else 503,
        "heading": message(title, asked),
        "explanation": message(key, asked),
        "near": "",
        "allowed": "",
    }


def page(
    content: Content | None, query: Mapping[str, str], path: str, error: Exception | None
) -> Document:
    """The error as a page; as problem+json under ``/api`` or for a data file."""
    asked = language(query)
    facts = explain(error, asked)
    status = int(str(facts["status"]))
    if path.startswith("/api/") or path.endswith((".json", ".csv", ".svg", ".jsonld")):
        problem = {
            "type": "about:blank",
            "title": facts["heading"],
            "status": status,
            "detail": " ".join(
                str(facts[key]) for key in ("explanation", "near", "allowed") if facts[key]
            ),
            "instance": path,
        }
        if isinstance(error, ParameterError):
            problem["parameter"] = error.parameter
        body = json.dumps(problem, ensure_ascii=False)
        return Document(body, PROBLEM, status, NEVER, {"Content-Language": asked})
    words = Page(asked, path, dict(query), content)
    facts.pop("status")
    return render("error.html", words, status=status, cache=NEVER, **facts)
