"""A workspace: one folder that holds a laboratory, and its ``lab.toml``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from labsante.base.errors import ConfigurationError
from labsante.base.files import write_text

CONFIG_NAME = "lab.toml"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``[engine]``: how SQL runs."""

    name: str = "duckdb"
    memory_limit: str = "4GB"
    threads: int = 2
    temporary: str = ".temporary"
    spark_master: str = "local[2]"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """``[storage]``: how partitions are cut. ``buckets`` is fixed at init, a power of two."""

    buckets: int = 1


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """``[lake]``: when a reception stops. ``reject_limit`` is a share of a file's rows."""

    reject_limit: float = 0.01


@dataclass(frozen=True, slots=True)
class DisclosureSettings:
    """``[disclosure]``: every floor of every room, in one list.

    Persons 11, establishments 3, professionals 6 on each side of a flow, largest share 85 %,
    zero and 100 % only where the denominator is at least 50, protected width 5; a crossing is
    closed at a level where less than half of its cells could be shown.
    """

    persons: int = 11
    establishments: int = 3
    professionals: int = 6
    largest_share: float = 0.85
    zero_denominator: int = 50
    width: int = 5
    useful_share: float = 0.5


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """``[site]``: how the site is named and served."""

    title: str = "Lab Santé"
    host: str = "127.0.0.1"
    port: int = 8000
    audience: str = "public"


@dataclass(frozen=True, slots=True)
class LabConfig:
    """The whole of ``lab.toml``; every key has a default and a comment in the file."""

    engine: EngineSettings = field(default_factory=EngineSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    lake: LakeSettings = field(default_factory=LakeSettings)
    disclosure: DisclosureSettings = field(default_factory=DisclosureSettings)
    site: SiteSettings = field(default_factory=SiteSettings)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of a laboratory. Nothing is opened or written by making one."""

    root: Path
    config: LabConfig

    @property
    def raw(self) -> Path:
        """What ``synthesize`` writes; real deliveries are read where they are."""
        return self.root / "raw"

    @property
    def truth(self) -> Path:
        """What the synthetic France knows of itself."""
        return self.root / "truth"

    @property
    def lake(self) -> Path:
        """Typed Parquet of the deliveries."""
        return self.root / "lake"

    @property
    def tables(self) -> Path:
        """Intermediate tables."""
        return self.root / "tables"

    @property
    def results(self) -> Path:
        """Cells, models, networks: never served."""
        return self.root / "results"

    @property
    def publication(self) -> Path:
        """Safe results only."""
        return self.root / "publication"

    @property
    def temporary(self) -> Path:
        """Spill space of the engines."""
        path = Path(self.config.engine.temporary)
        return path if path.is_absolute() else self.root / path


def open_workspace(root: Path) -> Workspace:
    """Open an existing workspace; raises ConfigurationError where there is none."""
    path = root / CONFIG_NAME
    if not path.exists():
        raise ConfigurationError(
            "this folder is not a workspace",
            where=str(root),
            why=f"it holds no {CONFIG_NAME}",
            hint=f"run: labsante --workspace {root} init",
        )
    return Workspace(root.resolve(), read_config(path))


def init_workspace(root: Path, buckets: int = 1) -> Workspace:
    """Make a workspace, or open the one that is there: safe to repeat."""
    path = root / CONFIG_NAME
    if not path.exists():
        if buckets < 1 or buckets & (buckets - 1):
            raise ConfigurationError(
                f"{buckets} buckets", why="the number of buckets is a power of two"
            )
        root.mkdir(parents=True, exist_ok=True)
        write_text(path, config_text(buckets=buckets))
    return open_workspace(root)


def read_config(path: Path) -> LabConfig:
    """Read ``lab.toml``; unknown keys and wrong types are refused with a hint."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError("not valid TOML", where=str(path), why=str(error)) from None
    defaults = LabConfig()
    sections = {f.name: getattr(defaults, f.name) for f in fields(LabConfig)}
    values: dict[str, Any] = {}
    for name, table in document.items():
        if name not in sections or not isinstance(table, dict):
            raise _unknown(name, list(sections), path)
        values[name] = _section(sections[name], table, name, path)
    return LabConfig(**values)


def _section(default: Any, table: dict[str, Any], section: str, path: Path) -> Any:
    known = {f.name: getattr(default, f.name) for f in fields(default)}
    for key, value in table.items():
        if key not in known:
            raise _unknown(f"{section}.{key}", [f"{section}.{k}" for k in known], path)
        wanted = type(known[key])
        good = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not good or isinstance(value, bool) is not (wanted is bool):
            raise ConfigurationError(
                f"{section}.{key} must be {wanted.__name__}",
                where=str(path),
                hint=f"for example {key} = {known[key]!r}",
            )
    return type(default)(**table)


def _unknown(name: str, known: list[str], path: Path) -> ConfigurationError:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(sorted(known))}"
    return ConfigurationError(f"unknown key {name}", where=str(path), hint=hint)


def config_text(buckets: int = 1) -> str:
    """The ``lab.toml`` that ``init`` writes: every key, its default, what it does."""
    threads = min(2, os.cpu_count() or 1)
    return f"""\
# Lab Santé: the settings of this workspace. Every key is shown with its default.

[engine]
name = "duckdb"          # duckdb on one machine, or spark
memory_limit = "4GB"     # what the engine may hold in memory before it spills
threads = {threads}
temporary = ".temporary" # where it spills; a path from this folder, or an absolute one
spark_master = "local[2]"

[storage]
buckets = {buckets}              # parts of a partition, by line or person; fixed once and for all

[lake]
reject_limit = 0.01      # a file with a larger share of unreadable rows is refused

[disclosure]             # floors under which nothing is published, for every room
persons = 11
establishments = 3
professionals = 6        # on each side of a flow
largest_share = 0.85     # of one contributor in a cell of establishments or amounts
zero_denominator = 50    # a zero or a 100 % is published only from this denominator
width = 5                # the least uncertainty that must remain on a hidden count
useful_share = 0.5       # a crossing of which less could be shown is closed at that level

[site]
title = "Lab Santé"
host = "127.0.0.1"
port = 8000
audience = "public"      # public or extranet
"""
