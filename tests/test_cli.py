"""The command line, mostly in this process: what it prints, where, and its exit status."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import click
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from optwright import __version__
from optwright.cli.progress import Live, as_words, showing
from optwright.cli.solve import solve
from optwright.serving.chat import NOTHING_USED, Usage
from optwright.serving.events import CallEnded, CallProgressed, CallRetried, listening, watched
from optwright.solvers.sandbox import Level
from tests.commands import Cli
from tests.drafts import (
    CANDY,
    CANDY_DRAFT,
    CANDY_OPTIMUM,
    CHOCOLATE,
    GIFTS,
    draft,
    reworded,
    scripted,
)
from tests.faulty_endpoint import answers, completion, endpoint, hangs

EXAMPLES = Path(__file__).parents[1] / "examples"
RECORDINGS = Path(__file__).parent / "recordings"


@pytest.fixture
def candy(tmp_path: Path) -> str:
    return scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)])


def test_a_problem_in_words_is_solved_and_verified(cli: Cli, candy: str) -> None:
    ended = cli("solve", CANDY, "--model", candy)
    assert ended.status == 0
    assert "Optimal, largest value 540 (verified)" in ended.out
    assert "gift    = 40  number of gift boxes" in ended.out


def test_progress_goes_to_standard_error_a_line_a_step(cli: Cli, candy: str) -> None:
    ended = cli("solve", CANDY, "--model", candy)
    assert "formulator: draft 1 of at most 5" in ended.err.splitlines()
    assert "formulator:" not in ended.out


def test_json_is_one_object_and_nothing_else(cli: Cli, candy: str) -> None:
    ended = cli("solve", CANDY, "--model", candy, "--json")
    answer = json.loads(ended.out)
    assert ended.err == ""
    assert answer["objective"] == CANDY_OPTIMUM
    wanted = {"status", "objective", "variables", "formulation", "assumptions", "warnings"}
    assert wanted | {"evidence", "usage", "run"} <= answer.keys()


def test_the_problem_may_be_a_file_or_standard_input(
    cli: Cli, candy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "candy.txt"
    file.write_text(CANDY, encoding="utf-8")
    assert cli("solve", file, "--model", candy).status == 0
    with file.open(encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert cli("solve", "-", "--model", candy).status == 0


def test_a_problem_solved_again_costs_nothing(cli: Cli, candy: str) -> None:
    cli("solve", CANDY, "--model", candy)
    usage = json.loads(cli("solve", CANDY, "--model", candy, "--json").out)["usage"]
    assert usage["calls"] == usage["replayed"] == 2


def test_a_ledger_that_replays_asks_nobody(cli: Cli, candy: str, runs: Path) -> None:
    ended = cli("solve", CANDY, "--model", candy, "--ledger", "replay")
    assert (ended.status, (runs / "ledger.sqlite").exists()) == (2, False)
    assert "there is no ledger" in ended.err
    cli("solve", "Something else, three of it.", "--model", candy)
    ended = cli("solve", CANDY, "--model", candy, "--ledger", "replay")
    assert ended.status == 4
    assert "has no recorded reply" in ended.err


def test_without_a_ledger_nothing_is_kept(cli: Cli, candy: str, runs: Path) -> None:
    assert cli("solve", CANDY, "--model", candy, "--ledger", "off").status == 0
    assert not (runs / "ledger.sqlite").exists()


def test_the_model_is_exported_in_several_formats(cli: Cli, candy: str, tmp_path: Path) -> None:
    lp, tex = tmp_path / "candy.lp", tmp_path / "candy.tex"
    book = tmp_path / "candy.xlsx"
    exports = ["--export", f"lp={lp}", "--export", f"latex={tex}", "--export", f"xlsx={book}"]
    ended = cli("solve", CANDY, "--model", candy, "--json", *exports)
    assert ended.status == 0
    values = dict(list(openpyxl.load_workbook(book)["answer"].values)[1:])
    assert values == json.loads(ended.out)["variables"] == {"regular": 30, "gift": 40}
    assert "Maximize" in lp.read_text(encoding="utf-8")
    assert "gift" in tex.read_text(encoding="utf-8")


def test_drafts_that_disagree_are_not_verified(cli: Cli, tmp_path: Path) -> None:
    nothing = json.dumps({"expression": "none"})  # to: which constraint do these words state?
    model = scripted(tmp_path, [draft(CHOCOLATE, GIFTS), draft(CHOCOLATE), nothing])
    ended = cli("solve", CANDY, "--model", model, "--drafts", "2")
    assert ended.status == 10
    assert "NOT VERIFIED" in ended.out


def test_tables_are_joined_and_limits_have_a_price(cli: Cli) -> None:
    tables = [f"--data={EXAMPLES / name}.csv" for name in ("mills", "bakeries", "routes")]
    model = f"scripted:{RECORDINGS / 'flour.json'}"
    ended = cli("solve", EXAMPLES / "flour.txt", *tables, "--model", model)
    said = " ".join(ended.out.split())
    assert ended.status == 10
    assert "Optimal, smallest value 807.5 (NOT VERIFIED: it was drafted again word for word" in said
    assert "send[Weir,Harbour] = 60 tons of flour sent from a mill to a bakery" in said
    assert '"every bakery must get its demand" for Harbour: one more unit of it costs 5' in said


# Bad input: one sentence, a hint, and the exit status.


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        ("", "the problem is empty"),
        (" \n ", "the problem is empty"),
        ("12 34 <= 5", "holds no words"),
        ("The shop of the owner is in the town.", "nothing to optimize"),
        ("maximize the profit of the store " * 32_000, "characters"),
        ("missing/problem.txt", "there is no file"),
        ("/tmp", "is a directory"),
    ],
    ids=["empty", "blank", "numbers", "nothing counted", "a megabyte", "no file", "a directory"],
)
def test_what_cannot_be_a_problem_is_refused(
    cli: Cli, candy: str, runs: Path, problem: str, sentence: str
) -> None:
    ended = cli("solve", problem, "--model", candy)
    assert ended.status == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert not list(runs.glob("*"))


def test_data_that_contradict_are_proven_infeasible(cli: Cli, tmp_path: Path) -> None:
    text = (
        "A store packs boxes with a profit of $6 each. There is room for at most 10 boxes, and at "
        "least 20 boxes must be packed. How many boxes maximize the profit?"
    )
    reply = draft(
        ("at most 10 boxes", "boxes <= 10"),
        ("at least 20 boxes must be packed", "boxes >= 20"),
        decisions={"boxes": "number of boxes packed"},
        objective="6*boxes",
    )
    ended = cli("solve", text, "--model", scripted(tmp_path, [reply, reworded(reply)]))
    assert ended.status == 3
    assert "There is no solution (verified)" in ended.out
    assert "cannot hold together" in ended.out
    assert "at least 20 boxes must be packed" in ended.out


def test_text_in_another_language_is_solved_with_a_warning(cli: Cli, tmp_path: Path) -> None:
    text = (
        "Ein Laden packt Schachteln zu 6 Euro Gewinn. Es gibt Platz für höchstens 10 Schachteln. "
        "Wie viele maximieren den Gewinn?"
    )
    reply = draft(
        ("höchstens 10 Schachteln", "x <= 10"),
        decisions={"x": "Zahl der Schachteln"},
        objective="6*x",
    )
    ended = cli("solve", text, "--model", scripted(tmp_path, [reply, reworded(reply)]))
    assert ended.status == 10
    assert "does not read as English" in " ".join(ended.out.split())


def test_a_ragged_table_is_bad_input(cli: Cli, candy: str, tmp_path: Path, runs: Path) -> None:
    table = tmp_path / "towns.csv"
    table.write_text("town,demand\nLyon\n", encoding="utf-8")
    ended = cli("solve", CANDY, "--data", table, "--model", candy)
    assert ended.status == 2
    assert "row 2 has 1 cells; the header has 2" in ended.err
    assert not list(runs.glob("*"))


def test_a_column_that_no_table_has_is_named(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "towns.csv"
    table.write_text("town,demand\nLyon,3\nParis,4\n", encoding="utf-8")
    reply = json.dumps(
        {
            "sets": [{"name": "T", "column": {"table": "towns", "value": "town"}}],
            "parameters": [
                {
                    "name": "cost",
                    "indices": ["T"],
                    "column": {"table": "towns", "keys": ["town"], "value": "cost"},
                }
            ],
            "decisions": [{"name": "send", "indices": ["T"], "meaning": "units sent"}],
            "objective": {
                "text": "minimize the cost",
                "sense": "minimize",
                "expression": "sum(cost[t]*send[t] for t in T)",
            },
            "limits": [],
        }
    )
    model = scripted(tmp_path, [reply] * 5)
    text = "Send units to the towns and minimize the cost."
    ended = cli("solve", text, "--data", table, "--model", model, "--drafts", "2")
    assert ended.status == 1
    assert "has no column 'cost'" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    "bomb",
    ["9**9**9**9**9", "(" * 5000 + "x" + ")" * 5000, "+".join(["x"] * 100_000), "x*1e308*1e308"],
    ids=["towers of powers", "nesting", "length", "overflow"],
)
def test_an_expression_bomb_in_a_reply_is_a_draft_that_failed(
    cli: Cli, tmp_path: Path, bomb: str
) -> None:
    reply = draft(("at most 10 boxes", "x <= 10"), decisions={"x": "boxes"}, objective=bomb)
    text = "There is room for at most 10 boxes. How many boxes maximize the profit?"
    ended = cli("solve", text, "--model", scripted(tmp_path, [reply] * 2), "--drafts", "2")
    assert ended.status == 1
    assert "NOT VERIFIED" in ended.out


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--model", "gpt-nowhere"], 4, "there is no model 'gpt-nowhere'"),
        (["--model", "scripted:missing.json"], 2, "missing.json"),
        (["--model", "replay:missing.jsonl"], 2, "missing.jsonl"),
        (["--role", "baker=local"], 2, "there is no role 'baker'"),
        (["--role", "critic"], 2, "'critic' is not ROLE=MODEL"),
        (["--solver", "abacus"], 4, "solver 'abacus' is not installed"),
        (["--budget", "calls=many"], 2, "budget calls='many' is not a whole number"),
        (["--budget", "beer=3"], 2, "budget has no 'beer'"),
        (["--export", "word=x.doc"], 2, "there is no export format 'word'"),
        (["--export", "lp"], 2, "names no file"),
        (["--export", "xlsx=x.lp"], 2, "does not end in .xlsx"),
        (["--export", "lp=/nowhere/x.lp"], 2, "there is no directory '/nowhere'"),
        (["--export", "lp=/tmp"], 2, "it is a directory"),
        (["--data", "missing.csv"], 2, "cannot read 'missing.csv'"),
        (["--drafts", "0"], 2, "drafts is 0; it is at least 1"),
        (["--drafts", "5", "--agreement", "9"], 2, "9 drafts cannot agree"),
        (["--time-limit", "0"], 2, "--time-limit"),
        (["--sandbox", "paper"], 2, "'paper' is not one of 'auto'"),
        (["--base-url", "http://127.0.0.1:1/v1"], 2, "is not at an address"),
        (["--shout"], 2, "No such option"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_before_anything_is_paid(
    cli: Cli, candy: str, options: list[str], status: int, sentence: str
) -> None:
    ended = cli("solve", CANDY, "--model", candy, *options)
    assert ended.status == status
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert json.loads(cli("runs", "list", "--json").out) == []


def test_a_dead_endpoint_is_named(cli: Cli, runs: Path) -> None:
    ended = cli("solve", CANDY, "--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    assert ended.status == 4
    assert "nothing answers at 'http://127.0.0.1:9/v1'" in ended.err
    assert not [path for path in runs.glob("*") if path.is_dir()]


def test_a_budget_that_runs_out_is_not_solved(cli: Cli, candy: str) -> None:
    ended = cli("solve", CANDY, "--model", candy, "--budget", "calls=1")
    assert ended.status == 10
    assert "stopped early" in ended.out
    assert "gift    = 40" in ended.out


def test_a_solver_that_is_named_is_the_one_that_solves(cli: Cli, candy: str) -> None:
    ended = cli("solve", CANDY, "--model", candy, "--solver", "scip", "--json")
    assert any("scip" in e["text"] for e in json.loads(ended.out)["evidence"])


# Runs.


def test_runs_are_listed_and_shown(cli: Cli, candy: str) -> None:
    name = json.loads(cli("solve", CANDY, "--model", candy, "--json").out)["run"]
    listed = cli("runs", "list").out
    assert name in listed
    assert "finished" in listed
    shown = cli("runs", "show", name[-6:])
    assert shown.status == 0
    assert CANDY[:60] in shown.out
    assert "largest value 540" in shown.out
    as_json = json.loads(cli("runs", "show", name, "--json").out)
    assert as_json["solution"]["objective"] == CANDY_OPTIMUM
    assert [r["run"] for r in json.loads(cli("runs", "list", "--json").out)] == [name]


def test_a_run_that_is_kept_can_be_exported(cli: Cli, candy: str, tmp_path: Path) -> None:
    name = json.loads(cli("solve", CANDY, "--model", candy, "--json").out)["run"]
    path = tmp_path / "later.mps"
    assert cli("runs", "show", name, "--export", f"mps={path}").status == 0
    assert "ROWS" in path.read_text(encoding="utf-8")


def test_resuming_a_finished_run_shows_it_again(cli: Cli, candy: str) -> None:
    name = json.loads(cli("solve", CANDY, "--model", candy, "--json").out)["run"]
    ended = cli("runs", "resume", name, "--json")
    assert ended.status == 0
    assert json.loads(ended.out)["usage"]["replayed"] == 0


def test_a_run_that_is_not_there_is_bad_input(cli: Cli) -> None:
    for verb in ("show", "resume"):
        ended = cli("runs", verb, "nope")
        assert ended.status == 2
        assert "there is no run 'nope'" in ended.err


def test_no_runs_is_said(cli: Cli) -> None:
    ended = cli("runs", "list")
    assert ended.status == 0
    assert "there are no runs" in ended.out


# Help, version.


def test_the_sandbox_levels_are_those_there_are() -> None:
    (option,) = (o for o in solve.params if o.name == "sandbox")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == tuple(Level)


def test_help_lists_the_commands(cli: Cli) -> None:
    ended = cli("--help")
    assert ended.status == 0
    assert all(name in ended.out for name in ("solve", "runs", "doctor"))


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"optwright {__version__}\n"


def test_a_command_that_is_not_there_is_bad_input(cli: Cli) -> None:
    ended = cli("sovle")
    assert ended.status == 2
    assert "sovle" in ended.err


# Endings.


def test_verbose_shows_where_an_error_came_from(cli: Cli, candy: str) -> None:
    ended = cli("solve", "", "--model", candy, "--verbose")
    assert ended.status == 2
    assert "Traceback" in ended.err


def test_a_bug_is_called_one_and_its_trace_is_written(
    cli: Cli, candy: str, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optwright.agents.render.render", None)  # nothing breaks by itself
    ended = cli("solve", CANDY, "--model", candy)
    assert ended.status == 70
    assert "this is a bug in optwright: TypeError" in ended.err
    (trace,) = runs.glob("bug-*.txt")
    assert str(trace) in ended.err
    assert "Traceback" in trace.read_text(encoding="utf-8")


def test_a_reader_that_leaves_early_is_no_error(cli: Cli, candy: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = _spawn_sync(["runs", "list"], stdout=writer)
    os.close(writer)
    assert process == (141, "")


def test_standard_output_on_a_full_disk_is_said(runs: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        status, err = _spawn_sync(["runs", "list"], stdout=full.fileno())
    assert status == 4
    assert "standard output cannot be written" in err


def test_a_terminal_shows_one_line_that_goes_when_it_is_done(candy: str, runs: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "optwright", "solve", CANDY, "--model", candy],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(theirs)
    shown = "".join(_until_hung_up(ours))
    out, _ = process.communicate()
    assert "formulator: draft " in shown
    assert shown.endswith("\x1b[2K")  # the line is erased
    assert out.startswith("Optimal, largest value 540 (verified)")
    assert "\x1b" not in out


def _until_hung_up(terminal: int) -> Iterator[str]:
    with open(terminal, "rb", buffering=0) as screen, contextlib.suppress(OSError):
        while chunk := screen.read(4096):
            yield chunk.decode("utf-8", errors="replace")


def test_the_live_line_counts_calls_tokens_and_what_the_ledger_answered() -> None:
    live = Live()
    live.on_step("formulator", "draft 2 of at most 5")
    for replayed in (False, True):
        live.on_event(CallEnded("formulator", "m", Usage(1000, 100), 2.0, replayed))
    live.on_event(CallEnded("formulator", "m", NOTHING_USED, 2.0, error="EndpointError: no"))
    assert (
        live.line() == "formulator: draft 2 of at most 5 (2 calls, 1 replayed, 2,200 tokens, 0 s)"
    )
    live.on_event(CallRetried("formulator", "m", 1, 2.5, "busy\nand more"))
    assert live.line().startswith("formulator: tries again in 2.5 s: busy and more (2 calls")


def test_the_live_line_ends_in_the_words_that_come_and_fits() -> None:
    live = Live()
    live.on_step("formulator", "draft 1 of at most 5")
    said = '{"objective": "2*chairs + 5*tables", "limits": ["wood and 木材 for chairs", "x'
    live.on_event(CallProgressed("formulator", "m", 1024, said))
    line = live.line_within(80)
    assert line.startswith("formulator: draft 1 of at most 5 (0 s, token 1,024) …")
    assert line.endswith("and 木材 for chairs, x")
    for columns in range(60, 120):
        assert cell_len(live.line_within(columns)) <= columns
    assert live.line_within(50) == "formulator: draft 1 of at most 5 (0 s, token 1,024)"
    live.on_event(CallEnded("formulator", "m", Usage(1000, 100), 2.0))
    assert live.line_within(80) == "formulator: draft 1 of at most 5 (1 calls, 1,100 tokens, 0 s)"


@pytest.mark.parametrize("words", [True, False])
def test_replies_are_watched_on_a_terminal_where_words_are_wanted(
    words: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    with (
        open(theirs, "w", encoding="utf-8") as terminal,
        open(ours, "rb", buffering=0),
        monkeypatch.context() as here,
    ):
        here.setattr(sys, "stderr", terminal)
        with showing(quiet=False, words=words) as shown, listening(shown.on_event):
            assert watched() is words
        with showing(quiet=True), listening(shown.on_event):
            assert not watched()
    with showing(quiet=False) as shown, listening(shown.on_event):  # a pipe
        assert not watched()


@given(st.text(max_size=40))
def test_no_word_of_a_model_steers_the_terminal(said: str) -> None:
    shown = as_words(f"\x1b[2J\r\n\u202e{said}\x07 end")
    kinds = {unicodedata.category(character) for character in shown}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert "\u202e" not in shown
    assert shown.endswith("end")


def _spawn_sync(arguments: list[str], stdout: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "optwright", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


async def test_an_interrupt_stops_and_says_how_to_go_on(runs: Path) -> None:
    good = answers(completion(CANDY_DRAFT))
    async with endpoint(good, hangs) as server:
        process = await _solving(server.url)
        while len(server.requests) < 2:
            await asyncio.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to its children too
        _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 130
    assert b"optwright: stopped" in err
    assert b"optwright runs resume " in err
    assert b"Traceback" not in err


async def test_a_killed_run_is_resumed_and_no_reply_is_paid_twice(runs: Path, cli: Cli) -> None:
    good, second = (answers(completion(d)) for d in (CANDY_DRAFT, reworded(CANDY_DRAFT)))
    async with endpoint(good, hangs, second) as server:
        process = await _solving(server.url)
        while len(server.requests) < 2:
            await asyncio.sleep(0.05)
        process.kill()
        await process.communicate()
        (killed,) = json.loads(cli("runs", "list", "--json").out)
        assert killed["state"] == "killed"
        ended = await asyncio.to_thread(cli, "runs", "resume", killed["run"], "--json")
    assert ended.status == 10  # the same program in other words is no second look
    assert json.loads(ended.out)["objective"] == CANDY_OPTIMUM
    # Without the last message: how a schema is said was learnt from the first reply, and is learnt
    # anew by a new process.
    first, hung, again = (
        (request.body["seed"], request.body["messages"][:-1]) for request in server.requests
    )
    assert again == hung != first


async def _solving(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "optwright", "solve", CANDY),
        *("--model", "m", "--base-url", url, "--profile", "small", "--drafts", "2"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


# Reports


def test_a_report_is_written_beside_the_answer_and_again_from_the_run(
    cli: Cli, candy: str, tmp_path: Path
) -> None:
    page, text = tmp_path / "candy.html", tmp_path / "candy.md"
    ended = cli("solve", CANDY, "--model", candy, "--report", page, "--json")
    assert ended.status == 0
    assert "<h2>The answer</h2>" in page.read_text(encoding="utf-8")
    run = json.loads(ended.out)["run"]
    assert cli("runs", "show", run, "--report", text).status == 0
    assert "## Limits that bind" in text.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("out.docx", "is of no kind that is written"), ("nowhere/out.html", "there is no directory")],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_paid(
    cli: Cli, candy: str, tmp_path: Path, path: str, sentence: str
) -> None:
    ended = cli("solve", CANDY, "--model", candy, "--report", tmp_path / path)
    assert ended.status == 2
    assert sentence in ended.err
    assert not (tmp_path / "runs").exists()
