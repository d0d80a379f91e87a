"""Several scores at once: the Pareto front, and desirability functions that rank it.

Desirability follows Derringer and Suich (1980): every score is mapped to 0 (useless) ... 1 (as good
as wanted), and the whole is the weighted geometric mean, so one useless score spoils it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from optwright.errors import InputError
from optwright.optim.trial import Trial


@dataclass(frozen=True, slots=True)
class Wish:
    """How desirable a score is: 0 at `worst`, 1 from `best` on, in between by a power of `shape`
    (1 is straight; above 1 only scores near `best` count). `best` below `worst` wishes for low
    scores. `weight` is its share in the whole.

    >>> Wish(worst=10.0, best=2.0)(6.0)
    0.5
    """

    worst: float
    best: float
    shape: float = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.worst == self.best or self.shape <= 0 or self.weight <= 0:
            raise InputError(f"{self!r} wishes for nothing", hint="worst and best must differ")

    def __call__(self, score: float) -> float:
        way = (score - self.worst) / (self.best - self.worst)
        return float(min(max(way, 0.0), 1.0) ** self.shape)


@dataclass(frozen=True, slots=True)
class Target:
    """Desirable near `value`: 1 there, falling straight to 0 at a distance of `tolerance`.

    >>> Target(5.0, tolerance=2.0)(6.0)
    0.5
    """

    value: float
    tolerance: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.tolerance <= 0 or self.weight <= 0:
            raise InputError(f"{self!r} can never be met", hint="tolerance and weight above 0")

    def __call__(self, score: float) -> float:
        return max(0.0, 1.0 - abs(score - self.value) / self.tolerance)


Desirability = Mapping[str, Wish | Target]
"""What is wished of each score, by its name."""


def desirability(scores: Mapping[str, float], wishes: Desirability) -> float:
    """How desirable all scores are together, from 0 to 1; a score that is missing is useless.

    >>> wishes = {"accuracy": Wish(0.0, 1.0), "seconds": Wish(10.0, 0.0)}
    >>> desirability({"accuracy": 0.81, "seconds": 0.0}, wishes)
    0.9
    """
    if not wishes:
        raise InputError("there are no wishes to rank by")
    values = [(w(scores[n]) if n in scores else 0.0, w.weight) for n, w in wishes.items()]
    if any(value == 0.0 for value, _ in values):
        return 0.0
    total = sum(weight for _, weight in values)
    return round(exp(sum(weight * log(value) for value, weight in values) / total), 12)


def mean_scores(trial: Trial) -> dict[str, float]:
    """The mean of each score over the evaluations that have it."""
    given: dict[str, list[float]] = {}
    for evaluation in trial.evaluations:
        for name, score in evaluation.scores.items():
            given.setdefault(name, []).append(score)
    return {name: sum(scores) / len(scores) for name, scores in given.items()}


def pareto_front(trials: Sequence[Trial], opposed: Collection[str] = ()) -> list[Trial]:
    """The trials that no other one equals or beats in every score and beats in one, in order.

    Scores are wished high in trials of `optimize` and low in those of `minimize`; `opposed` names
    those that are wished the other way. Trials without a vector of scores, and failed ones, do not
    take part.
    """
    scored = [(t, _turned(s, opposed)) for t in trials if not t.failed and (s := mean_scores(t))]
    return [t for t, s in scored if not any(dominates(other, s) for _, other in scored)]


def _turned(scores: Mapping[str, float], opposed: Collection[str]) -> dict[str, float]:
    return {name: -score if name in opposed else score for name, score in scores.items()}


def dominates(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    """Whether `first` is as good as `second` everywhere and better somewhere; higher is better.

    >>> dominates({"a": 1, "b": 2}, {"a": 1, "b": 1})
    True
    """
    if first.keys() != second.keys():
        return False
    return all(first[n] >= second[n] for n in second) and any(first[n] > second[n] for n in second)
