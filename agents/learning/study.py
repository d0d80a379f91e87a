"""Learning with real agents: from problems with known answers, and from runs without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optwright.agents.batch import in_a_thread
from optwright.agents.experience.insight import Insight
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import Retrieved
from optwright.agents.learning.learn import Known, Learner, Report
from optwright.agents.learning.lesson import Attempt, Lesson, of_solution
from optwright.agents.learning.teacher import ModelTeacher, Teacher
from optwright.agents.profiles.profile import Profile
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.agents.tuning import Answered, AnsweredRow, Right, is_close, is_right
from optwright.serving.chat import ChatModel
from optwright.serving.sync import run


@dataclass(frozen=True)
class Fixed:
    """Tells what it was given, whatever the problem."""

    what: Retrieved

    async def retrieve(self, text: str) -> Retrieved:
        return self.what


@dataclass
class Agents:
    """`solve` with what is told; `files` are those of a problem, by its text."""

    model: ChatModel
    profile: Profile | str | None = None
    solver: str = "auto"
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)

    async def solve(self, text: str, told: Retrieved) -> Attempt:
        """An attempt at a problem. What the agents cannot be asked is an error, as in `solve`."""
        solution = await in_a_thread(
            lambda: solve(
                text if "\n" in text else f"{text}\n",  # a text, whatever it looks like
                self.files.get(text, ()),
                self.model,
                profile=self.profile,
                solver=self.solver,
                hints=Fixed(told),
            )
        )
        return attempt_of(solution)


def attempt_of(solution: Solution) -> Attempt:
    """A solution as an attempt that can be learnt from."""
    program = "" if solution.formulation is None else solution.formulation.to_json()
    against = [e.text for e in solution.evidence if not e.supports]
    words = " ".join([*solution.questions, *against, *solution.diagnosis])
    return Attempt(solution.status.value, solution.objective, program, words[:2000])


def known_of(row: AnsweredRow, right: Right = is_close) -> Known:
    """A row as a problem whose answer is known."""

    def check(attempt: Attempt) -> bool:
        answered = Answered(attempt.status, attempt.objective, False, "")
        return is_right(row, answered, right)

    return Known(row.question, row.answer, check)


def learn_from_rows(
    library: Library,
    rows: Iterable[AnsweredRow],
    model: ChatModel,
    teacher: ChatModel | Teacher,
    *,
    profile: Profile | str | None = None,
    solver: str = "auto",
    right: Right = is_close,
) -> Report:
    """Work through problems whose answers are known, and keep what proves itself; at the end
    conditions are refined and what is of no use is retired."""
    rows = list(rows)
    agents = Agents(model, profile, solver, {row.question: row.files for row in rows})
    learner = Learner(library, agents.solve, _teacher(teacher), library.retriever())

    async def study() -> Report:
        await learner.study(known_of(row, right) for row in rows)
        await learner.refine()
        learner.retire()
        return learner.report

    return run(study())


def learn_from_solution(
    library: Library,
    text: str,
    solution: Solution,
    model: ChatModel,
    teacher: ChatModel | Teacher,
    *,
    files: Sequence[str | Path] = (),
    profile: Profile | str | None = None,
) -> Insight | None:
    """Learn from a solved problem whose answer nobody knows: from a plan that a reader refuted,
    from what a user took over in its place, or from a repair that another draft agreed with. None
    where it teaches nothing or nothing proves itself."""
    lesson = of_solution(text, solution)
    if lesson is None:
        return None
    return learn_from_lesson(library, lesson, model, teacher, files=files, profile=profile)


def learn_from_lesson(
    library: Library,
    lesson: Lesson,
    model: ChatModel,
    teacher: ChatModel | Teacher,
    *,
    files: Sequence[str | Path] = (),
    profile: Profile | str | None = None,
) -> Insight | None:
    """Learn from one lesson; None where nothing proves itself."""
    text = lesson.text
    agents = Agents(model, profile, files={text: tuple(map(str, files))})
    learner = Learner(library, agents.solve, _teacher(teacher), library.retriever())
    return run(learner.learn(lesson))


def _teacher(given: ChatModel | Teacher) -> Teacher:
    return given if isinstance(given, Teacher) else ModelTeacher(given)
