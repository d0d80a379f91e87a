"""The coder: a plan becomes a program that a solver takes.

The first road lowers the formulation ourselves and runs nobody's code. The second has a model
write Pyomo, which runs only in the sandbox and hands out a model as data; whatever the code claims
is feedback, the handed-out model is solved again by a worker we trust.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from optwright.agents.candidates import Approach, Candidate
from optwright.agents.problem import Problem
from optwright.errors import DataError, FaultyData, FormulationError, OptwrightError, ReplyError
from optwright.prompts import Prompts, load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import whole_text
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Progress, SolveOptions, Status
from optwright.solvers.sandbox import Limits, Sandbox

MOST_TOKENS = 2000
_FENCED = re.compile(r"```(?:python|py)?\s*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Coder:
    """Makes programs; `model` is needed for plans that write code."""

    model: ChatModel | None = None
    sandbox: str = "auto"
    options: SolveOptions = SolveOptions()  # noqa: RUF009  (frozen, so sharing it is safe)
    prompts: Prompts = field(default=load, compare=False)
    on_progress: Callable[[Progress], None] | None = field(default=None, compare=False)
    """Told how far a solve is; it plays no part in what comes out."""

    def run(self, problem: Problem, plan: Approach, candidate: Candidate) -> Outcome:
        """Solve a candidate's program; what cannot be built or read is an outcome that says so.

        Raises `FaultyData` where a table is wrong: that is so for every other candidate too.
        """
        try:
            program = self.program(problem, candidate)
        except (FormulationError, DataError) as error:
            return Outcome(Status.ERROR, message=_told(error))
        return self.solve(plan, program)

    def solve(self, plan: Approach, program: Program) -> Outcome:
        """Solve a program; one that cannot be built is an outcome that says so.

        Raises `FaultyData` as `run` does.
        """
        try:
            return solve(program, plan.solver, self.options, self.on_progress)
        except FaultyData:
            raise
        except (FormulationError, DataError) as error:
            return Outcome(Status.ERROR, message=_told(error))

    def program(self, problem: Problem, candidate: Candidate) -> Program:
        """The candidate's program: its formulation lowered, or what its code handed out."""
        if candidate.formulation is not None:
            return Program(candidate.formulation, problem.tables)
        if candidate.lp_text is not None:
            return Program.from_lp(candidate.lp_text)
        if candidate.handed_out is not None:
            return Program(candidate.handed_out)
        raise FormulationError(candidate.error or "there is no program")

    async def write(
        self, problem: Problem, plan: Approach, *, index: int, sample: int, temperature: float
    ) -> Candidate:
        """Have the model write Pyomo code and run it in the sandbox."""
        assert self.model is not None
        advice = f"\n\nMind: {plan.advice}" if plan.advice else ""
        turns = self.prompts("coder").fill(problem=problem.shown_text + advice)
        messages = conversation(turns)
        reply = await self.model.complete(
            ChatRequest(
                messages,
                temperature=temperature,
                sample=sample,
                max_tokens=MOST_TOKENS,
                role="coder",
            )
        )
        try:
            code = source_of(whole_text(reply))
        except ReplyError as error:
            return Candidate(plan=index, sample=sample, error=str(error))
        # Not on the loop that every call is made on: a run may take its whole time limit.
        return await asyncio.to_thread(self._built, problem, code, index, sample)

    def _built(self, problem: Problem, code: str, plan: int, sample: int) -> Candidate:
        with Sandbox(self.sandbox) as box:
            report = box.build_model(
                code,
                data={name: _columns(problem, name) for name in problem.tables},
                limits=Limits(wall_s=self.options.time_limit_s),
            )
        error = "" if report.error is None else str(report.error)
        handed_out = None
        if report.json_text is not None:
            try:
                handed_out = Formulation.from_json(report.json_text)
            except FormulationError as fault:
                error = f"the model that the program handed out cannot be read: {fault}"
        return Candidate(
            plan=plan,
            sample=sample,
            code=code,
            lp_text=report.lp_text,
            handed_out=handed_out,
            names=dict(report.names),
            error=error,
        )


def _told(error: OptwrightError) -> str:
    """What is wrong and what to write instead, for whoever mends it."""
    return f"{error}; {error.hint}" if error.hint else str(error)


def source_of(reply: str) -> str:
    """The program in a reply: the longest fenced block, or the whole text without fences.

    >>> source_of("Here:\\n```python\\nmodel = 1\\n```")
    'model = 1\\n'
    """
    blocks = _FENCED.findall(reply)
    return max(blocks, key=len) if blocks else reply


def _columns(problem: Problem, name: str) -> dict[str, list[str | int | float | None]]:
    return {c.name: list(c.cells) for c in problem.tables[name].columns}
