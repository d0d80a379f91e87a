"""Everything that version 0.1.0 wrote is still read, and what it left half done still goes on.

`fixtures/v0_1_0/README.md` says what each file is.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

import optwright as ow
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import State
from optwright.agents.solution import Solution
from optwright.benchmarks.store import Store, read_run
from optwright.errors import InputError
from optwright.optim.study.provenance import show
from optwright.optim.study.runs import RunStore
from optwright.serving.ledger import Ledger
from optwright.serving.recording import Recording
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status
from tests.commands import Cli

ARCHIVE = Path(__file__).parent / "fixtures" / "v0_1_0" / "files.tar.xz"
STATES = [State.FINISHED, State.FINISHED, State.FINISHED, State.FAILED, State.KILLED]
SOLVED = {"candy": 540.0, "flour": 807.5}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What 0.1.0 wrote, unpacked, as the place where runs and sessions are kept."""
    folder = tmp_path / "v0_1_0"
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(folder / "sessions"))
    monkeypatch.chdir(folder)
    return folder


def solving(old: Path) -> list[str]:
    """The names of the runs that solved a problem, in the order they began."""
    return sorted(path.parent.name for path in old.glob("runs/2026*/run.sqlite"))


def studies(old: Path) -> list[Path]:
    return [*sorted(old.glob("runs/tune-*")), old / "runs" / "minimized"]


def test_all_runs_are_listed_with_how_they_ended(cli: Cli, old: Path) -> None:
    ended = cli("runs", "list", "--json", "--run-dir", old / "runs")
    listed = {run["run"]: run for run in json.loads(ended.out)}
    assert [listed[name]["state"] for name in solving(old)] == STATES
    assert len(listed) == 8
    assert not [run for run in listed.values() if run["state"] == "damaged"]


@pytest.mark.parametrize(("place", "name"), list(enumerate(SOLVED)))
def test_a_solved_run_shows_and_exports_its_answer(
    cli: Cli, old: Path, tmp_path: Path, place: int, name: str
) -> None:
    run, model, page = old / "runs" / solving(old)[place], tmp_path / "m.mps", tmp_path / "r.html"
    ended = cli("runs", "show", run, "--export", f"mps={model}", "--report", page)
    assert ended.status == 0
    assert f"{SOLVED[name]:g}" in ended.out
    assert "ENDATA" in model.read_text()
    assert "</html>" in page.read_text()


def test_a_run_without_a_solution_shows_why(cli: Cli, old: Path) -> None:
    ended = cli("runs", "show", old / "runs" / solving(old)[2], "--json")
    assert json.loads(ended.out)["solution"]["status"] == Status.INFEASIBLE


def test_a_killed_run_goes_on_to_its_answer(cli: Cli, old: Path) -> None:
    killed = solving(old)[-1]
    cli("runs", "resume", old / "runs" / killed)
    summary = Runs(old / "runs").summary(killed)
    assert summary.state is State.FINISHED
    assert summary.solution is not None
    assert summary.solution.objective == 540


def test_its_replies_are_read_from_ledger_and_recording(old: Path) -> None:
    with Ledger(old / "runs" / "ledger.sqlite", read_only=True) as ledger:
        kept = [(record.model, record.request, record.reply) for record in ledger.records()]
        assert all(ledger.find(model, request) == reply for model, request, reply in kept)
    recording = Recording(old / "replies.jsonl")
    assert not recording.damaged
    assert all(recording.find(model, request) == reply for model, request, reply in kept)
    assert len(kept) == 9


def test_a_solution_and_a_formulation_are_read_from_json(old: Path) -> None:
    solution = Solution.model_validate_json((old / "candy.solution.json").read_text())
    assert (solution.objective, solution.verified) == (540, True)
    formulation = Formulation.from_json((old / "flour.formulation.json").read_text())
    assert formulation.constraints[0].text == "Every mill can send at most its capacity"
    assert solve(Program(formulation)).objective == pytest.approx(SOLVED["flour"])


@pytest.mark.parametrize(("name", "turns", "versions"), [("candy", 12, 4), ("flour", 3, 2)])
def test_a_conversation_has_all_its_turns_and_versions(
    old: Path, name: str, turns: int, versions: int
) -> None:
    with ChatSession(Sessions().path(name), Settings(model=None)) as session:
        assert len(session.turns) == turns
        assert all(turn.reply.text for turn in session.turns)
        found = session.history.versions
        assert len(found) == versions
        for version in found:
            outcome = solve(session.program_of(version.id))
            assert outcome.objective == pytest.approx(session.outcome_of(version.id).objective)
            assert session.solution_of(version.id).formulation is not None


