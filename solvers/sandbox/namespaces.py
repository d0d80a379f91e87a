"""Namespaces: a file system with nothing in it but what a candidate needs, and nobody else.

The zygote enters user (unless root), mount, network, IPC and UTS namespaces once and makes a
small read-only root of its own; each job adds a pid namespace and a temp directory of its own.
Docker's default profile and Ubuntu 24.04 refuse them; `why_missing` asks in a child.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from optwright.solvers.sandbox import libc

# linux/sched.h, linux/mount.h
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000

JOB_DIR = "/job"
JOB_BYTES = 64 << 20
JOB_FILES = 4096
# Covered by the new root while it is made: it is there on every Linux, nothing we bind lies
# beneath it, and so no directory has to be made outside.
STAGE = "/proc"


def enter(readable: Iterable[str]) -> None:
    """Move this process into namespaces of its own, with a root that holds `readable` alone.

    Raises `OSError`, possibly half way: try it in a child first.
    """
    spaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET
    if os.geteuid() == 0:
        libc.syscall("unshare", spaces)
    else:
        _unshare_user(spaces)
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for path in readable:
        _bind(path)
    os.mkdir(STAGE + JOB_DIR)
    _copy_links()
    os.chdir(STAGE)
    libc.syscall("pivot_root", b".", b".")
    libc.syscall("umount2", b".", MNT_DETACH)
    os.chdir("/")
    _protect("/", ATTR_RDONLY | ATTR_NOSUID, recursive=False)


def _unshare_user(spaces: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    libc.syscall("unshare", CLONE_NEWUSER | spaces)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _bind(path: str) -> None:
    """Show a file or directory at its own place in the new root, read-only."""
    target = STAGE + path
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
        attributes = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
        attributes = ATTR_RDONLY | ATTR_NOSUID  # /dev/null is one of them
    _mount(path, target, None, MS_BIND | MS_REC)
    _protect(target, attributes, recursive=True)


def _copy_links() -> None:
    """Keep `/lib` a link to `usr/lib`: the loader's cache names libraries that way."""
    for entry in os.scandir("/"):
        target = STAGE + entry.path
        if entry.is_symlink() and not os.path.lexists(target):
            os.symlink(os.readlink(entry.path), target)


def isolate_pids() -> None:
    """Give the next child of this process a pid namespace, in which it is the first."""
    libc.syscall("unshare", CLONE_NEWPID)


def mount_job_dir(owner: int | None) -> None:
    """Give this process an empty writable directory that nobody else sees and that goes with
    it: 64 MiB, 4096 files."""
    libc.syscall("unshare", CLONE_NEWNS)
    whose = "" if owner is None else f",uid={owner},gid={owner}"
    options = f"size={JOB_BYTES},nr_inodes={JOB_FILES},mode=700{whose}"
    _mount("tmpfs", JOB_DIR, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


def why_missing(readable: Iterable[str]) -> str:
    """Why namespaces are refused here, or nothing if they are not. Tried in a child."""
    if not libc.LINUX:
        return "needs Linux"
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _try(readable, write)
    os.close(write)
    with open(read, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return said or ("" if status == 0 else "the child that tried them died")


def _try(readable: Iterable[str], report: int) -> None:
    try:
        enter(readable)
        isolate_pids()
        if (pid := os.fork()) == 0:
            mount_job_dir(None)
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    except BaseException as error:  # noqa: BLE001  # a fork must never return to its parent's work
        os.write(report, str(error).encode())
        os._exit(1)


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = (None if word is None else word.encode() for word in (source, target, kind))
    where, onto, what = words
    libc.syscall("mount", where, onto, what, flags, None if options is None else options.encode())


def _protect(path: str, attributes: int, *, recursive: bool) -> None:
    """Add mount attributes to a mount, and to those beneath it."""
    request = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    libc.syscall("mount_setattr", AT_FDCWD, path.encode(), flags, request, len(request))
