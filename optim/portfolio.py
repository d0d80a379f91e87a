"""Several optimizers under one budget; a bandit gives the next proposal to whoever pays best.

A member is paid by improvement per cost: how far its trial moved the best score, against what
proposing and evaluating took from the budget. Every member hears of every trial, so points one
paid for teach the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Any

from optwright.errors import ExtraMissing, InputError
from optwright.optim.classical.coding import is_number
from optwright.optim.classical.random import is_drawn
from optwright.optim.optimizer import Optimizer, Setting, open_optimizer
from optwright.optim.parameters import Choice, Code, Parameter, Text
from optwright.optim.replies import Replies, replies_of
from optwright.optim.trial import JSON, Candidate, Trial

FORGET = 0.95  # weight of an earlier payment, per later one to the same member
CURIOSITY = 0.02


@dataclass(slots=True)
class Purse:
    """What one member has earned, older payments counting less. Its first payment is trust."""

    earned: float
    cost: float = 1.0
    turns: int = 0

    def pay(self, gain: float, cost: float) -> None:
        self.earned = FORGET * self.earned + gain
        self.cost = FORGET * self.cost + cost
        self.turns += 1

    def rate(self, waiting: int) -> float:
        """Gain per cost, as if the `waiting` trials of this member ended without a gain."""
        return self.earned / (self.cost + waiting)


@dataclass(frozen=True, slots=True)
class Member:
    """One optimizer of a portfolio: which parameters it can change, and how much it is trusted at
    first if those are all there are. With fewer of them it is trusted less."""

    name: str
    hope: float
    changes: Callable[[Parameter[Any]], bool]
    needs_model: bool = False

    def hope_for(self, setting: Setting) -> float:
        """0 is no member."""
        if self.needs_model and setting.model is None:
            return 0.0
        return self.hope * sum(map(self.changes, setting.space)) / max(1, len(setting.space))


def _is_words(parameter: Parameter[Any]) -> bool:
    return isinstance(parameter, Text | Code)


def _is_searched(parameter: Parameter[Any]) -> bool:
    return is_number(parameter) or isinstance(parameter, Choice)


def _is_any(parameter: Parameter[Any]) -> bool:
    return True


MEMBERS = (
    Member("bracket", 40.0, is_number),
    Member("quadratic", 3.0, is_number),
    Member("reflective", 2.0, _is_words, needs_model=True),
    Member("optoprime", 1.0, _is_any, needs_model=True),
    Member("opro", 1.0, _is_any, needs_model=True),
    Member("mutation", 0.4, is_drawn),
    Member("tpe", 0.3, _is_searched),
    Member("cmaes", 0.3, is_number),
    Member("random", 0.02, is_drawn),
)
"""Who takes part by default, in the order in which ties are broken. Trust was set on problems of
`benchmarks.optim.members`: the quadratic is the best start for smooth functions of numbers, and
directions, where there are any, are worth following for as long as they lead on."""


class Portfolio:
    """All members that fit the space and the means, or those named in `members`."""

    name = "portfolio"

    def __init__(self, setting: Setting, members: Sequence[Member] = MEMBERS) -> None:
        self._spent = setting.spent
        self.members: dict[str, Optimizer] = {}
        self._purses: dict[str, Purse] = {}
        for member in members:
            if (hope := member.hope_for(setting)) > 0.0:
                self._open(member.name, hope, setting)
        if not self.members:
            raise InputError(
                f"no member of the portfolio can change {list(setting.space.names)}",
                hint="text and code need a model=...",
            )
        self._waiting: dict[str, int] = {}
        self._told: list[float] = []
        self._share = 0.0

    @property
    def replies(self) -> Replies:
        counts = (replies_of(optimizer) for optimizer in self.members.values())
        return sum((count for count in counts if count is not None), Replies())

    def ask(self, n: int = 1) -> list[Candidate]:
        asked: list[Candidate] = []
        for _ in range(n):
            asked += self._ask_one()
        return asked

    def tell(self, trials: Sequence[Trial]) -> None:
        cost = self._cost_since_last(len(trials))
        for trial in trials:
            origin = trial.candidate.origin
            if origin in self.members:
                self._purses[origin].pay(self._gain(trial.score), cost)
            if not trial.failed:
                self._told.append(trial.score)
        self._waiting = {}
        for optimizer in self.members.values():
            optimizer.tell(trials)

    def state(self) -> JSON:
        return {
            "members": {name: optimizer.state() for name, optimizer in self.members.items()},
            "purses": {name: [p.earned, p.cost, p.turns] for name, p in self._purses.items()},
            "waiting": self._waiting,
            "share": self._share,
        }

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        for name, optimizer in self.members.items():
            optimizer.restore(state["members"][name], trials)
            purse = self._purses[name]
            purse.earned, purse.cost, purse.turns = state["purses"][name]
        self._waiting = dict(state["waiting"])
        self._told = [trial.score for trial in trials if not trial.failed]
        self._share = state["share"]

    def _open(self, name: str, hope: float, setting: Setting) -> None:
        try:
            self.members[name] = open_optimizer(name, setting)
        except ExtraMissing:
            return  # the others do without it; asked for by name it is an error
        self._purses[name] = Purse(hope)

    def _ask_one(self) -> list[Candidate]:
        """One candidate of the best paid member that has one; a barren call is paid for, too."""
        for name in sorted(self.members, key=self._promise, reverse=True):
            before = self._spent()
            candidates = self.members[name].ask(1)
            share = self._spent() - before
            if candidates:
                self._waiting[name] = self._waiting.get(name, 0) + 1
                return candidates
            if share > 0.0:
                self._purses[name].pay(0.0, self._in_trials(share))
        return []

    def _promise(self, name: str) -> float:
        purse = self._purses[name]
        total = sum(p.turns for p in self._purses.values())
        doubt = sqrt(log(1.0 + total) / (1.0 + purse.turns))
        return purse.rate(self._waiting.get(name, 0)) + CURIOSITY * doubt

    def _gain(self, score: float) -> float:
        """How far `score` is above the best one so far, as a share of all that was gained since
        the first trial: from 0 to 1, small gains lifted by a square root."""
        leader = max(self._told, default=-inf)
        if not score > leader:
            return 0.0
        so_far = leader - self._told[0] if self._told else 0.0
        return sqrt((score - leader) / (score - leader + so_far))

    def _cost_since_last(self, trials: int) -> float:
        """What each of these trials cost, in units of an average trial."""
        share, self._share = self._spent() - self._share, self._spent()
        return self._in_trials(share / max(1, trials))

    def _in_trials(self, share: float) -> float:
        average = self._spent() / max(1, len(self._told))
        return share / average if average > 0.0 else 1.0
