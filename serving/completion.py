"""Reading the body of a chat completion: the one place that knows its JSON.

Every body becomes a reply or an `EndpointError`; a reply without text, or one that ended for no
stated reason, is never taken for a whole one, unless it is a whole JSON object that was asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optwright.errors import EndpointError, OptwrightError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.faults import error_message, excerpt, refusal
from optwright.serving.thoughts import said_after_thoughts
from optwright.serving.tokens import most_tokens, prompt_tokens

_UNSEEN = 200_000
"""Tokens that an endpoint may count and that nobody here can see: its own system turn, thoughts of
a model that takes no cap. Counts far above what a request explains are a fault of the counting."""
_STOPPED = """stop eos eos_token stop_sequence stop_token end_turn end complete completed done
    finish finished success normal end_of_turn""".split()
_CUT = """length max_tokens max_length max_output_tokens max_new_tokens model_length token_limit
    max_completion_tokens model_context_window_exceeded context_length truncated""".split()
_REFUSED = """content_filter content_filtered refusal safety blocked blocklist recitation
    prohibited_content spii sensitive guardrail guardrail_intervened""".split()
_FINISHES = (
    dict.fromkeys(_STOPPED, Finish.STOP)
    | dict.fromkeys(_CUT, Finish.LENGTH)
    | dict.fromkeys(_REFUSED, Finish.REFUSAL)
)
_CUT_PARTS = {"length", "limit", "tokens", "context", "incomplete", "truncated"}
_REFUSED_PARTS = {"filter", "filtered", "safety", "blocked", "toxic", "policy", "moderation"}
_WRAPPERS = ("data", "result", "response", "body", "output")


def read_body(
    body: bytes, content_type: str, request: ChatRequest, model: str, seconds: float
) -> ChatReply:
    """Read the body of an answer with status 200, whatever its type says it is."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        if kind and "json" not in kind:
            # Without a status: whoever sent this page, it was no answer to the request.
            raise EndpointError(
                f"the endpoint of {model!r} sent {kind} instead of JSON: {excerpt(body)}",
                hint="check the base URL; OpenAI-compatible ones usually end in /v1",
            ) from None
        raise unusable(model, f"sent broken JSON of {len(body)} bytes") from error
    return read_completion(data, request, model, seconds)


def read_completion(data: object, request: ChatRequest, model: str, seconds: float) -> ChatReply:
    """Read a decoded completion object."""
    data = _unwrapped(data)
    if not isinstance(data, Mapping):
        raise unusable(model, f"sent a JSON {type(data).__name__} instead of an object")
    try:
        return _read(data, request, model, seconds)
    except EndpointError as error:
        if isinstance(data.get("usage"), Mapping):  # it was paid for all the same
            error.usage = read_usage(data["usage"], request, "", seconds)
        raise


def _read(data: Mapping[str, Any], request: ChatRequest, model: str, seconds: float) -> ChatReply:
    if data.get("error"):
        raise _error_inside(model, data)
    choice = _choice(data, model)
    message = choice.get("message", choice.get("delta"))
    if message is None and isinstance(choice.get("text"), str):
        message = {"content": choice["text"]}
    if not isinstance(message, Mapping):
        raise unusable(model, "sent a choice without a message")
    finish = _finish(choice, message, request, model)
    text = _text(message, finish, request, model)
    return ChatReply(text, finish, read_usage(data.get("usage"), request, text, seconds), model)


