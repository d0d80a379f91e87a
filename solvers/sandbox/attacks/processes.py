"""Attacks by and on processes: making them, staying behind, signalling and reading others."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def mark(trap: dict[str, Any], letter: str = "") -> None:
    """Give this process a name that the parent looks for, and time to be seen."""
    ctypes.CDLL(None).prctl(15, (trap["marker"] + letter).encode())
    time.sleep(0.25)


def fork_fifty(trap: dict[str, Any]) -> None:
    """fork fifty times"""
    for _ in range(50):
        if os.fork() == 0:
            mark(trap)
            os._exit(0)
    time.sleep(0.3)


def start_a_shell(trap: dict[str, Any]) -> None:
    """start a shell that writes a file"""
    place = trap["places"][0]
    with contextlib.suppress(OSError):
        subprocess.run(["/bin/sh", "-c", f"echo x > {place}/{trap['marker']}"], check=False)
    os.execv("/bin/sh", ["sh", "-c", f"echo x > {place}/{trap['marker']}"])


def system_by_ctypes(trap: dict[str, Any]) -> None:
    """call system() and posix_spawn through ctypes"""
    command = f"echo x > {trap['places'][0]}/{trap['marker']}"
    ctypes.CDLL(None).system(command.encode())
    os.posix_spawn("/bin/sh", ["sh", "-c", command], {})


def walk_subclasses(trap: dict[str, Any]) -> None:
    """find Popen among the subclasses of object, and use it"""
    for kind in object.__subclasses__():
        if kind.__name__ == "Popen":
            kind(["/bin/sh", "-c", f"echo x > {trap['places'][0]}/{trap['marker']}"])  # type: ignore[call-arg]  # it is subprocess.Popen


def leave_a_daemon(trap: dict[str, Any]) -> None:
    """fork twice and stay behind"""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            mark(trap)
            time.sleep(2)
        os._exit(0)


def leave_a_child_on_the_pipe(trap: dict[str, Any]) -> None:
    """leave a child that holds the pipes open"""
    if os.fork() == 0:
        mark(trap)
        time.sleep(2)
        os._exit(0)


def clone_by_raw_calls(trap: dict[str, Any]) -> None:
    """make a process with clone, clone3 and vfork by number"""
    libc = ctypes.CDLL(None)
    arguments = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
    old = ((56, 17, 0), (58,)) if platform.machine() == "x86_64" else ((220, 17, 0),)
    for call in ((435, arguments, 88), *old):
        if libc.syscall(*call) == 0:
            mark(trap)
            os._exit(0)


def start_two_thousand_threads(trap: dict[str, Any]) -> None:
    """start 2,000 threads with small stacks"""
    import threading

    threading.stack_size(64 << 10)
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()


def signal_others(trap: dict[str, Any]) -> None:
    """send a signal to a process outside in six ways"""
    libc = ctypes.CDLL(None)
    pid, urgent = trap["canary"], int(signal.SIGURG)
    libc.kill(pid, urgent)
    libc.killpg(os.getpgid(0), urgent)
    for numbers in ((200, 234), (130, 131)):  # tkill, tgkill
        libc.syscall(numbers[0], pid, urgent)
        libc.syscall(numbers[1], pid, pid, urgent)
    libc.sigqueue(pid, urgent, 0)
    libc.pidfd_send_signal(libc.pidfd_open(pid, 0), urgent, 0, 0)


def signal_everybody(trap: dict[str, Any]) -> None:
    """signal every process there is"""
    os.kill(-1, signal.SIGURG)


def signal_by_file_owner(trap: dict[str, Any]) -> None:
    """have a pipe's owner signalled, and name an outsider as owner"""
    import fcntl

    read, write = os.pipe()
    fcntl.fcntl(read, 10, int(signal.SIGURG))  # F_SETSIG
    fcntl.fcntl(read, 8, trap["canary"])  # F_SETOWN
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")


def kill_the_keepers(trap: dict[str, Any]) -> None:
    """kill the supervisor and the fork server"""
    for pid in (os.getppid(), trap["zygote"]):
        if pid:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def stop_own_group(trap: dict[str, Any]) -> None:
    """stop one's own process group"""
    with contextlib.suppress(OSError):
        os.killpg(0, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)


def limit_others(trap: dict[str, Any]) -> None:
    """change limits, priority and CPUs of a process outside"""
    pid = trap["canary"]
    for way in (
        lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (7, 7)),
        lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
        lambda: os.sched_setaffinity(pid, {0}),
    ):
        with contextlib.suppress(OSError):
            way()


def trace_others(trap: dict[str, Any]) -> list[str]:
    """attach to processes outside, and read their memory"""
    libc = ctypes.CDLL(None)
    got = []
    for pid in (trap["canary"], os.getppid(), trap["main"]):
        libc.ptrace(16, pid, 0, 0)  # PTRACE_ATTACH
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{pid}/maps").read_text()
            got.append(f"{trap['token']} {maps}")
    return got


def read_memory_of_others(trap: dict[str, Any]) -> str:
    """process_vm_readv on the fork server, which lies where we lie"""
    libc = ctypes.CDLL(None)
    theirs, ours = ctypes.create_string_buffer(b"x" * 64), ctypes.create_string_buffer(64)
    local = (ctypes.c_uint64 * 2)(ctypes.addressof(ours), 64)
    remote = (ctypes.c_uint64 * 2)(ctypes.addressof(theirs), 64)
    for pid in (trap["zygote"], os.getppid()):
        if pid and libc.process_vm_readv(pid, local, 1, remote, 1, 0) > 0:
            return str(trap["token"])
    return ""


