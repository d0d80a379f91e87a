"""Any GGUF file as a `ChatModel`: llama.cpp's own server in a child, asked as an endpoint.

The prompt format is the one the file brings, filled by llama.cpp; thoughts come in a field of their
own. The embedded model has a client of its own (`model`), which keeps its examples read.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from optwright.errors import EndpointError, ExtraMissing, InputError
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.cores import physical_cores
from optwright.serving.local.gguf import GgufFacts, read_facts
from optwright.serving.local.process import ChildSettings, LocalProcess
from optwright.serving.local.store import cache_path, content_hash
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.places import beside

MOST_CONTEXT = 16_384
"""Tokens of a prompt and its reply: more takes memory that few prompts here need."""
_URL = "http://localhost/v1"


class GgufModel:
    """The model in the GGUF file `path`; loads at the first request, stays loaded until `aclose`.

    Its `name` is made of the file's content, so a ledger knows it wherever the file lies. Raises
    `InputError` for a file that is none or brings no prompt format, `ExtraMissing` without the
    runtime.
    """

    def __init__(self, path: Path, *, parallel: int = 1) -> None:
        self.path = path
        self.facts: GgufFacts = read_facts(path)
        if not self.facts.template:
            raise InputError(
                f"{str(path)!r} brings no prompt format, so it cannot be asked in turns",
                hint="use a file of an instruct or chat model; most have one",
            )
        if find_spec("xllamacpp") is None:
            raise ExtraMissing("xllamacpp", "local")
        self.name = f"gguf:{path.stem}:{content_hash(path)[:8]}"
        self._parallel = parallel
        self._process: LocalProcess | None = None
        self._client: OpenAIModel | None = None
        self._starting = threading.Lock()

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; the first one waits until the model is loaded."""
        client = await beside(self._started)
        try:
            reply = await client.complete(request)
        except EndpointError as error:
            process = self._process
            if process is not None and not await asyncio.to_thread(process.is_well):
                error.retryable = True  # it is started again
            raise
        return replace(reply, usage=replace(reply.usage, cost_usd=0.0))

    async def aclose(self) -> None:
        """Stop the child; the next request starts another."""
        client, self._client = self._client, None
        process, self._process = self._process, None
        if client is not None:
            await client.aclose()
        if process is not None:
            await asyncio.to_thread(process.stop)

    def _started(self) -> OpenAIModel:
        with self._starting:
            if self._client is None or self._process is None or not self._process.alive:
                self._process = LocalProcess(self._settings())
                self._client = OpenAIModel(
                    self.path.stem,
                    base_url=_URL,
                    api_key=self._process.key,
                    timeout_s=24 * 3600.0,  # deadlines belong to the wrappers around a model
                    known_as=self.name,
                    unix_socket=self._process.socket,
                )
            return self._client

    def _settings(self) -> ChildSettings:
        states = cache_path("prefixes")
        states.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ChildSettings(
            model=self.path,
            states=states,
            parallel=self._parallel,
            context=min(self.facts.context or MOST_CONTEXT, MOST_CONTEXT),
            threads=physical_cores(),
            chat=True,
        )
