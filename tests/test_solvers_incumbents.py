"""Points that survive: limits, kills and interrupts lose none that the solver told; a start, a
solver's own options, and "infeasible" said only when it is confirmed."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import Any

import numpy as np
import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends import highs, infeasibility, worker
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import linear_model
from optwright.solvers.model.outcome import Progress, SolveOptions, Status
from tests.incumbents import Watch, hard, workers_asked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[worker.Worker]:
    return workers_asked(monkeypatch)


@pytest.mark.parametrize("cases", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_no_kill_and_no_limit_loses_a_point(cases: int, asked: list[worker.Worker]) -> None:
    pick, told, lost = random.Random(cases), 0, []
    for case in range(cases):
        model = hard(pick.choice([150, 300]), 30, pick.choice([0, 20_000, 120_000]), case)
        killed = case % 2 == 0

        def kill() -> None:
            pid = asked[-1]._process.pid
            threading.Timer(pick.random(), os.kill, (pid, signal.SIGKILL)).start()

        watch = Watch(kill if killed else None)
        limit_s = 20.0 if killed else pick.uniform(0.5, 3.0)
        outcome = solve(FromArrays(model), "highs", SolveOptions(time_limit_s=limit_s), watch)
        if watch.best is None:
            continue
        told += 1
        worth = outcome.objective if outcome.status.has_solution else None
        if worth is None or worth < watch.best - 1e-6:
            lost.append((case, watch.best, outcome.status, outcome.message))
    assert told
    assert not lost


def test_a_kill_leaves_the_point_with_its_bound_and_says_so(asked: list[worker.Worker]) -> None:
    """HiGHS 885 and or-tools 4747: a limit was overshot, and the point was lost then."""

    def kill() -> None:
        os.kill(asked[-1]._process.pid, signal.SIGKILL)

    outcome = solve(FromArrays(hard(300, 30, 0, 1)), "highs", on_progress=Watch(kill))
    assert outcome.status is Status.FEASIBLE
    assert "the best point it had is kept" in outcome.message
    assert outcome.slacks
    assert min(outcome.slacks.values()) >= -1e-6


def test_an_interrupt_keeps_the_best_point_and_without_one_it_interrupts() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    model = FromArrays(hard(300, 30, 0, 2))
    outcome = solve(model, "highs", on_progress=Watch(interrupt))
    assert (outcome.status, outcome.interrupted) == (Status.FEASIBLE, True)
    assert outcome.objective is not None
    assert "stopped by you" in outcome.message


def test_lp_text_keeps_its_point_too(asked: list[worker.Worker]) -> None:
    model = hard(200, 30, 0, 3)
    terms = [" + ".join(f"{w:g} x{j}" for j, w in enumerate(row))
             for row in model.coefficients.reshape(30, 200)]  # fmt: skip
    rows = "\n".join(f"r{i}: {t} <= {model.row_upper[i]:g}" for i, t in enumerate(terms))
    worth = " + ".join(f"{c:g} x{j}" for j, c in enumerate(model.cost))
    whole = " ".join(f"x{j}" for j in range(200))
    program = Program.from_lp(f"max\nobj: {worth}\nst\n{rows}\nbinary\n{whole}\nend\n")
    outcome = solve(
        program, on_progress=Watch(lambda: os.kill(asked[-1]._process.pid, signal.SIGKILL))
    )
    assert outcome.status is Status.FEASIBLE


def test_progress_never_gets_worse_and_has_a_gap() -> None:
    seen: list[Progress] = []
    solve(FromArrays(hard(300, 30, 0, 4)), "highs", SolveOptions(time_limit_s=4.0), seen.append)
    values = [p.objective for p in seen if p.objective is not None]
    assert values == sorted(values)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)
    assert all(p.bound is None or p.bound >= values[-1] for p in seen)


def test_a_plan_to_begin_with_is_where_it_begins() -> None:
    model = hard(300, 30, 0, 5)
    options = SolveOptions(time_limit_s=3.0)
    best = solve(FromArrays(model), "highs", options)
    assert best.objective is not None
    seen: list[Progress] = []
    again = SolveOptions(time_limit_s=3.0, start=best.values, engine={"mip_max_nodes": "0"})
    outcome = solve(FromArrays(model), "highs", again, seen.append)
    assert seen[0].objective == pytest.approx(best.objective)
    assert outcome.objective is not None
    assert outcome.objective >= best.objective - 1e-6


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("mip_heuristic_efort", "0.1", "HiGHS has no option 'mip_heuristic_efort'"),
        ("mip_max_nodes", "many", "'mip_max_nodes' cannot be 'many'"),
        ("time_limit", "3", "'time_limit' is --time-limit here"),
    ],
)
def test_an_option_the_solver_does_not_have_is_refused(option: str, value: str, said: str) -> None:
    model = FromArrays(linear_model({"x": 1.0}, {}))
    with pytest.raises(FormulationError, match=said):
        solve(model, "highs", SolveOptions(engine={option: value}))


@pytest.mark.parametrize("seed", range(20))
def test_what_presolve_calls_infeasible_is_looked_at_again(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HiGHS 3090 and 2432. Half of these have a point, and for all of them HiGHS is made to say
    that none has."""
    pick = random.Random(seed)
    whole = ("x", "y") if seed % 2 else ()
    most = 7.0 if seed % 4 < 2 else 2.0
    model = linear_model(
        {"x": pick.randint(1, 5), "y": pick.randint(1, 5)},
        {"least": ({"x": 1.0, "y": 1.0}, ">=", 3.0), "most": ({"x": 2.0, "y": 2.0}, "<=", most)},
        integer=whole,
        limits={"x": (0, 5), "y": (0, 5)},
    )
    looks = list[str]()
    load = highs.load

    class Wrong:
        """An engine that says infeasible, whatever it found."""

        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def getModelStatus(self) -> Any:  # noqa: N802 (HiGHS's own name)
            import highspy

            return highspy.HighsModelStatus.kInfeasible

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

    def loaded(*arguments: Any) -> Any:
        looks.append("look")
        return Wrong(load(*arguments)) if len(looks) == 1 else load(*arguments)

    monkeypatch.setattr(highs, "load", loaded)
    outcome = solve_arrays(model)
    assert outcome.status is (Status.OPTIMAL if most == 7.0 else Status.INFEASIBLE)


