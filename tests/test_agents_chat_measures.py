"""Units in a conversation: converted where both are known, told, undone, and refused otherwise."""

from __future__ import annotations

import pytest

from optwright.agents.chat.interpret.units import number_unit, unit_said
from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.agents.text.quantities import quantities
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.references import CoefficientRef, RhsRef
from tests.chats import (
    CANDY,
    CANDY_TEXT,
    FLOUR,
    FLOUR_TEXT,
    MILLS,
    candy,
    candy_session,
    flour_session,
    flour_tables,
    solved,
)


@pytest.mark.parametrize(
    ("said", "optimum", "note"),
    [
        ("we have 15 kg of chocolate", 597, "15 kg is 15000 grams (1 kg = 1000 grams)"),
        ("chocolate at most 9 kg", 417, "9 kg is 9000 grams (1 kg = 1000 grams)"),
        ("3 more kg of chocolate", 597, "a change of 3 kg is 3000 grams (1 kg = 1000 grams)"),
        ("reduce toffee by 1 kg", 516, "a change of 1 kg is 1000 grams (1 kg = 1000 grams)"),
        ("a gift box takes 0.2 kg of chocolate", 480, "0.2 kg is 200 grams (1 kg = 1000 grams)"),
        ("a gift box earns 950 cents", 560, "950 cents is 9.5 $ (1 $ = 100 cents)"),
        (
            "we have 20 pounds of toffee",
            417,
            "20 pounds is 9071.8474 grams (1 pound = 453.59237 grams)",
        ),
    ],
)
def test_a_number_in_another_unit_is_converted_and_the_factor_is_told(
    said: str, optimum: float, note: str
) -> None:
    with candy_session() as session:
        reply = session.turn(said)
        assert (reply.kind, reply.objective) == (ReplyKind.CHANGED, optimum)
        assert f"assumed: {note}" in [d.words for d in reply.diff]
        assert note in session.turn("assumptions").text
        session.turn("undo")
        assert note not in session.turn("assumptions").text
        assert session.program is not None
        assert session.program.formulation == CANDY


def test_a_trial_in_another_unit_leaves_no_assumption() -> None:
    with candy_session() as session:
        assert session.turn("what if the chocolate limit is 10 kg").objective == 480
        assert "kg" not in session.turn("assumptions").text
        session.turn("keep")
        assert "1 kg = 1000 grams" in session.turn("assumptions").text


@pytest.mark.parametrize("said", ["set chocolate to 15000 grams", "set chocolate to 15000"])
def test_a_number_in_the_same_unit_or_in_none_is_taken_as_it_is(said: str) -> None:
    with candy_session() as session:
        assert [d.element for d in session.turn(said).diff] == ["chocolate"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("the chocolate limit is 3 hours", "3 hours cannot be turned into grams"),
        ("the profit of gift boxes is 10 euros", "10 euros cannot be turned into $"),
    ],
)
def test_what_measures_something_else_is_refused(said: str, words: str) -> None:
    with candy_session() as session:
        reply = session.turn(said)
        assert reply.kind is ReplyKind.REFUSED
        assert words in reply.text
        assert session.history.current == 1


@pytest.mark.parametrize("ends", ["8 kg to 16 kg", "8 to 16 kg"])
def test_the_ends_of_a_sweep_are_converted_and_that_is_told(ends: str) -> None:
    with candy_session() as session:
        text = session.turn(f"sweep chocolate from {ends}").text
        assert "objective from 354 at 8,000 to 615 at 16,000" in text
        assert "8 kg is 8000 grams (1 kg = 1000 grams); 16 kg is 16000 grams" in text
        assert session.turn("sweep chocolate from 1 to 3 hours").kind is ReplyKind.REFUSED


def test_what_one_more_is_worth_says_of_which_unit() -> None:
    with candy_session() as session:
        text = session.turn("how much is one more kg of chocolate worth").text
        assert "for one of the model's units: 1 kg is 1000 grams" in text
        assert "units" not in session.turn("how much is one more gram of chocolate worth").text


