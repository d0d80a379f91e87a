"""Solving the model of an earlier run with new tables, beside the plan there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from optwright.agents.given import solution_of_program
from optwright.agents.option_tuning import OptionTuner
from optwright.agents.repeats.agreement import Agreement, agreement
from optwright.agents.repeats.differences import Differences, differences
from optwright.agents.repeats.earlier import Earlier, earlier_of
from optwright.agents.repeats.fitting import Fitted, fitted
from optwright.agents.repeats.repeat import Repeat
from optwright.agents.runs.directory import Runs
from optwright.agents.solution import Evidence, Solution
from optwright.errors import InputError, OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import demand_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import Data, Table
from optwright.solvers.data.tables import load, questions
from optwright.solvers.edit.operations import AddObjective, AddParameter, Edit, SetObjective, apply
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Progress, SolveOptions, Status

NEAREST = 0.0
"""As `least_change`: the plan nearest to the last one, whatever that costs."""


@dataclass(frozen=True)
class Repeated:
    """The answer with the tables it is of, by the names the model knows."""

    solution: Solution
    tables: Mapping[str, Table]
    earlier: Earlier


def solve_like(
    like: str | Path | Solution,
    data: Data,
    *,
    before: Data = (),
    least_change: float | None = None,
    solver: str | None = None,
    options: SolveOptions | None = None,
    run_dir: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    tuner: OptionTuner | None = None,
) -> Solution:
    """Solve the model of an earlier answer with new tables; no language model is asked.

    `like` is a run (its name, a part of it that no other has, or its directory), or a `Solution`,
    whose tables are then `before`; `run_dir` is where runs are kept. `data` are the new tables
    (see `Data`): files, data frames, tables by name. Those the model reads and that are not given
    are those of the last answer. `solution.repeat` says what differs in the tables and in the plan.
    `least_change` 0 asks for the plan nearest to the last one, and a share such as 0.02 for the
    nearest of those that give up at most 2 % of the best objective. `solver` and `options` are
    those of the run where they are not given. A `tuner` chooses options of HiGHS and learns from
    how long it takes.

    Nothing is verified on the new tables: `verified` is false, and `repeat.model_verified` says
    whether the model was, with its own. The drafts that agreed then are solved again, each within
    the same limits, and `repeat.disagree` says which no longer agree. What stands open about the
    tables has the status `asked`. Raises `InputError` for a run without a model, and `DataError`
    for tables the model cannot take.
    """
    runs = None if run_dir is None else Runs(run_dir)
    earlier = earlier_of(like, before, runs)
    found = repeated(earlier, data, least_change, solver, options, on_progress, tuner)
    return found.solution


def repeated(  # noqa: PLR0917  (what a command and a call from Python have in common)
    earlier: Earlier,
    data: Data,
    least_change: float | None = None,
    solver: str | None = None,
    options: SolveOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    tuner: OptionTuner | None = None,
) -> Repeated:
    """As `solve_like`, with the tables."""
    solver = solver or (earlier.task.solver if earlier.task else "auto")
    options = options or (earlier.task.options if earlier.task else SolveOptions())
    demand_solver(solver)
    new = load(data)
    if open_questions := questions(new.values()):
        return Repeated(_asked(earlier, [q.told() for q in open_questions]), {}, earlier)
    fit = fitted(earlier.formulation, new, earlier.tables, earlier.called)
    last = _last_program(earlier)
    program = Program(earlier.formulation, fit.tables)
    with _told_of(earlier.called):
        program.instance  # noqa: B018  (joins the data)
    different = differences(last, program, earlier.called)
    with _told_of(earlier.called):
        program.arrays  # noqa: B018  (asks for every number that a row needs)
    started = perf_counter()
    if least_change is not None:
        program = _near(program, earlier, least_change)
    begun = _begin(earlier.last, program)
    options = replace(options, start=begun)
    if tuner is not None:
        options = tuner.options_for(program, solver, options)
    outcome = solve(program, solver, options, on_progress)
    if tuner is not None:
        tuner.learn(outcome)
    held = _held_against_drafts(earlier, new, fit, program, outcome, solver, options)
    solution = solution_of_program(program, outcome, seconds=perf_counter() - started)
    told = _repeat(earlier, fit, different, outcome, least_change)
    told = told.model_copy(update={"drafts": held.drafts, "disagree": held.disagree})
    return Repeated(_told(solution, told, different.doubts), fit.tables, earlier)


def _held_against_drafts(  # noqa: PLR0917  (parts of one step, handed on)
    earlier: Earlier,
    new: Mapping[str, Table],
    fit: Fitted,
    program: Program,
    outcome: Outcome,
    solver: str,
    options: SolveOptions,
) -> Agreement:
    """What the drafts that agreed with the model then come to now. They seek the best plan, so a
    plan that stays near the last one is held against that of the model without it."""
    drafts = earlier.solution.agreed
    if not drafts:
        return Agreement()
    alone = replace(options, start={})
    best = outcome
    if program.formulation is not earlier.formulation:
        best = solve(Program(earlier.formulation, fit.tables), solver, alone)
    return agreement(drafts, best, new, earlier.tables, lambda one: solve(one, solver, alone))


@contextmanager
def _told_of(called: str) -> Iterator[None]:
    """Complaints of joining the data, which name a table or a member, with whose model it is."""
    try:
        yield
    except InputError as error:
        told = f"{called} cannot take these tables: {error}"
        raise type(error)(told, hint=error.hint or None) from error


def _last_program(earlier: Earlier) -> Program | None:
    """The model with the tables of the last answer; None where these were not handed over."""
    program = Program(earlier.formulation, earlier.tables)
    try:
        program.instance  # noqa: B018  (joins the data)
    except OptwrightError:
        return None  # then only the new tables are judged
    return program


def _begin(last: Solution, program: Program) -> dict[str, float]:
    """The last plan, for the elements that there still are."""
    arrays = program.arrays
    if arrays is None or not last.variables:
        return {}
    known = {*map(str, arrays.column_names)}
    return {name: value for name, value in last.variables.items() if name in known}


def _near(program: Program, earlier: Earlier, share: float) -> Program:
    """The program that stays near the last plan: before its objective, or, with a share, after it
    as far as that gives up no more of what was reached."""
    # Here: what-ifs of a conversation are a large part of the package.
    from optwright.agents.chat.whatif.closeness import staying_close
    from optwright.agents.chat.whatif.scenario import Scenario

    model = earlier.formulation
    if model.goals:
        raise InputError(
            "the model has goals, and least change cannot be weighed against these",
            hint="leave --least-change out",
        )
    last = earlier.last
    if not last.status.has_solution:
        raise InputError(
            f"the last answer of {earlier.called} has no plan to stay near: it was "
            f"{last.status.value}",
            hint="leave --least-change out",
        )
    outcome = Outcome(last.status, last.objective or 0.0, values=last.variables)
    edits = staying_close(Scenario("last", program, outcome), program)
    return apply(program, edits if share == NEAREST else _after(model, edits, share))


def _after(model: Formulation, edits: Sequence[Edit], share: float) -> list[Edit]:
    last = max(objective.priority for objective in model.objectives)
    names = ["", *objective_names(model)[1:]]
    found = list[Edit]()
    for edit in edits:
        match edit:
            case AddParameter():
                found.append(edit)
            case AddObjective(objective=near):
                lower = near.model_copy(update={"priority": last + 1})
                found.append(AddObjective(objective=lower))
    given_up = [SetObjective(objective=name, tolerance=share) for name in names]
    return [*found[:-1], *given_up, found[-1]]


def _repeat(
    earlier: Earlier,
    fit: Fitted,
    different: Differences,
    outcome: Outcome,
    least_change: float | None,
) -> Repeat:
    last = earlier.last
    kept = tuple(f"table {name!r} is the one there was" for name in fit.kept)
    told = Repeat(
        model_of=earlier.name,
        model_verified=earlier.solution.verified,
        model_reason=earlier.solution.reason,
        compared_with=earlier.last_name,
        status_before=last.status,
        objective_before=last.objective if last.repeat is None else last.repeat.objective_now,
        objective_now=_objective(earlier.formulation, outcome),
        least_change=least_change,
        changes=(*fit.said, *different.changes),
        kept=kept,
    )
    if not (outcome.status.has_solution and last.status.has_solution):
        return told
    return told.with_plan(last.variables, dict(outcome.values))


def _objective(model: Formulation, outcome: Outcome) -> float | None:
    """What the model's own objective comes to; None where it has several."""
    if len(model.objectives) + len(model.goals) > 1:
        return None
    (name,) = objective_names(model)
    return next((r.value for r in outcome.reached if r.name == name), outcome.objective)


