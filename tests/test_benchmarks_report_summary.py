import json
from dataclasses import replace

from optwright.benchmarks.report_summary import ending, summary, to_json
from optwright.benchmarks.system import Stage
from tests.benchmark_runs import attempt, record, run


def test_a_summary_counts_how_attempts_ended() -> None:
    found = summary(run("direct", [True, False, None]))
    assert found["endings"] == {"no answer: code": 1, "right": 1, "wrong": 1}
    assert found["tokens_a_right_answer"] == 3000.0
    assert [row["ending"] for row in found["rows"]] == ["right", "wrong", "no answer: code"]


def test_wrong_answers_are_told_apart_by_what_the_system_said_of_them() -> None:
    wrong = attempt(right=False)
    flagged = wrong.model_copy(update={"failed_at": Stage.VERIFICATION})
    assert ending(record("t", "s", attempt(right=False, verified=True))) == "wrong and verified"
    assert ending(record("t", "s", flagged)) == "wrong and flagged"
    assert ending(record("t", "s", wrong).model_copy(update={"scores": {}})) == "no usable label"


def test_a_summary_is_the_same_whatever_the_clock_said() -> None:
    measured = run("direct", [True, False])
    slower = replace(measured, wall_s={("chairs-0", 0): 99.0})
    assert to_json(measured) == to_json(slower)
    assert json.loads(to_json(measured))["dataset"] == "chairs"


def test_without_a_right_answer_none_has_a_price() -> None:
    assert summary(run("direct", [False]))["tokens_a_right_answer"] is None
