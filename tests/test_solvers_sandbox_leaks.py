"""Many jobs, some of them hostile, leave nothing: no process, no file, no handle, no memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from optwright.solvers.sandbox import Limits, Sandbox
from optwright.solvers.sandbox.probes import available_layers

TRIVIAL = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(range(3), bounds=(0, 1))
model.c = pyo.Constraint(expr=sum(model.x.values()) <= 2)
model.o = pyo.Objective(expr=sum(model.x.values()), sense=pyo.maximize)
"""
HOSTILE = [
    "import os\nfor _ in range(9): os.fork()",
    "import os\nos.abort()\nmodel = 1",
    "model = 1\nwhile True: print('x' * 1000)",
    "import os\nmodel = 1\nos.write(3, b'x' * (9 << 20))",
    "model = bytes(4 << 30)",
    "import os\nopen('left', 'w').write('x' * 9999)\nmodel = os._exit(3)",
    "import threading, time\nfor _ in range(40): threading.Thread(target=time.sleep, args=(9,))"
    ".start()\nmodel = 1",
]
LIMITS = Limits(wall_s=30)

pytestmark = pytest.mark.skipif(
    any(available_layers()[layer] for layer in ("landlock", "seccomp")),
    reason="this machine has no Landlock or no seccomp",
)


def status(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def descendants(root: int) -> list[int]:
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    found = [root]
    for above in found:
        found += [pid for pid, parent in parents.items() if parent == above]
    return found[1:]


def measured(pid: int) -> tuple[int, int]:
    """Open files and resident kilobytes."""
    return len(os.listdir(f"/proc/{pid}/fd")), status(pid, "VmRSS")


def work_through(box: Sandbox, count: int) -> int:
    """Run so many jobs, every tenth hostile; how many gave a model."""

    def source(i: int) -> str:
        return TRIVIAL if i % 10 else HOSTILE[i // 10 % len(HOSTILE)]

    # The reports are not kept: they would be the growth in memory.
    return sum(box.build_model(source(i), limits=LIMITS).ok for i in range(count))


def leaves_nothing(count: int) -> None:
    ours = f"optwright-leak-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix=ours) as empty, Sandbox(jobs=1) as box:
        work_through(box, 70)  # every kind has been there once
        server, before = box.server_pid, (measured(os.getpid()), measured(box.server_pid))
        succeeded = work_through(box, count)
        after = (measured(os.getpid()), measured(box.server_pid))
        assert succeeded == count - len(range(0, count, 10))
        assert box.server_pid == server
        assert until_none(server) == []
        for (files, memory), (files_now, memory_now) in zip(before, after, strict=True):
            assert files_now == files
            assert memory_now <= memory * 1.05
        assert os.listdir(empty) == []
    assert until_none(os.getpid(), pids={server}) == []


def until_none(root: int, pids: set[int] | None = None, seconds: float = 5) -> list[int]:
    """The descendants (of these pids, if given) that are still there after a while."""
    deadline = time.monotonic() + seconds
    while True:
        left = [pid for pid in descendants(root) if pids is None or pid in pids]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.01)


def test_three_hundred_jobs_leave_nothing() -> None:
    leaves_nothing(300)


@pytest.mark.slow
def test_two_thousand_jobs_leave_nothing() -> None:
    leaves_nothing(2000)


def test_the_temp_directory_is_as_before() -> None:
    def entries() -> set[str]:
        return {name for name in os.listdir(tempfile.gettempdir()) if "optwright" in name}

    before = entries()
    with Sandbox(jobs=1) as box:
        for source in HOSTILE:
            box.build_model(source, limits=LIMITS)
    assert entries() - before == set()


MAIN = """
import sys, threading, time
from optwright.solvers.sandbox import Sandbox
box = Sandbox("auto", jobs=1).__enter__()
job = "import time\\ndef f(): time.sleep(60)"
threading.Thread(target=box.call_function, args=(job, "f", []), daemon=True).start()
print(box.server_pid, flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def main_with_a_job() -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A process that runs a long job, and its fork server, supervisor and candidate."""
    with subprocess.Popen([sys.executable, "-c", MAIN], stdout=subprocess.PIPE) as main:
        try:
            assert main.stdout is not None
            server = int(main.stdout.readline())
            while len(below := descendants(server)) < 2:
                time.sleep(0.02)
            yield main, [server, *below]
        finally:
            main.kill()


def all_gone(pids: list[int], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_when_the_main_process_is_killed_everything_of_it_ends() -> None:
    with main_with_a_job() as (main, tree):
        main.send_signal(signal.SIGKILL)
        assert all_gone(tree)


def test_a_killed_supervisor_takes_its_candidate_along() -> None:
    with main_with_a_job() as (_, (_, supervisor, candidate)):
        os.kill(supervisor, signal.SIGKILL)
        assert all_gone([candidate])


def test_a_killed_fork_server_lets_its_jobs_end() -> None:
    with main_with_a_job() as (main, (server, supervisor, candidate)):
        os.kill(server, signal.SIGKILL)
        time.sleep(0.2)
        assert os.path.exists(f"/proc/{candidate}")
        main.kill()
        assert all_gone([supervisor, candidate])
