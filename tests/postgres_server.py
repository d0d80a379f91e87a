"""A PostgreSQL server of a test's own, in a temporary folder, on a port of this machine alone."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_START_S = 60.0


@dataclass(frozen=True)
class Server:
    """Where the server listens; `url` is one for `--data`."""

    port: int

    def url(self, what: str = "", user: str = "owner") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/postgres{what}"


def binaries() -> Path | None:
    """The folder of initdb and postgres, which Debian keeps off the path."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """Start a server, as an unprivileged user where this process is root, and stop it again."""
    # Not pytest's own folder: its parents let no other user in.
    with tempfile.TemporaryDirectory(prefix="optwright-pg-", dir="/tmp") as name:
        folder, account = Path(name), _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        initdb: list[str | Path] = [
            bin_folder / "initdb",
            "-D",
            folder / "data",
            "-U",
            "owner",
            "-A",
            "trust",
            "-N",
        ]
        subprocess.run(initdb, check=True, capture_output=True, **_as(account))
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
        }
        options = [f"-c{key}={value}" for key, value in settings.items()]
        command: list[str | Path] = [bin_folder / "postgres", "-D", folder / "data", *options]
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_as(account),
        )
        try:
            _wait(process, port)
            yield Server(port)
        finally:
            process.terminate()
            process.wait(30)


def _account() -> pwd.struct_passwd | None:
    """Who the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    import psycopg

    until = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(f"postgresql://owner@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
