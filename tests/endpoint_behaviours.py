"""How endpoints behave: a table, and a fake endpoint that behaves so, in one piece and streamed.

A behaviour gets the JSON of a request and gives an answer: a completion object, which is streamed
where that was asked for, or a refusal. The same rows hold for any client of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faulty_endpoint import Behaviour, Exchange, head

Body = Mapping[str, Any]
WANTED = '{"x": 2}'
SAID = "system"


@dataclass(frozen=True)
class Refusal:
    """An answer that is none: status, body and headers."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


Answer = Callable[[Body], object]


@dataclass(frozen=True)
class Row:
    """One behaviour. Where `says` is empty it is solved: the reply holds `text`, with no refusal
    left for the next request; otherwise the error says that, and what to do."""

    name: str
    answer: Answer
    says: str = ""
    text: str = WANTED
    retried: bool = False
    streamed: bool = True
    """Whether it can be streamed at all."""


def done(content: object = WANTED, finish: object = "stop", **message: object) -> dict[str, Any]:
    """A completion; `message` are further fields of its message."""
    said = {"role": "assistant", "content": content, **message}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16},
    }


def refusing(
    when: Callable[[Body], object],
    message: str,
    status: int = 400,
    then: object = None,
    **error: Any,
) -> Answer:
    """Refuse requests that are so; answer the others."""

    def answer(body: Body) -> object:
        if when(body):
            return Refusal(status, {"error": {"message": message, **error}})
        return done()

    return answer


def has(name: str) -> Callable[[Body], object]:
    return lambda body: name in body


def lacks(name: str) -> Callable[[Body], object]:
    return lambda body: name not in body


def role(name: str) -> Callable[[Body], object]:
    return lambda body: any(turn["role"] == name for turn in body["messages"])


def is_format(kind: str) -> Callable[[Body], object]:
    return lambda body: body.get("response_format", {}).get("type") == kind


def above(limit: int, *names: str) -> Callable[[Body], object]:
    return lambda body: any(body.get(name, 0) > limit for name in names or ("max_tokens",))


def bare(body: object, status: int = 400) -> Answer:
    return lambda _: Refusal(status, body)


def instead(**changes: object) -> Answer:
    return lambda _: done() | changes


