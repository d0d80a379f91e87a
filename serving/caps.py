"""How many tokens a reply may have: by model and role, more after a reply that was cut off.

Each role asks with a cap of its own that fits what it writes. A model that thinks first needs room
for that besides, and how much is not known before it has thought: `Growing` gives it more when a
reply is cut off, and remembers what it took.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from optwright.errors import BudgetExceeded, OptwrightError
from optwright.serving import endpoints
from optwright.serving.billing import bill
from optwright.serving.chat import NOTHING_USED, ChatModel, ChatReply, ChatRequest, Finish
from optwright.serving.thoughts import thought_tokens

ROOMS = (16_384, 65_536)
"""Tokens for thoughts after the first and the second reply that thoughts cut off."""
_LEAST_ROOM = 2_048
_LONGER = 4  # times the cap of a role, after a text of that role that was cut off
_SAME = 200  # characters that come again and again in a reply that goes round in circles


@dataclass
class Caps:
    """What replies of one model were found to need. `room` is for thoughts, whoever asks; `longer`
    says how much more than it asks for a role was found to write."""

    room: int = 0
    longest: int = 0
    """Tokens of the longest thoughts before a reply that came to its end."""
    longer: dict[str, int] = field(default_factory=dict)
    name: str = ""
    """The model to keep them of; none of them are kept without one."""

    @classmethod
    def recalled(cls, name: str) -> Caps:
        """What is kept of the model of that name, and kept of it from now on."""
        kept = endpoints.recall(name).get("longest")
        longest = kept if type(kept) is int and 0 < kept <= ROOMS[1] else 0
        return cls(max(2 * longest, _LEAST_ROOM) if longest else 0, longest, {}, name)

    def first(self, request: ChatRequest) -> int:
        """The cap to begin with."""
        return request.max_tokens * self.longer.get(request.role, 1) + self.room

    def learn(self, reply: ChatReply) -> None:
        """Keep room for twice the longest thoughts of a reply that came to its end."""
        thoughts = thought_tokens(reply)
        if thoughts and reply.finish is not Finish.LENGTH:
            if thoughts > self.longest:
                self.longest = thoughts
                if self.name and endpoints.is_kept():
                    endpoints.remember(self.name, longest=thoughts)
            self.room = max(2 * self.longest, _LEAST_ROOM)

    def grow(self, request: ChatRequest, reply: ChatReply, *, texts: bool) -> bool:
        """Make room after a reply that was cut off; whether asking again makes sense."""
        if 2 * thought_tokens(reply) >= reply.usage.completion_tokens or not reply.text.strip():
            if more := [room for room in ROOMS if room >= 2 * self.room]:
                self.room = more[0]
            return bool(more)
        # Who asks for no role means what it says by a cap.
        growable = texts and request.role and request.role not in self.longer
        if not growable or _goes_in_circles(reply.text):
            return False
        self.longer[request.role] = _LONGER
        return True


class Growing:
    """A model that is asked again, with more tokens, when a reply was cut off by its thoughts, and
    once where a text of a role was (`texts`) that does not repeat itself.

    A reply's usage is that of all its attempts. What the budget cut is not asked again.
    """

    def __init__(self, model: ChatModel, caps: Caps, *, texts: bool = True) -> None:
        self.model = model
        self.caps = caps
        self._texts = texts

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        spent, reply = NOTHING_USED, None
        while True:
            asked = replace(request, max_tokens=self.caps.first(request))
            try:
                latest = await self.model.complete(asked)
            except BudgetExceeded:
                if reply is None:
                    raise
                return replace(reply, cut_by_budget=True)
            except OptwrightError as error:
                bill(error, spent)
                raise
            spent += replace(latest.usage, thought_tokens=thought_tokens(latest))
            reply = replace(latest, usage=spent)
            self.caps.learn(latest)
            if latest.finish is not Finish.LENGTH or latest.cut_by_budget or latest.capped:
                return reply
            if not self.caps.grow(request, latest, texts=self._texts):
                return reply

    async def aclose(self) -> None:
        await self.model.aclose()


def _goes_in_circles(text: str) -> bool:
    """Whether the end of a text stood in it twice before: more room would only make it longer."""
    return len(text) > 3 * _SAME and text.count(text[-_SAME:]) >= 3
