from dataclasses import replace

import pytest

from optwright.benchmarks.comparing import paired
from optwright.errors import InputError
from tests.benchmark_runs import run


def test_two_systems_are_compared_on_the_problems_both_tried() -> None:
    first = run("optwright", [True, True, True, False], tokens=900)
    second = run("direct", [True, False, None], tokens=300)
    found = paired(first, second)
    assert (found.accuracy[0].right, found.accuracy[1].right) == (3, 1)
    assert found.tokens == (900.0, 300.0)
    assert found.first_only == ("chairs-1", "chairs-2")
    assert "difference +66.7 points" in found.sentences()[2]


def test_problems_that_one_alone_tried_are_counted() -> None:
    found = paired(run("optwright", [True] * 4), run("direct", [True, False]))
    assert found.left_out == (2, 0)
    assert "left out: 2 problems that only optwright tried, 0" in found.sentences()[-1]


def test_scores_by_different_labels_are_not_compared() -> None:
    corrected = run("direct", [True])
    corrected = replace(corrected, tasks=(replace(corrected.tasks[0], label=7.0),))
    with pytest.raises(InputError, match=r"label 30\.0 in one measurement and by 7\.0"):
        paired(run("optwright", [True]), corrected)


def test_runs_of_one_system_are_told_apart() -> None:
    found = paired(run("direct", [True]), run("direct", [True], model="openai/gpt"))
    assert (found.first, found.second) == ("direct (model local)", "direct (model openai/gpt)")


def test_runs_without_a_common_problem_are_not_compared() -> None:
    with pytest.raises(InputError, match="share no problem"):
        paired(run("a", [True], dataset="chairs"), run("b", [True], dataset="tables"))


def test_problems_that_only_share_their_number_are_not_compared() -> None:
    other = run("b", [True], question="How many tables?")
    with pytest.raises(InputError, match="'chairs-0' of 'chairs' and of 'chairs' are two problems"):
        paired(run("a", [True]), other)


def test_a_rule_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match="there is no rule 'loose'") as refused:
        paired(run("a", [True]), run("b", [True]), "loose")
    assert "rounded" in refused.value.hint
