"""Trying whether an endpoint keeps to a schema: several take one and drop it in silence."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from threading import Lock

from optwright.errors import ModelError
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish, system, user
from optwright.serving.dialect import PROBE as ROLE
from optwright.serving.dialect import SCHEMA, Dialect
from optwright.serving.schemas import record
from optwright.serving.validation import follows

_WORD = "ultramarine"
PROBE = ChatRequest(
    (
        system("You reply with one short JSON object and nothing else."),
        user('Reply with exactly this JSON object: {"colour": "red"}'),
    ),
    # Whoever follows the words breaks the schema: only a constraint leads to this reply.
    schema=record({"paint": {"type": "string", "enum": [_WORD]}}),
    max_tokens=64,
    role=ROLE,
)


async def constrains(model: ChatModel) -> tuple[bool | None, ChatReply]:
    """Whether a model keeps to a schema against its instructions (None: its reply says neither),
    and the reply. Raises what `ChatModel.complete` raises."""
    assert PROBE.schema is not None
    reply = await model.complete(PROBE)
    if reply.finish is not Finish.STOP:
        return None, reply
    return follows(PROBE.schema, reply.text), reply


class Probing:
    """A model that is tried once, before the first request with a schema, and shown schemas in its
    prompts as well where it does not keep to them. The reply then counts both calls."""

    def __init__(self, model: ChatModel, dialect: Dialect) -> None:
        self.model = model
        self._dialect = dialect
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.schema is None or not self._is_first():
            return await self.model.complete(request)
        try:
            bound, probe = await constrains(self.model)
        except (ModelError, asyncio.CancelledError):
            self._dialect.known.probed = False
            raise
        # A model that was still thinking has told nothing, and would tell no more another time.
        self._dialect.known.constrains = bound
        reply = await self.model.complete(request)
        return replace(reply, usage=probe.usage + reply.usage)

    async def aclose(self) -> None:
        await self.model.aclose()

    def _is_first(self) -> bool:
        """Whether it is to be tried now, which one request does."""
        with self._lock:
            known = self._dialect.known
            is_told = known.probed or known.constrains is not None or known.format != SCHEMA
            known.probed = True
        return not is_told
