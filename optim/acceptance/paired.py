"""When a change is accepted: a test of the candidate against the incumbent on shared examples.

The test is paired and sequential: it may be looked at after every batch, stops as soon as enough
is known, and stays valid. It is corrected for all proposals tested before. The score of the winner
is not taken from here, where it was chosen, but estimated again on other examples.

What it does not guard against: examples that the proposer has seen. Their answers may be in the
candidate, so they must not be among those it is tested on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf, isfinite
from random import Random
from statistics import fmean
from typing import Any, Protocol

from optwright.errors import InputError
from optwright.optim.acceptance.confidence import Bounds, e_value, inside

JSON = Any
Pair = tuple[float, float]
"""Scores of the incumbent and of the candidate on one example; `-inf` for a run that failed."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One run to make: of the candidate, or else of the incumbent, on an example. `repeat` tells
    fresh runs of one side on one example apart; what ran before is not run again."""

    example: str
    candidate: bool
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a comparison ended, and on what evidence.

    `gain` is the mean difference over the examples, candidate minus incumbent, and `groups` that
    of every group of examples. `evidence` is the e-value for a gain above zero, `needed` what it
    took to accept, `examples` and `runs` how much was looked at.
    """

    accepted: bool
    reason: str
    gain: float
    evidence: float
    needed: float
    examples: int
    runs: int
    groups: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, JSON]:
        return asdict(self)


class Comparison(Protocol):
    """One candidate against one incumbent. Run what `wanted` asks for, `report` the scores, and
    repeat until there is a `verdict`; `wanted` is empty from then on."""

    verdict: Verdict | None

    @property
    def wanted(self) -> Sequence[Draw]: ...

    def report(self, scores: Sequence[float]) -> None:
        """Take the scores of the draws wanted, in their order; a failed run is `-inf`."""

    def stop(self, reason: str) -> Verdict:
        """End here, because nothing more can be spent; what is known decides."""


class Acceptance(Protocol):
    """A rule for when a change is accepted. `state` is JSON; `restore` continues from it."""

    def screen(self, pairs: Sequence[Pair], more: bool) -> bool | None:
        """Whether a candidate is worth a comparison, by its scores on training examples next to the
        incumbent's; None asks for further examples, where there are `more`."""

    def compare(self, examples: Sequence[str], groups: Mapping[str, str]) -> Comparison:
        """Open the comparison of the next candidate on these examples; `groups` names the group
        of an example, where it has one."""

    def state(self) -> JSON: ...

    def restore(self, state: JSON) -> None: ...


