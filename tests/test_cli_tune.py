"""`optwright tune`, and `optwright runs` on what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optwright.optim.study.provenance import show
from optwright.optim.study.runs import is_study
from optwright.storage.held import is_held
from tests.commands import Cli
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted

PROGRAM = """
import time
import optwright as ow

instruction = ow.Text("instruction", "Answer.\\nBe brief.")
rate = ow.Real("rate", 0.5, low=0.0, high=1.0)


def shout(word):
    print("noise")
    time.sleep({pause})
    return word.upper() if "upper" in instruction.value else word


def metric(example, output):
    return float(output.isupper()), f"{{example['word']!r}} should be loud"


def broken(word):
    return 1 / 0
"""


@pytest.fixture
def task(tmp_path: Path) -> list[str]:
    """The arguments of a run that finds a better instruction."""
    return arguments(tmp_path, pause=0.0)


def arguments(folder: Path, pause: float) -> list[str]:
    (folder / "program.py").write_text(PROGRAM.format(pause=pause))
    rows = "".join(f"word{i},{i:03}\n" for i in range(60))
    (folder / "words.csv").write_text("word,number\n" + rows)
    texts = ["Sing.", "Write in upper case.\nBe brief.", *(f"Hum {i}." for i in range(40))]
    replies = [json.dumps({"reason": "louder", "values": {"instruction": t}}) for t in texts]
    (folder / "script.json").write_text(json.dumps(replies))
    return [
        "tune",
        f"{folder}/program.py:shout",
        *("--train", f"{folder}/words.csv"),
        *("--parameters", "instruction"),
        *("--optimizer", "opro", "--model", f"scripted:{folder}/script.json"),
        *("--budget", "evaluations=200,calls=4"),
    ]


def test_a_program_gets_better_and_the_result_is_shown(cli: Cli, task: list[str]) -> None:
    ended = cli(*task)
    assert ended.status == 0
    assert "instruction: Write in upper case.\n               Be brief." in ended.out
    assert "on 36 examples that decided too, corrected for 1 comparison" in ended.out
    assert "version 1 (in use): trial 2 by opro, 0 -> 1, better" in ended.out
    assert "+Write in upper case." in ended.out
    assert "3 of 3 replies of the model were usable" in ended.out
    assert "noise" not in ended.out
    assert "searching: step 0: 0 trials" in ended.err


def test_json_is_one_object_and_the_report_is_written(
    cli: Cli, task: list[str], tmp_path: Path, runs: Path
) -> None:
    ended = cli(*task, "--json", "--report", tmp_path / "report.html")
    found = json.loads(ended.out)
    assert found["values"] == {"instruction": "Write in upper case.\nBe brief."}
    assert found["score"] == found["interval"]["mean"] == 1.0
    assert found["spent"]["calls"] == 3
    assert "searching" not in ended.err
    assert Path(found["directory"]) == runs / found["run"]
    assert "Write in upper case" in (tmp_path / "report.html").read_text()


def test_without_better_values_the_exit_status_says_so(cli: Cli, task: list[str]) -> None:
    ended = cli(*task, "--budget", "evaluations=40,calls=1")
    assert ended.status == 1
    assert "instruction: Answer." in ended.out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["PROGRAM:shuot"], "has no function 'shuot'"),
        (["no.py:shout"], "there is no Python file"),
        (["program.py"], "is not PROGRAM.py:NAME"),
        (["--metric", "score"], "has no function 'score'"),
        (["--parameters", "rat"], "has no parameter 'rat'"),
        (["--optimizer", "adam"], "no optimizer named 'adam'"),
        (["--model", "lokal"], "there is no model 'lokal'"),
        (["--budget", "evaluation=3"], "budget has no 'evaluation'"),
        (["--train", "words.txt"], "'words.txt' is none of"),
        (["--train", "words.csv"], "cannot read"),
    ],
)
def test_bad_input_is_a_sentence_and_leaves_no_run(
    cli: Cli, task: list[str], runs: Path, change: list[str], says: str
) -> None:
    if len(change) == 1:
        task[1] = change[0].replace("PROGRAM", task[1].partition(":")[0])
        change = []
    ended = cli(*task, *change)
    assert ended.status in (2, 4)
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert not list(runs.glob("*/run.sqlite"))


def test_a_program_that_cannot_be_imported_is_bad_input(cli: Cli, task: list[str]) -> None:
    Path(task[1].partition(":")[0]).write_text("import nothing_of_that_name\n")
    ended = cli(*task)
    assert ended.status == 2
    assert "cannot be imported: ModuleNotFoundError" in ended.err


def test_runs_of_both_kinds_are_listed_side_by_side(cli: Cli, task: list[str], runs: Path) -> None:
    cli(*task)
    (runs / "20260101-000000-abc").mkdir()
    (runs / "20260101-000000-abc" / "run.sqlite").write_text("garbage")
    ended = cli("runs", "list")
    damaged, tuned = ended.out.splitlines()
    assert damaged == "20260101-000000-abc  damaged"
    assert "finished" in tuned
    assert "shout, by opro, 1 accepted of 1 tested" in tuned
    kinds = [one.get("kind") for one in json.loads(cli("runs", "list", "--json").out)]
    assert kinds == [None, "tune"]


def test_two_versions_are_compared(cli: Cli, task: list[str]) -> None:
    cli(*task)
    whole = cli("runs", "diff", "tune")
    assert "--- instruction (first)\n+++ instruction (version 1)" in whole.out
    assert "-Answer.\n+Write in upper case.\n Be brief." in whole.out
    assert cli("runs", "diff", "tune", "1").out == "no difference\n"
    (one,) = json.loads(cli("runs", "diff", "tune", "0", "1", "--json").out)
    assert (one["name"], one["before"]) == ("instruction", "Answer.\nBe brief.")
    assert cli("runs", "diff", "tune", "0", "7").status == 2


def test_an_earlier_version_becomes_current_and_the_run_goes_on_from_it(
    cli: Cli, task: list[str]
) -> None:
    cli(*task)
    assert "version 2 has the values of version 0" in cli("runs", "revert", "tune", "0").out
    shown = cli("runs", "show", "tune").out
    assert "instruction: Answer." in shown
    assert "version 2 (in use): 1 -> 0, version 0 made current again by hand" in shown
    assert "1 accepted of 1 tested" in shown
    resumed = cli("runs", "resume", "tune", "--budget", "evaluations=260,calls=5", "--json")
    found = json.loads(resumed.out)
    assert found["changes"][2]["restores"] == 0
    assert all(change["parent"] == 0 for change in found["changes"][3:])
    again = cli("runs", "revert", "tune", "7")
    assert again.status == 2
    assert "no accepted change 7" in again.err


def test_what_fits_only_solved_problems_is_refused(cli: Cli, task: list[str]) -> None:
    cli(*task)
    assert "--export is not for it" in cli("runs", "show", "tune", "--export", "lp=x.lp").err
    assert "is HTML, not 'r.pdf'" in cli("runs", "show", "tune", "--report", "r.pdf").err


def test_a_solved_problem_has_no_versions(cli: Cli, tmp_path: Path) -> None:
    model = scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)])
    cli("solve", CANDY, "--model", model)
    for command in (["diff", "20"], ["revert", "20", "0"]):
        ended = cli("runs", *command)
        assert ended.status == 2
        assert "is no study: it is the file of a run of a problem" in ended.err
    shown = cli("runs", "show", "20")
    assert "largest value 540 (verified)" in shown.out
    (listed,) = json.loads(cli("runs", "list", "--json").out)
    assert listed["kind"] == "solve"
    assert "--budget is not for it" in cli("runs", "resume", "20", "--budget", "calls=9").err


def test_a_run_may_be_named_by_its_directory(cli: Cli, task: list[str], runs: Path) -> None:
    cli(*task)
    (directory,) = runs.glob("tune-*")
    assert cli("runs", "show", directory).out == cli("runs", "show", "tune").out


def test_a_run_that_python_began_is_not_resumed_here(cli: Cli, runs: Path) -> None:
    import optwright as ow

    space = [ow.Real("x", 1.0, low=0.0, high=2.0)]
    budget = ow.Budget(evaluations=3)
    ow.minimize(lambda x: x, space, budget=budget, optimizer="random", run_dir=runs / "mine")
    ended = cli("runs", "resume", "mine")
    assert ended.status == 2
    assert "was begun in Python" in ended.err
    shown = cli("runs", "show", "mine").out
    assert "(lower is better)" in shown


def test_ctrl_c_leaves_a_run_that_can_be_resumed(tmp_path: Path, cli: Cli, runs: Path) -> None:
    task = arguments(tmp_path, pause=0.05)
    command = [sys.executable, "-m", "optwright", *task]
    with subprocess.Popen(
        command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for_trials(runs, process)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    (directory,) = runs.glob("tune-*")
    assert f"go on with: optwright runs resume {directory.name}" in err
    assert not is_held(directory)
    assert cli("runs", "show", "tune").out.startswith(f"run {directory.name}: stopped")
    resumed = cli("runs", "resume", "tune", "--json")
    found = json.loads(resumed.out)
    assert resumed.status == 0
    assert found["values"] == {"instruction": "Write in upper case.\nBe brief."}
    assert found["spent"]["evaluations"] <= 200


def wait_for_trials(runs: Path, process: subprocess.Popen[str]) -> None:
    """Until something of the run is on the disk."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = list(runs.glob("tune-*/run.sqlite"))
        if found and is_study(found[0].parent) and show(found[0].parent).trials:
            return
        time.sleep(0.05)
    raise AssertionError("the run did not begin")