SYSTEM = [
    ("gemma", "System role not supported", 400, {}),
    ("gemini api", "Developer instruction is not enabled for models/gemma-3-27b-it", 400, {}),
    ("o1-mini", "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
     400, {"param": "messages[0].role", "code": "unsupported_value"}),
    ("mixtral", "Only user and assistant roles are supported!", 400, {}),
    ("mistral", "After the optional system message, conversation roles must alternate "
     "user/assistant/user/assistant/...", 400, {}),
    ("jinja as 500", "TemplateError: System role not supported", 500, {}),
    ("by param alone", "invalid value", 400, {"param": "messages[0].role"}),
    ("input should be", "messages.0.role: Input should be 'user' or 'assistant', not the role "
     "'system'", 422, {}),
    ("system message", "This model does not support system messages.", 400, {}),
]  # fmt: skip
CAPS = [
    ("openai", "max_tokens is too large: {asked}. This model supports at most 4096 completion "
     "tokens, whereas you provided {asked}.", 4096),
    ("deepseek", "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
    ("vllm", "'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum "
     "context length is 8192 tokens and your request has 300 input tokens ({asked} > 8192 - 300).",
     7892),
    ("old openai", "This model's maximum context length is 8192 tokens. However, you requested "
     "{total} tokens (300 in the messages, {asked} in the completion). Please reduce the length.",
     7892),
    ("groq", "`max_tokens` must be less than or equal to `4096`, the maximum value for "
     "`max_tokens` is less than the `context_window` for this model", 4096),
    ("anthropic", "max_tokens: {asked} > 4,096, which is the maximum allowed number of output "
     "tokens for claude-3-haiku", 4096),
    ("no number", "max_tokens is too large", 4096),
    ("together", "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 300 `inputs` tokens "
     "and {asked} `max_new_tokens`", 7893),
]  # fmt: skip


def capped(message: str, most: int) -> Answer:
    def answer(body: Body) -> object:
        asked = body.get("max_tokens", 0)
        if asked > most:
            said = message.format(asked=asked, total=asked + 300)
            return Refusal(400, {"error": {"message": said}})
        return done()

    return answer


def always(said: object) -> Answer:
    return lambda _: said


def both(*answers: Answer) -> Answer:
    """The first refusal of these, or the last answer."""

    def answer(body: Body) -> object:
        said: object = None
        for one in answers:
            said = one(body)
            if isinstance(said, Refusal):
                return said
        return said

    return answer


def no_developer(body: Body) -> object:
    if role("system")(body):
        said = "'system' is not supported with this model, use the 'developer' role instead"
        return Refusal(400, {"error": {"message": said}})
    return done() if role("developer")(body) else Refusal(400, {"error": {"message": "no role?"}})


REFUSED: list[Row] = [
    *(Row(f"no system role: {name}", refusing(role("system"), said, status, **error))
      for name, said, status, error in SYSTEM),
    Row("developer role", no_developer),
    *(Row(f"cap too high: {name}", capped(said, most)) for name, said, most in CAPS),
    Row("max_completion_tokens wanted", refusing(
        has("max_tokens"), "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.", param="max_tokens")),
    Row("max_tokens unknown", refusing(has("max_tokens"), "Unknown parameter", param="max_tokens")),
    Row("seed by name", refusing(has("seed"), "Unsupported parameter: 'seed'")),
    Row("seed by param alone", refusing(has("seed"), "not allowed", param="seed")),
    Row("seed as 422 of FastAPI", lambda body: Refusal(422, {"detail": [
        {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]})
        if "seed" in body else done()),
    Row("seed as 500", refusing(has("seed"), "got an unexpected keyword argument 'seed'", 500)),
    Row("seed inside a text", refusing(has("seed"), "Provider returned error",
        metadata={"raw": '{"error": "seed: unknown"}'})),
    Row("seed, the body a text", lambda body: Refusal(400, b"unknown field `seed`")
        if "seed" in body else done()),
    Row("seed, the body a list", lambda body: Refusal(400, [{"error": {"message":
        "Invalid JSON payload. Unknown name \"seed\": Cannot find field."}}])
        if "seed" in body else done()),
    Row("temperature fixed", refusing(has("temperature"), "Unsupported value: 'temperature' does "
        "not support 0 with this model. Only the default (1) value is supported.")),
    Row("temperature by param alone", refusing(has("temperature"), "no", param="temperature")),
    Row("temperature deprecated", refusing(has("temperature"),
        "`temperature` is deprecated for this model")),
    Row("stream refused", refusing(has("stream"), "streaming is not supported: stream")),
    Row("stream by param alone", refusing(has("stream"), "no", param="stream")),
    Row("stream_options refused", refusing(has("stream_options"), "unknown: stream_options")),
    Row("schema unknown", refusing(is_format("json_schema"),
        "response_format.type: 'json_schema' is not supported")),
    Row("schema by param alone", refusing(has("response_format"), "no", param="response_format")),
    Row("schema as 500", refusing(is_format("json_schema"), "json_schema: not implemented", 500)),
    Row("schema as 501", refusing(is_format("json_schema"), "response_format unsupported", 501)),
    Row("object unknown too", refusing(has("response_format"), "response_format is unknown")),
    Row("deepseek format", refusing(is_format("json_schema"),
        "This response_format type is unavailable now")),
    Row("schema not strict enough", refusing(is_format("json_schema"), "Invalid schema for "
        "response_format 'reply': In context=(), 'additionalProperties' is required to be false")),
    Row("grammar cannot be built", refusing(is_format("json_schema"),
        "Failed to compile grammar: unsupported keyword")),
    Row("guided decoding absent", refusing(has("response_format"),
        "guided decoding backend is not installed")),
    Row("the word json must stand in the prompt", refusing(is_format("json_object"),
        "'messages' must contain the word 'json'")),
    Row("json mode with thinking", refusing(has("response_format"),
        "Json mode response is not supported when enable_thinking is true")),
    Row("structured output with thinking", refusing(has("response_format"),
        "structured outputs cannot be used together with thinking")),
    Row("thinking needs streaming", refusing(lacks("stream"), "parameter.enable_thinking must be "
        "set to false for non-streaming calls")),
    Row("thinking off where it cannot stream", both(
        refusing(has("stream"), "stream: not supported"),
        refusing(lambda b: "stream" not in b and b.get("enable_thinking") is not False,
                 "thinking must be off for non-streaming"))),
    Row("streams only", refusing(lacks("stream"), "This model only support stream mode, please "
        "enable the stream parameter to access the model.")),
    Row("streaming required", refusing(lacks("stream"), "Streaming is required for operations that "
        "may take longer than 10 minutes", 422)),
    Row("openrouter parameters", refusing(lambda b: "response_format" in b or "seed" in b,
        "No endpoints found that can handle the requested parameters.", 404)),
    Row("openrouter support", refusing(has("response_format"),
        "No endpoints found that support the requested parameters", 404)),
    Row("unknown fields", refusing(lambda b: "response_format" in b or "seed" in b,
        "Unrecognized request argument supplied", 400)),
    Row("bad request without a word", lambda b: Refusal(400, b"") if "seed" in b else done()),
    Row("bad request without a reason", refusing(has("response_format"), "Bad Request")),
    Row("everything at once", both(
        refusing(role("system"), "System role not supported"),
        refusing(has("seed"), "unknown parameter seed"),
        refusing(has("temperature"), "unknown parameter temperature"),
        refusing(has("response_format"), "response_format not supported"),
        refusing(above(4096), "max_tokens is too large"))),
    Row("unknown effort", refusing(lambda b: b.get("reasoning_effort") == "minimal",
        "Unsupported value: 'minimal' is not supported. Supported values are: 'low', 'medium', "
        "and 'high'.", param="reasoning_effort")),
    Row("no effort", refusing(has("reasoning_effort"), "Unrecognized: reasoning_effort")),
    Row("reasoning not enabled", refusing(has("reasoning_effort"),
        "Reasoning is not enabled for this model")),
]  # fmt: skip

HARMONY = (
    "<|channel|>analysis<|message|>let x be 2<|end|><|start|>assistant<|channel|>final<|message|>"
)
ARGUMENTS = [{"id": "1", "type": "function", "function": {"name": "reply", "arguments": WANTED}}]
SHAPES: list[Row] = [
    Row("plain", lambda _: done()),
    Row("fenced", lambda _: done(f"```json\n{WANTED}\n```")),
    Row("with words around", lambda _: done(f"Here it is: {WANTED} - enjoy!")),
    Row("parts", lambda _: done([{"type": "text", "text": WANTED}])),
    Row("two parts", lambda _: done([{"type": "text", "text": '{"x":'},
                                     {"type": "text", "text": " 2}"}])),
    Row("parts with thoughts", lambda _: done([
        {"type": "thinking", "thinking": [{"type": "text", "text": "{hm}"}]},
        {"type": "text", "text": WANTED}])),
    Row("parts of the responses api", lambda _: done([{"type": "output_text", "text": WANTED}])),
    Row("a part as an object", lambda _: done({"type": "text", "text": WANTED})),
    Row("parts as texts", lambda _: done([WANTED])),
    Row("a part with a value", lambda _: done([{"type": "text", "text": {"value": WANTED}}])),
    Row("json that was read already", lambda _: done({"x": 2})),
    Row("json as parsed", lambda _: done(None, parsed={"x": 2}), streamed=False),
    Row("in tool_calls", lambda _: done(None, "tool_calls", tool_calls=ARGUMENTS)),
    Row("in tool_calls, stopped", lambda _: done("", "stop", tool_calls=ARGUMENTS)),
    Row("in tool_calls, arguments read", lambda _: done(None, "tool_calls", tool_calls=[
        {"function": {"name": "reply", "arguments": {"x": 2}}}])),
    Row("in function_call", lambda _: done(None, "function_call", function_call={
        "name": "reply", "arguments": WANTED}), streamed=False),
    Row("in tool_calls of anthropic", lambda _: done(None, "tool_use", tool_calls=[
        {"name": "reply", "input": {"x": 2}}]), streamed=False),
    Row("in reasoning_content", lambda _: done(None, reasoning_content=WANTED)),
    Row("in reasoning", lambda _: done("", reasoning=WANTED)),
    Row("in reasoning_content, after thoughts", lambda _: done(
        "", reasoning_content=f"<think>so</think>{WANTED}")),
    Row("reasoning beside", lambda _: done(WANTED, reasoning_content="let {x} be")),
    *(Row(f"thoughts in {opening}", always(done(f"{opening}so {{x}}{closing}{WANTED}")))
      for opening, closing in (
          ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<thought>", "</thought>"),
          ("<reasoning>", "</reasoning>"), ("<reflection>", "</reflection>"),
          ("<seed:think>", "</seed:think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"),
          ("<|begin_of_thought|>", "<|end_of_thought|>"), ("", "</think>"), ("\n", "\n</think>\n"),
      )),
    Row("harmony channels", lambda _: done(f"{HARMONY}{WANTED}<|return|>")),
    Row("harmony, marks eaten", lambda _: done(f"analysislet x be 2assistantfinal{WANTED}")),
    Row("harmony, constrained", lambda _: done(
        HARMONY.replace("final<", "final <|constrain|>json<") + WANTED)),
    Row("end mark left over", lambda _: done(f"{WANTED}<|im_end|>")),
    Row("eot left over", lambda _: done(f"{WANTED}<|eot_id|>")),
    Row("lone surrogate", lambda _: done(f"\ud800 {WANTED}")),
    Row("byte order mark", lambda _: done(f"\ufeff{WANTED}")),
    Row("two objects", lambda _: done(f"{{}} {WANTED}")),
    Row("single quotes", lambda _: done("{'x': 2}")),
    Row("trailing comma", lambda _: done('{"x": 2,}')),
    Row("python's words", lambda _: done('{"x": 2, "y": None}')),
    Row("bracket missing", lambda _: done('{"x": 2')),
    Row("choices as an object", lambda _: done() | {"choices": done()["choices"][0]},
        streamed=False),
    Row("two choices", lambda _: done() | {"choices": [
        *done()["choices"], {"index": 1, "message": {"content": "no"}, "finish_reason": "stop"}]}),
    Row("in a list", lambda _: [done()], streamed=False),
    Row("inside data", lambda _: {"data": done(), "code": 0}, streamed=False),
    Row("inside result", lambda _: {"result": done(), "success": True}, streamed=False),
    Row("a text of JSON", lambda _: json.dumps(done()), streamed=False),
    Row("error null beside", lambda _: done() | {"error": None}),
    Row("a legacy completion", lambda _: done() | {"choices": [
        {"text": WANTED, "finish_reason": "stop"}]}, streamed=False),
    Row("a delta for a message", lambda _: done() | {"choices": [
        {"delta": {"content": WANTED}, "finish_reason": "stop"}]}, streamed=False),
    *(Row(f"ended by {word}", always(done(finish=word))) for word in (
        "eos", "COMPLETE", "completed", "end_turn", "stop_sequence", "STOP", "FinishReason.STOP",
        "FINISH_REASON_STOP", "done", "eos_token", "tool_calls", "END_OF_TURN", "finished")),
    *(Row(f"whole, ended by {word!r}", always(done(finish=word))) for word in (
        None, "", "unknown", "error", "abort", "other", "FINISH_REASON_UNSPECIFIED")),
]  # fmt: skip

COUNTS: list[Row] = [
    Row("no usage", lambda _: {k: v for k, v in done().items() if k != "usage"}),
    *(Row(f"usage {name}", instead(usage=usage)) for name, usage in (
        ("null", None), ("empty", {}), ("a text", "16"), ("a list", []),
        ("negative", {"prompt_tokens": -1, "completion_tokens": -5}),
        ("fractions", {"prompt_tokens": 1.5, "completion_tokens": 2.5}),
        ("texts", {"prompt_tokens": "9", "completion_tokens": "7"}),
        ("of a galaxy", {"prompt_tokens": 10**15, "completion_tokens": 10**15,
                         "total_tokens": 2 * 10**15}),
        ("beyond a word", {"prompt_tokens": 2**70, "completion_tokens": 1}),
        ("booleans", {"prompt_tokens": True, "completion_tokens": False}),
        ("only total", {"total_tokens": 40}),
        ("thoughts in total", {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 500}),
        ("thoughts in details", {"prompt_tokens": 9, "completion_tokens": 507, "total_tokens": 516,
                                 "completion_tokens_details": {"reasoning_tokens": 500}}),
        ("of the responses api", {"input_tokens": 9, "output_tokens": 7, "total_tokens": 16}),
        ("with costs", {"prompt_tokens": 9, "completion_tokens": 7, "cost": 0.1}),
    )),
]  # fmt: skip


def hopeless(status: int, message: str, says: str, name: str = "", **more: Any) -> Row:
    answer = refusing(lambda _: True, message, status, **more)
    return Row(name or f"{status} {message[:30]}", answer, says)


HOPELESS: list[Row] = [
    hopeless(401, "Incorrect API key provided", "check the API key"),
    hopeless(402, "Insufficient credits", "no credit left"),
    hopeless(403, "This model is gated", "may not use this model"),
    hopeless(404, "The model `m` does not exist", "check the model's name"),
    hopeless(405, "Method Not Allowed", "check the base URL"),
    hopeless(413, "Request Entity Too Large", "shorten the problem"),
    hopeless(429, "You exceeded your current quota", "no credit left", code="insufficient_quota"),
    hopeless(400, "The response was filtered by the content management policy", "content filter",
             name="content filter", code="content_filter"),
    hopeless(400, "This model's maximum context length is 512 tokens. However, your messages "
             "resulted in 900 tokens.", "shorten the problem", name="prompt too long"),
    hopeless(400, "Your credit balance is too low to access the API", "no credit left",
             name="credit as 400"),
    Row("a web page", bare(b"<html><body>502 Bad Gateway</body></html>", 404), "base URL"),
    Row("a login page", lambda _: b"<html>log in</html>", "base URL", streamed=False),
    Row("nothing", lambda _: b"", "broken JSON", retried=True, streamed=False),
    Row("half a body", lambda _: b'{"choices": [{"mess', "broken JSON", retried=True,
        streamed=False),
    Row("no choices", instead(choices=[]), "no choices", retried=True, streamed=False),
    Row("only thoughts", lambda _: done("", reasoning_content="hm hm"), "thoughts and no reply",
        retried=True),
    Row("an error inside", lambda _: {"error": {"message": "out of memory"}}, "out of memory",
        retried=True),
    Row("an error inside with a code", lambda _: {"error": {"message": "no", "code": 401}},
        "check the API key"),
    Row("an error inside with a code as text", lambda _: {"error": {"message": "no",
        "code": "402"}}, "no credit left"),
    Row("an error inside the choice", lambda _: done() | {"choices": [
        {"index": 0, "error": {"message": "upstream died"}}]}, "upstream died", retried=True),
    Row("half a reply, ended by error", lambda _: done('{"x": ', "error"), "not whole",
        retried=True),
    Row("half a reply, ended by nothing", lambda _: done('{"x": [', None), "not whole",
        retried=True),
    Row("numbers as content", lambda _: done([1, 2]), "content instead of text", retried=True),
    Row("another object", lambda _: {"object": "list", "data": []}, "no choices", retried=True,
        streamed=False),
]  # fmt: skip

ROWS = [*REFUSED, *SHAPES, *COUNTS, *HOPELESS]


def behaving(answer: Answer) -> Behaviour:
    """A behaviour of the fake endpoint: answers each request as the row says, in pieces where
    those were asked for."""

    async def behave(exchange: Exchange) -> None:
        said = answer(exchange.body)
        if isinstance(said, Refusal):
            raw = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            await exchange.send(head(said.status, **said.headers) + raw)
        elif isinstance(said, bytes):
            kind = "text/html" if said.startswith(b"<") else "application/json"
            await exchange.send(head(kind=kind) + said)
        elif exchange.body.get("stream") and isinstance(said, dict):
            await exchange.send(head(kind="text/event-stream") + streamed(said))
        else:
            await exchange.send(head() + json.dumps(said).encode("ascii"))

    return behave


def streamed(completion: Mapping[str, Any]) -> bytes:
    """A completion in pieces, choices of different index in turns, usage in a piece of its own."""
    chunks: list[Mapping[str, Any]] = []
    for choice in completion.get("choices", ()):
        if "message" not in choice:
            chunks.append({"choices": [choice]})
            continue
        index = choice["index"]
        message = dict(choice["message"])
        content = message.pop("content")
        pieces = [content[:3], content[3:]] if isinstance(content, str) and content else [content]
        deltas = [*({"content": piece} for piece in pieces), message]
        chunks += [{"choices": [{"index": index, "delta": delta}]} for delta in deltas]
        end = {"index": index, "delta": {}, "finish_reason": choice["finish_reason"]}
        chunks.append({"choices": [end]})
    if "error" in completion:
        chunks.append({"error": completion["error"]})
    if "usage" in completion:
        chunks.append({"choices": [], "usage": completion["usage"]})
    lines = [b": keep alive", *(b"data: " + json.dumps(c).encode("ascii") for c in chunks)]
    return b"\n\n".join([*lines, b"data: [DONE]\n\n"])
