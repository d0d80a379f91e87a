"""Ways of endpoints in other words than the tables before: written to find what those did not."""
# ruff: noqa: E501 -- a row a line or two, with the words as they are sent

from __future__ import annotations

import json

from tests.endpoint_behaviours import (
    WANTED,
    Body,
    Refusal,
    Row,
    above,
    done,
    has,
    hopeless,
    instead,
    is_format,
    lacks,
    refusing,
    role,
)
from tests.more_behaviours import choice, message

_EVENTS = b"".join(
    b"data: " + json.dumps(chunk).encode() + b"\n\n"
    for chunk in (
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": WANTED[:4]}}]},
        {"choices": [{"index": 0, "delta": {"content": WANTED[4:]}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}},
    )
)
_KNOWN = (
    "expected one of `model`, `messages`, `seed`, `temperature`, `max_tokens`, `response_format`"
)


def serde(body: Body) -> object:
    """A server in Rust: the field it does not know first, and then all that it does."""
    if "reasoning_effort" in body:
        said = f"Failed to deserialize the JSON body: unknown field `reasoning_effort`, {_KNOWN}"
        return Refusal(422, said.encode())
    return done()


def ajv(body: Body) -> object:
    """A gateway in JavaScript that validates requests by a schema of its own."""
    if "seed" not in body:
        return done()
    fault = {"keyword": "additionalProperties", "params": {"additionalProperty": "seed"}}
    return Refusal(400, {"errors": [fault | {"message": "must NOT have additional properties"}]})


REFUSED = [
    Row("instructions belong to the first user turn", refusing(role("system"), "Instructions must be "
        "passed in the first user turn; turns of the role system are rejected")),
    Row("unexpected role", refusing(role("system"), "unexpected role: system")),
    Row("the roles there are", refusing(role("system"), "Invalid value for role. Must be one of: user, "
        "assistant, tool.")),
    Row("no slot in the template", refusing(role("system"), "the chat template of this model has no slot "
        "for a system turn", 500)),
    Row("ceiling of a tier", refusing(above(4096), "You asked for 20000 output tokens, but the ceiling "
        "for this tier is 4096.")),
    Row("generation length", refusing(above(2048), "Generation length must not exceed 2048")),
    Row("a range with two dots", refusing(above(8192), "max_tokens out of range: [1..8192]")),
    Row("camel case", refusing(above(8192), "maxTokens: number must be less than or equal to 8192")),
    Row("tokens to generate", refusing(above(4096), "num_tokens_to_generate=20000 exceeds the limit of "
        "this server (4096)")),
    Row("window as a sum", refusing(above(7892), "The sum of prompt (300) and generation (20000) tokens "
        "is beyond the window of 8192 tokens")),
    Row("serde lists what it knows", serde),
    Row("ajv", ajv),
    Row("strictly positive", refusing(lambda b: b.get("temperature") == 0, "`temperature` must be "
        "strictly positive", 422)),
    Row("sampling while thinking", refusing(has("temperature"), "sampling settings such as temperature "
        "cannot be changed while thinking is on")),
    Row("effort without quotes", refusing(lambda b: b.get("reasoning_effort") == "minimal",
        "reasoning_effort must be one of low|medium|high")),
    Row("union types", refusing(is_format("json_schema"), "union types are not allowed here")),
    Row("optional properties", refusing(is_format("json_schema"), "all properties must be required: y")),
    Row("xgrammar", refusing(is_format("json_schema"), "xgrammar does not support this feature", 500)),
    Row("only events", refusing(lacks("stream"), "This model only emits server-sent events.")),
    Row("set stream", refusing(lacks("stream"), "Please set stream=true for this model.")),
    Row("stream must be set to true", refusing(lacks("stream"), "stream must be set to true")),
    Row("stream must be off", refusing(has("stream"), "stream must be false for this deployment")),
    Row("two at once, in one breath", refusing(lambda b: "seed" in b or "temperature" in b,
        "These parameters are not supported by the upstream provider: seed, temperature")),
]  # fmt: skip

SHAPES = [
    Row("deepseek's marks", lambda _: done(f"<｜begin▁of▁sentence｜>{WANTED}<｜end▁of▁sentence｜>")),
    Row("llama's header", lambda _: done(f"<|start_header_id|>assistant<|end_header_id|>\n\n{WANTED}<|eot_id|>")),
    Row("phi's turn", lambda _: done(f"<|assistant|>{WANTED}<|end|>")),
    Row("glm's box", lambda _: done(f"<think>{{a}}</think><|begin_of_box|>{WANTED}<|end_of_box|>")),
    Row("thoughts in gemma's unused marks", lambda _: done('<unused94>thought\n{"x": 7}<unused95>' + WANTED)),
    Row("seed-oss, JSON in its thoughts", lambda _: done(f'<seed:think>{{"x": 7}}</seed:think>{WANTED}')),
    Row("a scratchpad", lambda _: done(f'<scratchpad>\n{{"x": 7}}\n</scratchpad>\n{WANTED}')),
    Row("magistral", lambda _: done(f'[THINK]{{"x": 7}}[/THINK]{WANTED}')),
    Row("apertus", lambda _: done(f'<|inner_prefix|>{{"x": 7}}<|inner_suffix|>{WANTED}')),
    Row("exaone", lambda _: done(f'<thought>\n{{"x": 7}}\n</thought>\n\n{WANTED}')),
    Row("json tags", lambda _: done(f"<json>{WANTED}</json>")),
    Row("code in html", lambda _: done(f'<pre><code class="language-json">{WANTED}</code></pre>')),
    Row("escaped without quotes around", lambda _: done('{\\"x\\": 2}')),
    Row("a plus sign", lambda _: done('{"x": +2}')),
    Row("events though nobody asked", lambda _: _EVENTS + b"data: [DONE]\n\n", streamed=False),
    Row("events without an end mark", lambda _: _EVENTS, streamed=False),
    Row("utf-16", lambda _: json.dumps(done()).encode("utf-16"), streamed=False),
    Row("a byte order mark before the body", lambda _: b"\xef\xbb\xbf" + json.dumps(done()).encode(),
        streamed=False),
    Row("blank lines before the body", lambda _: b"\n\n  \n" + json.dumps(done()).encode(), streamed=False),
    Row("plain text by its header", lambda _: Refusal(200, done(), {"content-type": "text/plain"}),
        streamed=False),
    Row("text beside a null message", choice(message=None, text=WANTED), streamed=False),
    Row("index from one", choice(index=1)),
    Row("finish in capitals with words", choice(finish_reason="STOP: eos token")),
    Row("usage below nothing", instead(usage={"prompt_tokens": -1, "completion_tokens": -1})),
    Row("usage as a list", instead(usage=[9, 7])),
    Row("usage of 10^15", instead(usage={"prompt_tokens": 10**15, "completion_tokens": 10**15,
        "total_tokens": 2 * 10**15})),
    Row("usage in floats", instead(usage={"prompt_tokens": 9.0, "completion_tokens": 7.0})),
    Row("content of one nested part", message(content=[{"type": "text", "content": WANTED}]),
        streamed=False),
]  # fmt: skip

HOPELESS = [
    hopeless(401, "Your key has expired on 1 November", "check the API key", name="expired"),
    hopeless(404, "The API deployment for this resource does not exist", "check the model's name",
             name="azure deployment"),
    hopeless(460, "client is too odd", "460", name="a status nobody knows"),
    hopeless(402, "Payment required", "no credit left", name="bare 402"),
    hopeless(400, "Arrearage: Access denied, please make sure your account is in good standing",
             "no credit left", name="alibaba's arrears"),
    Row("model is loading", lambda _: Refusal(503, {"error": "Model m is currently loading",
        "estimated_time": 20.0}), "currently loading", retried=True),
    Row("origin has no name", lambda _: Refusal(530, b"error code: 1016"), "530", retried=True),
    Row("cloudflare's envelope", lambda _: {"success": False, "errors": [{"code": 7000, "message":
        "No route for that URI"}], "result": None}, "No route for that URI", retried=True, streamed=False),
    Row("a code and a msg", lambda _: {"code": 1113, "msg": "余额不足"}, "余额不足", retried=True,
        streamed=False),
    Row("minimax", lambda _: {"choices": None, "base_resp": {"status_code": 1004, "status_msg":
        "login fail"}}, "login fail", retried=True, streamed=False),
    Row("a prompt was blocked", lambda _: {"choices": [], "promptFeedback": {"blockReason": "SAFETY"}},
        "no choices", retried=True, streamed=False),
    Row("a challenge", lambda _: b"<html><title>Just a moment...</title></html>", "instead of JSON",
        streamed=False),
    Row("a call as text", lambda _: done('<tool_call>{"name": "reply", "arguments": {"z": 2}}</tool_call>'),
        "does not keep to the JSON", retried=True),
]  # fmt: skip

ODD: list[Row] = [*REFUSED, *SHAPES, *HOPELESS]
