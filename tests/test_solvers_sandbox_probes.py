"""The probes are held, in every configuration; and what they are judged by sees real harm."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import highspy
import pyomo
import pytest

import optwright
from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox import RunReport, Sandbox
from optwright.solvers.sandbox.probes import ENDLESS, attacks, available_layers, run_probes
from optwright.solvers.sandbox.trap import Trap

SUITE = Path(__file__).parent / "sandbox_probes" / "suite.py"
QUICK = {
    "read_passwd",
    "read_secret",
    "read_environments",
    "write_outside",
    "change_mode",
    "connect_tcp",
    "connect_unix",
    "connect_abstract",
    "fork_fifty",
    "start_a_shell",
    "leave_a_daemon",
    "signal_others",
    "kill_the_keepers",
    "trace_others",
    "use_leaked_files",
    "become_root",
    "raise_own_limits",
    "read_memory_of_others",
    "new_user_namespace",
    "use_io_uring",
    "pickle_as_result",
    "flood_stdout",
    "abort",
}
A_USER = 61_001


def knapsack() -> int:
    """The optimum of the suite's MILP, by dynamic programming."""
    best = [0] * 201
    for i in range(60):
        weight, worth = 7 + i % 13, 5 + i % 11
        for room in range(200, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + worth)
    return best[200]


@cache
def interpreter(uid: int) -> str:
    """A Python that this uid may run and that finds our packages."""
    if uid == os.geteuid():
        return sys.executable
    for path in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            asked = subprocess.run(
                [path, "-c", "import pyomo, highspy._core, optwright.solvers.sandbox"],
                user=uid,
                group=uid,
                extra_groups=[],
                cwd="/",
                env=environment(),
                capture_output=True,
                check=False,
            )
        except PermissionError:
            continue
        if asked.returncode == 0:
            return path
    pytest.skip(f"no Python {sys.version_info.minor} that another uid may run")


def environment() -> dict[str, str]:
    roots = [Path(str(m.__file__)).parent.parent for m in (optwright, pyomo, highspy)]
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(map(str, roots))}


def run_suite(uid: int, level: str, names: str, *refused: str) -> dict[str, Any]:
    ours = uid == os.geteuid()
    done = subprocess.run(
        [interpreter(uid), "-B", "-", level, names, *refused],
        user=None if ours else uid,
        group=None if ours else uid,
        extra_groups=None if ours else [],
        cwd="/",
        env=environment(),
        input=SUITE.read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def uids() -> list[int]:
    return [0, A_USER] if os.geteuid() == 0 else [os.geteuid()]


needs_the_kernel = pytest.mark.skipif(
    any(available_layers()[layer] for layer in ("landlock", "seccomp")),
    reason="this machine has no Landlock or no seccomp",
)


@needs_the_kernel
@pytest.mark.parametrize("level", ["auto", "strict"])
def test_no_attack_of_a_choice_gets_through(level: str) -> None:
    results = run_probes(level, QUICK)
    assert {r.name for r in results} == QUICK
    assert [(r.name, r.harm) for r in results if not r.blocked] == []


@needs_the_kernel
@pytest.mark.slow
@pytest.mark.parametrize("uid", uids())
@pytest.mark.parametrize("refused", [(), ("unshare",)], ids=["namespaces", "refused"])
def test_no_attack_gets_through(uid: int, refused: tuple[str, ...]) -> None:
    answer = run_suite(uid, "auto", "all", *refused)
    assert answer["ran"] == len(attacks())
    assert answer["open"] == []
    assert answer["solved"] == knapsack()


@needs_the_kernel
@pytest.mark.parametrize("uid", uids())
def test_without_namespaces_auto_still_holds_and_solves(uid: int) -> None:
    answer = run_suite(uid, "auto", "read_secret,connect_tcp,fork_fifty", "unshare")
    assert answer["level"] == "strict"
    assert {"landlock", "seccomp"} <= set(answer["layers"])
    assert (answer["open"], answer["solved"]) == ([], knapsack())


@needs_the_kernel
@pytest.mark.parametrize(
    ("level", "refused", "layer"),
    [
        ("auto", "landlock_create_ruleset", "landlock"),
        ("auto", "seccomp", "seccomp"),
        ("isolated", "unshare", "namespaces"),
    ],
)
def test_a_missing_layer_is_named_and_nothing_runs(level: str, refused: str, layer: str) -> None:
    # The suite itself uses seccomp to refuse it, and may do so once.
    answer = run_suite(os.geteuid(), level, "read_secret", refused)
    assert layer in answer["unavailable"]
    assert "sandbox='process'" in answer["hint"]


LOOK_FOR_IDS = """
import os, resource

def f(pid):
    ways = (
        lambda: os.kill(pid, 0), lambda: os.getpgid(pid), lambda: os.getsid(pid),
        lambda: os.getpriority(os.PRIO_PROCESS, pid), lambda: os.sched_getscheduler(pid),
        lambda: os.sched_getaffinity(pid), lambda: resource.prlimit(pid, resource.RLIMIT_CPU),
        lambda: os.stat(f"/proc/{pid}"), lambda: os.readlink(f"/proc/{pid}/cwd"),
    )
    found = []
    for number, way in enumerate(ways):
        try:
            way()
            found.append(number)
        except PermissionError:
            if number:  # to signal is refused whether there is somebody or not
                found.append(number)
        except OSError:
            pass
    return found
"""


@pytest.mark.skipif(bool(available_layers()["namespaces"]), reason="no namespaces here")
def test_isolated_does_not_tell_which_ids_of_processes_are_taken(trap: Trap) -> None:
    """At `strict` they can be found out, which SECURITY.md says."""
    with Sandbox("isolated", jobs=1) as box:
        there = box.call_function(LOOK_FOR_IDS, "f", [trap.aims()["canary"]])
        nobody = box.call_function(LOOK_FOR_IDS, "f", [2**22 + 1])
    assert there.ok
    assert there.claim == nobody.claim


def test_the_probes_refuse_to_run_where_little_holds_them() -> None:
    with pytest.raises(SandboxUnavailable, match="process"):
        run_probes("process", ["read_passwd"])


def test_every_attack_says_what_it_tries() -> None:
    assert len(attacks()) >= 62
    assert len({attack.name for attack in attacks()}) == len(attacks())
    assert all(attack.tries for attack in attacks())
    assert {attack.name for attack in attacks()} >= ENDLESS


def test_layers_are_found_out_quickly() -> None:
    before = os.times()
    layers = available_layers()
    after = os.times()
    used = sum(after[:4]) - sum(before[:4])  # CPU time: the machine may be busy
    assert set(layers) == {"process", "uid", "landlock", "seccomp", "namespaces"}
    assert used < 1.5  # a probe each of five layers; 0.1 to 0.5 s by machine


# --- what the verdicts rest on: harm done on purpose, by ourselves, is seen


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap(os.getpid()) as trap:
        yield trap


def report(stdout: str = "") -> RunReport:
    return RunReport(ok=True, stdout=stdout)


def connect(family: int, kind: int, address: Any) -> Callable[[], None]:  # as socket's own
    def act() -> None:
        with socket.socket(family, kind) as sock:
            sock.connect(address)
            sock.send(b"hello")

    return act


def test_where_nothing_happened_no_harm_is_seen(trap: Trap) -> None:
    assert trap.harm(report("all is well")) == []


def test_a_secret_in_the_output_is_seen(trap: Trap) -> None:
    assert trap.harm(report(trap.secret.read_text())) == ["read a secret"]
    assert trap.harm(report(Path("/etc/passwd").read_text())) == ["read /etc/passwd"]
    assert trap.harm(report(str(trap.aims()["token"]))) == ["reached what it should not"]


def test_connections_are_seen(trap: Trap) -> None:
    aims = trap.aims()
    inet, unix = socket.AF_INET, socket.AF_UNIX
    for act, name in (
        (connect(inet, socket.SOCK_STREAM, ("127.0.0.1", aims["tcp"])), "TCP"),
        (connect(inet, socket.SOCK_DGRAM, ("127.0.0.1", aims["udp"])), "UDP"),
        (connect(unix, socket.SOCK_STREAM, aims["unix"]), "a unix socket"),
        (connect(unix, socket.SOCK_STREAM, f"\0{aims['abstract']}"), "an abstract socket"),
    ):
        act()
        assert trap.harm(report()) == [f"reached us over {name}"]


def test_changed_files_are_seen(trap: Trap) -> None:
    (trap.dir / trap.marker).write_text("here")
    assert trap.harm(report()) == [f"made {trap.dir / trap.marker}"]
    trap.secret.chmod(0o600)
    assert trap.harm(report()) == ["the secret file changed"]
    trap.secret.unlink()
    assert "the trap's directory changed" in trap.harm(report())


def test_harm_to_the_bystander_is_seen(trap: Trap) -> None:
    pid = int(str(trap.aims()["canary"]))
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    assert trap.harm(report()) == ["the bystander's priority changed"]
    os.kill(pid, signal.SIGSTOP)
    while "T (stopped)" not in Path(f"/proc/{pid}/status").read_text():
        time.sleep(0.01)
    assert "the bystander changed" in trap.harm(report())
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGURG)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert "the bystander changed" in trap.harm(report())


