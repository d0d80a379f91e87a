"""Finding out what the sandbox holds on this machine: its layers, and attacks on all of them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from optwright import platforms
from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox.box import Sandbox
from optwright.solvers.sandbox.contract import Level, Limits
from optwright.solvers.sandbox.forkserver import FLAGS, package_roots
from optwright.solvers.sandbox.guard import KERNEL_LAYERS, level_of
from optwright.solvers.sandbox.trap import Trap

SUBJECTS = ("files", "network", "processes", "kernel", "resources")
HELPERS = {"mark", "mark_if_child", "call_machine_code"}
# These never end by themselves: they prove that they are ended.
ENDLESS = {
    "loop_on_memory_error",
    "loop_and_ignore_signals",
    "match_for_ever",
    "stop_own_group",
    "start_two_thousand_threads",
}
LIMITS = Limits(wall_s=5.0, memory_bytes=512 << 20)
SHORT = Limits(wall_s=0.5, memory_bytes=512 << 20)
LATE_S = 3.0  # what ending a run may take on a busy machine, beyond its limit
AFTERMATH = "def f(): return 42"


@dataclass(frozen=True, slots=True)
class Attack:
    """One function of `attacks`: the module's source, its name, and what it tries, in words."""

    subject: str
    name: str
    tries: str
    source: str


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one attack came to. `harm` is empty if the sandbox held it."""

    name: str
    tries: str
    harm: tuple[str, ...]
    seconds: float

    @property
    def blocked(self) -> bool:
        return not self.harm


@dataclass(frozen=True, slots=True)
class Examination:
    """What the sandbox is worth on this machine.

    `level` is the one that `auto` has here, None where it refuses to run. `layers` says for every
    layer why it is missing, or nothing if it is there. `probes` are the attacks that were run.
    """

    level: Level | None
    layers: Mapping[str, str]
    probes: tuple[ProbeResult, ...] = ()

    @property
    def open(self) -> tuple[ProbeResult, ...]:
        """The attacks that got through."""
        return tuple(probe for probe in self.probes if not probe.blocked)


def examine(*, attack: bool = True) -> Examination:
    """Look at every layer and, unless told not to, run all attacks: about ten seconds.

    Where `auto` refuses to run, no attack is run: there is nothing that would hold it.
    """
    layers = available_layers()
    best = best_level(layers)
    if best is Level.PROCESS:
        return Examination(None, layers)
    return Examination(best, layers, tuple(run_probes(best)) if attack else ())


@cache
def attacks() -> tuple[Attack, ...]:
    """Every attack there is, in the order of the source."""
    return tuple(attack for subject in SUBJECTS for attack in _attacks_on(subject))


def _attacks_on(subject: str) -> Iterator[Attack]:
    source = (files("optwright.solvers.sandbox") / "attacks" / f"{subject}.py").read_text()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name not in HELPERS:
            yield Attack(subject, node.name, ast.get_docstring(node) or "", source)


def run_probes(
    level: Level | str = Level.AUTO, names: Iterable[str] | None = None
) -> list[ProbeResult]:
    """Run the attacks (those named, or all: about ten seconds) in a sandbox of this level.

    Raises `SandboxUnavailable` where that level is not to be had, and for `Level.PROCESS`: it
    holds too little for attacks to be run in it on a machine that somebody needs.
    """
    if level == Level.PROCESS:
        raise SandboxUnavailable("the probes do not run at sandbox level 'process'")
    wanted = None if names is None else set(names)
    chosen = [a for a in attacks() if wanted is None or a.name in wanted]
    with Sandbox(level, jobs=1) as box:
        return list(_probe_all(box, deque(chosen)))


def _probe_all(box: Sandbox, pending: deque[Attack]) -> Iterator[ProbeResult]:
    while pending:
        with Trap(box.server_pid) as trap:
            held = True
            while pending and held:  # what was harmed is laid out anew
                result = _probe(box, trap, pending.popleft())
                held = result.blocked
                yield result


def _probe(box: Sandbox, trap: Trap, attack: Attack) -> ProbeResult:
    limits = SHORT if attack.name in ENDLESS else LIMITS
    started = time.monotonic()
    with trap.watch():
        report = box.call_function(attack.source, attack.name, [trap.aims()], limits)
    took = time.monotonic() - started
    harm = trap.harm(report)
    if took > limits.wall_s + LATE_S:
        harm.append("outstayed its limit")
    if attack.name == "take_memory" and report.ok:
        harm.append("took more memory than it may")
    if box.call_function(AFTERMATH, "f", []).claim != 42:
        harm.append("broke the sandbox")
    return ProbeResult(attack.name, attack.tries, tuple(harm), took)


def available_layers() -> dict[str, str]:
    """Every layer, and why it is missing on this machine, or an empty text if it is there.

    Changes nothing and takes less than 0.3 s: namespaces are tried in a child.
    """
    if platforms.SYSTEM != "linux":
        return dict.fromkeys(("process", "uid", *KERNEL_LAYERS, "namespaces"), "is for Linux alone")
    layers = {"process": ""}
    layers["uid"] = "" if os.geteuid() == 0 else "needs to be started as root"
    layers |= {name: why_missing() for name, why_missing in KERNEL_LAYERS.items()}
    layers["namespaces"] = _namespaces_missing()
    return layers


def best_level(layers: Mapping[str, str]) -> Level:
    """The level that `auto` would have with what `available_layers` found; `Level.PROCESS` means
    that `auto` refuses to run."""
    return level_of([layer for layer, why_missing in layers.items() if not why_missing])


_TRY = (
    "import sys; sys.path += sys.argv[1:];"
    "from optwright.solvers.sandbox.namespaces import why_missing;"
    "print(why_missing(['/dev/null']), end='')"
)


def _namespaces_missing() -> str:
    # A process of its own, as forking one with threads in it is not safe.
    done = subprocess.run(
        [sys.executable, *FLAGS, "-c", _TRY, *package_roots()],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout if done.returncode == 0 else done.stderr.strip()[-200:]
