"""Models that answer from what was recorded, and record what they had to ask."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from optwright.errors import ReplayMiss, StorageError
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish
from optwright.serving.ledger import Ledger
from optwright.serving.records import request_key
from optwright.serving.redact import redact


class Mode(StrEnum):
    """What a ledger is for: RECORD answers what it holds and keeps what it does not, REPLAY
    never calls anyone, OFF looks nowhere and keeps nothing."""

    RECORD = "record"
    REPLAY = "replay"
    OFF = "off"


class Recorded:
    """A model whose replies are kept in a ledger.

    Equal requests that are under way at the same time cost one call. A reply is kept when it is
    the model's last word: one that stopped or reached `max_tokens`, but no refusal (asking again
    may help) and none that the budget cut short. Secrets in a reply are redacted, kept or not. When
    the disk is full the reply is still returned, and the next request raises `StorageError` before
    anything is spent.
    """

    def __init__(self, model: ChatModel, ledger: Ledger, mode: Mode | str = Mode.RECORD) -> None:
        self.model = model
        self.ledger = ledger
        self.mode = Mode(mode)
        self._unsaved: list[tuple[ChatRequest, ChatReply]] = []

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self.mode is Mode.OFF:
            return await self._asked(request)
        key = f"{self.name}\n{request_key(request)}"
        reply, led = await self.ledger.flights.do(key, lambda: self._answer(request))
        return reply if led else replace(reply, replayed=True)

    async def aclose(self) -> None:
        """Close the model; a reply that still cannot be stored is a `StorageError`."""
        await self.model.aclose()
        await asyncio.to_thread(self._save_unsaved)

    async def _answer(self, request: ChatRequest) -> ChatReply:
        kept = await asyncio.to_thread(self.ledger.find, self.name, request)
        if kept is not None:
            return kept
        if self.mode is Mode.REPLAY:
            raise miss(self.name, request, self.ledger.damaged)
        if self._unsaved:
            await asyncio.to_thread(self._save_unsaved)
            return await self._answer(request)
        self.ledger.check_room()
        reply = await self._asked(request)
        if reply.finish is Finish.REFUSAL or reply.cut_by_budget:
            return reply
        keeping = asyncio.ensure_future(asyncio.to_thread(self._keep, request, reply))
        try:
            return await asyncio.shield(keeping)
        except asyncio.CancelledError:
            # Whoever asks next must find the reply that has arrived, so it is kept before leaving.
            await keeping
            raise

    async def _asked(self, request: ChatRequest) -> ChatReply:
        reply = await self.model.complete(request)
        # What the ledger keeps has no secrets in it; whoever asks first is told the same.
        return replace(reply, text=redact(reply.text))

    def _keep(self, request: ChatRequest, reply: ChatReply) -> ChatReply:
        try:
            return self.ledger.keep(self.name, request, reply)
        except StorageError:
            self._unsaved.append((request, reply))
            return reply

    def _save_unsaved(self) -> None:
        while self._unsaved:
            self.ledger.keep(self.name, *self._unsaved[-1])
            self._unsaved.pop()


class Replies(Protocol):
    """Somewhere recorded replies are: a `Ledger` or a `Recording`."""

    @property
    def damaged(self) -> int: ...

    def find(self, model: str | None, request: ChatRequest) -> ChatReply | None: ...

    def models(self) -> list[str]: ...

    def close(self) -> None: ...


class Replayed:
    """A model that is nothing but recorded replies; a request that is not among them is a
    `ReplayMiss`. `model` picks one of several recorded models."""

    def __init__(self, replies: Replies, model: str | None = None) -> None:
        recorded = replies.models()
        self.replies = replies
        self.name = model or (recorded[0] if len(recorded) == 1 else "replay")
        self._model = model

    async def complete(self, request: ChatRequest) -> ChatReply:
        reply = self.replies.find(self._model, request)
        if reply is None:
            raise miss(self.name, request, self.replies.damaged)
        return reply

    async def aclose(self) -> None:
        self.replies.close()


def miss(model: str, request: ChatRequest, damaged: int) -> ReplayMiss:
    """The error for a request that was never recorded, with enough to see which one it was."""
    last = request.messages[-1].content if request.messages else ""
    shown = last if len(last) <= 80 else f"...{last[-80:]}"
    lost = f"; {damaged} damaged records were passed over" if damaged else ""
    asked = f" by {request.role!r}" if request.role else ""
    return ReplayMiss(f"{model!r} has no recorded reply to {shown!r}{asked}{lost}")
