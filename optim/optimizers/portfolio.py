"""Several optimizers under one budget; a bandit gives the next proposal to whoever pays best.

A member is paid by improvement per cost: how far its trial moved the best score, against what
proposing and evaluating took from the budget. What it is expected to earn is weighed with that as
if it had been seen in a number of earlier trials, and what was seen counts less as it gets older,
so a member that earned early and no more makes room. What is only expected weighs less the less is
left of the budget. A member whose trials fail while those of others do not is dropped, and at a
quarter and at half of the budget only the better ones go on, as long as they gain. Every member
hears of every trial, so points one paid for teach the others.

With text they can also mislead each other: what one of them wrote is read by all, and a small model
repeats a wrong rule that it reads. So one member begins, and the others that write text join when
it has stalled. On text alone a run is the run of that member until then, to the last request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from math import inf, sqrt
from typing import Any

from optwright.errors import ExtraMissing, InputError
from optwright.optim.optimizer import Optimizer, Setting, open_optimizer, tell_decision
from optwright.optim.optimizers.language.replies import Replies, replies_of
from optwright.optim.optimizers.numeric.coding import has_few_values, is_number
from optwright.optim.optimizers.numeric.random import is_drawn
from optwright.optim.parameters import Choice, Code, Text, Tunable
from optwright.optim.trial import JSON, Suggestion, Trial

FORGET = 0.97  # what a payment counts after one more trial, whoever's it was
FAILING = 8  # trials of a member that are looked at for failures; six dropped a surrogate too early
FAILING_SHARE = 0.75  # of them, from which on it is dropped
OFTEN = 0.25  # of all trials, that fail: from here on those count that learn where
LEAST_BELIEF = 0.7  # of a prior gain, at the end of the budget
LEAST_COST = 0.25  # of an average trial: a repeated one is free, and teaches nothing
PRUNING = ((0.25, 0.6), (0.5, 0.25))
"""Shares of the budget, and the share of the members that goes on from there (10, 6 and 2 of them
in the published comparison of harnesses)."""
FEWEST = 2  # members that go on
PATIENCE = 8  # trials without a gain, or turns without a trial: one step of OPRO in its paper


@dataclass(slots=True)
class BanditArm:
    """What one member has earned and cost. `prior_gain` is the gain per cost expected of it, and
    stands for `trials` trials at the cost of an average one."""

    prior_gain: float
    trials: float
    earned: float = 0.0
    cost: float = 0.0
    idle: int = 0
    """Its trials since the last one with a gain."""
    mute: int = 0
    """How often in a row it had nothing to propose."""
    recent: list[int] = field(default_factory=list)
    """Its last trials: 1 for one that failed."""

    @property
    def has_stalled(self) -> bool:
        return max(self.idle, self.mute) >= PATIENCE

    def age(self) -> None:
        self.earned *= FORGET
        self.cost *= FORGET

    @property
    def fails(self) -> bool:
        """Whether most of its last trials failed."""
        return len(self.recent) >= FAILING and sum(self.recent) >= FAILING_SHARE * len(self.recent)

    def pay(self, gain: float, cost: float, *, failed: bool = False) -> None:
        self.recent = [*self.recent, int(failed)][-FAILING:]
        self.earned += gain
        self.cost += cost
        self.idle = 0 if gain > 0.0 else self.idle + 1

    def pay_for_nothing(self, cost: float) -> None:
        self.cost += cost
        self.mute += 1

    def rate(self, waiting: int, left: float = 1.0) -> float:
        """Gain per cost, as if the `waiting` trials of this member ended without a gain, where a
        share of `left` of the budget is still to be spent."""
        prior = self.prior_gain * max(left, LEAST_BELIEF)
        return (prior * self.trials + self.earned) / (self.trials + self.cost + waiting)

    def state(self) -> JSON:
        return [self.earned, self.cost, self.idle, self.mute, list(self.recent)]

    def restore(self, state: JSON) -> None:
        self.earned, self.cost, self.idle, self.mute, *recent = state
        self.recent = list(recent[0]) if recent else []  # version 0.1.0 did not keep them


@dataclass(frozen=True, slots=True)
class PortfolioMember:
    """One optimizer of a portfolio: what gain per cost is expected of it, for how many trials
    without a gain that is believed, and how well it suits a parameter. At 0 it cannot change it;
    what is expected is multiplied by the mean."""

    name: str
    prior_gain: float
    trials: float
    suits: Callable[[Tunable[Any]], float]
    needs_model: bool = False
    learns_slopes: bool = False
    """Whether it shows what it can do only when it has points in every direction; `trials` is a
    multiple of how many that takes then."""
    models_failures: bool = False
    """Whether it learns where the program fails; then more is expected of it where that happens."""
    after: str = ""
    """Where there is text to write, it waits until this member has stalled."""

    def arm_for(self, setting: Setting) -> BanditArm:
        changed = sum(self.suits(parameter) > 0.0 for parameter in setting.space)
        points = changed + 1 if self.learns_slopes else 1
        return BanditArm(self.prior_gain_for(setting), self.trials * points)

    def prior_gain_for(self, setting: Setting) -> float:
        """0 is no member."""
        if self.needs_model and setting.model is None:
            return 0.0
        return self.prior_gain * sum(map(self.suits, setting.space)) / max(1, len(setting.space))


def _is_words(parameter: Tunable[Any]) -> bool:
    return isinstance(parameter, Text | Code)


def _is_searched(parameter: Tunable[Any]) -> float:
    if has_few_values(parameter):
        return 0.5
    return float(is_number(parameter) or isinstance(parameter, Choice))


def _is_rugged(parameter: Tunable[Any]) -> float:
    """A bowl of numbers alone is done sooner by a quadratic; the more there are choices, the more a
    surrogate that needs no slopes is worth."""
    if isinstance(parameter, Choice):
        return 1.0
    return 0.4 if is_number(parameter) else 0.0


def _is_any(parameter: Tunable[Any]) -> bool:
    return True


def _in_small_steps(parameter: Tunable[Any]) -> float:
    """Small changes at random are the best there is for orders and choices; numbers have slopes."""
    return 1.0 - 0.5 * _is_smooth(parameter) if is_drawn(parameter) else 0.0


def _is_smooth(parameter: Tunable[Any]) -> float:
    """A whole number with few values is more like a choice than like a number with a slope."""
    if not is_number(parameter):
        return 0.0
    return 0.0 if has_few_values(parameter) else 1.0


MEMBERS = (
    PortfolioMember("bracket", 1.0, 1.5, _is_smooth, learns_slopes=True),
    PortfolioMember("quadratic", 0.7, 2.0, _is_smooth, learns_slopes=True),
    PortfolioMember("ego", 0.85, 2.0, _is_rugged, learns_slopes=True, models_failures=True),
    PortfolioMember("mutation", 0.7, 8.0, _in_small_steps),
    PortfolioMember("reflective", 0.6, 2.0, _is_words, needs_model=True, after="opro"),
    PortfolioMember("optoprime", 0.5, 2.0, _is_any, needs_model=True, after="opro"),
    PortfolioMember("opro", 0.5, 2.0, _is_any, needs_model=True),
    PortfolioMember("best_of_n", 0.4, 1.0, _is_words, needs_model=True, after="opro"),
    PortfolioMember("tpe", 0.2, 2.0, _is_searched),
    PortfolioMember("cmaes", 0.1, 2.0, _is_smooth),
    PortfolioMember("random", 0.02, 1.0, is_drawn),
)
"""Who takes part by default, in the order in which ties are broken. What is expected of them was
set on the seen problems of `benchmarks.optim.members`, and the unseen ones say what it is worth."""


class Portfolio:
    """All members that fit the space and the means, or those named in `members`."""

    name = "portfolio"

    def __init__(self, setting: Setting, members: Sequence[PortfolioMember] = MEMBERS) -> None:
        self._spent = setting.spent
        self.members: dict[str, Optimizer] = {}
        self._arms: dict[str, BanditArm] = {}
        self._after: dict[str, str] = {}
        for member in members:
            if member.prior_gain_for(setting) > 0.0:
                self._open(member, setting)
        if not self.members:
            raise InputError(
                f"no member of the portfolio can change {list(setting.space.names)}",
                hint="text and code need a model=...",
            )
        if any(isinstance(parameter, Text) for parameter in setting.space):
            self._line_up(members)
        self._kept: list[list[str]] = []
        """The members that went on at each pruning so far."""
        self._waiting: dict[str, int] = {}
        self._told: list[float] = []
        self._failed = 0
        self._share = 0.0
        self._of_failures = {m.name: m.prior_gain for m in members if m.models_failures}

    @property
    def replies(self) -> Replies:
        counts = (replies_of(optimizer) for optimizer in self.members.values())
        return sum((count for count in counts if count is not None), Replies())

    def ask(self, n: int = 1) -> list[Suggestion]:
        """Turns are given out first; then each member proposes all of its own at once."""
        turns: dict[str, int] = {}
        for _ in range(n):
            if name := self._next():
                turns[name] = turns.get(name, 0) + 1
                self._waiting[name] = self._waiting.get(name, 0) + 1
        asked: list[Suggestion] = []
        for name, count in turns.items():
            found = self._ask_member(name, count)
            self._waiting[name] -= count - len(found)
            asked += found
        while len(asked) < n and (more := self._ask_one(without=set(turns))):
            asked += more
        return asked

    def _next(self) -> str | None:
        return max(filter(self._takes_part, self.members), key=self._promise, default=None)

    def tell(self, trials: Sequence[Trial]) -> None:
        cost = self._cost_since_last(len(trials))
        for trial in trials:
            origin = trial.candidate.origin
            for arm in self._arms.values():
                arm.age()
            if origin in self.members:
                gain = self._gain(trial.score)
                self._arms[origin].pay(gain, max(cost, LEAST_COST), failed=trial.failed)
            if trial.failed:
                self._failed += 1
            else:
                self._told.append(trial.score)
        self._waiting = {}
        self._prune()
        for optimizer in self.members.values():
            optimizer.tell(trials)

    def decided(self, trial: int, *, accepted: bool, reason: str) -> None:
        for optimizer in self.members.values():
            tell_decision(optimizer, trial, accepted=accepted, reason=reason)

    def state(self) -> JSON:
        return {
            "members": {name: optimizer.state() for name, optimizer in self.members.items()},
            "purses": {name: arm.state() for name, arm in self._arms.items()},
            "waiting": self._waiting,
            "share": self._share,
            "kept": [list(names) for names in self._kept],
        }

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        for name, optimizer in self.members.items():
            if name in state["members"]:
                optimizer.restore(state["members"][name], trials)
                self._arms[name].restore(state["purses"][name])
            else:  # it was no member then, or its extra was missing
                optimizer.tell(trials)
        self._waiting = dict(state["waiting"])
        self._told = [trial.score for trial in trials if not trial.failed]
        self._failed = len(trials) - len(self._told)
        self._share = state["share"]
        self._kept = [list(names) for names in state.get("kept", [])]  # new since 0.1.0

    def _open(self, member: PortfolioMember, setting: Setting) -> None:
        try:
            self.members[member.name] = self._open_member(member.name, setting)
        except ExtraMissing:
            return  # the others do without it; asked for by name it is an error
        self._arms[member.name] = member.arm_for(setting)

    def _open_member(self, name: str, setting: Setting) -> Optimizer:
        return open_optimizer(name, setting)

    def _line_up(self, members: Sequence[PortfolioMember]) -> None:
        """Let members wait for those they come after, who are believed as long as both of them."""
        for member in members:
            if member.name in self.members and member.after in self.members:
                self._after[member.name] = member.after
                self._arms[member.after].trials += self._arms[member.name].trials

    def _ask_one(self, without: Collection[str] = ()) -> list[Suggestion]:
        """One candidate of the best paid other member that has one."""
        for name in sorted(filter(self._takes_part, self.members), key=self._promise, reverse=True):
            if name in without:
                continue
            if candidates := self._ask_member(name, 1):
                self._waiting[name] = self._waiting.get(name, 0) + 1
                return candidates
        return []

    def _ask_member(self, name: str, n: int) -> list[Suggestion]:
        """What a member proposes; nothing is paid for, too."""
        arm, before = self._arms[name], self._spent()
        candidates = self.members[name].ask(n)
        if candidates:
            arm.mute = 0
        else:
            share = self._spent() - before
            arm.pay_for_nothing(self._in_trials(share) if share > 0.0 else 0.0)
        return candidates

    def _takes_part(self, name: str) -> bool:
        return self._has_begun(name) and self._goes_on(name) and not self._is_dropped(name)

    def _has_begun(self, name: str) -> bool:
        return name not in self._after or self._arms[self._after[name]].has_stalled

    def _is_dropped(self, name: str) -> bool:
        """Whether its trials fail while those of another, that could go on, do not."""
        return self._arms[name].fails and any(
            self._has_begun(other) and not arm.fails for other, arm in self._arms.items()
        )

    def _goes_on(self, name: str) -> bool:
        """Whether it was kept; when all that were have stalled, or fail, the others are back."""
        if not self._kept or name in self._kept[-1]:
            return True
        kept = [self._arms[other] for other in self._kept[-1]]
        return all(arm.has_stalled or arm.fails for arm in kept)

    def _prune(self) -> None:
        """Keep the better members where a share of the budget is spent; those that have not begun
        are no worse yet."""
        while len(self._kept) < len(PRUNING) and self._spent() >= PRUNING[len(self._kept)][0]:
            share = PRUNING[len(self._kept)][1]
            begun = [name for name in self.members if self._has_begun(name)]
            count = max(FEWEST, round(share * len(self.members)))
            best = sorted(begun, key=self._promise, reverse=True)[:count]
            self._kept.append([*best, *(name for name in self.members if name not in begun)])

    def _promise(self, name: str) -> float:
        arm, told = self._arms[name], self._failed + len(self._told)
        if name in self._of_failures and self._failed > OFTEN * told:
            arm = replace(arm, prior_gain=max(arm.prior_gain, self._of_failures[name]))
        return arm.rate(self._waiting.get(name, 0), 1.0 - self._spent())

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
