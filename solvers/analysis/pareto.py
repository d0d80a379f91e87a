"""The trade-off between objectives: points of which none is better in one without being worse in
another.

The augmented epsilon-constraint method (Mavrotas 2009): the first objective is sought while the
others are kept to limits that are spread evenly between their best and worst, and then the others
are sought while the first keeps what it has, so that every point is efficient, with whole numbers
too. The worst values come from the payoff table; with three objectives or more they are only where
the sweep ends, and efficient points beyond them are not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from time import perf_counter

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.backends.staged import Evaluated
from optwright.solvers.data.binding import check_probabilities
from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.language.stages import blended, with_objective, written_out
from optwright.solvers.model.formulation import Objective, Sense
from optwright.solvers.model.outcome import (
    DEFAULT_OPTIONS,
    Outcome,
    Pareto,
    ParetoPoint,
    SolveOptions,
    Status,
)

MAX_POINTS = 1_000  # programs of a sweep
SAME = 1e-6  # values that differ by less, relative to their size, are one point
KEPT = 1e-7  # what a limit that is swept gives, as a share of it: the tolerance of solvers


@dataclass
class _Sweep:
    program: Program
    solver: str
    options: SolveOptions
    began: float = field(default_factory=perf_counter)
    unsolved: int = 0

    def __post_init__(self) -> None:
        assert self.program.formulation is not None
        check_probabilities(self.program.formulation, self.program.stated_instance)
        self.written = written_out(self.program.typed)
        named = zip(objective_names(self.written), self.written.objectives, strict=True)
        sought = [(name, o) for name, o in named if not seeks_nothing(o)]
        self.names = tuple(name for name, _ in sought)
        self.objectives = tuple(o for _, o in sought)

    def run(self, objective: Objective, kept: Sequence[tuple[Objective, float]] = ()) -> Outcome:
        left = self.options.time_limit_s - (perf_counter() - self.began)
        if left <= 0:
            return Outcome(Status.TIME_LIMIT)
        staged = Program(with_objective(self.written, objective, kept), self.program.tables)
        return solve(staged, self.solver, replace(self.options, time_limit_s=left))

    def point(self, outcome: Outcome) -> ParetoPoint:
        at = Evaluated(self.program, self.written, outcome.values)
        found = {
            name: at.value(o.expression)
            for name, o in zip(self.names, self.objectives, strict=True)
        }
        own = {v.name for v in self.written.variables}
        values = {n: v for n, v in outcome.values.items() if n.partition("[")[0] in own}
        return ParetoPoint(found, values)

    def efficient(
        self, first: int, kept: Sequence[tuple[Objective, float]], scales: Sequence[float]
    ) -> ParetoPoint | None:
        """The best point of one objective under limits, and of those the best in the others."""
        outcome = self.run(self.objectives[first], kept)
        if not outcome.status.has_solution or outcome.objective is None:
            self.unsolved += outcome.status is not Status.INFEASIBLE
            return None
        self.unsolved += outcome.status is not Status.OPTIMAL
        others = [
            o.model_copy(update={"weight": 1 / scale})
            for k, (o, scale) in enumerate(zip(self.objectives, scales, strict=True))
            if k != first
        ]
        held = (*kept, (self.objectives[first], _room(self.objectives[first], outcome.objective)))
        second = self.run(blended(others), held)
        if not second.status.has_solution:
            self.unsolved += 1
            return self.point(outcome)
        self.unsolved += second.status is not Status.OPTIMAL
        return self.point(second)


def _room(objective: Objective, value: float) -> float:
    room = KEPT * max(1.0, abs(value))
    return value + room if objective.sense is Sense.MINIMIZE else value - room


def pareto(
    program: Program,
    points: int = 10,
    solver: str = "auto",
    options: SolveOptions = DEFAULT_OPTIONS,
) -> Pareto:
    """Sweep the trade-off between the objectives and goals of a program; weights and priorities
    play no part in it.

    `points` is how many limits each objective but the first is given, so with two objectives at
    most so many points come out, with three its square. `options.time_limit_s` is for all programs
    together. Raises `FormulationError` for a program with fewer than two objectives, or a sweep of
    more than 1,000 programs.
    """
    if program.formulation is None:
        raise FormulationError("a program given as LP text has one objective")
    sweep = _Sweep(program, solver, options)
    count = len(sweep.objectives)
    if count < 2:
        raise FormulationError(
            "a Pareto sweep needs two objectives, and the formulation has one",
            hint="list several under 'objectives'",
        )
    if points < 2 or points ** (count - 1) > MAX_POINTS:
        raise FormulationError(
            f"a sweep of {points} points for each of {count - 1} objectives; from 2 to "
            f"{MAX_POINTS:,} programs are solved"
        )
    senses = tuple(o.sense for o in sweep.objectives)
    maximize = tuple(sense is Sense.MAXIMIZE for sense in senses)
    ends = list[ParetoPoint]()
    for first, objective in enumerate(sweep.objectives):
        outcome = sweep.run(objective)
        if not outcome.status.has_solution:
            said = f"{sweep.names[first]}: {outcome.message or outcome.status.value}"
            seconds = perf_counter() - sweep.began
            return Pareto(sweep.names, maximize, (), outcome.status, said, seconds)
        best = sweep.efficient(first, (), [1.0] * count)
        ends.append(best if best is not None else sweep.point(outcome))
    found = [*ends, *_between(sweep, ends, points)]
    message = f"{sweep.unsolved} programs were not solved to their end" if sweep.unsolved else ""
    return Pareto(
        sweep.names,
        maximize,
        tuple(_undominated(found, sweep.names, senses)),
        Status.FEASIBLE if sweep.unsolved else Status.OPTIMAL,
        message,
        perf_counter() - sweep.began,
    )


def _between(sweep: _Sweep, ends: Sequence[ParetoPoint], points: int) -> Iterator[ParetoPoint]:
    """The points of every combination of limits for the objectives but the first."""
    ranges = list[list[float]]()
    for name, objective in zip(sweep.names, sweep.objectives, strict=True):
        amounts = [end.objectives[name] for end in ends]
        low, high = min(amounts), max(amounts)
        best, worst = (low, high) if objective.sense is Sense.MINIMIZE else (high, low)
        steps = [worst + (best - worst) * k / (points - 1) for k in range(points)]
        ranges.append(steps if high - low > SAME * max(1.0, abs(low), abs(high)) else [worst])
    scales = [max(abs(r[-1] - r[0]), SAME) for r in ranges]
    for limits in product(*ranges[1:]):
        kept = [
            (objective, _room(objective, limit))
            for objective, limit in zip(sweep.objectives[1:], limits, strict=True)
        ]
        point = sweep.efficient(0, kept, scales)
        if point is not None:
            yield point


def _undominated(
    found: Sequence[ParetoPoint], names: Sequence[str], senses: Sequence[Sense]
) -> Iterator[ParetoPoint]:
    """One of each, without those that another is at least as good as everywhere."""
    signs = [1.0 if sense is Sense.MINIMIZE else -1.0 for sense in senses]

    def costs(point: ParetoPoint) -> list[float]:
        return [sign * point.objectives[n] for n, sign in zip(names, signs, strict=True)]

    kept = list[ParetoPoint]()
    for point in sorted(found, key=costs):
        mine = costs(point)
        if not any(_at_least_as_good(costs(other), mine) for other in kept):
            kept.append(point)
    yield from kept


def _at_least_as_good(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b + SAME * max(1.0, abs(a), abs(b)) for a, b in zip(one, other, strict=True))
