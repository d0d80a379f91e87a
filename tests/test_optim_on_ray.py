"""A real Ray cluster on this machine: runs of `optimize` and `evolve`, and a worker that dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from optwright.optim.api import minimize, optimize
from optwright.optim.parameters import Integer
from optwright.optim.program.api import evolve
from optwright.optim.study import on_ray
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest, user
from optwright.serving.spending import Charging
from optwright.serving.sync import ask
from optwright.solvers.sandbox import RunningProgram
from optwright.testing import ScriptedModel

pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    # Ray leaves files of its log open when it shuts down.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytest.importorskip("ray")

# A busy machine takes its time to start a cluster.
os.environ.setdefault("RAY_raylet_start_wait_time_s", "240")
os.environ.setdefault("RAY_agent_register_timeout_ms", "240000")

w = Integer("w", 0, low=0, high=9)
LINE = """
# EVOLVE-BLOCK-START
def line(x):
    return 1.0 * x
# EVOLVE-BLOCK-END
"""


def shifted(question: int) -> int:
    time.sleep(0.05)
    return question + w.value


def close(question: int, output: int) -> float:
    return 1.0 / (1.0 + abs(output - question - 4))


def near(program: RunningProgram) -> float:
    return -float(sum(abs(program.line(x) - (3.0 * x + 2.0)) for x in range(4)))


def squared(w: int) -> float:
    return float((w - 6) ** 2)


def asking(w: int) -> float:
    """Asks a model twice; whoever runs it pays."""
    model = Charging(ScriptedModel(lambda request: "fine"))
    for sample in range(2):
        ask(model, ChatRequest((user("how?"),), sample=sample))
    return float(w)


def test_a_run_on_ray_finds_what_one_in_threads_does(tmp_path: Path) -> None:
    found = [
        minimize(
            squared,
            [w],
            budget=Budget(evaluations=8),
            optimizer="random",
            workers=2,
            executor=executor,
            seed=4,
        )
        for executor in ("threads", "ray")
    ]
    assert [t.to_json()["candidate"] for t in found[0].trials] == [
        t.to_json()["candidate"] for t in found[1].trials
    ]
    assert [t.score for t in found[0].trials] == [t.score for t in found[1].trials]


def test_a_worker_killed_in_the_middle_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parameter that workers change is the one of the program, which travels by value."""
    opened: list[on_ray.RayWorkers] = []
    first_run = on_ray.RayWorkers.run

    def run(self: on_ray.RayWorkers, jobs: object) -> object:
        if not opened:
            opened.append(self)
            victim = self.places.get()
            pid = self._ray.get(victim.process.remote())
            self.places.put(victim)
            threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        return first_run(self, jobs)  # type: ignore[arg-type]

    monkeypatch.setattr(on_ray.RayWorkers, "run", run)
    found = optimize(
        shifted,
        range(40),
        close,
        [w],
        optimizer="random",
        budget=Budget(evaluations=300),
        workers=2,
        executor="ray",
        run_dir=tmp_path / "run",
        seed=1,
    )
    assert opened[0].deaths >= 1
    assert not any(e.failed for t in found.trials for e in t.evaluations)
    assert found.evaluations <= 300
    assert found.values == {"w": 4}


def test_programs_evolve_on_ray(tmp_path: Path) -> None:
    model = ScriptedModel(
        lambda r: f"```python\ndef line(x):\n    return {r.sample}.0 * x + 2.0\n```"
    )
    found = evolve(
        LINE,
        near,
        model=model,
        optimizer="rewriting",
        budget=Budget(evaluations=7),
        workers=2,
        executor="ray",
        run_dir=tmp_path / "run",
    )
    assert found.score == 0.0


def test_what_programs_ask_models_on_ray_stays_in_the_budget() -> None:
    found = minimize(
        asking,
        [w],
        budget=Budget(evaluations=30, calls=7),
        optimizer="random",
        workers=2,
        executor="ray",
    )
    assert found.spent.calls <= 7
    assert found.spent.calls >= 6
    assert found.stopped == "budget"


def test_a_run_that_takes_too_long_is_ended_on_ray() -> None:
    def slow(w: int) -> float:
        if w > 0:
            time.sleep(60)
        return 1.0

    began = time.monotonic()
    found = minimize(
        slow, [w], budget=Budget(evaluations=2), starts=[{"w": 3}], timeout_s=3.0, executor="ray"
    )
    assert time.monotonic() - began < 60
    assert found.score == 1.0
    assert found.trials[1].failed
