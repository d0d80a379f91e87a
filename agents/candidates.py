"""Candidates: drafts as they were written, with what solver and checks said, and the choice
among them.

Everything here is JSON-able, because the workflow's checkpoints hold it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from math import isclose
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, WrapSerializer

from optwright.agents.findings import Fault, Finding, penalty
from optwright.agents.replies.corrections import Explanation
from optwright.agents.scheduler import reward
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Status

SAME_OPTIMUM = 1e-6


def _with_plain_mappings(outcome: Outcome | None, write: SerializerFunctionWrapHandler) -> Any:
    return write(None if outcome is None else outcome.plain())


class Approach(BaseModel):
    """How one branch goes about the problem: by formulation or by code, with what advice."""

    model_config = ConfigDict(frozen=True)

    name: str
    route: Literal["formulation", "code"] = "formulation"
    writer: Literal["formulator", "second_formulator"] = "formulator"
    """The role whose model writes formulations for it."""
    advice: str = ""
    solver: str = "auto"
    note: str = ""
    """What the planner has to say about its plans, such as why there are no others."""


class Candidate(BaseModel):
    """One try: a formulation (or an LP that code handed out), its outcome and its faults."""

    model_config = ConfigDict(frozen=True)

    plan: int
    sample: int
    formulation: Formulation | None = None
    code: str = ""
    lp_text: str | None = None
    handed_out: Formulation | None = None
    """For nonlinear code: the model that it handed out, in names of its own."""
    names: dict[str, str] = {}
    """For code: what the LP's columns are called in the program."""
    questions: tuple[str, ...] = ()
    """What the draft asks: instead of stating a program, or about one that takes something for
    granted."""
    cannot_state: tuple[str, ...] = ()
    """What the problem asks for and the language has no words for, by the draft."""
    refusal: str = ""
    """Why there is nothing to decide, by the draft."""
    unread: tuple[str, ...] = ()
    """Fields of the reply that nobody knows."""
    reply: str = ""
    """What was written, for whoever is asked to correct it."""
    corrects: int | None = None
    """The candidate, by its number, whose model wrote this one after it heard what was found."""
    root: str = ""
    """What tells that one apart: both together are one look at the problem."""
    debated: bool = False
    """Whether its model heard that another draft came to something else."""
    asked_again: bool = False
    """Whether its model was told what was found about it."""
    explanations: tuple[Explanation, ...] = ()
    """Findings that its model explained by words of the problem, and that are none any more."""
    error: str = ""
    outcome: Annotated[Outcome | None, WrapSerializer(_with_plain_mappings)] = None
    findings: tuple[Finding, ...] = ()
    mathematics: str = ""
    """What its program says whatever it calls things, of a model whose drafts in other words are no
    second look; empty for others."""

    @property
    def leaves_open(self) -> bool:
        """Whether it says why there is no program: it asks, has no words, or finds no problem."""
        return bool(self.questions or self.cannot_state or self.refusal)

    @property
    def has_program(self) -> bool:
        """Whether there is anything to solve."""
        return any(x is not None for x in (self.formulation, self.lp_text, self.handed_out))

    @property
    def penalty(self) -> float:
        return penalty(self.findings)

    @property
    def status(self) -> Status:
        return self.outcome.status if self.outcome else Status.ERROR

    @property
    def objective(self) -> float | None:
        return self.outcome.objective if self.outcome else None

    @property
    def is_conclusive(self) -> bool:
        """Whether the solver proved something: an optimum, or that there is none."""
        return self.status in _CONCLUSIVE

    @property
    def has_solution(self) -> bool:
        """Whether there is a point that keeps the model, proven to be the best or not."""
        return self.status.has_solution

    @property
    def form(self) -> str:
        """What was written; the same form twice is one look. Spacing, capitals, the end of a
        quote and the order in which decisions and limits are listed are no second look."""
        if self.formulation is not None:
            return _form(self.formulation)
        return "".join(self.code.split())

    @property
    def look(self) -> str:
        """What tells independent drafts apart: what they say and by which plan, or the form, where
        it was counted what drafts in other words are worth; that of the draft it corrects."""
        return self.root or (f"{self.plan} {self.mathematics}" if self.mathematics else self.form)

    @property
    def form_key(self) -> str:
        """The form, short enough to write down."""
        return sha256(self.form.encode()).hexdigest()[:16]

    @property
    def is_clean(self) -> bool:
        return self.is_conclusive and not _against(self)

    def agrees_with(self, other: Candidate) -> bool:
        """Whether both came to the same conclusion: same status, same optimum."""
        if not (self.is_conclusive and other.is_conclusive) or self.status is not other.status:
            return False
        a, b = self.objective, other.objective
        if a is None or b is None:
            return a is b
        return _is_same(a, b) and _same_stages(self.outcome, other.outcome)


