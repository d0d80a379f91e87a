"""`evolve`: programs against harnesses, and what a run of it promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import InputError
from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.program.api import Evolved, evolve
from optwright.optim.program.archive import Feature
from optwright.optim.study.provenance import show
from optwright.serving.budget import Budget
from optwright.solvers.sandbox import Limits, ProgramFault, RunningProgram
from optwright.testing import ScriptedModel

LINE = """
# EVOLVE-BLOCK-START
def line(x):
    return 1.0 * x
# EVOLVE-BLOCK-END
"""


def near(program: RunningProgram) -> tuple[float, str]:
    error = sum(abs(program.line(x) - (3.0 * x + 2.0)) for x in range(4))
    return -error, f"off by {error:.3g}"


def distance(program: RunningProgram, x: float) -> float:
    return -float(abs(program.line(x) - (3.0 * x + 2.0)))


def line(text: str) -> str:
    return f"Because.\n```python\ndef line(x):\n    {text}\n```"


def test_a_model_writes_a_better_program(tmp_path: Path) -> None:
    model = ScriptedModel(line("return 2.0 * x"), line("return 3.0 * x + 2.0"))
    found = evolve(
        LINE,
        near,
        model=model,
        optimizer="rewriting",
        budget=Budget(evaluations=3),
        run_dir=tmp_path / "run",
    )
    assert (found.score, found.first_score, found.stopped) == (0.0, -20.0, "budget")
    assert "return 3.0 * x + 2.0" in found.program
    assert found.reason == "the best so far"
    assert "off by" in model.asked[0]
    assert found.replies is not None
    assert found.replies.rate == 1.0


def test_edits_alone_come_close_without_a_model(tmp_path: Path) -> None:
    found = evolve(LINE, near, budget=Budget(evaluations=250), seed=1, run_dir=tmp_path / "run")
    assert found.score > -4.0
    assert found.evaluations == 250
    assert len(found.trials) == 250


def test_the_best_program_is_the_one_with_the_best_score(tmp_path: Path) -> None:
    """openevolve #135: what was saved as best did not have the score that was reported."""
    found = evolve(LINE, near, budget=Budget(evaluations=60), seed=2, run_dir=tmp_path / "run")
    again = evolve(found.program, near, budget=Budget(evaluations=1), run_dir=tmp_path / "again")
    assert again.score == found.score == max(t.score for t in found.trials)
    view = show(tmp_path / "run")
    assert view.chosen["program"] == found.program
    assert view.score == found.score


HOSTILE = [
    "import os; os._exit(0)",
    "while True: pass",
    "raise SystemExit",
    "return 'x' * (9 << 20)",
    "return bytearray(9 << 30)",
    'import os; os.write(4, b\'[{"error": {"kind": "lost"}}, null]\')',
    "import os; os.kill(os.getppid(), 9)",
    "import ctypes; ctypes.string_at(0)",
    "return object()",
    "return float('nan')",
    "import sys; sys.setrecursionlimit(10**9); return line(x)",
]


def test_nothing_that_a_program_does_ends_the_run(tmp_path: Path) -> None:
    model = ScriptedModel(*(line(text) for text in HOSTILE), line("return 3.0 * x + 2.0"))
    found = evolve(
        LINE,
        near,
        model=model,
        optimizer="best-of-n",
        budget=Budget(evaluations=len(HOSTILE) + 2),
        limits=Limits(wall_s=1.0),
        run_dir=tmp_path / "run",
    )
    assert found.score == 0.0
    assert [t.failed for t in found.trials[1:-1]] == [True] * len(HOSTILE)
    assert all(t.text for t in found.trials[1:-1])


def test_a_harness_that_swallows_a_timeout_gives_no_score_to_it(tmp_path: Path) -> None:
    def forgiving(program: RunningProgram) -> float:
        try:
            program.line(1)
        except ProgramFault:
            return 1000.0
        return 1.0

    model = ScriptedModel(line("while True: pass"))
    found = evolve(
        LINE,
        forgiving,
        model=model,
        optimizer="best-of-n",
        budget=Budget(evaluations=2),
        limits=Limits(wall_s=0.5),
        run_dir=tmp_path / "run",
    )
    assert found.score == 1.0
    assert "longer than 0.5 s" in found.trials[1].text


