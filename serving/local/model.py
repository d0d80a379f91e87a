"""The embedded model as a `ChatModel`: schema-constrained, repeatable, its examples read once.

A child process holds the model (`process`): a crash of native code, its log and its memory stay
there, the main process stays light and leaves at once. Models that ask for the same share one
(`shared`). This module turns requests into tokens and answers into replies.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optwright.errors import EndpointError, ExtraMissing, ModelError, ReplyError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Message, Usage, system
from optwright.serving.coming import Coming
from optwright.serving.cores import physical_cores
from optwright.serving.dialect import spaced
from optwright.serving.events import watched
from optwright.serving.local.prefixes import PrefixStates
from optwright.serving.local.process import ChildSettings, Line, LocalProcess
from optwright.serving.local.shared import SharedChild, join, leave
from optwright.serving.local.store import EMBEDDED, cache_path, find_model
from optwright.serving.places import beside

UNSUPPORTED = 415  # HTTP's word for it
_START, _END, _NEWLINE = 151644, 151645, 198  # <|im_start|>, <|im_end|>, "\n" of this model
_UNTOLD = system("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
"""What the model was trained to hear where no system message is given."""
_BY_CHANCE = -1  # llama.cpp: draw a seed
# What the runtime writes for a character that the limit cut into; such a piece it does not stream.
_CUT = "\ufffd"
_FINISHES = {"eos": Finish.STOP, "word": Finish.STOP, "limit": Finish.LENGTH}


@dataclass(frozen=True, slots=True)
class LocalReply(ChatReply):
    """A reply and what the runtime measured: prompt tokens it had not to read, seconds of each."""

    cached_tokens: int = 0
    prompt_seconds: float = 0.0
    decode_seconds: float = 0.0


class LocalModel:
    """The embedded model; loads at the first request and stays loaded until `aclose`. Those of one
    process that are opened alike are loaded once, and queue for the same places.

    `path` is the model's file or a folder that holds it; None looks in the usual places and
    downloads it where it is in none. `parallel` requests decode at once, each with room for
    `context` tokens of prompt and reply. `threads` defaults to the physical cores this process
    may use. `load_seconds` says how long loading took, once it did.

    With `parallel=1` a request gets the same reply whatever was asked before; `seed` and `sample`
    choose among draws. With more, a reply may also depend on what decodes beside it: floating
    point sums depend on the batch. Replies that follow a schema are JSON as `json.dumps` writes
    it, so worked examples should be too.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        parallel: int = 1,
        threads: int | None = None,
        context: int = 8192,
    ) -> None:
        self.load_seconds = 0.0
        self._path = path
        self._parallel = parallel
        self._threads = threads or physical_cores()
        self._context = context
        self._child: SharedChild | None = None
        self._joining = threading.Lock()

    @property
    def name(self) -> str:
        """Model and content, not the runtime: an upgrade must not make recorded replies stale."""
        return f"local:{EMBEDDED.name}:{EMBEDDED.sha256[:8]}"

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; cancelled, it stops decoding. Errors as `ChatModel` says."""
        if any(message.images for message in request.messages):
            raise EndpointError(
                "the embedded model reads no pictures",
                status=UNSUPPORTED,
                hint="leave them out, or use a model that sees",
            )
        child = await self._joined()
        async with child.places.one() as place:
            process, states = await self._loaded(child)
            started = time.perf_counter()
            async with process.line() as line:
                prompt, cuts = await _tokens(line, request.messages)
                self._demand_room(len(prompt))
                async with child.reading.one():  # so that what two share is read once
                    cached = await states.bring(
                        line, place, prompt, cuts, keep_all=request.temperature > 0
                    )
                asked = {"prompt": prompt, "id_slot": place, **_asked(request)}
                answer = await _completed(line, self.name, request, asked)
        return _reply(self.name, request, answer, cached, time.perf_counter() - started)

    async def count_tokens(self, request: ChatRequest) -> int:
        """The tokens of a request's prompt, exactly as they will be charged; loads the model. A
        schema costs none: it is not read, it constrains."""
        process, _ = await self._loaded(await self._joined())
        async with process.line() as line:
            prompt, _ = await _tokens(line, request.messages)
        return len(prompt)

    def _demand_room(self, tokens: int) -> None:
        if tokens >= self._context:
            raise ModelError(
                f"the prompt has {tokens} tokens and the embedded model's context holds "
                f"{self._context}",
                hint="shorten the problem, or use a model with a longer context",
            )

    async def aclose(self) -> None:
        """Let go of the child. Where nobody else uses it, it stops, and a request in flight ends as
        an error. The next request starts anew."""
        child, self._child = self._child, None
        if child is not None:
            leave(child, self)

    async def _joined(self) -> SharedChild:
        """The child that answers for this model; looks for the model's file if need be."""
        if (child := self._child) is not None:
            return child
        cancelled = threading.Event()
        try:
            return await beside(lambda: self._join(cancelled))
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def _join(self, cancelled: threading.Event) -> SharedChild:
        with self._joining:
            if self._child is None:
                if find_spec("xllamacpp") is None:
                    raise ExtraMissing("xllamacpp", "local")
                folder = cache_path("prefixes")
                with suppress(OSError):  # states that cannot be kept cost time, no more
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                settings = ChildSettings(
                    model=find_model(self._path, cancelled=cancelled),
                    states=folder,
                    parallel=self._parallel,
                    context=self._context,
                    threads=self._threads,
                )
                self._child = join(settings, self)
            return self._child

    async def _loaded(self, child: SharedChild) -> tuple[LocalProcess, PrefixStates]:
        process, states = await beside(child.loaded)
        self.load_seconds = process.load_seconds
        return process, states


