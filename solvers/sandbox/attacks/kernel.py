"""Attacks on the kernel's interfaces: namespaces, foreign system call tables, odd corners."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
from typing import Any


def call_machine_code(code: bytes) -> int:
    """Run these instructions as a function."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return int(function())


def mark_if_child(trap: dict[str, Any], pid: int) -> None:
    """In a child, take the name that the parent looks for, and end."""
    if pid == 0:
        import time

        ctypes.CDLL(None).prctl(15, trap["marker"].encode())
        time.sleep(0.25)
        os._exit(0)


def fork_through_x32(trap: dict[str, Any]) -> None:
    """fork by the x32 table of x86-64"""
    if platform.machine() == "x86_64":
        mark_if_child(trap, ctypes.CDLL(None).syscall(0x40000000 + 57))


def fork_through_i386(trap: dict[str, Any]) -> None:
    """fork by int 0x80, the table of 32-bit x86"""
    if platform.machine() == "x86_64":
        # push rbx; mov eax, 2; int 0x80; pop rbx; ret
        mark_if_child(trap, call_machine_code(b"\x53\xb8\x02\0\0\0\xcd\x80\x5b\xc3"))


def new_user_namespace(trap: dict[str, Any]) -> str:
    """become root in a new user namespace"""
    libc = ctypes.CDLL(None)
    return str(trap["token"]) if libc.unshare(0x10000000) == 0 else ""


def enter_namespaces(trap: dict[str, Any]) -> str:
    """join the namespaces of a process outside"""
    libc = ctypes.CDLL(None)
    fd = os.open(f"/proc/{trap['canary']}/ns/net", os.O_RDONLY)
    return str(trap["token"]) if libc.setns(fd, 0) == 0 else ""


def use_io_uring(trap: dict[str, Any]) -> str:
    """set up io_uring, which does system calls that no filter sees"""
    parameters = ctypes.create_string_buffer(120)
    fd = ctypes.CDLL(None).syscall(425, 4, parameters)
    return str(trap["token"]) if fd >= 0 else ""


def mount_something(trap: dict[str, Any]) -> str:
    """mount a file system, with the old call and the new"""
    libc = ctypes.CDLL(None)
    done = libc.mount(b"none", b".", b"tmpfs", 0, None) == 0
    return str(trap["token"]) if done or libc.syscall(430, b"tmpfs", 0) >= 0 else ""


def change_root(trap: dict[str, Any]) -> str:
    """chroot and pivot_root"""
    libc = ctypes.CDLL(None)
    done = libc.chroot(b"/") == 0 or libc.syscall(155, b".", b".") == 0
    return str(trap["token"]) if done else ""


def leave_shared_memory(trap: dict[str, Any]) -> str:
    """leave shared memory and message queues behind"""
    libc = ctypes.CDLL(None)
    made = (libc.shmget(0, 1 << 20, 0o1666), libc.msgget(0, 0o1666), libc.memfd_create(b"x", 0))
    return str(trap["token"]) if max(made) >= 0 else ""


def load_code_into_the_kernel(trap: dict[str, Any]) -> str:
    """bpf, perf, userfaultfd, modules, key rings"""
    libc = ctypes.CDLL(None)
    x86 = platform.machine() == "x86_64"
    for number in (321, 298, 323, 175, 250) if x86 else (280, 241, 282, 105, 219):
        if libc.syscall(number, 0, ctypes.create_string_buffer(256), 128) >= 0:
            return f"{trap['token']} {number}"
    return ""


def open_by_handle(trap: dict[str, Any]) -> str:
    """get a file's handle and open it past all paths"""
    libc = ctypes.CDLL(None)
    handle = ctypes.create_string_buffer((64).to_bytes(4, "little") + bytes(132))
    where = ctypes.c_int()
    found = libc.name_to_handle_at(-100, b"/", handle, ctypes.byref(where), 0)
    return str(trap["token"]) if found == 0 else ""


def use_new_calls(trap: dict[str, Any]) -> str:
    """call everything newer than this sandbox"""
    libc = ctypes.CDLL(None, use_errno=True)
    not_there = 38
    for number in range(451, 600):
        ctypes.set_errno(0)
        libc.syscall(number, -1, -1, -1, -1, -1, -1)
        if ctypes.get_errno() != not_there:
            return f"{trap['token']} {number}"
    return ""


def use_io_uring_by_its_other_calls(trap: dict[str, Any]) -> str:
    """enter and register io_uring on every file one was born with"""
    libc = ctypes.CDLL(None, use_errno=True)
    not_allowed, not_there = 1, 38
    for number, fd in [(number, fd) for number in (426, 427) for fd in range(-1, 16)]:
        ctypes.set_errno(0)
        libc.syscall(number, fd, 0, 0, 0, 0, 0)
        if ctypes.get_errno() not in (not_allowed, not_there):
            return f"{trap['token']} {number}"
    return ""


def fault_in_user_space(trap: dict[str, Any]) -> str:
    """get a userfaultfd, by its call and by its device"""
    libc = ctypes.CDLL(None)
    number = 323 if platform.machine() == "x86_64" else 282
    for flags in (0, 1, 0o2000000 | 0o4000 | 1):  # alone, for user mode, as libraries ask
        if libc.syscall(number, flags) >= 0:
            return str(trap["token"])
    fd = os.open("/dev/userfaultfd", os.O_RDWR)
    return str(trap["token"]) if libc.ioctl(fd, 0xAA00, 0) >= 0 else ""


def build_a_mount(trap: dict[str, Any]) -> str:
    """open, configure, pick, clone, move and change mounts by the new calls"""
    libc = ctypes.CDLL(None)
    clone_tree, attributes = 1, ctypes.create_string_buffer(32)
    calls = (
        (428, -100, b"/", clone_tree),  # open_tree
        (429, -100, b"/", -100, b".", 0),  # move_mount
        (430, b"proc", 0),  # fsopen
        (431, 0, 0, b"source", b"none", 0),  # fsconfig
        (432, 0, 0, 0),  # fsmount
        (433, -100, b"/", 0),  # fspick
        (442, -100, b"/", 0, attributes, 32),  # mount_setattr
    )
    done = [call[0] for call in calls if libc.syscall(*call) >= 0]
    return f"{trap['token']} {done}" if done else ""


def enter_every_namespace(trap: dict[str, Any]) -> str:
    """join namespaces of the parent and of a process outside, by files and by pidfd"""
    libc = ctypes.CDLL(None)
    every = 0x7E020080  # user, pid, net, uts, ipc, cgroup, mount, time
    for pid in (os.getppid(), trap["canary"], trap["zygote"], 1):
        fd = libc.syscall(434, pid, 0)  # pidfd_open
        if libc.syscall(308 if platform.machine() == "x86_64" else 268, fd, every) == 0:
            return str(trap["token"])
        for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"):
            try:
                file = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
            except OSError:
                continue
            if libc.setns(file, 0) == 0:
                return f"{trap['token']} {kind}"
    return ""


def read_the_kernels_log(trap: dict[str, Any]) -> str:
    """read what the kernel prints"""
    libc = ctypes.CDLL(None)
    if libc.klogctl(3, ctypes.create_string_buffer(4096), 4096) > 0:
        return str(trap["token"])
    with open("/dev/kmsg", "rb", buffering=0) as log:
        return f"{trap['token']} {log.read(100)!r}"
