"""Sessions served on the loopback interface for tests, to clients that hold the token."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from optwright.agents.chat.session import ChatSession
from optwright.web.desk import Desk
from optwright.web.server import serving

PATIENCE_S = 60.0  # the machine may be busy


@dataclass
class Client:
    """What a browser does without a page: requests with the cookie and the origin it would send."""

    url: str
    web: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.base = self.url.partition("/?")[0]
        self.web = httpx.Client(base_url=self.base, trust_env=False, timeout=PATIENCE_S)
        assert self.web.get(self.url).status_code == 200

    def page(self, path: str = "/") -> str:
        answer = self.web.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **given: Any) -> httpx.Response:
        headers = {"Origin": self.base, "Accept": "application/json"}
        return self.web.post(path, headers=headers, **given)

    def state(self) -> dict[str, Any]:
        """What the event stream says now."""
        with self.web.stream("GET", "/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    state: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    return state
        raise AssertionError("the stream said nothing")

    def rest(self) -> None:
        """Wait until nothing is worked on."""
        until(lambda: not self.state()["working"])

    def say(self, said: str) -> str:
        """Take a turn and return the page that shows what came of it."""
        assert self.post("/turn", data={"said": said}).status_code == 202
        self.rest()
        return self.page()


def until(is_so: Callable[[], bool], seen: Callable[[], object] = str) -> None:
    """Wait for it; `seen` says what there was instead, for whoever reads that it never came."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"it never came: {seen()}"
        time.sleep(0.02)


@contextmanager
def served(session: ChatSession, *, name: str = "plan") -> Iterator[tuple[Client, Desk]]:
    """Serve a session; its turns are worked on by a thread, so they cannot be stopped."""
    desk = Desk(session, name)
    with serving(desk) as url:
        worker = Thread(target=desk.run)
        worker.start()
        client = Client(url)
        try:
            yield client, desk
        finally:
            client.web.close()
            desk.leave()
            worker.join()


@dataclass
class Ran:
    """`optwright ui` in a process of its own, as people start it."""

    process: subprocess.Popen[str]
    url: str

    @cached_property
    def client(self) -> Client:
        """Somebody who opened the address; gone when the block ends."""
        return Client(self.url)

    def interrupted(self) -> tuple[int, str]:
        """Ctrl-C: the exit status, and what was said."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out


@contextmanager
def running(home: Path, *options: str, opens: bool = False) -> Iterator[Ran]:
    """Start the command with its sessions in `home`, until the block ends."""
    command = [sys.executable, "-m", "optwright", "ui", "--ledger", "off", *options]
    command += [] if opens else ["--no-open"]
    env = {
        **os.environ,
        "OPTWRIGHT_RUNS": str(home / "runs"),
        "OPTWRIGHT_SESSIONS": str(home / "sessions"),
    }
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    assert process.stdout is not None
    ran = Ran(process, process.stdout.readline().rpartition(" ")[2].strip())
    try:
        yield ran
    finally:
        if "client" in vars(ran):
            ran.client.web.close()
        process.kill()
        process.communicate()


@contextmanager
def silent_endpoint() -> Iterator[str]:
    """The name of a model whose endpoint takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"silent@http://127.0.0.1:{server.getsockname()[1]}/v1"
