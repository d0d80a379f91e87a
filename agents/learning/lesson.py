"""Failures that teach: an answer that was missed, and three kinds without a known answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isclose

from optwright.agents.experience.insight import Origin
from optwright.agents.solution import Solution
from optwright.solvers.model.outcome import Status

CLOSE = 1e-6


@dataclass(frozen=True)
class Attempt:
    """What agents came to: how it ended, the optimum, and the program as JSON."""

    status: str
    objective: float | None
    program: str = ""
    words: str = ""
    """What checks and solver said."""


Check = Callable[[Attempt], bool]
"""Whether an attempt is right."""


@dataclass(frozen=True)
class Lesson:
    """A problem that was got wrong: what was written, what is known about it, and how to tell that
    an attempt gets it right."""

    text: str
    origin: Origin
    written: str
    known: str
    is_right: Check


def of_answer(text: str, wanted: float | str, attempt: Attempt, is_right: Check) -> Lesson:
    """A problem whose answer is known and was missed."""
    shown = f"{wanted:.10g}" if isinstance(wanted, float) else wanted
    came = attempt.status if attempt.objective is None else f"{attempt.objective:.10g}"
    known = f"It came to {came}; right is {shown}. {attempt.words}".strip()
    return Lesson(text, "answer", attempt.program, known, is_right)


def of_solution(text: str, solution: Solution) -> Lesson | None:
    """What a solved problem teaches without a known answer; None for nothing.

    A user who took over another reading (`optwright runs accept`) corrected the model: right is
    what that came to. A model that picked one corrected nobody. A plan that a reader refuted says
    how the program differs from the words: right is what no longer comes to the same. A repair
    with which another draft agreed says what was wrong before: right is what it came to.
    """
    if (
        solution.picked is not None
        and solution.picked_by == "user"
        and solution.objective is not None
    ):
        return Lesson(
            text,
            "correction",
            "" if solution.formulation is None else solution.formulation.to_json(),
            f"A user corrected it: {solution.picked.condition}.",
            _comes_to(solution.status.value, solution.objective),
        )
    if solution.plans.refutes:
        refuted = _comes_to(solution.status.value, solution.objective)
        return Lesson(
            text,
            "refuted",
            "" if solution.formulation is None else solution.formulation.to_json(),
            "Whoever read plans of it by the words refused one: "
            + "; ".join(solution.plans.mismatches),
            lambda attempt: attempt.status == Status.OPTIMAL.value and not refuted(attempt),
        )
    if solution.repaired is not None:
        was = solution.repaired
        before = Attempt(was.status.value, was.objective, was.program)
        after = Attempt(solution.status.value, solution.objective)
        return of_repair(text, before, after, was.found)
    return None


def of_repair(text: str, before: Attempt, after: Attempt, found: str) -> Lesson | None:
    """What a repair teaches that settled a disagreement: two drafts differed, one was corrected,
    and then they agreed. None where the correction changed no answer."""
    if _comes_to(before.status, before.objective)(after):
        return None
    known = f"Another draft disagreed, and this one was corrected: {found}"
    right = _comes_to(after.status, after.objective)
    return Lesson(text, "repair", before.program, known, right)


def of_correction(text: str, before: Attempt, after: Attempt, said: str) -> Lesson | None:
    """What a user's words in a conversation teach, where they changed the model's answer."""
    if _comes_to(before.status, before.objective)(after):
        return None
    right = _comes_to(after.status, after.objective)
    return Lesson(text, "correction", before.program, f"A user corrected it: {said}", right)


def _comes_to(status: str, objective: float | None) -> Check:
    def check(attempt: Attempt) -> bool:
        if attempt.status != status or (attempt.objective is None) != (objective is None):
            return False
        if objective is None or attempt.objective is None:
            return True
        return isclose(attempt.objective, objective, rel_tol=CLOSE, abs_tol=CLOSE)

    return check
