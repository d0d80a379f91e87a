"""The scripted learner of the learning curve, and what schedulers do where they alone decide."""

from __future__ import annotations

from optwright.agents.experience.archetypes import archetypes
from optwright.agents.experience.retrieve import as_told
from optwright.agents.learning.lesson import of_answer
from optwright.agents.text.nearness import Texts
from optwright.benchmarks.branches import simulated, wilson
from optwright.benchmarks.learning_curve import (
    Agents,
    Script,
    apart,
    faults,
    known_of,
)
from optwright.benchmarks.synthesis.families import families
from optwright.benchmarks.synthesis.problems import Selection, problems

TRANSPORT = Selection(families=("max_flow",), styles=("plain",), engines=1, size=1)


def test_every_family_has_an_archetype_and_a_known_fault() -> None:
    assert set(families()) == set(faults())
    assert {family.archetype for family in families().values()} <= set(archetypes())


async def test_the_learner_is_right_once_it_is_told_what_it_leaves_out() -> None:
    (problem,) = problems(3, 1, TRANSPORT)
    script = Script({problem.text: problem}, known={problem.family: problem_limit()})
    agents, known = Agents(script), known_of(problem)
    wrong = await agents.solve(problem.text, as_told([]))
    assert not known.is_right(wrong)
    lesson = of_answer(problem.text, known.wanted, wrong, known.is_right)
    insight = await script.extract(lesson)
    assert insight is not None
    assert known.is_right(await agents.solve(problem.text, as_told([insight])))


def problem_limit() -> str:
    return families()["max_flow"].limits[0].name


def test_nothing_that_is_learnt_from_repeats_a_test() -> None:
    tests = list(problems(1001, 3, Selection(families=("max_flow",), engines=1, size=1)))
    train, left_out = apart(1, tests, 2)
    known = Texts()
    for one in train:
        known.add(one.id, one.text)
    assert len(train) + left_out <= 12
    assert [known.like(test.text) for test in tests] == ["", "", ""]


def test_ucb_finds_the_good_plan_more_often_than_greed() -> None:
    quality = (0.1, 0.6, 0.05)
    assert simulated("ucb", quality, 2_000)[0] > simulated("greedy", quality, 2_000)[0] + 0.05


def test_an_interval_of_a_share_stays_within_0_and_1() -> None:
    low, high = wilson(10, 10)
    assert 0.0 < low < 1.0
    assert abs(high - 1.0) < 1e-9
