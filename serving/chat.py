"""The one seam between optwright and language models.

Everything that talks to a model, and everything that wraps such a thing, is a `ChatModel`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from optwright.errors import InputError

Role = Literal["system", "user", "assistant"]


MOST_IMAGE_BYTES = 5 << 20
_BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a message: the bytes of a PNG, JPEG, GIF or WebP file, at most 5 MiB. Anything
    else is an `InputError`."""

    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.data, bytes) or not self.media_type:
            raise InputError(
                f"a picture begins with {self.data[:12]!r}: neither PNG, JPEG, GIF nor WebP",
                hint="give the bytes of such a file: Image(Path('plot.png').read_bytes())",
            )
        if len(self.data) > MOST_IMAGE_BYTES:
            raise InputError(
                f"a picture has {len(self.data)} bytes; at most {MOST_IMAGE_BYTES} are sent",
                hint="make it smaller",
            )

    @property
    def media_type(self) -> str:
        """`image/png` and its like; empty for what is none."""
        kinds = (kind for kind, start in _BEGINNINGS.items() if self.data.startswith(start))
        return next(kinds, "")

    @property
    def url(self) -> str:
        """The picture as a data URL, which is how endpoints take it."""
        return f"data:{self.media_type};base64,{b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. `images` go with it to models that see; one that does not
    refuses the request with an `EndpointError`."""

    role: Role
    content: str
    images: tuple[Image, ...] = ()


def system(content: str) -> Message:
    return Message("system", content)


def user(content: str, images: Iterable[Image] = ()) -> Message:
    return Message("user", content, tuple(images))


def assistant(content: str) -> Message:
    return Message("assistant", content)


def conversation(turns: Iterable[tuple[Role, str]]) -> tuple[Message, ...]:
    """Messages from (role, text) turns, such as those of a filled prompt."""
    return tuple(Message(role, text) for role, text in turns)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a model; equal requests to one model have one entry in the ledger.

    `sample` tells draws of one request apart: the second of five samples is sample 1.
    `role` names the agent that asks, for progress and accounts; it does not change the reply.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    """JSON schema the reply must follow; None for free text."""
    temperature: float = 0.0
    seed: int | None = 0
    max_tokens: int = 1024
    """Most tokens of the reply, thoughts included where the model thinks first."""
    sample: int = 0
    effort: str | None = None
    """How much the model should think first, in the words of its provider; None leaves it."""
    role: str = field(default="", compare=False)

    @property
    def draw_seed(self) -> int | None:
        """The seed to hand to a sampler, different for every sample; None leaves it to chance."""
        # The stride keeps samples of one request apart from those of requests with seeds nearby.
        return None if self.seed is None else (self.seed + 1_000_003 * self.sample) % (2**31 - 1)


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost: tokens, seconds of waiting, US dollars (None where the price is unknown).

    `thought_tokens` are those of `completion_tokens` that a model is known to have thought with
    before its reply.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cost_usd: float | None = None
    calls: int = 1
    thought_tokens: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        known = [c for c in (self.cost_usd, other.cost_usd) if c is not None]
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
            sum(known) if known else None,
            self.calls + other.calls,
            self.thought_tokens + other.thought_tokens,
        )


NOTHING_USED = Usage(calls=0)


class Finish(StrEnum):
    """Why a reply ended. A reply that ended for no stated reason is an error, not a reply."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back, and what it cost. `replayed` means the ledger answered, nobody was paid.

    `cut_by_budget` means the budget allowed fewer tokens than the request did and the reply ended
    there: it is not what the model would have said, so it is never kept. `capped` means the
    endpoint takes no larger `max_tokens` than it was sent, and that was less than the request's.
    """

    text: str
    finish: Finish
    usage: Usage
    model: str
    replayed: bool = False
    cut_by_budget: bool = False
    capped: bool = False


@runtime_checkable
class ChatModel(Protocol):
    """Something that answers chat requests.

    `name` identifies model and revision for the ledger: two models that may answer
    differently have different names. `complete` ends as a reply or raises one of
    `errors.ModelError`, `errors.Unavailable`, `errors.BudgetExceeded`, or, where replies are
    stored, `errors.StorageError`; nothing else.
    """

    @property
    def name(self) -> str: ...

    async def complete(self, request: ChatRequest) -> ChatReply: ...

    async def aclose(self) -> None: ...
