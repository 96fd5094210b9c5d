"""What a table of cells must satisfy, and what a reader should be told about it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from labsante.base.errors import CheckFailedError
from labsante.indicators.form import Indicator

#: A national value that moves by more than this share from one year to the next is pointed out.
JUMP = 0.25


def notes_of(indicator: Indicator, cells: pa.Table) -> tuple[str, ...]:
    """Remarks on the cells, in words; raises CheckFailedError where they cannot be right.

    A proportion whose numerator exceeds its denominator in a cell is an error. A year in which
    nobody is in the numerator is a remark: a code list may have lost its codes. So is a national
    jump of more than a quarter between two years, or between a month and the same a year before.
    """
    if indicator.type in ("proportion", "curve") and cells.num_rows:
        over = pc.sum(pc.cast(pc.greater(cells["n_num"], cells["n_den"]), pa.int64())).as_py()
        if over:
            raise CheckFailedError(
                f"{over} cells have a numerator above their denominator",
                where=indicator.id,
                why="the numerator must lie within the population",
                hint="check that the numerator counts persons once a period",
            )
    column = "s_x" if indicator.counts_events else "n_num"
    totals = cells.group_by("period").aggregate([("n_den", "sum"), (column, "sum")])
    totals = totals.sort_by("period")
    names = totals["period"].to_pylist()
    below = [int(value or 0) for value in totals["n_den_sum"].to_pylist()]
    above = [float(value or 0) for value in totals[f"{column}_sum"].to_pylist()]
    notes = []
    for name, den, num in zip(names, below, above, strict=True):
        if den and not num:
            notes.append(f"{name}: nothing counted above the line")
    values = {n: a / d for n, d, a in zip(names, below, above, strict=True) if d}
    for name, value in values.items():
        before = values.get(f"{int(name[:4]) - 1}{name[4:]}")
        if before and abs(value / before - 1) > JUMP:
            notes.append(f"{name}: {100 * (value / before - 1):+.0f} % from a year before")
    return tuple(notes)
