"""Where numbers belong by somebody who knows the words, against where they stand in a draft."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from optwright.agents.checks.check import Check
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.slots.check import SlotCheck, question_of
from optwright.agents.checks.slots.differences import differences
from optwright.agents.checks.slots.ends import ends
from optwright.agents.checks.slots.knowing import KnowingAnnotator
from optwright.agents.checks.slots.model import ModelAnnotator
from optwright.agents.checks.slots.table import Role
from optwright.agents.effort import Effort
from optwright.agents.findings import Fault
from optwright.agents.replies import read_formulation
from optwright.agents.solving import solve
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.solvers.model.formulation import Formulation
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CHOCOLATE, GIFTS, draft, drawn

TEXT = (
    "A zoo moves monkeys by bus or by car. A bus takes 20 monkeys a trip and 30 minutes. A car "
    "takes 6 monkeys a trip and 15 minutes. There can be at most 10 bus trips. At least 60% of the "
    "trips have to be by car. 300 monkeys have to be moved. Minimize the time."
)
BUS = ("at most 10 bus trips", "bus <= 10")
SHARE = ("At least 60% of the trips", "car >= 0.6*(bus + car)")
MONKEYS = ("300 monkeys have to be moved", "20*bus + 6*car >= 300")
TRIPS = {"bus": "trips by bus", "car": "trips by car"}


def zoo(*limits: tuple[str, str], objective: str = "30*bus + 15*car") -> Formulation:
    written = draft(*limits, decisions=TRIPS, sense="minimize", objective=objective)
    return read_formulation(written)


RIGHT = zoo(BUS, SHARE, MONKEYS)


def said(wrong: Formulation) -> list[str]:
    check: Check = SlotCheck(KnowingAnnotator(RIGHT))
    return [f.message for f in check.findings(CheckContext(TEXT, wrong))]


def test_a_right_model_is_not_flagged_however_it_is_written() -> None:
    assert not said(RIGHT)
    assert not said(zoo(("", "10 >= bus"), ("", "0 <= car - 0.6*car - 0.6*bus"), MONKEYS))
    assert not said(zoo(("", "2*bus <= 2*10"), SHARE, ("", "0 >= 300 - 6*car - 20*bus")))


@pytest.mark.parametrize(
    ("limits", "objective", "what"),
    [
        ((BUS, SHARE, MONKEYS), "15*bus + 30*car", "'30' belongs to bus"),
        ((BUS, SHARE, ("", "6*bus + 20*car >= 300")), "", "'20' belongs to bus"),
        ((("", "car <= 10"), SHARE, MONKEYS), "", "'10' limits bus"),
        ((("", "bus >= 10"), SHARE, MONKEYS), "", "'10' is at most"),
        ((("", "bus <= 300"), SHARE, ("", "20*bus + 6*car >= 10")), "", "'300'"),
        (
            (BUS, ("", "car >= 0.6*bus"), MONKEYS),
            "",
            "'60%' is the share that car have",
        ),
        ((BUS, ("", "bus >= 0.6*(bus + car)"), MONKEYS), "", "'60%' is the share that car have"),
        ((BUS, ("", "car <= 0.6*(bus + car)"), MONKEYS), "", "'60%' is at least"),
    ],
)
def test_what_stands_elsewhere_is_found(
    limits: tuple[tuple[str, str], ...], objective: str, what: str
) -> None:
    found = said(zoo(*limits, objective=objective or "30*bus + 15*car"))
    assert any(what in message for message in found), found


def test_a_number_moves_what_it_stands_for_and_nothing_else() -> None:
    found = differences(RIGHT, {})
    assert found is not None
    moved = {place.value: m for place, m in found[1] if place.element == "objective"}
    assert moved[30.0].costs == {"bus"}
    assert not moved[30.0].rows
    nonlinear = zoo(("", "bus*car <= 10"), MONKEYS)
    assert differences(nonlinear, {}) is None


def test_a_share_at_its_ends_shows_part_and_total_written_twice_or_once() -> None:
    for expression in ("car >= 0.6*(bus + car)", "car >= 0.6*bus + 0.6*car"):
        wrong = zoo(BUS, ("share", expression), MONKEYS)
        (end,) = ends(wrong, wrong.constraints[1].name, 0.6, {})
        assert set(end.part) == {"car"}
        assert set(end.total) == {"bus", "car"}


ROLES: list[Mapping[str, Any]] = [
    {"role": "use of one", "decisions": ["regular"], "toward": 5},
    {"role": "worth of one", "decisions": ["regular"]},
    {"role": "use of one", "decisions": ["gift"], "toward": 5},
    {"role": "worth of one", "decisions": ["gift"]},
    {"role": "limit", "decisions": [], "direction": "at most"},
    {"role": "limit", "decisions": ["gift"], "direction": "at most"},
]
FILLED = json.dumps({"numbers": [{"number": at, **r} for at, r in enumerate(ROLES, start=1)]})
SWAPPED = draft(CHOCOLATE, GIFTS, objective="9*regular + 6*gift")


def test_a_model_fills_a_table_from_words_and_decisions_alone() -> None:
    model = ScriptedModel(FILLED)
    annotator = ModelAnnotator(model)
    context = CheckContext(CANDY, read_formulation(SWAPPED))
    slots = annotator.fill(question_of(context)).slots
    assert [slot.role for slot in slots] == [Role(r["role"]) for r in ROLES]
    assert slots[0].toward == 4
    annotator.fill(question_of(context))
    (request,) = model.requests  # the same question is not paid twice
    assert "9*regular" not in request.messages[-1].content
    found = SlotCheck(annotator).findings(context)
    assert {f.fault for f in found} == {Fault.OPINION}
    assert len(found) == 2


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "{}",
        '{"numbers": "none"}',
        ChatReply(FILLED[:200], Finish.LENGTH, Usage(10, 100), "scripted"),
        ChatReply("I will not", Finish.REFUSAL, Usage(10, 10), "scripted"),
    ],
)
def test_a_table_that_cannot_be_read_is_not_judged(reply: str | ChatReply) -> None:
    check = SlotCheck(ModelAnnotator(ScriptedModel(reply)))
    (found,) = check.findings(CheckContext(CANDY, read_formulation(SWAPPED)))
    assert found.fault is Fault.NOT_JUDGED


def test_a_decision_that_is_not_there_leaves_its_slot_open() -> None:
    reply = FILLED.replace('"regular"', '"ordinary"')
    annotator = ModelAnnotator(ScriptedModel(reply))
    slots = annotator.fill(question_of(CheckContext(CANDY, read_formulation(SWAPPED)))).slots
    assert [slot.role for slot in slots[:2]] == [Role.OTHER, Role.OTHER]


def test_numbers_at_the_wrong_decision_are_told_and_not_rewritten() -> None:
    def answer(request: ChatRequest) -> str:
        return FILLED if request.role == "critic" else drawn(request, SWAPPED)

    model = ScriptedModel(answer)
    solution = solve(CANDY, model=model, effort=Effort(slots=True, drafts=2, agreement=2))
    assert not solution.verified
    assert solution.formulation is not None
    assert "9*regular" in solution.formulation.objective.expression.replace(" ", "")
    assert any("'$6'" in e.text or "'6'" in e.text for e in solution.evidence)
