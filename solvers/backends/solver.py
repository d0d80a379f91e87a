"""Solving a model with the solver of a name, in a process that can be ended."""

from __future__ import annotations

from collections.abc import Callable

from optwright.solvers.backends.protocol import Solvable
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, Progress, SolveOptions


def solve(
    model: Solvable,
    solver: str = "auto",
    options: SolveOptions = DEFAULT_OPTIONS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Solve a model with the solver of that name; it ends within about a second of its limit.

    A program with several objectives, goals or scenarios is solved in stages, and `reached` says
    what each came to. `auto` takes HiGHS for linear and convex quadratic models, SCIP for others,
    and CP-SAT for models with intervals where it is installed. `on_progress` is told each better
    point and bound of HiGHS, SCIP and CP-SAT, and of CBC and GLPK what their log says. A limit, a
    kill of the solver or Ctrl-C loses no point that it told: the outcome is `feasible` then. CBC,
    GLPK and others behind Pyomo keep their points until they end. Raises as `Solver` says.
    """
    from optwright.solvers.backends.worker import Killable

    engine = Killable(solver, on_progress)
    if getattr(model, "stages", ()):
        from optwright.solvers.backends.staged import solve_stages

        return solve_stages(model, engine.solve, options)  # type: ignore[arg-type]  # a program
    return engine.solve(model, options)
