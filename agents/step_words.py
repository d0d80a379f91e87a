"""What came of each step of a run, in a few words for whoever reads its trace."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.agents.candidates import Approach, Candidate
from optwright.agents.findings import Finding

MOST_TOLD = 6  # of findings
MOST_CHARACTERS = 1500  # of a reply


def describe_plans(plans: Sequence[Approach]) -> str:
    """The plans by name, with their advice."""
    return "; ".join(f"{p.name} ({p.advice})" if p.advice else p.name for p in plans)


def describe_draft(candidate: Candidate) -> str:
    """What a draft holds: its reply, or why there is none."""
    if candidate.error:
        return f"no formulation: {candidate.error}"
    if candidate.leaves_open:
        said = [*candidate.questions, *candidate.cannot_state, candidate.refusal]
        return f"no formulation: {'; '.join(filter(None, said))}"
    return _shortened(candidate.reply or candidate.code)


def describe_outcome(candidate: Candidate) -> str:
    """What the solver said."""
    outcome = candidate.outcome
    if outcome is None:
        return "nothing to solve"
    value = "" if outcome.objective is None else f", objective {outcome.objective:.10g}"
    message = f": {outcome.message}" if outcome.message else ""
    return f"{outcome.status.value}{value}{message}"


def describe_findings(candidate: Candidate) -> str:
    """What the checks found."""
    return _listed(candidate.findings) or "nothing against it"


def describe_opinions(findings: Sequence[Finding]) -> str:
    """What the critic's model said."""
    return _listed(findings) or "nothing against it"


def describe_repair(asked: Candidate, correction: Candidate | None) -> str:
    """What a model said when it was shown what was found."""
    explained = [f"explains: {one.message}" for one in asked.explanations]
    changed = (
        ["changes nothing"] if correction is None else [f"corrects: {describe_draft(correction)}"]
    )
    return "; ".join([*explained, *changed])


def _listed(findings: Sequence[Finding]) -> str:
    more = ["..."] if len(findings) > MOST_TOLD else []
    return "; ".join([*(f"{f.fault.value}: {f.message}" for f in findings[:MOST_TOLD]), *more])


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 4]} ..."
