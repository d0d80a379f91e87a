"""Reading the body of a chat completion: the one place that knows its JSON.

Every body becomes a reply or an `EndpointError`; a reply without text, or one that ended for no
stated reason, is never taken for a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from optwright.errors import EndpointError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.faults import error_message, excerpt, refusal
from optwright.serving.tokens import most_tokens, prompt_tokens

_UNSEEN = 200_000
"""Tokens that an endpoint may count and that nobody here can see: its own system turn, thoughts of
a model that takes no cap. Counts far above what a request explains are a fault of the counting."""
_FINISHES = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "eos_token": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "end_turn": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "refusal": Finish.REFUSAL,
}


def read_body(
    body: bytes, content_type: str, request: ChatRequest, model: str, seconds: float
) -> ChatReply:
    """Read the body of an answer with status 200."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and "json" not in kind:
        # Without a status: whoever sent this page, it was no answer to the request.
        raise EndpointError(
            f"the endpoint of {model!r} sent {kind} instead of JSON: {excerpt(body)}",
            hint="check the base URL; OpenAI-compatible ones usually end in /v1",
        )
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise unusable(model, f"sent broken JSON of {len(body)} bytes") from error
    return read_completion(data, request, model, seconds)


def read_completion(data: object, request: ChatRequest, model: str, seconds: float) -> ChatReply:
    """Read a decoded completion object."""
    if not isinstance(data, Mapping):
        raise unusable(model, f"sent a JSON {type(data).__name__} instead of an object")
    if data.get("error"):
        raise _error_inside(model, data)
    choice = _choice(data, model)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise unusable(model, "sent a choice without a message")
    finish = _finish(choice, message, model)
    text = _text(message, finish, model)
    return ChatReply(text, finish, read_usage(data.get("usage"), request, text, seconds), model)


def clean(text: str) -> str:
    """Replace lone surrogates, which no encoder or terminal accepts."""
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def _choice(data: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise unusable(model, "sent no choices")
    return choices[0]


def _finish(choice: Mapping[str, Any], message: Mapping[str, Any], model: str) -> Finish:
    if message.get("refusal"):
        return Finish.REFUSAL
    reason = choice.get("finish_reason")
    finish = _FINISHES.get(reason) if isinstance(reason, str) else None
    if finish is None:
        raise unusable(model, f"ended its reply for the reason {reason!r}, so it is not whole")
    return finish


def _text(message: Mapping[str, Any], finish: Finish, model: str) -> str:
    content = message.get("content")
    if content is None and finish is Finish.REFUSAL:
        content = message.get("refusal") or ""
    if content is None and finish is Finish.LENGTH:
        content = ""  # all its tokens went into thoughts that are not shown
    if not isinstance(content, str):
        raise unusable(model, f"sent {type(content).__name__} content instead of text")
    return clean(content)


def read_usage(data: object, request: ChatRequest, text: str, seconds: float) -> Usage:
    """What the endpoint counted; where it did not count, or counted what cannot be, the most that
    it can have been. Tokens that only the total holds were thoughts."""
    counts = data if isinstance(data, Mapping) else {}
    estimate = prompt_tokens(request)
    prompt = _count(counts, ("prompt_tokens", "input_tokens"), _UNSEEN + 4 * estimate)
    prompt = estimate if prompt is None else prompt
    most = _UNSEEN + 4 * max(request.max_tokens, most_tokens(text))
    completion = _count(counts, ("completion_tokens", "output_tokens"), most)
    total = _count(counts, ("total_tokens",), prompt + most)
    details = counts.get("completion_tokens_details")
    thoughts = _count(details if isinstance(details, Mapping) else {}, ("reasoning_tokens",), most)
    thoughts = thoughts or _count(counts, ("reasoning_tokens",), most) or 0
    if completion is None:
        completion = min(request.max_tokens, thoughts + most_tokens(text))
    beyond = 0 if total is None else max(0, total - prompt - completion)
    completion = max(completion + beyond, thoughts)
    return Usage(prompt, completion, seconds, thought_tokens=max(thoughts, beyond))


def _count(counts: Mapping[str, Any], names: Iterable[str], most: int) -> int | None:
    """The first of these that is a count, and not more than can be."""
    found = (counts.get(name) for name in names)
    return next((n for n in found if type(n) is int and 0 <= n <= most), None)


def _error_inside(model: str, data: Mapping[str, Any]) -> Exception:
    """Some gateways answer 200 and put the refusal into the body."""
    error = data["error"]
    code = error.get("code") if isinstance(error, Mapping) else None
    if type(code) is int and 400 <= code < 600:
        return refusal(model, code, {}, json.dumps(data))
    return unusable(model, f"sent an error: {excerpt(error_message(data))}")


def unusable(model: str, what: str) -> EndpointError:
    """The error for an answer with status 200 that is no reply; asking again may help."""
    return EndpointError(f"the endpoint of {model!r} {what}", status=200, retryable=True)
