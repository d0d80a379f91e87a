"""Solving one neighbourhood with HiGHS, which is stopped by our clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optwright.solvers.backends import highs
from optwright.solvers.backends.alns.operators import Neighbourhood
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions, Status

if TYPE_CHECKING:
    from highspy import Highs as Engine

Stops = Callable[[], bool]
"""Whether a solve shall end now; asked many times a second."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a neighbourhood is left: `stops` backs the time limit of `options`, `nodes` is how many
    HiGHS may look at, None for any number."""

    options: SolveOptions
    stops: Stops
    nodes: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The best point of a neighbourhood, None where there is none. `ended`: searched through, so
    that it holds nothing better."""

    x: Floats | None
    ended: bool


def solve_neighbourhood(
    model: LinearModel,
    part: Neighbourhood,
    start: Floats,
    limits: Limits,
) -> Found:
    """Search a neighbourhood of a model that minimizes, beginning at `start` where that lies in
    it."""
    small = _restricted(model, part)
    engine = highs.load(small, limits.options)
    if limits.nodes is not None:
        engine.setOptionValue("mip_max_nodes", limits.nodes)
    # Its own neighbourhoods are what we are; short solves shall not spend their time on them.
    engine.setOptionValue("mip_heuristic_effort", 0.02)
    if part.holds_incumbent:
        engine.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
    _stop_by(engine, limits.stops)
    engine.run()
    status = highs.STATUSES.get(engine.getModelStatus().name, Status.ERROR)
    return Found(highs.point_of(engine), status in (Status.OPTIMAL, Status.INFEASIBLE))


def _stop_by(engine: Engine, stops: Stops) -> None:
    from highspy import cb

    def asked(_kind: object, _message: str, _out: object, into: Any, *_: object) -> None:
        if stops():
            into.user_interrupt = True

    engine.setCallback(asked, None)
    engine.startCallback(cb.HighsCallbackType.kCallbackMipInterrupt)
    engine.startCallback(cb.HighsCallbackType.kCallbackSimplexInterrupt)


def _restricted(model: LinearModel, part: Neighbourhood) -> LinearModel:
    """The model with the limits, the objective and the rows of a neighbourhood."""
    changed = replace(model, lower=part.lower, upper=part.upper)
    if part.cost is not None:
        changed = replace(changed, cost=part.cost, offset=0.0)
    if not part.rows:
        return changed
    ends = model.starts[-1] + np.cumsum([len(row.columns) for row in part.rows])
    return replace(
        changed,
        row_lower=np.append(model.row_lower, [row.lower for row in part.rows]),
        row_upper=np.append(model.row_upper, [row.upper for row in part.rows]),
        starts=np.append(model.starts, ends).astype(np.int32),
        columns=np.concatenate([model.columns, *(r.columns for r in part.rows)]).astype(np.int32),
        coefficients=np.concatenate([model.coefficients, *(r.coefficients for r in part.rows)]),
        row_names=(),
    )
