"""Ways of endpoints in words that no pattern of ours knows: what is said plainer is taken."""
# ruff: noqa: E501 -- a row a line or two, with the words as they are sent

from __future__ import annotations

from tests.endpoint_behaviours import (
    WANTED,
    Answer,
    Body,
    Refusal,
    Row,
    above,
    both,
    done,
    has,
    is_format,
    lacks,
    refusing,
    role,
)

_NOT_WANTED = '{"x": 9}'


def thought(before: str, after: str = "") -> Answer:
    return lambda _: done(f"{before.format(_NOT_WANTED)}{WANTED}{after}")


def not_first(body: Body) -> bool:
    return bool(body["messages"][0]["role"] != "user")


REFUSED = [
    Row("no other speaker", refusing(role("system"), "This endpoint accepts conversations between user "
        "and assistant; no other speaker is permitted.")),
    Row("not in an enumeration", refusing(role("system"), "messages[0]: value 'system' is not in enum "
        "[user, assistant]"), streamed=False),
    Row("no preamble", refusing(role("system"), "preambles are not taken"), streamed=False),
    Row("the person speaks first", refusing(not_first, "First message must be from the user")),
    Row("developer by another word", both(refusing(role("system"), "role system was renamed developer"),
        refusing(lambda b: not role("developer")(b), "a developer message is required"))),
    Row("by a code and a list", refusing(role("system"), "nope", code="unsupported_value",
        param="messages"), streamed=False),
    Row("pieces, by param alone", refusing(lacks("stream"), "must be enabled", param="stream"),
        streamed=False),
    Row("pieces, no word that we know", refusing(lacks("stream"), "Ask for increments."), streamed=False),
    Row("whole, no word that we know", refusing(has("stream"), "Increments are off.")),
    Row("the other cap, in passing", refusing(has("max_tokens"), "Use max_completion_tokens. max_tokens "
        "went away."), streamed=False),
    Row("neither cap", refusing(lambda b: "max_tokens" in b or "max_completion_tokens" in b,
        "unknown field: max_tokens (max_completion_tokens neither)"), streamed=False),
    Row("the cap is too long a word", refusing(above(4096), "Be brief."), streamed=False),
    Row("numbers that do not add up", refusing(above(12_000), "context length is 32768 tokens, you "
        "requested 20300 tokens (300 of text input, 20000 in the output)"), streamed=False),
    Row("503 by name", refusing(has("seed"), "seed not supported", 503), streamed=False),
    Row("417 by name", refusing(has("seed"), "unsupported: seed", 417), streamed=False),
    Row("502 over a format", refusing(is_format("json_schema"), "Upstream rejected response_format", 502),
        streamed=False),
    Row("403 over a format", refusing(has("response_format"), "not enabled for your plan: "
        "response_format", 403), streamed=False),
    Row("200 with an error about a parameter", lambda b: {"error": {"message": "no", "type":
        "invalid_request_error", "param": "seed"}} if "seed" in b else done(), streamed=False),
    Row("format and roles, without a word", both(refusing(role("system"), "no"),
        refusing(has("response_format"), "no")), streamed=False),
    Row("all that may be missing", refusing(lambda b: len(b) > 4, "Bad shape"), streamed=False),
]  # fmt: skip

SHAPES = [
    Row("marks in pipes", thought("<|thinking|>{}<|/thinking|>"), streamed=False),
    Row("start of, end of", thought("<|start_of_thinking|>{}<|end_of_thinking|>"), streamed=False),
    Row("command a", thought("<|START_THINKING|>{}<|END_THINKING|><|START_RESPONSE|>", "<|END_RESPONSE|>"),
        streamed=False),
    Row("an element that is folded", thought('<details type="reasoning" done="true"><summary>Thought'
        "</summary>{}</details>\n"), streamed=False),
    Row("a fence of thoughts", thought("```thinking\n{}\n```\n```json\n", "\n```"), streamed=False),
    Row("drafts in prose, then a fence", thought("First {} and then:\n\n```json\n", "\n```\n"),
        streamed=False),
]  # fmt: skip

HOPELESS = [
    Row("nothing helps", lambda _: Refusal(400, {"error": {"message": "the moon is full"}}),
        "the moon is full", streamed=False),
]  # fmt: skip

UNHEARD: list[Row] = [*REFUSED, *SHAPES, *HOPELESS]