def test_a_conversation_goes_on(cli: Cli, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("keep\nundo\n"))
    script = f"scripted:{old / 'inputs' / 'candy.json'}"
    ended = cli("chat", "--plain", "--session", "flour", "--model", script, "--ledger", "off")
    assert ended.status == 0, ended.err
    with ChatSession(Sessions().path("flour"), Settings(model=None)) as session:
        assert len(session.turns) == 5
        assert session.outcome is not None
        assert session.outcome.objective == pytest.approx(807.5)


def test_a_study_shows_its_versions_and_its_report(cli: Cli, old: Path, tmp_path: Path) -> None:
    words, numbers, _ = studies(old)
    ended = cli("runs", "show", numbers, "--report", tmp_path / "report.html")
    assert "rule: all" in ended.out
    assert "</html>" in (tmp_path / "report.html").read_text()
    assert "+Write in upper case." in cli("runs", "diff", words, "0", "1").out
    assert show(words).chosen == {"instruction": "Answer.\nBe brief."}
    assert cli("runs", "revert", words, "1").status == 0
    assert show(words).chosen == {"instruction": "Write in upper case.\nBe brief."}


def test_a_study_goes_on_without_paying_twice(old: Path) -> None:
    called = []

    def far(x: float, y: int) -> float:
        called.append((x, y))
        return (x - 3) ** 2 + (y + 1) ** 2

    found = ow.minimize(
        far,
        [ow.Real("x", 0.0, low=-10.0, high=10.0), ow.Integer("y", 0, low=-10, high=10)],
        budget=ow.Budget(evaluations=20),
        seed=0,
        run_dir=old / "runs" / "minimized",
    )
    assert found.evaluations == 20
    assert len(called) == 8


@pytest.mark.parametrize("system", ["optwright", "direct"])
def test_a_measurement_is_reported_and_compared(
    cli: Cli, old: Path, tmp_path: Path, system: str
) -> None:
    run = read_run(old / "measured" / system)
    assert [record.attempt.objective for record in run.records] == [540] * 3
    ended = cli("bench", "report", old / "measured" / system, "--out", tmp_path)
    assert ended.status == 0, ended.err
    assert "1 of 3" in (tmp_path / "report.md").read_text()
    compared = cli("bench", "compare", old / "measured" / "direct", old / "measured" / "optwright")
    assert compared.status == 0, compared.err


def test_a_measurement_goes_on_and_pays_nothing_twice(cli: Cli, old: Path) -> None:
    ended = cli(
        "bench",
        "inputs/stores.jsonl",
        *("--system", "direct", "--model", "scripted:inputs/code.json"),
        *("--out", old / "measured" / "direct", "--json"),
    )
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["attempts"] == 3


def header(path: Path) -> tuple[int, int]:
    """The number of a file's kind and its version, as they stand in its header."""
    data = path.read_bytes()
    return int.from_bytes(data[68:72]), int.from_bytes(data[60:64])


def test_reading_leaves_every_file_as_it_is_and_going_on_marks_it(cli: Cli, old: Path) -> None:
    ledger, candy = old / "runs" / "ledger.sqlite", old / "runs" / solving(old)[0] / "run.sqlite"
    direct = old / "measured" / "direct" / "run.sqlite"
    before = [path.read_bytes() for path in (ledger, candy, direct)]
    Ledger(ledger, read_only=True).close()
    Runs(old / "runs").summaries()
    read_run(direct.parent)
    assert [path.read_bytes() for path in (ledger, candy, direct)] == before
    assert {header(path) for path in (ledger, candy, direct)} == {(0, 0)}
    Ledger(ledger).close()
    Runs(old / "runs").resume(candy.parent.name).close()
    Store(direct.parent).close()
    ours = 0x4F570000
    assert [header(path) for path in (ledger, candy, direct)] == [
        (ours + 1, 1),
        (ours + 2, 1),
        (ours + 6, 1),
    ]


def test_a_folder_of_one_kind_is_refused_as_another(old: Path) -> None:
    with pytest.raises(InputError, match="is no measurement"):
        Store(studies(old)[0])
    with pytest.raises(InputError, match="is no study"):
        RunStore(old / "measured" / "direct")