def test_what_a_program_prints_and_how_it_fails_reach_the_model(tmp_path: Path) -> None:
    """openevolve #161: a proposer needs more than the number."""
    model = ScriptedModel(line("print('seen', x)\n    return 2.0 * x"), line("return x / (x - 1)"))
    evolve(
        LINE,
        near,
        model=model,
        optimizer="rewriting",
        islands=1,
        budget=Budget(evaluations=3),
        run_dir=tmp_path / "run",
    )
    view = show(tmp_path / "run")
    assert "It printed:\nseen 0\nseen 1" in view.trials[1].text
    assert "ZeroDivisionError" in view.trials[2].text
    assert "line" in view.trials[2].text


def test_the_test_examples_are_never_shown_and_never_choose(tmp_path: Path) -> None:
    seen: list[float] = []

    def judge(program: RunningProgram, x: float) -> float:
        seen.append(x)
        return distance(program, x)

    model = ScriptedModel(line("return 3.0 * x + 2.0"), line("return 3.0 * x + 1.0"))
    found = evolve(
        LINE,
        judge,
        train=[1.0, 2.0],
        test=[77.5, 78.5],
        model=model,
        optimizer="rewriting",
        budget=Budget(evaluations=10),
        run_dir=tmp_path / "run",
    )
    assert seen[:-4] == [1.0, 2.0] * 3
    assert sorted(seen[-4:]) == [77.5, 77.5, 78.5, 78.5]
    assert not any("77.5" in text for text in model.asked)
    assert found.test is not None
    assert found.gain is not None
    assert found.test.mean == 0.0
    assert found.gain.mean == pytest.approx(158.0)
    assert found.reason == "the best so far on these 2 examples"


def test_a_cascade_spares_what_is_below_the_middle(tmp_path: Path) -> None:
    texts = [f"return {n} * x" for n in (2.0, 2.5, 2.8, 2.9, -50.0, 3.0)]
    model = ScriptedModel(*map(line, texts))
    found = evolve(
        LINE,
        distance,
        train=[1.0, 2.0, 3.0],
        cascade=[1],
        model=model,
        optimizer="best-of-n",
        budget=Budget(evaluations=20),
        run_dir=tmp_path / "run",
    )
    assert [len(t.evaluations) for t in found.trials] == [3, 3, 3, 3, 3, 1, 3]
    assert "stopped after 1 of 3 examples" in found.trials[5].text
    assert found.trials[5].failed


def test_changes_can_be_tested_as_in_the_loop(tmp_path: Path) -> None:
    def score(program: RunningProgram, x: float) -> float:
        return 1.0 / (1.0 + float(abs(program.line(x) - (3.0 * x + 2.0))))

    model = ScriptedModel(line("return 3.0 * x + 2.0"), line("return x"), line("return x - 1"))
    found = evolve(
        LINE,
        score,
        train=[float(n) for n in range(60)],
        model=model,
        optimizer="rewriting",
        acceptance=PairedTest(),
        bounds=(0.0, 1.0),
        budget=Budget(evaluations=400, calls=3),
        run_dir=tmp_path / "run",
    )
    assert "3.0 * x + 2.0" in found.program
    assert found.changes[-1].evidence["test"]


def test_a_first_program_that_fails_can_be_mended(tmp_path: Path) -> None:
    model = ScriptedModel(line("return 3.0 * x + 2.0"))
    found = evolve(
        LINE.replace("1.0 * x", "y"),
        near,
        model=model,
        optimizer="rewriting",
        budget=Budget(evaluations=2),
        run_dir=tmp_path / "run",
    )
    assert (found.first_score, found.score) == (None, 0.0)
    assert "NameError" in model.asked[0]


