"""How many programs are evaluated in a second: one process each, called once, 1 ms of work.

Run it with `python -m optwright.benchmarks.program_evaluations [JOBS]` on an idle machine; it
prints the load average and the processor time of an evaluation, which other work on the machine
moves less than the wall time.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from optwright.solvers.sandbox import Harness

EVALUATIONS = 600
WARM_UP = 20
PROGRAM = """
import time

def work():
    began = time.thread_time()
    while time.thread_time() - began < 0.001:
        pass
    return 1
"""


def evaluate(harness: Harness, times: int) -> None:
    for _ in range(times):
        with harness.program(PROGRAM) as program:
            assert program.work() == 1


def side_by_side(harness: Harness, jobs: int, times: int) -> float:
    """Wall seconds of `times` evaluations, shared by `jobs` threads."""
    threads = [
        threading.Thread(target=evaluate, args=(harness, times // jobs)) for _ in range(jobs)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def processor_s() -> float:
    """Processor seconds of this process and all that came of it, those that ended included."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has gone meanwhile
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(map(int, fields[11:15]))
    family = [os.getpid()]
    for above in family:
        family += [pid for pid, parent in parents.items() if parent == above]
    return sum(used[pid] for pid in family) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1
    with Harness(jobs=jobs) as harness:
        side_by_side(harness, jobs, WARM_UP * jobs)
        before = processor_s()
        seconds = side_by_side(harness, jobs, EVALUATIONS)
        used, level = processor_s() - before, harness.level
    sys.stdout.write(
        f"level {level}, {jobs} at a time, load {os.getloadavg()[0]:.2f}\n"
        f"{EVALUATIONS / seconds:.0f} evaluations/s\n"
        f"{used / EVALUATIONS * 1000:.2f} ms of processor time each\n"
    )


if __name__ == "__main__":
    main()
