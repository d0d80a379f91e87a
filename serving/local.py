"""The embedded model as a `ChatModel`: one child process holds it, requests go over a private socket.

A crash of native code, its log and its memory stay in the child; the main process stays light and
leaves at once. This module knows the child's HTTP dialect; `serving/store.py` knows where the
model's file is, `serving/local_child.py` knows llama.cpp.
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
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optwright.errors import EndpointError, ExtraMissing, ModelError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.store import EMBEDDED, find_model

_SEEDS = 2**32 - 1  # llama.cpp reads the largest one as "draw a seed"
_SAMPLE_STRIDE = 1_000_003  # seeds of neighbouring requests must not meet those of samples
_ANSWER_STATUS = 200


@dataclass(frozen=True, slots=True)
class LocalReply(ChatReply):
    """A reply with what the runtime measured: tokens it had cached, seconds of reading and writing."""

    cached_tokens: int = 0
    prompt_seconds: float = 0.0
    decode_seconds: float = 0.0


class LocalModel:
    """The embedded model; loads at the first request and stays loaded until `aclose`.

    `path` is a GGUF file or a folder that holds it; None looks in the usual places and downloads
    it where it is in none. `parallel` requests decode together, each with room for `context`
    tokens of prompt and reply. `threads` defaults to the physical cores this process may use.
    The same request gets the same reply; `sample` and `seed` choose among draws.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        parallel: int = 1,
        threads: int | None = None,
        context: int = 8192,
    ) -> None:
        self.name = f"local:{EMBEDDED.name}:{EMBEDDED.sha256[:8]}"
        self.load_seconds = 0.0
        self._path = path
        self._settings = {
            "parallel": parallel,
            "context": context,
            "threads": threads or physical_cores(),
        }
        self._child: _Child | None = None
        self._starting = threading.Lock()
        self._slots = _Slots(parallel)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises `ModelError` or `Unavailable`, see `ChatModel`."""
        slot = await self._slots.take()
        try:
            started = time.perf_counter()
            child = await asyncio.to_thread(self._running)
            status, body = await child.post("/v1/chat/completions", _asked(request, slot))
            return _reply(self.name, status, body, time.perf_counter() - started)
        finally:
            self._slots.give(slot)

    async def aclose(self) -> None:
        """Stop the child; a request in flight ends as an error. The next request starts anew."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def _running(self) -> _Child:
        with self._starting:
            if self._child is None or not self._child.alive():
                if find_spec("xllamacpp") is None:
                    raise ExtraMissing("xllamacpp", "local")
                self._child = child = _Child(
                    {"model": str(find_model(self._path)), **self._settings}
                )
                self.load_seconds = child.wait_until_ready()
            return self._child


def _asked(request: ChatRequest, slot: int) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        # Said, not left to the runtime: its defaults may change, the reply should not.
        "top_k": 40,
        "top_p": 0.95,
        "min_p": 0.05,
        "seed": -1,
        "id_slot": slot,
        "cache_prompt": True,
    }
    if request.seed is not None:
        asked["seed"] = (request.seed + _SAMPLE_STRIDE * request.sample) % _SEEDS
    if request.schema is not None:
        schema = {"name": "reply", "schema": dict(request.schema)}
        asked["response_format"] = {"type": "json_schema", "json_schema": schema}
    return asked


