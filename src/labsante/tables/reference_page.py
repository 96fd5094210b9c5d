"""The reference page of the tables, made from the contracts and the queries."""

from __future__ import annotations

from labsante.tables.catalogue import Model, catalogue
from labsante.tables.contract import Kind
from labsante.tables.lineage import raw_origins

_KINDS = {
    Kind.FULL: "one partition, rebuilt whole",
    Kind.YEARLY: "one partition a year, replaced whole",
    Kind.BY_FLUX: "one partition a flux month, never touched by a later flux",
    Kind.BY_CARE_MONTH: "one partition a month of care, rebuilt when a flux brings rows for it",
}

_HEADINGS = ("column", "type", "label", "source", "rule and known bias", "from")


def page() -> str:
    """The whole page, in Markdown."""
    public = [m for m in catalogue().values() if not m.contract.internal]
    steps = [m for m in catalogue().values() if m.contract.internal]
    parts = [
        "# The intermediate tables",
        "Made from the contracts in `src/labsante/tables/models` by `make docs`; do not edit. "
        "French labels first. *From* is read in the queries: the raw columns whose values make "
        "the column; the source is what the contract says, filters and keys included.",
        "## The graph",
        _graph(),
        "## Tables",
        *(_section(model) for model in public),
        "## Internal steps",
        *(_section(model) for model in steps),
    ]
    return "\n\n".join(parts) + "\n"


def _graph() -> str:
    lines = ["```mermaid", "flowchart LR"]
    for name, model in catalogue().items():
        lines += [f"  {parent} --> {name}" for parent in model.inputs if parent in catalogue()]
        raw = [parent.upper() for parent in model.inputs if parent not in catalogue()]
        if raw:
            lines.append(f'  {name}_raw["{"<br>".join(raw)}"] --> {name}')
    return "\n".join([*lines, "```"])


def _section(model: Model) -> str:
    contract = model.contract
    rows = [
        f"### `{contract.name}`",
        f"{contract.title.fr} / {contract.title.en}. One row: {contract.grain.en}. "
        f"Key: {', '.join(f'`{name}`' for name in contract.key)}. "
        f"Partitions: {_KINDS[contract.kind]}.",
        contract.policy.fr,
        contract.policy.en,
        f"| {' | '.join(_HEADINGS)} |\n|{'---|' * len(_HEADINGS)}",
    ]
    lines = []
    for column in contract.columns:
        origins = sorted(raw_origins(contract.name, column.name))
        told = [text for text in (column.rule, column.bias) if text]
        cells = [
            f"`{column.name}`",
            column.type + (f", {column.unit}" if column.unit else ""),
            f"{column.label.fr} / {column.label.en}",
            column.source,
            " ".join(f"{text.fr} / {text.en}" for text in told),
            "<br>".join(f"{table}.{name}" for table, name in origins),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n\n".join(rows) + "\n" + "\n".join(lines)
