"""The judge for programs: the best so far on these examples, said as no more than that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from math import inf, isfinite
from statistics import fmean, median

from optwright.errors import BudgetExceeded, InputError
from optwright.optim.acceptance.confidence import Bounds, Interval, interval
from optwright.optim.study.bench import Bench
from optwright.optim.study.best_score import change
from optwright.optim.study.holdout import Estimate
from optwright.optim.study.runs import Change
from optwright.optim.study.task import NO_EXAMPLE, Example
from optwright.optim.trial import JSON, Evaluation, Suggestion, Trial, Values
from optwright.serving.budget import Account

FREE_PASSES = 4
"""Candidates that go through a stage of a cascade before there is a middle to compare with."""


class OnThese:
    """Every candidate runs on every example of `train`, and a better mean is accepted.

    `cascade` are numbers of examples after which a candidate has to have been at least as good as
    half of all before it, or it is not run on the rest. `test` is run at the end alone, with the
    winner and the first values.
    """

    minimizes = False
    leading: int | None = None

    def __init__(
        self,
        bench: Bench,
        account: Account,
        train: Sequence[Example],
        test: Sequence[Example],
        *,
        first: Values,
        cascade: Sequence[int] = (),
        bounds: Bounds | None = None,
    ) -> None:
        self._bench, self._account = bench, account
        self._train, self._test = tuple(train), tuple(test)
        self._first, self._bounds = first, bounds
        self._stages = tuple(_staged(self._train, cascade))
        self._seen: list[list[float]] = [[] for _ in self._stages]

    def evaluate(
        self, candidates: Sequence[Suggestion], first: int, incumbent: Trial | None
    ) -> list[Trial]:
        found: list[list[Evaluation]] = [[] for _ in candidates]
        alive = list(range(len(candidates)))
        for stage, examples in enumerate(self._stages):
            pairs = [(candidates[i].values, example) for i in alive for example in examples]
            for place, evaluation in enumerate(self._bench.measure(pairs)):
                found[alive[place // len(examples)]].append(evaluation)
            if stage < len(self._stages) - 1:
                alive = self._passing(stage, alive, found)
        trials = zip(candidates, found, strict=True)
        return [
            self._trial(first + i, candidate, runs) for i, (candidate, runs) in enumerate(trials)
        ]

    def weigh(self, incumbent: Trial | None, trial: Trial) -> Change | None:
        if incumbent is None:
            reason = "the first program" if not trial.failed else "the first program, which fails"
            return change(None, trial, accepted=True, reason=reason)
        if trial.failed or (not incumbent.failed and not trial.score > incumbent.score):
            return None
        feedback = incumbent.text
        return change(incumbent, trial, accepted=True, reason=self.reason, feedback=feedback)

    def conclude(self, incumbent: Trial | None, trials: Sequence[Trial]) -> Change | None:
        """Every decision is made at once."""
        return None

    @property
    def reason(self) -> str:
        """What an accepted change is said to be."""
        if self._train == (NO_EXAMPLE,):
            return "the best so far"
        count = len(self._train)
        return f"the best so far on {'this example' if count == 1 else f'these {count} examples'}"

    def room(self, wanted: int) -> int:
        left = self._account.left()
        spendable = (left.calls, left.tokens, left.usd, left.seconds)
        if any(limit is not None and limit <= 0 for limit in spendable):
            return 0
        if left.evaluations is None:
            return wanted
        return max(0, min(wanted, (left.evaluations - self._spare()) // len(self._train)))

    def so_far(self, incumbent: Trial) -> tuple[float, Interval | None]:
        return incumbent.score, None

    def estimate(self, winner: Trial | None) -> Estimate:
        """Run the winner, then the first program, on the test examples."""
        if winner is None or not self._test:
            return Estimate(None, None)
        after = self._tested(winner.values)
        score = self._interval(list(after.values()), self._bounds)
        if winner.number == 0:
            return Estimate(score, None)
        before = self._tested(self._first)
        both = [after[key] - before[key] for key in after if key in before]
        return Estimate(score, self._interval(both, None if self._bounds is None else self._width))

    def state(self) -> JSON:
        return {"bench": self._bench.state(), "seen": self._seen}

    def restore(self, state: JSON) -> None:
        self._bench.restore(state["bench"])
        self._seen = [list(scores) for scores in state["seen"]]

    def _passing(
        self, stage: int, alive: Sequence[int], found: Sequence[list[Evaluation]]
    ) -> list[int]:
        """Who goes on after a stage; the last words of the others say why they do not."""
        passed = []
        before = list(self._seen[stage])
        for i in alive:
            score = _mean(found[i])
            bar = median(before) if len(before) >= FREE_PASSES else -inf
            if isfinite(score):
                self._seen[stage].append(score)
            if isfinite(score) and score >= bar:
                passed.append(i)
                continue
            last = found[i][-1]
            why = "it fails" if not isfinite(score) else f"{score:.6g}, below the middle {bar:.6g}"
            words = f"stopped after {len(found[i])} of {len(self._train)} examples: {why}"
            found[i][-1] = replace(last, text="\n".join(filter(None, (last.text, words))))
        return passed

    def _trial(self, number: int, candidate: Suggestion, runs: Sequence[Evaluation]) -> Trial:
        complete = len(runs) == len(self._train)
        score = _mean(runs) if complete else -inf
        return Trial(number, candidate, score, tuple(runs), cost=len(runs))

    def _spare(self) -> int:
        """Evaluations that the test will take."""
        return 2 * len(self._test)

    def _tested(self, values: Values) -> dict[str, float]:
        with suppress(BudgetExceeded):
            self._bench.measure([(values, example) for example in self._test])
        known = self._bench.known(values, self._test)
        return {key: evaluation.score for key, evaluation in known.items()}

    @property
    def _width(self) -> Bounds:
        assert self._bounds is not None  # asked before
        width = self._bounds[1] - self._bounds[0]
        return -width, width

    def _interval(self, scores: Sequence[float], bounds: Bounds | None) -> Interval | None:
        """With an interval where it can be given; a mean of two or more else."""
        if not scores or not all(map(isfinite, scores)):
            return None
        return interval(scores, bounds) if len(scores) >= (1 if bounds else 2) else None


def _staged(examples: Sequence[Example], cascade: Sequence[int]) -> Iterator[tuple[Example, ...]]:
    """The examples of each stage."""
    ends = [*cascade, len(examples)]
    if sorted({0, *ends}) != [0, *ends]:
        raise InputError(
            f"cascade={list(cascade)!r} does not rise from 1 to less than {len(examples)} examples"
        )
    for start, stop in pairwise([0, *ends]):
        yield tuple(examples[start:stop])


def _mean(runs: Sequence[Evaluation]) -> float:
    """The mean; a program that fails on one example fails."""
    return fmean(e.score for e in runs) if all(not e.failed for e in runs) else -inf
