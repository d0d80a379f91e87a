"""OpenAI-compatible endpoints, through the openai SDK.

The SDK builds and authenticates requests. What it leaves open is done here: a deadline for the
whole call (its timeout is per read), a cap on the size of a body, every fault as an error of ours,
and no retries (those belong to `Retrying`). The key goes to the endpoint and into nothing else.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from optwright.errors import (
    DeadlineExceeded,
    EndpointError,
    InputError,
    ModelUnavailable,
    OptwrightError,
)
from optwright.serving import endpoints
from optwright.serving.asking import Asking
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.chunks import IN_CHUNKS, are_chunks, gathered
from optwright.serving.completion import off_schema, read_body, read_completion
from optwright.serving.dialect import NOTHING, Dialect, Known, read_known
from optwright.serving.events import watched
from optwright.serving.faults import EndpointRefusal, UnknownToEndpoint, causes, refusal
from optwright.serving.keys import OFFICIAL, is_loopback, is_of_openai, key_for, variable_for
from optwright.serving.redact import know_secret, redact

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

_CONNECT_S = 10.0
_NO_KEY = "none"  # the SDK wants one; endpoints on this machine often do not
_ERROR_BYTES = 64 * 1024
_KEPT_CONNECTIONS = 100
MOST_BYTES = 8 * 1024 * 1024
_HEADERS = frozenset(
    ("accept", "accept-encoding", "authorization", "connection", "content-length", "content-type",
     "host", "transfer-encoding", "user-agent")
)  # fmt: skip


class OpenAIModel:
    """`model` at an OpenAI-compatible endpoint.

    `base_url` defaults to OPENAI_BASE_URL, as in the SDK, and `api_key` to what the environment
    holds for that host (`keys`); a key is never sent over plain http to another machine.
    `timeout_s` is for the whole call. A body larger than `most_bytes` is an `EndpointError`.
    `known_as` names the model in ledgers; without it that is the model with its address.
    `unix_socket` is where to connect instead of the host of `base_url`.
    What the endpoint refuses is said differently or left out from then on (`dialect`). Replies are
    streamed where somebody watches and the endpoint streams and counts, or where it only streams.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 600.0,
        most_bytes: int = MOST_BYTES,
        known_as: str | None = None,
        unix_socket: str | None = None,
    ) -> None:
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or OFFICIAL).rstrip("/")
        key = api_key or key_for(url)
        know_secret(key)
        self.is_here = _check_address(url, key)
        official = url == OFFICIAL
        self.name = known_as or (f"openai/{model}" if official else f"openai/{model}@{url}")
        self.model, self.base_url, self.timeout_s = model, url, timeout_s
        self._key = key
        self._unix_socket = unix_socket
        self._most_bytes = most_bytes
        self.dialect = Dialect("max_completion_tokens" if official else "max_tokens")
        self._remembers = False
        self._kept = self.dialect.to_json()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = (
            WeakKeyDictionary()
        )

    def recall(self) -> None:
        """Begin with what is kept of this endpoint, and keep what is learnt of it."""
        self._remembers = True
        with suppress(TypeError, ValueError, KeyError):
            if known := endpoints.recall(self.name).get("dialect"):
                self.dialect.known = read_known(known)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises `ModelError` or `ModelUnavailable`."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._converse(await self._client(), request)
        except TimeoutError:
            raise DeadlineExceeded(
                f"{self.name!r} did not reply within {self.timeout_s:g} s", hint="raise --timeout"
            ) from None

    async def aclose(self) -> None:
        """Close the connections of every event loop that used this model."""
        here = asyncio.get_running_loop()
        for loop, client in list(self._clients.items()):
            if loop is here:
                await client.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(client.close(), loop))
        self._clients.clear()

    async def _converse(self, client: AsyncOpenAI, request: ChatRequest) -> ChatReply:
        """Ask, and ask again in other words when the endpoint refuses a parameter."""
        asking = Asking(self.dialect, request)
        while True:
            streams = asking.streams
            in_chunks = streams or (watched() and streams is None)
            said = asking.say(self.model, IN_CHUNKS if in_chunks else NOTHING)
            try:
                reply = await self._ask(client, request, said, asking.known)
            except OptwrightError as error:
                if self._died_of_a_schema(error, said):
                    self.dialect.without_constraint()
                    error.retryable = True  # whoever serves it may start it again
                    self._keep()
                    raise
                if not isinstance(error, EndpointRefusal | UnknownToEndpoint) or not (
                    asking.learn(error.refused)
                ):
                    raise
                continue
            is_of_use = asking.heard(reply)
            self._keep()
            if not is_of_use:
                raise off_schema(self.name, reply)
            return reply

    def _died_of_a_schema(self, error: OptwrightError, said: dict[str, Any]) -> bool:
        """Whether a server here ended, or its engine did, over the first request with a schema, as
        vLLM's engine for processors does."""
        if "response_format" not in said or not self.is_here:
            return False
        if isinstance(error, EndpointRefusal):
            return error.refused.tells_of_a_dead_engine
        is_broken = isinstance(error, EndpointError) and error.status is None and error.retryable
        return is_broken and not self.dialect.has_bound

    def _keep(self) -> None:
        known = self.dialect.to_json()
        if self._remembers and known != self._kept:
            self._kept = known
            endpoints.remember(self.name, dialect=known)

    async def _ask(
        self, client: AsyncOpenAI, request: ChatRequest, said: dict[str, Any], known: Known
    ) -> ChatReply:
        import httpx
        from openai import OpenAIError

        started, most = time.perf_counter(), request.max_tokens
        try:
            async with _answered(client, said) as response:
                kind = response.headers.get("content-type", "")
                body = self._bounded(response.aiter_bytes())
                if are_chunks(kind):
                    reply = await self._gathered(body, request, started, known)
                    return replace(reply, capped=said.get(known.cap, most) < most)
                whole = b"".join([chunk async for chunk in body])
                if whole.lstrip().startswith(b"data:"):  # in pieces, whatever its type says
                    return await self._gathered(_in_one(whole), request, started, known)
        except (OpenAIError, httpx.HTTPError, httpx.StreamError, ssl.SSLError) as error:
            # Not chained: the SDK's errors quote bodies that nobody has redacted.
            raise self._fault(error) from None
        reply = read_body(whole, kind, request, self.name, time.perf_counter() - started)
        return replace(reply, capped=said.get(known.cap, most) < most)

    async def _gathered(
        self, body: AsyncIterator[bytes], request: ChatRequest, started: float, known: Known
    ) -> ChatReply:
        data = await gathered(body, request.role, self.name)
        reply = read_completion(data, request, self.name, time.perf_counter() - started)
        if "usage" not in data and not known.streams:
            self.dialect.forget("stream")  # it may count what it sends in one piece
        return reply

    async def _bounded(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in chunks:
            received += len(chunk)
            if received > self._most_bytes:
                raise EndpointError(
                    f"the endpoint of {self.name!r} sent more than {self._most_bytes} bytes",
                    status=200,
                )
            yield chunk

    async def _address(self, request: httpx.Request) -> None:
        """Leave out what the SDK takes from the environment for OpenAI, where this goes elsewhere:
        organization, project, and headers of the user's own, which may hold another key."""
        if is_of_openai(self.base_url):
            return
        for name in request.headers.keys() - _HEADERS:
            if not name.startswith("x-stainless-"):
                del request.headers[name]
        request.headers["authorization"] = f"Bearer {self._key or _NO_KEY}"

    async def _refuse(self, response: httpx.Response) -> None:
        """Turn a status that is not success into our error, reading only the start of its body."""
        if response.is_success:
            return
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _ERROR_BYTES:
                break
        raise refusal(self.name, response.status_code, response.headers, bytes(body))

    def _fault(self, error: BaseException) -> OptwrightError:
        """Our error for whatever the SDK or the connection raised."""
        chain = causes(error)
        for cause in chain:
            if isinstance(cause, OptwrightError):
                return cause
        if (unreached := self._unreached(chain)) is not None:
            return unreached
        what = redact(f"{type(chain[-1]).__name__}: {chain[-1]}".rstrip(": "))
        return EndpointError(f"the connection to {self.name!r} broke: {what}", retryable=True)

    def _unreached(self, chain: list[BaseException]) -> ModelUnavailable | None:
        import httpx

        host = urlsplit(self.base_url).netloc
        for cause in reversed(chain):
            if isinstance(cause, ssl.SSLError):
                reason = getattr(cause, "verify_message", "") or cause.reason or "TLS failed"
                return ModelUnavailable(f"{host!r} has no trusted TLS connection: {reason}")
            if isinstance(cause, socket.gaierror):
                failed = ModelUnavailable(f"there is no host {host!r}: {cause.strerror}")
                failed.retryable = cause.errno == socket.EAI_AGAIN
                return failed
        if any(isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) for cause in chain):
            hint = "start the server, or check the base URL"
            failed = ModelUnavailable(f"nothing answers at {self.base_url!r}", hint=hint)
            failed.retryable = True
            return failed
        return None

    async def _client(self) -> AsyncOpenAI:
        """The SDK's client of the running event loop; its connections cannot leave that loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # Loading the SDK takes a second or more, and others use this loop.
            await asyncio.to_thread(import_module, "openai")
        if loop not in self._clients:  # others may have connected meanwhile
            self._clients[loop] = self._connect()
        return self._clients[loop]

    def _connect(self) -> AsyncOpenAI:
        variable = variable_for(self.base_url)
        is_official = self.base_url.startswith(OFFICIAL)
        if self._key is None and (variable or is_official) and not self.is_here:
            hint = f"set {variable}, or name another variable with key_env"
            if variable is None:
                hint = "OPENAI_API_KEY is for OPENAI_BASE_URL; name a variable with key_env"
            raise ModelUnavailable(f"there is no API key for {self.name!r}", hint=hint)
        import httpx
        from openai import AsyncOpenAI

        # A deadline for the whole call stands over everything; a proxy never stands between
        # us and this machine.
        http = httpx.AsyncClient(
            transport=self._transport(),
            limits=_limits(),
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
            trust_env=not self.is_here,
            follow_redirects=False,
            event_hooks={"request": [self._address], "response": [self._refuse]},
        )
        return AsyncOpenAI(
            api_key=self._key or _NO_KEY,
            base_url=self.base_url,
            max_retries=0,
            http_client=cast(Any, http),  # from 3.0 on its type names httpx2; it takes both
        )

    def _transport(self) -> httpx.AsyncBaseTransport | None:
        """Lanes, except where a proxy may have to be used: the SDK's own pool knows those."""
        from urllib.request import getproxies

        from optwright.serving.connection_pool import Lanes

        if not self.is_here and getproxies():
            return None
        return Lanes(tls=self.base_url.startswith("https"), unix_socket=self._unix_socket)


