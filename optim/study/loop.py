"""The loop: ask for candidates, evaluate them, tell what came of it, keep what is better.

A run can be killed at any point and continued. The checkpoint after each step holds all that the
next one depends on; inside a step, evaluations and replies already paid for are found again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import inf
from typing import Any, Protocol

from optwright.errors import BudgetExceeded, InputError
from optwright.optim.acceptance.confidence import Interval
from optwright.optim.optimizer import Optimizer, tell_decision
from optwright.optim.optimizers.language.replies import replies_of
from optwright.optim.study.bench import Bench
from optwright.optim.study.progress import StudyStatus, Watch
from optwright.optim.study.runs import Change
from optwright.optim.study.validation import demand_directions
from optwright.optim.trial import JSON, Evaluation, Suggestion, Trial, Values, as_json
from optwright.serving.budget import Amount

BARREN = 10  # steps in a row without a candidate, after which the optimizer has nothing left
STALE = 100  # steps in a row with only candidates that were evaluated before


class Judge(Protocol):
    """Scores trials and decides which one replaces the incumbent."""

    def evaluate(
        self, candidates: Sequence[Suggestion], first: int, incumbent: Trial | None
    ) -> list[Trial]:
        """Evaluate candidates; the trials are numbered from `first`."""

    def weigh(self, incumbent: Trial | None, trial: Trial) -> Change | None:
        """Decide about one trial; None where there is nothing to decide."""

    @property
    def leading(self) -> int | None:
        """The number of the best trial that waits for a decision at the end of the run."""

    def conclude(self, incumbent: Trial | None, trials: Sequence[Trial]) -> Change | None:
        """Decide at the end of the run about the best of what waits; None where nothing does."""

    def room(self, wanted: int) -> int:
        """How many of `wanted` candidates the budget can still take, the proper end of the run
        set aside; 0 ends it."""

    def so_far(self, incumbent: Trial) -> tuple[float, Interval | None]:
        """The incumbent's score as its user counts, and an interval for it on the examples it was
        chosen on, where there are any."""

    @property
    def minimizes(self) -> bool:
        """Whether lower is better to the user."""

    def state(self) -> JSON: ...

    def restore(self, state: JSON) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A result from before the run, such as of production: values, their score, higher for better,
    and what was said about them. Proposers learn from it; nothing is accepted on its word."""

    values: Values
    score: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class StudySettings:
    """How long a run goes on. `batch` is the number of candidates of a step, `patience` the
    number of steps without an accepted change after which it ends, `stop_at` a score that is
    good enough. `starts` are evaluated first; `known` results are told to the optimizer."""

    starts: tuple[Values, ...]
    known: tuple[Known, ...] = ()
    batch: int = 1
    patience: int | None = None
    stop_at: float | None = None


@dataclass(slots=True)
class StudyProgress:
    """Where a run is; this and the optimizer's and the judge's state are the checkpoint."""

    step: int = 0
    trials: int = 0
    changes: int = 0
    incumbent: Trial | None = None
    since_change: int = 0
    barren: int = 0
    stale: int = 0
    counted: Amount = field(default_factory=Amount)
    """What had been spent at the last decision."""

    def to_json(self) -> dict[str, JSON]:
        incumbent = None if self.incumbent is None else self.incumbent.to_json()
        plain = {name: getattr(self, name) for name in _COUNTERS}
        return {**plain, "incumbent": incumbent, "counted": asdict(self.counted)}

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> StudyProgress:
        incumbent = data["incumbent"]
        return cls(
            **{name: data[name] for name in _COUNTERS},
            incumbent=None if incumbent is None else Trial.from_json(incumbent),
            counted=Amount(**data["counted"]),
        )


_COUNTERS = ("step", "trials", "changes", "since_change", "barren", "stale")


