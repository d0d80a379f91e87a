"""Changed programs, solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from optwright.agents.option_tuning import OptionTuner
from optwright.solvers.backends.highs import Basis
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.backends.worker import solve_warm
from optwright.solvers.edit.operations import Edit, apply
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.language.stages import sense_of
from optwright.solvers.model.formulation import Sense
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import Outcome, Progress, SolveOptions

PATIENCE_S = 2.0  # for searches that nobody asked for
_BASIC = 1


@dataclass(frozen=True)
class Scenario:
    """A program with what came of it."""

    name: str
    program: Program
    outcome: Outcome
    basis: Basis | None = field(default=None, compare=False, repr=False)
    """Where the simplex method ended, for linear programs solved in this process."""

    @property
    def objective(self) -> float | None:
        return self.outcome.objective

    @property
    def maximizes(self) -> bool:
        return sense_of(formulation_of(self.program)) is Sense.MAXIMIZE


@dataclass(frozen=True)
class WhatIf:
    """Solves changed programs. `time_limit_s` is for each solve."""

    solver: str = "auto"
    time_limit_s: float = 60.0
    tuner: OptionTuner | None = None
    """Learns options of HiGHS over the programs with whole numbers that are solved here."""
    on_progress: Callable[[Progress], None] | None = field(default=None, compare=False)
    """Hears each better plan of a solve that takes long."""

    def scenario(self, name: str, program: Program, near: Scenario | None = None) -> Scenario:
        """A program solved, every priority of its objectives. Of a linear one with one objective,
        the simplex method begins where that of `near` ended."""
        options = SolveOptions(time_limit_s=self.time_limit_s)
        model = program.arrays
        if program.stages:
            return Scenario(name, program, solve(program, self.solver, options, self.on_progress))
        if model is None or model.has_integers or self.solver not in ("auto", "highs"):
            return Scenario(name, program, self._cold(program, options))
        start = None if near is None else _start(near, model)
        outcome, basis = solve_warm(model, options, start)
        return Scenario(name, program, outcome, basis)

    def _cold(self, program: Program, options: SolveOptions) -> Outcome:
        if self.tuner is None:
            return solve(program, self.solver, options, self.on_progress)
        tuned = self.tuner.options_for(program, self.solver, options)
        outcome = solve(program, self.solver, tuned, self.on_progress)
        self.tuner.learn(outcome)
        return outcome

    def changed(self, base: Scenario, edits: Sequence[Edit], name: str = "changed") -> Scenario:
        """The scenario after some edits; raises `InputError` as `apply` does."""
        return self.scenario(name, apply(base.program, edits), base)

    def quick(self) -> WhatIf:
        """The same for what nobody asked for: it must not take long."""
        limit_s = min(self.time_limit_s, PATIENCE_S)
        return replace(self, time_limit_s=limit_s, on_progress=None)


def _start(near: Scenario, model: LinearModel) -> Basis | None:
    """The basis of a program much like this one, for its columns and rows by name; a new row
    begins basic."""
    was = near.program.arrays
    if near.basis is None or was is None or list(was.column_names) != list(model.column_names):
        return None
    if was.row_names == model.row_names:
        return near.basis
    known = dict(zip(was.row_names, near.basis[1], strict=True))
    return near.basis[0], [known.get(row, _BASIC) for row in model.row_names]
