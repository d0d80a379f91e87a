"""A program as a system: what it is handed, what it may print, and how it is ended."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from optwright.benchmarks.attempt import AttemptResult, make_attempt
from optwright.benchmarks.opening import open_system, system_names
from optwright.benchmarks.simulated import answer_to
from optwright.benchmarks.store import Setup
from optwright.benchmarks.system import Claim, Stage
from optwright.benchmarks.task import Assignment
from optwright.errors import InputError
from tests.bench_problems import answering


def tried(
    code: str, *, timeout_s: float = 20.0, files: tuple[Path, ...] = (), budget: str = ""
) -> AttemptResult:
    """What comes of a program that is this Python code."""
    name = f"command: {shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    setup = Setup(dataset="d", system=name, model="m", seed=5, timeout_s=timeout_s, budget=budget)
    problem = Assignment("p", "d", "How many?", files)
    return asyncio.run(make_attempt(open_system(name), problem, 2, setup, answering()))


def test_a_program_reads_the_problem_and_prints_its_answer(tmp_path: Path) -> None:
    table = tmp_path / "jobs.csv"
    table.write_text("a\n41\n")
    code = (
        "import json, sys; p = json.load(sys.stdin); print('working on it');"
        "assert (p['question'], p['seed'], p['sample']) == ('How many?', 5, 2);"
        "value = int(open(p['files'][0]).read().split()[1]);"
        "print(json.dumps({'objective': value, 'evidence': ['read']}))"
    )
    attempt = tried(code, files=(table,)).attempt
    assert (attempt.status, attempt.objective, attempt.evidence) == (Claim.OPTIMAL, 41.0, ("read",))


ASKS = (
    "import json, os, sys, urllib.error, urllib.request as u;"
    "p = json.load(sys.stdin);"
    "m = [{'role': 'user', 'content': [{'type': 'text', 'text': p['question']}]}];"
    "b = json.dumps({'model': 'any', 'messages': m, 'max_tokens': 50}).encode();"
    "r = u.Request(os.environ['OPENAI_BASE_URL'] + '/chat/completions', b);"
)


def test_a_program_asks_the_model_under_test_and_is_counted() -> None:
    told = (
        "text = json.load(u.urlopen(r))['choices'][0]['message']['content'];"
        "print(json.dumps({'objective': int(text)}))"
    )
    done = tried(ASKS + told)
    assert done.attempt.objective == float(answer_to("How many?"))
    assert (done.cost.calls, done.calls[0].role, done.calls[0].asked) == (1, "program", "How many?")


def test_a_program_over_its_budget_is_told_so() -> None:
    told = (
        "u.urlopen(r)\n"
        "try: u.urlopen(r)\n"
        "except urllib.error.HTTPError as e:\n"
        "  why = f'{e.code}: ' + json.load(e)['error']['type']\n"
        "  print(json.dumps({'status': 'none', 'failed_at': 'budget', 'why': why}))"
    )
    attempt = tried(ASKS + told, budget="calls=1").attempt
    assert (attempt.failed_at, attempt.why) == (Stage.BUDGET, "402: budget_exceeded")


def test_an_answer_may_be_a_status_on_several_lines() -> None:
    assert tried('print(\'{\\n"status": "infeasible"\\n}\')').attempt.status is Claim.INFEASIBLE


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('the answer is 7')", "it printed no JSON object: 'the answer is 7'"),
        ("pass", "it printed no JSON object"),
        ("import sys; sys.exit('no data')", "ended with exit status 1; it logged last: 'no data'"),
        ("print('[1, 2]')", "it printed no JSON object: '[1, 2]'"),
        ("print('{\"objective\": NaN}')", "its objective cannot be read"),
        ("print('{\"objective\": true}')", "its objective cannot be read: True is no number"),
        ('print(\'{"objective": 1, "trace": [{"a": "\\\\ud800"}]}\')', "be written as JSON"),
    ],
)
def test_garbage_is_one_sentence(code: str, why: str) -> None:
    attempt = tried(code).attempt
    assert attempt.failed_at is Stage.CODE
    assert why in attempt.why


def test_an_answer_of_a_program_that_then_fails_does_not_count() -> None:
    attempt = tried("print('{\"objective\": 1}'); raise SystemExit(9)").attempt
    assert (attempt.status, attempt.failed_at) == (Claim.NONE, Stage.CODE)
    assert attempt.why == """it ended with exit status 9; it printed last: '{"objective": 1}'"""
    killed = "print('{\"objective\": 1}', flush=True); import os; os.kill(os.getpid(), 9)"
    assert tried(killed).attempt.why.startswith("it was ended by signal 9; it printed last: ")


def test_output_without_an_end_is_cut_off() -> None:
    attempt = tried("while True: print('x' * 1000)").attempt
    assert attempt.why == "it printed more than 4 MiB"


def test_a_program_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    assert tried(code, timeout_s=2.0).attempt.failed_at is Stage.BUDGET
    _gone(int(note.read_text()))


def test_a_program_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(InputError, match="there is no program '/no/such/program'"):
        open_system("command: /no/such/program --fast")


def test_what_a_program_logs_does_not_end_it() -> None:
    logging = "import sys; sys.stderr.write('x' * 10_000_000 + chr(10))"
    assert tried(f"{logging}; print('{{\"objective\": 7}}')").attempt.objective == 7.0
    assert tried(f"{logging}; sys.exit('at last')").attempt.why.endswith("at last'")


@pytest.mark.parametrize("name", ["command:", "command: 'unclosed"])
def test_a_command_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"system .*command:"):
        open_system(name)


def test_systems_are_found_by_their_files_and_typing_errors_pointed_out() -> None:
    assert {"direct", "optwright"} <= set(system_names())
    for name in system_names():
        assert open_system(name).name == name
    with pytest.raises(InputError, match="no system 'drect'") as caught:
        open_system("drect")
    assert caught.value.hint == "did you mean 'direct'?"


def test_a_function_is_found_by_its_module() -> None:
    assert open_system("tests.bench_problems:ask_once").name == "tests.bench_problems:ask_once"
    for name in ("no.such.module:solve", "tests.bench_problems:no_such"):
        with pytest.raises(InputError, match="cannot be imported"):
            open_system(name)
    with pytest.raises(InputError, match="is a str, not a function"):
        open_system("optwright:__version__")


def test_a_module_that_exits_when_it_is_imported_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "exits_on_import.py").write_text("raise SystemExit(5)")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match="'exits_on_import:f' cannot be imported: SystemExit: 5"):
        open_system("exits_on_import:f")


def _gone(pid: int) -> None:
    """Wait until a process is no more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":  # killed, and not yet collected by its parent's parent
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")
