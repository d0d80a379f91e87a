"""How long one job in the sandbox takes, for three sizes of job and every level there is.

Run it with `python -m optwright.benchmarks.sandbox_latency` on an idle machine; it prints the
load average beside its table so that a reader can tell.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox import Level, RunReport, Sandbox

RUNS = 100
WARM_UP = 5

MODEL = """
import pyomo.environ as pyo
n = data["n"]
model = pyo.ConcreteModel()
model.x = pyo.Var(range(n), domain=pyo.Binary)
model.fits = pyo.Constraint(expr=sum((1 + i % 7) * model.x[i] for i in range(n)) <= 2 * n)
model.worth = pyo.Objective(
    expr=sum((1 + i % 5) * model.x[i] for i in range(n)), sense=pyo.maximize
)
"""


def trivial(box: Sandbox) -> RunReport:
    return box.call_function("def f(): return 1", "f", [])


def three_variables(box: Sandbox) -> RunReport:
    return box.build_model(MODEL, {"n": 3})


def six_hundred_variables(box: Sandbox) -> RunReport:
    return box.build_model(MODEL, {"n": 600})


JOBS = (trivial, three_variables, six_hundred_variables)


def seconds_of(job: Callable[[Sandbox], RunReport], box: Sandbox, runs: int) -> list[float]:
    """Wall seconds of each of `runs` jobs, after a few that do not count."""
    times = []
    for i in range(WARM_UP + runs):
        began = time.perf_counter()
        report = job(box)
        if i >= WARM_UP:
            times.append(time.perf_counter() - began)
        assert report.ok, report.error
    return times


def row(level: Level, runs: int) -> list[str]:
    """One level's cells: start of the fork server, then median / 95th percentile of each job."""
    began = time.perf_counter()
    with Sandbox(level, jobs=1) as box:
        cells = [f"{box.level!s:9}", f"{1000 * (time.perf_counter() - began):6.0f}"]
        for job in JOBS:
            times = seconds_of(job, box, runs)
            p95 = statistics.quantiles(times, n=20)[-1]
            cells.append(f"{1000 * statistics.median(times):6.1f} / {1000 * p95:6.1f}")
    return cells


def main() -> None:
    """Print the table; the first argument is the number of runs a cell (default 100)."""
    runs = int(sys.argv[1]) if sys.argv[1:] else RUNS
    names = [job.__name__.replace("_", " ") for job in JOBS]
    lines = [["level    ", "start ", *names]]
    for level in (Level.PROCESS, Level.STRICT, Level.ISOLATED):
        try:
            lines.append(row(level, runs))
        except SandboxUnavailable as error:
            lines.append([f"{level!s:9}", str(error)])
    table = "\n".join(" | ".join(cells) for cells in lines)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    sys.stdout.write(f"{table}\nms, median / p95 of {runs}; load average {load}\n")


if __name__ == "__main__":
    main()
