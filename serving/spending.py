"""Paying for the calls of a program that knows nothing of budgets.

A program under optimization asks models it opened itself. Inside `spending(account)` those calls
are charged to the account: it belongs to the context, so threads and tasks started there with
their context pay too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from optwright.serving.budget import Account
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest
from optwright.serving.metered import Metered, Price
from optwright.serving.tokens import CountsTokens, prompt_tokens

_payer: ContextVar[Account | None] = ContextVar("optwright_payer", default=None)


@contextmanager
def spending(account: Account | None) -> Iterator[None]:
    """Charge calls made inside the `with` block to `account`; None charges nobody."""
    token = _payer.set(account)
    try:
        yield
    finally:
        _payer.reset(token)


class Charging:
    """A model whose calls are paid by the account of the calling context, where there is one."""

    def __init__(self, model: ChatModel, price: Price | None = None) -> None:
        self.model = model
        self.price = price

    @property
    def name(self) -> str:
        return self.model.name

    async def count_tokens(self, request: ChatRequest) -> int:
        if isinstance(self.model, CountsTokens):
            return await self.model.count_tokens(request)
        return prompt_tokens(request)

    async def complete(self, request: ChatRequest) -> ChatReply:
        account = _payer.get()
        if account is None:
            return await self.model.complete(request)
        return await Metered(self.model, account, self.price).complete(request)

    async def aclose(self) -> None:
        await self.model.aclose()
