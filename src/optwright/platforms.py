"""What differs between Linux, macOS and Windows: processes, signals, memory, and where generated
code may run. Nothing else in the package asks which system it is on, but for the sandbox and the
vLLM launcher, which are for Linux alone.

The branches for macOS and Windows are tested on Linux by what they call; they were never run there.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwright.errors import SandboxUnavailable

if TYPE_CHECKING:
    import asyncio

SYSTEM = sys.platform
"""As `sys.platform` says it; tests put another here."""

_NAMES = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
_CREATE_NEW_PROCESS_GROUP = 0x200


def name() -> str:
    """What people call the system."""
    return _NAMES.get(SYSTEM, SYSTEM)


def demand_linux_for_generated_code() -> None:
    """Raise `SandboxUnavailable` where there is no kernel that could hold generated code."""
    if SYSTEM != "linux":
        raise SandboxUnavailable(
            f"code that a language model wrote runs on Linux only, and this is {name()}",
            hint="formulations, tables, chat and the page need no such code; to run it, use Linux, "
            "such as a container or WSL",
        )


def memory_limit() -> int | None:
    """The bytes of address space this process may have; None without a limit."""
    try:
        import resource
    except ImportError:  # on Windows
        return None
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if most == resource.RLIM_INFINITY else most


# Processes


def own_group() -> dict[str, Any]:
    """Settings of `subprocess.Popen` for a child that Ctrl-C in the terminal does not reach, and
    that `kill_with_children` ends with all it starts."""
    if SYSTEM == "win32":
        return {"creationflags": _CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def kill_with_children(process: int) -> None:
    """End a process that was started with `own_group`, and what it started; one that is gone
    already is no error."""
    if SYSTEM == "win32":
        import subprocess

        command = ["taskkill", "/F", "/T", "/PID", str(process)]
        subprocess.run(command, capture_output=True, check=False)
        return
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def can_fork() -> bool:
    """Whether a process can go on as two."""
    return hasattr(os, "fork")


def in_forked_children(act: Callable[[], object]) -> None:
    """Have `act` called in every child that is forked from here; Windows forks none."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=act)


def is_root() -> bool:
    """Whether this process is the superuser's; on Windows nobody is."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def cpu_seconds(process: int) -> float | None:
    """Processor time a process has used; None where the system does not say."""
    if SYSTEM != "linux":
        return None
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    user, system = told.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# Signals


class Alarm:
    """Ends this process at a time, even while a library never gives Python a turn; on Windows, as
    soon as it gives one."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def set(self, seconds: float) -> None:
        """End it so many seconds from now; 0 calls that off."""
        if SYSTEM != "win32":
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds > 0:
            self._timer = threading.Timer(seconds, os._exit, (1,))
            self._timer.daemon = True
            self._timer.start()


def stop_signal() -> signal.Signals:
    """The signal by which one thread interrupts the main one."""
    return signal.Signals["SIGBREAK" if SYSTEM == "win32" else "SIGUSR1"]


def interrupt_main_thread() -> None:
    """Have the handler of `stop_signal` called in the main thread."""
    if SYSTEM == "win32":
        signal.raise_signal(stop_signal())  # it notes the signal; the main thread handles it
        return
    signal.pthread_kill(threading.main_thread().ident or 0, stop_signal())


def on_termination(loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
    """Call `act` in the loop when the process is asked to end. Windows asks nobody."""
    with suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGTERM, act)


# What the machine has


def free_bytes(folder: Path) -> int:
    """Room on a folder's disk for this user. Raises `OSError`."""
    import shutil  # much here does without

    return shutil.disk_usage(folder).free


def cpus() -> list[int]:
    """The processors this process may use, by number."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def available_memory() -> int | None:
    """Bytes that programs may take without swapping; None where it is not known."""
    if SYSTEM == "win32":
        return _available_on_windows()
    if SYSTEM == "darwin":
        return _available_on_macos()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(sizes["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in sizes else None


def _available_on_macos() -> int | None:
    """Pages that are free, or that are given up on demand."""
    import subprocess

    try:
        told = subprocess.run(["vm_stat"], capture_output=True, text=True, check=True).stdout
        head, *lines = told.splitlines()
        size = int(head.split("page size of ")[1].split()[0])
        pages = dict(line.split(":", 1) for line in lines if ":" in line)
        count = sum(int(pages[f"Pages {kind}"].strip(" .")) for kind in ("free", "inactive"))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, KeyError):
        return None
    return size * count


def _available_on_windows() -> int | None:
    import ctypes

    class Memory(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in ("total", "available", "b", "c", "d", "e", "f")),
        )

    memory = Memory(length=ctypes.sizeof(Memory))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 -- type checkers on Linux lack it
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(memory)):
        return None
    return int(memory.available)
