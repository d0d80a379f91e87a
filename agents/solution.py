"""What a run gives back: the answer, the model it is the answer of, and why it may be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from optwright.agents import results
from optwright.agents.candidates import CONCLUSIONS, Candidate
from optwright.agents.checks.confidence import Signals
from optwright.agents.checks.plan_check import PlanCheck
from optwright.agents.checks.plans.examine import State
from optwright.agents.checks.words.strictness import allows_equal
from optwright.agents.repair.alternatives import Alternative
from optwright.agents.repeats.repeat import Repeat
from optwright.agents.results import Key
from optwright.notebooks import Displayed
from optwright.solvers.model.formulation import Domain, Formulation
from optwright.solvers.model.outcome import Pareto, Reached, Status


class Evidence(BaseModel):
    """One thing that supports an answer or speaks against it."""

    model_config = ConfigDict(frozen=True)

    supports: bool
    kind: str
    text: str
    element: str = ""


class Spent(BaseModel):
    """What a run cost. `replayed` calls were answered by the ledger and cost nothing again."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    replayed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cost_usd: float | None = None

    def __add__(self, other: Spent) -> Spent:
        known = [c for c in (self.cost_usd, other.cost_usd) if c is not None]
        return Spent(
            calls=self.calls + other.calls,
            replayed=self.replayed + other.replayed,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=round(self.seconds + other.seconds, 3),
            cost_usd=sum(known) if known else None,
        )


class Repaired(BaseModel):
    """The draft of the answer as it was before its model heard what was found, where another draft
    agrees with what it wrote then: what it came to, its program as JSON, and what was found."""

    model_config = ConfigDict(frozen=True)

    status: Status
    objective: float | None
    program: str
    found: str