def clean(text: str) -> str:
    """Replace lone surrogates, which no encoder or terminal accepts."""
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def text_of(content: object) -> str | None:
    """The text of a message's content: a text, or parts of which those that are texts count; None
    for anything else. Parts that are thoughts are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if "type" in content or set(content) <= {"text"}:
            content = [content]
        else:  # JSON that the endpoint has read already
            return json.dumps(content)
    if not isinstance(content, Sequence):
        return None
    texts = [_part(part) for part in content]
    return None if None in texts else "".join(filter(None, texts))


def _part(part: object) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return None
    kind = part.get("type", "text")
    if kind not in ("text", "output_text", "input_text", "json", "output_json"):
        return ""
    text = part.get("text", part.get("json", part.get("content", "")))
    if isinstance(text, Mapping):
        return text["value"] if isinstance(text.get("value"), str) else json.dumps(text)
    return text if isinstance(text, str) else None


def _unwrapped(data: object) -> object:
    """A completion that a gateway has put into something."""
    for _ in range(3):
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        elif isinstance(data, str) and data.lstrip().startswith("{"):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                return data
        elif isinstance(data, Mapping) and "choices" not in data and not data.get("error"):
            inside = (_unwrapped(data[name]) for name in _WRAPPERS if name in data)
            return next(filter(_is_completion, inside), data)
        else:
            return data
    return data


def _is_completion(data: object) -> bool:
    return isinstance(data, Mapping) and "choices" in data


def _choice(data: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    choices = data.get("choices")
    if isinstance(choices, Mapping):
        choices = [choices]
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        error = unusable(model, f"sent no choices{_said_instead(data)}")
        error.hint = "this is no chat completion; check the base URL (most end in /v1)"
        raise error
    first: Mapping[str, Any] = choices[0]
    if first.get("error"):
        raise _error_inside(model, first)
    return first


def _said_instead(data: Mapping[str, Any]) -> str:
    said = excerpt(error_message(data))
    return f": {said}" if said else ""


def _finish(
    choice: Mapping[str, Any], message: Mapping[str, Any], request: ChatRequest, model: str
) -> Finish:
    if message.get("refusal"):
        return Finish.REFUSAL
    reason = choice.get("finish_reason") or choice.get("stop_reason")
    reason = reason if reason is not None else choice.get("native_finish_reason")
    # Some put the name of an enumeration before it: FinishReason.STOP, FINISH_REASON_STOP.
    word = str(reason).rpartition(".")[2].lower().removeprefix("finish_reason_").replace("-", "_")
    finish = _FINISHES.get(word) or _of_parts(set(re.findall(r"[a-z]+", word)))
    if finish is not None:
        return finish
    # What was asked for is whole, whatever ended it, such as the call of a tool.
    if request.schema is not None and _is_object(_content(message, request) or ""):
        return Finish.STOP
    raise unusable(model, f"ended its reply for the reason {reason!r}, so it is not whole")


def _of_parts(parts: set[str]) -> Finish | None:
    """What a reason that nobody listed says by the parts of its name."""
    if parts & _REFUSED_PARTS:
        return Finish.REFUSAL
    return Finish.LENGTH if parts & _CUT_PARTS else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(said_after_thoughts(text)), dict)
    except (ValueError, RecursionError):
        return False


def _content(message: Mapping[str, Any], request: ChatRequest) -> str | None:
    """What a message says, wherever it says it: JSON that was asked for may stand in the arguments
    of a tool that nobody offered, in a field for what was read already, or among the thoughts."""
    text = text_of(message.get("content"))
    is_foreign = text is None and message.get("content") is not None
    if is_foreign or request.schema is None or (text or "").strip():
        return text
    elsewhere = [text_of(message.get("parsed")), *_arguments(message), *thoughts_of(message)]
    return next((said for said in elsewhere if said and "{" in said), text)


def _arguments(message: Mapping[str, Any]) -> Iterable[str | None]:
    calls = message.get("tool_calls")
    calls = calls if isinstance(calls, list) else []
    functions = [call.get("function", call) for call in calls if isinstance(call, Mapping)]
    for function in (*functions, message.get("function_call")):
        if isinstance(function, Mapping):
            yield text_of(function.get("arguments", function.get("input")))


def thoughts_of(message: Mapping[str, Any]) -> list[str]:
    """The thoughts that a message shows in fields of their own."""
    fields = (message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
    texts = [text for text in map(text_of, fields) if text]
    details = message.get("reasoning_details")  # of OpenRouter, in parts of its own kinds
    parts = details if isinstance(details, list) and not texts else ()
    found = [p["text"] for p in parts if isinstance(p, Mapping) and isinstance(p.get("text"), str)]
    return [*texts, "".join(found)] if found else texts


def _text(message: Mapping[str, Any], finish: Finish, request: ChatRequest, model: str) -> str:
    text = _content(message, request)
    if text is None and finish is Finish.REFUSAL:
        text = text_of(message.get("refusal")) or ""
    if text is None and finish is Finish.LENGTH:
        text = ""  # all its tokens went into thoughts that are not shown
    if text is not None and not text.strip() and finish is Finish.STOP:
        if thoughts_of(message):
            raise unusable(model, "sent thoughts and no reply")
        if request.schema is not None:  # of a free text nothing may be all that there is to say
            raise unusable(model, "sent no reply, only that it has ended")
    if text is None:
        kind = type(message.get("content")).__name__
        raise unusable(model, f"sent {kind} content instead of text")
    return clean(text)


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
    thoughts = _count(counts, ("reasoning_tokens",), most) or 0
    for name in ("completion_tokens_details", "output_tokens_details"):
        if isinstance(details := counts.get(name), Mapping):
            thoughts = thoughts or _count(details, ("reasoning_tokens",), most) or 0
    if completion is None:
        completion = min(request.max_tokens, thoughts + most_tokens(text))
    beyond = 0 if total is None else max(0, total - prompt - completion)
    completion = max(completion + beyond, thoughts)
    return Usage(prompt, completion, seconds, thought_tokens=max(thoughts, beyond))


def _count(counts: Mapping[str, Any], names: Iterable[str], most: int) -> int | None:
    """The first of these that is a count, and not more than can be."""
    found = (counts.get(name) for name in names)
    return next((n for n in found if type(n) is int and 0 <= n <= most), None)


def _error_inside(model: str, data: Mapping[str, Any]) -> OptwrightError:
    """Some gateways answer 200 and put the refusal into the body."""
    error = data["error"]
    code = error.get("code") if isinstance(error, Mapping) else None
    code = int(code) if isinstance(code, str) and code.isdigit() else code
    if type(code) is not int and isinstance(error, Mapping) and isinstance(error.get("param"), str):
        code = 400  # it is about what was asked
    if type(code) is int and 400 <= code < 600:
        return refusal(model, code, {}, json.dumps(data))
    return unusable(model, f"sent an error: {excerpt(error_message(data) or str(error))}")


def unusable(model: str, what: str) -> EndpointError:
    """The error for an answer with status 200 that is no reply; asking again may help."""
    hint = "ask again later, or use another model (--model)"
    return EndpointError(f"the endpoint of {model!r} {what}", status=200, retryable=True, hint=hint)


def off_schema(model: str, reply: ChatReply) -> EndpointError:
    """The error for a reply about something else than its schema, which is shown from now on."""
    error = unusable(model, "does not keep to the JSON schema it was sent")
    error.usage = reply.usage
    return error
