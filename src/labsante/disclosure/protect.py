"""Protecting a block: primary, secondary, audit, repair, until the audit finds nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from labsante.base.errors import CheckFailedError
from labsante.disclosure.audit import AuditCount, Finding, audit
from labsante.disclosure.elimination import coordinates, eliminate
from labsante.disclosure.policy import Policy
from labsante.disclosure.primary import closed, primary
from labsante.disclosure.repair import choose_repairs
from labsante.disclosure.small_groups import small_groups
from labsante.disclosure.system import Unknowns, build_system
from labsante.disclosure.tables import Block, Measure
from labsante.disclosure.targets import build_targets

_MANY_ROUNDS = 40


class UnsafeReleaseError(CheckFailedError):
    """A block cannot be protected within the limits: nothing is published."""


@dataclass
class Protection:
    """What may be shown of a block, by measure, over the lattice; and how it was decided."""

    shown: dict[str, np.ndarray] = field(default_factory=dict)
    primary: dict[str, np.ndarray] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    audits: dict[str, AuditCount] = field(default_factory=dict)


def protect(block: Block, policy: Policy) -> Protection:
    """Decide, for each measure, which candidate cells are shown.

    Raises UnsafeReleaseError where no safe pattern is found, AuditError where the audit itself
    fails; both mean that nothing may be published.
    """
    result = Protection()
    for measure in block.measures:
        if measure.persons:
            _protect_measure(block, measure, policy, result)
    for measure in block.measures:
        if not measure.persons:
            result.shown[measure.name] = result.shown[str(measure.within)].copy()
    return result


def _protect_measure(block: Block, measure: Measure, policy: Policy, result: Protection) -> None:
    state = _State(block, measure, policy, result)
    number = 0
    for share in _shares(block, policy):
        hidden = state.first_hidden(share)
        result.primary[measure.name] = hidden.copy()
        rounds = policy.rounds if block.coarsen else _MANY_ROUNDS
        for _ in range(rounds):
            shown = state.secondary(hidden)
            findings, count = state.audit(shown)
            if not findings:
                result.shown[measure.name] = shown
                result.rounds[measure.name] = number
                result.audits[measure.name] = count
                return
            more = choose_repairs(block.lattice, state.counts, shown, findings)
            if not more.any():
                break
            hidden |= more
            number += 1
    raise UnsafeReleaseError(
        "a block of the release cannot be made safe",
        where=f"{block.name}, {measure.name}",
        why=f"the audit still finds unsafe cells after {number} repairs",
        hint="declare fewer crossings for this indicator, or wider bands",
    )


def _shares(block: Block, policy: Policy) -> tuple[float, ...]:
    """How much of a crossing must be showable, from the mildest demand to the strictest."""
    if not block.coarsen:
        return (0.0,)
    return (policy.useful_share, *(s for s in (0.75, 1.0, 2.0) if s > policy.useful_share))


class _State:
    """One measure of a block, with what contains it."""

    def __init__(self, block: Block, measure: Measure, policy: Policy, result: Protection) -> None:
        self.block, self.measure = block, measure
        self.policy = policy.scaled(measure.unit)
        if not block.coarsen:  # nothing to close: look harder before hiding more
            self.policy = replace(self.policy, searches=60, singles=300)
        self.lattice = block.lattice
        self.atoms = np.asarray(measure.atoms, dtype=np.int64).ravel()
        self.counts = self.lattice.roll_up(self.atoms)
        self.outer: Measure | None = None
        self.outer_shown: np.ndarray | None = None
        self.reference: np.ndarray | None = None
        self.needed: np.ndarray | None = None
        if measure.within is not None:
            self.needed = result.shown[measure.within]
        if measure.within is not None and measure.contained:
            self.outer = block.measure(measure.within)
            self.outer_shown = self.needed
            self.reference = self.lattice.roll_up(np.asarray(self.outer.atoms))
        elif measure.caps is not None:
            self.reference = self.lattice.roll_up(np.asarray(measure.caps))
        self.never = self.lattice.never_shown
        self.candidates = block.candidates & ~self.never
        people = self.counts if self.reference is None else self.reference
        self.unshown = block.candidates & self.never & (people > 0)
        self.present = self._present()

    def _present(self) -> np.ndarray:
        """Atoms outside codes that are never shown and hold nobody."""
        nobody = np.zeros(self.lattice.shape, dtype=bool)
        people = self.counts if self.reference is None else self.reference
        for axis, dimension in enumerate(self.lattice.dimensions):
            for code in dimension.never_shown:
                index: list[slice | int] = [0] * people.ndim
                index[axis] = dimension.position[code]
                if people[tuple(index)] == 0:
                    everywhere: list[slice | int] = [slice(None)] * people.ndim
                    everywhere[axis] = dimension.position[code]
                    nobody[tuple(everywhere)] = True
        return ~nobody.ravel()[self.lattice.atom_cells]

    def first_hidden(self, share: float) -> np.ndarray:
        """Primary cells, and those whose denominator is hidden or which are forced."""
        hidden = primary(self.counts, self.reference, self.candidates, self.lattice, self.policy)
        if self.needed is not None:
            hidden |= self.candidates & ~self.needed
        if self.measure.forced is not None:
            hidden |= self.candidates & self.measure.forced
        hidden |= closed(hidden, self.candidates, self.lattice, share)
        return hidden

    def secondary(self, hidden: np.ndarray) -> np.ndarray:
        """The shown cells once nothing hidden is in the span of what is shown."""
        secret = hidden | self.unshown
        basis = coordinates(self.lattice, secret)
        open_cells = np.flatnonzero((self.candidates & ~hidden).ravel())
        counts = self.counts.ravel()[open_cells]
        size = np.diff(self.lattice.atoms_of.indptr)[open_cells]
        order = open_cells[np.lexsort((open_cells, -size, -counts, counts > 0))]
        groups = _small_groups(self.lattice, self.counts, secret, self.policy.persons)
        secrets = sp.vstack([basis[np.flatnonzero(secret.ravel())], groups @ basis], format="csr")
        secrets = sp.csr_array(secrets)
        secrets.eliminate_zeros()
        kept = eliminate(sp.csr_array(basis[order]), secrets)
        shown = np.zeros(self.lattice.shape, dtype=bool)
        shown.ravel()[order[kept]] = True
        return shown

    def audit(self, shown: np.ndarray) -> tuple[list[Finding], AuditCount]:
        """The cells that stay unsafe when ``shown`` is shown.

        A count within another one varies alone, the other being held at the truth where it is
        shown. Where the denominator is hidden it can itself move by ``width`` (its own audit has
        proved it): the bound of its atoms is wider by as much.
        """
        findings = self._small_groups(shown)
        if findings:
            return findings, AuditCount()
        hidden = np.flatnonzero(((self.candidates & ~shown) | self.unshown).ravel())
        count = AuditCount()
        if self.outer is None or self.outer_shown is None:
            caps = None if self.measure.caps is None else np.asarray(self.measure.caps).ravel()
            least = self._least()
            unknowns = Unknowns(
                self.atoms - least, None if caps is None else caps - least, self.present
            )
            return self._prove(unknowns, [(shown, 1)], [hidden], count), count
        whole = np.asarray(self.outer.atoms, dtype=np.int64).ravel()
        veiled = (self.candidates & ~self.outer_shown) | self.unshown
        loose = np.asarray(veiled.ravel()[None, :] @ self.lattice.atoms_of).ravel() > 0
        fixed = Unknowns(self.atoms, whole + self.policy.width * loose, self.present)
        return self._prove(fixed, [(shown, 1)], [hidden], count), count

    def _least(self) -> np.ndarray:
        """What each atom holds at least: the largest of the measures within this one."""
        least = np.zeros_like(self.atoms)
        for other in self.block.measures:
            if other.within == self.measure.name and other.contained and other.persons:
                least = np.maximum(least, np.asarray(other.atoms, dtype=np.int64).ravel())
        return least

    def _prove(
        self,
        unknowns: Unknowns,
        shown: list[tuple[np.ndarray, int]],
        cells: list[np.ndarray],
        count: AuditCount,
        *,
        thorough: bool = True,
    ) -> list[Finding]:
        system = build_system(self.lattice, unknowns, shown)
        targets = build_targets(
            self.lattice,
            unknowns,
            system,
            cells,
            width=self.policy.width,
            public=self.outer is None and unknowns.caps is not None,
        )
        findings, work = audit(system, targets, self.policy, thorough=thorough)
        count.add(work)
        return findings

    def _small_groups(self, shown: np.ndarray) -> list[Finding]:
        persons = self.policy.persons
        found = small_groups(self.lattice, shown, self.counts, persons)
        if self.reference is not None:
            found += small_groups(self.lattice, shown, self.reference - self.counts, persons)
        return found


def _small_groups(lattice, counts, secret, persons) -> sp.csr_array:  # type: ignore[no-untyped-def]
    """Sums of the hidden children of a cell along one axis, where they are under the threshold."""
    size = counts.size
    flat = np.arange(size).reshape(lattice.shape)
    rows: list[np.ndarray] = []
    for axis, dimension in enumerate(lattice.dimensions):
        moved_counts = np.moveaxis(np.where(secret, counts, 0), axis, 0)
        moved_secret = np.moveaxis(secret, axis, 0)
        moved_flat = np.moveaxis(flat, axis, 0)
        for nodes in dimension.children:
            if len(nodes) < 2:
                continue
            chosen = list(nodes)
            total = moved_counts[chosen].sum(axis=0)
            number = moved_secret[chosen].sum(axis=0)
            for place in np.argwhere((number > 1) & (total < persons)):
                line = (chosen, *place)
                rows.append(moved_flat[line][moved_secret[line]])
    if not rows:
        return sp.csr_array((0, size), dtype=np.int64)
    pointers = np.concatenate([[0], np.cumsum([row.size for row in rows])])
    indices = np.concatenate(rows)
    return sp.csr_array(
        (np.ones(indices.size, dtype=np.int64), indices, pointers), shape=(len(rows), size)
    )
