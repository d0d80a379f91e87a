"""Which model plays which role of a run: opened once, charged to one account, closed at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from optwright.errors import InputError
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.events import Announced
from optwright.serving.ledger import Ledger
from optwright.serving.metered import Metered
from optwright.serving.recorded import Mode
from optwright.serving.retry import Retrying
from optwright.serving.roles import ModelSpec
from optwright.serving.scripted import ScriptedModel
from optwright.serving.sync import close

ROLES = ("planner", "formulator", "second_formulator", "coder", "critic", "reader")

AnyModel = str | ModelSpec | ChatModel
"""A name for `open_model`, a specification, or a model that is open."""


def check_roles(roles: Iterable[str]) -> None:
    """Raise `InputError` for a role that nobody plays."""
    if unknown := sorted(set(roles) - set(ROLES)):
        raise InputError(f"there is no role {unknown[0]!r}; there are {', '.join(ROLES)}")


def account_of(budget: Account | Budget | str | None) -> Account:
    """An account for a budget, unless it is one already; None has no limits."""
    if isinstance(budget, Account):
        return budget
    return Account(Budget.parse(budget) if isinstance(budget, str) else budget or Budget())


@dataclass
class OpenModels:
    """Opens each model once and closes what it opened."""

    ledger: Ledger | None
    mode: Mode
    account: Account
    _open: dict[str | ModelSpec, ChatModel] = field(default_factory=dict)

    def cast(
        self,
        model: AnyModel,
        roles: Mapping[str, AnyModel],
    ) -> dict[str, ChatModel]:
        check_roles(roles)
        return {role: self._get(roles.get(role, model)) for role in ROLES}

    def _get(self, model: AnyModel) -> ChatModel:
        if not isinstance(model, str | ModelSpec):
            # A model of the caller's own is counted and charged like one that is opened here.
            if isinstance(model, Announced):
                return model
            has_limits = self.account.budget != Budget()
            charged = Metered(model, self.account) if has_limits else model
            # A script says itself how it goes on; a client takes its own time for a call.
            is_scripted = isinstance(model, ScriptedModel)
            return Announced(charged if is_scripted else Retrying(charged, timeout_s=None))
        if model not in self._open:
            spec = ModelSpec(model=model) if isinstance(model, str) else model
            self._open[model] = spec.open(ledger=self.ledger, mode=self.mode, account=self.account)
        return self._open[model]

    def close(self) -> None:
        for model in self._open.values():
            close(model)


def name_of(model: AnyModel) -> str:
    """The name of a model as `open_model` takes it."""
    if isinstance(model, str):
        return model
    return model.asked_for if isinstance(model, ModelSpec) else model.name
