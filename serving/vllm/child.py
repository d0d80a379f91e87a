"""The process between us and vLLM: it sees to it that nothing of vLLM outlives us.

Started as `python -m optwright.serving.vllm.child` with its settings as one JSON object. vLLM is a
tree of processes; all of them are ours to end, however our parent ended, kill -9 included: then
standard input closes. Were this process killed itself, the kernel would end vLLM's server, and our
parent, which finds the group of vLLM's processes in a file, the others.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOOK_S = 0.2
_LEAVE_S = 5.0  # for vLLM to go by itself, before it is killed


def main() -> None:
    settings = json.loads(sys.argv[1])
    parent = os.getppid()
    libc = ctypes.CDLL(None)
    # Processes of vLLM whose parent died become ours, so that none is out of reach.
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o077)  # a socket of vLLM's is for its own user
    with open(settings["log"], "ab") as log:
        server = subprocess.Popen(
            settings["command"],
            env=os.environ | settings["environment"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe: this process has one thread.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),  # noqa: PLW1509
        )
    Path(settings["group"]).write_text(str(server.pid))
    told_to_end = _watch(server, parent)
    if told_to_end:
        server.terminate()
        _wait(server, _LEAVE_S)
    _sweep()
    if told_to_end:
        shutil.rmtree(settings["folder"], ignore_errors=True)
    sys.exit(0 if told_to_end else _status(server.returncode))


def _status(code: int) -> int:
    """An exit status that says how the server ended, as shells do: 128 and the signal."""
    return 128 - code if code < 0 else code


def _watch(server: subprocess.Popen[bytes], parent: int) -> bool:
    """Wait for the end of the server or of our parent; whether it is the parent's."""
    while server.poll() is None:
        readable, _, _ = select.select([0], [], [], _LOOK_S)
        if (readable and not os.read(0, 1)) or os.getppid() != parent:
            return True
    return False


def _wait(server: subprocess.Popen[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < until:
        time.sleep(_LOOK_S / 4)


def _sweep() -> None:
    """Kill every descendant until there is none; the orphans among them are our children."""
    while True:
        for pid in _children(os.getpid()):
            _kill_tree(pid)
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_LOOK_S / 20)
        except ChildProcessError:
            return


def _kill_tree(pid: int) -> None:
    for child in _children(pid):
        _kill_tree(child)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(c) for thread in threads for c in (thread / "children").read_text().split()]
    except OSError:  # it ended meanwhile
        return []


if __name__ == "__main__":
    main()