@asynccontextmanager
async def _answered(client: AsyncOpenAI, said: dict[str, Any]) -> AsyncIterator[httpx.Response]:
    """The endpoint's response, its body not read yet.

    `client.post` sends what is said as it is: `completions.create` looks through forty parameters
    for types to convert, and there are none.
    """
    import httpx
    from openai import AsyncStream

    path, kind = "/chat/completions", AsyncStream[Any]
    asked = client.post(path, cast_to=httpx.Response, body=said, stream=True, stream_cls=kind)
    response = cast(httpx.Response, await asked)
    try:
        yield response
    finally:
        await response.aclose()


async def _in_one(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


def _limits() -> httpx.Limits:
    """How many requests go on is for `Throttled` to say; httpx would hold back the 101st."""
    import httpx

    return httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS)


def _check_address(url: str, key: str | None) -> bool:
    """Whether `url` is on this machine; an address a key must not be sent to is an `InputError`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise InputError(f"base URL {redact(url)!r} is not valid: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"base URL {redact(url)!r} does not begin with http:// or https://")
    if parts.username or parts.password:
        raise InputError(
            f"base URL {redact(url)!r} holds a password",
            hint="name the variable that holds it with key_env",
        )
    is_here = is_loopback(host)
    if key and parts.scheme == "http" and not is_here:
        raise InputError(
            f"the API key would travel readable to {host!r}",
            hint="use an https:// base URL, or name no key if the endpoint needs none",
        )
    return is_here
