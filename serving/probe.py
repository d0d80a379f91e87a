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
        known = self._dialect.known
        if request.schema is None or known.constrains is not None or known.format != SCHEMA:
            return await self.model.complete(request)
        with self._lock:
            is_first, known.constrains = known.constrains is None, True  # until it is known better
        if not is_first:
            return await self.model.complete(request)
        try:
            known.constrains, probe = await constrains(self.model)
        except (ModelError, asyncio.CancelledError):
            known.constrains = None
            raise
        reply = await self.model.complete(request)
        return replace(reply, usage=probe.usage + reply.usage)

    async def aclose(self) -> None:
        await self.model.aclose()
