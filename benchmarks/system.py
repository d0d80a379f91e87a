"""What a system under test is: one coroutine from an assignment to an attempt.

Every system gets the same kit: a model that is metered, recorded and counted, and a budget. What it
asks is traced by the runner, so a system only returns what it came to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator

from optwright.benchmarks.task import Assignment
from optwright.serving.budget import Account
from optwright.serving.chat import ChatModel


class Claim(StrEnum):
    """What a system says about a problem. All but NONE are answers."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NONE = "none"


class Stage(StrEnum):
    """Where an attempt came to its end without an answer, or with one that has faults."""

    FORMULATION = "formulation"
    """What the model wrote could not be read as a formulation."""
    CODE = "code"
    """The program could not be written, built or run."""
    SOLVER = "solver"
    """The solver failed or ran out of time."""
    VERIFICATION = "verification"
    """There is an answer, and the system's own checks did not accept it."""
    BUDGET = "budget"
    """Calls, tokens or time ran out first."""
    MODEL = "model"
    """The model refused, or its endpoint did not take the request."""


class Attempt(BaseModel):
    """What a system came to. `objective` belongs to an OPTIMAL claim; `why` is one sentence on
    where it failed; `formulation` and `trace` are JSON, `evidence` a sentence each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Claim = Claim.NONE
    objective: FiniteFloat | None = None
    verified: bool = False
    failed_at: Stage | None = None
    why: str = ""
    formulation: dict[str, Any] | None = None
    code: str = ""
    values: dict[str, FiniteFloat] = {}
    """What each decision came to, by element, for rows whose answer is no single number."""
    questions: tuple[str, ...] = ()
    """What was asked instead of answering."""
    evidence: tuple[str, ...] = ()
    trace: tuple[dict[str, Any], ...] = ()
    """Steps of the system's own, in order; calls of the model are traced by the runner."""

    @model_validator(mode="after")
    def _claims_a_value(self) -> Attempt:
        if (self.status is Claim.OPTIMAL) != (self.objective is not None):
            raise ValueError(f"status {self.status.value!r} with objective {self.objective!r}")
        return self


@dataclass(frozen=True)
class Kit:
    """What a system works with. `model` is recorded, counted, and stops at the problem's budget
    (`account`) with `BudgetExceeded`; `directory` is for files of this attempt, made by whoever
    uses it and removed when the attempt is over."""

    model: ChatModel
    account: Account
    directory: Path
    seed: int = 0
    sample: int = 0
    """Which of several attempts at the problem this is; requests should carry it."""
    options: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class System(Protocol):
    """A way of solving problems told in words.

    `solve` must not block the event loop (`asyncio.to_thread` for solvers and code), must not
    look at anything but its arguments, and may raise any `OptwrightError`: the runner turns it
    into an attempt that says where it ended.
    """

    @property
    def name(self) -> str: ...

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt: ...
