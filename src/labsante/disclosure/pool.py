"""Many blocks on several cores; a block that did not change is not done again."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from labsante.base.errors import LabError
from labsante.base.files import canonical_json, replacing
from labsante.disclosure.audit import AuditCount, AuditError
from labsante.disclosure.policy import METHOD_VERSION, Policy
from labsante.disclosure.protect import Protection, protect
from labsante.disclosure.tables import Block


def block_digest(block: Block, policy: Policy) -> str:
    """SHA-256 of everything that decides the protection of a block."""
    digest = hashlib.sha256()
    head = [METHOD_VERSION, policy.as_dict(), block.name, block.coarsen]
    for dimension in block.lattice.dimensions:
        never = sorted(dimension.never_shown)
        head += [dimension.name, list(dimension.codes), list(dimension.parents), never]
    for measure in block.measures:
        facts = [measure.name, measure.within, measure.persons, measure.contained, measure.unit]
        head += [*facts, measure.caps is None, measure.forced is None]
    digest.update(canonical_json(head).encode())
    arrays = [block.candidates]
    for measure in block.measures:
        arrays += [a for a in (measure.atoms, measure.caps, measure.forced) if a is not None]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def protect_all(
    blocks: Sequence[Block],
    policy: Policy,
    *,
    processes: int = 1,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Protection]:
    """Protect independent blocks, in their order; the result does not depend on ``processes``.

    ``cache``: a folder where the protection of each block is kept under its digest. Raises as
    :func:`protect` does, and AuditError where a worker dies: one block without proof, and
    nothing may be published.
    """
    told = progress or _silent
    digests = [block_digest(block, policy) for block in blocks]
    results = [_read(cache, digest) for digest in digests]
    missing = [number for number, result in enumerate(results) if result is None]
    told(len(blocks) - len(missing), len(blocks))
    for done, (number, result) in enumerate(_run(blocks, missing, policy, processes), start=1):
        results[number] = result
        _write(cache, digests[number], result)
        told(len(blocks) - len(missing) + done, len(blocks))
    complete = [result for result in results if result is not None]
    if len(complete) != len(blocks):
        raise AuditError("a block of the release was not protected")
    return complete


def _run(blocks: Sequence[Block], missing: list[int], policy: Policy, processes: int):  # type: ignore[no-untyped-def]
    if processes <= 1 or len(missing) <= 1:
        for number in missing:
            yield number, protect(blocks[number], policy)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=context) as pool:
        futures = {pool.submit(protect, blocks[number], policy): number for number in missing}
        try:
            for future in concurrent.futures.as_completed(futures):
                yield futures[future], future.result()
        except LabError:
            pool.shutdown(cancel_futures=True)
            raise
        except Exception as error:
            pool.shutdown(cancel_futures=True)
            raise AuditError(
                "a worker of the audit died", why=type(error).__name__, hint="nothing was published"
            ) from error


def _silent(done: int, total: int) -> None:
    del done, total


def _read(cache: Path | None, digest: str) -> Protection | None:
    path = None if cache is None else cache / f"{digest}.npz"
    if path is None or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            facts = json.loads(str(kept["facts"]))
            masks = {key: kept[key] for key in kept.files if key != "facts"}
    except (OSError, ValueError, KeyError):
        return None
    return Protection(
        {name: masks[f"shown:{name}"] for name in facts["shown"]},
        {name: masks[f"primary:{name}"] for name in facts["primary"]},
        facts["rounds"],
        {name: AuditCount(**value) for name, value in facts["audits"].items()},
    )


def _write(cache: Path | None, digest: str, result: Protection) -> None:
    if cache is None:
        return
    facts = {
        "shown": sorted(result.shown),
        "primary": sorted(result.primary),
        "rounds": result.rounds,
        "audits": {name: asdict(value) for name, value in result.audits.items()},
    }
    arrays: dict[str, Any] = {"facts": np.array(json.dumps(facts))}
    arrays |= {f"shown:{name}": mask for name, mask in result.shown.items()}
    arrays |= {f"primary:{name}": mask for name, mask in result.primary.items()}
    with replacing(cache / f"{digest}.npz") as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
