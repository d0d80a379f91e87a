"""A seccomp filter that leaves a candidate reading, computing and writing to the pipes it has.

It is a deny-list with an upper end: the system calls below are refused, so is every number that
is newer than the list, and a call of a foreign architecture kills. It does not look at paths;
what files may be opened is Landlock's to say.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Callable, Iterable
from functools import cache

from optwright.solvers.sandbox import libc
from optwright.solvers.sandbox.syscalls import NEWEST, Machine, this_machine

PROCESSES = "fork vfork execve execveat setsid setpgid"
NETWORK = "socket socketpair connect bind listen accept accept4"
OTHER_PROCESSES = """ptrace process_vm_readv process_vm_writev process_madvise process_mrelease
    pidfd_open pidfd_getfd pidfd_send_signal kcmp tkill rt_sigqueueinfo rt_tgsigqueueinfo
    setpriority ioprio_set sched_setattr sched_setscheduler sched_setparam sched_setaffinity
    migrate_pages move_pages get_robust_list"""
# Landlock has no say over these: they change files that may not even be opened.
METADATA = """chmod fchmod fchmodat chown fchown lchown fchownat setxattr lsetxattr fsetxattr
    removexattr lremovexattr fremovexattr utime utimes futimesat utimensat truncate mknod mknodat
    inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark"""
# They read what is said of files that may not be opened; "not supported here", as programs expect.
ATTRIBUTES = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr".split()
IDENTITY = """setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid
    capset personality"""
KERNEL = """mount umount2 pivot_root chroot unshare setns fsopen fsconfig fsmount fspick open_tree
    move_mount mount_setattr open_by_handle_at name_to_handle_at swapon swapoff reboot kexec_load
    kexec_file_load init_module finit_module delete_module create_module bpf perf_event_open
    userfaultfd io_uring_setup io_uring_enter io_uring_register io_setup io_submit io_getevents
    io_destroy io_cancel io_pgetevents keyctl add_key request_key acct quotactl quotactl_fd syslog
    lookup_dcookie nfsservctl vhangup iopl ioperm modify_ldt sethostname setdomainname
    settimeofday clock_settime clock_adjtime adjtimex uselib ustat sysfs _sysctl uretprobe uprobe
    mbind set_mempolicy set_mempolicy_home_node splice vmsplice tee remap_file_pages"""
# Memory that outlives the process or is not counted by its limits.
SHARED_MEMORY = """shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semctl
    semtimedop mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr memfd_create
    memfd_secret mlock mlock2 mlockall"""
DENIED = " ".join(
    (PROCESSES, NETWORK, OTHER_PROCESSES, METADATA, IDENTITY, KERNEL, SHARED_MEMORY)
).split()

FORKS = ("fork", "vfork")

CLONE_THREAD = 0x10000
# F_SETOWN, F_SETSIG, F_SETOWN_EX: a file that sends signals to whom one likes.
FCNTL_DENIED = (8, 10, 15)
# PDEATHSIG, DUMPABLE, KEEPCAPS, SECUREBITS, MM, CHILD_SUBREAPER, PTRACER
PRCTL_DENIED = (1, 4, 8, 28, 35, 36, 0x59616D61)

# seccomp(2), its filter's answers, and classic BPF (linux/seccomp.h, linux/bpf_common.h)
SET_MODE_FILTER, FLAG_TSYNC, GET_ACTION_AVAIL = 1, 1, 2
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_GREATER, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


Limited = Iterable[Instruction]


def program(machine: Machine, pid: int) -> bytes:
    """The filter, for a process that will have this pid, as the kernel reads it."""
    return _assembled(machine, (*_denied(machine, DENIED), *_kept_to_itself(machine, pid)))


def keeper_program(machine: Machine) -> bytes:
    """The filter of a process that may fork and end what it forked, and else as little as they:
    its children put `child_program` on top of it."""
    denied = [name for name in DENIED if name not in FORKS]
    return _assembled(machine, _denied(machine, denied))


def child_program(machine: Machine) -> bytes:
    """What `keeper_program` lacks to be `program`, but that no signal can be sent at all: so it is
    the same for every child and is made once."""
    alone = [
        *_when(machine, "clone", 0, JUMP_ANY_BIT, (CLONE_THREAD,), allowed=True),
        *_when(machine, "prctl", 0, JUMP_EQUAL, PRCTL_DENIED, allowed=False),
    ]
    return _assembled(machine, (*_denied(machine, (*FORKS, "kill", "tgkill")), *alone))


def _assembled(machine: Machine, rules: Limited) -> bytes:
    instructions = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, machine.audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (JUMP_GREATER, 0, 1, NEWEST),  # x32 numbers are far above it
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),
        # glibc falls back to clone, whose flags a filter can see.
        (JUMP_EQUAL, 0, 1, machine.numbers["clone3"]),
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),
        *rules,
        *_denied(machine, ATTRIBUTES, errno.EOPNOTSUPP),
        *_when(machine, "prlimit64", 0, JUMP_EQUAL, (0,), allowed=True),
        *_when(machine, "fcntl", 1, JUMP_EQUAL, FCNTL_DENIED, allowed=False),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def _kept_to_itself(machine: Machine, pid: int) -> Limited:
    """No process but this one: none made, none signalled."""
    yield from _when(machine, "clone", 0, JUMP_ANY_BIT, (CLONE_THREAD,), allowed=True)
    yield from _when(machine, "kill", 0, JUMP_EQUAL, (pid,), allowed=True)
    yield from _when(machine, "tgkill", 0, JUMP_EQUAL, (pid,), allowed=True)
    yield from _when(machine, "prctl", 0, JUMP_EQUAL, PRCTL_DENIED, allowed=False)


def _denied(machine: Machine, names: Iterable[str], answer: int = errno.EPERM) -> Limited:
    for name in names:
        if name in machine.numbers:  # arm64 never had fork, chmod and their like
            yield (JUMP_EQUAL, 0, 1, machine.numbers[name])
            yield (RETURN, 0, 0, ERRNO | answer)


def _when(
    machine: Machine, call: str, argument: int, test: int, values: tuple[int, ...], *, allowed: bool
) -> list[Instruction]:
    """Return from a call by the low word of one argument: `allowed` if it passes the test with
    one of the values, else the opposite. The high word does not count: all of these are ints,
    and the kernel looks at no more of them either."""
    answers = (ALLOW, ERRNO | errno.EPERM)
    fits, other = answers if allowed else answers[::-1]
    tests = [(test, len(values) - i, 0, value) for i, value in enumerate(values)]
    body = [
        (LOAD, 0, 0, FIRST_ARGUMENT + 8 * argument),
        *tests,
        (RETURN, 0, 0, other),
        (RETURN, 0, 0, fits),
    ]
    return [(JUMP_EQUAL, 0, len(body), machine.numbers[call]), *body]


@cache
def _program_here(pid: int) -> bytes:
    machine = this_machine()
    assert machine is not None  # `why_missing` was asked first
    return program(machine, pid)


def warm_up() -> None:
    """Assemble the filter for pid 1, which every candidate in a pid namespace has."""
    _program_here(1)


def apply(pid: int) -> None:
    """Put the filter on this process, whose pid it is, for good. Raises `OSError`.

    no_new_privs has to be set before.
    """
    install(_program_here(pid))


def apply_to_keeper() -> None:
    """Put the filter on a process that forks candidates, for good. Raises `OSError`.

    no_new_privs has to be set before.
    """
    machine = this_machine()
    assert machine is not None  # `why_missing` was asked first
    install(keeper_program(machine))


def prepared_for_child() -> Callable[[], object]:
    """What completes the filter on a child of the keeper that calls this. Raises `OSError` when
    it is called."""
    machine = this_machine()
    assert machine is not None  # `why_missing` was asked first
    fprog, code = _fprog(child_program(machine))
    put_on = libc.prepared_syscall("seccomp", SET_MODE_FILTER, 0, fprog)
    _KEPT.append(code)
    return put_on


_KEPT: list[object] = []
"""Filters that a prepared call points to."""


def install(code: bytes) -> None:
    """Put any filter on this process. Raises `OSError`."""
    fprog, _code = _fprog(code)
    libc.syscall("seccomp", SET_MODE_FILTER, FLAG_TSYNC, fprog)


def _fprog(code: bytes) -> tuple[ctypes.Array[ctypes.c_char], ctypes.Array[ctypes.c_char]]:
    buffer = ctypes.create_string_buffer(code, len(code))
    fprog = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    return ctypes.create_string_buffer(fprog), buffer


def why_missing() -> str:
    """Why there is no seccomp here, or nothing if there is."""
    if not libc.LINUX:
        return "needs Linux"
    if this_machine() is None:
        return "no table of system calls for this machine"
    try:
        action = ctypes.create_string_buffer(struct.pack("I", ERRNO))
        libc.syscall("seccomp", GET_ACTION_AVAIL, 0, action)
    except OSError as error:
        return str(error)
    return ""
