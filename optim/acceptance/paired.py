"""When a change is accepted: a test of the candidate against the incumbent on shared examples.

The test is paired and sequential: it may be looked at after every batch, stops as soon as enough
is known, and stays valid. What it claims is stated: a gain of the mean, a gain on most of the
examples that differ, or either. It is corrected for all proposals tested before, and a proposal
that could not come out ahead yet waits for the end of the run, where most of what may be risked is
kept for the best of them. The score of the winner is not taken from here, where it was chosen.

What it does not guard against: examples that the proposer has seen. Their answers may be in the
candidate, so they must not be among those it is tested on. Nor against what verdicts give away:
until the first acceptance they all say the same, so nothing; later every one tells proposers a bit
about the deciding examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from random import Random
from statistics import fmean

from optwright.errors import InputError
from optwright.optim.acceptance.betting import capital, least_stake, most_capital
from optwright.optim.acceptance.confidence import Bounds, e_value, inside
from optwright.optim.acceptance.rule import JSON, Draw, Pair, Verdict, losses

CLAIMS = ("mean", "most", "either")
RISK = 0.05
"""The share of accepted changes that may be no improvement, in expectation."""
ON_THE_WAY = 0.5
"""Of the risk is for comparisons during the run; what they leave is for the one at its end."""
AT_THE_END = 0.9
"""Of what is left is risked at the end; the rest lets a run that is continued end once more."""
PASSES = (0.7, 0.2, 0.1)
"""What the e-values of the passes count, fixed beforehand; together 1."""
AMPLE = 40
"""Deciding examples from which on comparisons are made during the run. Fewer prove one gain at
best: the last one, over the first values, is worth more than a step on the way to it."""
PROVABLE_MEAN = 0.5
"""Where deciding examples could not show even this gain of the mean, all risk goes to `most`."""


class PairedTest:
    """Accept when the e-value for the claim reaches what the correction asks for.

    `claim` is what is shown of "better on such examples": `mean`, that the score is higher on
    average; `most`, that the candidate wins more examples than it loses (it must not lose on
    average here, and its losses are told); `either` shares the risk between both, and gives all of
    it to `most` where there are too few examples to show a gain of the mean.

    `alpha` bounds the expected share of accepted changes that are no improvement, however many are
    tried and however their evidence hangs together (e-LOND: Xu and Ramdas, "Online multiple testing
    with e-values", AISTATS 2024): a proposal needs 1 / (alpha * share * (accepted so far + 1)),
    where the shares add up to 1. The k-th comparison on the way has 1 / (2 k (k + 1)), the one at
    the end of the run most of what is left. With fewer than 40 `deciding` examples nothing is
    compared on the way.

    `bounds` is the range of the metric; None, for a metric without one, leaves only `most`. Every
    example counts once however often it runs: when one pass leaves the matter open but promising,
    it is repeated, up to `repeats` runs of an example, to average the program's own randomness
    away. An incumbent that has withstood several candidates is run more often too. Both end with
    the first repeats that change nothing, which saves runs and claims no more. A change that harms
    a group of examples is refused when the evidence for the harm reaches 1 / `gate`.
    """

    def __init__(
        self,
        *,
        alpha: float = RISK,
        bounds: Bounds | None = (0.0, 1.0),
        claim: str = "either",
        repeats: int = 4,
        gate: float = 0.2,
        batch: int = 10,
        seed: int = 0,
    ) -> None:
        if not 0 < alpha < 1 or not 0 < gate <= 1 or repeats < 1 or batch < 1:
            raise InputError(f"a test with {alpha=}, {gate=}, {repeats=}, {batch=} cannot be made")
        if claim not in CLAIMS:
            raise InputError(f"a test cannot claim {claim!r}; there are {list(CLAIMS)}")
        if bounds is None and claim == "mean":
            raise InputError(
                "a gain of the mean cannot be shown for a metric without bounds",
                hint="give bounds=(low, high), or claim='most'",
            )
        self.alpha, self.bounds, self.gate = alpha, bounds, gate
        self.claim = "most" if bounds is None else claim
        self.repeats, self.batch, self.seed = repeats, batch, seed
        self.deciding: int | None = None
        """How many examples decide, where that is known before the start."""
        self.tested = 0
        """Comparisons opened, on the way and at the end."""
        self.accepted = 0
        self.risked = 0.0
        """The share of `alpha` that comparisons so far have used up."""
        self.withstood = 0
        """Comparisons since the last accepted change."""

    def screen(self, pairs: Sequence[Pair], more: bool) -> bool | None:
        """Only what looks good in training is compared, so that few comparisons need correction."""
        looks = self._looks(pairs)
        if self._waits:
            return any(sum(look) > 0.0 for look in looks)
        if any(e_value(look) >= QUALIFIED for look in looks):
            return True
        if all(
            e_value(look) <= DROPPED or e_value([-d for d in look]) >= 1 / DROPPED for look in looks
        ):
            return False
        if max(looks[0]) <= 0.0 and self._chances(pairs) >= UNUSED:
            return False
        return None if more else any(e_value(look) > PROMISING for look in looks)

    def compare(
        self,
        examples: Sequence[str],
        groups: Mapping[str, str],
        learnt: Sequence[Pair] = (),
        *,
        last: bool = False,
    ) -> PairedComparison | None:
        if not examples:
            raise InputError("there are no examples to compare on")
        share = self.share(last)
        game = self.game(len(examples), share, learnt)
        if learnt and not last and (self._waits or not game.may_be_won(learnt)):
            return None
        self.tested += 1
        self.withstood += 1
        self.risked += share
        order = Random(f"{self.seed}/{self.tested}").sample(list(examples), len(examples))
        return PairedComparison(self, order, groups, game)

    def share(self, last: bool) -> float:
        """The share of `alpha` that the next comparison may use."""
        left = 1.0 - self.risked
        if last:
            return AT_THE_END * left
        count = self.tested + 1
        return min(ON_THE_WAY / (count * (count + 1)), left / 2)

    def game(self, count: int, share: float, learnt: Sequence[Pair] = ()) -> Game:
        """The bet on `count` examples with this share of the risk."""
        needed = 1.0 / (self.alpha * share * (self.accepted + 1))
        return Game(self, count, needed, learnt)

    def weights(self, count: int) -> dict[str, float]:
        """How the risk is shared among claims where `count` examples decide."""
        if self.claim != "either":
            return {self.claim: 1.0}
        least = least_stake(1.0 / self.alpha, count)
        shown = most_capital(count, PROVABLE_MEAN, least)
        return {"mean": 0.5, "most": 0.5} if shown >= 2.0 / self.alpha else {"most": 1.0}

    def difference(self, incumbent: float, candidate: float) -> float:
        """Candidate minus incumbent in units of the range, from -1 to 1; without a range, which
        of them won."""
        if self.bounds is None:
            return self.win(incumbent, candidate)
        width = self.bounds[1] - self.bounds[0]
        return (self.score(candidate) - self.score(incumbent)) / width

    def win(self, incumbent: float, candidate: float) -> float:
        """1 where the candidate is better, -1 where it is worse."""
        return float(candidate > incumbent) - float(incumbent > candidate)

    def score(self, score: float) -> float:
        """A failed run has the lowest score there is; 0 where there is no lowest."""
        if self.bounds is None:
            return score if isfinite(score) else 0.0
        return self.bounds[0] if score == -inf else inside(score, self.bounds)

    def state(self) -> JSON:
        return [self.tested, self.accepted, self.withstood, self.repeats, self.risked]

    def restore(self, state: JSON) -> None:
        self.tested, self.accepted, self.withstood, self.repeats, self.risked = state

    @property
    def _waits(self) -> bool:
        return self.deciding is not None and self.deciding < AMPLE

    def _looks(self, pairs: Sequence[Pair]) -> list[list[float]]:
        """The pairs as each claim sees them; alike ones once."""
        differences = [self.difference(*pair) for pair in pairs]
        wins = [self.win(*pair) for pair in pairs]
        return {
            "mean": [differences],
            "most": [wins],
            "either": [differences] if wins == differences else [differences, wins],
        }[self.claim]

    def _chances(self, pairs: Sequence[Pair]) -> int:
        """The examples on which a gain was possible; where nothing bounds it that is not known."""
        if self.bounds is None:
            return 0
        return sum(self.score(incumbent) < self.bounds[1] for incumbent, _ in pairs)


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


class Game:
    """The bet of one comparison: how its risk is shared among claims, what is staked at least, and
    what was learnt in training. All of it is fixed before the first deciding example is seen."""

    def __init__(
        self, rule: PairedTest, count: int, needed: float, learnt: Sequence[Pair] = ()
    ) -> None:
        self.needed, self.count = needed, count
        self.weights = rule.weights(count)
        self.first_pass = 1.0 if rule.repeats == 1 else PASSES[0]
        self.least = least_stake(needed / self.first_pass, count)
        self.learnt = {
            "mean": [rule.difference(*pair) for pair in learnt],
            "most": [rule.win(*pair) for pair in learnt],
        }

    def capitals(self, seen: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """The e-value of each claim for the differences seen."""
        return {
            claim: capital(seen[claim], self.learnt[claim], self.least) for claim in self.weights
        }

    def evidence(self, capitals: Mapping[str, float]) -> float:
        return sum(self.weights[claim] * capitals[claim] for claim in self.weights)

    def may_be_won(self, learnt: Sequence[Pair]) -> bool:
        """Whether deciding examples that go as training went would be enough."""
        repeated = {
            claim: [self.learnt[claim][i % len(learnt)] for i in range(self.count)]
            for claim in self.weights
        }
        return self.first_pass * self.evidence(self.capitals(repeated)) >= self.needed

    def shown(self, capitals: Mapping[str, float], seen: Mapping[str, Sequence[float]]) -> str:
        """Which claim the evidence is enough for."""
        for claim, weight in self.weights.items():
            if weight * capitals[claim] >= self.needed:
                return claim
        return "mean" if list(seen["mean"]) == list(seen["most"]) else "mean or most"


class PairedComparison:
    """One run of `PairedTest`, in passes: the first looks after every batch, each later one
    doubles the runs per example and looks at its end."""

    def __init__(
        self, rule: PairedTest, order: Sequence[str], groups: Mapping[str, str], game: Game
    ) -> None:
        self._rule, self._groups, self._game = rule, groups, game
        self._pairs = {example: _Runs() for example in order}
        self._passes: list[dict[str, float]] = []
        """The e-values of every finished pass."""
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
        if self._evidence() >= self._game.needed:
            return "better"
        looks = [self._seen()[claim] for claim in self._game.weights]
        hopeless = all(
            e_value([-d for d in look]) >= 1 / HOPELESS or e_value(look) <= HOPELESS
            for look in looks
        )
        return "not better" if hopeless else ""

    def _end_pass(self) -> None:
        capitals = self._game.capitals(self._seen())
        self._passes.append(capitals)
        runs = 2 ** len(self._passes)
        if self._evidence() >= self._game.needed:
            self._end("better")
        elif (
            runs > self._rule.repeats
            or len(self._passes) == len(PASSES)
            or self._game.evidence(capitals) < PROMISING
        ):
            self._end("not enough evidence of a gain")
        else:
            self._batches = self._plan(runs)

    def _capitals(self) -> dict[str, float]:
        """The e-values of all passes together.

        The first pass counts as far as it got. A later one counts when it is finished: its runs
        share examples with the first, so a look on the way would not be a fair game. What a pass
        counts was fixed when the comparison began, whether or not repeats turn out to be needed.
        """
        passes = self._passes or [self._game.capitals(self._seen())]
        shares = (self._game.first_pass, *PASSES[1:])
        return {
            claim: sum(
                share * capitals[claim] for share, capitals in zip(shares, passes, strict=False)
            )
            for claim in self._game.weights
        }

    def _evidence(self) -> float:
        return self._game.evidence(self._capitals())

    def _end(self, reason: str) -> Verdict:
        enough = self._evidence() >= self._game.needed
        gains = {example: runs.gain(self._rule.score) for example, runs in self._done().items()}
        gain = fmean(gains.values()) if gains else 0.0
        refused = self._refused(gain) if enough else ""
        if enough and not refused:
            self._rule.accepted += 1
            self._rule.withstood = 0
        self.verdict = Verdict(
            accepted=enough and not refused,
            reason=refused or reason,
            gain=gain,
            evidence=self._evidence(),
            needed=self._game.needed,
            examples=len(gains),
            runs=sum(len(r.incumbent) + len(r.candidate) for r in self._pairs.values()),
            groups={group: fmean(of) for group, of in self._by_group(gains).items()},
            claim=self._game.shown(self._capitals(), self._seen()) if enough else "",
            **losses(list(gains.values())),
        )
        return self.verdict

    def _refused(self, gain: float) -> str:
        """What speaks against a change although there is evidence for it."""
        if harmed := self._harmed():
            return f"worse on {', '.join(harmed)}"
        if self._rule.bounds is not None and gain <= 0.0:
            return "better on most examples, but not on average"
        return ""

    def _harmed(self) -> list[str]:
        claim = "most" if self._rule.bounds is None else "mean"
        differences = dict(zip(self._done(), self._seen()[claim], strict=True))
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

    def _seen(self) -> dict[str, list[float]]:
        """For each example, as each claim sees it, from -1 to 1: the mean difference of its runs,
        and how much more often the candidate won than lost."""
        done, bounds = self._done().values(), self._rule.bounds
        wins = [runs.wins(self._rule.win) for runs in done]
        if bounds is None:
            return {"mean": wins, "most": wins}
        width = bounds[1] - bounds[0]
        return {"mean": [runs.gain(self._rule.score) / width for runs in done], "most": wins}


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

    def wins(self, win: Callable[[float, float], float]) -> float:
        """Run against run."""
        pairs = zip(self.incumbent, self.candidate, strict=False)
        return fmean(win(i, c) for i, c in pairs)
