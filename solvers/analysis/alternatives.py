"""Another plan that is as good: whether the best one is the only one.

At the best objective each decision is made as small and as large as it can be. A plan that differs
is an answer; where no decision can move, the plan is the only one, which is a proof as long as all
of them were tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions

MOVED = 1e-2
"""How far a decision has to move for a plan to be another one, relative to its size."""
LOSS = 1e-8
"""How much worse than the best one a plan may be and still be as good, relative to it."""


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """What a search for another plan came to: its values, or None; `proven` says whether None
    means that there is none."""

    values: Mapping[str, float] | None
    proven: bool


def another_plan(
    model: LinearModel, best: Mapping[str, float], *, limit_s: float = 5.0
) -> OtherPlan:
    """Look for another plan that is as good as `best`, for at most about `limit_s` seconds.

    `best` holds the decisions; columns it does not name are auxiliary and may move freely.
    """
    names = list(model.column_names)
    x = np.array([best.get(name, 0.0) for name in names])
    held = _held(model, x, deadline := perf_counter() + limit_s)
    decisions = [k for k, name in enumerate(names) if name in best]
    # Decisions that are used come first: another plan has less of one of them.
    decisions.sort(key=lambda k: -abs(x[k]))
    for sign in (1.0, -1.0):
        for at in decisions:
            left = deadline - perf_counter()
            if left <= 0 or held is None:
                return OtherPlan(None, proven=False)
            cost = np.zeros(len(names))
            cost[at] = sign
            found = solve(
                FromArrays(replace(held, cost=cost, maximize=False, offset=0.0)),
                options=SolveOptions(time_limit_s=max(0.1, left)),
            )
            if found.status.has_solution and _differs(found.values, best):
                return OtherPlan({name: found.values.get(name, 0.0) for name in best}, proven=True)
    return OtherPlan(None, proven=True)


def _held(model: LinearModel, x: Floats, deadline: float) -> LinearModel | None:
    """The model with one more row: the objective is as good as it was."""
    if perf_counter() > deadline:
        return None
    entries = np.flatnonzero(model.cost)
    value = float(model.cost @ x)
    room = LOSS * max(1.0, abs(value))
    low, high = (value - room, np.inf) if model.maximize else (-np.inf, value + room)
    return replace(
        model,
        row_lower=np.append(model.row_lower, low),
        row_upper=np.append(model.row_upper, high),
        starts=np.append(model.starts, len(model.columns) + len(entries)).astype(np.int32),
        columns=np.append(model.columns, entries).astype(np.int32),
        coefficients=np.append(model.coefficients, model.cost[entries]),
        row_names=[*model.row_names, "as good as before"],
    )


def _differs(values: Mapping[str, float], best: Mapping[str, float]) -> bool:
    return any(
        abs(values.get(name, 0.0) - was) > MOVED * max(1.0, abs(was)) for name, was in best.items()
    )