class Study:
    """One run. `watch` is told where it stands before the first step and after every one."""

    def __init__(
        self,
        plan: StudySettings,
        optimizer: Optimizer,
        judge: Judge,
        bench: Bench,
        *,
        watch: Watch | None = None,
    ) -> None:
        self.plan, self.optimizer, self.judge, self.bench = plan, optimizer, judge, bench
        self.space, self.store, self.account = bench.space, bench.store, bench.account
        self._watch = watch
        self.progress = StudyProgress()
        self.trials: list[Trial] = []
        self.changes: list[Change] = []
        self._new: tuple[list[Trial], list[Change]] = ([], [])
        self.prospect = ""
        """What can be proven, in words; `watch` is told."""
        self._asked: JSON = None
        """The optimizer's state at the last checkpoint."""

    @property
    def values(self) -> dict[str, Any]:
        """The values the run stands for: the incumbent's, or the first ones."""
        incumbent = self.progress.incumbent
        return self.space.check(self.space.initial if incumbent is None else incumbent.values)

    @property
    def winner(self) -> int | None:
        """The incumbent's number."""
        return None if self.progress.incumbent is None else self.progress.incumbent.number

    def run(self) -> str:
        """Go on until something ends the run; return what it was."""
        self._restore()
        self.show("searching")
        ended = self._search()
        self._conclude()
        return ended

    def _search(self) -> str:
        while (ended := self._ended()) is None:
            try:
                self._step()
            except BudgetExceeded:
                return "budget"
            self._checkpoint()
        return ended

    def _conclude(self) -> None:
        """One more decision, about the best of what waited for the end. What a step that the budget
        broke off had begun is left to a run that goes on with a larger one."""
        self._new = ([], [])
        self.bench.begin(self.progress.step)
        change = self.judge.conclude(self.progress.incumbent, self.trials)
        if change is None:
            return
        kept = self.progress.since_change
        self._decide(change, self.trials[change.trial])
        self.progress.since_change = kept  # a run that ended for want of progress has ended
        self.progress.step += 1
        self._checkpoint(concluding=True)

    def _step(self) -> None:
        self.bench.begin(self.progress.step)
        candidates = self._candidates()
        before = self.account.spent.evaluations
        trials = self._evaluated(candidates)
        self._count(candidates, self.account.spent.evaluations > before)
        self.optimizer.tell(trials)
        if self.progress.step == 1:
            demand_directions(self.optimizer, trials)
        for trial in trials:
            if trial.candidate.origin != "known":
                self._weigh(trial)
        self._new[0].extend(trials)

    def _evaluated(self, candidates: Sequence[Suggestion]) -> list[Trial]:
        """Trials in the order of the candidates; those that break a constraint fail unevaluated."""
        progress = self.progress
        broken = {i: b for i, c in enumerate(candidates) if (b := self.space.broken(c.values))}
        sound = [c for i, c in enumerate(candidates) if i not in broken]
        if progress.step == 0 and broken:
            raise InputError(f"the first values break a constraint: {next(iter(broken.values()))}")
        evaluated = iter(self.judge.evaluate(sound, progress.trials, progress.incumbent))
        return [
            replace(next(evaluated), number=progress.trials + i)
            if i not in broken
            else _unevaluated(progress.trials + i, candidate, broken[i])
            for i, candidate in enumerate(candidates)
        ] + self._known()

    def _known(self) -> list[Trial]:
        """In the first step, the results that were known before."""
        if self.progress.step:
            return []
        first = self.progress.trials + len(self.plan.starts)
        return [
            Trial(
                first + i,
                Suggestion(as_json(self.space.check(known.values)), "known"),
                known.score,
                (Evaluation(known.score, known.text),),
                cost=0.0,
            )
            for i, known in enumerate(self.plan.known)
        ]

    def _candidates(self) -> list[Suggestion]:
        """The start values in the first step, then what the optimizer proposes."""
        if self.progress.step == 0:
            starts = self.plan.starts[: self.judge.room(len(self.plan.starts))]
            return [Suggestion(as_json(self.space.check(values)), "start") for values in starts]
        return self.optimizer.ask(self.judge.room(self.plan.batch))

    def _weigh(self, trial: Trial) -> None:
        before = self.judge.leading
        change = self.judge.weigh(self.progress.incumbent, trial)
        if self.judge.leading != before:
            self.progress.since_change = 0  # what waits for the end got better
        if change is not None:
            self._decide(change, trial)

    def _decide(self, change: Change, trial: Trial) -> None:
        progress = self.progress
        if change.accepted:
            progress.incumbent = trial
            progress.since_change = 0
        spent, progress.counted = _minus(self.account.spent, progress.counted), self.account.spent
        if change.parent is not None:
            tell_decision(
                self.optimizer, trial.number, accepted=change.accepted, reason=change.reason
            )
        self._new[1].append(replace(change, number=progress.changes, cost=spent))
        progress.changes += 1

    def _count(self, candidates: Sequence[Suggestion], paid: bool) -> None:
        progress = self.progress
        progress.step += 1
        progress.trials += len(candidates) + (len(self.plan.known) if progress.step == 1 else 0)
        progress.since_change += 1
        progress.barren = 0 if candidates else progress.barren + 1
        progress.stale = 0 if paid else progress.stale + 1

    def _ended(self) -> str | None:
        progress, plan = self.progress, self.plan
        incumbent = progress.incumbent
        if plan.stop_at is not None and incumbent and self._best_score(incumbent) >= plan.stop_at:
            return "good enough"
        if plan.patience is not None and progress.since_change > plan.patience:
            return "no progress"
        if progress.barren >= BARREN or progress.stale >= STALE:
            return "nothing left to propose"
        return None if self.judge.room(1) else "budget"

    def _best_score(self, incumbent: Trial) -> float:
        """Of the incumbent, or of what waits to replace it."""
        leading = self.judge.leading
        return max(incumbent.score, -inf if leading is None else self.trials[leading].score)

    def _checkpoint(self, *, concluding: bool = False) -> None:
        """Write a step down. The end of a run is no step of the optimizer's: where the budget broke
        one off, the optimizer continues from before it."""
        if not concluding:
            self._asked = self.optimizer.state()
        checkpoint = {
            "progress": self.progress.to_json(),
            "optimizer": self._asked,
            "judge": self.judge.state(),
            "spent": asdict(self.account.spent),
            "elapsed_s": self.account.elapsed_s,
        }
        self.store.end_step(self.progress.step, checkpoint, *self._new)
        self.trials += self._new[0]
        self.changes += self._new[1]
        self._new = ([], [])
        self.show("searching")

    def show(self, doing: str) -> None:
        """Tell the watch where the run stands, and what it does."""
        if self._watch is None:
            return
        incumbent = self.progress.incumbent
        score, interval = (None, None) if incumbent is None else self.judge.so_far(incumbent)
        standing = StudyStatus(
            doing=doing,
            optimizer=self.optimizer.name,
            minimizes=self.judge.minimizes,
            step=self.progress.step,
            trials=self.progress.trials,
            score=score,
            interval=interval,
            changes=tuple(self.changes),
            account=self.account,
            replies=replies_of(self.optimizer),
            prospect=self.prospect,
        )
        self._watch(standing)

    def _restore(self) -> None:
        checkpoint = self.store.fact("checkpoint")
        if checkpoint is not None:
            self.progress = StudyProgress.from_json(checkpoint["progress"])
            self.trials, self.changes = self.store.trials(), self.store.changes()
            self._asked = checkpoint["optimizer"]
            self.optimizer.restore(self._asked, self.trials)
            self.judge.restore(checkpoint["judge"])


def _unevaluated(number: int, candidate: Suggestion, why: str) -> Trial:
    return Trial(number, candidate, -inf, (Evaluation(-inf, why),), cost=0.0)


def _minus(amount: Amount, other: Amount) -> Amount:
    return Amount(
        amount.calls - other.calls,
        amount.tokens - other.tokens,
        amount.usd - other.usd,
        amount.evaluations - other.evaluations,
    )
