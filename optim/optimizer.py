"""The one shape of every optimizer, `ask` and `tell`, and the names they are opened by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Protocol, cast

from optwright.errors import InputError
from optwright.optim import contrib
from optwright.optim.beliefs import NO_BELIEFS, Beliefs
from optwright.optim.trial import JSON, Evaluation, Suggestion, Trial, Values

if TYPE_CHECKING:
    from optwright.optim.parameters import ParameterSpace
    from optwright.prompts import Prompt
    from optwright.serving.chat import ChatModel


def _nothing() -> float:
    return 0.0


def _unknown(values: Values) -> Sequence[Evaluation]:
    return ()


def about_tokens(text: str) -> int:
    """Tokens of a text by rule of thumb, for models that cannot count."""
    return -(-2 * len(text.encode("utf-8", errors="replace")) // 7)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an optimizer is opened with: what it may change, and with which means.

    `goal` says in words what the program is for. `model` is the optimizer's own language model,
    already metered by the study; optimizers that need one refuse to open without it. `spent` says
    which share of the budget is used up, from 0 to 1, seconds aside.
    """

    space: ParameterSpace
    seed: int = 0
    goal: str = ""
    model: ChatModel | None = None
    spent: Callable[[], float] = _nothing
    models: tuple[ChatModel, ...] = ()
    """Further models of the optimizer's own; proposals go to `model` and these in turn."""
    known: Callable[[Values], Sequence[Evaluation]] = _unknown
    """All that is known of some values from training examples, of earlier steps."""
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    """Prompts of the user's own, by the optimizer that asks with them; "" is for all."""
    prompt_tokens: int = 6_000
    """About how many tokens a prompt may have."""
    count: Callable[[str], int] = about_tokens
    """How many tokens a text has for the model."""
    beliefs: Beliefs = NO_BELIEFS
    """What a person believes about where the best values lie."""


class Optimizer(Protocol):
    """Proposes candidates and learns from trials, its own and those of others.

    `ask(n)` returns at most `n` valid candidates; none means it has nothing to propose now (a
    language model that never gave a usable reply, a design that is exhausted), which is no error.
    `tell` gets every trial once, in the order of their numbers, also trials of other origin. One
    with a method `decided(trial, accepted=, reason=)` also hears what was decided about trials.
    `state` is JSON and holds all that decides the next `ask`, randomness included, except the
    trials: `restore` gets those, every one that was told until then. An optimizer opened with the
    same setting and restored continues as if nothing had happened.
    """

    @property
    def name(self) -> str: ...

    def ask(self, n: int = 1) -> list[Suggestion]: ...

    def tell(self, trials: Sequence[Trial]) -> None: ...

    def state(self) -> JSON: ...

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None: ...


def tell_decision(optimizer: Optimizer, trial: int, *, accepted: bool, reason: str) -> None:
    """Tell an optimizer that listens what was decided about a trial."""
    decided = getattr(optimizer, "decided", None)
    if decided is not None:
        decided(trial, accepted=accepted, reason=reason)


_HOMES = {
    "random": "optwright.optim.optimizers.numeric.random:RandomSearch",
    "quadratic": "optwright.optim.optimizers.numeric.quadratic:Quadratic",
    "cmaes": "optwright.optim.optimizers.numeric.cmaes:CmaEs",
    "tpe": "optwright.optim.optimizers.numeric.bayes:Tpe",
    "gp": "optwright.optim.optimizers.numeric.bayes:GaussianProcess",
    "ego": "optwright.optim.optimizers.numeric.ego:Ego",
    "shotgun": "optwright.optim.optimizers.numeric.shotgun:Shotgun",
    "rprop": "optwright.optim.optimizers.numeric.signs:SignRprop",
    "mutation": "optwright.optim.optimizers.numeric.mutation:Mutation",
    "bracket": "optwright.optim.optimizers.numeric.bracketing:Bracket",
    "bisection": "optwright.optim.optimizers.numeric.signs:Bisection",
    "portfolio": "optwright.optim.optimizers.portfolio:Portfolio",
    "opro": "optwright.optim.optimizers.language.opro:Opro",
    "best_of_n": "optwright.optim.optimizers.language.best_of_n:BestOfN",
    "reflective": "optwright.optim.optimizers.language.reflective:Reflective",
    "optoprime": "optwright.optim.optimizers.language.optoprime:OptoPrime",
    "program": "optwright.optim.program.search:Search",
    "rewriting": "optwright.optim.program.search:Rewriting",
    "editing": "optwright.optim.program.search:Editing",
    "best-of-n": "optwright.optim.program.search:BestOfN",
}


def optimizer_names() -> list[str]:
    """Everything `open_optimizer` takes: what is listed here, and the files of `contrib`."""
    return sorted({*_HOMES, *contrib.names()})


def open_optimizer(name: str, setting: Setting) -> Optimizer:
    """Open the optimizer `name`, loading its library only now; unknown is an `InputError`."""
    if name in _HOMES:
        module, _, attribute = _HOMES[name].partition(":")
    elif name in contrib.names():
        module, attribute = f"{contrib.__name__}.{name}", "OPTIMIZER"
    else:
        raise InputError(f"no optimizer named {name!r}; there are {optimizer_names()}")
    build = cast("Callable[[Setting], Optimizer]", getattr(import_module(module), attribute))
    return build(setting)


class Dice:
    """Reproducible randomness whose whole state is one number.

    Every `roll` is a fresh generator, seeded by the seed, the owner's name and how often it was
    rolled, so a checkpoint keeps a counter instead of a generator's 2.5 kB of state.
    """

    def __init__(self, seed: int, owner: str) -> None:
        self.seed, self.owner, self.rolled = seed, owner, 0

    def roll(self) -> Random:
        self.rolled += 1
        return Random(f"{self.seed}/{self.owner}/{self.rolled}")
