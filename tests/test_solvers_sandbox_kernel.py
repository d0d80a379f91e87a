"""The seccomp filters, run by a small interpreter, for machines that this is not as well."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from optwright.solvers.sandbox import landlock, seccomp
from optwright.solvers.sandbox.syscalls import MACHINES, NEWEST, Machine

PID = 4711
ALLOWED = "allowed"
KILLED = "killed"
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(machine: Machine, number: int, *arguments: int, audit: int | None = None) -> str | int:
    """What the filter says to a call: allowed, killed, or the error number."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack(
        "=IIQ6Q", number, machine.audit if audit is None else audit, 0, *(w % 2**64 for w in words)
    )
    code = seccomp.program(machine, PID)
    program = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, constant = program[at]
        at += 1
        if operation == seccomp.RETURN:
            named = {seccomp.ALLOW: ALLOWED, seccomp.KILL_PROCESS: KILLED}
            return named.get(constant) or int(constant) & 0xFFFF
        if operation == seccomp.LOAD:
            (accumulator,) = struct.unpack_from("=I", data, constant)
            continue
        holds = {
            seccomp.JUMP_EQUAL: accumulator == constant,
            seccomp.JUMP_GREATER: accumulator > constant,
            seccomp.JUMP_ANY_BIT: bool(accumulator & constant),
        }[operation]
        at += if_true if holds else if_false


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> Machine:
    return MACHINES[request.param]


def test_every_denied_call_is_refused(machine: Machine) -> None:
    for name in seccomp.DENIED:
        if name in machine.numbers:
            assert answer(machine, machine.numbers[name]) == errno.EPERM, name


def test_attributes_of_files_are_not_to_be_had(machine: Machine) -> None:
    for name in seccomp.ATTRIBUTES:
        assert answer(machine, machine.numbers[name]) == errno.EOPNOTSUPP, name


def test_every_denied_call_is_in_some_table() -> None:
    known = {name for machine in MACHINES.values() for name in machine.numbers}
    assert {*seccomp.DENIED, *seccomp.ATTRIBUTES} <= known


def test_only_calls_that_old_tables_alone_have_are_missing_for_arm() -> None:
    missing = set(seccomp.DENIED) - set(MACHINES["aarch64"].numbers)
    assert missing == {
        "fork",
        "vfork",
        "chmod",
        "chown",
        "lchown",
        "utime",
        "utimes",
        "futimesat",
        "mknod",
        "inotify_init",
        "create_module",
        "iopl",
        "ioperm",
        "modify_ldt",
        "uselib",
        "ustat",
        "sysfs",
        "_sysctl",
        "uretprobe",
        "uprobe",
    }


def test_threads_may_be_made_and_processes_may_not(machine: Machine) -> None:
    clone, clone3 = machine.numbers["clone"], machine.numbers["clone3"]
    thread = 0x3D0F00  # what glibc's pthread_create passes
    assert answer(machine, clone, thread) == ALLOWED
    assert answer(machine, clone, 17) == errno.EPERM
    assert answer(machine, clone, thread & ~seccomp.CLONE_THREAD) == errno.EPERM
    assert answer(machine, clone3) == errno.ENOSYS


def test_signals_go_to_oneself_only(machine: Machine) -> None:
    for name in ("kill", "tgkill"):
        call = machine.numbers[name]
        assert answer(machine, call, PID) == ALLOWED
        for other in (PID + 1, 0, -1, -PID, 1):
            assert answer(machine, call, other) == errno.EPERM
        assert answer(machine, call, PID + (7 << 32)) == ALLOWED  # the kernel reads 32 bits


def test_limits_may_be_set_for_oneself_only(machine: Machine) -> None:
    call = machine.numbers["prlimit64"]
    assert answer(machine, call, 0) == ALLOWED
    assert answer(machine, call, PID + 1) == errno.EPERM


def test_files_may_not_signal_strangers(machine: Machine) -> None:
    fcntl = machine.numbers["fcntl"]
    assert answer(machine, fcntl, 5, 4) == ALLOWED  # F_SETFL
    for command in seccomp.FCNTL_DENIED:
        assert answer(machine, fcntl, 5, command) == errno.EPERM


def test_the_tie_to_the_keeper_cannot_be_cut(machine: Machine) -> None:
    prctl = machine.numbers["prctl"]
    assert answer(machine, prctl, 15) == ALLOWED  # PR_SET_NAME
    for option in seccomp.PRCTL_DENIED:
        assert answer(machine, prctl, option) == errno.EPERM


def test_what_is_newer_or_foreign_does_not_pass(machine: Machine) -> None:
    for number in (NEWEST + 1, 999, 0x40000000 + 57, 0xFFFFFFFF):
        assert answer(machine, number) == errno.ENOSYS
    assert answer(machine, 0, audit=0x40000003) == KILLED  # i386
    assert answer(machine, 0, audit=0x40000028) == KILLED  # 32-bit arm


def test_ordinary_calls_pass() -> None:
    x86 = {"read": 0, "write": 1, "openat": 257, "mmap": 9, "brk": 12, "futex": 202, "exit": 60}
    arm = {"read": 63, "write": 64, "openat": 56, "mmap": 222, "brk": 214, "futex": 98, "exit": 93}
    for machine, calls in ((MACHINES["x86_64"], x86), (MACHINES["aarch64"], arm)):
        assert {name: answer(machine, number) for name, number in calls.items()} == dict.fromkeys(
            calls, ALLOWED
        )


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_the_numbers_are_the_kernels(name: str) -> None:
    header = HEADERS[name]
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    kernel = {call: int(number) for call, number in defined}
    newer_than_the_header = {"uretprobe", "uprobe"}
    ours = MACHINES[name].numbers
    assert {c: n for c, n in ours.items() if c not in newer_than_the_header} == {
        c: kernel[c] for c in ours if c not in newer_than_the_header
    }


def test_landlock_names_its_reason_or_has_a_version() -> None:
    if why := landlock.why_missing():
        assert "Linux" in why or "machine" in why
    else:
        assert landlock.abi() >= 1
