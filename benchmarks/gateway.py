"""The model under test as an endpoint, for programs that know nothing of optwright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.chat_server import completion, refusal
from optwright.benchmarks.system import Kit
from optwright.errors import BudgetExceeded, OptwrightError
from optwright.serving.chat import ChatRequest, Message

_MOST_TOKENS = 1024  # of a reply when the request does not say
_OVER_BUDGET = 402


@dataclass(frozen=True)
class Gateway:
    """Answers chat completions with the model of a kit."""

    kit: Kit

    async def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        try:
            request = read_request(body, self.kit)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"the request cannot be read: {type(error).__name__}: {error}"
            return 400, refusal(said, "invalid_request_error")
        try:
            reply = await self.kit.model.complete(request)
        except BudgetExceeded as error:
            return _OVER_BUDGET, refusal(str(error), "budget_exceeded")
        except OptwrightError as error:
            return 400, refusal(str(error), type(error).__name__)
        used = reply.usage
        return 200, completion(
            reply.text,
            reply.model,
            used.prompt_tokens,
            used.completion_tokens,
            "length" if reply.finish == "length" else "stop",
        )


def read_request(body: dict[str, Any], kit: Kit) -> ChatRequest:
    """The request in a body of the chat completions API. Seed and sample are those of the attempt
    unless it says another seed; KeyError, TypeError or ValueError for what is none."""
    turns = [Message(turn["role"], _text(turn["content"])) for turn in body["messages"]]
    if not turns:
        raise ValueError("it has no messages")
    schema = (body.get("response_format") or {}).get("json_schema") or {}
    most = body.get("max_completion_tokens") or body.get("max_tokens") or _MOST_TOKENS
    seed = body.get("seed")
    return ChatRequest(
        tuple(turns),
        schema=schema.get("schema"),
        temperature=float(body.get("temperature") or 0.0),
        seed=kit.seed if seed is None else int(seed),
        max_tokens=int(most),
        sample=kit.sample,
        role="program",
    )


def _text(content: object) -> str:
    """The text of a message, which may come in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part["text"]) for part in content)
    raise TypeError(f"a message holds {type(content).__name__}")
