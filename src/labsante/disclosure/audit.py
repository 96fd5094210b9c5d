"""The audit: every hidden cell must be able to take values far enough apart.

A cell is wide enough when two whole tables of integers, both in accord with everything shown,
give it values at least ``width`` apart. Such tables are the proof: no attacker, linear or
integer, can exclude them. They are looked for from the cheapest: the true table, corners in
random directions, then one linear programme a cell, then integer ones.

Besides, no group of people whose number can be computed may count from 1 to the threshold less
one (:mod:`labsante.disclosure.small_groups`). What has no proof is unsafe, whatever the reason:
the audit fails closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse.csgraph import connected_components

from labsante.base.errors import CheckFailedError
from labsante.disclosure.policy import Policy
from labsante.disclosure.system import System
from labsante.disclosure.targets import Targets

_TOLERANCE = 1e-6
_FRUITLESS = 3
_AT_ONCE = 120
_MANY = 50
_MOVE_COST = 0.01


class AuditError(CheckFailedError):
    """The audit could not be carried out: nothing is published."""


@dataclass(frozen=True)
class Finding:
    """Hidden cells (flat indices) without proof, and the bounds that were reached."""

    cells: tuple[int, ...]
    low: float
    high: float


@dataclass
class AuditCount:
    """How much work an audit was."""

    targets: int = 0
    by_truth: int = 0
    linear: int = 0
    integer: int = 0

    def add(self, other: AuditCount) -> None:
        """Count the work of another audit too."""
        self.targets += other.targets
        self.by_truth += other.by_truth
        self.linear += other.linear
        self.integer += other.integer


def audit(
    system: System, targets: Targets, policy: Policy, *, thorough: bool = True, seed: int = 1
) -> tuple[list[Finding], AuditCount]:
    """The hidden cells that are not proved safe; an empty list is the proof of the block.

    ``thorough``: one programme for each cell that the common searches leave open. Raises
    AuditError where the truth itself does not satisfy the equations.
    """
    work = _Audit(system, targets, policy)
    findings = work.run(np.random.default_rng(seed), thorough)
    return findings, work.count


class _Audit:
    def __init__(self, system: System, targets: Targets, policy: Policy) -> None:
        self.system, self.targets, self.policy = system, targets, policy
        count = len(targets.cells)
        self.count = AuditCount(targets=count)
        self.high = np.full(count, -np.inf)
        self.low = np.full(count, np.inf)
        self._free = system.component < 0
        self._pieces: dict[tuple[int, ...], _Piece] = {}

    def run(self, random: np.random.Generator, thorough: bool) -> list[Finding]:
        if not len(self.targets.cells):
            return []
        self._witness(self.system.truth, np.arange(len(self.targets.cells)))
        self.count.by_truth = int(self._safe().sum())
        self._until_fruitless(self._corner, random, at_least=_MANY)
        self._until_fruitless(self._moves, random, at_least=3)
        ceiling = self._ceilings()
        hopeful = ceiling >= self.targets.width - _TOLERANCE
        open_targets = np.flatnonzero(~self._safe() & hopeful)
        if thorough and open_targets.size <= self.policy.singles:
            for target in open_targets.tolist():
                if not self._proved(target):
                    self._single(target)
        return [self._finding(target) for target in np.flatnonzero(~self._safe()).tolist()]

    def _ceilings(self) -> np.ndarray:
        """What each target cannot exceed: no group holds more than any equation that has it."""
        matrix = self.system.matrix
        most = self.system.upper.copy()
        totals = np.repeat(self.system.total, np.diff(matrix.indptr)).astype(float)
        np.minimum.at(most, matrix.indices, totals)
        return np.minimum(self.targets.inside, most).sum(axis=1)

    def _safe(self) -> np.ndarray:
        return self.high - self.low >= self.targets.width - _TOLERANCE

    def _proved(self, target: int) -> bool:
        return bool(self.high[target] - self.low[target] >= self.targets.width[target] - _TOLERANCE)

    def _witness(self, x: np.ndarray, chosen: np.ndarray) -> None:
        """Take note of a table in accord with everything shown."""
        whole = x.astype(float)
        # Groups in no equation may hold anything: nothing where less helps, all where more does.
        most = np.where(self._free, self.system.upper, whole)
        least = np.where(self._free, 0.0, whole)
        self.high[chosen] = np.maximum(self.high[chosen], self.targets.highest(most, chosen))
        self.low[chosen] = np.minimum(self.low[chosen], self.targets.lowest(least, chosen))

    def _until_fruitless(
        self,
        search: Callable[[np.ndarray, np.random.Generator], None],
        random: np.random.Generator,
        *,
        at_least: int,
    ) -> None:
        """Search for tables while they prove something, and ``at_least`` targets are open."""
        fruitless = 0
        for _ in range(self.policy.searches):
            if fruitless >= _FRUITLESS:
                return
            open_targets = np.flatnonzero(~self._safe())
            if open_targets.size < at_least:
                return
            search(open_targets, random)
            gained = open_targets.size - np.count_nonzero(~self._safe())
            fruitless = 0 if gained > 0.02 * min(open_targets.size, _AT_ONCE) else fruitless + 1

    def _moves(self, open_targets: np.ndarray, random: np.random.Generator) -> None:
        """Small changes of the true table that move many open targets at once, up or down."""
        if open_targets.size > _AT_ONCE:
            open_targets = random.choice(open_targets, _AT_ONCE, replace=False)
        self._change(
            self._piece(np.unique(self.system.component[~self._free])),
            open_targets,
            random.random(open_targets.size) < 0.5,
            random.exponential(size=open_targets.size) + 0.1,
        )

    def _change(
        self, piece: _Piece, open_targets: np.ndarray, up: np.ndarray, weights: np.ndarray
    ) -> None:
        """The change of the true table that brings targets up or down and moves least people.

        Such a change is sparse and falls into independent pieces: each integer piece gives a
        table of its own.
        """
        reach = np.minimum(self.system.upper, 1e9)
        outside = self.targets.outside[open_targets]
        certain = np.isfinite(outside) & (outside < reach)
        parts = np.where(up[:, None], self.targets.inside[open_targets] > 0, -1.0 * certain)
        missing = self.targets.width - np.maximum(self.high - self.low, 0)
        change = piece.least_change(
            self.system.truth[piece.groups],
            sp.csr_array(parts[:, piece.groups]),
            missing[open_targets],
            weights,
        )
        self.count.linear += 1
        for part in piece.split(change):
            self._note(piece, self.system.truth[piece.groups] + part)

    def _corner(self, chosen: np.ndarray, random: np.random.Generator) -> None:
        """A corner of the whole system in a random direction over the open targets."""
        piece = self._piece(np.unique(self.system.component[~self._free]))
        weights = random.normal(size=chosen.size)
        more, less = np.maximum(weights, 0), np.maximum(-weights, 0)
        touched = self.targets.inside[chosen] > 0
        certain = np.isfinite(self.targets.outside[chosen])
        x = piece.linear((less @ certain - more @ touched)[piece.groups])
        self.count.linear += 1
        if x is not None:
            self._note(piece, x)

    def _single(self, target: int) -> None:
        """The best bounds of one target: linear first, then integer where that is not enough."""
        touching = self.targets.inside[target] > 0
        components = np.unique(self.system.component[touching & ~self._free])
        if not components.size:
            return
        piece = self._piece(components)
        for up in (True, False):
            self._change(piece, np.array([target]), np.array([up]), np.ones(1))
            if self._proved(target):
                return
        for sign, limits in ((1, self.targets.inside[target]), (-1, self.targets.outside[target])):
            x = piece.best(sign, limits[piece.groups])
            self.count.linear += 1
            if x is not None:
                self._note(piece, x)

    def _note(self, piece: _Piece, x: np.ndarray) -> None:
        whole = np.array(self.system.truth)
        whole[piece.groups] = x
        if not np.array_equal(self.system.matrix @ whole, self.system.total):
            raise AuditError("the solver gave a table that is not in accord with what is shown")
        self._witness(whole, np.flatnonzero(~self._safe()))

    def _piece(self, components: np.ndarray) -> _Piece:
        key = tuple(components.tolist())
        if key not in self._pieces:
            self._pieces[key] = _Piece(self.system, components, self.policy.seconds)
        return self._pieces[key]

    def _finding(self, target: int) -> Finding:
        cells = tuple(self.targets.cells[target])
        return Finding(cells, float(self.low[target]), float(self.high[target]))


_Link = tuple[sp.csr_array, np.ndarray, np.ndarray] | None
_Bounds = tuple[np.ndarray, np.ndarray]


def _with_link(bounds: _Bounds, link: _Link) -> _Bounds:
    if link is None:
        return bounds
    return np.concatenate([bounds[0], np.zeros(link[2].size)]), np.concatenate([bounds[1], link[2]])


class _Piece:
    """The equations of some components, and the programmes over them."""

    def __init__(self, system: System, components: np.ndarray, seconds: float) -> None:
        self.groups = np.flatnonzero(np.isin(system.component, components))
        rows = np.flatnonzero(np.asarray(system.matrix[:, self.groups].sum(axis=1)).ravel() > 0)
        self.matrix = sp.csr_array(system.matrix[rows][:, self.groups])
        self.total = system.total[rows]
        self.upper = system.upper[self.groups]
        self.seconds = seconds

    def linear(self, objective: np.ndarray) -> np.ndarray | None:
        """An integer corner that minimises the objective, or None where it is not integer."""
        x = self._solve(objective, None, (np.zeros(self.groups.size), self.upper))
        return self.nearest(x, objective)

    def nearest(self, x: np.ndarray, objective: np.ndarray) -> np.ndarray | None:
        """An integer table beside a fractional one: only what is not integer may move."""
        rounded = np.round(x)
        loose = np.abs(x - rounded) > _TOLERANCE
        if not loose.any():
            return rounded.astype(np.int64)
        lower = np.where(loose, np.maximum(np.floor(x) - 1, 0), rounded)
        upper = np.where(loose, np.minimum(np.ceil(x) + 1, self.upper), rounded)
        found = self._integer(objective, None, (lower, upper))
        return None if found is None else np.round(found).astype(np.int64)

    def least_change(
        self, truth: np.ndarray, moved: sp.csr_array, wanted: np.ndarray, weights: np.ndarray
    ) -> np.ndarray:
        """A change d of ``truth`` with ``matrix @ d = 0`` that moves each target (a row of
        ``moved``) by what is ``wanted`` where it can, and few people besides."""
        size, count = truth.size, wanted.size
        none = sp.csr_array((self.matrix.shape[0], count))
        cost = np.full(2 * size, _MOVE_COST)
        found = linprog(
            np.concatenate([cost, -weights]),
            A_ub=sp.hstack([-moved, moved, sp.eye_array(count)]),
            b_ub=np.zeros(count),
            A_eq=sp.hstack([self.matrix, -self.matrix, none]),
            b_eq=np.zeros(self.matrix.shape[0]),
            bounds=np.column_stack(
                [
                    np.concatenate([np.zeros(2 * size), np.full(count, -np.inf)]),
                    np.concatenate([self.upper - truth, truth, wanted]),
                ]
            ),
            method="highs-ds",
            options={"time_limit": self.seconds},
        )
        if found.x is None:
            return np.zeros(size)
        change = found.x[:size] - found.x[size : 2 * size]
        table = self.nearest(truth + change, np.zeros(size))
        return change if table is None else (table - truth).astype(float)

    def split(self, change: np.ndarray) -> list[np.ndarray]:
        """The independent integer pieces of a change."""
        active = np.flatnonzero(np.abs(change) > _TOLERANCE)
        if not active.size:
            return []
        part = sp.csr_array(self.matrix[:, active])
        links = sp.block_array([[None, part], [part.T, None]])
        _, labels = connected_components(links, directed=False)
        labels = labels[self.matrix.shape[0] :]
        pieces = []
        for label in np.unique(labels):
            own = active[labels == label]
            rounded = np.round(change[own])
            if np.abs(change[own] - rounded).max() < _TOLERANCE:
                whole = np.zeros(change.size, dtype=np.int64)
                whole[own] = rounded.astype(np.int64)
                pieces.append(whole)
        return pieces

    def best(self, sign: int, limits: np.ndarray) -> np.ndarray | None:
        """An integer x beside the one that gives the target most (``sign`` 1) or least (-1).

        Most: sum of z with z <= x, z <= ``limits``. Least: sum of z >= x - ``limits``, z >= 0.
        """
        size = self.groups.size
        if sign > 0:
            used = limits > 0
            partial = np.isfinite(limits) & used
            direct = -1.0 * (used & ~partial)
        else:
            used = np.isfinite(limits)
            partial = used & (limits > 0)
            direct = 1.0 * (used & ~partial)
        extra = np.flatnonzero(partial)
        objective = np.concatenate([direct, np.full(extra.size, -1.0 if sign > 0 else 1.0)])
        link = None
        if extra.size:
            ones = np.ones(extra.size)
            pick = sp.csr_array((ones, (np.arange(extra.size), extra)), shape=(extra.size, size))
            unit = sp.eye_array(extra.size)
            if sign > 0:  # z - x <= 0, z <= limits
                link = (sp.hstack([-pick, unit]), np.zeros(extra.size), limits[extra])
            else:  # x - z <= limits
                unbounded = np.full(extra.size, np.inf)
                link = (sp.hstack([pick, -unit]), limits[extra], unbounded)
        x = self._solve(objective, link, (np.zeros(size), self.upper))[:size]
        return self.nearest(x, np.zeros(size))

    def _solve(self, objective: np.ndarray, link: _Link, bounds: _Bounds) -> np.ndarray:
        lower, upper = _with_link(bounds, link)
        matrix, total = self._padded(link)
        found = linprog(
            objective,
            A_ub=None if link is None else link[0],
            b_ub=None if link is None else link[1],
            A_eq=matrix,
            b_eq=total,
            bounds=np.column_stack([lower, upper]),
            method="highs-ds",
            options={"time_limit": self.seconds},
        )
        if found.status != 0 or found.x is None:
            raise AuditError(
                "the audit of a block did not end",
                why=f"the linear programme stopped with status {found.status}",
                hint="nothing was published; raise the time limit or coarsen the release",
            )
        return found.x

    def _integer(self, objective: np.ndarray, link: _Link, bounds: _Bounds) -> np.ndarray | None:
        lower, upper = _with_link(bounds, link)
        matrix, total = self._padded(link)
        constraints = [LinearConstraint(matrix, total, total)]
        if link is not None:
            constraints.append(LinearConstraint(link[0], -np.inf, link[1]))
        found = milp(
            objective,
            integrality=np.ones(upper.size),
            bounds=Bounds(lower, upper),
            constraints=constraints,
            options={"time_limit": self.seconds / 10, "mip_rel_gap": 0.5},
        )
        return found.x  # a feasible table is a proof, whether or not it is the best one

    def _padded(self, link: _Link) -> tuple[sp.csr_array, np.ndarray]:
        if link is None:
            return self.matrix, self.total
        extra = link[0].shape[1] - self.matrix.shape[1]
        none = sp.csr_array((self.matrix.shape[0], extra))
        return sp.csr_array(sp.hstack([self.matrix, none])), self.total