def _told(solution: Solution, told: Repeat, doubts: tuple[str, ...]) -> Solution:
    return solution.model_copy(
        update={
            "given": False,
            "reason": reason(told),
            "repeat": told,
            "warnings": (*told.disagree, *doubts, *solution.warnings),
            "evidence": (
                *solution.evidence,
                *_of_drafts(told),
                *(Evidence(supports=False, kind="tables", text=text) for text in doubts),
            ),
        }
    )


def _of_drafts(told: Repeat) -> Iterator[Evidence]:
    """That the drafts which agreed then agree again, or which do not."""
    for text in told.disagree:
        yield Evidence(supports=False, kind="agreement", text=text)
    if told.drafts and not told.disagree:
        which = "the draft" if told.drafts == 1 else f"the {told.drafts} drafts"
        text = f"{which} that agreed with the model of {told.origin} came to the same again"
        yield Evidence(supports=True, kind="agreement", text=text)


def reason(told: Repeat) -> str:
    """What is known of the model, and what is not of this answer."""
    if told.model_verified and told.disagree:
        count = f"{len(told.disagree)} of the {told.drafts} drafts that agreed with it then do"
        which = "the draft that agreed with it then does" if told.drafts == 1 else count
        return (
            f"the model was verified with the tables of {told.origin}, but {which} not with these"
        )
    if told.model_verified:
        again = "; the drafts that agreed then agree again" if told.drafts else ""
        return (
            f"the model was verified with the tables of {told.origin}; nothing was verified "
            f"with these{again}"
        )
    why = f": {told.model_reason}" if told.model_reason else ""
    return f"the model of {told.origin} was never verified{why}"


def _asked(earlier: Earlier, open_questions: list[str]) -> Solution:
    return Solution(
        status=Status.ASKED,
        verified=False,
        reason="the tables can be read in more than one way",
        questions=tuple(open_questions),
        repeat=Repeat(
            model_of=earlier.name,
            model_verified=earlier.solution.verified,
            model_reason=earlier.solution.reason,
            compared_with=earlier.last_name,
            status_before=earlier.last.status,
        ),
    )