def _is_same(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=SAME_OPTIMUM, abs_tol=SAME_OPTIMUM)


def _same_stages(one: Outcome | None, other: Outcome | None) -> bool:
    """Whether objectives that are sought one after the other came to the same."""
    stages = [
        sorted((r.priority, r.best) for r in outcome.reached if r.best is not None)
        for outcome in (one, other)
        if outcome is not None and len({r.priority for r in outcome.reached}) > 1
    ]
    if len(stages) < 2:
        return True
    pairs = list(zip(*stages, strict=False))
    return len(stages[0]) == len(stages[1]) and all(
        a[0] == b[0] and _is_same(a[1], b[1]) for a, b in pairs
    )


_CONCLUSIVE = frozenset(
    {Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED}
)
# That a model has no solution is a fault as one draft's word, and a result when others agree.
CONCLUSIONS = frozenset({Fault.INFEASIBLE, Fault.UNBOUNDED})


def _form(formulation: Formulation) -> str:
    content = formulation.model_dump(mode="json", exclude_defaults=True)
    for kind in ("sets", "parameters", "variables", "expressions"):
        for part in content.get(kind, ()):
            part.pop("source", None)  # other words for the same part are no other model
    for limit in content.get("constraints", ()):
        del limit["name"]  # made of its words and its place
        limit["text"] = limit.get("text", "").rstrip(" .,;:!")
    listed = {
        kind: sorted(json.dumps(part, sort_keys=True).lower() for part in parts)
        for kind, parts in content.items()
        if kind in ("sets", "parameters", "variables", "constraints")
    }
    return "".join(json.dumps(content | listed, sort_keys=True).lower().split())


def _against(candidate: Candidate) -> tuple[Finding, ...]:
    return tuple(f for f in candidate.findings if f.fault not in CONCLUSIONS)


def supporters(candidate: Candidate, among: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that came to the same conclusion, itself among them."""
    return tuple(c for c in among if candidate.agrees_with(c))


def standing(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates without those whose model came to something after it heard of another draft:
    what it said then is its word. Two that change places support neither."""
    withdrawn = {c.corrects for c in candidates if c.debated and c.is_conclusive}
    return tuple(c for at, c in enumerate(candidates) if at not in withdrawn)


def independent(candidates: Sequence[Candidate]) -> int:
    """How many looks these are: a draft that was drawn again word for word is the same one, and so
    is one with what its own model corrected in it."""
    return min(len({c.look for c in candidates}), len({c.root or c.form for c in candidates}))


def is_stale(candidates: Sequence[Candidate]) -> bool:
    """Whether the last two draws brought nothing that was not written before."""
    forms = [c.look for c in candidates if c.corrects is None]
    return len(forms) > 2 and all(forms[at] in forms[:at] for at in (-1, -2))


def best(candidates: Sequence[Candidate]) -> Candidate | None:
    """The candidate to answer with: most support, each supporter weighing what its evidence
    leaves of it; within the winning conclusion, the one with the least against it. Where nothing
    was proven, a solution at the limit: the one with the least against its model."""
    conclusive = [c for c in candidates if c.is_conclusive]
    if not conclusive:
        found = [c for c in candidates if c.has_solution]
        return min(found, key=lambda c: (c.penalty, c.sample), default=None)
    weights = [sum(reward(s.penalty) for s in supporters(c, conclusive)) for c in conclusive]
    winner = conclusive[max(range(len(conclusive)), key=lambda i: (weights[i], -i))]
    return min(supporters(winner, conclusive), key=lambda c: (c.penalty, c.sample))
