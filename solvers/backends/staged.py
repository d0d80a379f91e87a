"""Solving for several objectives: one stage after the other, and what each came to in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.data.binding import check_probabilities
from optwright.solvers.language.goals import objective_names, seeks_nothing, without_goals
from optwright.solvers.language.members import without_members
from optwright.solvers.language.scenarios import without_scenarios
from optwright.solvers.language.stages import Stage, with_objective, written_out
from optwright.solvers.model.formulation import Formulation, Objective, Sense
from optwright.solvers.model.outcome import Outcome, Reached, SolveOptions, Status

Solve = Callable[[Program, SolveOptions], Outcome]


def solve_stages(program: Program, run: Solve, options: SolveOptions) -> Outcome:
    """The outcome of a program with several objectives, goals or scenarios. `run` solves a program
    with one objective; `options.time_limit_s` is for all stages together.

    `Outcome.objective` and `bound` are of the first stage. Where a later stage ends without a point
    the one before it stands, as `feasible`.
    """
    assert program.formulation is not None
    check_probabilities(program.formulation, program.stated_instance)
    written = written_out(program.typed)
    began = perf_counter()
    outcome, best = None, list[float]()
    kept = list[tuple[Objective, float]]()
    for stage in program.stages:
        left = replace(options, time_limit_s=options.time_limit_s - (perf_counter() - began))
        if outcome is not None and left.time_limit_s <= 0:
            outcome = _cut_short(outcome, stage, "no time was left")
            break
        staged = Program(with_objective(written, stage.objective, kept), program.tables)
        reached = run(staged, left)
        if not reached.status.has_solution or reached.objective is None:
            if outcome is None or reached.status is Status.UNBOUNDED:
                return _ended(reached, stage, first=outcome is None)
            outcome = _cut_short(outcome, stage, reached.message or reached.status.value)
            break
        outcome = _after(outcome, reached)
        best.append(reached.objective)
        kept.append((stage.objective, stage.worst_kept(reached.objective)))
        if reached.interrupted:
            break
    assert outcome is not None
    first = program.stages[0].objective.expression
    at = Evaluated(program, written, outcome.values)
    return replace(
        outcome,
        objective=at.value(first),
        reached=(*at.objectives(program, best), *at.scenarios(program)),
        seconds=perf_counter() - began,
    )


def _after(before: Outcome | None, reached: Outcome) -> Outcome:
    """The outcome of a stage with the bound of the first, and without prices: those of a row would
    be of an objective that is not the one it is asked of."""
    if before is None:
        return reached
    proven = before.status is Status.OPTIMAL and reached.status is Status.OPTIMAL
    return replace(
        reached,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        bound=before.bound,
        duals={},
        reduced_costs={},
        slacks={row: s for row, s in reached.slacks.items() if row in before.slacks},
    )


def _cut_short(outcome: Outcome, stage: Stage, why: str) -> Outcome:
    said = f"{' and '.join(stage.names)} (priority {stage.priority}) was not sought out: {why}"
    message = "; ".join(filter(None, (outcome.message, said)))
    return replace(outcome, status=Status.FEASIBLE, message=message)


def _ended(reached: Outcome, stage: Stage, first: bool) -> Outcome:
    if first:
        return reached
    said = f"{' and '.join(stage.names)} (priority {stage.priority}) improves without end"
    return replace(reached, message="; ".join(filter(None, (reached.message, said))))


class Evaluated:
    """A program with several objectives at one point."""

    def __init__(self, program: Program, written: Formulation, values: Mapping[str, float]) -> None:
        nothing = Objective(sense=Sense.MINIMIZE, expression="0")
        self._evaluation = PointEvaluation.of(with_objective(written, nothing), program.tables)
        self._written = written
        self._values = values

    def value(self, expression: str) -> float:
        (value,) = self._evaluation.amounts(expression, self._values).values()
        return value

    def objectives(self, program: Program, best: Sequence[float] = ()) -> Iterator[Reached]:
        """Every objective and goal; `best` has what the stages came to, as far as they got."""
        assert program.formulation is not None
        goals = {goal.name for goal in program.formulation.goals}
        alone = {
            stage.names[0]: value
            for stage, value in zip(program.stages, best, strict=False)
            if len(stage.names) == 1
        }
        names = objective_names(self._written)
        for name, stated in zip(names, self._written.objectives, strict=True):
            if not seeks_nothing(stated):
                yield Reached(
                    name,
                    self.value(stated.expression),
                    "goal" if name in goals else "objective",
                    stated.sense is Sense.MAXIMIZE,
                    stated.priority,
                    stated.weight,
                    alone.get(name),
                    stated.unit,
                )

    def scenarios(self, program: Program) -> Iterator[Reached]:
        """The first objective that differs between scenarios, in each of them."""
        assert program.formulation is not None
        before = without_scenarios(without_goals(without_members(program.typed)))
        measured = next((o for o in before.objectives if o.forall), None)
        if measured is None:
            return
        maximize = measured.sense is Sense.MAXIMIZE
        amounts = self._evaluation.amounts(measured.expression, self._values, measured.forall)
        for case, amount in amounts.items():
            yield Reached(case, amount, "scenario", maximize, unit=measured.unit)
