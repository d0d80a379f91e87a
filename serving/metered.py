"""A model that pays for its calls out of an account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from optwright.errors import BudgetExceeded, InputError, OptwrightError
from optwright.serving.billing import billed, may_be_billed
from optwright.serving.budget import Account, Amount, Hold
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish, Usage
from optwright.serving.tokens import CountsTokens, prompt_tokens

USEFUL_TOKENS = 64  # below this a shortened reply is not worth its prompt


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens read and a million written."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


FREE = Price(0.0, 0.0)


class Metered:
    """A model whose every attempt is reserved in `account` before and settled after.

    Set aside are one call, the most tokens the prompt can have, and `max_tokens`. Where that does
    not fit any more, `max_tokens` shrinks to what is left, down to `USEFUL_TOKENS`. A failed
    attempt is free only when the endpoint cannot have billed it; otherwise all that was set aside
    counts as spent. The account is exceeded only by an endpoint that ignores `max_tokens`.
    """

    def __init__(self, model: ChatModel, account: Account, price: Price | None = None) -> None:
        if account.budget.usd is not None and price is None:
            raise InputError(
                f"the price of {model.name!r} is not known, so usd={account.budget.usd:g} "
                "cannot be kept",
                hint="give the price per million tokens, or limit tokens instead of usd",
            )
        self.model = model
        self.account = account
        self.price = price

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        prompt = await self._count(request)
        hold, max_tokens = await self._reserve(prompt, request.max_tokens)
        try:
            reply = await self.model.complete(replace(request, max_tokens=max_tokens))
        except BaseException as error:
            hold.settle(self._of_failure(error, prompt, max_tokens))
            raise
        usage = self._priced(reply.usage)
        hold.settle(_amount(usage))
        cut = reply.finish is Finish.LENGTH and max_tokens < request.max_tokens
        # Paid for now, wherever it came from: who charges replayed replies must not do so again.
        return replace(reply, usage=usage, cut_by_budget=cut, replayed=False)

    async def aclose(self) -> None:
        await self.model.aclose()

    async def _reserve(self, prompt: int, wanted: int) -> tuple[Hold, int]:
        """Return what was set aside and the completion tokens it allows."""
        least = min(wanted, USEFUL_TOKENS)
        while True:
            try:
                return await self.account.reserve_or_wait(self._worst(prompt, wanted)), wanted
            except BudgetExceeded:
                fitting = self._fitting(prompt, wanted)
                if fitting >= wanted:
                    raise
                # Where not even the least fits, the error says what that would take.
                wanted = max(fitting, least)
                if fitting < least:
                    return await self.account.reserve_or_wait(self._worst(prompt, least)), least

    def _worst(self, prompt: int, completion: int) -> Amount:
        usd = 0.0 if self.price is None else self.price.of(prompt, completion)
        return Amount(calls=1, tokens=prompt + completion, usd=usd)

    def _fitting(self, prompt: int, wanted: int) -> int:
        """The most completion tokens that what is left would pay for."""
        left = self.account.unspent()
        fitting = wanted if left.tokens is None else min(wanted, left.tokens - prompt)
        if left.usd is not None and self.price is not None and self.price.completion > 0:
            spare = left.usd - self.price.of(prompt, 0)
            fitting = min(fitting, int(spare / self.price.completion * 1e6))
        return fitting

    async def _count(self, request: ChatRequest) -> int:
        """The tokens of the prompt. Counting may load the model, so it is left where no limit
        depends on it."""
        counted = self.account.budget.tokens is not None or self.account.budget.usd is not None
        if counted and isinstance(self.model, CountsTokens):
            return await self.model.count_tokens(request)
        return prompt_tokens(request)

    def _of_failure(self, error: BaseException, prompt: int, completion: int) -> Amount:
        """What a failed attempt has cost: what the endpoint counted, or all that was set aside;
        the error says so from now on."""
        if not may_be_billed(error):
            return Amount()
        usage = self._priced(billed(error) if billed(error).calls else Usage(prompt, completion))
        if isinstance(error, OptwrightError):
            error.usage = usage
        return _amount(usage)

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost_usd is not None or self.price is None:
            return usage
        return replace(usage, cost_usd=self.price.of(usage.prompt_tokens, usage.completion_tokens))


class Charged(Metered):
    """A model whose replayed replies are charged as if they were paid for now, by the same rule.

    With it a replayed run stops where the recorded one ran out of budget. `exact` says that the
    recorded model counts its own tokens: what is set aside for a prompt is then what it had.
    """

    def __init__(
        self,
        model: ChatModel,
        account: Account,
        price: Price | None = None,
        *,
        exact: bool = False,
    ) -> None:
        super().__init__(model, account, price)
        self._exact = exact

    async def complete(self, request: ChatRequest) -> ChatReply:
        reply = await self.model.complete(request)
        if reply.replayed:
            prompt = reply.usage.prompt_tokens if self._exact else prompt_tokens(request)
            hold, _ = await self._reserve(prompt, request.max_tokens)
            hold.settle(_amount(self._priced(reply.usage)))
        return reply


class TimeBoxed:
    """A model that may not run past the seconds of an account, waiting and retries included."""

    def __init__(self, model: ChatModel, account: Account) -> None:
        self.model = model
        self.account = account

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        seconds = self.account.unspent().seconds
        if seconds == 0.0:
            raise self.account.out_of_time()
        try:
            async with asyncio.timeout(seconds) as limit:
                return await self.model.complete(request)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self.account.out_of_time() from None

    async def aclose(self) -> None:
        await self.model.aclose()


def _amount(usage: Usage) -> Amount:
    return Amount(calls=usage.calls, tokens=usage.tokens, usd=usage.cost_usd or 0.0)
