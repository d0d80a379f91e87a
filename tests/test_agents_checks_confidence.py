"""Confidence is a number with what it rests on, and checks refuse only where they never erred."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.agents.checks import confidence as counted_in
from optwright.agents.checks.confidence import Signals, confidence, threshold
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.registry import CHECKS, LEAST_RIGHT, qualities, quality, refusals
from optwright.agents.replies import read_formulation

EDGE = {"wrong": 0.05, "shared": 0.30}


def test_what_was_measured_on_the_corpus_are_checks() -> None:
    assert set(qualities()) <= {check.name for check in CHECKS}
    assert all(q.right >= LEAST_RIGHT and q.wrong >= 1000 for q in qualities().values())


def test_a_check_that_was_wrong_about_a_right_model_may_not_refuse() -> None:
    assert not any(q.may_refuse for q in qualities().values() if q.alarms or q.elsewhere)
    assert not quality("a check that is new").may_refuse


def test_a_right_model_is_refused_by_nothing() -> None:
    reply = (
        '{"decisions": [{"name": "x"}], "objective": {"sense": "maximize", "expression": "x"}, '
        '"limits": [{"expression": "x <= 480"}]}'
    )
    context = CheckContext(
        "Of Area 2 use at most 480. As much as possible.", read_formulation(reply)
    )
    assert refusals(context) == ()


def test_two_forms_that_agree_and_have_nothing_against_them_reach_the_threshold() -> None:
    assert confidence(Signals(clean=True, forms=2, drawn=2)).value >= threshold()
    assert confidence(Signals(clean=False, forms=2, drawn=2)).value < threshold()


def test_every_signal_moves_confidence_the_way_it_should() -> None:
    def value(**signals: object) -> float:
        return confidence(Signals(**{"clean": True, **signals})).value

    assert value() > value(clean=False)
    assert value(forms=2, drawn=2) > value() > value(drawn=3)
    assert value(held=True) > value(held=True, **EDGE) > value()
    assert value(held=True) > value(held=True, few=True) > value()
    assert value(clean=False, held=True) >= threshold()
    assert value(refuted=True) < value(refuted=True, **EDGE) < value()


def test_confidence_has_an_interval_and_says_what_it_rests_on() -> None:
    found = confidence(Signals(clean=True, held=True))
    assert found.low < found.value < found.high <= 1
    counted, read = found.rests_on
    assert "of 94 such answers of the embedded model were right" in counted
    assert "a reader judges all plans as the model does (odds x" in read


def test_what_confidence_rests_on_was_counted_and_every_kind_of_answer_is_there() -> None:
    content = json.loads(Path(counted_in.__file__ or "").with_name("confidence.json").read_text())
    assert all("python -m optwright.benchmarks" in command for command in content["made_by"])
    assert len(content["kinds"]) == 8