class PairedTest:
    """Accept when the e-value for "better on such examples" reaches what e-LOND asks for.

    `alpha` bounds the expected share of accepted changes that are no improvement, however many are
    tried and however they depend on each other (e-LOND: Xu and Ramdas, "Online multiple testing
    with e-values", AISTATS 2024): the k-th proposal needs k (k+1) / (alpha (accepted so far + 1)).

    `bounds` is the range of the metric; None, for a metric without one, compares which side won
    each example instead of by how much. Every example counts once however often it runs: when one
    pass leaves the matter open but promising, it is repeated, up to `repeats` runs of an example,
    to average the program's own randomness away. An incumbent that has withstood several
    candidates is run more often too. Both end with the first repeats that change nothing. A change
    that harms a group of examples is refused when the evidence for the harm reaches 1 / `gate`.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.1,
        bounds: Bounds | None = (0.0, 1.0),
        repeats: int = 8,
        gate: float = 0.2,
        batch: int = 10,
        seed: int = 0,
    ) -> None:
        if not 0 < alpha < 1 or not 0 < gate <= 1 or repeats < 1 or batch < 1:
            raise InputError(f"a test with {alpha=}, {gate=}, {repeats=}, {batch=} cannot be made")
        self.alpha, self.bounds, self.gate = alpha, bounds, gate
        self.repeats, self.batch, self.seed = repeats, batch, seed
        self.tested = 0
        self.accepted = 0
        self.withstood = 0
        """Comparisons since the last accepted change."""

    def screen(self, pairs: Sequence[Pair], more: bool) -> bool | None:
        """Only what looks good in training is compared, so that few comparisons need correction."""
        differences = [self.difference(*pair) for pair in pairs]
        evidence = e_value(differences)
        if evidence >= QUALIFIED:
            return True
        if evidence <= DROPPED or e_value([-d for d in differences]) >= 1 / DROPPED:
            return False
        if max(differences) <= 0.0 and self._chances(pairs) >= UNUSED:
            return False
        return None if more else evidence > PROMISING

    def compare(self, examples: Sequence[str], groups: Mapping[str, str]) -> PairedComparison:
        if not examples:
            raise InputError("there are no examples to compare on")
        self.tested += 1
        self.withstood += 1
        needed = self.tested * (self.tested + 1) / (self.alpha * (self.accepted + 1))
        order = Random(f"{self.seed}/{self.tested}").sample(list(examples), len(examples))
        return PairedComparison(self, order, groups, needed)

    def difference(self, incumbent: float, candidate: float) -> float:
        """Candidate minus incumbent in units of the range, from -1 to 1; without a range, which
        of them won."""
        if self.bounds is None:
            return float(candidate > incumbent) - float(incumbent > candidate)
        width = self.bounds[1] - self.bounds[0]
        return (self.score(candidate) - self.score(incumbent)) / width

    def _chances(self, pairs: Sequence[Pair]) -> int:
        """The examples on which a gain was possible; where nothing bounds it that is not known."""
        if self.bounds is None:
            return 0
        return sum(self.score(incumbent) < self.bounds[1] for incumbent, _ in pairs)

    def score(self, score: float) -> float:
        """A failed run has the lowest score there is; 0 where there is no lowest."""
        if self.bounds is None:
            return score if isfinite(score) else 0.0
        return self.bounds[0] if score == -inf else inside(score, self.bounds)

    def state(self) -> JSON:
        return [self.tested, self.accepted, self.withstood, self.repeats]

    def restore(self, state: JSON) -> None:
        self.tested, self.accepted, self.withstood, self.repeats = state


QUALIFIED, DROPPED = 4.0, 0.7
"""Evidence in training that sends a candidate to the comparison, or ends its chances."""
UNUSED = 6
"""Chances to gain in training of which a candidate used none, after which it gets no more: one
that gains on half of such examples is dropped by mistake once in 64 times."""
HOPELESS = 0.2
"""Evidence below this, or its reciprocal for the opposite, ends a comparison early. Giving up
never makes a false acceptance likelier."""
PROMISING = 1.0
"""Evidence after a pass that makes another one worth its cost."""
WEIGHTS = (0.25, 0.25, 0.25, 0.25)
"""What the e-values of the passes count, fixed beforehand; together 1. A pass beyond the last
would count nothing."""


class PairedComparison:
    """One run of `PairedTest`, in passes: the first looks after every batch, each later one
    doubles the runs per example and looks at its end."""

    def __init__(
        self, rule: PairedTest, order: Sequence[str], groups: Mapping[str, str], needed: float
    ) -> None:
        self._rule, self._groups, self._needed = rule, groups, needed
        self._pairs = {example: _Runs() for example in order}
        self._passes: list[float] = []
        """The e-value of every finished pass."""
        self._batches = self._plan(1)
        self.verdict: Verdict | None = None

    @property
    def wanted(self) -> Sequence[Draw]:
        return () if self.verdict else self._batches[0]

    def report(self, scores: Sequence[float]) -> None:
        for draw, score in zip(self.wanted, scores, strict=True):
            self._pairs[draw.example].side(draw.candidate).append(score)
        self._notice_repeats(self._batches.pop(0))
        if not self._passes and (reason := self._early_reason()):
            self._end(reason)
        elif not self._batches:
            self._end_pass()

    def stop(self, reason: str) -> Verdict:
        return self.verdict or self._end(reason)

    def _plan(self, runs: int) -> list[list[Draw]]:
        """Batches after which every example has run `runs` times with the candidate, and the
        incumbent at least as often."""
        against = max(runs, min(self._rule.repeats, (self._rule.withstood + 1) // 2))
        examples = list(self._pairs)
        size = self._rule.batch
        return [
            [
                draw
                for example in examples[start : start + size]
                for draw in self._pairs[example].missing(example, runs, against)
            ]
            for start in range(0, len(examples), size)
        ]

    def _notice_repeats(self, batch: Sequence[Draw]) -> None:
        """When all repeats of a batch gave the scores of the first runs, ask for no more: every
        later pass would have the evidence of the first."""
        repeated = [draw for draw in batch if draw.repeat]
        if repeated and all(self._pairs[draw.example].is_alike(draw) for draw in repeated):
            self._rule.repeats = 1
            self._batches = [[d for d in b if not d.repeat] for b in self._batches]
            self._batches = [b for b in self._batches if b]

    def _early_reason(self) -> str:
        differences = self._differences()
        if self._evidence() >= self._needed:
            return "better"
        lost = e_value([-d for d in differences]) >= 1 / HOPELESS
        return "not better" if lost or e_value(differences) <= HOPELESS else ""

    def _end_pass(self) -> None:
        value = e_value(self._differences())
        self._passes.append(value)
        runs = 2 ** len(self._passes)
        if self._evidence() >= self._needed:
            self._end("better")
        elif runs > self._rule.repeats or len(self._passes) == len(WEIGHTS) or value < PROMISING:
            self._end("not enough evidence of a gain")
        else:
            self._batches = self._plan(runs)

    def _evidence(self) -> float:
        """The e-value of all passes together.

        The first pass counts as far as it got. A later one counts when it is finished: its runs
        share examples with the first, so a look on the way would not be a fair game.
        """
        passes = self._passes or [e_value(self._differences())]
        if self._rule.repeats == 1:
            return passes[0]
        return sum(weight * value for weight, value in zip(WEIGHTS, passes, strict=False))

    def _end(self, reason: str) -> Verdict:
        evidence = self._evidence()
        enough = evidence >= self._needed
        harmed = self._harmed() if enough else []
        if enough and not harmed:
            self._rule.accepted += 1
            self._rule.withstood = 0
        gains = {example: runs.gain(self._rule.score) for example, runs in self._done().items()}
        self.verdict = Verdict(
            accepted=enough and not harmed,
            reason=f"worse on {', '.join(harmed)}" if harmed else reason,
            gain=fmean(gains.values()) if gains else 0.0,
            evidence=evidence,
            needed=self._needed,
            examples=len(gains),
            runs=sum(len(r.incumbent) + len(r.candidate) for r in self._pairs.values()),
            groups={group: fmean(of) for group, of in self._by_group(gains).items()},
        )
        return self.verdict

    def _harmed(self) -> list[str]:
        differences = dict(zip(self._done(), self._differences(), strict=True))
        limit = 1 / self._rule.gate
        groups = self._by_group(differences).items()
        return sorted(group for group, of in groups if e_value([-d for d in of]) >= limit)

    def _by_group(self, differences: Mapping[str, float]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for example, difference in differences.items():
            if example in self._groups:
                found.setdefault(self._groups[example], []).append(difference)
        return found

    def _done(self) -> dict[str, _Runs]:
        return {example: runs for example, runs in self._pairs.items() if runs.candidate}

    def _differences(self) -> list[float]:
        """For each example the mean difference of its runs, from -1 to 1."""
        bounds = self._rule.bounds
        if bounds is None:
            return [runs.wins() for runs in self._done().values()]
        return [
            runs.gain(self._rule.score) / (bounds[1] - bounds[0]) for runs in self._done().values()
        ]


@dataclass(slots=True)
class _Runs:
    """The scores on one example so far."""

    incumbent: list[float] = field(default_factory=list)
    candidate: list[float] = field(default_factory=list)

    def side(self, candidate: bool) -> list[float]:
        return self.candidate if candidate else self.incumbent

    def missing(self, example: str, runs: int, against: int) -> Iterable[Draw]:
        yield from (Draw(example, False, n) for n in range(len(self.incumbent), against))
        yield from (Draw(example, True, n) for n in range(len(self.candidate), runs))

    def is_alike(self, draw: Draw) -> bool:
        scores = self.side(draw.candidate)
        return scores[draw.repeat] == scores[0]

    def gain(self, score: Callable[[float], float]) -> float:
        return fmean(map(score, self.candidate)) - fmean(map(score, self.incumbent))

    def wins(self) -> float:
        """How much more often the candidate won than lost, run against run."""
        pairs = zip(self.incumbent, self.candidate, strict=False)
        return fmean(float(c > i) - float(i > c) for i, c in pairs)
