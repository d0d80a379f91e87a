"""How calls of one model are to be made: their cap, how much it thinks, how long they may take.

A name can carry them, `openai/gpt-5?effort=low&max_tokens=16000&timeout=600`, so that whatever
takes the name of a model takes its settings too, and what keeps the name keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args
from urllib.parse import parse_qsl

from optwright.errors import InputError
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[str, ...] = get_args(Effort)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """None leaves each to what suits the model.

    `max_tokens` is the most tokens of any reply, thoughts included; without it each role has a cap
    of its own, which grows after a reply that was cut off. `effort` is one of `EFFORTS`. `timeout`
    is in seconds, for one call with its retries. `key_env` names the variable with the key.
    """

    max_tokens: int | None = None
    effort: str | None = None
    timeout: float | None = None
    key_env: str | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise InputError(f"max_tokens={self.max_tokens} is not a number from 1 up")
        if self.effort is not None and self.effort not in EFFORTS:
            raise InputError(f"there is no effort {self.effort!r}; there are {', '.join(EFFORTS)}")
        if self.timeout is not None and not (math.isfinite(self.timeout) and self.timeout > 0):
            raise InputError(f"timeout={self.timeout:g} is not a number of seconds above 0")

    def over(self, others: CallSettings) -> CallSettings:
        """These, and the `others` for what these leave open."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(others, **{name: v for name, v in given.items() if v is not None})

    def of_name(self, name: str) -> str:
        """A model's name that carries these settings, before those it carries already."""
        plain, carried = split(name)
        said = {f.name: getattr(self.over(carried), f.name) for f in fields(self)}
        query = "&".join(
            f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
            for key, value in said.items()
            if value is not None
        )
        return f"{plain}?{query}" if query else plain


NO_SETTINGS = CallSettings()
_KINDS: dict[str, Callable[[str], object]] = {
    "max_tokens": int,
    "effort": str,
    "timeout": float,
    "key_env": str,
}


def split(name: str) -> tuple[str, CallSettings]:
    """A model's name and the settings it carries; `InputError` for a value that cannot be read.

    >>> split("openai/gpt-5?effort=low")
    ('openai/gpt-5', CallSettings(max_tokens=None, effort='low', timeout=None, key_env=None))
    """
    plain, mark, query = name.rpartition("?")
    pairs = dict(parse_qsl(query))
    if not mark or not pairs or not set(pairs) <= set(_KINDS):
        return name, NO_SETTINGS  # a question mark of the address, or of a file
    return plain, CallSettings(**{key: _value(name, key, pairs[key]) for key in pairs})  # type: ignore[arg-type]  # each by its own kind


def _value(name: str, key: str, text: str) -> object:
    try:
        return _KINDS[key](text)
    except ValueError:
        raise InputError(f"model {name!r}: {key}={text!r} is not a number") from None


class Set:
    """A model that is asked with settings in place of what the request says."""

    def __init__(self, model: ChatModel, settings: CallSettings) -> None:
        self.model = model
        self.settings = settings

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        settings = self.settings
        return await self.model.complete(
            replace(
                request,
                max_tokens=settings.max_tokens or request.max_tokens,
                effort=settings.effort or request.effort,
            )
        )

    async def aclose(self) -> None:
        await self.model.aclose()
