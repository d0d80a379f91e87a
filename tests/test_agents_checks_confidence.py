"""Confidence is a number with what it rests on, and checks refuse only where they never erred."""

from __future__ import annotations

from optwright.agents.checks.check import CheckContext
from optwright.agents.checks.confidence import Signals, confidence, threshold
from optwright.agents.checks.plans.question import Reliability
from optwright.agents.checks.registry import CHECKS, LEAST_RIGHT, qualities, quality, refusals
from optwright.agents.replies import read_formulation

EDGE = Reliability(0.05, 0.30)


def test_every_check_was_measured_on_the_corpus() -> None:
    assert {check.name for check in CHECKS} == set(qualities())
    assert all(q.right >= LEAST_RIGHT and q.wrong >= 1000 for q in qualities().values())


def test_a_check_that_was_wrong_about_a_right_model_may_not_refuse() -> None:
    assert not any(q.may_refuse for q in qualities().values() if q.alarms)
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


def test_one_form_alone_is_below_the_threshold() -> None:
    assert confidence(Signals(clean=True)).value < threshold()


def test_two_forms_that_agree_and_have_nothing_against_them_are_above_it() -> None:
    assert confidence(Signals(clean=True, forms=2, drawn=2)).value >= threshold()


def test_every_signal_moves_confidence_the_way_it_should() -> None:
    def value(**signals: object) -> float:
        return confidence(Signals(**{"clean": True, **signals})).value  # type: ignore[arg-type]  # by name

    assert value() > value(clean=False)
    assert value(forms=2, drawn=2) > value() > value(drawn=3)
    assert value(held=True) > value(held=True, reliability=EDGE) > value()
    assert value(held=True) > value(held=True, few=True) > value()
    assert value(clean=False, held=True) >= threshold()


def test_confidence_says_what_it_rests_on() -> None:
    said = str(confidence(Signals(clean=True, held=True, reliability=EDGE)))
    assert "a reader judges all plans as the model does" in said
    assert "checks of words found nothing" in said
