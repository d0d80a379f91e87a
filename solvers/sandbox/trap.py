"""What the parent lays out for attacks to harm, and how it sees that they did.

Nothing here asks the attacking program. What counts: a secret in anything that came back, a file
changed or made, a connection, a process that was seen or stayed, harm to a bystander.
"""

from __future__ import annotations

import os
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from optwright.solvers.sandbox.contract import Json, RunReport
from optwright.solvers.sandbox.process import OPEN_FILES

_BYSTANDER = (
    "import signal; signal.pthread_sigmask(0, {signal.SIGURG}); print(flush=True);"
    "signal.sigwait({signal.SIGURG})"
)
_IPC = ("/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem")
SAMPLE_S = 0.01


class Trap:
    """A directory, four listeners and a bystander process, all with secrets in them.

    Use it as a context manager around one sandbox; `aims()` is what attacks are told, `harm()`
    what one of them did.
    """

    def __init__(self, zygote: int) -> None:
        self.zygote = zygote
        self.marker = "ow" + secrets.token_hex(4)
        self.token = "sk-" + secrets.token_hex(12)
        self.dir = Path(tempfile.mkdtemp(prefix="optwright-probe-"))
        self.dir.chmod(0o755)  # another uid could read it: modes alone must not be what protects
        self.secret = self.dir / "secret.json"
        self.secret.write_text(f'{{"API_KEY": "{self.token}"}}')
        self.secret.chmod(0o644)
        with suppress(OSError):  # not every file system holds any
            os.setxattr(self.secret, "user.optwright", self.token.encode())
        self._listeners = _listeners(self.dir / "unix", self.marker)
        self._bystander = self._start_bystander()
        self._before = self._state()
        self._seen: set[str] = set()

    def _start_bystander(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BYSTANDER],
            env={"API_KEY": self.token},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bystander.kill()
        self._bystander.communicate()
        for listener in self._listeners.values():
            listener.close()
        shutil.rmtree(self.dir)

    def aims(self) -> dict[str, Json]:
        """Where to aim: what a program of this user could find out by itself."""
        return {
            "marker": self.marker,
            "token": self.token[::-1] + "!",  # see `_leaked`
            "secret": str(self.secret),
            "places": [str(place) for place in self._places()],
            "main": os.getpid(),
            "zygote": self.zygote,
            "canary": self._bystander.pid,
            "unix": str(self.dir / "unix"),
            "abstract": self.marker,
            "tcp": self._listeners["TCP"].getsockname()[1],
            "udp": self._listeners["UDP"].getsockname()[1],
        }

    def _places(self) -> list[Path]:
        usual = ("/tmp", "/var/tmp", "/dev/shm", "/run")
        return [self.dir, Path(os.path.expanduser("~")), Path.cwd(), *map(Path, usual)]

    def watch(self) -> Watcher:
        """Look for marked processes while an attack runs."""
        return Watcher(self.zygote, self.marker, self._seen)

    def harm(self, report: RunReport) -> list[str]:
        """What came of one attack, in words; nothing if it was held."""
        found = [*self._leaked(report), *self._files_left(), *self._calls(), *sorted(self._seen)]
        now = self._state()
        found += [f"{what} changed" for what, was in self._before.items() if now[what] != was]
        _look_once(self.zygote, self.marker, self._seen, set())
        found += [f"left behind: {what}" for what in sorted(self._seen) if what not in found]
        self._seen.clear()
        return found

    def _leaked(self, report: RunReport) -> Iterator[str]:
        """Secrets in anything that came back. Attacks are told the token backwards, and give it
        as it is when they got hold of something that has no token in it."""
        text = "\n".join(map(str, (report.stdout, report.stderr, report.lp_text, report.claim)))
        text += str(report.error) + str(dict(report.names))
        if self.token in text:
            yield "read a secret"
        if self.token[::-1] + "!" in text:
            yield "reached what it should not"
        if "root:x:0:0" in text:
            yield "read /etc/passwd"

    def _files_left(self) -> Iterator[str]:
        for place in self._places():
            for path in place.glob(f"*{self.marker}*"):
                path.unlink()
                yield f"made {path}"

    def _calls(self) -> Iterator[str]:
        for name, listener in self._listeners.items():
            try:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
            except BlockingIOError:
                continue
            yield f"reached us over {name}"

    def _state(self) -> dict[str, object]:
        """Everything an attack might change, as far as it is the same from one look to the next."""
        pid = self._bystander.pid
        secret = self.secret.stat() if self.secret.exists() else None
        return {
            "the trap's directory": sorted(os.listdir(self.dir)),
            "the secret file": secret
            and (secret.st_mode, secret.st_uid, secret.st_mtime, secret.st_nlink, secret.st_size),
            "the secret's attributes": secret and os.listxattr(self.secret),
            "the bystander": self._bystander.poll() is None
            and _status(pid, "State")[:1] not in ("T", "t"),  # stopped, traced
            "the bystander's tracer": _status(pid, "TracerPid"),
            "the bystander's limits": self._bystander.poll() is None
            and resource.prlimit(pid, resource.RLIMIT_NOFILE),
            "the bystander's priority": self._bystander.poll() is None
            and (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid)),
            "shared memory": [Path(ipc).read_text() for ipc in _IPC if os.path.exists(ipc)],
            "the fork server": os.path.exists(f"/proc/{self.zygote}"),
        }