def test_a_proof_that_there_is_no_point_is_not_looked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = linear_model(
        {"x": 1.0, "y": 1.0},
        {"a": ({"x": 1.0, "y": 1.0}, ">=", 5.0), "b": ({"x": 1.0, "y": 2.0}, "<=", 4.0)},
    )
    assert infeasibility.asks_too_much(model, np.array([1.0, -1.0]))
    assert not infeasibility.asks_too_much(model, np.array([1.0, 0.0]))
    assert not infeasibility.asks_too_much(model, np.array([-1.0, 1.0]))
    assert solve_arrays(model).status is Status.INFEASIBLE


def test_an_interrupted_stage_ends_the_search() -> None:
    stated = Formulation.model_validate(
        {
            "variables": [
                {"name": "x", "domain": "integer", "upper": 9},
                {"name": "y", "domain": "integer", "upper": 9},
            ],
            "objectives": [
                {"sense": "maximize", "expression": "3*x + 2*y"},
                {"sense": "minimize", "expression": "y", "priority": 2},
            ],
            "constraints": [{"name": "c", "expression": "7*x + 5*y <= 52.5"}],
        }
    )

    def interrupt() -> None:
        raise KeyboardInterrupt

    outcome = solve(Program(stated), "highs", on_progress=Watch(interrupt))
    assert (outcome.status, outcome.interrupted) == (Status.FEASIBLE, True)


@pytest.mark.parametrize("seed", range(60))
def test_a_proof_of_infeasibility_is_never_given_for_a_model_with_a_point(seed: int) -> None:
    pick = random.Random(seed)
    point = {name: float(pick.randint(-4, 4)) for name in ("x", "y", "z")}
    rows = {}
    for r in range(pick.randint(1, 5)):
        weights = {name: float(pick.randint(-3, 3)) for name in point}
        total = sum(w * point[name] for name, w in weights.items())
        relation = pick.choice(["<=", ">=", "=="])
        room = {"<=": pick.randint(0, 2), ">=": -pick.randint(0, 2), "==": 0}[relation]
        rows[f"r{r}"] = (weights, relation, total + room)
    model = linear_model(
        dict.fromkeys(point, 1.0),
        rows,
        integer=pick.choice([(), tuple(point)]),
        limits={name: (value - pick.randint(0, 3), value + 1) for name, value in point.items()},
    )
    assert not infeasibility.is_proven(model)
    assert solve_arrays(model).status is Status.OPTIMAL


def test_limits_that_cross_and_sums_that_are_odd_prove_that_there_is_no_point() -> None:
    free = (-np.inf, np.inf)
    odd = linear_model(
        {"x": 1.0, "y": 1.0},
        {"odd": ({"x": 2.0, "y": 4.0}, "==", 7.0)},
        integer=("x", "y"),
        limits={"x": free, "y": free},
    )
    chain = linear_model(
        {"x": 1.0, "y": 1.0},
        {
            "a": ({"x": 1.0, "y": -1.0}, ">=", 2.0),
            "b": ({"y": 1.0}, ">=", 4.0),
            "c": ({"x": 1.0}, "<=", 5.0),
        },
    )
    between = linear_model({"x": 1.0}, {}, integer=("x",), limits={"x": (1.2, 1.8)})
    assert infeasibility.is_proven(odd)
    assert infeasibility.is_proven(chain)
    assert infeasibility.is_proven(between)
    assert solve_arrays(odd).status is Status.INFEASIBLE