async def _tokens(line: Line, messages: Sequence[Message]) -> tuple[list[int], list[int]]:
    """Return the prompt's tokens and where it is cut: before each further question and at the end.

    The model's special tokens are placed here, by number; text that spells one stays text.
    """
    told = messages if messages[:1] and messages[0].role == "system" else (_UNTOLD, *messages)
    prompt: list[int] = []
    cuts = []
    for turn, message in enumerate(told):
        if message.role == "user" and turn > 0:
            cuts.append(len(prompt))
        prompt += [_START, *await _text(line, f"{message.role}\n{message.content}"), _END, _NEWLINE]
    cuts.append(len(prompt))
    return [*prompt, _START, *await _text(line, "assistant\n")], cuts


async def _text(line: Line, text: str) -> list[int]:
    answer = await line.ask("/tokenize", content=text, parse_special=False)
    return [int(token) for token in answer["tokens"]]


def _asked(request: ChatRequest) -> dict[str, Any]:
    """The request in the runtime's words; what its defaults would decide is said."""
    asked: dict[str, Any] = {
        "n_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_k": 40,
        "top_p": 0.95,
        "min_p": 0.05,
        "seed": _BY_CHANCE if request.draw_seed is None else request.draw_seed,
    }
    if request.schema is not None:
        asked["json_schema"] = spaced(request.schema)
    return asked


async def _completed(
    line: Line, model: str, request: ChatRequest, asked: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The runtime's answer, the same whether or not somebody watches it come."""
    if not watched():
        return await line.ask("/completion", **asked)
    coming = Coming(request.role, model)

    def heard(part: Mapping[str, Any]) -> None:
        try:
            said, tokens = part["content"], part["tokens_predicted"]
            if part["stop"] and part["stop_type"] == "limit" and tokens > coming.tokens:
                said += _CUT
            coming.more(said, tokens)
        except (KeyError, TypeError) as error:
            raise _nonsense(part) from error

    last = await line.ask_aloud("/completion", heard, **asked)
    return {**last, "content": coming.text}


def _reply(
    model: str, request: ChatRequest, answer: Mapping[str, Any], cached: int, seconds: float
) -> LocalReply:
    """Read the runtime's answer; the only place that knows its fields."""
    try:
        decoding = answer["timings"]["predicted_ms"] / 1000
        reply = LocalReply(
            text=answer["content"],
            finish=_FINISHES[answer["stop_type"]],
            usage=Usage(
                answer["tokens_evaluated"], answer["tokens_predicted"], seconds, cost_usd=0.0
            ),
            model=model,
            cached_tokens=cached,
            prompt_seconds=seconds - decoding,
            decode_seconds=decoding,
        )
    except (KeyError, TypeError) as error:
        raise _nonsense(answer) from error
    if request.schema is not None and reply.finish is Finish.STOP:
        _demand_json(reply.text)
    return reply


def _nonsense(answer: Mapping[str, Any]) -> EndpointError:
    return EndpointError(f"the embedded model's runtime answered {answer!r:.200}")


def _demand_json(text: str) -> None:
    # The runtime decodes freely, and does not say so, under a schema it does not understand.
    try:
        json.loads(text)
    except ValueError as error:
        raise ReplyError(
            "the embedded model's reply is not JSON although a schema was given",
            reply=text,
            hint="its runtime may not know a keyword of the schema",
        ) from error
