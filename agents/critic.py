"""The critic: evidence first, a model's opinion last and only if asked for.

Evidence is what `checks.words` reads off words and numbers, what the solver ended in, and what
other candidates came to. The opinion of a model can add faults and never take one away.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optwright.agents.candidates import Candidate
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.judge import Judge
from optwright.agents.checks.words.all_checks import findings, unreadable
from optwright.agents.checks.words.reading import reading
from optwright.agents.findings import Fault, Finding
from optwright.agents.problem import Problem
from optwright.agents.replies.quotes import misquoted
from optwright.prompts import Prompts, load
from optwright.serving.chat import ChatModel
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Status


@dataclass(frozen=True)
class Critic:
    """Finds what speaks against a candidate. With `model`, also asks that model."""

    model: ChatModel | None = None
    prompts: Prompts = field(default=load, compare=False)

    def judge(self, problem: Problem, candidate: Candidate) -> tuple[Finding, ...]:
        """The faults that need no model, heaviest first."""
        found: list[Finding] = []
        if candidate.formulation is None and candidate.leaves_open:
            return ()  # there is no program to find fault with
        if not candidate.has_program:
            found.append(Finding(Fault.UNREADABLE, candidate.error or "there is no formulation"))
        if candidate.formulation is not None:
            found += _of_words(problem, candidate.formulation)
            found += _of_reply(problem, candidate, candidate.formulation)
        if candidate.outcome is not None:
            found += _of_outcome(candidate.outcome)
        return tuple(sorted(found, key=lambda f: -f.weight))

    async def opine(self, problem: Problem, candidate: Candidate) -> tuple[Finding, ...]:
        """What the model answers to closed questions about each part (`checks.judge`). Where it was
        cut off, refused or cannot be read, the finding that it was `NOT_JUDGED`: no word of a judge
        is no approval."""
        if self.model is None or candidate.formulation is None:
            return ()
        if any(finding.fault is Fault.UNREADABLE for finding in candidate.findings):
            return ()  # nobody can judge what cannot be read, and it is refused already
        context = CheckContext(
            problem.text, candidate.formulation, problem.tables, problem.shown_text
        )
        judge = Judge(self.prompts)
        return judge.findings(context, await self.model.complete(judge.request(context)))


def _of_words(problem: Problem, formulation: Formulation) -> tuple[Finding, ...]:
    if problem.reads_as_english:
        return findings(reading(problem.text, formulation, problem.tables))
    return unreadable(formulation)


def _of_reply(problem: Problem, candidate: Candidate, formulation: Formulation) -> list[Finding]:
    """What of the reply did not come into the formulation, and quotes that stand nowhere."""
    unread = [
        Finding(Fault.NOT_READ, f"the reply's {field!r} is no field that is read", field)
        for field in candidate.unread
    ]
    invented = [
        Finding(Fault.WORDS_INVENTED, f"{element!r} quotes {quote!r}, which the problem does not "
                "say", element, quote)
        for element, quote in misquoted(formulation, problem.text, problem.tables)
    ]  # fmt: skip
    return [*unread, *invented]


def _of_outcome(outcome: Outcome) -> list[Finding]:
    if outcome.status.has_solution:
        return []
    if outcome.status is Status.INFEASIBLE:
        return [Finding(Fault.INFEASIBLE, "no solution keeps every limit")]
    if outcome.status in (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
        return [Finding(Fault.UNBOUNDED, "the objective improves without end: a limit is missing")]
    return [Finding(Fault.NOT_SOLVED, f"the solver ended with {outcome.status}: {outcome.message}")]
