"""Fetching large files over HTTP: a broken download goes on where it broke, now or later.

Foreign servers decide nothing here: sizes and hashes are told beforehand and checked.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.local.progress import DownloadProgress

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 4.0  # a machine without a way out should learn it soon
_READ_S = 30.0
_TRIES = 4  # in a row without a byte
_PAUSE_S = 0.5  # doubled at each try
_PARTIAL, _WHOLE, _NOT_SATISFIABLE = 206, 200, 416


@dataclass(frozen=True, slots=True)
class Download:
    """The file being put together: `partial` holds the first bytes of the `size` it will have."""

    partial: Path
    size: int
    progress: DownloadProgress
    cancelled: threading.Event

    @property
    def done(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def check(self, done: int) -> None:
        """Show how far it is and end here if nobody waits any more."""
        self.progress.at(done)
        if self.cancelled.is_set():
            raise download_cancelled()


def download_cancelled() -> ModelUnavailable:
    """The error of a download whose caller went away."""
    return ModelUnavailable("the download was cancelled; what arrived is kept")


def client(certificates: str | None = None) -> httpx.Client:
    """An HTTP client that trusts the system's authorities, certifi's, and those at a path.

    Proxies come from the environment, as everywhere.
    """
    import httpx

    timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
    return httpx.Client(verify=_trust(certificates), timeout=timeout, follow_redirects=True)


@cache  # reading a system's authorities takes a tenth of a second
def _trust(certificates: str | None) -> ssl.SSLContext:
    import certifi

    trust = ssl.create_default_context()  # knows SSL_CERT_FILE and SSL_CERT_DIR
    trust.load_verify_locations(certifi.where())
    if certificates:
        try:
            kind = "capath" if Path(certificates).is_dir() else "cafile"
            trust.load_verify_locations(**{kind: certificates})
        except OSError as error:
            raise EndpointError(f"cannot read certificates {certificates!r}: {error}") from error
    return trust


def fetch(
    http: httpx.Client,
    url: str,
    into: Path,
    *,
    size: int | None = None,
    at: Callable[[int, int], None],
) -> None:
    """Complete `into`, which may hold the file's first bytes, from `url`; `at(done, of)` follows.

    Goes on by Range where the server can, starts over where it cannot. A connection that breaks is
    taken up again; an HTTP status that refuses, a server out of reach, and a length other than
    `size` are an `EndpointError`. `of` is 0 where the server does not say it.
    """
    import httpx

    tries = 0
    while True:
        before = _length(into)
        try:
            _fetch_once(http, url, into, size, at)
            return
        except httpx.TransportError as error:
            tries = 1 if _length(into) > before else tries + 1
            out_of_reach = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if tries == _TRIES or (out_of_reach and before == 0):
                reason = str(error) or type(error).__name__
                raise EndpointError(f"{httpx.URL(url).host}: {reason}", retryable=True) from error
            time.sleep(_PAUSE_S * 2**tries)


def _fetch_once(
    http: httpx.Client, url: str, into: Path, size: int | None, at: Callable[[int, int], None]
) -> None:
    have = _length(into)
    if have and have == size:
        return
    # Identity: a compressed answer to a Range would not continue the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with http.stream("GET", url, headers=headers) as answer:
        if answer.status_code == _NOT_SATISFIABLE:  # we have as much as there is, or too much
            into.unlink()
            return _fetch_once(http, url, into, size, at)
        start, total = _extent(answer, have, size)
        with into.open("r+b" if start else "wb") as file:
            file.seek(start)
            for chunk in answer.iter_raw():
                file.write(chunk)
                at(file.tell(), total)
    return None


def _extent(answer: httpx.Response, have: int, size: int | None) -> tuple[int, int]:
    """Return where in the file the answer starts and how long the file is, 0 if it is not said."""
    host = answer.url.host
    if answer.status_code not in (_PARTIAL, _WHOLE):
        raise EndpointError(
            f"{host} answers {answer.status_code} {answer.reason_phrase}",
            status=answer.status_code,
        )
    start = have if answer.status_code == _PARTIAL else 0
    said = answer.headers.get("Content-Range", f"bytes {start}-")
    if start and not said.startswith(f"bytes {start}-"):
        raise EndpointError(f"{host} was asked for bytes from {start:,} and sends {said!r}")
    length = answer.headers.get("Content-Length")
    total = start + int(length) if length else 0
    if size and total and total != size:
        raise EndpointError(f"{host} sends {total:,} bytes where the file has {size:,}")
    return start, total


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
