"""The site under load: 200 readers who think 8 seconds, each on pages nobody else reads.

    python benchmarks/site_load.py --publication lab/publication

Starts the site in two processes, walks readers over distinct addresses (worst case for caches),
then one hot page, and prints percentiles, errors and the memory of each process. The generator
runs on the same cores: its cost is inside the figures. Bars: p95 ≤ 200 ms, p99 ≤ 500 ms, no
error; hot page p95 ≤ 50 ms; at most 250 MB a process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from labsante.publication import open_publication
from labsante.snds.territories import territory_names

BARS = {"p95_ms": 200, "p99_ms": 500, "hot_p95_ms": 50, "memory_mb": 250, "errors": 0}


def addresses(folder: Path, seed: int, count: int) -> list[str]:
    """Distinct addresses over the whole space of states, in a seeded order."""
    publication = open_publication(folder)
    chosen = random.Random(seed)
    codes = list(territory_names())
    found: dict[str, None] = {}
    facts = {
        id: {c: publication.codes(id, c) for c in ("period", "sex", "age")}
        for id in publication.indicators()
    }
    while len(found) < count:
        if chosen.random() < 0.1:
            order = chosen.choice(("theme", "ecart", "evolution"))
            found[f"/territoires/{chosen.choice(codes)}?ordre={order}"] = None
            continue
        id = chosen.choice(list(facts))
        state = {
            "territoire": chosen.choice(codes),
            "niveau": chosen.choice(("REG", "DEP")),
            "periode": chosen.choice(facts[id]["period"]),
            "sexe": chosen.choice(facts[id]["sex"]),
            "age": chosen.choice(facts[id]["age"]),
            "tri": chosen.choice(("valeur", "effectif", "territoire")),
        }
        found[f"/indicateurs/{id}?{urlencode(state)}"] = None
    return list(found)


async def get(port: int, path: str) -> tuple[float, int]:
    """One request on its own connection: seconds, and the status."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    writer.write((request + "Connection: close\r\n\r\n").encode())
    await writer.drain()
    body = await reader.read()
    writer.close()
    return time.perf_counter() - started, int(body[9:12] or 0)


async def readers(
    port: int, paths: list[str], users: int, think: float, seconds: float
) -> tuple[list[float], int]:
    """Readers who open a page, think, open another; returns durations and errors."""
    durations: list[float] = []
    errors = 0
    end = time.monotonic() + seconds
    queue = iter(paths)

    async def reader(start: float) -> None:
        nonlocal errors
        await asyncio.sleep(start)
        while time.monotonic() < end:
            path = next(queue, None)
            if path is None:
                return
            try:
                duration, status = await get(port, path)
            except OSError:
                errors += 1
                continue
            durations.append(duration)
            errors += status != 200
            await asyncio.sleep(think)

    await asyncio.gather(*(reader(think * i / users) for i in range(users)))
    return durations, errors


async def hot(port: int, path: str, requests: int, at_once: int) -> list[float]:
    """One page many times."""
    durations: list[float] = []

    async def worker() -> None:
        for _ in range(requests // at_once):
            duration, _ = await get(port, path)
            durations.append(duration)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return durations


def percentile(values: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def memory_mb(leader: int) -> list[float]:
    """Proportional memory of each process under ``leader`` that answers requests."""
    out = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(
                line.split(":", 1) for line in status.read_text().splitlines() if ":" in line
            )
            if int(facts["PPid"]) in (leader, os.getpid()) and "python" in facts["Name"]:
                rollup = (status.parent / "smaps_rollup").read_text()
                pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
                out.append(int(pss.split()[1]) / 1024)
        except (OSError, KeyError, StopIteration):
            continue
    return out


def main() -> int:
    """Start, load, measure, stop; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publication", type=Path, required=True)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--think", type=float, default=8.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--flood", action="store_true", help="all pages without thinking: memory")
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LABSANTE_PUBLICATION": str(options.publication.resolve())}
    command = [sys.executable, "-m", "uvicorn", "labsante.web.app:from_environment", "--factory",
               "--port", str(port), "--workers", str(options.processes), "--log-level", "error",
               "--no-access-log"]  # fmt: skip
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        wait_until_up(port)
        paths = addresses(options.publication, 1, options.pages)
        think = 0.0 if options.flood else options.think
        users = 8 if options.flood else options.users
        seconds = 3_600.0 if options.flood else options.seconds
        durations, errors = asyncio.run(readers(port, paths, users, think, seconds))
        hot_page = asyncio.run(hot(port, paths[0], 2_000, 20))
        result = {
            "requests": len(durations),
            "errors": errors,
            "p50_ms": round(statistics.median(durations) * 1000, 1),
            "p95_ms": round(percentile(durations, 0.95), 1),
            "p99_ms": round(percentile(durations, 0.99), 1),
            "hot_p95_ms": round(percentile(hot_page, 0.95), 1),
            "memory_mb": round(max(memory_mb(server.pid) or [0.0]), 1),
            "load_average": os.getloadavg()[0],
            "users": users,
            "think_seconds": think,
            "processes": options.processes,
        }
        print(json.dumps(result, indent=1))
        if options.flood:
            return int(result["memory_mb"] > BARS["memory_mb"] or errors > 0)
        return int(any(result[name] > bar for name, bar in BARS.items()))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def wait_until_up(port: int) -> None:
    """Wait for the first answer, 60 seconds at most."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            asyncio.run(get(port, "/health"))
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site did not start")


if __name__ == "__main__":
    sys.exit(main())
