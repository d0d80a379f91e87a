"""What differs between systems. The branches for macOS and Windows are held by what they call:
nothing here was run there."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from optwright import platforms
from optwright.errors import InputError, SandboxUnavailable
from optwright.optim.study.setup import open_workers
from optwright.solvers.sandbox import Harness, Sandbox
from optwright.solvers.sandbox.probes import examine

OTHERS = {"darwin": "macOS", "win32": "Windows"}


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "SYSTEM", "win32")


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "SYSTEM", "darwin")


@pytest.mark.parametrize("system", OTHERS)
@pytest.mark.parametrize("level", ["auto", "process"])
def test_generated_code_is_refused_elsewhere_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, system: str, level: str
) -> None:
    monkeypatch.setattr(platforms, "SYSTEM", system)
    for box in (Sandbox(level), Harness(level)):
        refused = pytest.raises(
            SandboxUnavailable, match=f"Linux only, and this is {OTHERS[system]}"
        )
        with refused as caught, box:
            pytest.fail("it was let in")
        assert "WSL" in caught.value.hint
    found = examine()
    assert (found.level, found.probes) == (None, ())
    assert set(found.layers.values()) == {"is for Linux alone"}


def test_a_child_and_all_it_started_end_together() -> None:
    grandchild = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], "
        "stdin=sys.stdin); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", grandchild], stdin=subprocess.PIPE, **platforms.own_group()
    )
    platforms.kill_with_children(child.pid)
    assert child.wait() == -signal.SIGKILL
    child.communicate()
    platforms.kill_with_children(child.pid)  # once more is no error


@pytest.mark.usefixtures("windows")
def test_windows_ends_a_tree_of_processes_by_its_own_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    platforms.kill_with_children(4711)
    assert called == [["taskkill", "/F", "/T", "/PID", "4711"]]
    assert platforms.own_group() == {"creationflags": 0x200}


ALARM = """
import os, sys, time
from optwright import platforms
platforms.SYSTEM = sys.argv[1]
alarm = platforms.Alarm()
alarm.set(60)
alarm.set(0)
alarm.set(0.05)
time.sleep(20)
"""


@pytest.mark.parametrize(("system", "status"), [("linux", -signal.SIGALRM), ("win32", 1)])
def test_an_alarm_ends_the_process_and_can_be_called_off(system: str, status: int) -> None:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ALARM, system], check=False)
    assert done.returncode == status
    assert time.monotonic() - began < 15


@pytest.mark.usefixtures("windows")
def test_windows_interrupts_the_main_thread_by_break(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr(signal, "Signals", {"SIGBREAK": "break", "SIGUSR1": "no"})
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    platforms.interrupt_main_thread()
    assert raised == ["break"]


def test_the_main_thread_is_interrupted() -> None:
    heard: list[int] = []
    before = signal.signal(platforms.stop_signal(), lambda number, _: heard.append(number))
    try:
        platforms.interrupt_main_thread()
        assert heard == [platforms.stop_signal()]
    finally:
        signal.signal(platforms.stop_signal(), before)


async def test_where_nobody_is_asked_to_end_nothing_listens() -> None:
    class Loop:
        def add_signal_handler(self, *_: object) -> None:
            raise NotImplementedError  # as on Windows

    platforms.on_termination(Loop(), lambda: None)  # type: ignore[arg-type]  # it stands for one
    heard: list[str] = []
    loop = asyncio.get_running_loop()
    platforms.on_termination(loop, lambda: heard.append("end"))
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.05)
    loop.remove_signal_handler(signal.SIGTERM)
    assert heard == ["end"]


def test_a_system_without_these_calls_gets_an_answer_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("fork", "register_at_fork", "geteuid", "sched_getaffinity"):
        monkeypatch.delattr(os, name)
    monkeypatch.setitem(sys.modules, "resource", None)
    platforms.in_forked_children(lambda: None)
    assert not platforms.is_root()
    assert len(platforms.cpus()) == os.cpu_count()
    assert platforms.memory_limit() is None
    with pytest.raises(InputError, match="executor 'processes' forks"):
        open_workers(None, {}, 1, None, processes=True)  # type: ignore[arg-type]  # not looked at


VM_STAT = """Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            500000.
Pages inactive:                           20000.
"""


@pytest.mark.usefixtures("macos")
def test_macos_tells_its_memory_by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(stdout=VM_STAT)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: told)
    assert platforms.available_memory() == 30_000 * 16_384
    told.stdout = "something else"
    assert platforms.available_memory() is None
    assert platforms.cpu_seconds(os.getpid()) is None
    assert platforms.name() == "macOS"


@pytest.mark.usefixtures("windows")
def test_windows_tells_its_memory_by_its_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        answers = 1

        def GlobalMemoryStatusEx(self, given: Any) -> int:  # noqa: N802 -- Windows calls it so
            given._obj.available = 7 * 2**30
            assert given._obj.length == 64
            return self.answers

    kernel = Kernel()
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    assert platforms.available_memory() == 7 * 2**30
    kernel.answers = 0
    assert platforms.available_memory() is None


def test_linux_tells_memory_time_and_room(tmp_path: Path) -> None:
    assert (platforms.available_memory() or 0) > 2**20
    assert (platforms.cpu_seconds(os.getpid()) or 0) > 0
    assert platforms.free_bytes(tmp_path) > 0


ELSEWHERE = """
import os, signal, sys
import asyncio, multiprocessing, socket, subprocess, tempfile, threading  # they know where they are
import filelock, langgraph.graph, numpy, openai, platformdirs, prompt_toolkit, pyomo.environ, rich
import highspy, langgraph.checkpoint.sqlite, openpyxl, python_calamine

for name in ("fork", "register_at_fork", "geteuid", "getuid", "killpg", "setsid", "statvfs",
             "sched_getaffinity", "waitid", "pread", "pwrite", "mkfifo", "getpgid"):
    delattr(os, name)
for name in ("SIGKILL", "SIGUSR1", "SIGHUP", "SIGALRM", "setitimer", "pthread_kill", "SIGCHLD"):
    delattr(signal, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
from optwright import platforms
platforms.SYSTEM = "win32"
import optwright.cli, optwright.agents.solving, optwright.agents.chat.session, optwright.optim.api
import optwright.cli.solve, optwright.cli.chat, optwright.agents.runs.directory, optwright.reporting
import optwright.serving.ledger, optwright.serving.models, optwright.solvers.data.tables
from optwright.solvers.backends.program import Program
from optwright.solvers.model.formulation import Formulation

model = Formulation.model_validate({
    "variables": [{"name": "x", "lower": 0, "upper": 4}],
    "objective": {"sense": "maximize", "expression": "x"},
    "constraints": [],
})
print(Program(model).formulation.variables[0].name)
"""


def test_what_needs_no_sandbox_is_there_without_the_calls_of_unix() -> None:
    """Everything is imported where Unix's own calls and modules are missing."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ELSEWHERE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "x\n"
