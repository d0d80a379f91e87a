"""Models that vLLM serves on this machine: found where another terminal started them, or started
for the one program that asks."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import dataclass, replace

from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest
from optwright.serving.dialect import Known, spaced
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.places import beside
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.registry import SOCKET_SCHEME, RunningServer, find, find_ended
from optwright.serving.vllm.server import Server, identities, plan_for, serve

_LAST_WORDS_S = 3.0
DEFAULT_URL = "http://127.0.0.1:8000/v1"  # where `vllm serve` listens unless told otherwise


def served_here(name: str, address: str | None = None) -> RunningServer | None:
    """The server of ours that knows `name` (at `address`), running or ended, or None.

    An ended one still says what ledgers call its model, so that what it answered can be replayed.
    """
    return find(name, address) or find_ended(name, address)


def client_of(server: RunningServer, name: str, timeout_s: float) -> ChatModel:
    """A client for one of a server's names."""
    if not server.alive:
        return _Ended(server.identities[name], name)
    return Spaced(
        OpenAIModel(
            name,
            base_url=server.url,
            api_key=server.key,
            timeout_s=timeout_s,
            known_as=server.identities[name],
            unix_socket=server.socket,
        )
    )


def foreign_client(name: str, url: str | None, key: str | None, timeout_s: float) -> OpenAIModel:
    """A client for a vLLM server that somebody else started; its key is VLLM_API_KEY."""
    if url is not None and url.startswith(SOCKET_SCHEME):
        raise ModelUnavailable(
            f"no server of ours runs at {url!r}", hint="start it again: optwright serve MODEL"
        )
    key = key or os.environ.get("VLLM_API_KEY")
    return OpenAIModel(name, base_url=url or DEFAULT_URL, api_key=key, timeout_s=timeout_s)


@dataclass(frozen=True, slots=True)
class Spaced:
    """A model whose JSON has blanks where Python's `json.dumps` puts them, as worked examples do.

    Said inside the schema, to the engine a server of ours constrains replies with.
    """

    model: ChatModel

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.schema is not None:
            request = replace(request, schema=spaced(request.schema))
        return await self.model.complete(request)

    async def aclose(self) -> None:
        await self.model.aclose()


class VllmModel:
    """A model served for this program alone, on a private socket, from its first request on.

    `model` is a folder or a repository. Its name is known before the server runs, so what a ledger
    holds needs no server.
    """

    def __init__(self, model: str, options: ServeOptions | None = None) -> None:
        options = options or ServeOptions(socket="")
        plan = plan_for(model, options, pin=True)
        self.name = identities(plan)[plan.served_as]
        self._model = model
        # What the name says is what is served, whatever vLLM is found.
        self._options = replace(options, dtype=plan.dtype)
        self._server: Server | None = None
        self._client: ChatModel | None = None
        self._starting = threading.Lock()
        self._known: Known | None = None

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; the first one waits for the server to start, a minute or more."""
        client = await beside(self._started)
        try:
            return await client.complete(request)
        except (EndpointError, ModelUnavailable) as error:
            self._learn_of(client)
            server = self._server
            if server is not None and not await asyncio.to_thread(_lives, server):
                error.retryable = True  # the next attempt starts it again
            raise

    def _learn_of(self, client: ChatModel) -> None:
        """Keep what its client learnt for the next server: that a schema ends it, most of all."""
        if isinstance(client, Spaced) and isinstance(client.model, OpenAIModel):
            self._known = client.model.dialect.known

    async def aclose(self) -> None:
        """Stop the server; the next request would start another."""
        client, self._client = self._client, None
        server, self._server = self._server, None
        if client is not None:
            await client.aclose()
        if server is not None:
            await asyncio.to_thread(server.close)

    def _started(self) -> ChatModel:
        with self._starting:
            if self._client is None or self._server is None or not self._server.alive:
                self._server = serve(self._model, self._options)
                running = self._server.running
                self._client = client_of(running, running.name, running.patience_s)
                if self._known is not None and isinstance(self._client, Spaced):
                    assert isinstance(self._client.model, OpenAIModel), "client_of made it"
                    self._client.model.dialect.known = self._known
            return self._client


def _lives(server: Server) -> bool:
    """Whether a server still runs, once its end has had time to be seen."""
    deadline = time.monotonic() + _LAST_WORDS_S
    while server.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    return server.alive


@dataclass(frozen=True, slots=True)
class _Ended:
    """A server that is no more: its replies can be replayed, and it gives no new ones."""

    name: str
    model: str

    async def complete(self, request: ChatRequest) -> ChatReply:
        raise ModelUnavailable(
            f"the server of {self.model!r} has ended", hint="start it again: optwright serve MODEL"
        )

    async def aclose(self) -> None:
        """Nothing is held."""