def test_features_keep_what_is_good_in_another_way(tmp_path: Path) -> None:
    def both(program: RunningProgram) -> dict[str, float]:
        return {
            "fit": -abs(program.line(1.0) - 5.0),
            "slope": program.line(1.0) - program.line(0.0),
        }

    found = evolve(
        LINE,
        both,
        features=[Feature("slope", -10.0, 10.0)],
        budget=Budget(evaluations=40),
        run_dir=tmp_path / "run",
    )
    assert found.evaluations == 40


def outcome(found: Evolved) -> dict[str, Any]:
    return {
        "program": found.program,
        "score": found.score,
        "trials": [t.candidate.to_json() for t in found.trials],
        "evaluations": found.evaluations,
        "calls": found.spent.calls,
    }


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.test_optim_evolve import resumable
os.environ["DIE_AFTER"] = sys.argv[2]
resumable(Path(sys.argv[1]))
"""


def resumable(directory: Path) -> Evolved:
    """A run with a model and edits; it kills itself after DIE_AFTER evaluations."""
    runs = 0

    def counted(program: RunningProgram) -> tuple[float, str]:
        nonlocal runs
        runs += 1
        with (directory / "evaluations").open("a") as file:
            file.write("x\n")
        if runs == int(os.environ.get("DIE_AFTER", "0")):
            os.kill(os.getpid(), signal.SIGKILL)
        return near(program)

    def write(request: Any) -> str:
        with (directory / "calls").open("a") as file:
            file.write("x\n")
        return line(f"return {request.sample % 5}.0 * x + {request.sample % 3}")

    return evolve(
        LINE,
        counted,
        model=ScriptedModel(write),
        budget=Budget(evaluations=40, calls=12),
        seed=5,
        workers=2,
        run_dir=directory / "run",
    )


def test_a_killed_run_ends_where_the_unbroken_one_does(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    expected = outcome(resumable(whole))
    assert expected["evaluations"] <= 40
    assert expected["calls"] == 12
    for die_after in (3, 9):
        directory = tmp_path / str(die_after)
        directory.mkdir()
        command = [sys.executable, "-c", KILLED, str(directory), str(die_after)]
        ended = subprocess.run(command, check=False, cwd=Path(__file__).parents[1])
        assert ended.returncode == -signal.SIGKILL
        assert outcome(resumable(directory)) == expected
        paid = len((directory / "calls").read_text().splitlines())
        assert paid == len((whole / "calls").read_text().splitlines())


def test_processes_end_a_harness_that_hangs(tmp_path: Path, monkeypatch: Any) -> None:
    from optwright.optim.program import api

    monkeypatch.setattr(api, "HARNESS_S", 7.0)

    def hanging(program: RunningProgram) -> float:
        if program.line(1.0) > 1.5:
            time.sleep(60)
        return float(program.line(1.0))

    began = time.monotonic()
    found = evolve(
        LINE,
        hanging,
        model=ScriptedModel(line("return 2.0 * x")),
        optimizer="best-of-n",
        budget=Budget(evaluations=2),
        limits=Limits(wall_s=1.0),
        executor="processes",
        run_dir=tmp_path / "run",
    )
    assert time.monotonic() - began < 30
    assert found.trials[1].failed
    assert found.score == 1.0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"train": [1]}, "takes none"),
        ({"test": [1]}, "no examples in train"),
        ({"executor": "cloud"}, "none of threads, processes, ray"),
        ({"optimizer": "tpe"}, "no optimizer 'tpe' for programs"),
        ({"functions": ["nothing"]}, "does not define nothing"),
        ({"budget": Budget()}, "never end"),
    ],
)
def test_slips_are_sentences(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        evolve(LINE, near, **{"budget": Budget(evaluations=2), "run_dir": tmp_path / "r", **more})


def test_a_path_is_read_and_a_run_can_be_shown(tmp_path: Path) -> None:
    file = tmp_path / "line.py"
    file.write_text(LINE)
    evolve(file, near, budget="evaluations=5", run_dir=tmp_path / "run")
    kept = show(tmp_path / "run")
    assert kept.description["program"] == "near"
    assert json.dumps(kept.description)
