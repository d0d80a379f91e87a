"""optwright's own teams as systems under test: the one that `optwright.solve` has by default, the
full one, and what the ablations put in the place of an agent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from optwright.agents.assembly import Profiles, team_of
from optwright.agents.batch import in_a_thread
from optwright.agents.candidates import Approach, Candidate
from optwright.agents.cast import ROLES
from optwright.agents.critic import Critic
from optwright.agents.findings import Finding
from optwright.agents.planner import Planner
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import profile_for
from optwright.agents.scheduler import Scheduler
from optwright.agents.solution import evidence
from optwright.agents.team import Team
from optwright.agents.workflow import Answer, Workflow
from optwright.benchmarks.programs import CLAIMS
from optwright.benchmarks.system import Attempt, Claim, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest

PLANS = 3
VARIETY = 0.7  # temperature of first drafts in every sample but the first
_DRAWS = 1000  # samples of a request within one attempt
IN_TURN = Scheduler("in_turn")


@dataclass(frozen=True)
class Optwright:
    """A team of agents on the problem. `team` makes it for a model."""

    name: str
    team: Callable[[ChatModel], Team]

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt:
        problem = await in_a_thread(lambda: Problem.read(assignment.question, assignment.files))
        workflow = Workflow(self.team(_Drawn(kit.model, kit.seed, kit.sample)))
        return attempt(await in_a_thread(lambda: workflow.run(problem)))


def attempt(answer: Answer) -> Attempt:
    """What a run came to, as the benchmark records it."""
    decision, candidate = answer.decision, answer.decision.candidate
    trace = tuple(_step(number, c) for number, c in enumerate(answer.candidates, start=1))
    if candidate is None or candidate.outcome is None:
        questions = tuple(dict.fromkeys(q for c in answer.candidates for q in c.questions))
        return Attempt(failed_at=_stage(answer), why=_why(answer), questions=questions, trace=trace)
    claim = CLAIMS.get(candidate.status, Claim.NONE)
    failed_at = None if decision.verified else Stage.VERIFICATION
    if claim is Claim.NONE:
        failed_at = Stage.SOLVER
    return Attempt(
        status=claim,
        objective=candidate.objective if claim is Claim.OPTIMAL else None,
        verified=decision.verified,
        failed_at=failed_at,
        why="" if decision.verified else answer.stopped or decision.reason,
        formulation=_formulation(candidate),
        values=_values(candidate) if claim is Claim.OPTIMAL else {},
        code=candidate.code,
        evidence=tuple(
            f"{'for' if e.supports else 'against'} ({e.kind}): {e.text}"
            for e in evidence(candidate, decision.reason, decision.verified)
        ),
        trace=trace,
    )


MOST_VALUES = 2000
"""Values of a plan that are kept; no row with a validator has more."""


def _values(candidate: Candidate) -> dict[str, float]:
    """What the draft's own decisions came to."""
    outcome, formulation = candidate.outcome, candidate.formulation
    if outcome is None or formulation is None:
        return {}
    own = {variable.name for variable in formulation.variables}
    found = {e: float(v) for e, v in outcome.values.items() if e.partition("[")[0] in own}
    return found if len(found) <= MOST_VALUES else {}


def _step(number: int, candidate: Candidate) -> dict[str, Any]:
    asked = {"questions": list(candidate.questions)} if candidate.questions else {}
    return asked | {
        "step": f"draft {number}",
        "plan": candidate.plan,
        "status": candidate.status.value,
        "objective": candidate.objective,
        "error": candidate.error,
        "findings": [f"{f.fault.value}: {f.message}" for f in candidate.findings],
        "formulation": _formulation(candidate),
        "code": candidate.code,
    }


def _formulation(candidate: Candidate) -> dict[str, Any] | None:
    if candidate.formulation is None:
        return None
    return candidate.formulation.model_dump(mode="json", exclude_defaults=True)


def _stage(answer: Answer) -> Stage:
    """Where a run without any solved candidate came to its end."""
    if answer.stopped:
        return Stage.BUDGET
    if any(c.outcome is not None for c in answer.candidates):
        return Stage.SOLVER
    return Stage.CODE if any(c.code for c in answer.candidates) else Stage.FORMULATION


def _why(answer: Answer) -> str:
    errors = (c.error or (c.outcome.message if c.outcome else "") for c in answer.candidates)
    return answer.stopped or next(filter(None, errors), answer.decision.reason)


@dataclass(frozen=True)
class _Drawn:
    """A model that draws anew for every sample of an attempt; the first is what a user gets."""

    model: ChatModel
    seed: int
    sample: int

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        warm = max(request.temperature, VARIETY) if self.sample else request.temperature
        drawn = replace(
            request,
            seed=self.seed,
            temperature=warm,
            sample=self.sample * _DRAWS + request.sample,
        )
        return await self.model.complete(drawn)

    async def aclose(self) -> None:
        await self.model.aclose()


def default_team(model: ChatModel) -> Team:
    """As `optwright.solve` has it without further settings."""
    return team_of(dict.fromkeys(ROLES, model), Profiles(profile_for(model.name)))


def full_team(model: ChatModel) -> Team:
    """Everything on, which is what ablations take from: three plans of a planner, formulations
    and code, a model's opinion, findings handed to the next draft."""
    return replace(
        default_team(model), planner=Planner(model, PLANS), critic=Critic(model), feedback=True
    )


@dataclass(frozen=True)
class OnlyOutcomes(Critic):
    """A critic that reads no words: only what the solver ended in counts."""

    def judge(self, problem: Problem, candidate: Candidate) -> tuple[Finding, ...]:
        wordless = candidate.model_copy(update={"formulation": None, "lp_text": "-"})
        return super().judge(problem, wordless)


@dataclass(frozen=True)
class OnlyCode(Planner):
    """A planner whose plans all have code written."""

    async def plans(self, problem: Problem) -> tuple[Approach, ...]:
        proposed = await super().plans(problem)
        return tuple(plan.model_copy(update={"route": "code"}) for plan in proposed)