def test_a_unit_only_the_registry_knows_is_converted_too() -> None:
    pytest.importorskip("pint")
    with candy_session() as session:
        reply = session.turn("set chocolate to 2 stone")
        assert "(1 stone = 6350.29318 grams)" in reply.diff[-1].words


def test_a_word_nobody_knows_is_asked_about() -> None:
    with candy_session() as session:
        reply = session.turn("set chocolate to 13 unicorns")
        assert reply.kind is ReplyKind.QUESTION
        assert "The model has no 'unicorn'" in reply.questions[0].text


def test_what_is_written_in_another_unit_than_its_words_is_known_by_the_ratio() -> None:
    work = CANDY.constraints[0].model_copy(
        update={"name": "work", "expression": "3*regular + 2*gift <= 180", "text": "3 hours"}
    )
    program = Program(CANDY.model_copy(update={"constraints": (work,)}))
    assert number_unit(program, RhsRef(row="work")) == "minutes"
    gift = CoefficientRef(element="chocolate", decision="gift")
    assert number_unit(candy(), gift, CANDY_TEXT) == "grams"
    assert number_unit(candy(), gift) == ""


@pytest.mark.parametrize(
    ("text", "unit"),
    [("at most 30 kg", "kg"), ("earns $6", "$"), ("5 km per hour", "km per hour"),
     ("40 square metres", "square metres"), ("30 gift boxes", None), ("plain 30", None)],
)  # fmt: skip
def test_units_stand_before_and_behind_numbers(text: str, unit: str | None) -> None:
    (quantity,) = quantities(text)
    found = unit_said(text, quantity)
    assert (found.text if found else None) == unit


# Tables


def test_a_table_in_another_unit_is_converted_into_the_column_the_model_reads() -> None:
    with flour_session() as session:
        kilograms = from_columns("mills", {"mill": [*MILLS], "kg": [60_000, 80_000, 100_000]})
        reply = session.attach({"mills": kilograms})
        assert reply.kind is ReplyKind.CHANGED
        assert reply.diff[0].after == "capacity[Weir] = 60"
        assert "column 'kg' of table 'mills' was multiplied by 0.001" in reply.diff[1].words
        assert "multiplied by 0.001" in session.turn("assumptions").text
        session.turn("undo")
        assert session.program is not None
        assert session.program.tables == flour_tables()


def test_a_table_that_measures_something_else_is_refused() -> None:
    reads = FLOUR.parameters[1].column
    assert reads is not None
    named = FLOUR.parameters[1].model_copy(
        update={"column": reads.model_copy(update={"value": "capacity_tons"})}
    )
    model = FLOUR.model_copy(
        update={"parameters": (FLOUR.parameters[0], named, FLOUR.parameters[2])}
    )
    mills = from_columns("mills", {"mill": [*MILLS], "capacity_tons": [*MILLS.values()]})
    tables = flour_tables() | {"mills": mills}
    with ChatSession(None, Settings(model=None)) as session:
        session.adopt(Problem(FLOUR_TEXT, tables), solved(model))
        hours = from_columns("mills", {"mill": [*MILLS], "capacity_hours": [1, 2, 3]})
        reply = session.attach({"mills": hours})
        assert reply.kind is ReplyKind.REFUSED
        assert "is in hours, which cannot be turned into tons" in reply.text
        assert session.history.current == 1


def test_a_model_stated_in_another_unit_than_its_data_is_told_and_undone() -> None:
    capacity = FLOUR.parameters[1].model_copy(update={"unit": "kg"})
    model = FLOUR.model_copy(
        update={"parameters": (FLOUR.parameters[0], capacity, FLOUR.parameters[2])}
    )
    with ChatSession(None, Settings(model=None)) as session:
        reply = session.adopt(Problem(FLOUR_TEXT, flour_tables()), solved(model))
        assert reply.kind is ReplyKind.SOLVED
        assert "converted; 'undo'" in reply.text
        assert "capacity[Weir] = 120000" in reply.diff[0].after
        assert "multiplied by 1000" in session.turn("assumptions").text
        session.turn("undo")
        assert session.program is not None
        assert session.program.formulation == model
