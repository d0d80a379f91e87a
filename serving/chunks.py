"""A completion that an OpenAI-compatible endpoint streams: its chunks, put together again.

What they come to is read by `completion`, as if it had come in one piece: a stream that broke off
has no reason to have ended, so it is never taken for a whole reply.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from optwright.serving.coming import Coming
from optwright.serving.completion import unusable
from optwright.serving.pieces import data_of

IN_CHUNKS: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
"""What is said to an endpoint besides, so that it streams and still counts."""
_DONE = b"[DONE]"


def are_chunks(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "text/event-stream"


async def gathered(body: AsyncIterator[bytes], role: str, model: str) -> dict[str, Any]:
    """The completion object that the chunks of `body` come to; its words are told meanwhile."""
    chunks = _Chunks(Coming(role, model), model)
    async for data in data_of(body):
        if data == _DONE:  # some keep the connection open after it
            break
        if data:
            chunks.take(data)
    return chunks.completion()


class _Chunks:
    def __init__(self, coming: Coming, model: str) -> None:
        self._coming = coming
        self._model = model
        self._besides: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._finish: object = None

    def take(self, data: bytes) -> None:
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise unusable(self._model, f"sent broken JSON of {len(data)} bytes") from error
        if not isinstance(chunk, Mapping):
            raise unusable(self._model, f"sent a JSON {type(chunk).__name__} instead of an object")
        self._besides |= {name: chunk[name] for name in ("usage", "error") if chunk.get(name)}
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            self._add(choices[0])

    def _add(self, choice: Mapping[str, Any]) -> None:
        self._finish = choice.get("finish_reason") or self._finish
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            return
        for name in ("content", "refusal"):
            piece = delta.get(name)
            if isinstance(piece, str):
                self._message[name] = self._message.get(name, "") + piece
            elif piece is not None:
                raise unusable(self._model, f"sent {type(piece).__name__} content instead of text")
        # A chunk is about a token, one of thoughts that are not shown too.
        self._coming.more(delta.get("content") or "", self._coming.tokens + 1)

    def completion(self) -> dict[str, Any]:
        """The object an endpoint that does not stream would have sent."""
        message = {"content": None, **self._message}
        choices = [{"message": message, "finish_reason": self._finish}]
        return {"choices": choices, **self._besides}
