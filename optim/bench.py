"""Where candidates are evaluated: side by side, inside the budget, each pair of candidate and
example once."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.optim.parameters import ParameterSpace
from optwright.optim.runs import Paid, RunStore
from optwright.optim.task import Example
from optwright.optim.trial import Evaluation, Values
from optwright.optim.workers import Job, Workers
from optwright.serving.budget import Account, Amount
from optwright.serving.spending import spending

Pair = tuple[Values, Example]


class Bench:
    """Evaluates pairs for one run. `step` is the step under way, for the records.

    A pair that an earlier step paid for is free. A pair that this step paid for before the process
    was killed is charged again, so a continued run ends where the unbroken one would.
    """

    def __init__(
        self, space: ParameterSpace, workers: Workers, account: Account, store: RunStore
    ) -> None:
        self._space, self._workers, self._account, self._store = space, workers, account, store
        self.step = 0
        self._charged: set[tuple[str, str]] = set()

    def begin(self, step: int) -> None:
        self.step, self._charged = step, set()

    def measure(self, pairs: Sequence[Pair]) -> list[Evaluation]:
        """Evaluations in the order of `pairs`; `BudgetExceeded` before any that do not all fit."""
        keys = [(self._space.key(values), example.key) for values, example in pairs]
        known = {key: paid for key in dict.fromkeys(keys) if (paid := self._store.paid(*key))}
        missing = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in known}
        for key, paid in known.items():
            self._charge_again(key, paid)
        found = {key: paid.evaluation for key, paid in known.items()}
        found.update(self._run(missing))
        return [found[key] for key in keys]

    def is_known(self, values: Values, example: Example) -> bool:
        return self._store.paid(self._space.key(values), example.key) is not None

    def _run(self, missing: dict[tuple[str, str], Pair]) -> dict[tuple[str, str], Evaluation]:
        if not missing:
            return {}
        keys = list(missing)
        jobs = [Job(values, example) for values, example in missing.values()]
        made: dict[tuple[str, str], Evaluation] = {}
        hold = self._account.reserve(evaluations=len(jobs))
        try:
            with spending(self._account):
                for done in self._workers.run(jobs):
                    key = keys[done.place]
                    made[key] = done.evaluation
                    self._charged.add(key)
                    self._store.keep(key[0], Paid(done.evaluation, self.step, done.cost))
        finally:
            hold.settle(hold.amount)  # what was started is spent, also when an error ends the batch
        return made

    def _charge_again(self, key: tuple[str, str], paid: Paid) -> None:
        if paid.step == self.step and key not in self._charged:
            cost = paid.cost + Amount(evaluations=1)
            self._account.spend(
                calls=cost.calls, tokens=cost.tokens, usd=cost.usd, evaluations=cost.evaluations
            )
            self._charged.add(key)
