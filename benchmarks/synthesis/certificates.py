"""The optimum of an instance, found in two ways that have to agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Family
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import Solver
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.backends.worker import Killable
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

OPTIONS = SolveOptions(time_limit_s=20.0)
OWN = "own algorithm"
_LASTING = (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


@dataclass(frozen=True)
class Certificate:
    """`status` and `optimum`, and who found them; `fault` is a sentence where they differ or where
    fewer than two came to an end."""

    status: str
    optimum: float | None
    by: tuple[str, ...]
    fault: str = ""


def same(one: float | None, other: float | None, tolerance: float = 1e-6) -> bool:
    """Whether two optima agree to six digits; None agrees with None alone."""
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


def certified(
    family: Family,
    data: Data,
    formulation: Formulation,
    told: Formulation | None = None,
    tables: Mapping[str, Table] | None = None,
    *,
    altered: bool = False,
    engines: int = 2,
) -> Certificate:
    """Solve an instance with the engine that fits it, with SCIP over Pyomo, and with the family's
    own algorithm. SCIP is given `told`, the model that reads `tables`, where there is one. The own
    algorithm is left out where the limits were `altered`. With `engines=1` SCIP is left out where
    the own algorithm says something."""
    found: list[tuple[str, str, float | None]] = []
    faults = []
    own = None if altered or family.own is None else family.own(data)
    if own is not None:
        found.append((OWN, Status.OPTIMAL.value, own))
    runs = [("auto", formulation, {}), ("scip", told or formulation, tables or {})]
    for name, model, given in runs[: 1 if engines == 1 and own is not None else 2]:
        if name == "scip" and not given and any(f[0].startswith("scip") for f in found):
            continue  # what is not linear went to it at once
        try:
            # SCIP stays in this process, where it is given the Pyomo model and not our arrays.
            solver: Solver = open_solver(name) if name == "scip" else Killable(name)
            outcome = solver.solve(Program(model, given), OPTIONS)
        except OptwrightError as error:
            faults.append(f"{name}: {error}")
            continue
        if outcome.status is Status.INFEASIBLE_OR_UNBOUNDED:
            outcome = _parted(model, given, outcome)
        if outcome.status not in _LASTING:
            faults.append(f"{name}: {outcome.status.value} {outcome.message}"[:300])
            continue
        again = " over the tables" if outcome.solver in [f[0] for f in found] else ""
        found.append((outcome.solver + again, outcome.status.value, outcome.objective))
    if len(found) < 2:
        return Certificate("error", None, tuple(f[0] for f in found), "; ".join(faults))
    engine = next(f for f in found if f[0] != OWN)
    for name, status, optimum in found:
        # SCIP stops at a relative gap of its own for what is not linear.
        tolerance = 1e-5 if engine[0].startswith("scip") or name.startswith("scip") else 1e-6
        if status != engine[1] or not same(optimum, engine[2], tolerance):
            faults.append(f"{name}: {status} {optimum}, {engine[0]}: {engine[1]} {engine[2]}")
    best = next((f for f in found if f[0] == OWN), engine)
    return Certificate(engine[1], best[2], tuple(f[0] for f in found), "; ".join(faults))


def _parted(model: Formulation, tables: Mapping[str, Table], outcome: Outcome) -> Outcome:
    """Which of the two it is: the same limits with nothing to optimize."""
    still = model.objective.model_copy(update={"expression": "0"})
    empty = Killable("highs").solve(
        Program(model.model_copy(update={"objective": still}), tables), OPTIONS
    )
    return empty if empty.status is Status.INFEASIBLE else outcome
