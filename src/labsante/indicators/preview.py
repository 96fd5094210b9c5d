"""One indicator at once, from the tables of a workspace, without writing anything.

What comes back is not protected: it stays in the secure area.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.errors import CheckFailedError
from labsante.base.workspace import Workspace
from labsante.engine import open_engine
from labsante.indicators.cells import CellsComputer
from labsante.indicators.form import Indicator
from labsante.indicators.queries import tables_of
from labsante.indicators.results import PUBLISHED, derive
from labsante.indicators.rollup import candidate_rows
from labsante.indicators.sources import WorkspaceSource


def computed_cells(
    workspace: Workspace, indicator: Indicator, others: Mapping[str, Indicator]
) -> pa.Table:
    """The cells of one indicator, computed now; raises CheckFailedError where a table misses."""
    source = WorkspaceSource(workspace)
    needed = sorted({"person_year", *tables_of(indicator, others)})
    missing = [table for table in needed if not source.has(table)]
    if missing:
        raise CheckFailedError(
            f"not built: {', '.join(missing)}",
            where=str(workspace.tables),
            hint="run: labsante build",
        )
    found: list[pa.Table] = []
    with open_engine(workspace.config.engine, workspace.temporary) as engine:
        computer = CellsComputer(engine, source, workspace.temporary / "indicators", others)
        computer.compute([indicator], lambda _, cells: found.append(cells))
    return found[0]


def unprotected_results(indicator: Indicator, cells: pa.Table) -> pa.Table:
    """Every row of the results, as if nothing had to be hidden: for the secure area only."""
    rows = candidate_rows(cells, indicator)
    shown = pa.array([PUBLISHED] * rows.num_rows, pa.string())
    for name in ("denominator_status", "numerator_status"):
        rows = rows.append_column(name, shown)
    return derive(indicator, rows)


def national_rows(
    workspace: Workspace, indicator: Indicator, others: Mapping[str, Indicator]
) -> list[dict[str, Any]]:
    """The national value of every period."""
    results = unprotected_results(indicator, computed_cells(workspace, indicator, others))
    keep = pc.equal(results["territory"], "FRA")
    for name in ("sex", "age"):
        keep = pc.and_(keep, pc.equal(results[name], "all"))
    return list(results.filter(keep).to_pylist())
