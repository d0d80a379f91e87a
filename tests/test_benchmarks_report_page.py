import re

import pytest

from optwright.benchmarks.report_charts import Point, plane
from optwright.benchmarks.report_page import html, labels
from optwright.benchmarks.totals import Share
from optwright.errors import InputError
from tests.benchmark_runs import run

EVIL = "</pre></details><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_a_page_shows_each_system_and_each_problem() -> None:
    page = html([run("optwright", [True, True, False]), run("direct", [True, None, None])])
    for words in ("2 of 3", "1 of 3", "optwright against direct", "no answer: code", "chairs-2"):
        assert words in page
    assert page.count('class="problem"') == 3


def test_a_problem_is_shown_with_formulation_code_trace_and_calls() -> None:
    page = html([run("optwright", [True])])
    for words in ("3 chairs", "model = pyo.ConcreteModel()", "draft 1", "call 1: coder"):
        assert words in page


def test_what_a_model_or_a_data_set_wrote_stays_text() -> None:
    measured = run(EVIL, [True, None], dataset=EVIL, question=EVIL, model=EVIL)
    page = html([measured])
    assert page.count("<script") == 1
    assert "<img" not in page


def test_a_page_asks_for_nothing() -> None:
    page = html([run("optwright", [True])])
    assert not re.search(r"(?:src|href|action)=|url\(|@import|https?:", page)


def test_a_page_is_the_same_each_time() -> None:
    runs = [run("optwright", [True, False]), run("direct", [False, False])]
    assert html(runs) == html(runs)


def test_runs_that_share_no_problem_are_shown_without_a_comparison() -> None:
    page = html([run("a", [True], dataset="chairs"), run("b", [True], dataset="tables")])
    assert "against b" not in page
    assert "<h2>tables</h2>" in page


def test_problems_further_on_have_a_part_of_their_own() -> None:
    page = html([run("a", [True]), run("b", [True], before=80)])
    assert "<h2>chairs</h2>" in page
    assert "<h2>chairs after the first 80</h2>" in page


def test_runs_of_one_system_have_names_of_their_own() -> None:
    twice = [run("direct", [True]), run("direct", [True])]
    assert labels([run("direct", [True]), run("direct", [True], model="m")]) == [
        "direct (local)",
        "direct (m)",
    ]
    assert labels(twice) == ["direct (local) #1", "direct (local) #2"]


def test_a_system_that_asked_nothing_is_left_out_of_the_picture_of_costs() -> None:
    assert plane([Point("free", Share(1, 2), 0.0)]) == ""
    assert ">dear</text>" in plane([Point("dear", Share(1, 2), 5e6), Point("x", Share(0, 2), 1.0)])


def test_nothing_measured_is_nothing_to_report() -> None:
    with pytest.raises(InputError, match="no measurement"):
        html([])
