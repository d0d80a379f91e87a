"""Asking a language model about a turn, with what is to be kept from it kept back."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.agents.sharing import Talk, discreet
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest
from optwright.serving.events import Announced
from optwright.serving.ledger import Ledger
from optwright.serving.metered import Metered
from optwright.serving.models import open_model
from optwright.serving.recorded import Mode
from optwright.serving.sync import ask, close


@dataclass(frozen=True)
class Asks:
    """A model and how it is asked. Calling it raises what `ChatModel.complete` raises."""

    model: str | ChatModel
    ledger: Ledger | None = None
    mode: Mode = Mode.RECORD
    talk: Talk | None = None
    """What the conversation is about, where some of it is to be kept from the model."""
    pseudonyms: bool = False

    def __call__(self, request: ChatRequest, account: Account) -> ChatReply:
        model = self._opened(account)
        try:
            if self.talk is not None:
                return ask(discreet(model, self.talk, pseudonyms=self.pseudonyms), request)
            return ask(model, request)
        finally:
            if isinstance(self.model, str):
                close(model)

    def _opened(self, account: Account) -> ChatModel:
        if isinstance(self.model, str):
            return open_model(self.model, ledger=self.ledger, mode=self.mode, account=account)
        if isinstance(self.model, Announced):
            return self.model
        limited = account.budget != Budget()
        return Announced(Metered(self.model, account) if limited else self.model)
