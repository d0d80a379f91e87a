"""Asking a language model for programs, several at a time, each call inside a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from optwright.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    EndpointError,
    InputError,
    OptwrightError,
    ReplyError,
)
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.replies import Proposal, read_program
from optwright.optim.trial import JSON
from optwright.prompts import Turn, load
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Message, conversation
from optwright.serving.sync import run

CALL_S = 900.0
"""A proposal's call, with its waiting and retries, is given up after this long."""
CHARS_A_TOKEN = 2.5  # of code; tokenizers differ, and a cap should not cut a program off
SPARE_TOKENS = 1024  # for the reason, and for what the program may grow by
NEVER_WORKS = (401, 403, 404)  # HTTP: a wrong key, address or model name stays wrong


@dataclass(frozen=True, slots=True)
class Order:
    """One proposal that is wanted: what to ask, of which program, in which form."""

    turns: Sequence[Turn]
    base: str
    form: str


class Writer:
    """Turns orders into programs. A reply that is not usable goes back once with the reason, and
    asks for the marked part written anew whatever was asked for first: models that cannot quote a
    program's lines can still write them.

    Only a spent budget, a missing or forbidden model and a missing recording end more than the
    proposal.
    """

    def __init__(self, setting: Setting, role: str, parameter: ProgramCode) -> None:
        if setting.model is None:
            raise InputError(f"the optimizer {role!r} needs a model", hint="give model='local'")
        self._models = (setting.model, *setting.models)
        self._seed, self._role = setting.seed, role
        self._parameter = parameter
        self.replies = Replies()
        self._requests = 0

    def write(self, orders: Sequence[Order]) -> list[Proposal | None]:
        """A proposal for every order, in their order; None without a usable reply."""
        first = self._ask([(order, conversation(order.turns)) for order in orders])
        found = [self._read(order, reply) for order, reply in zip(orders, first, strict=True)]
        again = [
            (place, order, reply, why)
            for place, (order, reply, why) in enumerate(zip(orders, first, found, strict=True))
            if isinstance(why, ReplyError) and reply is not None
        ]
        seconds = self._ask([(o, self._once_more(o, r, why)) for _, o, r, why in again])
        for (place, order, _, _), reply in zip(again, seconds, strict=True):
            found[place] = self._read(order, reply)
        return [None if isinstance(item, ReplyError) else item for item in found]

    def state(self) -> JSON:
        return [self.replies.asked, self.replies.usable, self._requests]

    def restore(self, state: JSON) -> None:
        self.replies = Replies(state[0], state[1])
        self._requests = state[2]

    def _ask(self, asked: Sequence[tuple[Order, Sequence[Message]]]) -> list[ChatReply | None]:
        """The replies side by side; None where a call failed or was refused."""
        requests = [self._request(order, messages) for order, messages in asked]
        if not requests:
            return []
        self.replies.asked += len(requests)

        async def all_of_them() -> list[ChatReply | OptwrightError]:
            return list(await asyncio.gather(*map(self._call, requests)))

        replies = run(all_of_them())
        for reply in replies:
            if isinstance(reply, OptwrightError) and not _is_of_this_call(reply):
                raise reply
        return [
            None if isinstance(reply, OptwrightError) or reply.finish is Finish.REFUSAL else reply
            for reply in replies
        ]

    async def _call(self, request: ChatRequest) -> ChatReply | OptwrightError:
        try:
            async with asyncio.timeout(CALL_S):
                turn = request.sample % len(self._models)
                return await self._models[turn].complete(request)
        except TimeoutError:
            return DeadlineExceeded(f"no reply after {CALL_S:g} s")
        except OptwrightError as error:
            return error

    def _request(self, order: Order, messages: Sequence[Message]) -> ChatRequest:
        self._requests += 1
        return ChatRequest(
            tuple(messages),
            temperature=1.0,
            seed=self._seed,
            max_tokens=self._room(order.base),
            sample=self._requests,  # equal prompts later in the run are other draws
            role=self._role,
        )

    def _room(self, base: str) -> int:
        """As many tokens as the program needs that may come back."""
        chars = max(len(base), sum(map(len, self._parameter.marked(base).blocks)))
        return int(1.5 * chars / CHARS_A_TOKEN) + SPARE_TOKENS

    def _read(self, order: Order, reply: ChatReply | None) -> Proposal | ReplyError | None:
        if reply is None:
            return None
        try:
            cut_off = reply.finish is Finish.LENGTH
            found = read_program(reply.text, self._parameter, order.base, cut_off=cut_off)
        except ReplyError as error:
            return error
        self.replies.usable += 1
        return found

    def _once_more(self, order: Order, reply: ChatReply | None, why: object) -> tuple[Message, ...]:
        assert reply is not None  # only replies go back
        task = form_of("block")
        refused = load("program_rejected").fill(reason=str(why), task=task)
        said = Message("assistant", reply.text or "(nothing)")
        return (*conversation(order.turns), said, *conversation(refused))


def form_of(form: str) -> str:
    """What a model is told about how to answer: `block`, `diff` or `whole`."""
    return load(f"program_{form}").fill()[0][1]


def _is_of_this_call(error: OptwrightError) -> bool:
    """Whether an error is one call's, which another one may be spared."""
    if isinstance(error, BudgetExceeded):
        return False
    if isinstance(error, EndpointError):
        return error.status not in NEVER_WORKS
    return isinstance(error, DeadlineExceeded | ReplyError)
