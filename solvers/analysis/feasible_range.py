"""Between which limits a linear model has a point at all, as its limits move along a line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions, Status


def first_feasible(low: LinearModel, high: LinearModel, limit_s: float = 10.0) -> float | None:
    """How far one has to go from `low` to `high`, as a share of the way, to come to a model that
    has a point; None where there is none on the way or it was not found in time.

    The two differ in the limits of their rows alone. The share is one more column, and the least
    that it can be is asked for, so one linear program answers exactly.
    """
    moves = _moves(low, high)
    if moves is None:
        return None
    outcome = solve_arrays(_with_share(low, moves), SolveOptions(time_limit_s=limit_s))
    return outcome.objective if outcome.status is Status.OPTIMAL else None


def _moves(low: LinearModel, high: LinearModel) -> Floats | None:
    """How far each row's limits move; None where they do not move together."""
    if low.row_lower.shape != high.row_lower.shape or low.has_integers:
        return None
    lower = _difference(low.row_lower, high.row_lower)
    upper = _difference(low.row_upper, high.row_upper)
    apart = np.isfinite(lower) & np.isfinite(upper) & ~np.isclose(lower, upper)
    return None if apart.any() else np.nan_to_num(np.where(np.isnan(lower), upper, lower))


def _difference(low: Floats, high: Floats) -> Floats:
    """From one to the other where both are finite, NaN elsewhere."""
    finite = np.isfinite(low) & np.isfinite(high)
    return np.where(finite, np.where(finite, high, 0.0) - np.where(finite, low, 0.0), np.nan)


def _with_share(model: LinearModel, moves: Floats) -> LinearModel:
    """Minimize t with every row's limits moved by t times its move, 0 <= t <= 1."""
    rows = np.flatnonzero(moves)
    ends = model.starts[rows + 1]
    share = len(model.cost)
    added = np.concatenate([[0], np.cumsum(moves != 0)])
    return replace(
        model,
        maximize=False,
        offset=0.0,
        cost=np.append(np.zeros(share), 1.0),
        lower=np.append(model.lower, 0.0),
        upper=np.append(model.upper, 1.0),
        integer=np.zeros(share + 1, dtype=np.bool_),
        starts=(model.starts + added).astype(np.int32),
        columns=np.insert(model.columns, ends, share),
        coefficients=np.insert(model.coefficients, ends, -moves[rows]),
        column_names=[*model.column_names, "share of the way"],
    )
