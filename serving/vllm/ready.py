"""Whether a server serves: the model answers with our key, and nobody is let in without it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from optwright.errors import ModelUnavailable
from optwright.serving.redact import redact
from optwright.serving.vllm.registry import socket_of

if TYPE_CHECKING:
    import httpx

ANSWER_S = 300.0  # the first answer of a large model on a processor
_OK, _UNAUTHORIZED = 200, 401
_ROUTES = ("/v1/models", "/metrics", "/version")


def client(address: str, key: str, timeout_s: float) -> httpx.Client:
    """A client for a server of ours, for what is not a chat."""
    import httpx

    path = socket_of(address)
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=path) if path else None,
        base_url="http://localhost" if path else address.removesuffix("/v1"),
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=timeout_s,
        trust_env=False,
    )


def is_up(address: str, key: str) -> bool:
    """Whether something answers there with our key, before anything else is asked of it."""
    import httpx

    if not _listens(address):
        return False
    with client(address, key, ANSWER_S) as ours:
        try:
            return ours.get("/v1/models").status_code == _OK
        except httpx.TransportError:
            return False


def demand_key(address: str) -> None:
    """Raise `ModelUnavailable` if anybody is let in without the key."""
    with client(address, "", ANSWER_S) as stranger:
        for route in _ROUTES:
            status = stranger.get(route).status_code
            if status != _UNAUTHORIZED:
                raise ModelUnavailable(
                    f"vLLM answers {route} without the key (status {status}), so it was stopped",
                    hint="its version may not fit; name another with --python",
                )


def demand_answer(address: str, key: str, model: str) -> None:
    """Raise `ModelUnavailable` if the model says nothing: a server can be up while it cannot."""
    asked = {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    with client(address, key, ANSWER_S) as ours:
        answer = ours.post("/v1/chat/completions", json=asked)
    if answer.status_code != _OK:
        raise ModelUnavailable(
            f"vLLM is up and {model!r} does not answer (status {answer.status_code}): "
            f"{redact(answer.text[:300])}",
            hint="a model without a chat template cannot chat; take an instruct model",
        )


def _listens(address: str) -> bool:
    """Knock without a client: httpx leaves a Unix socket open that does not connect."""
    if (path := socket_of(address)) is not None:
        return _connects(socket.AF_UNIX, path)
    url = urlsplit(address)
    host = url.hostname or ""
    return _connects(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, url.port))


def _connects(family: socket.AddressFamily, place: str | tuple[str, int | None]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as knock:
        return knock.connect_ex(place) == 0
