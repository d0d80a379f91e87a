"""SCIP through Pyomo, begun at a plan and telling its points and bounds on the way: the only module
that knows `pyscipopt`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from optwright.solvers.model.linear_model import Floats

if TYPE_CHECKING:
    from pyomo.core.base.var import VarData

EVERY_S = 0.2  # seconds between two bounds that are told
INFINITY = 1e20  # what SCIP takes for it

Tell = Callable[[float | None, float | None, Floats | None], None]


def listening_scip(
    variables: Sequence[VarData], start: Sequence[tuple[VarData, float]], tell: Tell | None
) -> Any:
    """Pyomo's `scip_direct` that begins at `start` and calls `tell(objective, bound, point)` from
    inside the solve, in its thread. The point has the order of `variables`, NaN for those that are
    in no row and not in the objective; None where only the bound is new."""
    from pyomo.contrib.solver.solvers.scip.scip_direct import ScipDirect

    class Listening(ScipDirect):  # type: ignore[misc]  # Pyomo is untyped
        def solve(self, model: Any, **how: Any) -> Any:
            self._mouth = _Mouth(tell)
            try:
                return super().solve(model, **how)
            finally:
                self._mouth.tell = None  # SCIP raises events when it is freed too

        def _create_solver_model(self, model: Any, config: Any) -> Any:
            made = super()._create_solver_model(model, config)
            places = self._pyomo_var_to_solver_var_map
            _begin_at(made[0], [(places[v], value) for v, value in start if v in places])
            if tell is not None:
                columns = [places.get(variable) for variable in variables]
                _listen(made[0], columns, self._mouth)
            return made

    return Listening()


@dataclass
class _Mouth:
    """Who is told, while the solve lasts."""

    tell: Tell | None


def _begin_at(scip: Any, known: Sequence[tuple[Any, float]]) -> None:
    """Give SCIP a plan to begin with; what it does not name SCIP completes itself."""
    if not known:
        return
    plan = scip.createPartialSol()
    for column, value in known:
        plan[column] = value
    scip.addSol(plan)


def _listen(scip: Any, columns: Sequence[Any], mouth: _Mouth) -> None:
    from pyscipopt import Eventhdlr
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as KINDS

    # The events of bounds came with SCIP 9; without them those of nodes will do.
    bounds = getattr(KINDS, "DUALBOUNDIMPROVED", KINDS.NODESOLVED)
    kinds = (KINDS.BESTSOLFOUND, bounds)

    class Handler(Eventhdlr):
        def __init__(self) -> None:
            self._last = 0.0

        def eventinit(self) -> None:
            for kind in kinds:
                self.model.catchEvent(kind, self)

        def eventexit(self) -> None:
            for kind in kinds:
                self.model.dropEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            tell = mouth.tell
            if tell is None:
                return
            if event.getType() == KINDS.BESTSOLFOUND:
                best = self.model.getBestSol()
                point = [_value(self.model, best, column) for column in columns]
                objective = self.model.getSolObjVal(best)
                tell(objective, _finite(self.model.getDualbound()), np.array(point))
            elif perf_counter() - self._last > EVERY_S:
                self._last = perf_counter()
                tell(None, _finite(self.model.getDualbound()), None)

    scip.includeEventhdlr(Handler(), "optwright", "tells what SCIP has found so far")


def _value(scip: Any, solution: Any, column: Any) -> float:
    return float("nan") if column is None else float(scip.getSolVal(solution, column))


def _finite(number: float) -> float | None:
    return number if abs(number) < INFINITY else None
