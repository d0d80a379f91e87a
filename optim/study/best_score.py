"""Who scores trials and decides which one replaces the incumbent, for plain functions."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.optim.acceptance.confidence import Interval
from optwright.optim.study.bench import Bench
from optwright.optim.study.runs import Change
from optwright.optim.study.task import NO_EXAMPLE
from optwright.optim.trial import JSON, Suggestion, Trial
from optwright.serving.budget import Account


class BestScore:
    """One evaluation per candidate, taken at its word: a better score is accepted."""

    minimizes = True

    def __init__(self, bench: Bench, account: Account) -> None:
        self._bench, self._account = bench, account

    def evaluate(
        self, candidates: Sequence[Suggestion], first: int, incumbent: Trial | None
    ) -> list[Trial]:
        evaluations = self._bench.measure([(c.values, NO_EXAMPLE) for c in candidates])
        return [
            Trial(first + i, candidate, evaluation.score, (evaluation,))
            for i, (candidate, evaluation) in enumerate(zip(candidates, evaluations, strict=True))
        ]

    def weigh(self, incumbent: Trial | None, trial: Trial) -> Change | None:
        before = None if incumbent is None else incumbent.score
        if trial.failed or (before is not None and not trial.score > before):
            return None
        feedback = "" if incumbent is None else incumbent.text
        return change(incumbent, trial, accepted=True, reason="a better score", feedback=feedback)

    leading: int | None = None

    def conclude(self, incumbent: Trial | None, trials: Sequence[Trial]) -> Change | None:
        """Every decision is made at once."""
        return None

    def room(self, wanted: int) -> int:
        left = self._account.left()
        spendable = (left.calls, left.tokens, left.usd, left.seconds)
        if any(limit is not None and limit <= 0 for limit in spendable):
            return 0
        return wanted if left.evaluations is None else min(wanted, left.evaluations)

    def so_far(self, incumbent: Trial) -> tuple[float, Interval | None]:
        return -incumbent.score, None

    def state(self) -> JSON:
        return None

    def restore(self, state: JSON) -> None:
        """Nothing is kept."""


def change(
    incumbent: Trial | None,
    trial: Trial,
    *,
    accepted: bool,
    reason: str,
    feedback: str = "",
    evidence: JSON = None,
) -> Change:
    """The record of one decision; the study numbers it and adds its cost."""
    return Change(
        number=-1,
        accepted=accepted,
        trial=trial.number,
        parent=None if incumbent is None else incumbent.number,
        origin=trial.candidate.origin,
        note=trial.candidate.note,
        before={} if incumbent is None else incumbent.values,
        after=trial.values,
        score_before=None if incumbent is None else incumbent.score,
        score_after=None if trial.failed else trial.score,
        reason=reason,
        evidence=evidence or {},
        feedback=feedback,
    )
