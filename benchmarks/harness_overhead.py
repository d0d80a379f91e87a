"""What the harness itself costs: wall time over the ideal for many problems at once.

    python -m optwright.benchmarks.harness_overhead --problems 1000 --jobs 32 --latency 0.2

Each problem is one call to an endpoint that answers after a fixed time, in a process of its own,
over HTTP. The ideal is the time in which `jobs` workers that do nothing else make all calls.
Everything is on: the ledger (synced to the disk), the budget, tracing, scoring, the store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from optwright.benchmarks.measuring import Order, measure, read_data
from optwright.benchmarks.simulated import answer_to, endpoint
from optwright.benchmarks.system import Attempt, Claim, Kit
from optwright.benchmarks.task import Assignment
from optwright.serving.chat import ChatRequest, user

SYSTEM = "optwright.benchmarks.harness_overhead:one_call"


async def one_call(assignment: Assignment, kit: Kit) -> Attempt:
    """The least a system can do: ask once, take the reply for the answer."""
    request = ChatRequest((user(assignment.question),), seed=kit.seed, sample=kit.sample)
    reply = await kit.model.complete(request)
    return Attempt(status=Claim.OPTIMAL, objective=float(reply.text))


def write_problems(file: Path, count: int) -> None:
    """Problems whose label is what the simulated endpoint answers."""
    questions = (f"Maximize the profit of shop {number}." for number in range(count))
    rows = ({"id": str(n), "question": q, "answer": answer_to(q)} for n, q in enumerate(questions))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def overhead(problems: int, jobs: int, latency_s: float) -> dict[str, float]:
    """Measure once; seconds of wall time, the ideal, and their ratio."""
    with tempfile.TemporaryDirectory() as folder, endpoint(latency_s) as url:
        data = Path(folder) / "shops.jsonl"
        write_problems(data, problems)
        order = Order(
            str(data),
            system=SYSTEM,
            model=f"simulated@{url}",
            out=Path(folder) / "out",
            jobs=jobs,
            budget="calls=5",
        )
        loaded = read_data(order)
        asyncio.run(measure(_warm(order, folder), loaded))  # imports the SDK, opens connections
        started, worked = perf_counter(), process_time()
        measured = asyncio.run(measure(order, loaded))
        wall_s, cpu_s = perf_counter() - started, process_time() - worked
    assert all(record.scores["strict"] for record in measured.run.records)
    assert len(measured.run.records) == problems
    ideal_s = math.ceil(problems / jobs) * latency_s
    return {"wall_s": wall_s, "ideal_s": ideal_s, "ratio": wall_s / ideal_s, "cpu_s": cpu_s}


def _warm(order: Order, folder: str) -> Order:
    from dataclasses import replace

    return replace(order, out=Path(folder) / "warm", limit=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    for _ in range(given.repeat):
        row = overhead(given.problems, given.jobs, given.latency)
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
