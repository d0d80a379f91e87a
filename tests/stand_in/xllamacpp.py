"""Stands where llama.cpp's server stands, for tests: it answers with its process and how many
requests it decodes at once, and keeps no states."""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

__version__ = "0"
DECODING_S = 0.02

_decoding: list[None] = []  # one entry for each request under way


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        groups = ("model", "cpuparams", "cpuparams_batch")
        super().__init__(**{name: SimpleNamespace() for name in groups})


class Server:
    def __init__(self, params: CommonParams) -> None:
        server = socketserver.ThreadingUnixStreamServer(params.hostnames[0], _Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            self._say({"tokens": list(asked["content"].encode())})
        elif self.path != "/completion":
            self._say({"error": {"message": "no states"}}, HTTPStatus.NOT_IMPLEMENTED)
        elif asked["n_predict"] == 0:
            self._say({})
        else:
            self._say(_completion())

    def _say(self, answer: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the base class names it so
        """Nothing: a Unix socket has no address to log."""


def _completion() -> dict[str, Any]:
    _decoding.append(None)
    content = json.dumps({"process": os.getpid(), "at_once": len(_decoding)})
    time.sleep(DECODING_S)
    _decoding.pop()
    return {
        "content": content,
        "stop_type": "eos",
        "tokens_evaluated": 1,
        "tokens_predicted": 1,
        "timings": {"predicted_ms": 1000 * DECODING_S},
    }
