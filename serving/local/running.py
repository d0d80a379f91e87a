"""Servers of models that run on this machine: Ollama, LM Studio, llama.cpp and vLLM."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"Ollama": 11434, "LM Studio": 1234, "llama.cpp": 8080, "vLLM": 8000}
"""Where each listens unless it is told otherwise."""
_PATIENCE_S = 1.0
_MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model that a server here would answer for; `name` is one for `--model`."""

    server: str
    model: str
    name: str


def running_models(addresses: Iterable[tuple[str, str]] | None = None) -> list[RunningModel]:
    """The models of servers that answer, in the order of the servers.

    `addresses` are pairs of a server's kind and its base URL; those of `PORTS`, of OLLAMA_HOST and
    of our own vLLM servers where it is None. Nothing beyond this machine is asked.
    """
    asked = list(addresses if addresses is not None else _addresses())
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        return [model for found in pool.map(_served, asked) for model in found]


def _addresses() -> Iterator[tuple[str, str]]:
    host = urlsplit(f"//{(os.environ.get('OLLAMA_HOST') or '').rpartition('//')[2]}")
    for server, port in PORTS.items():
        own = host.port if server == "Ollama" and host.hostname in _HERE else None
        yield server, f"http://127.0.0.1:{own or port}/v1"


_HERE = ("localhost", "127.0.0.1", "0.0.0.0", "::1")


def _served(asked: tuple[str, str]) -> list[RunningModel]:
    import httpx

    server, url = asked
    try:
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as http:
            answer = http.get(f"{url}/models")
        data = answer.json()["data"] if len(answer.content) <= _MOST_BYTES else []
        models = [model for model in data if isinstance(model.get("id"), str)]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return []
    kind = _kind(server, models)
    return [RunningModel(kind, m["id"], f"{m['id']}@{url}") for m in models]


def _kind(expected: str, models: list[dict[str, object]]) -> str:
    """What the server says it is; ports are shared by habit."""
    owners = {str(model.get("owned_by", "")).lower() for model in models}
    known = {"vllm": "vLLM", "llamacpp": "llama.cpp", "library": "Ollama"}
    return next((known[owner] for owner in owners if owner in known), expected)
