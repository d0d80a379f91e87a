"""Starting vLLM for a plan, as a child behind a key of its own, and ending it without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from optwright.errors import ModelUnavailable, Unavailable
from optwright.serving.redact import know_secret
from optwright.serving.vllm import guard
from optwright.serving.vllm.command import API_KEY, address, arguments, environment
from optwright.serving.vllm.failures import explain, last_lines, port_taken
from optwright.serving.vllm.installation import Installation
from optwright.serving.vllm.plan import ServingPlan
from optwright.serving.vllm.ready import demand_answer, demand_key, is_up
from optwright.serving.vllm.registry import SOCKET_SCHEME, socket_of

_LOOK_S = 0.25
_END_S = 20.0
_GUARD, _GROUP = "optwright_guard", "group"
_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$", re.IGNORECASE)
_NEEDED = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@dataclass(frozen=True, slots=True)
class Started:
    """A child that serves. `folder` is private to us, `address` as in `RunningServer`."""

    process: subprocess.Popen[bytes]
    folder: Path
    address: str
    key: str
    log: Path


def start(plan: ServingPlan, vllm: Installation, ready_within_s: float) -> Started:
    """Start the server and wait until it serves; whatever goes wrong, nothing of it is left."""
    if plan.problems:
        raise ModelUnavailable(
            f"{plan.facts.name!r} cannot be served here: {plan.problems[0]}",
            hint="optwright serve MODEL --plan shows the choices and the options that change them",
        )
    started = _spawn(plan, vllm)
    try:
        _wait(started, plan, ready_within_s)
    except BaseException:
        end(started)
        raise
    return started


def end(started: Started) -> None:
    """End the child and everything it started; returns when it is gone."""
    process = started.process
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:  # the kernel ends the server with it
        process.kill()
        process.wait()
    _kill_rest(started.folder)
    shutil.rmtree(started.folder, ignore_errors=True)
    if (path := socket_of(started.address)) is not None:
        Path(path).unlink(missing_ok=True)


def _kill_rest(folder: Path) -> None:
    """Kill what the child left because it was killed itself; there is nothing else to kill."""
    with contextlib.suppress(OSError, ValueError):
        os.killpg(int((folder / _GROUP).read_text()), signal.SIGKILL)


def _spawn(plan: ServingPlan, vllm: Installation) -> Started:
    port = _port(plan) if plan.options.socket is None else 0
    folder = Path(tempfile.mkdtemp(prefix="optwright-vllm-"))  # only we may enter
    path = "" if plan.options.socket is None else plan.options.socket or f"{folder}/vllm.sock"
    key = secrets.token_urlsafe(32)
    know_secret(key)
    log = folder / "log"
    log.touch(0o600)
    shutil.copy(guard.__file__, folder / f"{_GUARD}.py")
    command = [vllm.python, "-P", "-m", vllm.module, *arguments(plan), *address(plan, port, path)]
    settings = {
        "command": [*command, "--middleware", f"{_GUARD}.Guard"],
        "folder": str(folder),
        "group": str(folder / _GROUP),
        "log": str(log),
        "environment": {"PYTHONPATH": str(folder)},  # where it finds the guard, and nothing of ours
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "optwright.serving.vllm.child", json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(plan, key),
        start_new_session=True,  # Ctrl-C is for us; we end the child
    )
    return Started(process, folder, _address(plan, port, path), key, log)


def _address(plan: ServingPlan, port: int, path: str) -> str:
    """How a program on this machine reaches it."""
    if path:
        return f"{SOCKET_SCHEME}{path}"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(plan.options.host, plan.options.host)
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def _environment(plan: ServingPlan, key: str) -> dict[str, str]:
    """Ours without the secrets that are no business of a model server, and with the plan's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _NEEDED or not _SECRET.search(name)
    }
    kept.pop("VLLM_SERVER_DEV_MODE", None)  # it opens routes that run code
    return kept | environment(plan) | {API_KEY: key}


def _port(plan: ServingPlan) -> int:
    """The port asked for, if it is free, or one that is."""
    host, wanted = plan.options.host, plan.options.port or 0
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            if wanted:
                raise port_taken(host, wanted) from error
            raise Unavailable(f"nothing can listen at {host!r}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _wait(started: Started, plan: ServingPlan, ready_within_s: float) -> None:
    until = time.monotonic() + ready_within_s
    while time.monotonic() < until:
        if (status := started.process.poll()) is not None:
            raise explain(_log(started), status, plan)
        if is_up(started.address, started.key):
            demand_key(started.address)
            demand_answer(started.address, started.key, plan.served_as)
            return
        time.sleep(_LOOK_S)
    raise ModelUnavailable(
        f"vLLM was not ready within {ready_within_s:g} s; it wrote last:\n"
        f"{last_lines(_log(started))}",
        hint="give it longer with --ready-within",
    )


def _log(started: Started) -> str:
    try:
        return started.log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
