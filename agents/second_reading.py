"""Plans of an answer that is there already, judged by somebody who had no part in it."""

from __future__ import annotations

from optwright.agents.candidates import Candidate
from optwright.agents.checks.confidence import Signals, confidence, threshold
from optwright.agents.checks.plan_check import PlanCheck, read_plans
from optwright.agents.checks.plans.question import Reader
from optwright.agents.critic import Critic
from optwright.agents.problem import Problem
from optwright.agents.solution import Evidence, Solution, of_plans
from optwright.agents.verifier import doubt, is_refused
from optwright.errors import InputError
from optwright.solvers.model.outcome import Status


def read_again(problem: Problem, solution: Solution, reader: Reader) -> Solution:
    """The solution after `reader` has judged plans of its model by the words of the problem.

    Raises `InputError` for a solution without a formulation that was proven, and what reading
    raises.
    """
    demand_plans(solution)
    assert solution.formulation is not None
    checked = read_plans(
        problem.text, solution.formulation, problem.tables, reader, best=solution.variables
    )
    return with_reading(problem, solution, checked)


def demand_plans(solution: Solution) -> None:
    """Raise `InputError` where there is no model that plans could be made of."""
    if solution.formulation is None:
        raise InputError("there is no model that plans could be made of")
    if solution.status not in _PROVEN:
        raise InputError(f"nothing was proven of this model ({solution.status.value})")


_PROVEN = frozenset(
    {Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED}
)


def with_reading(problem: Problem, solution: Solution, checked: PlanCheck) -> Solution:
    """The solution with what a reader said of its plans; whether it is verified is decided anew
    where the reader's word counts."""
    drafted = Candidate(plan=0, sample=0, formulation=solution.formulation)
    drafted = drafted.model_copy(update={"findings": Critic().judge(problem, drafted)})
    signals = (solution.signals or Signals(clean=not drafted.findings)).read(checked)
    known = confidence(signals)
    decided, reason = solution.verified, solution.reason
    if checked.refutes or checked.holds:
        reason = doubt(problem, checked) or str(checked)
        is_likely = checked.holds and known.value >= threshold()
        decided = is_likely and reason == str(checked) and not is_refused(drafted)
    warnings = [w for w in solution.warnings if not w.startswith("not verified: ")]
    if not decided:
        warnings.append(f"not verified: {reason}")
    others = [e for e in solution.evidence if e.kind not in ("plans", "agreement")]
    said = Evidence(supports=decided, kind="agreement", text=reason)
    plans = [e for e in of_plans(checked) if e.text != reason]
    return solution.model_copy(
        update={
            "plans": checked,
            "signals": signals,
            "confidence": round(known.value, 3),
            "interval": (round(known.low, 3), round(known.high, 3)),
            "rests_on": known.rests_on,
            "verified": decided,
            "reason": reason,
            "warnings": tuple(warnings),
            "evidence": (said, *plans, *others),
        }
    )
