"""More ways of endpoints: what servers and gateways were found to send, or may."""
# ruff: noqa: E501 -- a row a line or two, with the words as they are sent

from __future__ import annotations

import json

from tests.endpoint_behaviours import (
    ARGUMENTS,
    WANTED,
    Answer,
    Refusal,
    Row,
    above,
    both,
    capped,
    done,
    has,
    hopeless,
    instead,
    is_format,
    refusing,
    role,
)

NOT_WANTED = '{"y": 3, "z": "no"}'


def message(**parts: object) -> Answer:
    """A completion with another message."""
    return lambda _: (
        done()
        | {
            "choices": [
                {"index": 0, "message": {"role": "assistant", **parts}, "finish_reason": "stop"}
            ]
        }
    )


def choice(**parts: object) -> Answer:
    return lambda _: done() | {"choices": [{**done()["choices"][0], **parts}]}


def nested(depth: int) -> str:
    return '{"a": ' * depth + "1" + "}" * depth


REFUSED = [
    Row("llama.cpp: grammar", refusing(has("response_format"), "Unable to generate parser for this "
        "template. Automatic parser generation failed: JSON schema conversion failed")),
    Row("llama.cpp: schema conversion", refusing(is_format("json_schema"), "failed to parse grammar",
        500)),
    Row("tgi: grammar off", refusing(has("response_format"), "Grammar is not supported", 422,
        error_type="validation")),
    Row("bedrock: extraneous key", refusing(has("seed"), "Malformed input request: #: extraneous key "
        "[seed] is not permitted, please reformat your input and try again.")),
    Row("sambanova", refusing(has("seed"), "1 validation error for seed: extra fields not permitted")),
    Row("cohere", refusing(has("response_format"), "invalid type: parameter response_format.type is of "
        "type string but should be one of 'text', 'json_object'")),
    Row("fireworks", refusing(has("reasoning_effort"), "Extra inputs are not permitted, field: "
        "'reasoning_effort', value: 'minimal'")),
    Row("grok", refusing(has("reasoning_effort"), "Model grok-4 does not support parameter "
        "reasoningEffort.")),
    Row("gemini: unknown name", lambda b: Refusal(400, {"error": {"code": 400, "status":
        "INVALID_ARGUMENT", "message": "Invalid JSON payload received. Unknown name \"seed\": Cannot "
        "find field.", "details": [{"@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"description": "Unknown name seed"}]}]}}) if "seed" in b else done()),
    Row("gemini: thinking budget", refusing(lambda b: b.get("reasoning_effort") in ("none", "minimal"),
        "Budget 0 is invalid. This model only works in thinking mode.", param="reasoning_effort")),
    Row("claude: temperature with thinking", refusing(lambda b: b.get("temperature") == 0,
        "`temperature` may only be set to 1 when thinking is enabled.")),
    Row("claude: budget", refusing(above(8192), "max_tokens: 20000 > 8192, which is the maximum allowed "
        "number of output tokens for claude-3-5-sonnet-20241022")),
    Row("openai: max_output_tokens too small", capped("Could not finish the message because max_tokens "
        "or model output limit was reached: at most 16384 completion tokens", 16384)),
    Row("cap in words: requested vs available", capped("requested {asked} tokens exceed the available "
        "context of 4096 tokens", 4096)),
    Row("cap: ollama-like", capped("num_predict/max_tokens {asked} exceeds limit 2048", 2048)),
    Row("cap as a path", lambda b: Refusal(422, {"detail": [{"type": "less_than_equal", "loc": ["body",
        "max_tokens"], "msg": "Input should be less than or equal to 4096", "ctx": {"le": 4096}}]})
        if b.get("max_tokens", 0) > 4096 else done()),
    Row("cap with thin spaces", capped("max_tokens must be at most 4096 for this deployment", 4096)),
    Row("developer wanted by param", both(refusing(role("system"), "Role must be 'developer', not "
        "'system'", param="messages[0].role"), refusing(lambda b: not role("developer")(b), "no"))),
    Row("first message must be user", refusing(role("system"), "Invalid first message role: system. The "
        "first message must have the role user")),
    Row("system at the beginning", refusing(role("system"), "Conversation roles must alternate "
        "user/assistant/user/assistant/... (System message is not allowed)", 500)),
    Row("refusal in html", lambda b: Refusal(400, b"<html><h1>Bad Request</h1>unknown field seed</html>")
        if "seed" in b else done()),
    Row("refusal as plain text", lambda b: Refusal(400, b"Error: seed is not a valid parameter")
        if "seed" in b else done()),
    Row("refusal with null param", refusing(has("seed"), "Unknown parameter: 'seed'.", param=None)),
    Row("refusal as errors list", lambda b: Refusal(400, {"errors": ["seed: unknown", {"x": 1}]})
        if "seed" in b else done()),
    Row("refusal in chinese", refusing(has("response_format"), "不支持参数 response_format")),
    Row("refusal in french", refusing(has("seed"), "Le paramètre « seed » n'est pas pris en charge")),
    Row("strict refused", refusing(lambda b: "strict" in b.get("response_format", {}).get("json_schema",
        {}), "Unknown parameter: 'response_format.json_schema.strict'")),
    Row("schema too complex", refusing(is_format("json_schema"), "Schema is too complex: too many states "
        "for serving")),
    Row("schema with a word not known", refusing(is_format("json_schema"), "'null' type is not supported "
        "in structured outputs")),
    Row("409 over stream", refusing(has("stream"), "streaming is disabled: stream", 409)),
    Row("406 over stream", refusing(has("stream"), "stream not acceptable", 406)),
    Row("422 without a word", lambda b: Refusal(422, {}) if "response_format" in b else done()),
    Row("400 as a number", lambda b: Refusal(400, b"7") if "seed" in b else done()),
    Row("400 deeply nested", lambda b: Refusal(400, (nested(5000)).encode()) if "seed" in b else done()),
    Row("stream_options needs stream", refusing(has("stream_options"), "The 'stream_options' parameter "
        "is only allowed when 'stream' is enabled.", param="stream_options")),
    Row("usage in stream not known", refusing(has("stream_options"), "include_usage: unknown field, "
        "stream_options", 422)),
]  # fmt: skip

SHAPES = [
    Row("schema wrapped in reply", lambda _: done('{"reply": {"x": 2}}'), "does not keep to the JSON",
        retried=True),
    Row("markdown around", lambda _: done(f"**Answer**\n\n```\n{WANTED}\n```\n\nDone.")),
    Row("fence without end", lambda _: done(f"```json\n{WANTED}")),
    Row("fence with tildes", lambda _: done(f"~~~json\n{WANTED}\n~~~")),
    Row("html escaped", lambda _: done("{&quot;x&quot;: 2}")),
    Row("json as a text of json", lambda _: done(json.dumps(WANTED))),
    Row("a list of one", lambda _: done(f"[{WANTED}]")),
    Row("two calls, first empty", lambda _: done(None, "tool_calls", tool_calls=[
        {"function": {"name": "a", "arguments": ""}}, *ARGUMENTS])),
    Row("tool call without type", lambda _: done("", "tool_calls", tool_calls=[
        {"id": "1", "function": {"arguments": WANTED}}])),
    Row("tool calls null", lambda _: done(WANTED, tool_calls=None)),
    Row("tool calls empty", lambda _: done(WANTED, tool_calls=[])),
    Row("audio null", lambda _: done(WANTED, audio=None, annotations=[], refusal=None)),
    Row("refusal empty", lambda _: done(WANTED, refusal="")),
    Row("reasoning as parts", lambda _: done(WANTED, reasoning_content=[{"type": "text", "text": "h"}])),
    Row("reasoning as an object", lambda _: done(WANTED, reasoning={"summary": "hm {y}"})),
    Row("reasoning_details", lambda _: done(WANTED, reasoning_details=[{"type": "reasoning.text",
        "text": "{hm}"}])),
    Row("only reasoning_details", lambda _: done("", reasoning_details=[{"type": "reasoning.text",
        "text": WANTED}])),
    Row("thinking block in parts of claude", lambda _: done([{"type": "thinking", "thinking": "x"},
        {"type": "redacted_thinking", "data": "z"}, {"type": "text", "text": WANTED}])),
    Row("reasoning in parts of the responses api", lambda _: done([{"type": "reasoning", "summary": []},
        {"type": "output_text", "text": WANTED, "annotations": []}])),
    Row("think never opened, twice closed", lambda _: done(f"a</think>b</think>{WANTED}")),
    Row("think empty", lambda _: done(f"<think>\n\n</think>\n\n{WANTED}")),
    Row("think with attributes", lambda _: done(f'<think time="3">x {{</think>{WANTED}')),
    Row("upper think", lambda _: done(f"<THINK>x</THINK>{WANTED}")),
    Row("kimi mark", lambda _: done(f"◁think▷{{x}}◁/think▷{WANTED}")),
    Row("granite", lambda _: done(f"<think>a</think><response>{WANTED}</response>")),
    Row("answer tags", lambda _: done(f"<answer>{WANTED}</answer>")),
    Row("boxed", lambda _: done(f"\\boxed{{{WANTED}}}")),
    Row("gemma turn left over", lambda _: done(f"{WANTED}<end_of_turn>")),
    Row("sentencepiece end", lambda _: done(f"{WANTED}</s>")),
    Row("assistant: before", lambda _: done(f"assistant\n\n{WANTED}")),
    Row("zero width", lambda _: done(f"\u200b{WANTED}\u200b")),
    Row("non breaking blanks", lambda _: done('{\u00a0"x":\u00a02}')),
    Row("curly quotes", lambda _: done("{\u201cx\u201d: 2}")),
    Row("full width colon", lambda _: done('{"x"\uff1a 2}')),
    Row("float for an integer", lambda _: done('{"x": 2.0}')),
    Row("exponent", lambda _: done('{"x": 2e0}')),
    Row("comment inside", lambda _: done('{"x": 2 // two\n}')),
    Row("hash comment", lambda _: done('{"x": 2  # two\n}')),
    Row("line break in a text", lambda _: done('{"x": 2, "why": "a\nb"}')),
    Row("double braces", lambda _: done('{{"x": 2}}')),
    Row("json5 key", lambda _: done("{x: 2}")),
    Row("carriage returns", lambda _: done('{\r\n"x": 2\r\n}\r\n')),
    Row("nul characters", lambda _: done(f"{WANTED}\u0000\u0000")),
    Row("escape sequences", lambda _: done(f"\u001b[2J{WANTED}\u001b[0m")),
    Row("prose with braces first", lambda _: done(f"With x in {{1, 2}} we take {WANTED}")),
    Row("example first", lambda _: done(f'For instance {{}} - but here: {WANTED}')),
    Row("yaml like prose", lambda _: done(f"reply: {WANTED}")),
    Row("index missing", lambda _: done() | {"choices": [{"message": {"role": "assistant", "content":
        WANTED}, "finish_reason": "stop"}]}, streamed=False),
    Row("index null", choice(index=None)),
    Row("role missing", message(content=WANTED), streamed=False),
    Row("role odd", message(role="model", content=WANTED), streamed=False),
    Row("choices with null after", lambda _: done() | {"choices": [done()["choices"][0], None]},
        streamed=False),
    Row("finish as an object", choice(finish_reason={"type": "stop"})),
    Row("finish as a number", choice(finish_reason=1)),
    Row("finish in stop_reason alone", lambda _: done() | {"choices": [{"index": 0, "message":
        {"content": WANTED}, "stop_reason": "end_turn"}]}, streamed=False),
    Row("native finish alone", lambda _: done() | {"choices": [{"index": 0, "message": {"content":
        WANTED}, "finish_reason": None, "native_finish_reason": "completed"}]}, streamed=False),
    Row("logprobs of all", choice(logprobs={"content": [{"token": "{"}]})),
    Row("content filter results beside", choice(content_filter_results={"hate": {"filtered": False}})),
    Row("prompt filter first", lambda _: done() | {"prompt_filter_results": [{"prompt_index": 0}]}),
    Row("unknown fields everywhere", lambda _: done() | {"x": 1, "y": [None], "system_fingerprint": None}),
    Row("created as text", instead(created="now", id=7, object=None)),
    Row("usage as numbers in text", instead(usage={"prompt_tokens": "9", "total_tokens": None})),
    Row("usage infinite", instead(usage={"prompt_tokens": 1e308, "completion_tokens": 7})),
    Row("inside body", lambda _: {"statusCode": 200, "body": json.dumps(done())}, streamed=False),
    Row("inside data as a list", lambda _: {"data": [done()]}, streamed=False),
    Row("inside output", lambda _: {"output": done(), "request_id": "1"}, streamed=False),
]  # fmt: skip


HOPELESS = [
    hopeless(400, "model is required", "the endpoint cannot read this request", name="no model"),
    hopeless(400, "You must provide a model parameter", "cannot read this request", name="model wanted"),
    hopeless(404, "404 page not found", "base URL", name="go's own 404"),
    hopeless(404, "model 'm' not found, try pulling it first", "check the model's name", name="ollama"),
    hopeless(403, "Country, region, or territory not supported", "may not use this model",
             name="country"),
    hopeless(403, "insufficient_quota: billing hard limit reached", "no credit left", name="billing 403"),
    hopeless(429, "Your credit balance is too low", "no credit left", name="balance 429"),
    hopeless(410, "This model has been deprecated and is gone", "another model", name="model gone"),
    hopeless(451, "Unavailable for legal reasons", "451", name="legal"),
    hopeless(400, "Input is too long for requested model.", "shorten the problem", name="input too long"),
    hopeless(400, "prompt is too long: 210000 tokens > 200000 maximum", "shorten the problem",
             name="claude too long"),
    hopeless(400, "the request exceeds the available context size, try increasing it",
             "shorten the problem", name="llama.cpp too long", code="exceed_context_size_error"),
    hopeless(422, "inputs tokens + max_new_tokens must be <= 2048. Given: 3000 inputs tokens and 20000 "
             "max_new_tokens", "shorten the problem", name="tgi too long"),
    hopeless(400, "Request was flagged by our safety system", "content filter", name="flagged"),
    hopeless(400, "ResponsibleAIPolicyViolation", "content filter", name="azure filter",
             code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}),
    Row("responses api", lambda _: {"object": "response", "status": "completed", "output": [
        {"type": "reasoning", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": WANTED}]}],
        "usage": {"input_tokens": 9, "output_tokens": 7, "total_tokens": 16}}, "check the base URL", retried=True, streamed=False),
    Row("messages api of claude", lambda _: {"type": "message", "role": "assistant", "content": [
        {"type": "text", "text": WANTED}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 7}}, "check the base URL", retried=True, streamed=False),
    Row("native ollama", lambda _: {"model": "m", "message": {"role": "assistant", "content": WANTED},
        "done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 7}, "check the base URL", retried=True, streamed=False),
    Row("native gemini", lambda _: {"candidates": [{"content": {"parts": [{"text": WANTED}], "role":
        "model"}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 9,
        "candidatesTokenCount": 7, "totalTokenCount": 16}}, "check the base URL", retried=True, streamed=False),
    Row("keeps to no schema", lambda _: done(NOT_WANTED), "does not keep to the JSON schema",
        retried=True),
    Row("no json at all", lambda _: done("I would choose two."), "does not keep to the JSON schema",
        retried=True),
    Row("redirect to a login", lambda _: Refusal(302, b"", {"location": "/login"}), "base URL"),
    Row("moved for good", lambda _: Refusal(308, b"", {"location": "https://elsewhere.example/v1"}),
        "elsewhere.example"),
    Row("not modified", lambda _: Refusal(304, b""), "304"),
    Row("proxy wants a name", lambda _: Refusal(407, b"Proxy Authentication Required"), "proxy"),
    Row("an empty object", lambda _: {}, "no choices", retried=True, streamed=False),
    Row("null", lambda _: b"null", "instead of an object", retried=True, streamed=False),
    Row("a number", lambda _: b"17", "instead of an object", retried=True, streamed=False),
    Row("deep nesting", lambda _: nested(5000).encode(), "broken JSON", retried=True, streamed=False),
    Row("choices null", instead(choices=None), "no choices", retried=True, streamed=False),
    Row("choices a text", instead(choices="x"), "no choices", retried=True, streamed=False),
    Row("choice null", instead(choices=[None]), "no choices", retried=True, streamed=False),
    Row("message null", choice(message=None), "without a message", retried=True, streamed=False),
    Row("empty text", lambda _: done(""), "no reply", retried=True),
    Row("blanks", lambda _: done(" \n "), "no reply", retried=True),
    Row("null text", lambda _: done(None), "content instead of text", retried=True),
    Row("an image", lambda _: done([{"type": "image_url", "image_url": {"url": "x"}}]), "no reply",
        retried=True),
    Row("latin-1 bytes", lambda _: '{"choices": "é"}'.encode("latin-1"), "broken JSON", retried=True,
        streamed=False),
    Row("yaml", lambda _: b"choices:\n- x", "broken JSON", retried=True, streamed=False),
    Row("error as a text", lambda _: {"error": "the GPU fell off the bus"}, "fell off the bus",
        retried=True),
    Row("error as a list", lambda _: {"error": [{"message": "queue is full"}]}, "queue is full",
        retried=True),
    Row("error with a message for people", lambda _: {"error": {"message": "two\nlines\u001b[31m"}},
        "two lines", retried=True),
    Row("fastchat error", lambda _: {"object": "error", "message": "model overloaded", "code": 50001},
        "model overloaded", retried=True, streamed=False),
    Row("detail of 200", lambda _: {"detail": "Not authenticated"}, "Not authenticated", retried=True,
        streamed=False),
]  # fmt: skip

MORE: list[Row] = [*REFUSED, *SHAPES, *HOPELESS]
