"""``docs/reference/quality-checks.md``: the checks as a page, made from the rules."""

from __future__ import annotations

from labsante.quality.rules import FAMILIES, Check, checks


def page() -> str:
    """The whole text of the page."""
    rules: dict[str, list[Check]] = {}
    for check in checks():
        rules.setdefault(check.id, []).append(check)
    parts = [
        "# Quality checks\n\nMade from the rules in `src/labsante/quality/rules`; do not edit by "
        f"hand.\n\n{len(rules)} rules, {len(checks())} checks. `labsante check` runs those that "
        "the received tables allow. A *blocking* check that fails gives exit code 13; a "
        "*warning* is shown with the figures it concerns; a *report* only counts what a reader "
        "of the source must handle. A check holds while its violating rows stay under the share "
        "shown. Counts from 1 to 10 are shown as `1-10`.\n",
    ]
    for family in FAMILIES:
        mine = [found[0] for found in rules.values() if found[0].family == family]
        parts.append(f"\n## {family.capitalize()}\n")
        parts += [_rule(check, len(rules[check.id])) for check in mine]
    return "".join(parts)


def _rule(check: Check, variants: int) -> str:
    times = f", {variants} variants, the first shown" if variants > 1 else ""
    outputs = ", ".join(check.disqualifies) or "nothing"
    return (
        f"\n### {check.id}\n\n**{check.title.fr}.** {check.why.fr}\n\n"
        f"**{check.title.en}.** {check.why.en}\n\n"
        f"Severity: {check.severity}; accepted share: {check.max_share:g}; "
        f"disqualifies: {outputs}{times}.\n\n```sql\n{check.rows}\n```\n"
    )