class Solution(BaseModel, Displayed):
    """The result of `solve`.

    `status` is the solver's word on the model; `verified` says whether checks and independent
    drafts stand behind the model itself. An answer that is not verified is still given, with what
    speaks against it.
    """

    model_config = ConfigDict(frozen=True)

    status: Status
    verified: bool
    given: bool = False
    """The model was given (`solve_model`): there are no words that it could be checked against."""
    repeat: Repeat | None = None
    """Where the model comes from that was solved with new tables (`solve_like`), and what differs
    in them and in the plan; None for an answer of its own."""
    reason: str = ""
    """Why the answer is verified, or why not, in a few words."""
    confidence: float | None = None
    """How likely the answer is right, from 0 to 1, by what was counted of drafts like it; None
    where nothing was proven."""
    interval: tuple[float, float] | None = None
    """Where the confidence lies with 95 %, as far as counting can say."""
    rests_on: tuple[str, ...] = ()
    """What the confidence rests on: how many answers like this were right, and a reader's word
    with the factor by which it changes the odds."""
    signals: Signals | None = None
    """What was counted for the confidence: forms, and what checks and a reader said."""
    plans: PlanCheck = PlanCheck()
    """Who judged plans of the model by the words of the problem, and what they said."""
    objective: float | None = None
    repaired: Repaired | None = None
    """What a repair put right that settled a disagreement; None where there was none."""
    bound: float | None = None
    """What no solution can be better than, where the solver knows one."""
    gap: float | None = None
    """How far the objective may be from the best, as a share of it: 0.02 is 2 %."""
    reached: tuple[Reached, ...] = ()
    """What each objective, goal and scenario comes to, where the model has several; `objective` is
    then the weighted sum of those of the first priority."""
    pareto: Pareto | None = None
    """The trade-off between the objectives, where it was asked for."""
    variables: dict[str, float] = {}
    formulation: Formulation | None = None
    agreed: tuple[Formulation, ...] = ()
    """The other independent drafts that came to the same, as they were written; with new tables
    (`solve_like`) they are solved again."""
    code: str = ""
    """The Pyomo program, where the answer came from generated code."""
    lp_text: str = ""
    """The model that this code handed out and that was solved; `names` says what its labels are."""
    handed_out: Formulation | None = None
    """The same where it is nonlinear, so that there is no LP of it."""
    names: dict[str, str] = {}
    assumptions: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    """What the user changed in conversation, in their words: the model is theirs since."""
    questions: tuple[str, ...] = ()
    """With the status `asked`: what the text leaves open, so that there is no model yet; beside an
    answer, what was asked about it."""
    cannot_state: tuple[str, ...] = ()
    """What the problem asks for and the formulation language has no words for: there is no model,
    rather than one that leaves it out."""
    proposals: tuple[Alternative, ...] = ()
    """What the words suggest instead, each solved beside the answer; none of it was done."""
    picked: Alternative | None = None
    """The proposal whose model this answer is of, taken over by the user or by a model that was
    asked twice; without one the answer is of the model as it was written."""
    picked_by: Literal["user", "model"] | None = None
    """Whose choice `picked` was."""
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    diagnosis: tuple[str, ...] = ()
    """For infeasible and unbounded models: what stands against what, in the problem's words."""
    sensitivity: dict[str, dict[str, float]] = {}
    """Per row of a constraint: `slack`, and for models without whole numbers `dual`, the change of
    the objective per unit of `limit`, while that is in `low`..`high` (either missing: no end).

    `limit` is the right side with every decision on the left. It and its range are worked out for
    linear models of up to 2,000 columns."""
    usage: Spent = Spent()
    run: str = ""

    @property
    def exit_status(self) -> int:
        """0 solved and verified (or given, or with new tables a model that was verified), 10
        solved, not verified, 11 a point at a limit without the proof, 12 a question stands, 3
        proven infeasible or unbounded, 1 nothing came of it."""
        if self.status is Status.OPTIMAL:
            trusted = self.repeat is not None and self.repeat.is_trusted
            return 0 if self.verified or self.given or trusted else 10
        return _EXIT_STATUS.get(self.status, 1)

    def values(self, variable: str) -> dict[Key, float]:
        """The values of a variable by member, `{("Lyon", "Paris"): 20.0}`; `InputError` for a name
        that the answer does not have."""
        return results.by_member(self.variables, variable)

    def frame(self, variable: str, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """A data frame of pandas or polars: a column for each index, and the value; `Unavailable`
        where the library is not installed."""
        return results.frame(self.variables, variable, self.formulation, library)

    def write(self, path: str | Path) -> None:
        """Write all values into a workbook (`.xlsx`, a sheet for each variable) or a `.csv`."""
        results.write(self.variables, Path(path), self.formulation)

    def to_json(self, indent: int | None = 2) -> str:
        """One JSON object, as `--json` prints it."""
        return self.model_dump_json(indent=indent)


_EXIT_STATUS = {
    Status.FEASIBLE: 11,
    Status.ASKED: 12,
    Status.INFEASIBLE: 3,
    Status.UNBOUNDED: 3,
    Status.INFEASIBLE_OR_UNBOUNDED: 3,
}


def assumptions(formulation: Formulation | None) -> tuple[str, ...]:
    """What the model takes for granted and the text may not say."""
    if formulation is None:
        return ()
    said = list(formulation.assumptions)
    for variable in formulation.variables:
        what = variable.meaning or variable.name
        if variable.domain is Domain.INTEGER:
            said.append(f"{variable.name} ({what}) is a whole number")
        elif variable.domain is Domain.CONTINUOUS:
            said.append(f"{variable.name} ({what}) may be a fraction")
    said += [f"{c.text!r} allows equal" for c in formulation.constraints if allows_equal(c)]
    return tuple(said)


def of_plans(check: PlanCheck) -> tuple[Evidence, ...]:
    """What a reader's answers say for a model or against it; nothing where nobody was asked."""
    if check.state is State.HELD:
        return (Evidence(supports=check.holds, kind="plans", text=str(check)),)
    if check.state is State.REFUTED:
        return tuple(Evidence(supports=False, kind="plans", text=m) for m in check.mismatches)
    return ()


def evidence(candidate: Candidate, reason: str, verified: bool) -> tuple[Evidence, ...]:
    """What stands behind a candidate and against it."""
    against = [
        Evidence(supports=False, kind=f.fault.value, text=f.message, element=f.element)
        for f in candidate.findings
        if f.fault not in CONCLUSIONS  # what the answer says is not held against it
    ]
    solver = candidate.outcome
    proof = [
        Evidence(supports=True, kind="solver", text=f"{solver.solver}: {solver.status.value}")
    ] if solver is not None and candidate.is_conclusive else []  # fmt: skip
    explained = [
        Evidence(supports=True, kind="explained", text=f"{e.message}: {e.why or 'explained'} "
                 f"({e.quote!r})")
        for e in candidate.explanations
    ]  # fmt: skip
    agreement = Evidence(supports=verified, kind="agreement", text=reason)
    return (agreement, *proof, *explained, *against)


def variables(candidate: Candidate) -> dict[str, float]:
    """The values of the answer, by the names of the program."""
    values: dict[str, Any] = dict(candidate.outcome.values) if candidate.outcome else {}
    return {candidate.names.get(name, name): value for name, value in values.items()}
