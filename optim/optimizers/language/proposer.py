"""Asking an optimizer model for values, until it gives usable ones or its chances are used up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Self

from optwright.errors import DeadlineExceeded, EndpointError, InputError, ReplyError
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.optimizers.language.reply import read_values
from optwright.optim.trial import JSON, Values
from optwright.prompts import Turn, load
from optwright.serving.chat import ChatModel, ChatRequest, Finish, Image, Message, conversation
from optwright.serving.schemas import record
from optwright.serving.sync import ask

Turns = Sequence[Turn]
"""(role, text), as `Prompt.fill` gives them."""


class Illustrated(tuple[Turn, ...]):
    """Turns, and the pictures that go with the last of them to a model that sees."""

    pictures: tuple[Image, ...]

    def __new__(cls, turns: Turns, pictures: tuple[Image, ...]) -> Self:
        illustrated = super().__new__(cls, turns)
        illustrated.pictures = pictures
        return illustrated


CHANCES = 2  # replies asked for one proposal: the first, and one more that knows what was wrong
MAX_TOKENS = 2048
SECOND_CHANCE = 1_000_003  # between the samples of two requests for one proposal
_BLIND = (400, 415, 422)  # HTTP: what endpoints say to pictures that they cannot read
_NEVER_WORKS = (401, 403, 404)  # HTTP: a wrong key, address or model name stays wrong


class Proposer:
    """Turns prompts into values that fit, for the optimizer `role`.

    A reply that is not usable goes back once with the reason. Failed calls count as unusable
    replies. Only a spent budget, a missing or forbidden model and a missing recording end more
    than the proposal: those errors go through.
    """

    def __init__(self, setting: Setting, role: str) -> None:
        if setting.model is None:
            raise InputError(f"the optimizer {role!r} needs a model", hint="give model='local'")
        self._models = (setting.model, *setting.models)
        self._space, self._seed, self._role = setting.space, setting.seed, role
        self.count = setting.count
        self.replies = Replies()
        self._blind: set[str] = set()
        """Models that refused pictures; shared by all that `next` gives."""
        self._proposals = 0

    def next(self) -> Proposer:
        """One for the next proposal, which may ask at the same time as others: its replies are
        draws of their own, and the optimizer's models take turns."""
        own = copy(self)
        self._proposals += 1
        own._proposals = self._proposals
        own.replies = Replies()
        return own

    def add(self, replies: Replies) -> None:
        """Count what came of another's replies."""
        self.replies = self.replies + replies

    @property
    def _model(self) -> ChatModel:
        return self._models[(self._proposals - 1) % len(self._models)]

    def propose(
        self, turns: Turns, base: Values, *, temperature: float = 1.0
    ) -> dict[str, JSON] | None:
        """Values for all parameters, those not mentioned as in `base`; None without a usable
        reply."""
        messages = list(_messages(turns))
        for _ in range(CHANCES):
            reply = self._reply(messages, temperature)
            if reply is None:
                return None
            try:
                values = read_values(reply, self._space, base)
            except ReplyError as error:
                messages += [Message("assistant", reply or "(nothing)"), *self._refusal(error)]
            else:
                self.replies.usable += 1
                return values
        return None

    def say(self, turns: Turns, *, temperature: float = 0.0) -> str | None:
        """A reply in free words; None when there is none."""
        messages = _messages(turns)
        reply = self._reply(messages, temperature, schema=False)
        if reply is None or not reply.strip():
            return None
        self.replies.usable += 1
        return reply.strip()

    def state(self) -> JSON:
        return [self.replies.asked, self.replies.usable, self._proposals]

    def restore(self, state: JSON) -> None:
        self.replies = Replies(state[0], state[1])
        self._proposals = state[2]

    def _reply(
        self, messages: Sequence[Message], temperature: float, *, schema: bool = True
    ) -> str | None:
        """The text of one reply; None when the call failed or was refused."""
        if self._model.name in self._blind:
            messages = [replace(message, images=()) for message in messages]
        request = ChatRequest(
            tuple(messages),
            schema=reply_schema(self._space.schema()) if schema else None,
            temperature=temperature,
            seed=self._seed,
            max_tokens=MAX_TOKENS,
            # Equal prompts later in the run are other draws, and so is a second chance; numbers
            # do not hang on who else asks at the same time.
            sample=self._proposals + SECOND_CHANCE * self.replies.asked,
            role=self._role,
        )
        self.replies.asked += 1
        try:
            reply = ask(self._model, request)
        except EndpointError as error:
            if error.status in _NEVER_WORKS:
                raise
            if error.status in _BLIND and any(message.images for message in messages):
                self._blind.add(self._model.name)
                return self._reply(messages, temperature, schema=schema)
            return None
        except (DeadlineExceeded, ReplyError):
            return None
        if reply.finish is Finish.REFUSAL:
            return None
        if schema and reply.finish is Finish.LENGTH:
            return None  # what was cut off may be sound JSON with half an instruction in it
        return reply.text

    def _refusal(self, error: ReplyError) -> tuple[Message, ...]:
        schema = json.dumps(self._space.schema(), ensure_ascii=False)
        turns = load("optim_rejected").fill(reason=str(error), schema=schema)
        return conversation(turns)


def _messages(turns: Turns) -> tuple[Message, ...]:
    messages = conversation(turns)
    pictures = turns.pictures if isinstance(turns, Illustrated) else ()
    return (*messages[:-1], replace(messages[-1], images=pictures)) if pictures else messages


def reply_schema(values: JSON) -> dict[str, JSON]:
    """The schema of a whole reply: a short reason first, so that it is thought of first."""
    return record({"reason": {"type": "string", "maxLength": 600}, "values": values})
