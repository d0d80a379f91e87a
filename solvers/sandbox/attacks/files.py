"""Attacks on files: reading, writing, changing and filling what lies outside."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import mmap
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any


def read_passwd(trap: dict[str, Any]) -> str:
    """read /etc/passwd"""
    return Path("/etc/passwd").read_text()


def read_secret(trap: dict[str, Any]) -> list[str]:
    """read a file of the user in five ways"""
    import numpy as np
    from pyomo.dataportal import DataPortal

    path = trap["secret"]
    portal = DataPortal()
    ways: list[Callable[[], object]] = [
        lambda: Path(path).read_text(),
        lambda: bytes(np.fromfile(path, dtype="u1")),
        lambda: portal.load(filename=path) or portal.data(),
        lambda: mmap.mmap(os.open(path, os.O_RDONLY), 0, prot=mmap.PROT_READ).read(),
        lambda: subprocess.check_output(["cat", path]),
    ]
    got = []
    for way in ways:
        with contextlib.suppress(Exception):
            got.append(str(way()))
    return got


def read_secret_by_another_path(trap: dict[str, Any]) -> list[str]:
    """reach the same file through /proc, .. and links"""
    name = trap["secret"]
    got = []
    for path in (f"/proc/self/root{name}", f"/proc/self/cwd/../..{name}", f"/../..{name}"):
        with contextlib.suppress(OSError):
            got.append(Path(path).read_text())
    with contextlib.suppress(OSError):
        os.symlink(name, "link")
        got.append(Path("link").read_text())
    return got


def read_environments(trap: dict[str, Any]) -> list[str]:
    """read keys out of every environment in sight"""
    got = [str(dict(os.environ))]
    for pid in ("self", os.getppid(), trap["main"], trap["zygote"], trap["canary"]):
        with contextlib.suppress(OSError):
            got.append(Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace"))
    return got


def read_attributes(trap: dict[str, Any]) -> list[str]:
    """read the extended attributes of a file that may not be opened"""
    path = trap["secret"]
    names = [*os.listxattr(path), "user.optwright"]
    return [os.getxattr(path, name).decode(errors="replace") for name in names]


def list_processes(trap: dict[str, Any]) -> list[str]:
    """list /proc and read every command line"""
    got = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            got.append(Path(path).read_text())
    return got


def write_outside(trap: dict[str, Any]) -> None:
    """write a file in every usual place"""
    import numpy as np

    for place in trap["places"]:
        with contextlib.suppress(OSError):
            Path(place, trap["marker"]).write_text("here")
        with contextlib.suppress(OSError):
            np.zeros(1).tofile(f"{place}/{trap['marker']}")


def overwrite(trap: dict[str, Any]) -> None:
    """overwrite, truncate and delete a file of the user"""
    ways: list[Callable[[], object]] = [
        lambda: Path(trap["secret"]).write_text("gone"),
        lambda: os.truncate(trap["secret"], 0),
        lambda: os.remove(trap["secret"]),
    ]
    for way in ways:
        with contextlib.suppress(OSError):
            way()


def change_mode(trap: dict[str, Any]) -> None:
    """change mode, owner, times and attributes of a file outside"""
    path = trap["secret"]
    ways: list[Callable[[], object]] = [
        lambda: os.chmod(path, 0o777),
        lambda: os.chown(path, os.getuid(), -1),
        lambda: os.utime(path, (1, 1)),
        lambda: os.setxattr(path, "user.x", b"1"),
    ]
    for way in ways:
        with contextlib.suppress(OSError):
            way()


def change_mode_by_raw_calls(trap: dict[str, Any]) -> None:
    """chmod by system call number, old and new"""
    libc = ctypes.CDLL(None)
    path = trap["secret"].encode()
    libc.syscall(90, path, 0o777)  # chmod on x86-64
    for number in (268, 53, 452):  # fchmodat twice, fchmodat2
        libc.syscall(number, -100, path, 0o777, 0)


def rename_out(trap: dict[str, Any]) -> None:
    """rename a file of one's own to the outside, and one from there"""
    with contextlib.suppress(OSError):
        Path("mine").write_text("x")
        os.rename("mine", f"{trap['places'][0]}/{trap['marker']}")
    os.rename(trap["secret"], f"{trap['secret']}.{trap['marker']}")


def symlink_out(trap: dict[str, Any]) -> None:
    """make a symbolic link outside, and write through one of one's own"""
    with contextlib.suppress(OSError):
        os.symlink("/etc/passwd", f"{trap['places'][0]}/{trap['marker']}")
    os.symlink(trap["secret"], "link")
    Path("link").write_text("gone")