def steal_files_by_pidfd(trap: dict[str, Any]) -> str:
    """take an open file out of another process"""
    libc = ctypes.CDLL(None)
    for pid in (trap["canary"], trap["zygote"], os.getppid()):
        fd = libc.syscall(434, pid, 0)
        if fd >= 0 and libc.syscall(438, fd, 0, 0) >= 0:
            return str(trap["token"])
    return ""


def use_leaked_files(trap: dict[str, Any]) -> None:
    """look for open files that were left over"""
    mark(trap, "L")


def become_root(trap: dict[str, Any]) -> None:
    """take back uid 0 and capabilities"""
    libc = ctypes.CDLL(None)
    libc.setresuid(0, 0, 0)
    libc.syscall(117, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6))
    mark(trap, "L")


def raise_own_limits(trap: dict[str, Any]) -> None:
    """raise one's own limits"""
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    mark(trap, "L")


def outlive_the_keeper(trap: dict[str, Any]) -> None:
    """take off the signal that comes when the supervisor dies, then never end"""
    libc = ctypes.CDLL(None)
    if libc.prctl(1, 0, 0, 0, 0) == 0 and os.getppid():
        with contextlib.suppress(OSError):
            os.kill(os.getppid(), signal.SIGKILL)
        mark(trap)
        time.sleep(2)


def scan_own_heap(trap: dict[str, Any]) -> list[str]:
    """look for keys among all objects and modules one was born with"""
    import gc

    dicts = [o for o in gc.get_objects() if type(o) is dict]
    dicts += [vars(module) for module in list(sys.modules.values()) if module]
    texts = [v for o in dicts for v in list(o.values()) if isinstance(v, str)]
    return [text[:200] for text in texts if "sk-" in text][:50]


def read_own_memory(trap: dict[str, Any]) -> str:
    """open one's own memory for writing, which goes past page protections"""
    with open("/proc/self/mem", "r+b", buffering=0):
        return str(trap["token"])


def run_a_file_in_memory(trap: dict[str, Any]) -> str:
    """run a script out of memory: memfd_create, fexecve and execveat"""
    libc = ctypes.CDLL(None)
    script = f"#!/bin/sh\necho x > {trap['places'][0]}/{trap['marker']}\n".encode()
    fd = libc.memfd_create(b"x", 0)
    if fd >= 0:
        os.write(fd, script)
        with contextlib.suppress(OSError):
            os.execve(fd, ["x"], {})
        return str(trap["token"])
    shell = os.open("/bin/sh", os.O_RDONLY)
    words = (ctypes.c_char_p * 4)(b"sh", b"-c", script.split(b"\n")[1], None)
    at_empty_path = 0x1000
    number = 322 if platform.machine() == "x86_64" else 281
    libc.syscall(number, shell, b"", words, None, at_empty_path)
    os.execve(shell, ["sh", "-c", script.decode().splitlines()[1]], {})
    return ""


def run_a_file_of_ones_own(trap: dict[str, Any]) -> None:
    """write a script, and have the kernel, the shell and the loader run it"""
    script = Path("script")
    script.write_text(f"#!/bin/sh\necho x > {trap['places'][0]}/{trap['marker']}\n")
    with contextlib.suppress(OSError):
        script.chmod(0o700)
    here, loaders = str(script.absolute()), Path("/lib64").glob("ld-*")
    for command in ([here], ["/bin/sh", here], *([str(path), "/bin/sh", here] for path in loaders)):
        with contextlib.suppress(OSError):
            os.execv(command[0], command)


def signal_by_every_owner(trap: dict[str, Any]) -> None:
    """name an outsider as owner of files, sockets, leases, watches and timers that signal"""
    import fcntl
    import struct

    pid, urgent = trap["canary"], int(signal.SIGURG)
    read, write = os.pipe()
    owner = struct.pack("ii", 1, pid)  # F_OWNER_PID
    for command, value in ((10, urgent), (8, pid), (8, -pid), (15, owner)):
        with contextlib.suppress(OSError):
            fcntl.fcntl(read, command, value)
    for request in (0x8901, 0x8902):  # FIOSETOWN, SIOCSPGRP
        with contextlib.suppress(OSError):
            fcntl.ioctl(read, request, struct.pack("i", pid))
    with contextlib.suppress(OSError):
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")
    with contextlib.suppress(OSError):
        here = os.open(".", os.O_RDONLY)
        fcntl.fcntl(here, 8, pid)
        fcntl.fcntl(here, fcntl.F_NOTIFY, fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
        Path("noticed").touch()
    libc = ctypes.CDLL(None)
    event = struct.pack("Qiii", 0, urgent, 4, pid) + bytes(44)  # SIGEV_THREAD_ID
    timer = ctypes.c_int()
    number = 222 if platform.machine() == "x86_64" else 107
    if libc.syscall(number, 1, event, ctypes.byref(timer)) == 0:
        soon = struct.pack("qqqq", 0, 0, 0, 1)
        libc.syscall(number + 1 if number == 222 else 110, timer, 0, soon, 0)
        time.sleep(0.1)
