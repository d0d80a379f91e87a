"""A model that refuses is not asked the same again and again: each time is paid for."""

from __future__ import annotations

from collections import Counter

from optwright.errors import ModelError
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish

MOST_REFUSALS = 2
"""A second draw may come out otherwise; a third was never seen to."""
_SHOWN = 200


class ModelRefuses(ModelError):
    """The model refuses what it is asked."""

    hint = "say the problem differently, or use another model (--model)"


class Heeding:
    """A model that is not asked any more for a role once it refused `MOST_REFUSALS` times and never
    replied to it: that is an error, which says what the model said."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model
        self._refused: Counter[str] = Counter()
        self._replied: set[str] = set()
        self._said = ""

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        role = request.role
        if self._refused[role] >= MOST_REFUSALS and role not in self._replied:
            raise ModelRefuses(f"{self.name!r} refuses to answer {role or 'this'}: {self._said!r}")
        reply = await self.model.complete(request)
        if reply.finish is Finish.REFUSAL:
            self._refused[role] += 1
            self._said = " ".join(reply.text.split())[:_SHOWN]
        else:
            self._replied.add(role)
        return reply

    async def aclose(self) -> None:
        await self.model.aclose()
