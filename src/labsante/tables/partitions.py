"""Partitions on disk, raw and built, and which of them a partition to build needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labsante.base.manifest import Manifest
from labsante.base.workspace import Workspace
from labsante.lake import partitions as lake_partitions
from labsante.tables.catalogue import YEARS_OF_DATA, Model, catalogue, raw_relations
from labsante.tables.contract import Kind
from labsante.tables.seeds import seeds

ALL = "all"
#: The partition of a table whose inputs are absent: empty, with the right types.
EMPTY = "empty"
SEED_ORIGIN = "seed"

_RAW_KIND = {"flux": Kind.BY_FLUX, "year": Kind.YEARLY, "full": Kind.FULL}


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition that exists: a folder with a manifest."""

    relation: str
    name: str
    folder: Path
    manifest: Manifest

    @property
    def files(self) -> list[Path]:
        """Its Parquet files, in order."""
        return [self.folder / entry["name"] for entry in self.manifest.content["files"]]

    @property
    def rows(self) -> int:
        """Rows in all its files."""
        return int(self.manifest.content.get("rows", 0))

    @property
    def periods(self) -> dict[str, int]:
        """Rows by month (``2021-02``) or year of care, where the manifest counts them."""
        content = self.manifest.content
        return dict(content.get("periods") or content.get("care_months") or {})


def read_partitions(relation: str, folder: Path) -> list[Partition]:
    """The partitions under a table's folder, by name; a folder without manifest is none."""
    found = []
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                manifest = Manifest.read(path)
                if manifest is not None:
                    found.append(Partition(relation, path.name, path, manifest))
    return found


def built_partitions(workspace: Workspace, name: str) -> list[Partition]:
    """The partitions of an intermediate table that exist, by name."""
    return read_partitions(name, workspace.tables / name)


class Shelf:
    """The partitions of every relation, read once, and refreshed as tables are built."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, list[Partition]] = {}

    def of(self, relation: str) -> list[Partition]:
        """The partitions of a raw table or of an intermediate table."""
        if relation not in self._known:
            raw = raw_relations().get(relation)
            if relation in seeds():
                self._known[relation] = [self._seed(relation)]
            elif raw is None:
                self._known[relation] = built_partitions(self._workspace, relation)
            else:
                self._known[relation] = [
                    Partition(relation, p.name, p.folder, p.manifest)
                    for p in lake_partitions(self._workspace, raw.name)
                ]
        return self._known[relation]

    def _seed(self, name: str) -> Partition:
        seed = seeds()[name]
        folder = self._workspace.temporary / "seeds" / seed.digest[:16]
        path = folder / f"{name}.parquet"
        if not path.exists():
            seed.write(path)
        content = {
            "name": name,
            "partition": ALL,
            "files": [{"name": path.name, "sha256": seed.digest}],
            "schema": [list(pair) for pair in seed.schema],
            "rows": len(seed.rows),
            "origin": SEED_ORIGIN,
        }
        return Partition(name, ALL, folder, Manifest(content))

    def forget(self, relation: str) -> None:
        """Read a table's partitions again the next time: it was built."""
        self._known.pop(relation, None)

    def put(self, partition: Partition) -> None:
        """Take a partition just built in place of the one of its name."""
        others = [p for p in self.of(partition.relation) if p.name != partition.name]
        self._known[partition.relation] = sorted([*others, partition], key=lambda p: p.name)

    def years(self) -> list[str]:
        """The years of the data: PMSI years, and years of care whose own flux was received.

        Care of an earlier year that a late flux brings does not open a year of its own.
        """
        years = {partition.name for partition in self.of("t_mcoaab")}
        flux_years: set[str] = set()
        care_years: set[str] = set()
        for partition in self.of("er_prs_f"):
            flux_years.add(partition.name[:4])
            care_years |= {month[:4] for month, rows in partition.periods.items() if rows}
        return sorted(years | (flux_years & care_years))


def kind_of(relation: str) -> Kind:
    """How a relation is cut: a built table by its contract, a raw one by its product."""
    if relation in seeds():
        return Kind.FULL
    found = catalogue().get(relation)
    if found is not None:
        return found.contract.kind
    return _RAW_KIND[raw_relations()[relation].partition]


def wanted_partitions(model: Model, shelf: Shelf) -> list[str]:
    """Names of the partitions that the table must have, in order."""
    contract = model.contract
    if contract.kind is Kind.FULL:
        return [ALL]
    if contract.driver == YEARS_OF_DATA:
        names = shelf.years()
    else:
        driver = [p for p in shelf.of(contract.driver) if p.name != EMPTY]
        if contract.kind is Kind.BY_CARE_MONTH and kind_of(contract.driver) is Kind.BY_FLUX:
            names = sorted({month for p in driver for month, rows in p.periods.items() if rows})
        elif contract.kind is Kind.YEARLY and kind_of(contract.driver) is Kind.BY_FLUX:
            years = {period[:4] for p in driver for period, rows in p.periods.items() if rows}
            for relation in model.inputs:
                if relation in raw_relations() and kind_of(relation) is Kind.YEARLY:
                    years |= {p.name for p in shelf.of(relation)}
            names = sorted(years)
        elif contract.kind is Kind.YEARLY:
            names = sorted({p.name[:4] for p in driver})
        else:
            names = sorted(p.name for p in driver)
    return names or [EMPTY]


def needed_partitions(model: Model, relation: str, name: str, shelf: Shelf) -> list[Partition]:
    """The partitions of one input that the partition ``name`` of a table reads."""
    kind, given = model.contract.kind, kind_of(relation)
    found = [p for p in shelf.of(relation) if p.name != EMPTY]
    if kind is Kind.FULL or given is Kind.FULL:
        return found
    if name == EMPTY:
        return []
    if kind is Kind.YEARLY:
        back = model.contract.input_rule(relation).years_back
        years = {f"{int(name) - n:04d}" for n in range(back + 1)}
        if given is Kind.BY_FLUX:
            return [p for p in found if any(m[:4] in years for m, n in p.periods.items() if n)]
        return [p for p in found if p.name[:4] in years]
    if kind is Kind.BY_CARE_MONTH and given is Kind.BY_FLUX:
        return [p for p in found if p.periods.get(name)]
    if kind is Kind.BY_CARE_MONTH and given is Kind.YEARLY:
        return [p for p in found if p.name == name[:4]]
    return [p for p in found if p.name == name]
