"""What a run came to, as the `Solution` that users get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optwright.agents.candidates import Candidate, standing, supporters
from optwright.agents.checks.confidence import Signals
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.plan_check import PlanCheck
from optwright.agents.checks.words.all_checks import unreadable
from optwright.agents.checks.words.numbers import worked_out
from optwright.agents.no_decision import demand_a_decision, refuse_text
from optwright.agents.prices import ranged
from optwright.agents.problem import Problem
from optwright.agents.repair.alternatives import alternatives
from optwright.agents.replies.parse import NOTHING_TO_DECIDE
from optwright.agents.solution import (
    Evidence,
    Repaired,
    Solution,
    Spent,
    assumptions,
    evidence,
    of_plans,
    variables,
)
from optwright.agents.team import Team
from optwright.agents.verifier import signals
from optwright.agents.workflow import Answer
from optwright.errors import InputError, OptwrightError, WrongCell
from optwright.solvers.backends.cpsat import advice
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import Question
from optwright.solvers.edit.operations import apply
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import SolveOptions, Status


def solution_of(
    problem: Problem, team: Team, answer: Answer, spent: Spent, run_id: str = ""
) -> Solution:
    """The solution that a run's answer amounts to. Raises `InputError` for a text in which nothing
    is to be decided."""
    candidate, decision = _answered_with(problem, team, answer), answer.decision
    warnings = list(_warnings(problem, answer))
    if candidate is None or candidate.outcome is None:
        _demand_numbers(problem, team, answer)
        _demand_something_said(answer)
        return _without_answer(answer, warnings, spent, run_id)
    if not decision.verified:
        demand_a_decision(problem, candidate)
    program = team.coder.program(problem, candidate)
    if team.ran_into_its_limit(candidate):
        limit_s = team.coder.options.time_limit_s
        warnings.insert(0, f"feasible at the limit of {limit_s:g} s: no solution was proven best")
    warnings += _data_doubts(problem, program)
    known = decision.confidence
    return Solution(
        status=candidate.status,
        verified=decision.verified,
        reason=decision.reason,
        confidence=None if known is None else round(known.value, 3),
        interval=None if known is None else (round(known.low, 3), round(known.high, 3)),
        rests_on=() if known is None else known.rests_on,
        signals=_signals(answer),
        plans=answer.plans_read,
        objective=candidate.outcome.objective,
        repaired=_repaired(candidate, answer.candidates),
        bound=candidate.outcome.bound,
        gap=candidate.outcome.gap,
        reached=candidate.outcome.reached,
        variables=variables(candidate),
        formulation=candidate.formulation,
        agreed=_agreed(candidate, answer.candidates),
        code=candidate.code,
        lp_text=candidate.lp_text or "",
        handed_out=candidate.handed_out,
        names=candidate.names,
        questions=candidate.questions,
        assumptions=(*_left_out(problem), *assumptions(candidate.formulation)),
        proposals=answer.alternatives,
        picked=answer.picked,
        picked_by=None if answer.picked is None else "model",
        warnings=tuple(warnings),
        evidence=(
            *evidence(candidate, decision.reason, decision.verified),
            *(e for e in of_plans(answer.plans_read) if e.text != decision.reason),
            *_numbers_worked_out(problem, candidate),
        ),
        diagnosis=diagnosis_of(program, candidate, warnings),
        sensitivity=sensitivity_of(program, candidate),
        usage=spent,
        run=run_id,
    )


def _agreed(candidate: Candidate, among: Sequence[Candidate]) -> tuple[Formulation, ...]:
    """The formulations of other looks that came to what the candidate did, one of each look."""
    others = {
        other.look: other.formulation
        for other in reversed(supporters(candidate, standing(among)))
        if other.formulation is not None and not {other.look, other.root} & {candidate.look}
    }
    return tuple(reversed(others.values()))


def _repaired(candidate: Candidate, among: Sequence[Candidate]) -> Repaired | None:
    """What the answer's draft was before it was corrected, if others agree with the correction
    alone."""
    if candidate.corrects is None:
        return None
    before = among[candidate.corrects]
    own = {candidate.root, before.look}
    others = [c for c in among if c.look not in own and c.root not in own]
    settled = any(candidate.agrees_with(c) for c in others)
    if not settled or before.agrees_with(candidate) or before.formulation is None:
        return None
    return Repaired(
        status=before.status,
        objective=before.objective,
        program=before.formulation.to_json(),
        found="; ".join(f.message for f in before.findings),
    )


def taken_over(
    problem: Problem, solution: Solution, number: int, solver: str, options: SolveOptions
) -> Solution:
    """The solution after the user accepts a proposal of it, the first being 1; the others are
    solved again beside it. Raises `InputError` for a proposal that is not there."""
    if solution.formulation is None or not 1 <= number <= len(solution.proposals):
        there = f"{len(solution.proposals)} of them" if solution.proposals else "none"
        raise InputError(
            f"there is no proposal {number} for this answer; there are {there}",
            hint="one was taken over: 'optwright runs accept RUN 0' goes back to what was written"
            if solution.picked is not None
            else None,
        )
    chosen = solution.proposals[number - 1]
    program = apply(Program(solution.formulation, problem.tables), chosen.edits)
    outcome = solve(program, solver, options)
    candidate = Candidate(plan=0, sample=0, formulation=program.formulation, outcome=outcome)
    warnings: list[str] = []
    reason = f"you took over a proposal: if {chosen.condition}"
    others = [p for p in solution.proposals if p != chosen]
    return solution.model_copy(
        update={
            "status": outcome.status,
            "verified": False,
            "reason": reason,
            "confidence": None,
            "interval": None,
            "signals": None,
            "rests_on": (),
            "plans": PlanCheck(),
            "objective": outcome.objective,
            "bound": outcome.bound,
            "gap": outcome.gap,
            "reached": outcome.reached,
            "variables": variables(candidate),
            "formulation": program.formulation,
            "agreed": (),  # with what was written
            "assumptions": (
                *_left_out(problem),
                *assumptions(program.formulation),
                f"taken over: {chosen.condition}",
            ),
            "proposals": alternatives(
                program, outcome, others, lambda changed: solve(changed, solver, options)
            ),
            "picked": chosen,
            "picked_by": "user",
            "evidence": evidence(candidate, reason, verified=False),
            "diagnosis": diagnosis_of(program, candidate, warnings),
            "warnings": (*_data_doubts(problem, program), *warnings),
            "sensitivity": sensitivity_of(program, candidate),
        }
    )


def with_trade_off(
    problem: Problem, solution: Solution, points: int, solver: str, options: SolveOptions
) -> Solution:
    """The solution with `points` points of the trade-off between its objectives; a warning where it
    has fewer than two, or none could be found."""
    if points < 1 or solution.formulation is None or not solution.status.has_solution:
        return solution
    from optwright.solvers.analysis.pareto import pareto

    program = Program(solution.formulation, problem.tables)
    try:
        found = pareto(program, points, solver, options)
    except OptwrightError as error:
        said = f"no trade-off: {error}"
        return solution.model_copy(update={"warnings": (*solution.warnings, said)})
    return solution.model_copy(update={"pareto": found})


def _answered_with(problem: Problem, team: Team, answer: Answer) -> Candidate | None:
    """The draft as it was written, or with the proposal that a model picked twice."""
    candidate = answer.decision.candidate
    if candidate is None or answer.picked is None:
        return candidate
    changed = candidate.model_copy(update={"formulation": answer.picked.formulation})
    return team.judged(problem, answer.plans[candidate.plan], changed)


def _demand_something_said(answer: Answer) -> None:
    """Refuse a text in which every draft found nothing to decide."""
    if answer.candidates and all(c.error == NOTHING_TO_DECIDE for c in answer.candidates):
        refuse_text()


def _demand_numbers(problem: Problem, team: Team, answer: Answer) -> None:
    """Refuse a table in which every draft that was drawn wants the same text to be a number."""
    messages = {c.outcome.message if c.outcome else c.error for c in answer.candidates}
    if len(messages) != 1 or answer.candidates[-1].formulation is None:
        return
    try:
        program = team.coder.program(problem, answer.candidates[-1])
        _ = program.instance
    except WrongCell:
        raise
    except OptwrightError:
        return


def _without_answer(answer: Answer, warnings: list[str], spent: Spent, run_id: str) -> Solution:
    """What a run comes to that has no answer: questions, what cannot be stated, or what was wrong
    with each draft. Raises `InputError` where drafts find nothing to decide."""
    if all(c.refusal for c in answer.candidates) and answer.candidates:
        raise InputError(
            f"this is not an optimization problem: {answer.candidates[0].refusal}",
            hint="say what can be chosen, what limits it and what should become large or small",
        )
    cannot_state = tuple(dict.fromkeys(said for c in answer.candidates for said in c.cannot_state))
    questions = tuple(dict.fromkeys(q for c in answer.candidates for q in c.questions))
    faults = tuple(
        Evidence(supports=False, kind=f.fault.value, text=f.message, element=f.element)
        for c in answer.candidates
        for f in c.findings
    )
    return Solution(
        status=Status.ASKED if questions else Status.ERROR,
        verified=False,
        reason=answer.decision.reason,
        questions=questions,
        cannot_state=() if questions else cannot_state,
        warnings=tuple(warnings) if questions else (answer.decision.reason, *warnings),
        evidence=() if questions else tuple(dict.fromkeys(faults)),
        usage=spent,
        run=run_id,
    )


def asked_about_data(questions: Iterable[Question], run_id: str = "") -> Solution:
    """What a run comes to whose tables can be read in more than one way: their questions, before
    anything is paid for."""
    return Solution(
        status=Status.ASKED,
        verified=False,
        reason="the tables can be read in more than one way",
        questions=tuple(question.told() for question in questions),
        run=run_id,
    )


def _numbers_worked_out(problem: Problem, candidate: Candidate) -> Iterable[Evidence]:
    """Where a number that no words say was found to follow from words or tables."""
    if candidate.formulation is None or not problem.reads_as_english:
        return
    context = CheckContext(problem.text, candidate.formulation, problem.tables)
    if not unreadable(candidate.formulation):
        for element, how in worked_out(context):
            yield Evidence(supports=True, kind="worked_out", text=how, element=element)


def _signals(answer: Answer) -> Signals | None:
    """What is known of the answer as it was drafted; nothing of one without a proof."""
    chosen = answer.decision.candidate
    if chosen is None or answer.decision.confidence is None or answer.picked is not None:
        return None
    return signals(chosen, answer.candidates, answer.plans_read)


def _left_out(problem: Problem) -> Iterable[str]:
    """What was left out of the tables before anybody saw them, and how they were read."""
    for table in problem.tables.values():
        yield from table.notes
        yield from (f"table {table.name!r}: {text}" for text in table.understood)


def _warnings(problem: Problem, answer: Answer) -> Iterable[str]:
    yield from (doubt for table in problem.tables.values() for doubt in table.doubts)
    yield from (plan.note for plan in answer.plans if plan.note)
    if answer.stopped:
        yield f"stopped early: {answer.stopped}"
    if not answer.decision.verified and answer.decision.candidate is not None:
        yield f"not verified: {answer.decision.reason}"
    if not problem.reads_as_english:
        yield "the text does not read as English, so its words could not be checked"


def _data_doubts(problem: Problem, program: Program) -> Iterable[str]:
    """How conditions were read that no solver tells apart, and where columns and the formulation
    fit so badly that it is likely a mistake in the data."""
    if program.formulation is None:
        return
    from optwright.solvers.data.matching import matches

    yield from program.readings
    try:
        instance = program.instance
    except OptwrightError:
        return  # the outcome says what does not fit
    yield from advice(program)
    if not problem.tables:
        return
    found = matches(instance, problem.tables)
    for match in found:
        yield from match.doubts()
    if any(match.factor is not None for match in found):
        # Not here: the unit that a column is held against is what a model made of the words.
        yield "nothing was converted; 'optwright chat' with the same data converts such columns"


def diagnosis_of(program: Program, candidate: Candidate, warnings: list[str]) -> tuple[str, ...]:
    """Why there is no solution, in the problem's words; a failure to say so is a warning."""
    if candidate.status.has_solution:
        return ()
    from optwright.solvers.analysis.diagnosis import diagnose

    try:
        return tuple(diagnose(program).sentences())
    except OptwrightError as error:
        warnings.append(f"no diagnosis: {error}")
        return ()


def sensitivity_of(program: Program, candidate: Candidate) -> dict[str, dict[str, float]]:
    outcome = candidate.outcome
    assert outcome is not None
    rows = {name: {"slack": slack} for name, slack in outcome.slacks.items()}
    for name, dual in outcome.duals.items():
        rows.setdefault(name, {})["dual"] = dual
    return ranged(program, rows)
