"""Saying in the words of the problem why a program has no optimum, and what would give it one.

Infeasible: which demands contradict (`conflict`) and the smallest change that reconciles them
(`relaxation`). Unbounded: along which direction the objective improves for ever. And for any
program with whole numbers, what they cost. Linear programs only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.analysis.conflict import Conflict, find_conflict
from optwright.solvers.analysis.relaxation import Relaxation, smallest_relaxation
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.backends.worker import Killable, read_lp
from optwright.solvers.language.labels import PLAIN, Words, listed, number
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE, LinearModel
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program


@dataclass(frozen=True, slots=True)
class Ray:
    """A direction in which every point can be moved for ever: `gain` of objective a step."""

    steps: Mapping[str, float]
    gain: float
    maximize: bool
    words: Words = PLAIN

    def sentences(self) -> list[str]:
        verb = "grow" if self.maximize else "fall"
        head = f"Nothing stops {self.words.objective()}: it can {verb} without end by changing"
        moved = [
            f"- {self.words.variable(name)}: {'up' if step > 0 else 'down'} "
            f"by {number(abs(step))} a step"
            for name, step in self.steps.items()
        ]
        return [head, *listed(moved), "A limit on one of these is missing."]


@dataclass(frozen=True, slots=True)
class IntegralityGap:
    """What whole numbers cost: the objective with them, without them, and what is then broken."""

    whole: float
    relaxed: float
    fractional: Mapping[str, float] = field(default_factory=dict)
    words: Words = PLAIN

    @property
    def absolute(self) -> float:
        return abs(self.whole - self.relaxed)

    @property
    def relative(self) -> float:
        return self.absolute / max(1e-9, abs(self.whole))

    def sentences(self) -> list[str]:
        if self.relative <= TOLERANCE:
            return ["Whole numbers cost nothing: without them the objective is the same."]
        head = (
            f"With whole numbers the objective is {number(self.whole)}, "
            f"without {number(self.relaxed)}; then these are fractions:"
        )
        items = self.fractional.items()
        return [head, *listed([f"- {self.words.variable(n)} = {number(x)}" for n, x in items])]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a program; all None where nothing is, or nothing was found in time."""

    status: Status
    conflict: Conflict | None = None
    relaxation: Relaxation | None = None
    ray: Ray | None = None
    note: str = ""

    def sentences(self) -> list[str]:
        parts = (self.conflict, self.relaxation, self.ray)
        told = [sentence for part in parts if part is not None for sentence in part.sentences()]
        return told + [self.note] * bool(self.note)


def diagnose(program: Program, outcome: Outcome | None = None, limit_s: float = 10.0) -> Diagnosis:
    """Find out why a program has no optimum; it is solved first unless its outcome is given.

    `limit_s` bounds each of the searches. Raises as `Solver` does.
    """
    model = linear_form(program)
    if model is None:
        return Diagnosis(Status.ERROR, note="Only linear programs can be diagnosed.")
    if outcome is None:
        options = SolveOptions(time_limit_s=limit_s)
        outcome = solve(program, "highs", options) if program.stages else _solve(model, limit_s)
    words = Words(program.formulation)
    if outcome.status is Status.INFEASIBLE:
        return Diagnosis(
            outcome.status,
            conflict=find_conflict(model, limit_s=limit_s, words=words),
            relaxation=smallest_relaxation(model, limit_s=limit_s, words=words),
        )
    if outcome.status is Status.UNBOUNDED:
        ray = find_ray(model, limit_s=limit_s, words=words)
        # Of several priorities the first may have an end where a later one has none.
        note = outcome.message if ray is None and program.stages else ""
        return Diagnosis(outcome.status, ray=ray, note=note)
    return Diagnosis(outcome.status)


def linear_form(program: Program) -> LinearModel | None:
    """The arrays of a program, LP text read in the worker; None if it is not linear."""
    return program.arrays if program.lp_text is None else read_lp(program.lp_text)


def find_ray(model: LinearModel, *, limit_s: float = 10.0, words: Words = PLAIN) -> Ray | None:
    """The shortest direction that improves the objective by 1 and meets no limit, or None.

    A direction of the relaxation; if the model has integers and rational data, a multiple of it
    moves between whole points.
    """
    outcome = _solve(_directions(model), limit_s)
    if not outcome.status.has_solution:
        return None
    both = np.array(list(outcome.values.values()))
    steps = both[: len(model.cost)] - both[len(model.cost) :]
    moved = {
        name: float(step)
        for name, step in zip(model.column_names, steps, strict=True)
        if abs(step) > TOLERANCE
    }
    return Ray(moved, 1.0, model.maximize, words)


def _directions(model: LinearModel) -> LinearModel:
    """Minimize |up| + |down| over directions up - down that gain 1 and stay inside every limit."""
    n = len(model.cost)
    gain = np.flatnonzero(model.cost)
    sign = 1.0 if model.maximize else -1.0
    doubled = np.concatenate([model.columns, model.columns + n])
    rows = np.concatenate([model.entry_rows(), model.entry_rows()])
    order = np.argsort(rows, kind="stable")
    coefficients = np.concatenate([model.coefficients, -model.coefficients])
    starts = np.append(2 * model.starts, 2 * model.starts[-1] + 2 * len(gain))
    stopped = np.concatenate([model.upper < INFINITE, model.lower > -INFINITE])
    return LinearModel(
        maximize=False,
        offset=0.0,
        cost=np.ones(2 * n),
        lower=np.zeros(2 * n),
        upper=np.where(stopped, 0.0, np.inf),
        integer=np.zeros(2 * n, dtype=np.bool_),
        row_lower=np.append(np.where(model.row_lower > -INFINITE, 0.0, -np.inf), 1.0),
        row_upper=np.append(np.where(model.row_upper < INFINITE, 0.0, np.inf), 1.0),
        starts=starts.astype(np.int32),
        columns=np.concatenate([doubled[order], gain, gain + n]).astype(np.int32),
        coefficients=np.concatenate(
            [coefficients[order], sign * model.cost[gain], -sign * model.cost[gain]]
        ),
        column_names=[f"{way} {j}" for way in ("up", "down") for j in range(n)],
        row_names=[*model.row_names, "gain"],
    )


def integrality_gap(
    model: LinearModel, *, limit_s: float = 10.0, words: Words = PLAIN
) -> IntegralityGap | None:
    """What the whole numbers of a model cost, or None if it has none or no optimum either way."""
    if not model.has_integers:
        return None
    whole = _solve(model, limit_s)
    relaxed = _solve(replace(model, integer=np.zeros_like(model.integer)), limit_s)
    if whole.objective is None or relaxed.objective is None:
        return None
    integral = zip(model.column_names, model.integer, strict=True)
    broken = {
        name: relaxed.values[name]
        for name, is_integer in integral
        if is_integer and abs(relaxed.values[name] - round(relaxed.values[name])) > TOLERANCE
    }
    return IntegralityGap(whole.objective, relaxed.objective, broken, words)


def _solve(model: LinearModel, limit_s: float) -> Outcome:
    return Killable("highs").solve(FromArrays(model), SolveOptions(time_limit_s=limit_s))
