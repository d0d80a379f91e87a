"""The Hugging Face hub's real client against a loopback server that speaks the hub's API."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from optwright.benchmarks.datasets.dataset import Hub
from optwright.benchmarks.datasets.forms import Records
from optwright.errors import Unavailable

pytest.importorskip("huggingface_hub")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROBLEMS = b'{"en_question": "a?", "en_answer": "3"}\n'


class _HubApi(http.server.BaseHTTPRequestHandler):
    """Two files in one repository; everything else is not found."""

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        if self.path.startswith("/api/datasets/owner/set/tree/main"):
            names = ("README.md", "NL4OPT_solved.json")
            listed = [{"type": "file", "path": n, "size": 1, "oid": COMMIT} for n in names]
            self._send(json.dumps(listed).encode(), {})
        else:
            self._file(body=True)

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _file(self, *, body: bool) -> None:
        if self.path == "/datasets/owner/set/resolve/main/NL4OPT_solved.json":
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(PROBLEMS).hexdigest()}"'}
            self._send(PROBLEMS, headers, body=body)
        else:
            self.send_error(404)

    def _send(self, content: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The hub's address; what is downloaded goes to a folder of the test's own."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _HubApi)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_file_that_fits_is_downloaded(hub: str) -> None:
    from optwright.benchmarks.datasets.fetching import fetch

    wanted = Hub("owner/set", Records("*.json*", question="en_question", answer="en_answer"))
    assert fetch(wanted, hub).read_bytes() == PROBLEMS


def test_a_repository_without_such_a_file_says_so(hub: str) -> None:
    from optwright.benchmarks.datasets.fetching import fetch

    with pytest.raises(Unavailable, match=r"0 of its files match '\*easy\*'"):
        fetch(Hub("owner/set", Records("*easy*")), hub)


def test_a_repository_that_is_not_there_is_one_sentence(hub: str) -> None:
    from optwright.benchmarks.datasets.fetching import fetch

    with pytest.raises(Unavailable, match="'owner/other' could not be read") as caught:
        fetch(Hub("owner/other", Records("*")), hub)
    assert "\n" not in str(caught.value)
