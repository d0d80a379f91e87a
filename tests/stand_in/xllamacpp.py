"""Stands where llama.cpp's server stands, for tests: it answers with its process and how many
requests it decodes at once, and keeps no states. The words of a prompt may tell it to stream badly.
"""

from __future__ import annotations

import json
import os
import signal
import socketserver
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

__version__ = "0"
DECODING_S = 0.1  # long enough for a busy machine to bring the next request meanwhile
PIECE_S = 0.02
# A limit in the middle of a character: its token is counted and its bytes are not said.
_CUT = {"content": "", "stop": True, "stop_type": "limit", "tokens_predicted": 2}

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
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            self._say({"tokens": list(asked["content"].encode())})
        elif self.path != "/completion":
            self._say({"error": {"message": "no states"}}, HTTPStatus.NOT_IMPLEMENTED)
        elif asked["n_predict"] == 0:
            self._say({})
        elif asked.get("stream"):
            told = bytes(token for token in asked["prompt"] if token < 256)  # no special ones
            self._stream(_completion(), told.decode(errors="ignore"))
        else:
            self._say(_completion())

    def _stream(self, whole: dict[str, Any], told: str) -> None:
        """Say it in pieces of one character, and the rest of the answer with the last."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        content, counts = whole["content"], {"tokens_predicted": 1, "stop": False}
        for piece in content:
            self._part({"content": piece, **counts})
            time.sleep(PIECE_S if "slowly" in told else 0)
        if "crash" in told:
            signal.raise_signal(signal.SIGSEGV)
        elif "garbage" in told:
            self._chunk(b"data: [1, 2\n\n")
        elif "refuse" in told:
            self._part({"error": {"message": "out of memory"}})
        elif "nothing" in told:
            self._part({"stop": True})
        elif "cut" in told:
            self._part({**whole, **_CUT})
        elif "break off" not in told:
            self._part({**whole, "content": "", "stop": True})
        self._chunk(b"")

    def _part(self, part: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(part)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

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
