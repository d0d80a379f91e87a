"""What SCIP, CBC and GLPK tell while they work: points, bounds, and what a kill leaves."""

from __future__ import annotations

import os
import shutil
import signal
from types import SimpleNamespace
from typing import Any

import pyomo.environ as pyo
import pytest

from optwright.solvers.backends import worker
from optwright.solvers.backends.engine_logs import FORMATS, LogReader, written_by_line
from optwright.solvers.backends.protocol import FromArrays, FromPyomo
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.outcome import Progress, SolveOptions, Status
from tests.incumbents import Watch, hard, workers_asked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[worker.Worker]:
    return workers_asked(monkeypatch)


def product(size: int) -> pyo.ConcreteModel:
    """Whole numbers whose products are sought: quick to find points of, slow to prove best."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(size), domain=pyo.Integers, bounds=(0, 9))
    model.idle = pyo.Var(bounds=(2, 3))
    pairs = [(i, j) for i in range(size) for j in range(i)]
    worth = {(i, j): (i * 7 + j * 13) % 11 - 4 for i, j in pairs}
    model.most = pyo.Constraint(expr=sum((i % 5 + 1) * model.x[i] for i in model.x) <= 4 * size)
    total = sum(worth[i, j] * model.x[i] * model.x[j] for i, j in pairs)
    model.worth = pyo.Objective(expr=total + 1, sense=pyo.maximize)
    return model


def killing(asked: list[worker.Worker]) -> Watch:
    return Watch(lambda: os.kill(asked[-1]._process.pid, signal.SIGKILL))


def test_scip_tells_points_that_get_better_and_begins_at_a_plan() -> None:
    model, seen = FromArrays(hard(100, 20, 0, 2)), list[Progress]()
    best = solve(model, "scip", SolveOptions(time_limit_s=1.0), seen.append)
    values = [p.objective for p in seen if p.objective is not None]
    assert len(values) > 1
    assert values == sorted(values)
    assert best.objective == pytest.approx(values[-1])
    assert all(p.bound is None or p.bound >= values[-1] - 1e-6 for p in seen)
    seen.clear()
    solve(model, "scip", SolveOptions(time_limit_s=0.5, start=best.values), seen.append)
    first = [p.objective for p in seen if p.objective is not None][:2]  # the very first is zero
    assert best.objective == pytest.approx(first[-1])


@pytest.mark.skipif(shutil.which("glpsol") is None, reason="GLPK is not installed here")
def test_an_engine_that_keeps_its_points_shows_its_log_and_a_kill_says_what_is_lost(
    asked: list[worker.Worker],
) -> None:
    watch = killing(asked)
    outcome = solve(FromArrays(hard(150, 30, 0, 3)), "glpk", on_progress=watch)
    assert watch.best is not None
    assert watch.best > 0
    assert outcome.status is Status.ERROR
    assert "glpk tells no point before it ends" in outcome.message


@pytest.mark.skipif(shutil.which("cbc") is None, reason="CBC is not installed here")
def test_cbc_shows_its_log_and_leaves_a_bound() -> None:
    seen: list[Progress] = []
    options = SolveOptions(engine={"maxN": "20"})  # nodes
    outcome = solve(FromArrays(hard(150, 30, 0, 3)), "cbc", options, seen.append)
    assert outcome.objective is not None
    assert seen[-1].objective == pytest.approx(outcome.objective)
    assert outcome.bound is not None
    assert outcome.bound >= outcome.objective - 1e-6


def test_a_killed_scip_leaves_its_point_and_its_bound(asked: list[worker.Worker]) -> None:
    watch = killing(asked)
    outcome = solve(FromArrays(hard(150, 30, 40, 1)), "scip", on_progress=watch)
    assert outcome.status is Status.FEASIBLE
    assert "the best point it had is kept" in outcome.message
    assert outcome.objective == pytest.approx(watch.best)
    assert outcome.values["x[170]"] == 0.0  # in no row


def test_a_killed_scip_leaves_its_point_of_a_nonlinear_model_too(
    asked: list[worker.Worker],
) -> None:
    watch = killing(asked)
    outcome = solve(FromPyomo(product(25)), "scip", on_progress=watch)
    assert outcome.status is Status.FEASIBLE
    assert watch.best is not None
    assert outcome.objective is not None
    assert outcome.objective >= watch.best - 1e-6
    assert 2.0 <= outcome.values["idle"] <= 3.0  # SCIP never saw it
    assert outcome.slacks["most"] >= 0.0


@pytest.mark.skipif(shutil.which("stdbuf") is None, reason="coreutils are not installed here")
def test_a_program_is_made_to_write_its_log_line_by_line() -> None:
    command = SimpleNamespace(cmd=["cbc", "-solve"])
    solver = SimpleNamespace(create_command_line=lambda executable, files: command)
    written_by_line(solver)
    assert solver.create_command_line("cbc", []).cmd[1:] == ["-oL", "cbc", "-solve"]


def read(name: str, text: str, maximize: bool) -> list[Any]:
    told: list[Any] = []
    reader = LogReader(FORMATS[name], maximize, lambda *numbers: told.append(numbers))
    for piece in (text[:37], text[37:]):
        reader.write(piece)
    return told


def test_the_log_of_cbc_is_read_in_the_sense_of_the_model() -> None:
    log = (
        "Cbc0038I Solution found of -749\n"
        "Cbc0012I Integer solution of 1560 found by Reduced search after 0 iterations\n"
        "Cbc0012I Integer solution of -1560 found by RINS after 0 iterations and 0 nodes\n"
        "Cbc0010I After 0 nodes, 1 on tree, 1e+50 best solution, best possible -1587.8 (1.2 s)\n"
        "Cbc0005I Partial search - best objective -1560 (best possible -1587.5), took 9 iter\n"
    )
    assert read("cbc", log, True) == [(1560.0, None), (None, 1587.8), (1560.0, 1587.5)]
    assert read("cbc", log, False)[0] == (-1560.0, None)


def test_the_log_of_glpk_is_read_as_it_is() -> None:
    log = (
        "*    39: obj =   7.950903246e+02 inf =   0.000e+00 (0)\n"
        "+    39: mip =     not found yet <=              +inf        (1; 0)\n"
        "+    40: mip =     not found yet <=   7.95e+02        (1; 0)\n"
        "Solution found by heuristic: 778\n"
        "+  7816: mip =   7.780000000e+02 <=   7.81e+02   0.4% (0; 525)\n"
        "+  7817: mip =   7.780000000e+02 <=     tree is empty   0.0% (0; 525)\n"
    )
    assert read("glpk", log, True) == [
        (None, 795.0),
        (778.0, None),
        (778.0, 781.0),
        (778.0, None),
    ]
