"""How far a solver is believed: its point is held against the model as it was given.

A status alone proves nothing to us. An optimum needs a finite point that keeps every row, limit
and integrality; the objective is worked out again from that point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.named_numbers import NamedNumbers, numbers_of
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

SolveLinear = Callable[[LinearModel, SolveOptions], Outcome]


def judge(model: LinearModel, status: Status, message: str, x: Floats | None) -> Outcome:
    """The outcome of a run that ended in `status`, in the solver's `message`, at point `x`."""
    if status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
        return Outcome(status)
    if x is None:
        status = Status.ERROR if status.has_solution else status
        return Outcome(status, message=f"the solver ended with {message!r} and no solution")
    broken = model.broken_by(x)
    if broken:
        return Outcome(Status.ERROR, message=f"the solver ended with {message!r}, but {broken}")
    x = settle(model, x)
    return at_point(model, x, Status.OPTIMAL if status is Status.OPTIMAL else Status.FEASIBLE)


def settle(model: LinearModel, x: Floats) -> Floats:
    """A point that is kept, without its dust: inside its limits, integers whole, if that fits."""
    settled = np.clip(x, model.lower, model.upper)
    settled = np.where(model.integer, np.round(settled), settled)
    kept = np.array_equal(settled, x) or model.broken_by(settled) is None
    return settled if kept else x


ROUNDED_BREAKS = "a whole number that is rounded breaks a row"
LARGE_NUMBER = "a number as large as a million may be why"


def leans_on_fractions(model: LinearModel, outcome: Outcome) -> bool:
    """Whether a model with integers has no point, or one that rounding them would break: what
    `settle` could make whole is whole."""
    if not model.has_integers:
        return False
    if not outcome.status.has_solution:
        return True
    x = numbers_of(outcome.values, model.column_names)
    return bool((x != np.round(x))[model.integer].any())


def at_point(model: LinearModel, x: Floats, status: Status) -> Outcome:
    """The outcome that says: this point, this objective, this far from each row's limits."""
    activity = model.activities(x)
    slack = np.minimum(activity - model.row_lower, model.row_upper - activity)
    return Outcome(
        status,
        objective=model.objective(x) + 0.0,
        values=NamedNumbers(model.column_names, x + 0.0),  # zero without a sign
        slacks=NamedNumbers(model.row_names, np.where(np.isfinite(slack), slack + 0.0, np.nan)),
    )


def is_open(status: Status, model: LinearModel) -> bool:
    """Whether the status leaves open if there is a point at all.

    With integers solvers say unbounded as soon as the relaxation is.
    """
    return status is Status.INFEASIBLE_OR_UNBOUNDED or (
        status is Status.UNBOUNDED and model.has_integers
    )


def which(solve: SolveLinear, model: LinearModel, options: SolveOptions, spent_s: float) -> Outcome:
    """Infeasible or unbounded: without its objective the model is one or it is not.

    A mixed-integer model with rational data whose relaxation is unbounded is itself unbounded as
    soon as it has a point (Meyer 1974).
    """
    feasibility = replace(model, cost=np.zeros_like(model.cost), offset=0.0)
    left = replace(options, time_limit_s=max(options.time_limit_s - spent_s, 0.0))
    answer = solve(feasibility, left)
    if answer.status is Status.INFEASIBLE:
        return Outcome(Status.INFEASIBLE)
    if answer.status.has_solution:
        return Outcome(Status.UNBOUNDED)
    return Outcome(Status.INFEASIBLE_OR_UNBOUNDED, message=answer.message)


def without_columns(model: LinearModel) -> Outcome:
    """A model without variables is its rows at zero; solvers disagree on it, so none is asked."""
    if model.broken_by(np.zeros(0)):
        return Outcome(Status.INFEASIBLE)
    return replace(at_point(model, np.zeros(0), Status.OPTIMAL), bound=model.offset)


def plain(numbers: Floats) -> list[float]:
    """Python floats, and zero without a sign."""
    return (numbers + 0.0).tolist()  # type: ignore[no-any-return]  # numpy types tolist as Any