def _reply(model: str, status: int, body: bytes, seconds: float) -> LocalReply:
    """Read the runtime's answer; the only place that knows its JSON."""
    try:
        answer = json.loads(body)
        if status != _ANSWER_STATUS:
            raise _refused(status, answer["error"])
        choice, timings = answer["choices"][0], answer["timings"]
        return LocalReply(
            text=choice["message"]["content"] or "",
            finish=Finish(choice["finish_reason"]),
            usage=Usage(
                answer["usage"]["prompt_tokens"],
                answer["usage"]["completion_tokens"],
                seconds,
                cost_usd=0.0,
            ),
            model=model,
            cached_tokens=timings["cache_n"],
            prompt_seconds=timings["prompt_ms"] / 1000,
            decode_seconds=timings["predicted_ms"] / 1000,
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise EndpointError(
            f"the embedded model's runtime answered {body[:200]!r}", status=status
        ) from error


def _refused(status: int, error: dict[str, Any]) -> ModelError:
    if error.get("type") == "exceed_context_size_error":
        return ModelError(
            f"the prompt has {error['n_prompt_tokens']} tokens and the embedded model's context "
            f"holds {error['n_ctx']}",
            hint="shorten the problem, or use a model with a longer context",
        )
    return EndpointError(f"the embedded model's runtime says {error['message']!r}", status=status)


class _Child:
    """One child process, its socket, and the request that goes over it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        # A short path: the kernel takes 107 bytes for a socket's name.
        self._folder = tempfile.mkdtemp(prefix="optwright-")
        self._socket = f"{self._folder}/model.sock"
        self._key = secrets.token_urlsafe(32)
        with Path(self._folder, "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "optwright.serving.local_child"),
                    json.dumps({**settings, "socket": self._socket}),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to handle, not the child's
            )
        self.stop = weakref.finalize(self, _end, self._process, self._folder)

    def wait_until_ready(self) -> float:
        """Return the seconds the child took to load the model."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(f"{self._key}\n".encode())
            stdin.flush()
            answer = json.loads(stdout.readline())
            if "error" not in answer:
                return float(answer["load_seconds"])
            reason = answer["error"]
        except (OSError, ValueError):
            reason = _ending(self._process.wait())
        self.stop()
        raise ModelUnavailable(f"the embedded model does not load: {reason}")

    def alive(self) -> bool:
        return self.stop.alive and self._process.poll() is None

    async def post(self, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Return status and body. Cancelled, it hangs up, and the runtime stops decoding."""
        import httpx

        # A client per request: a pooled connection would belong to one event loop.
        transport = httpx.AsyncHTTPTransport(uds=self._socket)
        try:
            async with httpx.AsyncClient(transport=transport, timeout=None) as client:
                response = await client.post(
                    f"http://localhost{path}",
                    json=asked,
                    headers={"Authorization": f"Bearer {self._key}"},
                )
        except httpx.TransportError as error:
            code = self._process.poll()
            reason = "hung up" if code is None else _ending(code)
            raise EndpointError(
                f"the embedded model's process {reason}", retryable=code is not None
            ) from error
        return response.status_code, response.content


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _ending(code: int) -> str:
    if code == -signal.SIGILL:
        return "stopped: this processor lacks an instruction its runtime is built with"
    if code == -signal.SIGKILL:
        return "was killed; the machine may be out of memory (it needs about 2 GB)"
    return f"ended with status {code}"


class _Slots:
    """Places in the runtime, handed out in order of asking, to any thread and event loop."""

    def __init__(self, count: int) -> None:
        self._free = list(range(count))
        self._waiting: deque[Future[int]] = deque()
        self._lock = threading.Lock()

    async def take(self) -> int:
        with self._lock:
            if self._free:
                return self._free.pop()
            ticket: Future[int] = Future()
            self._waiting.append(ticket)
        try:
            return await asyncio.wrap_future(ticket)
        except asyncio.CancelledError:
            if not ticket.cancel() and not ticket.cancelled():
                self.give(ticket.result())
            raise

    def give(self, slot: int) -> None:
        with self._lock:
            while self._waiting:
                ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():
                    ticket.set_result(slot)
                    return
            self._free.append(slot)


def physical_cores() -> int:
    """Cores this process may use: two threads of one core decode no faster than one."""
    cores = set()
    for cpu in os.sched_getaffinity(0):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.exists() else str(cpu))
    return min(len(cores), _quota())


def _quota() -> int:
    """Whole processors the control group allows, at least 1; a container often limits no affinity."""
    try:
        allowed, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, int(allowed) // int(period))
    except (OSError, ValueError):  # no such group, or "max"
        return len(os.sched_getaffinity(0))
