"""Landlock: which files a process may touch at all, from now on and for good.

It covers opening, listing, making and removing, TCP from Linux 6.7 on, and signals and abstract
sockets to outside from 6.12 on. It does not cover chmod, chown, timestamps, extended attributes
and `stat`; seccomp refuses all but the last.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from optwright.solvers.sandbox import libc
from optwright.solvers.sandbox.syscalls import this_machine

# linux/landlock.h
CREATE_RULESET_VERSION = 1
PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
MAKE_DIR, MAKE_REG, MAKE_SYM = 1 << 7, 1 << 8, 1 << 12
REFER, TRUNCATE = 1 << 13, 1 << 14
FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many rights each version of the ABI has
BOTH_TCP = 0b11  # bind and connect
BOTH_SCOPES = 0b11  # abstract unix sockets and signals

READ = READ_FILE | READ_DIR
WRITE = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE
OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE


def abi() -> int:
    """The version of Landlock here. Raises `OSError` if there is none or it is switched off."""
    return libc.syscall("landlock_create_ruleset", None, 0, CREATE_RULESET_VERSION)


def why_missing() -> str:
    """Why there is no Landlock here, or nothing if there is."""
    if not libc.LINUX:
        return "needs Linux"
    if this_machine() is None:
        return "no table of system calls for this machine"
    try:
        return "" if abi() >= 1 else "switched off"
    except OSError as error:
        return f"{error} (needs Linux 5.13 or later with Landlock among its security modules)"


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this process these files, and what is beneath them, and nothing else: no TCP, no
    signal to outside. Raises `OSError`. no_new_privs has to be set before."""
    version = abi()
    handled = (1 << FS_BITS[min(version, 5)]) - 1
    rules = _ruleset(version, handled)
    try:
        for path in readable:
            _allow(rules, path, READ & handled)
        for path in writable:
            _allow(rules, path, (READ | WRITE) & handled)
        libc.syscall("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _ruleset(version: int, handled: int) -> int:
    attributes = struct.pack("QQQ", handled, BOTH_TCP, BOTH_SCOPES)
    known = 8 if version < 4 else 16 if version < 6 else 24
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return libc.syscall("landlock_create_ruleset", buffer, known, 0)


def _allow(rules: int, path: str, rights: int) -> None:
    if not os.path.isdir(path):
        rights &= OF_FILES
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd))
        libc.syscall("landlock_add_rule", rules, PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)
