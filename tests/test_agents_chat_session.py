"""Sessions: what a turn leaves, who holds one, and what survives a kill."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from optwright.agents.chat.reply import Reply, ReplyKind, TurnProgress
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions, default_directory
from optwright.agents.problem import Problem
from optwright.errors import EndpointError, InputError, ModelUnavailable, RunBusy, StorageError
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Constraint
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.chats import CANDY, CANDY_TEXT, candy_session, flour_session, flour_tables, solved
from tests.drafts import CANDY as STORE
from tests.drafts import CANDY_DRAFT, CANDY_OPTIMUM, reworded

ROOT = Path(__file__).parents[1]


def optimum(session: ChatSession) -> float | None:
    assert session.outcome is not None
    return session.outcome.objective


# The first turn


def test_the_first_turn_is_a_problem_and_becomes_a_model() -> None:
    with ChatSession(
        None, Settings(model=ScriptedModel(CANDY_DRAFT, reworded(CANDY_DRAFT)))
    ) as session:
        heard: list[TurnProgress] = []
        reply = session.turn(STORE, heard.append)
        assert reply.kind is ReplyKind.SOLVED
        assert reply.objective == CANDY_OPTIMUM
        assert reply.calls == 2
        assert "verified" in reply.text
        assert {"formulator", "solver"} <= {progress.step for progress in heard}
        assert session.problem == STORE
        assert session.solution is not None
        assert session.solution.verified


def test_what_is_no_problem_is_refused_and_leaves_the_session_empty() -> None:
    with ChatSession(None, Settings(model=ScriptedModel("never asked"))) as session:
        for said in ("", "  ", "12 34", "the sky is the colour of a calm sea in the morning"):
            assert session.turn(said).kind is ReplyKind.REFUSED
        assert session.turns == []
        assert session.program is None
        assert session.solution is None
        assert session.words == []
        assert session.turn("help").kind is ReplyKind.ANSWER


def test_a_model_that_does_not_answer_leaves_the_session_as_it_was() -> None:
    broken = ScriptedModel(EndpointError("status 500"), name="broken")
    with ChatSession(None, Settings(model=broken)) as session:
        with pytest.raises(EndpointError):
            session.turn(STORE)
        assert session.turns == []
        with pytest.raises(ModelUnavailable):
            session.turn(STORE)


def test_a_problem_that_was_solved_before_is_taken_over() -> None:
    with candy_session() as session:
        assert optimum(session) == 540
        again = session.adopt(Problem(CANDY_TEXT), solved(CANDY))
        assert again.kind is ReplyKind.REFUSED
        assert "already" in again.text


# Changes and the history


def test_a_change_is_applied_shown_and_undone() -> None:
    with candy_session() as session:
        reply = session.turn("at most 30 gift boxes")
        assert reply.kind is ReplyKind.CHANGED
        assert [d.after for d in reply.diff] == ["gift <= 30"]
        assert optimum(session) == 492
        session.turn("undo")
        assert optimum(session) == 540
        session.turn("redo")
        assert optimum(session) == 492


def test_every_change_undone_is_the_model_that_was() -> None:
    with flour_session() as session:
        before = session.program
        changes = ("demand rises by 5 %", "the route limit is 50", "costs double", "drop routes")
        for said in changes:
            assert session.turn(said).kind is ReplyKind.CHANGED, said
        session.turn(f"undo {len(changes)} times")
        assert before is not None
        assert session.program is not None
        assert session.program.formulation == before.formulation
        assert session.program.tables == before.tables


@pytest.mark.parametrize(
    "said", ["at most {} gift boxes", "go to {}", "undo {}", "chocolate {} % lower", "/name {}"]
)
def test_a_number_that_no_model_holds_is_refused(said: str) -> None:
    with candy_session() as session:
        for figure in ("9" * 5000, "9,999" * 100):
            reply = session.turn(said.format(figure))
            assert reply.kind is ReplyKind.REFUSED
            assert "more than 100 digits" in reply.text
        assert optimum(session) == 540


@pytest.mark.parametrize("said", ["go to \N{SUPERSCRIPT TWO}", "go to 0", "go to 9999999999"])
def test_a_version_that_there_is_not_is_refused(said: str) -> None:
    with candy_session() as session:
        reply = session.turn(said)
        assert reply.kind is ReplyKind.REFUSED
        assert "there is no version" in reply.text.lower()


def test_a_limit_below_zero_keeps_its_sign() -> None:
    with candy_session() as session:
        reply = session.turn("at most -5 gift boxes")
        assert "gift <= -5" in str(reply.diff)
        assert reply.objective is None


def test_a_trial_leaves_the_model_until_it_is_kept() -> None:
    with candy_session() as session:
        reply = session.turn("what if chocolate is 20 % lower")
        assert (reply.kind, reply.objective, reply.version) == (ReplyKind.ANSWER, 453, 1)
        assert optimum(session) == 540
        assert session.turn("keep").kind is ReplyKind.CHANGED
        assert optimum(session) == 453
        assert session.turn("keep").kind is ReplyKind.REFUSED


def test_a_change_after_an_undo_opens_a_branch_and_names_find_both() -> None:
    with candy_session() as session:
        session.turn("at most 30 gift boxes")
        session.turn("name this small")
        session.turn("undo")
        session.turn("at most 35 gift boxes")
        session.turn("name this large")
        reply = session.turn("compare small and large")
        assert "Best is large with 513" in reply.text
        assert reply.tables[0].head == ("", "small", "large")
        session.turn("go to small")
        assert optimum(session) == 492
        assert session.turn("redo").kind is ReplyKind.REFUSED
        assert [v.parent for v in session.history.versions] == [0, 1, 1]


def test_refused_turns_leave_no_trace() -> None:
    with candy_session() as session:
        for said in ("undo", "redo", "go to nowhere", "keep", "nonsense here", "3", "van <= 2"):
            assert session.turn(said).kind is ReplyKind.REFUSED, said
        assert len(session.turns) == 1
        assert session.turn("x" * 30_000).kind is ReplyKind.REFUSED


def test_halves_of_characters_are_replaced_before_they_are_kept() -> None:
    with candy_session() as session:
        session.turn("name this caf\udcc3")
        assert session.turns[-1].said == "name this caf\ufffd"


# Questions and confirmations


def test_an_ambiguity_is_a_question_with_the_consequence_of_each_answer() -> None:
    with candy_session() as session:
        reply = session.turn("at most 30 boxes")
        assert reply.kind is ReplyKind.QUESTION
        (question,) = reply.questions
        assert question == session.pending
        assert [option.objective for option in question.options] == [210, 450]
        assert optimum(session) == 540
        session.turn("1")
        assert optimum(session) == 210


def test_an_unanswered_question_does_not_stand_in_the_way() -> None:
    with candy_session() as session:
        session.turn("at most 30 boxes")
        assert session.turn("at most 35 gift boxes").kind is ReplyKind.CHANGED
        assert session.pending is None
        assert session.turn("1").kind is ReplyKind.REFUSED


def test_whole_or_fraction_is_asked_when_it_matters_and_else_assumed() -> None:
    with candy_session() as session:
        session.turn("we have 12100 grams of chocolate")
        (question,) = session.turn("questions").questions
        assert "Whole numbers or fractions" in question.text
        assert [option.objective for option in question.options] == [540, 542]
        assert "the optimum changes to 542" in session.turn("assumptions").text
        session.turn("questions")
        session.turn("2")
        assert optimum(session) == pytest.approx(542)


def test_what_the_words_leave_open_is_asked_one_at_a_time() -> None:
    sold = Constraint(name="sold", expression="gift == 30", text="30 gift boxes are sold")
    chocolate = CANDY.constraints[0].model_copy(
        update={"expression": "200*regular + 150*gift <= 12150"}
    )
    model = CANDY.model_copy(update={"constraints": (chocolate, *CANDY.constraints[1:], sold)})
    with ChatSession(None, Settings(model=None)) as session:
        reply = session.adopt(Problem(CANDY_TEXT), solved(model))
        (question,) = reply.questions
        assert question == session.pending
        assert question.text.endswith("(1 more to come)")
        assert [option.objective for option in question.options] == [498, 540]
        reply = session.turn("2")
        assert optimum(session) == 540
        (question,) = reply.questions
        assert question.text == "Whole numbers or fractions for number of regular boxes, " + (
            "number of gift boxes?"
        )
        assert question == session.pending
        reply = session.turn("2")
        assert not reply.questions, "nor the other way round"
        assert session.turn("questions").text == "Nothing is open."


def test_what_a_model_read_is_confirmed_before_it_is_applied() -> None:
    said = '{"action": "percent", "target": "chocolate", "value": -50}'
    with candy_session(Settings(model=ScriptedModel(said, said))) as session:
        reply = session.turn("the cocoa harvest failed, we only get half")
        assert (reply.kind, reply.needs_confirmation) == (ReplyKind.CONFIRM, True)
        assert [d.after for d in reply.diff] == ["200*regular + 150*gift <= 6000"]
        assert reply.calls == 1
        assert optimum(session) == 540
        assert session.turn("no").text == "Nothing is changed."
        session.turn("the cocoa harvest failed, we only get half")
        assert session.turn("yes").kind is ReplyKind.CHANGED
        assert optimum(session) == 237


# Infeasible


def test_a_change_without_a_solution_says_what_could_be_given_up() -> None:
    with candy_session() as session:
        reply = session.turn("at least 100 regular boxes")
        assert reply.status is Status.INFEASIBLE
        assert "cannot hold together" in reply.text
        (question,) = reply.questions
        assert question.options[0].objective == 360
        session.turn("1")
        assert optimum(session) == 360


# Tables


def test_tables_may_come_before_the_problem_and_later_in_place_of_others() -> None:
    with ChatSession(None, Settings(model=None)) as session:
        assert "Weir | 120" in session.attach(flour_tables()).text
    with flour_session() as session:
        mills = from_columns("mills", {"mill": ["Weir", "Hill", "Lake"], "tons": [60, 80, 100]})
        reply = session.attach({"mills": mills})
        assert reply.kind is ReplyKind.CHANGED
        assert "capacity[Weir] = 60" in reply.diff[0].after
        broken = from_columns("mills", {"mill": ["Weir", "Weir"], "tons": [1, 2]})
        assert session.attach({"mills": broken}).kind is ReplyKind.REFUSED
        assert session.turn("undo").kind is ReplyKind.CHANGED


# Keeping and holding


def test_a_session_goes_on_where_it_was_left(tmp_path: Path) -> None:
    with ChatSession(tmp_path / "a", Settings(model=None)) as session:
        session.adopt(Problem(CANDY_TEXT), solved(CANDY))
        session.turn("at most 30 gift boxes")
        session.turn("at most 30 boxes")
        turns = session.turns
    with ChatSession(tmp_path / "a", Settings(model=None)) as session:
        assert session.turns == turns
        assert session.cut_off == ""
        assert session.pending is not None
        session.turn("1")
        assert optimum(session) == 210


def test_one_process_holds_a_session_and_a_second_is_told_which(tmp_path: Path) -> None:
    told = pytest.raises(RunBusy, match=f"process {os.getpid()}")
    with ChatSession(tmp_path / "a", Settings(model=None)), told:
        ChatSession(tmp_path / "a", Settings(model=None))
    ChatSession(tmp_path / "a", Settings(model=None)).close()


def test_sessions_have_names_and_bad_names_are_refused(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions")
    assert sessions.names() == []
    first = sessions.new_name()
    ChatSession(sessions.path(first), Settings(model=None)).close()
    assert sessions.names() == [first]
    assert sessions.new_name() != first
    for bad in ("", "..", "a/b", "/etc", "a\x1b[31mb"):
        with pytest.raises(InputError, match="not a name"):
            sessions.path(bad)


def test_the_directory_of_sessions_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", "/somewhere")
    assert default_directory() == Path("/somewhere")


def test_a_damaged_session_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "session.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="is damaged"):
        ChatSession(tmp_path / "a")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE turns SET reply = 'not JSON'",
        "UPDATE objects SET body = '{'",
        "UPDATE versions SET edits = '[{}]'",
        "UPDATE checkpoints SET checkpoint = x'00'",
    ],
)
def test_what_a_session_no_longer_holds_is_told_in_a_sentence(tmp_path: Path, damage: str) -> None:
    with ChatSession(tmp_path / "a", Settings(model=None)) as session:
        session.adopt(Problem(CANDY_TEXT), solved(CANDY))
    with closing(sqlite3.connect(tmp_path / "a" / "session.sqlite")) as file, file:
        file.execute(damage)
    with (
        pytest.raises(StorageError, match="is damaged"),
        ChatSession(tmp_path / "a", Settings(model=None)) as session,
    ):
        _ = session.turns, session.history, session.solution


# Kills


def talk(directory: Path, where: str = "", number: int = 0) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-m", "tests.chat_turns", str(directory), where or "-", str(number)]
    return subprocess.run(script, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize(
    ("where", "number", "finished"),
    [
        ("version", 2, 1),
        pytest.param("solve", 1, 0, marks=pytest.mark.slow),
        pytest.param("turn", 3, 2, marks=pytest.mark.slow),
        pytest.param("checkpoint", 4, 4, marks=pytest.mark.slow),
        pytest.param("turn", 5, 4, marks=pytest.mark.slow),
    ],
)
def test_a_kill_in_any_turn_leaves_the_last_finished_turn(
    tmp_path: Path, where: str, number: int, finished: int
) -> None:
    killed = talk(tmp_path / "s", where, number)
    assert killed.returncode == -9, killed.stderr
    with ChatSession(tmp_path / "s", Settings(model=None)) as session:
        assert len(session.turns) == finished
        assert bool(session.cut_off) == (where != "checkpoint")
        versions = len(session.history.versions)
        assert versions == {0: 0, 1: 1, 2: 2, 4: 3}[finished]
    whole = talk(tmp_path / "s")
    assert whole.stdout == "6 4\n", whole.stderr


# Asynchronous


async def test_a_turn_streams_its_progress_and_ends_with_the_reply() -> None:
    with ChatSession(
        None, Settings(model=ScriptedModel(CANDY_DRAFT, reworded(CANDY_DRAFT)))
    ) as session:
        items = [item async for item in session.stream(STORE)]
        assert isinstance(items[-1], Reply)
        assert all(isinstance(item, TurnProgress) for item in items[:-1])
        assert len(items) > 3
        first, second = await asyncio.gather(session.aturn("history"), asyncio.sleep(0, "free"))
        assert (first.kind, second) == (ReplyKind.ANSWER, "free")


async def test_an_error_of_a_streamed_turn_is_raised_at_its_end() -> None:
    with ChatSession(None, Settings(model=ScriptedModel(EndpointError("status 500")))) as session:
        with pytest.raises(EndpointError):
            _ = [item async for item in session.stream(STORE)]
        assert session.turns == []
