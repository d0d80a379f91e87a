"""A completion that an OpenAI-compatible endpoint streams: its chunks, put together again.

What they come to is read by `completion`, as if it had come in one piece: a stream that broke off
has no reason to have ended, so it is never taken for a whole reply.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from optwright.serving.coming import Coming
from optwright.serving.completion import text_of, thoughts_of, unusable
from optwright.serving.pieces import data_of

IN_CHUNKS: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
"""What is said to an endpoint besides, so that it streams and still counts."""
_DONE = b"[DONE]"
_AFTER_END_S = 5.0
"""How long to wait for the count of tokens once a reply has ended; some never close the stream."""


def are_chunks(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind in ("text/event-stream", "application/x-ndjson", "application/jsonl")


async def gathered(body: AsyncIterator[bytes], role: str, model: str) -> dict[str, Any]:
    """The completion object that the chunks of `body` come to; its words are told meanwhile."""
    chunks = _Chunks(Coming(role, model), model)
    pieces = data_of(body)
    while not chunks.is_over:
        try:
            async with asyncio.timeout(_AFTER_END_S if chunks.has_ended else None) as limit:
                data = await anext(pieces, _DONE)
        except TimeoutError:
            if not limit.expired():
                raise
            break
        except Exception:
            if not chunks.has_ended:  # a connection may break once all is said
                raise
            break
        if data == _DONE:  # some keep the connection open after it
            break
        if data:
            chunks.take(data)
    return chunks.completion()


async def gathered_objects(
    objects: AsyncIterator[Mapping[str, Any]], role: str, model: str
) -> dict[str, Any]:
    """The same of chunks that somebody has read already."""
    chunks = _Chunks(Coming(role, model), model)
    async for chunk in objects:
        chunks.add(chunk)
    return chunks.completion()


class _Chunks:
    def __init__(self, coming: Coming, model: str) -> None:
        self._coming = coming
        self._model = model
        self._besides: dict[str, Any] = {}
        self._message: dict[str, str] = {}
        self._calls: dict[object, str] = {}
        self._finish: object = None
        self._index: object = None

    @property
    def has_ended(self) -> bool:
        """Whether the reply says that it has ended; its usage may still come."""
        return bool(self._finish)

    @property
    def is_over(self) -> bool:
        return "error" in self._besides

    def take(self, data: bytes) -> None:
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise unusable(self._model, f"sent broken JSON of {len(data)} bytes") from error
        if not isinstance(chunk, Mapping):
            raise unusable(self._model, f"sent a JSON {type(chunk).__name__} instead of an object")
        self.add(chunk)

    def add(self, chunk: Mapping[str, Any]) -> None:
        self._besides |= {name: chunk[name] for name in ("usage", "error") if chunk.get(name)}
        if isinstance(of_groq := chunk.get("x_groq"), Mapping) and of_groq.get("usage"):
            self._besides["usage"] = of_groq["usage"]
        if chunk.get("object") == "error" or chunk.get("type") == "error":
            self._besides.setdefault("error", dict(chunk))
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, Mapping) and self._is_ours(choice):
                self._add(choice)

    def _is_ours(self, choice: Mapping[str, Any]) -> bool:
        """Whether it belongs to the choice that came first: one was asked for."""
        index = choice.get("index")
        if self._index is None:
            self._index = index
        return index is None or index == self._index

    def _add(self, choice: Mapping[str, Any]) -> None:
        self._finish = choice.get("finish_reason") or self._finish
        if choice.get("error"):
            self._besides["error"] = choice["error"]
        delta = choice.get("delta")
        if not isinstance(delta, Mapping) or not delta:
            whole = choice.get("message")
            if isinstance(whole, Mapping) and not self._message.get("content"):
                delta = whole  # some send the whole message at the end, or nothing but it
            elif isinstance(choice.get("text"), str):
                delta = {"content": choice["text"]}
            else:
                return
        for name in ("content", "refusal"):
            if (piece := delta.get(name)) is not None:
                self._append(name, piece)
        for thought in thoughts_of(delta)[:1]:
            self._append("reasoning_content", thought)
        self._add_calls(delta.get("tool_calls"))
        # A chunk is about a token, one of thoughts that are not shown too.
        self._coming.more(text_of(delta.get("content")) or "", self._coming.tokens + 1)

    def _append(self, name: str, piece: object) -> None:
        text = text_of(piece)
        if text is None:
            raise unusable(self._model, f"sent {type(piece).__name__} content instead of text")
        self._message[name] = self._message.get(name, "") + text

    def _add_calls(self, calls: object) -> None:
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                text = text_of(function.get("arguments")) or ""
                place = call.get("index")
                self._calls[place] = self._calls.get(place, "") + text

    def completion(self) -> dict[str, Any]:
        """The object an endpoint that does not stream would have sent."""
        message: dict[str, Any] = {"content": None, **self._message}
        if self._calls:
            message["tool_calls"] = [{"function": {"arguments": c}} for c in self._calls.values()]
        choices = [{"message": message, "finish_reason": self._finish}]
        return {"choices": choices, **self._besides}