def hardlink(trap: dict[str, Any]) -> str:
    """hard-link the secret to here and read it, and link something outside"""
    with contextlib.suppress(OSError):
        os.link(trap["secret"], f"{trap['places'][0]}/{trap['marker']}")
    os.link(trap["secret"], "stolen")
    return Path("stolen").read_text()


def fill_the_disk(trap: dict[str, Any]) -> None:
    """write 200 MB wherever it can"""
    for place in (".", *trap["places"]):
        with contextlib.suppress(OSError):
            for i in range(8):
                Path(place, f"{trap['marker']}{i}").write_bytes(bytes(25 << 20))


def make_many_files(trap: dict[str, Any]) -> None:
    """make 20,000 empty files"""
    for place in (".", *trap["places"]):
        with contextlib.suppress(OSError):
            for i in range(20_000):
                Path(place, f"{trap['marker']}{i}").touch()


def read_devices(trap: dict[str, Any]) -> str:
    """open disks, memory, terminals and FUSE"""
    for pattern in ("/dev/[svn][dv]*", "/dev/mem", "/dev/kmsg", "/dev/tty*", "/dev/fuse"):
        for path in glob.glob(pattern):
            with contextlib.suppress(OSError), open(path, "r+b", buffering=0) as device:
                return f"{trap['token']} {device.name}"
    return ""


def read_sys(trap: dict[str, Any]) -> str:
    """read the machine's identity from /sys and /etc"""
    for path in ("/sys/kernel/notes", "/etc/machine-id", "/proc/cpuinfo", "/etc/hostname"):
        with contextlib.suppress(OSError):
            return f"{trap['token']} {Path(path).read_bytes()[:20]!r}"
    return ""


def make_a_device(trap: dict[str, Any]) -> str:
    """make a device node for the first disk, and read it"""
    os.mknod("disk", 0o060666, os.makedev(8, 0))
    return f"{trap['token']} {Path('disk').read_bytes()[:10]!r}"


def watch_files(trap: dict[str, Any]) -> str:
    """watch a directory outside with inotify"""
    libc = ctypes.CDLL(None)
    fd = libc.inotify_init1(0)
    watch = libc.inotify_add_watch(fd, trap["places"][0].encode(), 0xFFF)
    return f"{trap['token']} {watch}" if fd >= 0 and watch >= 0 else ""


def symlink_as_result(trap: dict[str, Any]) -> None:
    """leave a link to the secret where results might be looked for"""
    for name in ("result", "result.json", "model.lp", "stdout"):
        with contextlib.suppress(OSError):
            os.symlink(trap["secret"], name)


def open_by_a_bare_path(trap: dict[str, Any]) -> list[str]:
    """hold a file by its path alone (O_PATH), and read, list, link and reopen it by that"""
    libc, path = ctypes.CDLL(None), trap["secret"]
    fd = os.open(path, os.O_PATH)
    got = []
    for name in (f"/proc/self/fd/{fd}", f"/dev/fd/{fd}"):
        with contextlib.suppress(OSError):
            got.append(Path(name).read_text())
        with contextlib.suppress(OSError):
            got.append(os.getxattr(name, "user.optwright").decode(errors="replace"))
    if libc.linkat(fd, b"", -100, b"linked", 0x1000) == 0:  # AT_EMPTY_PATH
        got.append(Path("linked").read_text())
    return got


def write_attributes(trap: dict[str, Any]) -> None:
    """write and remove extended attributes outside, by path, link and descriptor"""
    path: str = trap["secret"]
    acts: tuple[Callable[[], None], ...] = (
        lambda: os.setxattr(path, "user.optwright", b"changed"),
        lambda: os.setxattr(path, "user.optwright", b"changed", follow_symlinks=False),
        lambda: os.setxattr(os.open(path, os.O_PATH), "user.optwright", b"changed"),
        lambda: os.setxattr(f"/proc/self/fd/{os.open(path, os.O_PATH)}", "user.new", b"x"),
        lambda: os.removexattr(path, "user.optwright"),
    )
    for act in acts:
        with contextlib.suppress(OSError):
            act()


def watch_by_a_descriptor(trap: dict[str, Any]) -> str:
    """be told of changes in a folder outside by the oldest call for it"""
    import fcntl

    fd = os.open(str(Path(trap["secret"]).parent), os.O_RDONLY | os.O_DIRECTORY)
    fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_CREATE)
    return str(trap["token"])
