"""Solving a model that exists already: no language model is asked, and no words are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

from optwright.agents.answering import diagnosis_of, sensitivity_of
from optwright.agents.candidates import Candidate
from optwright.agents.option_tuning import OptionTuner
from optwright.agents.solution import Evidence, Solution, Spent, variables
from optwright.agents.starts import Start, start_of
from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.cpsat import advice
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import demand_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import Data
from optwright.solvers.data.tables import load, questions
from optwright.solvers.import_ import read_model
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, Progress, SolveOptions, Status

_CHOSEN = ", because "  # how the message of `auto` begins


def program_of(model: Any, data: Data = ()) -> Program:
    """A model from anywhere (see `read_model`) with its tables joined.

    `data` are paths of tables, or tables by name: data frames, lists of rows, mappings of columns
    (see `Data`). What tables leave open is a `DataError` here, since nothing can be asked.
    Raises as `read_model` does, and `DataError` for tables that cannot be read.
    """
    program = read_model(model)
    brought = load(data)
    if not brought:
        return program
    if program.formulation is None:
        raise FormulationError("a model that is no formulation takes no tables")
    if asked := questions(brought.values()):
        raise DataError(asked[0].told())
    return Program(program.formulation, {**program.tables, **brought})


def solve_model(
    model: Any,
    data: Data = (),
    *,
    solver: str = "auto",
    options: SolveOptions = DEFAULT_OPTIONS,
    start: Start = None,
    on_progress: Callable[[Progress], None] | None = None,
    tuner: OptionTuner | None = None,
) -> Solution:
    """Solve a model that exists already, with why there is no solution and what rows are worth.

    `model` is a path of an LP, MPS or JSON file, a `Formulation`, a Pyomo or a linopy model; `data`
    are the tables that a formulation names. The time limit, the gap, threads, the seed and options
    of the solver's own stand in `options`. `start` is a plan that HiGHS and CP-SAT begin with: a
    solution, values by element, or a file that holds them. `on_progress` is told each better plan
    and bound while it is solved; Ctrl-C ends with the best plan so far. Nothing here is verified
    against words, since there are none: `given` is true. A `tuner` chooses options of HiGHS and
    learns from how long it takes, for many such solves.

    Raises `InputError` for what cannot be read, `DataError` for tables that do not fit, and
    `SolverMissing` where the solver is not installed.
    """
    demand_solver(solver)
    program = program_of(model, data)
    if begun := start_of(start):
        options = replace(options, start=begun)
    started = perf_counter()
    if tuner is not None:
        options = tuner.options_for(program, solver, options)
    outcome = solve(program, solver, options, on_progress)
    if tuner is not None:
        tuner.learn(outcome)
    return solution_of_program(program, outcome, seconds=perf_counter() - started)


def solution_of_program(program: Program, outcome: Outcome, *, seconds: float) -> Solution:
    """The solution that the outcome of a given model amounts to."""
    candidate = Candidate(
        plan=0,
        sample=0,
        formulation=program.formulation,
        lp_text=program.lp_text,
        outcome=outcome,
    )
    said = _said_beside(outcome)
    warnings: list[str] = [said] if said and outcome.status is not Status.OPTIMAL else []
    if program.formulation is not None and outcome.status is not Status.ERROR:
        warnings += program.readings
        warnings += advice(program)
    diagnosis = diagnosis_of(program, candidate, warnings)
    return Solution(
        status=outcome.status,
        verified=False,
        given=True,
        reason="the model was given: no words to check it against",
        objective=outcome.objective,
        bound=outcome.bound,
        gap=outcome.gap,
        variables=variables(candidate),
        formulation=program.formulation,
        lp_text=program.lp_text or "",
        assumptions=program.formulation.assumptions if program.formulation else (),
        warnings=tuple(warnings),
        evidence=(Evidence(supports=True, kind="solver", text=_solved_by(outcome)),),
        diagnosis=diagnosis,
        sensitivity=sensitivity_of(program, candidate),
        usage=Spent(seconds=round(seconds, 3)),
    )


def _said_beside(outcome: Outcome) -> str:
    """What the solver says of its end, without why it was chosen."""
    return "; ".join(p for p in outcome.message.split("; ") if _CHOSEN not in p)


def _solved_by(outcome: Outcome) -> str:
    """The solver, what it ended in and, where it was chosen, why."""
    chosen = outcome.message.partition("; ")[0]
    why = f" ({chosen})" if _CHOSEN in chosen else ""
    return f"{outcome.solver}: {outcome.status.value}{why}"
