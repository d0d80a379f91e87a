"""`optwright chat` as people and scripts meet it: through pipes, and on a real terminal."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace

import openpyxl
import pexpect
import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.cli import run
from optwright.cli.chat import slash
from optwright.cli.chat.conversation import Conversation
from optwright.cli.chat.shown import Screen
from optwright.testing import ScriptedModel
from tests.commands import Ended
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted
from tests.reports import candy as solved_candy

READY = "\x1b[?2004h"  # the prompt waits: it asks for pasted text to be marked
EXAMPLES = Path(__file__).parents[1] / "examples"


Talk = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    return tmp_path


@pytest.fixture
def candy(tmp_path: Path) -> str:
    return scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)] * 20)


@pytest.fixture
def talk(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Talk:
    """Pipe turns into `optwright chat` and see how it ends."""

    def call(turns: list[str], *options: str) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{turn}\n" for turn in turns)))
        status = run(["chat", *options])
        return Ended(status, *capfd.readouterr())

    return call


def solved(name: str) -> ChatSession:
    return ChatSession(Sessions().path(name), Settings(model=None))


# Through a pipe


def test_a_pipe_holds_a_conversation(talk: Talk, candy: str) -> None:
    ended = talk([CANDY, "what if chocolate is 20 % lower", "keep"], "--model", candy)
    assert ended.status == 0
    assert "Optimal, largest value 540 (verified)" in ended.out
    assert "objective: 540 -> 468" in ended.out
    assert "  + 200*regular + 150*gift <= 9600" in ended.out
    assert "go on with: optwright chat --session" in ended.out
    assert "formulator: draft 1" in ended.err


def test_nothing_piped_is_wider_than_80_columns_or_coloured(talk: Talk, candy: str) -> None:
    turns = [CANDY, "/limits", "/sweep chocolate from 8000 to 16000", "/help", "/history"]
    ended = talk(turns, "--model", candy)
    shown = ended.out.splitlines()
    ours = [s for s in shown if not s.startswith("> ") and "go on with" not in s]
    assert max(map(len, ours)) <= 80
    assert "\x1b" not in ended.out


def test_a_backslash_goes_on_with_the_next_line(talk: Talk, candy: str) -> None:
    half = CANDY.index(". At most") + 1
    ended = talk([f"{CANDY[:half]}\\", CANDY[half:]], "--model", candy)
    assert "Optimal, largest value 540 (verified)" in ended.out


def test_a_session_goes_on_where_it_was_left(talk: Talk, candy: str) -> None:
    talk([CANDY, "at most 30 gift boxes"], "--model", candy, "--session", "plan")
    ended = talk(["show answer"], "--last")
    assert "2 turns so far" in ended.out
    assert "gift    = 30" in ended.out
    assert talk([], "--list").out == "plan\n"


def test_a_run_of_solve_can_be_talked_about(talk: Talk, candy: str) -> None:
    run(["solve", CANDY, "--model", candy])
    name = run_name(talk)
    ended = talk(["what if chocolate is 20 % lower"], "--from", name)
    assert "objective: 540 -> 468" in ended.out


def run_name(talk: Talk) -> str:
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory

    return Runs(default_directory()).summaries()[-1].name


def test_tables_come_by_command(talk: Talk) -> None:
    ended = talk([f"/data {EXAMPLES / 'mills.csv'}"], "--session", "flour")
    assert "mills" in ended.out
    assert "capacity_tons" in ended.out


def test_models_and_reports_are_written(talk: Talk, candy: str, home: Path) -> None:
    lp, page = home / "candy.lp", home / "candy.html"
    ended = talk([CANDY, f"/export lp={lp}", f"/report {page}"], "--model", candy)
    assert ended.status == 0
    assert "gift" in lp.read_text()
    assert "<html" in page.read_text()


def test_the_workbook_that_a_conversation_writes_holds_the_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    reading = json.dumps({"intents": [{"do": "export", "words": "", "format": "Excel"}]})
    turns = iter(["give it to me as Excel", f"/export xlsx={home / 'again.xlsx'}", "/quit"])
    typed = SimpleNamespace(next=lambda: next(turns))
    problem, solution = solved_candy()
    model = ScriptedModel(reading, name="reads well")
    with ChatSession(None, Settings(model=model)) as session:
        session.adopt(problem, solution)
        Conversation(session, typed, Screen(plain=True), "plan", small=False).run()
    for name in ("answer.xlsx", "again.xlsx"):
        rows = list(openpyxl.load_workbook(home / name)["answer"].values)
        assert rows[0] == ("decision", "value")
        assert dict(rows[1:]) == solution.variables


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        ("/nonsense", "there is no command '/nonsense'"),
        ("/swep x", "did you mean 'sweep'?"),
        ("/set", "/set needs NAME VALUE"),
        ("/data nowhere.csv", "nowhere.csv"),
        ("/export lp", "names no file"),
        ("/export gams=x", "there is no export format 'gams'"),
        ("/report out.doc", "is of no kind that is written"),
        ("what if the number of unicorns doubles", "cannot read"),
    ],
)
def test_a_turn_that_cannot_be_used_is_a_sentence_and_changes_nothing(
    talk: Talk, candy: str, turn: str, says: str
) -> None:
    ended = talk([CANDY, turn], "--model", candy, "--session", "plan")
    assert ended.status == 2
    assert says in ended.out
    with solved("plan") as session:
        assert session.history.current == 1
        assert session.outcome is not None
        assert session.outcome.objective == 540


def test_a_later_turn_that_works_ends_well(talk: Talk, candy: str) -> None:
    assert talk([CANDY, "/nonsense", "show answer"], "--model", candy).status == 0


def test_a_model_that_is_not_there_is_a_sentence(talk: Talk) -> None:
    ended = talk([CANDY], "--model", "vllm/none@http://127.0.0.1:9/v1", "--ledger", "off")
    assert ended.status == 4
    assert "127.0.0.1:9" in ended.out


def test_options_that_contradict_each_other_are_bad_input(talk: Talk) -> None:
    assert talk([], "--session", "a", "--last").status == 2
    assert talk([], "--last").status == 2
    assert talk([], "--from", "x", "a problem: maximize the profit").status == 2
    assert talk([], "--session", "../a").status == 2
    assert talk([], "--budget", "calls=many").status == 2


def test_control_characters_of_names_do_not_reach_the_terminal(talk: Talk, home: Path) -> None:
    table = home / "shops.csv"
    table.write_text("shop,demand\n\x1b]0;owned\x07Paris,4\nLyon,5\n")
    assert "\x1b" not in talk([f"/data {table}"]).out


def test_control_characters_of_a_turn_are_not_repeated(talk: Talk) -> None:
    ended = talk(["help me \x1b[2J\x07"], "--model", "vllm/none@http://127.0.0.1:9/v1")
    assert "> help me" in ended.out
    assert "\x1b" not in ended.out


def test_a_table_is_shown_once_and_its_path_may_be_quoted(talk: Talk) -> None:
    assert talk([f"/data '{EXAMPLES / 'mills.csv'}'"]).out.count("capacity_tons") == 1


def test_a_full_disk_behind_the_output_is_a_sentence(home: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "optwright", "chat"],
            input="help\n", stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 4
    assert "standard output cannot be written: No space left" in ended.stderr


# Commands


def test_every_command_says_what_it_does_in_80_columns() -> None:
    lines = slash.help_text().splitlines()
    assert len(lines) == len(slash.COMMANDS)
    assert max(map(len, lines)) <= 80
    assert all(command.says for command in slash.COMMANDS)


@pytest.mark.parametrize(
    "said",
    [
        "/model", "/answer", "/limits", "/set chocolate 15000", "/set chocolate = 15000",
        "/add at most 30 gift boxes", "/add regular + gift <= 60", "/drop chocolate",
        "/bound gift <= 30", "/whatif chocolate is 20 % lower",
        "/sweep chocolate from 8000 to 16000", "/relax", "/why no gift boxes", "/history",
        "/name start", "/assumptions", "/questions",
    ],
)  # fmt: skip
def test_every_command_is_a_turn_that_is_understood(candy: str, said: str) -> None:
    with ChatSession(None, Settings(model=candy)) as session:
        session.turn(CANDY)
        command, rest = slash.read(said)
        assert command.sentence is not None
        reply = session.turn(command.sentence(rest))
        assert reply.kind not in ("refused", "confirm"), reply.text


def test_commands_of_the_history_go_back_and_forth(candy: str) -> None:
    with ChatSession(None, Settings(model=candy)) as session:
        for said in (CANDY, "/add gift <= 30", "/name small", "/undo", "/redo", "/branch 1"):
            if not said.startswith("/"):
                session.turn(said)
                continue
            command, rest = slash.read(said)
            assert command.sentence is not None
            session.turn(command.sentence(rest))
        assert session.history.current == 1
        command, _ = slash.read("/compare small 1")
        assert command.sentence is not None
        assert "Best is version 1" in session.turn(command.sentence("small 1")).text


# On a terminal


@contextmanager
def terminal(home: Path, *options: str, columns: int = 80) -> Iterator[pexpect.spawn[str]]:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "optwright", "chat", *options],
        encoding="utf-8",
        dimensions=(40, columns),
        timeout=60,
        env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    vars(child)["ptyproc"].delayafterterminate = 1  # a busy machine ends it late
    try:
        yield child
    finally:
        child.close(force=True)


def test_a_terminal_completes_commands_and_names(home: Path, candy: str) -> None:
    with terminal(home, CANDY, "--model", candy) as child:
        child.expect("Optimal, largest value 540")
        child.expect_exact(READY)
        child.send("/swe\t")
        child.expect("ep")
        child.send(" chocolate from 8000 to 16000\r")
        child.expect("█")
        child.expect_exact(READY)
        child.send("at most 30 gi\t")
        child.expect("ft")
        child.send(" boxes\r")
        child.expect("gift <= 30")
        child.expect_exact(READY)
        child.sendeof()
        child.expect("the session is kept")
        child.expect(pexpect.EOF)


def test_progress_is_on_the_screen_before_the_model_has_answered(home: Path) -> None:
    with silent_endpoint() as url, terminal(home, "--model", url) as child:
        child.expect("session: opens")
        child.expect_exact(READY)
        child.send(CANDY.replace("\n", " "))
        child.expect(pexpect.TIMEOUT, timeout=0.3)
        entered = perf_counter()
        child.send("\r")
        child.expect("draft 1")
        assert perf_counter() - entered < 5  # it takes 0.1 s; the machine may be busy
        child.sendintr()
        child.expect("stopped; the session is as it was")


def test_files_are_read_and_written_with_progress(talk: Talk, candy: str, home: Path) -> None:
    ended = talk([f"/data {EXAMPLES / 'mills.csv'}"])
    assert "data: reads the tables" in ended.err
    ended = talk([CANDY, f"/export lp={home / 'candy.lp'}"], "--model", candy)
    assert "writer: writes the file" in ended.err


def test_ctrl_c_stops_a_turn_and_keeps_the_session(home: Path, candy: str) -> None:
    with silent_endpoint() as url, terminal(home, "--session", "plan", "--model", url) as child:
        child.expect("What is to be decided")
        child.expect_exact(READY)
        child.send(CANDY.replace("\n", " ") + "\r")
        child.expect("draft 1")
        child.sendintr()
        child.expect("stopped; the session is as it was")
        child.expect_exact(READY)
        child.sendintr()
        child.expect("Ctrl-D or /quit leaves")
        child.expect_exact(READY)
        child.send("/quit\r")
        child.expect(pexpect.EOF)
    with solved("plan") as session:
        assert session.turns == []


def test_sigterm_in_a_turn_gives_the_cursor_back_and_keeps_the_session(home: Path) -> None:
    with silent_endpoint() as url, terminal(home, "--session", "plan", "--model", url) as child:
        child.expect_exact(READY)
        child.send(CANDY.replace("\n", " ") + "\r")
        child.expect("draft 1")
        child.kill(signal.SIGTERM)
        child.expect_exact("\x1b[?25h")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 128 + signal.SIGTERM
    with solved("plan") as session:
        assert session.turns == []


def test_a_second_terminal_is_told_whose_session_it_is(home: Path, candy: str) -> None:
    with terminal(home, CANDY, "--model", candy, "--session", "plan") as child:
        child.expect("Optimal")
        second = subprocess.run(
            [sys.executable, "-m", "optwright", "chat", "--session", "plan"],
            input="show answer\n", capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert second.returncode == 4
    assert str(child.pid) in second.stderr


def test_kill_9_in_a_turn_leaves_the_last_finished_turn(home: Path, candy: str) -> None:
    with solved_session(candy), silent_endpoint() as url:
        with terminal(home, "--session", "plan", "--model", url) as child:
            child.expect("1 turns so far")
            child.send("flibber the gloop as the wind blows\r")
            child.expect("what is meant")
            child.kill(signal.SIGKILL)
        with solved("plan") as session:
            assert len(session.turns) == 1
            assert session.outcome is not None
            assert session.outcome.objective == 540
            assert session.cut_off == "flibber the gloop as the wind blows"


@contextmanager
def solved_session(candy: str) -> Iterator[None]:
    with ChatSession(Sessions().path("plan"), Settings(model=candy)) as session:
        session.turn(CANDY)
    yield


@contextmanager
def silent_endpoint() -> Iterator[str]:
    """An endpoint that takes requests and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"silent@http://127.0.0.1:{server.getsockname()[1]}/v1"
