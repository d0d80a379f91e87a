"""CP-SAT: the contract, intervals against brute force, job shops with known optima, refusals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from optwright.solvers.backends.contract import KNAPSACK
from optwright.solvers.backends.cpsat import CpSat
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays, Solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import linear_model
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.testing import SolverContract

pytest.importorskip("ortools", reason="needs the extra cpsat")


class TestCpSat(SolverContract):
    gives_duals = False
    refuses = "CP-SAT cannot take"

    @pytest.fixture
    def solver(self) -> Solver:
        return CpSat()


# Fisher and Thompson (1963), machine and minutes of each step in order
FT06 = """2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1"""
FT10 = """0 29 1 78 2 9 3 36 4 49 5 11 6 62 7 56 8 44 9 21
0 43 2 90 4 75 9 11 3 69 1 28 6 46 5 46 7 72 8 30
1 91 0 85 3 39 2 74 8 90 5 10 7 12 6 89 9 45 4 33
1 81 2 95 0 71 4 99 6 9 8 52 7 85 3 98 9 22 5 43
2 14 0 6 1 22 5 61 3 26 4 69 8 21 7 49 9 72 6 53
2 84 1 2 5 52 3 95 8 48 9 72 0 47 6 65 4 6 7 25
1 46 0 37 3 61 2 13 6 32 5 21 9 32 8 89 7 30 4 55
2 31 0 86 1 46 5 74 4 32 6 88 8 19 9 48 7 36 3 79
0 76 1 69 3 76 5 51 2 85 9 11 6 40 7 89 4 26 8 74
1 85 0 13 2 61 6 7 8 64 9 76 5 47 3 52 4 90 7 45"""


def job_shop(text: str, domain: str = "integer") -> Program:
    """Minimize when the last step ends; steps of a job follow one another, machines do one thing
    at a time."""
    jobs = [list(map(int, line.split())) for line in text.splitlines()]
    machine = {str(j): {str(k): job[2 * k] for k in range(len(job) // 2)} for j, job in rows(jobs)}
    minutes = {
        str(j): {str(k): job[2 * k + 1] for k in range(len(job) // 2)} for j, job in rows(jobs)
    }
    steps = len(jobs[0]) // 2
    stated = {
        "sets": [
            {"name": "J", "expression": f"0..{len(jobs) - 1}"},
            {"name": "K", "expression": f"0..{steps - 1}"},
            {"name": "M", "expression": f"0..{steps - 1}"},
        ],
        "parameters": [
            {"name": "machine", "indices": ["J", "K"], "values": machine},
            {"name": "minutes", "indices": ["J", "K"], "values": minutes},
        ],
        "variables": [
            {"name": "start", "indices": ["J", "K"], "domain": domain, "lower": 0},
            {"name": "end", "domain": domain},
        ],
        "objective": {"sense": "minimize", "expression": "end"},
        "constraints": [
            {
                "name": "order",
                "forall": "j in J, k in K if k > 0",
                "expression": "start[j, k] >= start[j, k-1] + minutes[j, k-1]",
            },
            {
                "name": "last",
                "forall": "j in J, k in K",
                "expression": "end >= start[j, k] + minutes[j, k]",
            },
            {
                "name": "alone",
                "forall": "m in M",
                "expression": "nooverlap((start[j, k], minutes[j, k])"
                " for j in J for k in K if machine[j, k] == m)",
            },
        ],
    }
    return Program(Formulation.model_validate(stated))


def rows(jobs: Sequence[list[int]]) -> Iterator[tuple[int, list[int]]]:
    return iter(enumerate(jobs))


@pytest.mark.parametrize("domain", ["integer", "continuous"])
def test_ft06_ends_at_55_though_no_start_has_a_last_time(domain: str) -> None:
    outcome = solve(job_shop(FT06, domain), "cpsat", SolveOptions(time_limit_s=60, threads=2))
    assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 55)
    assert outcome.bound == 55


@pytest.mark.slow
def test_ft10_ends_at_930() -> None:
    # Less than 60 s of processor time; the limit is for a machine that does other things as well.
    outcome = solve(job_shop(FT10), "auto", SolveOptions(time_limit_s=240, threads=2))
    assert outcome.objective == 930


def test_auto_takes_cpsat_for_intervals_and_says_why() -> None:
    outcome = solve(job_shop(FT06), options=SolveOptions(time_limit_s=60, threads=2))
    assert outcome.solver.startswith("cpsat")
    assert "because the model has intervals" in outcome.message


def test_auto_keeps_highs_for_models_without_intervals() -> None:
    assert solve(FromArrays(KNAPSACK)).solver.startswith("highs")


# Small schedules against every plan there is


LAST = 6  # starts are 0 to this


def random_schedule(seed: int) -> tuple[dict[str, Any], list[tuple[int, int, int]], int]:
    """Items as (length, amount, weight), of which some may be left out, and a limit."""
    draw = Random(seed)
    items = [
        (draw.randint(1, 4), draw.randint(0, 3), draw.randint(-3, 3))
        for _ in range(draw.randint(2, 4))
    ]
    names = [f"a{k}" for k in range(len(items))]
    columns = [dict(zip(names, column, strict=True)) for column in zip(*items, strict=True)]
    limit = draw.randint(2, 4)
    kind = ("nooverlap", "cumulative", "alldifferent")[seed % 3]
    item = {
        "nooverlap": "nooverlap((s[i], length[i], on[i]) for i in I)",
        "cumulative": f"cumulative({limit}, (s[i], length[i], amount[i], on[i]) for i in I)",
        "alldifferent": "alldifferent(s[i] for i in I)",
    }[kind]
    stated = {
        "sets": [{"name": "I", "members": names}],
        "parameters": [
            {"name": name, "indices": ["I"], "values": column}
            for name, column in zip(("length", "amount", "weight"), columns, strict=True)
        ],
        "variables": [
            {"name": "s", "indices": ["I"], "domain": "integer", "lower": 0, "upper": LAST},
            {"name": "on", "indices": ["I"], "domain": "binary"},
        ],
        "objective": {
            "sense": "maximize",
            "expression": "sum(0.5 * weight[i] * s[i] + 1.25 * on[i] for i in I)",
        },
        "constraints": [
            {"name": "together", "expression": item},
            {"name": "some", "expression": f"sum(s[i] for i in I) <= {draw.randint(5, 12)}"},
        ],
    }
    return stated, items, limit


def best(stated: Mapping[str, Any], items: list[tuple[int, int, int]], limit: int) -> float | None:
    kind = stated["constraints"][0]["expression"].split("(")[0]
    most = int(stated["constraints"][1]["expression"].split()[-1])
    found = list[float]()
    for on in itertools.product((0, 1), repeat=len(items)):
        for s in itertools.product(range(LAST + 1), repeat=len(items)):
            if sum(s) <= most and keeps(kind, s, on, items, limit):
                worth = zip(s, on, items, strict=True)
                found.append(sum(0.5 * w * a + 1.25 * there for a, there, (_, _, w) in worth))
    return max(found, default=None)


def keeps(
    kind: str, s: Sequence[int], on: Sequence[int], items: Sequence[tuple[int, ...]], limit: int
) -> bool:
    if kind == "alldifferent":
        return len(set(s)) == len(s)
    busy = [0] * (LAST + 5)
    for a, there, (length, amount, _) in zip(s, on, items, strict=True):
        for t in range(a, a + length * there):
            busy[t] += 1 if kind == "nooverlap" else amount
    return max(busy) <= (1 if kind == "nooverlap" else limit)


@pytest.mark.parametrize("seed", range(60))
def test_small_schedules_end_as_the_best_of_all_plans(seed: int) -> None:
    stated, items, limit = random_schedule(seed)
    outcome = solve(Program(Formulation.model_validate(stated)), "cpsat")
    wanted = best(stated, items, limit)
    if wanted is None:
        assert outcome.status is Status.INFEASIBLE
    else:
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(wanted)


# What it cannot do


def told(model: Any) -> Outcome:
    return CpSat().solve(FromArrays(model))


def test_decimals_are_exact() -> None:
    model = linear_model(
        {"x": 0.1, "y": 0.25},
        {"row": ({"x": 0.1, "y": 0.2}, "<=", 0.3)},
        maximize=True,
        limits={"x": (0, 9), "y": (0, 9)},
        integer=("x", "y"),
    )
    outcome = told(model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(0.35)
    assert outcome.bound == pytest.approx(0.35)


def test_a_coefficient_that_is_no_decimal_is_refused_by_the_name_of_its_row() -> None:
    model = linear_model(
        {"x": 1.0}, {"third": ({"x": 1 / 3}, "<=", 2.0)}, limits={"x": (0, 9)}, integer=("x",)
    )
    outcome = told(model)
    assert outcome.status is Status.ERROR
    assert "'third' are no decimals" in outcome.message


def test_a_column_that_need_not_be_whole_is_refused_by_name() -> None:
    model = linear_model({"x": 1.0}, {"row": ({"x": 2.0}, "<=", 3.0)}, maximize=True)
    outcome = told(model)
    assert outcome.status is Status.ERROR
    assert "'x' need not be whole" in outcome.message


def test_differences_of_times_are_whole_without_being_asked() -> None:
    model = linear_model(
        {"end": 1.0},
        {
            "first": ({"a": 1.0, "end": -1.0}, "<=", -3.0),
            "then": ({"b": 1.0, "a": -1.0}, ">=", 2.0),
            "last": ({"b": 1.0, "end": -1.0}, "<=", -4.0),
        },
        limits={"a": (0.0, float("inf")), "b": (0.0, float("inf"))},
    )
    outcome = told(model)
    assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 6)


def test_an_interval_without_length_goes_to_another_solver_under_auto() -> None:
    stated, _, _ = random_schedule(0)
    stated["parameters"][0]["values"]["a0"] = 0
    program = Program(Formulation.model_validate(stated))
    refused = solve(program, "cpsat")
    assert refused.status is Status.ERROR
    assert "may have no length" in refused.message
    outcome = solve(program)
    assert outcome.solver.startswith("highs")
    assert "may have no length" in outcome.message
