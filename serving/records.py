"""Requests and replies as JSON, and the key that says two requests are the same."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from optwright.serving.chat import ChatReply, ChatRequest, Finish, Image, Message, Usage


@dataclass(frozen=True, slots=True)
class Record:
    """One reply that was paid for, and the request it answers. `at` is Unix time in seconds."""

    model: str
    request: ChatRequest
    reply: ChatReply
    at: float


def request_key(request: ChatRequest) -> str:
    """Hex SHA-256 over everything of a request that may change its reply; `role` is left out.

    The order of a schema's properties counts: constrained decoding writes them in that order.
    """
    return sha256(to_json(_content(request)).encode("ascii")).hexdigest()


def to_json(value: object) -> str:
    """JSON in ASCII, so that any Python string, lone surrogates included, survives a store."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def request_json(request: ChatRequest) -> dict[str, Any]:
    return _content(request) | {"role": request.role}


def reply_json(reply: ChatReply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "finish": reply.finish.value,
        "usage": asdict(reply.usage),
        "model": reply.model,
    }


def read_request(data: Mapping[str, Any]) -> ChatRequest:
    """Inverse of `request_json`; KeyError, TypeError or ValueError when it is not one."""
    messages = tuple(
        Message(m["role"], _text(m["content"]), tuple(map(_image, m.get("images", ()))))
        for m in data["messages"]
    )
    rest = {key: value for key, value in data.items() if key != "messages"}
    return ChatRequest(messages, **rest)


def read_reply(data: Mapping[str, Any]) -> ChatReply:
    """Inverse of `reply_json`, marked as replayed; KeyError, TypeError or ValueError when it is
    not one."""
    finish, usage = Finish(data["finish"]), Usage(**data["usage"])
    return ChatReply(_text(data["text"]), finish, usage, _text(data["model"]), replayed=True)


def _content(request: ChatRequest) -> dict[str, Any]:
    # Not where it is None: keys of requests that were recorded before there were efforts stay.
    effort = {} if request.effort is None else {"effort": request.effort}
    return effort | {
        "messages": [_message(m) for m in request.messages],
        "schema": None if request.schema is None else dict(request.schema),
        "temperature": float(request.temperature),
        "seed": request.seed,
        "max_tokens": request.max_tokens,
        "sample": request.sample,
    }


def _message(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    images = [b64encode(image.data).decode() for image in message.images]
    return {**said, "images": images} if images else said  # as with efforts


def _image(data: object) -> Image:
    return Image(b64decode(_text(data), validate=True))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value
