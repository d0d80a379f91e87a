"""The judge for programs with examples: minibatches to learn from, a test to accept, an estimate
of the winner at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from math import ceil, inf, isfinite
from random import Random
from statistics import fmean

from optwright.errors import BudgetExceeded, InputError
from optwright.optim.acceptance.confidence import Bounds, Interval, interval
from optwright.optim.acceptance.paired import Acceptance, Comparison, Draw, Verdict
from optwright.optim.study.bench import Bench, Pair
from optwright.optim.study.best_score import change
from optwright.optim.study.examples import Splits
from optwright.optim.study.runs import Change
from optwright.optim.study.task import Example
from optwright.optim.trial import JSON, Candidate, Evaluation, Trial, Values
from optwright.serving.budget import Account, Amount

ESTIMATE_SHARE = 0.4  # of the evaluations, at most, is set aside for the final estimate
UNLIMITED = 1_000_000  # times, where no limit applies
CAUTION = 1.5  # the final estimate is planned for examples this much dearer than those seen


@dataclass(frozen=True, slots=True)
class Estimate:
    """How good values are on examples that chose nothing, and how much better than the first
    values on the same ones."""

    score: Interval | None
    gain: Interval | None

    def to_json(self) -> dict[str, JSON]:
        return {
            "score": None if self.score is None else asdict(self.score),
            "gain": None if self.gain is None else asdict(self.gain),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> Estimate:
        score, gain = data["score"], data["gain"]
        return cls(score and Interval(**score), gain and Interval(**gain))


class Examined:
    """Trials are scored on a minibatch of `train` that the incumbent runs on too. One that the rule
    finds promising there, looking at more of `train` where it must, is compared on `valid`. Nothing
    is spent that the final estimate on `test` will need."""

    minimizes = False

    def __init__(
        self,
        bench: Bench,
        account: Account,
        splits: Splits,
        rule: Acceptance,
        *,
        first: Values,
        minibatch: int,
        bounds: Bounds | None,
        seed: int,
    ) -> None:
        self._bench, self._account, self._splits, self._rule = bench, account, splits, rule
        self._first, self._bounds, self._seed = first, bounds, seed
        self._minibatch = min(minibatch, len(splits.train))
        self._valid = {example.key: example for example in splits.valid}

    def evaluate(
        self, candidates: Sequence[Candidate], first: int, incumbent: Trial | None
    ) -> list[Trial]:
        examples = self._examples(self._bench.step)
        rows = [candidate.values for candidate in candidates]
        rows += [incumbent.values] if incumbent and candidates else []
        evaluations = self._bench.measure([(values, e) for values in rows for e in examples])
        self._check(evaluations)
        of_row = _rows(evaluations, len(examples))
        shift = self._shift(incumbent, of_row[-1]) if incumbent and candidates else 0.0
        return [
            Trial(first + i, candidate, self._mean(found) + shift, found, cost=len(found))
            for i, (candidate, found) in enumerate(zip(candidates, of_row, strict=False))
        ]

    def weigh(self, incumbent: Trial | None, trial: Trial) -> Change | None:
        if incumbent is None:
            return change(None, trial, accepted=True, reason="the first values")
        before, after = self._same_examples(incumbent, trial), list(trial.evaluations)
        if trial.failed or not self._is_worth_comparing(incumbent, trial, before, after):
            return None
        verdict, means = self._compare(incumbent, trial)
        return change(
            incumbent,
            trial,
            accepted=verdict.accepted,
            reason=verdict.reason,
            feedback=incumbent.text,
            evidence={**_evidence(verdict, before, after), "compared": means},
        )

    def room(self, wanted: int) -> int:
        # One row of a step is the incumbent's.
        return max(0, min(wanted, self._times_left(self._minibatch) - 1))

    def _times_left(self, runs: int) -> int:
        """How many times `runs` evaluations can still be paid, with one call each for the
        proposer, and the final estimate set aside."""
        left, spare, each = self._account.left(), self._spare(), self._bench.mean_cost
        prices = (
            (left.evaluations, spare.evaluations, float(runs)),
            (left.calls, spare.calls, each.calls * runs + 1.0),
            (left.tokens, spare.tokens, each.tokens * runs),
            (left.usd, spare.usd, each.usd * runs),
            (left.seconds, 0.0, 0.0),
        )
        limited = [(limit - kept, price) for limit, kept, price in prices if limit is not None]
        if any(free <= 0 for free, _ in limited):
            return 0
        return min((int(free / price) for free, price in limited if price), default=UNLIMITED)

    def so_far(self, incumbent: Trial) -> tuple[float, Interval | None]:
        known = self._bench.known(incumbent.values, (*self._splits.train, *self._splits.valid))
        return incumbent.score, _interval(list(map(self._score, known.values())), self._bounds)

    def state(self) -> JSON:
        return {"rule": self._rule.state(), "bench": self._bench.state()}

    def restore(self, state: JSON) -> None:
        self._rule.restore(state["rule"])
        self._bench.restore(state["bench"])

    def estimate(self, winner: Trial | None) -> Estimate:
        """Run the winner, then the first values, on the test examples; as many as the budget
        still takes."""
        if winner is None or not self._splits.test:
            return Estimate(None, None)
        after = self._tested(winner.values)
        score = _interval(list(after.values()), self._bounds)
        if winner.number == 0:
            return Estimate(score, None)
        return Estimate(score, self._gain(self._tested(self._first), after))

    def _examples(self, step: int) -> list[Example]:
        """The minibatch of a step: every example comes once before any comes again."""
        train, size = self._splits.train, self._minibatch
        places = range(step * size, (step + 1) * size)
        orders = {p // len(train): self._order(p // len(train)) for p in (places[0], places[-1])}
        taken = [orders[p // len(train)][p % len(train)] for p in places]
        return [train[i] for i in dict.fromkeys(taken)]

    def _order(self, epoch: int) -> list[int]:
        return Random(f"{self._seed}/epoch/{epoch}").sample(
            range(len(self._splits.train)), len(self._splits.train)
        )

    def _is_worth_comparing(
        self,
        incumbent: Trial,
        trial: Trial,
        before: list[Evaluation],
        after: list[Evaluation],
    ) -> bool:
        """Whether the rule wants the candidate compared; while it cannot tell, both run on further
        training examples, which are added to `before` and `after`."""
        seen = {evaluation.example for evaluation in after}
        rest = [example for example in self._splits.train if example.key not in seen]
        while True:
            scores = [(b.score, a.score) for b, a in zip(before, after, strict=True)]
            worth = self._rule.screen(scores, more=bool(rest))
            if worth is not None:
                return worth
            examples, rest = rest[: self._minibatch], rest[self._minibatch :]
            try:
                found = self._affordable(
                    [(t.values, e) for t in (incumbent, trial) for e in examples]
                )
            except BudgetExceeded:
                return False
            before += found[: len(examples)]
            after += found[len(examples) :]

    def _affordable(self, pairs: Sequence[Pair]) -> list[Evaluation]:
        """Evaluate pairs, unless that takes from what is kept for the final estimate."""
        if (missing := self._bench.missing(pairs)) and not self._times_left(missing):
            raise BudgetExceeded("what is left is kept for the final estimate")
        return self._bench.measure(pairs)

    def _compare(self, incumbent: Trial, trial: Trial) -> tuple[Verdict, dict[str, JSON]]:
        """The verdict, and the mean scores before and after on the examples it looked at."""
        comparison = self._rule.compare(list(self._valid), self._splits.groups)
        seen: dict[bool, list[Evaluation]] = {False: [], True: []}
        while comparison.wanted:
            try:
                self._run(comparison, incumbent, trial, seen)
            except BudgetExceeded:
                return comparison.stop("the budget is spent"), self._means(seen)
        assert comparison.verdict is not None  # nothing is wanted any more
        return comparison.verdict, self._means(seen)

    def _run(
        self,
        comparison: Comparison,
        incumbent: Trial,
        trial: Trial,
        seen: Mapping[bool, list[Evaluation]],
    ) -> None:
        sides = {True: trial.values, False: incumbent.values}
        draws = list(comparison.wanted)
        pairs = [(sides[draw.candidate], self._drawn(draw)) for draw in draws]
        evaluations = self._affordable(pairs)
        for draw, evaluation in zip(draws, evaluations, strict=True):
            if draw.repeat == 0:  # the first run of either side, so that examples count alike
                seen[draw.candidate].append(evaluation)
        comparison.report([evaluation.score for evaluation in evaluations])

    def _means(self, seen: Mapping[bool, Sequence[Evaluation]]) -> dict[str, JSON]:
        means = {side: self._mean(found) if found else -inf for side, found in seen.items()}
        return {
            name: means[side] if isfinite(means[side]) else None
            for name, side in (("before", False), ("after", True))
        }

    def _drawn(self, draw: Draw) -> Example:
        return replace(self._valid[draw.example], repeat=draw.repeat)

    def _shift(self, incumbent: Trial, here: Sequence[Evaluation]) -> float:
        """What to add to scores on this minibatch, so that steps with easy and with hard examples
        compare: how much better the incumbent is on all examples it ran on."""
        train, step = self._splits.train, self._bench.step
        known = self._bench.known(incumbent.values, train, before=step)
        known.update((evaluation.example, evaluation) for evaluation in here)
        return self._mean(list(known.values())) - self._mean(here)

    def _same_examples(self, incumbent: Trial, trial: Trial) -> list[Evaluation]:
        known = self._bench.known(incumbent.values, self._splits.train)
        return [known[e.example] for e in trial.evaluations]

    def _mean(self, evaluations: Sequence[Evaluation]) -> float:
        """The mean score; a failure counts as the lowest one, and without a lowest one all fail."""
        return fmean(map(self._score, evaluations))

    def _score(self, evaluation: Evaluation) -> float:
        if not evaluation.failed:
            return evaluation.score
        return -inf if self._bounds is None else self._bounds[0]

    def _check(self, evaluations: Sequence[Evaluation]) -> None:
        if self._bounds is None:
            return
        low, high = self._bounds
        for evaluation in evaluations:
            if not evaluation.failed and not low <= evaluation.score <= high:
                raise InputError(
                    f"the metric gave {evaluation.score!r}, outside [{low!r}, {high!r}]",
                    hint="give its range as bounds=(low, high), or bounds=None if it has none",
                )

    def _spare(self) -> Amount:
        """What the final estimate will take; at most a fair share of the budget."""
        runs = 2 * len(self._splits.test)
        limit = self._account.budget.evaluations
        if limit is not None:
            runs = min(runs, int(limit * ESTIMATE_SHARE))
        each = self._bench.mean_cost
        return Amount(
            calls=ceil(each.calls * runs * CAUTION),
            tokens=ceil(each.tokens * runs * CAUTION),
            usd=each.usd * runs * CAUTION,
            evaluations=runs,
        )

    def _tested(self, values: Values) -> dict[str, float]:
        """Scores on the test examples, as many as the budget still takes."""
        left = self._account.left().evaluations
        examples = self._splits.test if left is None else self._splits.test[:left]
        with suppress(BudgetExceeded):
            self._bench.measure([(values, example) for example in examples])
        known = self._bench.known(values, examples)
        return {key: self._score(evaluation) for key, evaluation in known.items()}

    def _gain(self, before: Mapping[str, float], after: Mapping[str, float]) -> Interval | None:
        both = [after[key] - before[key] for key in after if key in before]
        bounds = self._bounds
        width = None if bounds is None else bounds[1] - bounds[0]
        return _interval(both, None if width is None else (-width, width))


def _interval(scores: Sequence[float], bounds: Bounds | None) -> Interval | None:
    finite = [score for score in scores if isfinite(score)]
    if len(finite) < len(scores) or len(finite) < (1 if bounds else 2):
        return None
    return interval(finite, bounds)


def _rows(evaluations: Sequence[Evaluation], width: int) -> list[tuple[Evaluation, ...]]:
    starts = range(0, len(evaluations), width)
    return [tuple(evaluations[start : start + width]) for start in starts]


def _evidence(
    verdict: Verdict, before: Sequence[Evaluation], after: Sequence[Evaluation]
) -> dict[str, JSON]:
    """What a decision rests on: the test, and the examples that made the candidate worth one."""
    seen = [
        {"example": a.example, "before": _number(b), "after": _number(a)}
        for b, a in zip(before, after, strict=True)
    ]
    return {"test": verdict.to_json(), "minibatch": seen}


def _number(evaluation: Evaluation) -> float | None:
    return None if evaluation.failed else evaluation.score
