"""Many jobs in the full sandbox, one in ten hostile: what they leave, how long honest ones take.

Run it with `python -m optwright.benchmarks.sandbox_jobs`; it prints one row of JSON and appends it
to `results/sandbox_jobs.jsonl`. The first jobs, one of each kind, do not count.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from optwright.benchmarks.optim.rows import commit
from optwright.solvers.sandbox import Limits, Sandbox

JOBS = 2_000
RESULTS = Path(__file__).resolve().parent / "results" / "sandbox_jobs.jsonl"
LIMITS = Limits(wall_s=30)
HONEST = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(range(3), bounds=(0, 1))
model.c = pyo.Constraint(expr=sum(model.x.values()) <= 2)
model.o = pyo.Objective(expr=sum(model.x.values()), sense=pyo.maximize)
"""
HOSTILE = (
    "import os\nmodel = 1\nfor _ in range(9): os.fork()",
    "import os\nos.abort()\nmodel = 1",
    "model = 1\nwhile True: print('x' * 1000)",
    "import os\nmodel = 1\nos.write(3, b'x' * (9 << 20))",
    "model = bytes(4 << 30)",
    "import os\nopen('left', 'w').write('x' * 9999)\nmodel = os._exit(3)",
    "import socket\nmodel = socket.create_connection(('127.0.0.1', 22))",
)


def main() -> None:
    """Measure and print the row; the first argument is the number of jobs (default 2000)."""
    row = measure(int(sys.argv[1]) if sys.argv[1:] else JOBS)
    text = json.dumps(row)
    sys.stdout.write(f"{text}\n")
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def measure(jobs: int) -> dict[str, Any]:
    """Run the jobs one after the other and compare what there is before and after."""
    began = time.time()
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # whatever is made where temporary files go is seen
        with Sandbox(jobs=1) as box:
            run(box, 10 * len(HOSTILE))
            server, before = box.server_pid, state(box)
            seconds, honest = run(box, jobs)
            after, level, restarted = state(box), box.level, box.server_pid != server
            alive = _children_of(box.server_pid)
        left = os.listdir(folder)
    return {
        "benchmark": "sandbox_jobs",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.release()}",
        "load": [round(load, 1) for load in os.getloadavg()],
        "level": level,
        "jobs": jobs,
        "honest": len(seconds),
        "honest_ok": honest,
        "median_ms": round(1000 * statistics.median(seconds), 1),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20)[-1], 1),
        "seconds": round(time.time() - began, 1),
        "fork_server_restarted": restarted,
        "processes_left": alive,
        "files_left": len(left),
        "before": before,
        "after": after,
    }


def run(box: Sandbox, jobs: int) -> tuple[list[float], int]:
    """Wall seconds of the honest jobs, and how many of them gave a model."""
    seconds, succeeded = [], 0
    for number in range(jobs):
        if number % 10 == 0:
            assert not box.build_model(HOSTILE[number // 10 % len(HOSTILE)], limits=LIMITS).ok
            continue
        started = time.perf_counter()
        succeeded += box.build_model(HONEST, limits=LIMITS).ok
        seconds.append(time.perf_counter() - started)
    return seconds, succeeded


def state(box: Sandbox) -> dict[str, dict[str, int]]:
    """Open files and resident kilobytes of this process and of the fork server."""
    return {"main": _holds(os.getpid()), "fork_server": _holds(box.server_pid)}


def _holds(pid: int) -> dict[str, int]:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    resident = next(line for line in status if line.startswith("VmRSS"))
    return {"files": len(os.listdir(f"/proc/{pid}/fd")), "kB": int(resident.split()[1])}


def _children_of(pid: int) -> int:
    """How many processes the fork server still has, the last supervisor having had time to go."""
    time.sleep(0.5)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return len(children.split())


if __name__ == "__main__":
    main()