def test_marked_processes_are_seen_while_they_run_and_afterwards(trap: Trap) -> None:
    rename = (
        f"import ctypes, time; ctypes.CDLL(None).prctl(15, b'{trap.marker}%s');"
        "print(flush=True); time.sleep(60)"
    )
    for letter, seen in (("", "made a process"), ("L", "has raised its limits")):
        with trap.watch():
            child = subprocess.Popen(
                [sys.executable, "-S", "-c", rename % letter], stdout=subprocess.PIPE
            )
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.1)
        try:
            assert seen in trap.harm(report())
            assert f"left behind: {seen}" in trap.harm(report())
        finally:
            child.kill()
            child.communicate()


def test_left_shared_memory_is_seen(trap: Trap) -> None:
    libc = ctypes.CDLL(None)
    segment = libc.shmget(0, 4096, 0o1600)
    assert segment >= 0
    try:
        assert trap.harm(report()) == ["shared memory changed"]
    finally:
        libc.shmctl(segment, 0, None)


@needs_the_kernel
@pytest.mark.parametrize("level", ["strict", "auto"])
def test_jobs_side_by_side_do_not_see_each_other(level: str) -> None:
    hide = (
        "import os, tempfile, time\n"
        "def f():\n"
        "    try:\n"
        "        open('secret-of-mine', 'w').write('sk-sibling')\n"
        "    except OSError: pass\n"
        "    time.sleep(0.5)\n"
        "    return os.listdir('.') if os.getcwd() != '/' else []\n"
    )
    look = (
        "import glob, os\n"
        "def f():\n"
        "    found = glob.glob('/**/secret-of-mine', recursive=True)\n"
        "    for path in glob.glob('/proc/[0-9]*/root/job/*'): found.append(path)\n"
        "    return found\n"
    )
    with Sandbox(level, jobs=2) as box, ThreadPoolExecutor(2) as pool:
        hidden = pool.submit(box.call_function, hide, "f", [])
        time.sleep(0.1)
        assert box.call_function(look, "f", []).claim == []
        assert hidden.result().ok
        assert box.call_function(look, "f", []).claim == []
