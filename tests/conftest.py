"""What holds for every test: no network but this machine's own; and commands that any may run."""

from __future__ import annotations

import inspect
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from optwright.cli import run
from tests import disks
from tests.commands import Cli, Ended

# A law holds or does not; how long a busy machine takes over an example is no part of it.
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")

_MAY_DOWNLOAD = ("embedded", "vllm")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Functions by name: with an address, a test has another name in every process."""
    return val.__qualname__.replace(".<locals>", "") if inspect.isfunction(val) else None


@pytest.fixture(autouse=True, scope="session")
def interrupts_arrive() -> None:
    """A shell starts background jobs deaf to Ctrl-C, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that looks up or connects to another machine."""
    if any(request.node.get_closest_marker(name) for name in _MAY_DOWNLOAD):
        return
    for owner, name, position in (
        (socket.socket, "connect", 1),
        (socket.socket, "connect_ex", 1),
        (socket, "getaddrinfo", 0),
    ):
        monkeypatch.setattr(owner, name, _guarded(getattr(owner, name), position))


@pytest.fixture(autouse=True)
def nothing_learnt_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learnt of endpoints in other programs is not known here, and nothing is kept."""
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; the test is skipped where there is none."""
    from tests.browsers import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB, where this user may mount one."""
    with disks.small(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Makes a folder one where nothing may be written, also by root, until the test ends."""
    with disks.locks() as lock:
        yield lock


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands of this test keep their runs."""
    directory = tmp_path / "runs"
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(directory))
    return directory


@pytest.fixture
def cli(runs: Path, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process and leaves it as it was."""

    def call(*arguments: str | Path) -> Ended:
        path = list(sys.path)
        status = run([str(argument) for argument in arguments])
        sys.path[:] = path
        return Ended(status, *capfd.readouterr())

    return call


def _guarded(call: Callable[..., Any], position: int) -> Callable[..., Any]:
    def guarded(*arguments: Any, **named: Any) -> Any:
        target = arguments[position] if len(arguments) > position else named.get("host")
        if not _is_here(target):
            raise RuntimeError(f"a test wanted to reach {target!r}; only loopback is allowed")
        return call(*arguments, **named)

    return guarded


def _is_here(target: object) -> bool:
    """Whether an address, a host, or a Unix socket's path is on this machine."""
    host = target[0] if isinstance(target, tuple) else target
    if isinstance(host, bytes):
        host = host.decode("ascii", errors="replace")
    if host is None or not isinstance(host, str) or host.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")
