"""The library of insights: kept only if they prove themselves, found by kind, edited as files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.agents.answering import taken_over
from optwright.agents.effort import Effort
from optwright.agents.experience.archetypes import ByModel, ByWords, archetypes
from optwright.agents.experience.insight import Evidence, Insight, Provenance, key_of
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import RandomHints, Retrieved
from optwright.agents.learning.learn import Known, Learner, Reached, p_score
from optwright.agents.learning.lesson import (
    Attempt,
    Lesson,
    of_correction,
    of_repair,
    of_solution,
)
from optwright.agents.learning.teacher import ModelTeacher, joined
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import shipped
from optwright.agents.replies.parse import formulation_of
from optwright.agents.replies.read import read_reply
from optwright.agents.solving import solve
from optwright.errors import InputError, StorageError
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve as solve_program
from optwright.solvers.model.outcome import SolveOptions
from optwright.testing import PerfectReader
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, draft, reworded

REPAIR = "formulator_repair"

FLEET = "A fleet packs parcels into vans that carry 9 crates. How few vans carry all 30 parcels?"
KNAPSACK = "A climber takes some of 8 things worth points, with at most 12 kg in the rucksack."
ONLY_WHOLE = Insight(
    id="aaaa1111",
    archetype="bin_packing",
    condition="parcels go into vans that carry so many crates",
    unless="a parcel may be split",
    explanation="Say that each van is used or not.",
    example="sum(put[i, b] for i in I) <= 9*used[b]",
    evidence=Evidence(solved=("k1",), kept=("k2", "k3"), retrieved=4, helped=3, hurt=1),
    provenance=Provenance(origin="answer", problems=("k1",), model="m", parents=("p1",)),
)


@pytest.mark.parametrize("name", sorted(archetypes()))
def test_the_example_of_every_archetype_solves_to_its_answer(name: str) -> None:
    page = archetypes()[name]
    reply = read_reply(page.program)
    outcome = solve_program(Program(formulation_of(reply), {}), "auto")
    assert not reply.unread
    assert outcome.objective == pytest.approx(page.answer, rel=1e-6)
    for part in (page.what, page.sets, page.mistakes, page.idiom, page.problem):
        assert part


async def test_every_archetypes_own_problem_is_found_under_it() -> None:
    found = {n: await ByWords().names(page.problem) for n, page in archetypes().items()}
    assert [n for n, names in found.items() if names[0] != n] == []


def test_there_are_twenty_archetypes() -> None:
    assert len(archetypes()) == 20


def test_an_insight_is_the_same_after_it_was_a_file() -> None:
    assert Insight.from_text(ONLY_WHOLE.to_text()) == ONLY_WHOLE


def test_a_person_needs_an_archetype_a_condition_and_an_explanation() -> None:
    written = (
        "---\narchetype: routing\n---\n\n## condition\na tour\n\n## explanation\nReturn home.\n"
    )
    read = Insight.from_text(written)
    assert (read.provenance.origin, read.archetype, len(read.id)) == ("hand", "routing", 8)
    with pytest.raises(InputError, match="explanation"):
        Insight.from_text("---\narchetype: routing\n---\n\n## condition\na tour\n")


def test_a_library_is_there_again_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Library(path) as library:
        library.keep([ONLY_WHOLE])
        library.learnt_from(FLEET)
        library.retire("aaaa", "of no use")
    with Library(path) as library:
        assert len(library) == 0
        assert library.everything[0].retired == "of no use"
        assert library.knows(FLEET.replace("30", "44")) == key_of(FLEET)
        assert library.knows(KNAPSACK) == ""


def test_a_file_that_is_no_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_bytes(b"not a database at all" * 50)
    with pytest.raises(StorageError, match="is damaged"):
        Library(path)
    assert path.read_bytes().startswith(b"not a database")


async def test_what_is_told_is_of_the_problems_kind() -> None:
    other = ONLY_WHOLE.model_copy(update={"id": "bbbb", "archetype": "nonlinear"})
    library = Library()
    library.keep([other, ONLY_WHOLE])
    told = await library.retriever().retrieve(FLEET)
    assert told.ids == ("aaaa1111",)
    assert told.archetype == "bin_packing"
    assert "not when a parcel may be split" in told.text
    library.retire("aaaa", "of no use")
    assert (await library.retriever().retrieve(FLEET)).ids == ()


async def test_hints_at_random_can_be_kept_to_other_kinds() -> None:
    library = Library()
    library.keep([ONLY_WHOLE])
    hints = RandomHints(lambda: library.insights, not_of=ByWords())
    told = await hints.retrieve(FLEET)
    assert told.ids == ()
    assert told.archetype not in (await ByWords().names(FLEET))
    assert (await RandomHints(lambda: library.insights).retrieve(FLEET)).ids == ("aaaa1111",)


async def test_a_model_names_the_kind_and_words_do_where_it_does_not() -> None:
    model = ScriptedModel('{"archetypes": ["routing"]}')
    classifier = ByModel(model)
    assert await classifier.names(FLEET) == ["routing"]
    assert await classifier.names(FLEET) == ["routing"]  # not asked twice: the script has one line
    assert (await ByModel(ScriptedModel("no idea")).names(FLEET))[0] == "bin_packing"


def test_the_formulator_reads_what_was_learnt_behind_the_problem() -> None:
    library, asked = Library(), []
    library.keep([ONLY_WHOLE.model_copy(update={"archetype": "product_mix"})])
    library.learnt_from(CANDY)

    def reply(request: ChatRequest) -> str:
        asked.append(request.messages[-1].content)
        return CANDY_DRAFT

    solution = solve(CANDY, model=ScriptedModel(reply), profile="large", hints=library.retriever())
    assert asked[0].startswith(CANDY)
    assert "Usual mistakes:" in asked[0]
    assert solution.objective == 540


class Script:
    """A teacher with its insights, and agents that are right where they are told what to do."""

    def __init__(self, *insights: Insight | None, breaks: str = "") -> None:
        self.insights, self.breaks = list(insights), breaks

    async def extract(self, lesson: Lesson, sample: int = 0) -> Insight | None:
        found = self.insights.pop(0)
        if found is None:
            return None
        provenance = Provenance(origin=lesson.origin, problems=(key_of(lesson.text),))
        return found.model_copy(update={"provenance": provenance})

    async def merged(self, one: Insight, other: Insight) -> Insight | None:
        return joined(one, other) if one.explanation == other.explanation else None

    async def conditions(
        self, insight: Insight, wanted: Sequence[str], unwanted: Sequence[str], count: int
    ) -> list[str]:
        return [f"{insight.condition} {' '.join(wanted)}"]

    async def solve(self, text: str, told: Retrieved) -> Attempt:
        cured = ONLY_WHOLE.explanation in told.text
        spoilt = bool(self.breaks) and self.breaks in told.text and text != FLEET
        right = not spoilt if text != FLEET else cured
        return Attempt("optimal", 4.0 if right else 3.0)


def known(text: str) -> Known:
    return Known(text, 4.0, lambda attempt: attempt.objective == 4.0)


def learner(script: Script, library: Library) -> Learner:
    return Learner(library, script.solve, script, library.retriever())


SISTER = "A carrier puts 12 parcels into vans of 7 crates each. How few vans are there?"


async def test_an_insight_that_solves_its_problem_is_kept_with_what_speaks_for_it() -> None:
    library = Library()
    report = await learner(Script(ONLY_WHOLE), library).study([known(SISTER), known(FLEET)])
    (kept,) = library.insights
    assert kept.evidence.solved == (key_of(FLEET),)
    assert kept.evidence.kept == (key_of(SISTER),)
    assert kept.provenance.origin == "answer"
    assert (report.kept, report.right) == (1, 1)
    assert "4.0" not in kept.to_text()  # no answer of a problem is in the library


async def test_an_insight_that_does_not_solve_its_problem_is_not_kept() -> None:
    idle = ONLY_WHOLE.model_copy(update={"explanation": "Be careful with vans and parcels."})
    library = Library()
    report = await learner(Script(idle, None, ONLY_WHOLE), library).study([known(FLEET)])
    assert [one.explanation for one in library.insights] == [ONLY_WHOLE.explanation]
    assert report.refused == {"does not solve its own problem": 1, "not readable": 1}


async def test_an_insight_that_breaks_a_right_problem_is_not_kept() -> None:
    harmful = ONLY_WHOLE.model_copy(
        update={"explanation": f"{ONLY_WHOLE.explanation} Split parcels."}
    )
    library = Library()
    script = Script(harmful, harmful, harmful, breaks="Split parcels")
    report = await learner(script, library).study([known(SISTER), known(FLEET)])
    assert library.insights == ()
    assert report.refused == {"breaks a problem that was right": 3}


async def test_one_that_breaks_a_problem_met_later_is_retired_then() -> None:
    harmful = ONLY_WHOLE.model_copy(
        update={"explanation": f"{ONLY_WHOLE.explanation} Split parcels."}
    )
    library = Library()
    script = Script(harmful, breaks="Split parcels")
    report = await learner(script, library).study([known(FLEET), known(SISTER)])
    assert library.insights == ()
    assert key_of(SISTER) in library.everything[0].retired
    assert (report.retired, report.right) == (1, 1)


async def test_an_insight_that_its_own_problem_does_not_retrieve_is_not_kept() -> None:
    astray = ONLY_WHOLE.model_copy(update={"archetype": "nonlinear"})
    library = Library()
    teacher = learner(Script(astray, astray, astray), library)
    teacher.retriever.problems = {}  # then it is filed nowhere, and words alone decide
    report = await teacher.study([known(FLEET)])
    assert report.refused == {"not retrieved by its own problem": 3}


async def test_two_that_say_the_same_become_one_with_the_evidence_of_both() -> None:
    library = Library()
    earlier = ONLY_WHOLE.model_copy(update={"id": "older"})
    library.keep([earlier])
    script = learner(Script(ONLY_WHOLE), library)
    lesson = Lesson(FLEET, "answer", "", "", known(FLEET).is_right)
    await script.learn(lesson)
    (kept,) = library.insights
    assert set(kept.provenance.parents) == {"older", "aaaa1111"}
    assert set(kept.evidence.solved) == {"k1", key_of(FLEET)}
    assert script.report.merged == 1


async def test_what_nobody_retrieves_is_retired() -> None:
    library = Library()
    library.keep([ONLY_WHOLE.model_copy(update={"archetype": "routing", "evidence": Evidence()})])
    teacher = learner(Script(), library)
    await teacher.study([known(KNAPSACK)] * 3)
    assert teacher.retire(idle_after=4) == []
    (gone,) = teacher.retire(idle_after=3)
    assert gone.retired == "nobody retrieved it in 3 problems"


async def test_a_condition_that_kept_an_insight_from_its_problem_is_refined() -> None:
    library = Library()
    cure = ONLY_WHOLE.model_copy(
        update={"condition": "loads cannot be cut", "example": "", "evidence": Evidence()}
    )
    decoy = ONLY_WHOLE.model_copy(
        update={"id": "decoy", "condition": "A fleet packs parcels", "explanation": "Be brief."}
    )
    library.keep([cure, decoy])
    teacher = learner(Script(None, None, None), library)
    teacher.retriever.most = 1  # so that the one whose condition is more like the text is told
    await teacher.study([known(FLEET)])
    assert (teacher.report.right, teacher.report.kept) == (0, 0)
    await teacher.refine()
    refined = library.insight(cure.id)
    assert refined.condition == f"loads cannot be cut {FLEET}"
    assert teacher.report.refined == 1
    assert (await teacher.retriever.retrieve(FLEET)).ids == (cure.id,)
    await teacher.study([known(FLEET)])
    assert teacher.report.right == 1


async def test_a_condition_changes_only_where_the_published_score_rises() -> None:
    library = Library()
    vague = ONLY_WHOLE.model_copy(
        update={"archetype": "routing", "condition": "tours", "evidence": Evidence()}
    )
    library.keep([vague])
    teacher = learner(Script(None, None, None), library)
    await teacher.study([known(FLEET)])  # wrong: the insight is filed where nobody looks
    await teacher.refine()
    assert library.insights[0].condition == "tours"  # no wording brings it there
    assert p_score(Reached(["a"], ["b"]), {"a": True, "b": True}) == 0.5


def test_a_repair_that_settled_a_disagreement_teaches() -> None:
    before, after = Attempt("optimal", 3.0, "{}"), Attempt("optimal", 4.0)
    lesson = of_repair(FLEET, before, after, "a sum was missing")
    assert lesson is not None
    assert lesson.origin == "repair"
    assert lesson.is_right(after)
    assert not lesson.is_right(before)
    assert of_repair(FLEET, after, after, "other words") is None


def test_a_users_correction_teaches_where_it_changed_the_answer() -> None:
    lesson = of_correction(
        FLEET, Attempt("infeasible", None), Attempt("optimal", 4.0), "vans hold 9"
    )
    assert lesson is not None
    assert "vans hold 9" in lesson.known
    assert lesson.is_right(Attempt("optimal", 4.0 + 1e-9))


def test_a_solution_with_nothing_against_it_teaches_nothing() -> None:
    solution = solve(CANDY, model=ScriptedModel(lambda _: CANDY_DRAFT), profile="large")
    assert of_solution(CANDY, solution) is None


def test_a_plan_that_a_reader_refuted_teaches_what_is_wrong_and_not_what_is_right() -> None:
    right = formulation_of(read_reply(CANDY_DRAFT))
    solution = solve(
        CANDY,
        model=ScriptedModel(lambda _: draft(CHOCOLATE)),  # nothing of the 40 gift boxes
        profile="large",
        reader=PerfectReader(right),
    )
    lesson = of_solution(CANDY, solution)
    assert not solution.verified
    assert lesson is not None
    assert lesson.origin == "refuted"
    assert "gift" in lesson.known
    assert not lesson.is_right(Attempt("optimal", 720.0))
    assert lesson.is_right(Attempt("optimal", 540.0))
    assert not lesson.is_right(Attempt("infeasible", None))


def test_what_a_user_took_over_teaches_and_what_a_model_picked_does_not() -> None:
    text = (
        "A potter makes mugs for 4 and jars for 7 dollars. A mug takes 2 hours and a jar 4. There "
        "are 41 hours. A mug requires a jar. Earn the most."
    )
    limits = (
        ("There are 41 hours", "2*mugs + 4*jars <= 41"),
        ("A mug requires a jar", "jars >= mugs"),
    )
    made = {"mugs": "number of mugs", "jars": "number of jars"}
    reply = draft(*limits, decisions=made, objective="4*mugs + 7*jars", words="Earn the most")
    solution = solve(text, model=ScriptedModel(lambda _: reply))
    taken = taken_over(Problem(text), solution, 1, "auto", SolveOptions())
    lesson = of_solution(text, taken)
    assert lesson is not None
    assert lesson.origin == "correction"
    assert lesson.is_right(Attempt("optimal", taken.objective))
    assert not lesson.is_right(Attempt("optimal", solution.objective))
    assert of_solution(text, taken.model_copy(update={"picked_by": "model"})) is None


def test_a_repair_that_another_draft_agrees_with_is_kept_with_the_solution_and_teaches() -> None:
    short = draft(CHOCOLATE)
    replies = iter([short, CANDY_DRAFT, reworded(CANDY_DRAFT), reworded(CANDY_DRAFT, "too")])
    effort = Effort(drafts=3, agreement=2)
    model = ScriptedModel(lambda _: next(replies), name="scripted")
    profile = shipped("small").model_copy(update={"repair": shipped("large").repair})
    changed = {"formulator": profile.formulator.model_copy(update={"repair_prompt": REPAIR})}
    profile = profile.model_copy(update=changed)
    solution = solve(CANDY, model=model, profile=profile, effort=replace(effort, repairs=1))
    assert solution.repaired is not None
    assert solution.repaired.objective == 720
    lesson = of_solution(CANDY, solution)
    assert lesson is not None
    assert lesson.origin == "repair"
    assert lesson.is_right(Attempt("optimal", 540.0))


async def test_a_models_reply_becomes_an_insight_and_a_broken_one_none() -> None:
    wrote = (
        '{"archetype": "product_mix", "condition": "sales are limited", "unless": "", '
        '"explanation": "State each limit on sales.", "example": "x[p] <= most[p]"}'
    )
    teacher = ModelTeacher(ScriptedModel(wrote, "nothing", '{"archetype": "no kind"}'))
    lesson = Lesson(CANDY, "answer", draft(CHOCOLATE), "It came to 720.", lambda _: True)
    found = await teacher.extract(lesson)
    assert found is not None
    assert (found.archetype, found.provenance.problems) == ("product_mix", (key_of(CANDY),))
    assert await teacher.extract(lesson, 1) is None
    assert await teacher.extract(lesson, 2) is None


def test_learning_needs_no_loop_of_its_own() -> None:
    report = asyncio.run(learner(Script(ONLY_WHOLE), Library()).study([known(FLEET)]))
    assert str(report).startswith("1 problems, 0 right at once; 1 insights kept")
