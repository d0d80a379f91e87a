"""The fork server: a process with Pyomo loaded and nothing to steal in it, which forks for a job.

It starts with an empty environment, never sees a job's content and runs no candidate code: for
each socket it is handed it forks a supervisor. Start it with `python -c` as `forkserver` does.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from importlib import import_module
from typing import NoReturn

from optwright.solvers.sandbox import guard, keeper, supervisor, wire
from optwright.solvers.sandbox.contract import Level

PARENT_CHECK_MS = 2000


def main() -> None:
    """Serve on the socket whose number is argv[1], at the level that argv[2] names, with the
    modules of argv[3] imported; what models need where it names none."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _preload([name for name in sys.argv[3].split(",") if name])
    prepared = guard.prepare(Level(sys.argv[2]))
    hello = {"level": prepared.level, "layers": prepared.layers, "missing": prepared.missing}
    control.sendall(json.dumps(hello).encode() + b"\n")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors need no waiting for
    # What is alive now stays shared with every child: the collector will not write to it.
    gc.collect()
    gc.freeze()
    _serve(control, prepared)


def _preload(names: list[str]) -> None:
    """Import what candidates import, so that they find it done."""
    for name in names:
        import_module(name)
    if names:
        return
    import highspy  # noqa: F401
    import numpy  # noqa: F401
    import pyomo.contrib.appsi.solvers.highs  # noqa: F401

    from optwright.solvers.sandbox import runner

    runner.warm_up()


def _serve(control: socket.socket, prepared: guard.Guard) -> None:
    """Fork a supervisor for each message (a byte that names the slot, and a socket)."""
    parent = os.getppid()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while os.getppid() == parent:
        if not poll.poll(PARENT_CHECK_MS):
            continue
        slot, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not slot:
            return
        for fd in fds:
            if os.fork() == 0:
                _supervise(control, fd, slot[0], prepared)
            os.close(fd)


def _supervise(control: socket.socket, fd: int, slot: int, prepared: guard.Guard) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        with socket.socket(fileno=fd) as client:
            client.settimeout(supervisor.REQUEST_S)
            keeps = client.recv(1) == wire.KEEP
            (keeper.supervise if keeps else supervisor.supervise)(client, slot, prepared)
        status = 0
    except BaseException:  # noqa: BLE001  # a fork must never return into the server's loop
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)
