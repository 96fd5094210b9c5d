"""The demo: every stage of the main job on a synthetic France, each beside its time budget."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from labsante.base.errors import LabError

# Seconds for 30,000 people and three years on 2 cores; together, with what is left, 5 minutes.
BUDGETS = {
    "synthesize": 40,
    "receive": 30,
    "build": 60,
    "check": 15,
    "indicators": 40,
    "publish": 60,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: where, how many people, which years."""

    root: Path
    persons: int
    first: int
    last: int
    seed: int
    quiet: bool

    def stages(self) -> list[list[str]]:
        """The commands, in order, as one would type them."""
        years = ["--from", str(self.first), "--to", str(self.last), "--seed", str(self.seed)]
        return [
            ["init"],
            ["synthesize", "--persons", str(self.persons), *years],
            ["receive", str(self.root / "raw")],
            ["build"],
            ["check"],
            ["indicators"],
            ["publish"],
        ]


class StageFailedError(LabError):
    """A stage of the demo ended with an error; it was printed when it happened."""


def run_demo(plan: Plan) -> dict[str, float]:
    """Run every stage; returns seconds a stage. Raises StageFailedError at the first failure."""
    from labsante.cli.main import run

    scale = max(1.0, plan.persons / 30_000)
    seconds: dict[str, float] = {}
    for stage in plan.stages():
        name = stage[0]
        _say(f"\n── labsante --workspace {plan.root} {' '.join(stage)}")
        started = time.perf_counter()
        code = run([*(["--quiet"] if plan.quiet else []), "--workspace", str(plan.root), *stage])
        seconds[name] = time.perf_counter() - started
        if code:
            error = StageFailedError(f"the demo stopped at {name} (exit code {code})")
            error.exit_code = code  # type: ignore[misc]
            raise error
        if name in BUDGETS:
            budget = BUDGETS[name] * scale
            over = "  over its budget" if seconds[name] > budget else ""
            _say(f"   {name}: {seconds[name]:.1f} s of {budget:.0f} s{over}")
    _say(f"\nThe whole chain took {sum(seconds.values()):.0f} s.")
    return seconds


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
