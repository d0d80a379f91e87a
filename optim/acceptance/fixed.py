"""Acceptance where the examples are the whole task, and acceptance that believes the mean.

Neither says anything about other examples: `TheseExamples` because none are meant, `Greedy` because
it takes luck for skill. Both are named in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, fsum, inf, isfinite, log1p
from statistics import fmean

from optwright.errors import InputError
from optwright.optim.acceptance.confidence import Bounds, inside
from optwright.optim.acceptance.paired import RISK
from optwright.optim.acceptance.rule import JSON, Draw, Pair, Verdict, losses

PROBES = 3  # examples that run twice, to find out whether the program is random
MOST_RUNS = 8  # of one example, where it is
STAKES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7)


class Greedy:
    """Accept whatever has the better mean on the deciding examples.

    Each runs once. Under noise most of what this accepts is luck; it is here for metrics whose
    smallest gain is worth having, and for comparing.
    """

    def __init__(self, *, bounds: Bounds | None = (0.0, 1.0)) -> None:
        self.bounds = bounds
        self.tested = 0
        self.accepted = 0

    def screen(self, pairs: Sequence[Pair], more: bool) -> bool | None:
        return fmean(self.gain(*pair) for pair in pairs) > 0.0

    def compare(
        self,
        examples: Sequence[str],
        groups: Mapping[str, str],
        learnt: Sequence[Pair] = (),
        *,
        last: bool = False,
    ) -> FixedComparison:
        if not examples:
            raise InputError("there are no examples to compare on")
        self.tested += 1
        return FixedComparison(self, examples, claim="", probes=0)

    def gain(self, incumbent: float, candidate: float) -> float:
        return self.score(candidate) - self.score(incumbent)

    def score(self, score: float) -> float:
        """A failed run has the lowest score there is; without a lowest, one far below the rest."""
        if self.bounds is None:
            return score if isfinite(score) else -_FAR
        return self.bounds[0] if score == -inf else inside(score, self.bounds)

    def difference(self, incumbent: float, candidate: float) -> float:
        """From -1 to 1: the gain as a share of the range, or who won where there is none."""
        gain = self.gain(incumbent, candidate)
        if self.bounds is None:
            return float(gain > 0.0) - float(gain < 0.0)
        return gain / (self.bounds[1] - self.bounds[0])

    @property
    def needed(self) -> float:
        """The evidence asked for where the program is random; none here."""
        return 0.0

    def state(self) -> JSON:
        return [self.tested, self.accepted]

    def restore(self, state: JSON) -> None:
        self.tested, self.accepted = state


_FAR = 1e12


class TheseExamples(Greedy):
    """Accept what is better on average on these very examples, which are the whole task.

    Nothing is claimed about others. A program without randomness needs one run of each example, and
    a better mean is better. Where runs of the same example differ, the randomness has to be beaten:
    examples are run again until the e-value for a better mean on these examples reaches
    k (k + 1) / (alpha (accepted so far + 1)) for the k-th comparison (e-LOND).
    """

    def __init__(self, *, alpha: float = RISK, bounds: Bounds | None = (0.0, 1.0)) -> None:
        super().__init__(bounds=bounds)
        self.alpha = alpha

    def compare(
        self,
        examples: Sequence[str],
        groups: Mapping[str, str],
        learnt: Sequence[Pair] = (),
        *,
        last: bool = False,
    ) -> FixedComparison:
        if not examples:
            raise InputError("there are no examples to compare on")
        self.tested += 1
        return FixedComparison(self, examples, claim="these", probes=PROBES)

    @property
    def needed(self) -> float:
        return self.tested * (self.tested + 1) / (self.alpha * (self.accepted + 1))


class FixedComparison:
    """Every example once on both sides; `probes` of them twice, to tell randomness. With it, passes
    over all examples go on until the evidence is there or the runs are used up."""

    def __init__(self, rule: Greedy, examples: Sequence[str], *, claim: str, probes: int) -> None:
        self._rule, self._claim = rule, claim
        self._examples = list(examples)
        self._needed = rule.needed
        self._scores: dict[tuple[bool, str], list[float]] = {}
        self._random = False
        self._pass = 0
        self._draws = self._round(0)
        self._draws += [Draw(example, False, 1) for example in self._examples[:probes]]
        self.verdict: Verdict | None = None

    @property
    def wanted(self) -> Sequence[Draw]:
        return () if self.verdict else self._draws

    def report(self, scores: Sequence[float]) -> None:
        for draw, score in zip(self._draws, scores, strict=True):
            known = self._scores.setdefault((draw.candidate, draw.example), [])
            known.append(score)
            self._random = self._random or score != known[0]
        self._go_on()

    def stop(self, reason: str) -> Verdict:
        return self.verdict or self._end(accepted=False, reason=reason)

    def _round(self, repeat: int) -> list[Draw]:
        """Run number `repeat` of every example on both sides, unless it was made as a probe."""
        return [
            Draw(example, side, repeat)
            for example in self._examples
            for side in (False, True)
            if len(self._scores.get((side, example), ())) <= repeat
        ]

    def _go_on(self) -> None:
        gain = fmean(self._gains().values())
        if not self._random or not self._claim:
            self._end(accepted=gain > 0.0, reason="better mean" if gain > 0 else "no better mean")
        elif self._evidence() >= self._needed and gain > 0.0:
            self._end(accepted=True, reason="better")
        elif self._pass + 1 == MOST_RUNS or gain <= 0.0:
            self._end(accepted=False, reason="not enough evidence of a gain")
        else:
            self._pass += 1
            self._draws = self._round(self._pass)

    def _evidence(self) -> float:
        """Runs differ in their examples, so the mean difference of a whole pass is bet on with one
        stake: the product over the pass expects at most the power of its mean's factor (the
        arithmetic mean is above the geometric one)."""
        differences = [
            self._rule.difference(before, after)
            for example in self._examples
            for before, after in zip(
                self._scores[False, example], self._scores.get((True, example), ()), strict=False
            )
        ]
        logs = (fsum(log1p(stake * d) for d in differences) for stake in STAKES)
        return fmean(exp(min(grown, 700.0)) for grown in logs)

    def _gains(self) -> dict[str, float]:
        score = self._rule.score
        return {
            example: fmean(map(score, self._scores[True, example]))
            - fmean(map(score, self._scores[False, example]))
            for example in self._examples
            if (True, example) in self._scores and (False, example) in self._scores
        }

    def _end(self, *, accepted: bool, reason: str) -> Verdict:
        gains = self._gains()
        self._rule.accepted += accepted
        self.verdict = Verdict(
            accepted=accepted,
            reason=reason,
            gain=fmean(gains.values()) if gains else 0.0,
            evidence=self._evidence() if self._random and gains else 0.0,
            needed=self._needed if self._random else 0.0,
            examples=len(gains),
            runs=sum(map(len, self._scores.values())),
            claim=self._claim if accepted else "",
            **losses(list(gains.values())),
        )
        return self.verdict
