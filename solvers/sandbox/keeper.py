"""A process that is already confined and forks a program for each evaluation it is told of.

What takes time is done once: files, identity and system calls are restricted before the first
program is there, so an evaluation costs a fork, its limits and a short filter. A program finds
nothing that an earlier one left: it can write nowhere and reach no process, and its memory is a
copy of the keeper's, which never runs anybody's code.

The memory that both touch has to be copied for every program, so the keeper does next to nothing:
it forks, keeps the time, ends what has to end and says how that went. The source, the calls and
the streams go past it, over pipes that our end makes and reads (`harness`).

Below the level of strict none of that is there, and a program may end its keeper. Our end then
starts another.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from typing import NoReturn

from optwright.solvers.sandbox import guest, libc, process, wire
from optwright.solvers.sandbox.contract import Level, Limits
from optwright.solvers.sandbox.guard import Guard
from optwright.solvers.sandbox.supervisor import sweep

BEGIN, END, KILL = b"B", b"E", b"K"
"""On the keeper's socket: an evaluation begins (`FILES` come along), its program was told to leave,
or has to go at once."""
EXITED, TOLD, LATE, KILLED = b"x", b"t", b"d", b"k"
"""The keeper's answer: the program ended by itself, had to be ended when it was told to leave, ran
out of time, or was to be killed."""
ORDER = struct.Struct("=cddq")  # word, wall and CPU seconds (negative: not given), bytes of memory
ENDING = struct.Struct("=cid")  # how it ended, its exit status, seconds from the fork on
FILES = ("stdout", "stderr", "requests", "replies", "ready")
"""The ends that a program gets, in this order; `ready` is closed once it is guarded."""
LEAVE_S = 0.25
"""How long a program may take to leave when nobody asks it any more."""
LOOK_S = 0.0003  # a program whose files are closed is gone within microseconds
HIGH = 40  # file numbers that are in nobody's way
HIGHEST = os.sysconf("SC_OPEN_MAX")  # as it was before the keeper lowered it
_FILES_SPACE = socket.CMSG_SPACE(len(FILES) * array("i").itemsize)


def supervise(client: socket.socket, slot: int, guard: Guard) -> None:
    """Fork a keeper that serves `client`, and stay until it is gone."""
    supervisor = os.getpid()
    if libc.LINUX:
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    guard.before_fork()
    pid = os.fork()
    if pid == 0:
        _keep(client, slot, guard, supervisor)
    client.close()
    os.waitpid(pid, 0)
    if libc.LINUX:
        sweep()


def _keep(client: socket.socket, slot: int, guard: Guard, supervisor: int) -> NoReturn:
    status = 1
    try:
        process.limit_for_good()
        guard.enter_keeper(slot, supervisor)
        if libc.LINUX:
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        client.settimeout(None)
        wire.send(client, {"ready": True}, {})
        # It is ours, not yet theirs; a program finds it done.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        confining = guard.for_children(slot)
        guest.warm_up()
        libc.trim()
        poll = select.poll()
        poll.register(client, select.POLLIN)
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection would write to pages that are shared with programs
        with contextlib.suppress(EOFError, ConnectionError):
            while _evaluation(client, poll, guard.level, confining):
                pass
        status = 0
    except BaseException:  # noqa: BLE001  # a fork must never return into its parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _evaluation(
    client: socket.socket,
    poll: select.poll,
    level: Level,
    confining: Callable[[Limits], Callable[[], None]],
) -> bool:
    """Serve one evaluation; whether there may be more."""
    message, ancillary, _, _ = client.recvmsg(ORDER.size, _FILES_SPACE)
    if not message:
        return False
    word, wall_s, cpu_s, memory_bytes = ORDER.unpack(message)
    if word != BEGIN:  # of an evaluation that had ended by itself
        return True
    files = array("i", ancillary[0][2])
    confine = confining(Limits(wall_s, None if cpu_s < 0 else cpu_s, memory_bytes))
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _become_program(files, confine)
    for fd in files:
        os.close(fd)
    abandoned, how, status = False, LATE, None
    if poll.poll(max(0.0, wall_s * 1000)):
        word = client.recv(ORDER.size)[:1]
        abandoned, how = not word, TOLD if word == END else KILLED
    if how != KILLED:
        status = _exit_status(pid, LEAVE_S if how == TOLD else 0.0)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    else:
        how = EXITED
    if level is Level.PROCESS and libc.LINUX:
        sweep()  # from strict on a program cannot make processes
    if not abandoned:
        client.sendall(ENDING.pack(how, status or 0, time.monotonic() - began))
    return not abandoned


def _exit_status(pid: int, within_s: float) -> int | None:
    """The exit status of a program that ends within this time, else None."""
    until = time.monotonic() + within_s
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK_S)


def _become_program(files: Sequence[int], confine: Callable[[], None]) -> NoReturn:
    """Give up every file but the five a program has, and what rights are left, and answer; end
    this process if that fails."""
    ready = files[-1]
    try:
        ready = _only_files(files)
        confine()
        os.close(ready)
    except BaseException as error:  # noqa: BLE001  # nothing may go on unguarded
        os.write(ready, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    guest.answer()


def _only_files(files: Sequence[int]) -> int:
    """Leave open /dev/null as 0, the streams as 1 and 2, requests and replies as 3 and 4, and the
    ready pipe as 5; return the last."""
    null = os.open("/dev/null", os.O_RDONLY)
    wanted = [null, *files]
    for place, fd in enumerate(wanted):
        os.dup2(fd, HIGH + place)
    for place in range(len(wanted)):
        os.dup2(HIGH + place, place)
    os.closerange(len(wanted), HIGHEST)
    return len(wanted) - 1


def open_keeper(connection: socket.socket, timeout_s: float) -> None:
    """Ask, on a socket that was handed to the zygote, for a keeper, and wait until it is there.
    Raises `OSError` and `EOFError`."""
    connection.settimeout(timeout_s)
    connection.sendall(wire.KEEP)
    wire.receive(connection)


def begin(connection: socket.socket, limits: Limits, files: Sequence[int]) -> None:
    """Hand the files of an evaluation to a keeper. Raises `OSError`."""
    cpu_s = -1.0 if limits.cpu_s is None else limits.cpu_s
    order = ORDER.pack(BEGIN, limits.wall_s, cpu_s, limits.memory_bytes)
    socket.send_fds(connection, [order], files)


def end(connection: socket.socket, word: bytes, timeout_s: float) -> tuple[bytes, int, float]:
    """Say `END` or `KILL` of the evaluation, and hear how it ended. Raises `OSError` and
    `EOFError`."""
    connection.settimeout(timeout_s)
    # It may have ended meanwhile, and then its keeper passes over this.
    connection.sendall(ORDER.pack(word, 0.0, 0.0, 0))
    said = connection.recv(ENDING.size, socket.MSG_WAITALL)
    if len(said) < ENDING.size:
        raise EOFError("the keeper is gone")
    how, status, seconds = ENDING.unpack(said)
    return how, status, seconds
