"""Whether the metric still says what it said when the run began.

The code of program and metric is part of a run (`identity`), but a metric also reads files, calls
other modules and asks judges. So one output is kept with its score, and judged again before a run
goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import isclose
from threading import Lock
from typing import Any

from optwright.errors import BudgetExceeded, InputError
from optwright.optim.feedback import read_feedback
from optwright.optim.parameters import ParameterSpace
from optwright.optim.study.runs import RunStore
from optwright.optim.study.task import Example, awaited
from optwright.optim.trial import JSON, Values
from optwright.serving.budget import Account, Budget
from optwright.serving.spending import spending

FACT = "probe"
MOST_CHARS = 100_000  # of an output that is kept


class Probe:
    """The first output of a run that JSON can say, and its score."""

    def __init__(
        self, store: RunStore, metric: Callable[[Any, Any], Any], space: ParameterSpace
    ) -> None:
        self._store, self._metric, self._space = store, metric, space
        self._known: JSON = store.fact(FACT)
        self._lock = Lock()

    def offer(self, values: Values, example: Example, output: object, score: float) -> None:
        """Keep this one, if none is kept yet."""
        with self._lock:
            if self._known is not None:
                return
            try:
                text = json.dumps(output, allow_nan=False)
            except (TypeError, ValueError):
                return
            if len(text) > MOST_CHARS or json.loads(text) != output:
                return
            self._known = {
                "values": dict(values),
                "example": example.key,
                "output": output,
                "score": score,
            }
            self._store.write_fact(FACT, self._known)

    def demand_same(self, examples: Iterable[Example]) -> None:
        """Raise `InputError` where the metric gives the kept output another score now, and the
        same one twice: one that is random itself says nothing. It spends nothing of a budget; a
        metric that asks models of `open_model` is not asked."""
        known = self._known
        example = next((e for e in examples if known and e.key == known["example"]), None)
        if example is None:
            return
        with suppress(BudgetExceeded):
            now = self._judged(example)
            if now is None or _same(now, known["score"]) or not _same(self._judged(example), now):
                return
            raise InputError(
                f"the metric gives {now!r} for an output that it gave {known['score']!r} when the "
                f"run in {str(self._store.directory)!r} began: {str(known['output'])[:80]!r}",
                hint="go on with the metric of then, or name another run directory",
            )

    def _judged(self, example: Example) -> float | None:
        known = self._known
        with self._space.use(known["values"]), spending(Account(Budget(calls=0))):
            try:
                return read_feedback(awaited(self._metric(example.value, known["output"]))).score
            except BudgetExceeded:
                raise
            except (Exception, SystemExit):  # noqa: BLE001  # a failing metric is told by its runs
                return None


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return isclose(first, second, rel_tol=1e-9, abs_tol=1e-12)
