"""Running a program that a system under test wrote: in the sandbox, its model solved again by us.

What the program prints or claims counts for nothing; its model does. Every system that writes code
is run here, under the same limits.
"""

from __future__ import annotations

import atexit
from dataclasses import dataclass, replace
from functools import cache

from optwright.agents.problem import Problem
from optwright.benchmarks.pyomo_programs import program_in, repaired, shown
from optwright.benchmarks.system import Attempt, Claim, Stage
from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.solvers.sandbox import Limits, RunReport, Sandbox

LIMITS = Limits(wall_s=20.0)
OPTIONS = SolveOptions(time_limit_s=20.0)
_SHOWN_VALUES = 12

CLAIMS = {
    Status.OPTIMAL: Claim.OPTIMAL,
    Status.INFEASIBLE: Claim.INFEASIBLE,
    Status.UNBOUNDED: Claim.UNBOUNDED,
    # The solver proved that there is no optimum and did not say which; labels say infeasible.
    Status.INFEASIBLE_OR_UNBOUNDED: Claim.INFEASIBLE,
}


@dataclass(frozen=True)
class Built:
    """A program that was run. `error` is empty where it left a model; then `outcome` is what
    solving that model came to."""

    code: str
    error: str = ""
    outcome: Outcome | None = None

    @property
    def claim(self) -> Claim:
        return Claim.NONE if self.outcome is None else CLAIMS.get(self.outcome.status, Claim.NONE)

    @property
    def is_optimal(self) -> bool:
        return self.claim is Claim.OPTIMAL

    @property
    def told(self) -> str:
        """What came of it, in words for a model that is to judge or to correct the program."""
        if self.outcome is None:
            return f"The program fails. {self.error}"
        status = self.outcome.status.value.replace("_", " ")
        if self.outcome.objective is None:
            return f"The program runs. The solver says that the model is {status}."
        values = list(self.outcome.values.items())[:_SHOWN_VALUES]
        shown_values = ", ".join(f"{name} = {value:.6g}" for name, value in values)
        return (
            f"The program runs. The solver says {status}: objective {self.outcome.objective:.10g} "
            f"at {shown_values}."
        )

    def attempt(self, *, verified: bool = False, objection: str = "") -> Attempt:
        """This as an answer; `objection` is what the system's own check has against it."""
        claim = self.claim
        if claim is Claim.NONE:
            stage = Stage.CODE if self.outcome is None else Stage.SOLVER
            return Attempt(failed_at=stage, why=self.error or self.told, code=self.code)
        return Attempt(
            status=claim,
            objective=self.outcome.objective if self.outcome and self.is_optimal else None,
            verified=verified,
            failed_at=Stage.VERIFICATION if objection else None,
            why=objection,
            code=self.code,
            evidence=(self.told,),
        )


def build(problem: Problem, reply: str) -> Built:
    """Run the program in a reply and solve the model it leaves. Blocks; call it in a thread."""
    source = program_in(reply)
    if not source.strip():
        return Built("", error="The reply holds no program.")
    program = repaired(source)
    report = _sandbox().build_model(program, data=_columns(problem), limits=LIMITS)
    code = shown(program)
    if report.lp_text is None and report.json_text is None:
        return Built(code, error=_explained(report, program))
    try:
        outcome = solve(_handed_out(report), options=OPTIONS)
    except (FormulationError, DataError) as error:
        return Built(code, error=str(error))
    return Built(code, outcome=_renamed(outcome, report))


def _handed_out(report: RunReport) -> Program:
    if report.lp_text is not None:
        return Program.from_lp(report.lp_text)
    return Program(Formulation.from_json(report.json_text or ""))


def _explained(report: RunReport, program: str) -> str:
    """The error with the line it happened in, for a reader who has no line numbers."""
    error = report.error
    assert error is not None
    lines = program.splitlines()
    if error.line is None or not 0 < error.line <= len(lines):
        return f"{error.message}"
    return f"{error.message}, in the line: {lines[error.line - 1].strip()}"


def _renamed(outcome: Outcome, report: RunReport) -> Outcome:
    values = {report.names.get(name, name): value for name, value in outcome.values.items()}
    return replace(outcome, values=values)


def _columns(problem: Problem) -> dict[str, dict[str, list[str | int | float | None]]]:
    return {
        name: {column.name: list(column.cells) for column in table.columns}
        for name, table in problem.tables.items()
    }


@cache
def _sandbox() -> Sandbox:
    """One for the process: starting it takes longer than most programs run."""
    sandbox = Sandbox()
    sandbox.__enter__()
    atexit.register(sandbox.__exit__, None, None, None)
    return sandbox
