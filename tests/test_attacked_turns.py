"""What comes of the turns of `attacked_turns`: with a model that reads well, and with others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import apply
from optwright.solvers.edit.references import ParameterRef, read, references, write
from optwright.solvers.edit.values import AddMember
from optwright.testing import ScriptedModel
from tests import test_agents_chat_turns as turns
from tests.attacked_turns import TURNS
from tests.chats import solved
from tests.test_agents_chat_turns import Came
from tests.turn_models import Told
from tests.turns_spoken import Spoken

ROWS = (Path(__file__).parent / "cases" / "attacked.jsonl").read_text("utf-8").splitlines()
CASES = {case["id"]: case for case in map(json.loads, ROWS)}
NAMES = {
    "coffee": "roastery",
    "halls": "bakery-halls",
    "keepers": "keepers-in-a-row",
    "hay": "hay-months",
    "tutors": "tutors",
}


GARBAGE = "The model has thought about it, and the answer is 42 {]"


@cache
def told(name: str) -> Told:
    """A model that people talk about, from the case with its right reply."""
    case = CASES[NAMES[name]]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{table}.csv" for table in case["tables"]]
        for file, table in zip(files, case["tables"].values(), strict=True):
            file.write_text(table, "utf-8")
        problem = Problem.read(f"{case['text']}\n", files)
    replied = json.dumps(case["reply"]).replace(
        '"away", "indices"', '"away", "kind": "text", "indices"'
    )
    return Told(case["text"], read_formulation(replied), problem.tables)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ChatSession]]:
    opened: dict[str, ChatSession] = {}
    monkeypatch.setattr(turns, "MODELS", {name: told(name) for name in NAMES})
    yield opened
    for session in opened.values():
        session.close()


def counted(
    opened: dict[str, ChatSession], reply_of: Callable[[Spoken], Any], every: int
) -> tuple[Counter[Came], list[tuple[Came, str, str]]]:
    came, shown = Counter[Came](), list[tuple[Came, str, str]]()
    for turn, _ in TURNS[::every]:
        found, reply = turns.taken(opened, turn, reply_of(turn))
        came[found] += 1
        if found is not Came.RIGHT:
            shown.append((found, turn.said, reply.text))
    return came, shown


def misread(opened: dict[str, ChatSession], every: int) -> list[tuple[str, str]]:
    """Misreadings that were done or answered without asking."""
    silent = []
    for turn, wrong in TURNS[::every]:
        if not wrong:
            continue
        reply = {**turn.reply, "intents": [{"words": turn.said, **intent} for intent in wrong]}
        _, first = turns.taken(opened, turn, reply)
        if first.kind not in (ReplyKind.CONFIRM, ReplyKind.REFUSED, ReplyKind.QUESTION):
            silent.append((turn.said, first.text))
    return silent


@pytest.mark.slow
def test_all_turns_are_right_or_asked_about_rightly(sessions: dict[str, ChatSession]) -> None:
    came, shown = counted(sessions, lambda turn: turn.reply, 1)
    assert came[Came.RIGHT] + came[Came.ASKED_RIGHTLY] == len(TURNS), shown
    assert came[Came.RIGHT] >= 18, shown


@pytest.mark.slow
def test_no_misreading_is_done_in_silence(sessions: dict[str, ChatSession]) -> None:
    assert not misread(sessions, 1)


@pytest.mark.slow
def test_with_a_useless_model_nothing_is_wrong_in_silence(
    sessions: dict[str, ChatSession],
) -> None:
    came, shown = counted(sessions, lambda _: GARBAGE, 1)
    assert came[Came.SILENTLY_WRONG] == 0, shown


SEEN_WRONG = (
    "Could a single hall do the job?",
    "on Tuesday and Thursday we want one keeper more",
    "a new keeper, Gus, takes 115 a day and is away on Tuesdays",
)


@pytest.mark.parametrize("said", SEEN_WRONG)
def test_what_was_once_misread_in_silence_is_asked(
    sessions: dict[str, ChatSession], said: str
) -> None:
    ((turn, wrong),) = [pair for pair in TURNS if pair[0].said == said]
    reply = {**turn.reply, "intents": [{"words": said, **intent} for intent in wrong]}
    _, first = turns.taken(sessions, turn, reply)
    assert first.kind is ReplyKind.CONFIRM


def test_a_model_with_an_attribute_can_be_talked_about(sessions: dict[str, ChatSession]) -> None:
    """The day on which somebody is away has no number, so it stands among none."""
    ((turn, _),) = [pair for pair in TURNS if pair[0].said == "show me Cora's week"]
    came, _ = turns.taken(sessions, turn, turn.reply)
    assert came is Came.RIGHT
    program = Program(told("keepers").formulation, told("keepers").tables)
    assert ParameterRef(name="away") not in references(program)


def test_the_text_that_a_new_member_lacks_is_asked_for(sessions: dict[str, ChatSession]) -> None:
    model = told("keepers")
    adds = {"do": "add_member", "words": "a new keeper, Gus, takes 115", "set": "P",
            "member": "Gus", "values": {"rate": 115}}  # fmt: skip
    with ChatSession(
        None, Settings(model=ScriptedModel(json.dumps({"intents": [adds]}), name="some"))
    ) as session:
        session.adopt(Problem(model.text, dict(model.tables)), solved(model.formulation))
        asked = session.turn("a new keeper, Gus, takes 115")
        while asked.kind is ReplyKind.CONFIRM:
            asked = session.turn("yes")
        assert "one of Sat, Mon, Wed, Fri, Sun" in asked.questions[0].text
        assert session.turn("wed").kind is ReplyKind.CHANGED
        assert session.program is not None
        assert session.program.tables["keepers"].column("cannot").cells[-1] == "Wed"


def test_a_cell_of_a_wide_table_is_changed_alone() -> None:
    hay = Program(told("hay").formulation, told("hay").tables)
    cell = ParameterRef(name="spare", at=("Vik", "October"))
    after = write(hay, cell, lambda _: 45.0)
    assert read(after, cell) == 45.0
    assert after.tables["spare"].column("October").cells == [45.0, 50]
    every = write(hay, ParameterRef(name="spare"), lambda value: 2 * value)
    assert every.tables["spare"].column("December").cells == [60.0, 100.0]


def test_a_new_row_of_a_wide_table_is_a_new_member_and_a_new_head_is_none() -> None:
    tutors = Program(told("tutors").formulation, told("tutors").tables)
    marks = {"Greek": 9.0, "Latin": 1.0, "Piano": 2.0, "Chess": 3.0}
    after = apply(tutors, [AddMember(set="P", member="Fay", values={"rating": marks})])
    assert read(after, ParameterRef(name="rating", at=("Fay", "Greek"))) == 9.0
    with pytest.raises(InputError, match="wide table"):
        apply(tutors, [AddMember(set="K", member="Dance", values={"rating": 5.0})])


def test_one_more_unit_of_a_bound_is_worth_what_the_solver_says(
    sessions: dict[str, ChatSession],
) -> None:
    ((turn, _),) = [pair for pair in TURNS if "bale of room up there" in pair[0].said]
    came, first = turns.taken(sessions, turn, turn.reply)
    assert came in (Came.RIGHT, Came.ASKED_RIGHTLY)
    assert "most that loft may be" in first.text
