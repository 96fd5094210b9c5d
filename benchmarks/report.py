"""What a benchmark returns, and how it is printed."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One claim measured: seconds of ours, seconds of the other side, the bar on their ratio.

    ``ratio`` is other / ours (larger is better for us) unless ``bar`` starts with ``<=``, when it
    is ours / other.
    """

    claim: str
    ours: float
    other: float
    other_name: str
    bar: str = ""
    note: str = ""

    @property
    def ratio(self) -> float:
        """The figure that the bar speaks of."""
        return self.ours / self.other if self.bar.startswith("<=") else self.other / self.ours

    def line(self) -> str:
        """One line of the report."""
        return (
            f"{self.claim}: ours {self.ours:.2f} s, {self.other_name} {self.other:.2f} s, "
            f"ratio {self.ratio:.2f} {f'(bar {self.bar})' if self.bar else ''} {self.note}"
        ).rstrip()


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Median wall seconds of ``runs`` calls, after none to warm up."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)


def peak_megabytes() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
