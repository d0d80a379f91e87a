"""The judge for programs with examples: minibatches to learn from, a test to accept, an estimate
of the winner at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import ceil, inf, isfinite
from random import Random
from statistics import fmean

from optwright.errors import BudgetExceeded, InputError
from optwright.optim.acceptance import Acceptance, Comparer, Draw, Verdict
from optwright.optim.acceptance.confidence import Bounds, Interval, interval
from optwright.optim.acceptance.prospect import Prospect, Unproven, examples_needed, prospect
from optwright.optim.acceptance.rule import Pair as Scores
from optwright.optim.study.bench import Bench, Pair
from optwright.optim.study.best_score import change
from optwright.optim.study.examples import Splits
from optwright.optim.study.runs import Change
from optwright.optim.study.task import Example
from optwright.optim.trial import JSON, Evaluation, Suggestion, Trial, Values
from optwright.serving.budget import Account, Amount

END_SHARE = 0.4  # of the evaluations, at most, is set aside for the end of the run
FIRST_RUNS = 3  # of the first values, before anything else is done
FINALISTS = 4  # of those that wait for the end, that all of `train` chooses among
UNSEEN_WEIGHT = 4  # examples without a gain that every candidate that waits is credited with
CONFIDENCE = 0.95
UNLIMITED = 1_000_000  # times, where no limit applies
CAUTION = 1.5  # the final estimate is planned for examples this much dearer than those seen


@dataclass(frozen=True, slots=True)
class Estimate:
    """How good values are on examples that no proposer saw, and how much better than the first
    values on the same ones. `looks` is how many candidates these examples judged before: 0 where
    they chose nothing; otherwise the intervals are wide enough to hold for all of them at once."""

    score: Interval | None
    gain: Interval | None
    looks: int = 0

    def to_json(self) -> dict[str, JSON]:
        return {
            "score": None if self.score is None else asdict(self.score),
            "gain": None if self.gain is None else asdict(self.gain),
            "looks": self.looks,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> Estimate:
        score, gain = data["score"], data["gain"]
        looks = data.get("looks", 0)
        return cls(score and Interval(**score), gain and Interval(**gain), looks)


class HoldoutValidation:
    """Trials are scored on a minibatch of `train` that the incumbent runs on too. One that the rule
    finds promising there, looking at more of `train` where it must, is compared on `valid`, at once
    or, where the rule puts it off, at the end of the run if it is the best of those that wait.
    Nothing is spent that the end of the run will need."""

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
        cascade: Sequence[int] = (),
    ) -> None:
        self._bench, self._account, self._splits, self._rule = bench, account, splits, rule
        self._first, self._bounds, self._seed = first, bounds, seed
        self._minibatch = min(minibatch, len(splits.train))
        if sorted({0, *cascade, self._minibatch}) != [0, *cascade, self._minibatch]:
            raise InputError(
                f"cascade={list(cascade)!r} does not rise from 1 to less than the "
                f"{self._minibatch} examples that a proposal is tried on"
            )
        self._cascade = tuple(cascade)
        self._stopped: set[str] = set()
        """Values that were given up in this step, by their key."""
        self._valid = {example.key: example for example in splits.valid}
        self._waiting: dict[int, float] = {}
        """The trials that wait for the end, with their mean gain in training, smaller where it was
        seen on few examples."""
        self._looks = 0
        """Comparisons made on `valid`."""

    @property
    def leading(self) -> int | None:
        return max(self._waiting, key=lambda n: (self._waiting[n], -n), default=None)

    def prospect(self) -> Prospect | None:
        """What can be proven, and how many proposals fit, before anything is spent."""
        fit = self._times_left(2 * self._minibatch) if self._limits_runs else None
        return prospect(self._rule, len(self._valid), fit)

    def evaluate(
        self, candidates: Sequence[Suggestion], first: int, incumbent: Trial | None
    ) -> list[Trial]:
        examples = self._examples(self._bench.step)
        if incumbent is None and candidates:
            self._try_out(candidates[0].values, examples)
        rows = [candidate.values for candidate in candidates]
        rows += [incumbent.values] if incumbent and candidates else []
        of_row = self._in_stages(rows, examples, cut=incumbent is not None)
        overall = self._mean_of(incumbent, of_row[-1]) if incumbent and candidates else None
        trials = []
        for i, (candidate, found) in enumerate(zip(candidates, of_row, strict=False)):
            shift = 0.0 if overall is None else overall - self._mean(of_row[-1][: len(found)])
            trials.append(Trial(first + i, candidate, self._mean(found) + shift, found, len(found)))
        return trials

    def _in_stages(
        self, rows: Sequence[Values], examples: Sequence[Example], *, cut: bool
    ) -> list[tuple[Evaluation, ...]]:
        """The runs of all rows, the incumbent's the last one with `cut`: a row that is below it
        after a stage of the cascade is not run on the rest of the examples."""
        self._stopped = set()
        found: list[list[Evaluation]] = [[] for _ in rows]
        ends = [end for end in self._cascade if cut and end < len(examples)]
        alive = list(range(len(rows)))
        for start, stop in pairwise([0, *ends, len(examples)]):
            part = examples[start:stop]
            runs = self._bench.measure([(rows[i], e) for i in alive for e in part])
            self._check(runs)
            for i, runs_of_row in zip(alive, _rows(runs, len(part)), strict=True):
                found[i] += runs_of_row
            if stop < len(examples):
                alive = self._going_on(alive, rows, found, len(examples))
                if len(alive) < 2:
                    break
        return [tuple(runs) for runs in found]

    def _going_on(
        self,
        alive: Sequence[int],
        rows: Sequence[Values],
        found: Sequence[list[Evaluation]],
        count: int,
    ) -> list[int]:
        """The rows that are not below the last one; the last words of the others say why."""
        *candidates, last = alive
        bar, going = self._mean(found[last]), []
        for i in candidates:
            if (mean := self._mean(found[i])) >= bar:
                going.append(i)
                continue
            self._stopped.add(self._bench.space.key(rows[i]))
            words = (
                f"stopped after {len(found[i])} of {count} examples: a mean of {mean:.4g} there, "
                f"and {bar:.4g} with the values in use"
            )
            run = found[i][-1]
            found[i][-1] = replace(run, text="\n".join(filter(None, (run.text, words))))
        return [*going, last]

    def _try_out(self, values: Values, examples: Sequence[Example]) -> None:
        """Run the first values on a few examples, before anything else is paid for; where the
        user's own code fails on all of them it is broken, and no values would mend it."""
        tried = self._bench.measure([(values, example) for example in examples[:FIRST_RUNS]])
        if all(run.failed and run.fault for run in tried):
            last = tried[-1]
            raise InputError(
                f"the program or the metric fails on each of the first {len(tried)} examples, with "
                f"the first values: {last.text}\n{last.fault.rstrip()}",
                hint="mend it and begin again; nothing but these runs was paid for",
            )

    def weigh(self, incumbent: Trial | None, trial: Trial) -> Change | None:
        if incumbent is None:
            return change(None, trial, accepted=True, reason="the first values")
        if self._bench.space.key(trial.values) in self._stopped:
            return None
        before, after = self._same_examples(incumbent, trial), list(trial.evaluations)
        if trial.failed or not self._is_worth_comparing(incumbent, trial, before, after):
            return None
        return self._decide(incumbent, trial, before, after, last=False)

    def conclude(self, incumbent: Trial | None, trials: Sequence[Trial]) -> Change | None:
        """Compare the best of those that wait, chosen on all of `train`."""
        waiting, self._waiting = self._waiting, {}
        if incumbent is None or not waiting:
            return None
        best = sorted(waiting, key=lambda n: (-waiting[n], n))[:FINALISTS]
        finalists = [trials[number] for number in best]
        with suppress(BudgetExceeded):
            wanted = [(t.values, e) for t in (incumbent, *finalists) for e in self._splits.train]
            self._affordable(wanted)
        pairs = {trial.number: self._shared_runs(incumbent, trial) for trial in finalists}
        gains = {number: self._gain_of(shared) for number, shared in pairs.items()}
        winner = max(finalists, key=lambda trial: gains[trial.number])
        if gains[winner.number] <= 0.0:
            return None
        before, after = pairs[winner.number]
        return self._decide(incumbent, winner, before, after, last=True)

    def unproven(
        self, incumbent: Trial | None, trials: Sequence[Trial], changes: Sequence[Change]
    ) -> Unproven | None:
        """The best values that were not accepted, where they seem better than those in use."""
        if incumbent is None:
            return None
        refused = {c.trial: c for c in changes if c.is_proposal and not c.accepted}
        promising = [t for t in trials if t.number != incumbent.number and not t.failed]
        found = [self._seeming(incumbent, trial, refused.get(trial.number)) for trial in promising]
        best = max(found, key=lambda one: (one.gain, -one.trial), default=None)
        if best is None or best.gain <= 0.0:
            return None
        trial = next(trial for trial in promising if trial.number == best.trial)
        scores = self._decided_on(incumbent, trial) if not best.chose else []
        scores = scores or _scores(*self._shared_runs(incumbent, trial))
        return replace(best, examples_needed=examples_needed(self._rule, scores))

    def _seeming(self, incumbent: Trial, trial: Trial, refused: Change | None) -> Unproven:
        decided = (refused.evidence or {}).get("test") if refused else None
        before, after = self._shared_runs(incumbent, trial)
        gain, count = self._gain_of((before, after)), len(after)
        if decided and decided["examples"]:
            gain, count = decided["gain"], decided["examples"]
        return Unproven(
            values=trial.values,
            trial=trial.number,
            gain=gain,
            examples=count,
            chose=not (decided and decided["examples"]),
            reason=refused.reason if refused else "not compared",
            examples_needed=None,
        )

    def _decided_on(self, incumbent: Trial, trial: Trial) -> list[Scores]:
        before, after = (
            self._bench.known(values, self._splits.valid)
            for values in (incumbent.values, trial.values)
        )
        return [(before[key].score, after[key].score) for key in after if key in before]

    def _decide(
        self,
        incumbent: Trial,
        trial: Trial,
        before: list[Evaluation],
        after: list[Evaluation],
        *,
        last: bool,
    ) -> Change | None:
        """Compare on `valid`; None where the rule puts the candidate off."""
        comparison = self._rule.compare(
            list(self._valid), self._splits.groups, _scores(before, after), last=last
        )
        if comparison is None:
            count = len(after)
            gain = self._gain_of((before, after))
            self._waiting[trial.number] = gain * count / (count + UNSEEN_WEIGHT)
            return None
        self._looks += 1
        self._waiting.pop(trial.number, None)
        verdict, means = self._compare(comparison, incumbent, trial, last=last)
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

    @property
    def _limits_runs(self) -> bool:
        """Whether the budget says how often the program may run; of other limits nobody knows
        before the first run how many they are."""
        return self._account.budget.evaluations is not None

    def _times_left(self, runs: int, *, concluding: bool = False) -> int:
        """How many times `runs` evaluations can still be paid, with one call each for the
        proposer, and what the end of the run needs set aside."""
        left, each = self._account.left(), self._bench.mean_cost
        spare = self._spare(concluding=concluding)
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

    def known(self, values: Values) -> list[Evaluation]:
        """All training runs of these values, of steps before this one."""
        runs = self._bench.known(values, self._splits.train, before=self._bench.step)
        return list(runs.values())

    def so_far(self, incumbent: Trial) -> tuple[float, Interval | None]:
        known = self._bench.known(incumbent.values, (*self._splits.train, *self._splits.valid))
        return incumbent.score, _interval(list(map(self._score, known.values())), self._bounds)

    def state(self) -> JSON:
        return {
            "rule": self._rule.state(),
            "bench": self._bench.state(),
            "waiting": [[number, gain] for number, gain in self._waiting.items()],
            "looks": self._looks,
        }

    def restore(self, state: JSON) -> None:
        self._rule.restore(state["rule"])
        self._bench.restore(state["bench"])
        self._waiting = dict(state["waiting"])
        self._looks = state["looks"]

    def estimate(self, winner: Trial | None) -> Estimate:
        """Run the winner, then the first values, on the test examples; as many as the budget
        still takes."""
        if winner is None or not self._splits.test:
            return Estimate(None, None)
        looks = self._looks if self._splits.shared else 0
        after = self._tested(winner.values)
        score = self._interval(list(after.values()), self._bounds, looks)
        if winner.number == 0:
            return Estimate(score, None, looks)
        gain = self._gain(self._tested(self._first), after, looks)
        return Estimate(score, gain, looks)

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
            worth = self._rule.screen(_scores(before, after), more=bool(rest))
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

    def _affordable(self, pairs: Sequence[Pair], *, concluding: bool = False) -> list[Evaluation]:
        """Evaluate pairs, unless that takes from what is kept for the end of the run."""
        missing = self._bench.missing(pairs)
        if missing and not self._times_left(missing, concluding=concluding):
            raise BudgetExceeded("what is left is kept for the end of the run")
        return self._bench.measure(pairs)

    def _compare(
        self, comparison: Comparer, incumbent: Trial, trial: Trial, *, last: bool
    ) -> tuple[Verdict, dict[str, JSON]]:
        """The verdict, and the mean scores before and after on the examples it looked at."""
        seen: dict[bool, list[Evaluation]] = {False: [], True: []}
        while comparison.wanted:
            try:
                self._run(comparison, incumbent, trial, seen, last=last)
            except BudgetExceeded:
                return comparison.stop("the budget is spent"), self._means(seen)
        assert comparison.verdict is not None  # nothing is wanted any more
        return comparison.verdict, self._means(seen)

    def _run(
        self,
        comparison: Comparer,
        incumbent: Trial,
        trial: Trial,
        seen: Mapping[bool, list[Evaluation]],
        *,
        last: bool,
    ) -> None:
        sides = {True: trial.values, False: incumbent.values}
        draws = list(comparison.wanted)
        pairs = [(sides[draw.candidate], self._drawn(draw)) for draw in draws]
        evaluations = self._affordable(pairs, concluding=last)
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

    def _mean_of(self, incumbent: Trial, here: Sequence[Evaluation]) -> float:
        """The incumbent's mean on all examples it ran on. What it is better there than on the
        examples of a trial is added to the trial's score, so that steps with easy and with hard
        examples compare."""
        train, step = self._splits.train, self._bench.step
        known = self._bench.known(incumbent.values, train, before=step)
        known.update((evaluation.example, evaluation) for evaluation in here)
        return self._mean(list(known.values()))

    def _same_examples(self, incumbent: Trial, trial: Trial) -> list[Evaluation]:
        known = self._bench.known(incumbent.values, self._splits.train)
        return [known[e.example] for e in trial.evaluations]

    def _shared_runs(
        self, incumbent: Trial, trial: Trial
    ) -> tuple[list[Evaluation], list[Evaluation]]:
        """Both sides on the training examples that both have run on."""
        before, after = (
            self._bench.known(values, self._splits.train)
            for values in (incumbent.values, trial.values)
        )
        both = [key for key in after if key in before]
        return [before[key] for key in both], [after[key] for key in both]

    def _gain_of(self, shared: tuple[Sequence[Evaluation], Sequence[Evaluation]]) -> float:
        """The mean gain; where failures have no score, how much more often it won than lost."""
        before, after = shared
        if not after:
            return 0.0
        gain = self._mean(after) - self._mean(before)
        if isfinite(gain):
            return gain
        return fmean(
            float(a.score > b.score) - float(a.score < b.score)
            for b, a in zip(before, after, strict=True)
        )

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

    def _spare(self, *, concluding: bool) -> Amount:
        """What the end of the run will take: a comparison on `valid` and the estimate on `test`,
        in which the runs of the comparison count where they are the same examples. At most a fair
        share of the budget."""
        decide = 0 if concluding else 2 * len(self._splits.valid)
        estimate = 0 if self._splits.shared else 2 * len(self._splits.test)
        limit = self._account.budget.evaluations
        if limit is not None:
            most = int(limit * END_SHARE)
            estimate = min(estimate, most)
            decide = min(decide, most - (estimate if not concluding else 0))
        runs = decide + estimate
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

    def _gain(
        self, before: Mapping[str, float], after: Mapping[str, float], looks: int
    ) -> Interval | None:
        both = [after[key] - before[key] for key in after if key in before]
        bounds = self._bounds
        width = None if bounds is None else bounds[1] - bounds[0]
        return self._interval(both, None if width is None else (-width, width), looks)

    def _interval(
        self, scores: Sequence[float], bounds: Bounds | None, looks: int
    ) -> Interval | None:
        """Limits that hold for this candidate and the `looks` others that the examples judged,
        together (Bonferroni)."""
        found = _interval(scores, bounds, 1.0 - (1.0 - CONFIDENCE) / (looks + 1))
        return None if found is None else replace(found, confidence=CONFIDENCE)


def _scores(before: Sequence[Evaluation], after: Sequence[Evaluation]) -> list[Scores]:
    return [(b.score, a.score) for b, a in zip(before, after, strict=True)]


def _interval(
    scores: Sequence[float], bounds: Bounds | None, confidence: float = CONFIDENCE
) -> Interval | None:
    finite = [score for score in scores if isfinite(score)]
    if len(finite) < len(scores) or len(finite) < (1 if bounds else 2):
        return None
    return interval(finite, bounds, confidence)


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
