"""Where candidates are evaluated: side by side, inside the budget, each pair of candidate and
example once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from optwright.optim.parameters import ParameterSpace
from optwright.optim.study.runs import Paid, RunStore
from optwright.optim.study.task import Example
from optwright.optim.study.workers import Job, Workers
from optwright.optim.trial import JSON, Evaluation, Values
from optwright.serving.budget import Account, Amount
from optwright.serving.spending import spending

Pair = tuple[Values, Example]


@dataclass(frozen=True, slots=True)
class MeanCost:
    """Model calls, tokens and dollars of an average evaluation."""

    calls: float
    tokens: float
    usd: float


class Bench:
    """Evaluates pairs for one run. `step` is the step under way, for the records.

    A pair that an earlier step paid for is free. A pair that this step paid for before the process
    was killed is charged again, so a continued run ends where the unbroken one would.
    """

    def __init__(
        self, space: ParameterSpace, workers: Workers, account: Account, store: RunStore
    ) -> None:
        self.space, self._workers, self.account, self.store = space, workers, account, store
        self.step = 0
        self._charged: set[tuple[str, str]] = set()
        self._runs, self._cost = 0, Amount()

    def begin(self, step: int) -> None:
        self.step, self._charged = step, set()

    def measure(self, pairs: Sequence[Pair]) -> list[Evaluation]:
        """Evaluations in the order of `pairs`; `BudgetExceeded` before any that do not all fit."""
        keys = [(self.space.key(values), example.run) for values, example in pairs]
        known = {key: paid for key in dict.fromkeys(keys) if (paid := self.store.paid(*key))}
        missing = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in known}
        for key, paid in known.items():
            self._charge_again(key, paid)
        found = {key: paid.evaluation for key, paid in known.items()}
        found.update(self._run(missing))
        return [found[key] for key in keys]

    def missing(self, pairs: Sequence[Pair]) -> int:
        """How many of these pairs would have to be paid for, if only again."""
        keys = {(self.space.key(values), example.run) for values, example in pairs}
        return sum(self._is_unpaid(key, self.store.paid(*key)) for key in keys)

    def known(
        self, values: Values, examples: Iterable[Example], *, before: int | None = None
    ) -> dict[str, Evaluation]:
        """Evaluations that were made, by the key of their example; those of steps earlier than
        `before` only, where a continued step must not see what it paid for the first time."""
        key = self.space.key(values)
        found = {example.key: self.store.paid(key, example.run) for example in examples}
        return {
            name: paid.evaluation
            for name, paid in found.items()
            if paid is not None and (before is None or paid.step < before)
        }

    @property
    def mean_cost(self) -> MeanCost:
        """What the model calls of one evaluation cost so far."""
        runs, cost = max(1, self._runs), self._cost
        return MeanCost(cost.calls / runs, cost.tokens / runs, cost.usd / runs)

    def state(self) -> JSON:
        return {"runs": self._runs, "cost": asdict(self._cost)}

    def restore(self, state: JSON) -> None:
        self._runs, self._cost = state["runs"], Amount(**state["cost"])

    def _run(self, missing: dict[tuple[str, str], Pair]) -> dict[tuple[str, str], Evaluation]:
        if not missing:
            return {}
        keys = list(missing)
        jobs = [Job(values, example) for values, example in missing.values()]
        made: dict[tuple[str, str], Evaluation] = {}
        hold = self.account.reserve(evaluations=len(jobs))
        try:
            with spending(self.account):
                for done in self._workers.run(jobs):
                    key = keys[done.place]
                    made[key] = done.evaluation
                    paid = Paid(done.evaluation, self.step, done.cost)
                    self.store.keep(key, paid)
                    self._count(key, paid)
        finally:
            hold.settle(hold.amount)  # what was started is spent, also when an error ends the batch
        return made

    def _is_unpaid(self, key: tuple[str, str], paid: Paid | None) -> bool:
        """Whether a pair was never run, or by this step before the process was killed."""
        return paid is None or (paid.step == self.step and key not in self._charged)

    def _charge_again(self, key: tuple[str, str], paid: Paid) -> None:
        if self._is_unpaid(key, paid):
            cost = paid.cost + Amount(evaluations=1)
            self.account.spend(
                calls=cost.calls, tokens=cost.tokens, usd=cost.usd, evaluations=cost.evaluations
            )
            self._count(key, paid)

    def _count(self, key: tuple[str, str], paid: Paid) -> None:
        self._charged.add(key)
        self._runs += 1
        self._cost += paid.cost