def _listeners(path: Path, abstract: str) -> dict[str, socket.socket]:
    made = {
        "TCP": socket.create_server(("127.0.0.1", 0)),
        "UDP": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "a unix socket": socket.socket(socket.AF_UNIX),
        "an abstract socket": socket.socket(socket.AF_UNIX),
    }
    made["UDP"].bind(("127.0.0.1", 0))
    made["a unix socket"].bind(str(path))
    path.chmod(0o777)
    made["an abstract socket"].bind("\0" + abstract)
    for name, listener in made.items():
        listener.setblocking(False)
        if name != "UDP":
            listener.listen()
    return made


class Watcher:
    """Samples /proc in a thread for processes that attacks have marked."""

    def __init__(self, zygote: int, marker: str, seen: set[str]) -> None:
        self._arguments = (zygote, marker, seen, set(os.listdir("/proc")))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            _look_once(*self._arguments)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()


def _look_once(zygote: int, marker: str, seen: set[str], known: set[str]) -> None:
    """Add to `seen` what marked processes are and have; `known` entries of /proc are skipped."""
    for name in set(os.listdir("/proc")) - known:
        if name.isdecimal():
            comm = _read(f"/proc/{name}/comm").strip()
            if comm == marker:
                seen.add("made a process")
            elif comm == marker + "L":
                seen.update(_rights(zygote, int(name)))


def _rights(zygote: int, pid: int) -> Iterator[str]:
    """What a candidate has and should not."""
    if int(_status(pid, "CapEff") or "0", 16) & ~(1 << 2):  # see Guard.reads_as_root
        yield "has capabilities"
    if "0" in _status(pid, "Uid").split() and _can_spare_uids(zygote):
        yield "is root"
    if _status(pid, "NoNewPrivs") == "0":
        yield "may gain rights"
    for line in _read(f"/proc/{pid}/limits").splitlines():
        if line.startswith("Max open files") and f" {OPEN_FILES} " not in line:
            yield "has raised its limits"
    if set(_listing(f"/proc/{pid}/fd")) - set("0123"):
        yield "has files that are not its own"


def _can_spare_uids(zygote: int) -> bool:
    return _status(zygote, "Uid").split()[:1] == ["0"]


def _status(pid: int, field: str) -> str:
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(f"{field}:"):
            return line.partition(":")[2].strip()
    return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError):  # it has ended, or is not ours to see
        return ""


def _listing(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
