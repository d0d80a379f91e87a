"""The main process's end of the child that holds the embedded model: start it, ask it, end it.

The child is an HTTP server on a Unix socket in a folder only we can enter, behind a key; nothing
listens on the network. Started again by its owner when it crashed; ends with us, however we end.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwright import platforms
from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.pieces import data_of

if TYPE_CHECKING:
    import httpx

_OK = 200
_LONGEST_FOLDER = 75
_CRASH_REPORT_S = 2.0
# How long a thread spins before it sleeps when it waits for the others. The default, a hundred
# times as long, is no faster alone and fifteen times slower beside one busy program.
_SPINS = "3000"


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """What the child is told: the model's file, where states lie, requests at once, tokens each."""

    model: Path
    states: Path
    parallel: int
    context: int
    threads: int
    chat: bool = False
    """Whether it is asked in turns, and the model's own prompt format is filled there."""


class LocalProcess:
    """A child that has loaded the model; building one waits for that, seconds.

    `load_seconds` is how long loading took, `runtime` the version of what loaded it.
    """

    def __init__(self, settings: ChildSettings) -> None:
        # mkdtemp: only we may enter. The kernel allows the path of a socket 107 bytes.
        temporary = tempfile.gettempdir()
        self._folder = tempfile.mkdtemp(
            prefix="optwright-", dir=temporary if len(temporary) < _LONGEST_FOLDER else "/tmp"
        )
        self.socket = f"{self._folder}/model.sock"
        self.key = secrets.token_urlsafe(32)
        self._process = _start({**asdict(settings), "socket": self.socket})
        self.stop = weakref.finalize(self, _end, self._process, self._folder, os.getpid())
        ready = self._wait()
        self.load_seconds = float(ready["load_seconds"])
        self.runtime = str(ready["runtime"])

    def is_well(self) -> bool:
        """Whether it still runs, once the kernel has had time to report a crash."""
        return self._state() == "hung up"

    @property
    def alive(self) -> bool:
        return self.stop.alive and self._process.poll() is None

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Open a line for one request. Left early, it hangs up and the runtime stops decoding."""
        import httpx

        # A client per request: a pooled connection would belong to one event loop.
        client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=self.socket, verify=False),
            base_url="http://localhost",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=None,  # deadlines belong to the wrappers around a model
        )
        try:
            async with client:
                yield Line(client)
        except httpx.TransportError as error:
            reason = await asyncio.to_thread(self._state)
            raise EndpointError(
                f"the embedded model's process {reason}", retryable=self.stop.alive
            ) from error

    def _state(self) -> str:
        """Say why it does not answer, after "its process"."""
        if not self.stop.alive:
            return "was stopped"
        try:  # the kernel closes the socket of a crashed process before it reports the crash
            return _ending(self._process.wait(_CRASH_REPORT_S))
        except subprocess.TimeoutExpired:
            return "hung up"

    def _wait(self) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin, "opened as a pipe"
        assert stdout, "opened as a pipe"
        try:
            stdin.write(f"{self.key}\n".encode())
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
        except (OSError, ValueError):
            answer = {"error": f"its process {_ending(self._process.wait())}"}
        if "error" in answer:
            self.stop()
            raise ModelUnavailable(
                f"the embedded model does not load: {answer['error']}",
                hint="optwright doctor looks for the cause; --model names another model",
            )
        return answer


class Line:
    """Requests of one conversation with the child."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, path: str, **asked: object) -> dict[str, Any]:
        """Post one request and return its answer; a refusal or garbage is an `EndpointError`."""
        response = await self._client.post(path, json=asked)
        return _read(response.content, response.status_code)

    async def ask_aloud(
        self, path: str, heard: Callable[[dict[str, Any]], None], **asked: object
    ) -> dict[str, Any]:
        """Post one request, hand each part of its answer to `heard` as it comes and return the
        last; errors as of `ask`, and a stream without a last part is a retryable one."""
        async with self._client.stream("POST", path, json={**asked, "stream": True}) as response:
            if response.status_code != _OK:
                return _read(await response.aread(), response.status_code)
            async for data in data_of(response.aiter_bytes()):
                part = _read(data, response.status_code)
                heard(part)
                if part.get("stop"):
                    return part
        raise EndpointError("the embedded model's runtime broke off its answer", retryable=True)


def _read(body: bytes, status: int) -> dict[str, Any]:
    """An answer of the runtime, or a part of one."""
    try:
        answer: dict[str, Any] = json.loads(body)
        is_refusal = status != _OK or "error" in answer
        refusal = answer["error"]["message"] if is_refusal else None
    except (ValueError, KeyError, TypeError) as error:
        shown = body.decode(errors="replace")[:200]
        raise EndpointError(
            f"the embedded model's runtime answered {shown!r}", status=status
        ) from error
    if refusal is not None:
        raise EndpointError(f"the embedded model's runtime refused: {refusal}", status=status)
    return answer


def _start(settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            # -P: a file in the working directory must not stand in for a module of ours.
            *(sys.executable, "-P", "-m", "optwright.serving.local.child"),
            json.dumps(settings, default=str),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the log of llama.cpp
        env={"GOMP_SPINCOUNT": _SPINS, **os.environ},
        **platforms.own_group(),  # Ctrl-C is for us; we end the child
    )


def _end(process: subprocess.Popen[bytes], folder: str, owner: int) -> None:
    if os.getpid() != owner:
        return  # a forked copy of its owner has no business with the owner's child
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _ending(code: int) -> str:
    """Say how a process ended, after "its process"."""
    if code == -signal.SIGILL:
        return "stopped: this processor lacks an instruction that its runtime is built with"
    if code == -signal.SIGKILL:
        return "was killed, as when memory runs out: it needs about 2 GB"
    if code < 0:
        return f"crashed with {signal.Signals(-code).name}"
    return f"ended with status {code}"
