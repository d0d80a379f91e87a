"""What tables leave open is asked in the conversation, and read again as it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from optwright.agents.chat.reply import Reply, ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.testing import ScriptedModel
from tests.chats import solved
from tests.turn_models import MODELS

OPEN = "town,demand\nLyon,1.500\nMetz,2.750\n"
TWO = "Ort;Bedarf\nUlm;1.500\nBonn;2.750\nKiel;3.100\nMittel;2.450\nMaximum;3.100\n"


@pytest.fixture
def session() -> ChatSession:
    return ChatSession(None, Settings(model=None))


def _brought(session: ChatSession, folder: Path, text: str) -> Reply:
    path = folder / "d.csv"
    path.write_text(text, encoding="utf-8")

    def again(said: Mapping[str, Sequence[str]]) -> Mapping[str, Table]:
        return load([path], said)

    return session.attach(again({}), again=again)


def test_what_a_file_leaves_open_is_asked_with_what_each_answer_leads_to(
    session: ChatSession, tmp_path: Path
) -> None:
    reply = _brought(session, tmp_path, OPEN)
    assert reply.kind is ReplyKind.QUESTION
    (question,) = reply.questions
    assert "is 1.500 1.5 or 1,500?" in question.text
    assert [o.consequence for o in question.options] == [
        "row 2 is town Lyon, demand 1.5",
        "row 2 is town Lyon, demand 1500",
    ]


@pytest.mark.parametrize(("answer", "first"), [("1", 1.5), ("2", 1500), ("1.500 is 1,500", 1500)])
def test_an_answer_reads_the_table_again(
    session: ChatSession, tmp_path: Path, answer: str, first: float
) -> None:
    _brought(session, tmp_path, OPEN)
    reply = session.turn(answer)
    assert (reply.kind, reply.questions) == (ReplyKind.ANSWER, ())
    assert session.tables["d"].numbers("demand")[0] == first
    assert not (tmp_path / "d.csv.toml").exists()


def test_questions_come_one_after_the_other(session: ChatSession, tmp_path: Path) -> None:
    reply = _brought(session, tmp_path, TWO)
    assert "more to come" in reply.questions[0].text
    reply = session.turn("1")
    assert "only sum up" in reply.questions[0].text
    session.turn("2")
    assert [row[0] for row in session.tables["d"].rows] == ["Ulm", "Bonn", "Kiel"]


def test_a_problem_waits_for_what_its_tables_leave_open(tmp_path: Path) -> None:
    model = ScriptedModel('{"questions": ["How many trucks are there?"]}', name="asks")
    session = ChatSession(None, Settings(model=model))
    _brought(session, tmp_path, OPEN)
    reply = session.turn("Ship what the towns of the table need. Minimize the cost.")
    assert "about the tables first" in reply.text
    assert not model.requests
    session.turn("2")
    assert model.requests
    assert session.tables["d"].numbers("demand")[0] == 1500


def test_a_line_of_corrections_is_a_turn(session: ChatSession, tmp_path: Path) -> None:
    _brought(session, tmp_path, "town,demand\nLyon,3\nMetz,4\n")
    session.turn('tables.d.columns.demand.name = "tons"')
    assert [c.name for c in session.tables["d"].columns] == ["town", "tons"]
    refused = session.turn("tables.other.leave = true")
    assert refused.kind is ReplyKind.REFUSED
    assert "was not found" in refused.text
    assert [c.name for c in session.tables["d"].columns] == ["town", "tons"]


def test_a_new_table_of_a_model_is_read_again_too(session: ChatSession, tmp_path: Path) -> None:
    told = MODELS["pumps"]
    session.adopt(Problem(told.text, dict(told.tables)), solved(told.formulation))
    path = tmp_path / "plan.csv"
    rows = "".join(f"2026-0{k},{k}.500,10\n" for k in range(1, 7))
    path.write_text(f"month,demand,cost\n{rows}", encoding="utf-8")
    reply = session.attach(load([path]), again=lambda said: load([path], said))
    assert reply.kind is ReplyKind.QUESTION
    assert session.tables["plan"].numbers("demand")[0] == 1500
    session.turn("2")
    assert session.tables["plan"].numbers("demand")[0] == 1.5


def test_a_file_that_is_gone_is_taken_as_it_was_read_or_has_to_come_again(
    session: ChatSession, tmp_path: Path
) -> None:
    path = tmp_path / "d.csv"
    path.write_text(OPEN, encoding="utf-8")
    session.attach(load([path]))
    refused = session.turn("2")
    assert refused.kind is ReplyKind.REFUSED
    assert 'write decimal = "," into d.csv.toml' in refused.text
    assert session.turn("1").kind is ReplyKind.ANSWER
    assert not session.tables["d"].questions
