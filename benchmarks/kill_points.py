"""Killing a measurement at random points: what is lost, what is paid for twice, what is reported.

    python -m optwright.benchmarks.kill_points --points 100 --problems 50

Each point measures anew in a forked process over HTTP, kills it with SIGKILL at a random moment,
goes on in another process, and then replays the ledger into a third folder. A reply counts as paid
for when it is in the ledger; a question that is asked again although its reply was there when the
process died is paid for twice. Questions whose reply was still under way are asked again, which
nobody can avoid; they are counted as `in_flight`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from optwright.benchmarks.harness_overhead import SYSTEM, write_problems
from optwright.benchmarks.measuring import Order, facts, measure, read_data
from optwright.benchmarks.report_summary import to_json
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.store import read_run
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Mode


@dataclass(frozen=True)
class Point:
    """What one kill did. `kept` and `replies` are what was on the disk when the process died."""

    killed_after_s: float
    was_running: bool
    kept: int
    replies: int
    in_flight: int
    lost: int
    paid_twice: int
    same_report: bool


def kill_once(problems: int, jobs: int, latency_s: float, chance: random.Random) -> Point:
    """Kill at a moment drawn from the time a measurement takes, go on, and count."""
    with tempfile.TemporaryDirectory() as folder:
        log, data = Path(folder) / "asked.jsonl", Path(folder) / "shops.jsonl"
        write_problems(data, problems)
        with endpoint(latency_s, log) as url:
            order = Order(
                str(data),
                system=SYSTEM,
                model=f"simulated@{url}",
                out=Path(folder) / "out",
                jobs=jobs,
            )
            delay_s = chance.uniform(0.0, 2.5 * latency_s * problems / jobs)
            running = _killed(order, delay_s)
            before = _asked(log)
            kept, answered = _on_disk(order)
            _forked(lambda: _measure(order))
            again = _asked(log)[len(before) :]
        _measure(
            replace(
                order,
                out=Path(folder) / "replay",
                replies=order.directory / "ledger.sqlite",
                mode=Mode.REPLAY,
            )
        )
        run, replayed = read_run(order.directory), read_run(Path(folder) / "replay")
        return Point(
            killed_after_s=round(delay_s, 3),
            was_running=running,
            kept=len(kept),
            replies=len(answered),
            in_flight=len(set(again) & set(before)),
            lost=problems - len(run.records) + len(kept - {r.task for r in run.records}),
            paid_twice=len(set(again) & answered),
            # Somebody may commit to the checkout between the two; that is no difference in them.
            same_report=to_json(run) == to_json(replace(replayed, facts=run.facts)),
        )


def warm() -> None:
    """Load what the forked processes need, so that they are killed at work and not at loading."""
    import openai

    with suppress(openai.OpenAIError):
        _ = openai.AsyncOpenAI(api_key="none").chat.completions


def _measure(order: Order) -> None:
    asyncio.run(measure(order, read_data(order)))


def _killed(order: Order, delay_s: float) -> bool:
    """Measure in a forked process and kill it; whether it was still at work."""
    pid = _fork(lambda: _measure(order))
    time.sleep(delay_s)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def _forked(work: Callable[[], None]) -> None:
    """Do something in a forked process, to its end."""
    _, status = os.waitpid(_fork(work), 0)
    assert status == 0, f"the process ended with status {status}"


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid


def _asked(log: Path) -> list[str]:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    found = (json.loads(line) for line in lines)
    return [line["question"] for line in found if line["what"] == "asked"]


def _on_disk(order: Order) -> tuple[set[str], set[str]]:
    """Tasks with a record, and questions with a reply, after a kill."""
    if not (order.directory / "ledger.sqlite").exists():
        return set(), set()
    with Ledger(order.directory / "ledger.sqlite") as ledger:
        answered = {r.request.messages[-1].content for r in ledger.records()}
    return {r.task for r in read_run(order.directory).records}, answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.stdout.write(json.dumps({**facts(), **vars(given)}) + "\n")
    chance = random.Random(given.seed)
    warm()
    for _ in range(given.points):
        point = kill_once(given.problems, given.jobs, given.latency, chance)
        sys.stdout.write(json.dumps(asdict(point)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
