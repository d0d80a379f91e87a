"""Logic, `max`, `abs`, products, broken lines, counts: each optimum is that of all points."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from optwright import solve_model
from optwright.solvers.backends.highs import Highs
from optwright.solvers.backends.program import Program
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Kind
from optwright.solvers.model.outcome import Status

FEW = 12
CASES = [FEW, pytest.param(200, marks=pytest.mark.slow)]
WHOLE = {"x": (-2, 3), "y": (0, 4)}
YES_NO = ("a", "b", "c")


def piecewise(argument: float, *points: tuple[float, float]) -> float:
    ats, values = zip(*points, strict=True)
    return float(np.interp(argument, ats, values)) if ats[0] <= argument <= ats[-1] else np.nan


def sos(most: int, *parts: float) -> bool:
    used = [k for k, part in enumerate(parts) if part]
    return len(used) <= most and (not used or used[-1] - used[0] < most)


MEANINGS: dict[str, Any] = {
    "implies": lambda one, other: not one or other,
    "iff": lambda one, other: bool(one) == bool(other),
    "xor": lambda one, other: bool(one) != bool(other),
    "count": lambda *parts: sum(map(bool, parts)),
    "exactly": lambda k, *parts: sum(map(bool, parts)) == k,
    "atleast": lambda k, *parts: sum(map(bool, parts)) >= k,
    "atmost": lambda k, *parts: sum(map(bool, parts)) <= k,
    "sos1": lambda *parts: sos(1, *parts),
    "sos2": lambda *parts: sos(2, *parts),
    "alldifferent": lambda *parts: len({*parts}) == len(parts),
    "piecewise": piecewise,
    "nooverlap": lambda *parts: all(
        s + d <= t or t + e <= s for k, (s, d) in enumerate(parts) for t, e in parts[:k]
    ),
    "cumulative": lambda limit, *parts: all(
        sum(q for s, d, q in parts if s <= t < s + d) <= limit for t, _, _ in parts
    ),
    "abs": abs,
    "min": min,
    "max": max,
}

ATOMS = [
    "x >= {n}",
    "y <= {p}",
    "x + y >= {p}",
    "x == {n}",
    "a",
    "b",
    "c",
    "x - y != {n}",
    "not a",
    "2*x - y <= {n}",
]
STATEMENTS = {
    "implies": "implies({0}, {1})",
    "or": "{0} or {1} or {2}",
    "and in or": "({0} and {1}) or {2}",
    "not and": "not ({0} and {1})",
    "not or": "not ({0} or {1})",
    "iff": "iff({0}, {1})",
    "xor": "xor({0}, {1})",
    "nested": "implies({0} or {1}, iff({2}, a))",
    "not equal": "x != y",
    "exactly": "exactly(2, {0}, {1}, {2})",
    "atleast": "atleast(2, {0}, {1}, {2})",
    "atmost": "atmost(1, {0}, {1}, {2})",
    "count": "count({0}, {1}) >= a + b",
    "abs away": "abs(x - y) >= {p}",
    "abs equal": "abs(x) + abs(y - {p}) == {p}",
    "max reach": "max(x, y - 1, {n}) >= {p}",
    "min below": "min(x, y) <= {n}",
    "max equals min": "max(x, y) == min(2*x, y + {p})",
    "guarded abs": "implies(a, abs(x - {n}) >= 2)",
    "guarded abs below": "implies(a, abs(x - {n}) <= 1)",
    "product": "a*b + a*x - (1 - b)*y <= {n}",
    "product of sums": "(a + 2*b)*(x - y) >= {n}",
    "square": "a**2 + b*b*x >= {p}",
    "choice": "(x + {p} if {0} else 2*y) <= {p}",
    "choice equal": "x + y == ({n} if {0} else {p} + a)",
    "line": "piecewise(x, (-2, 3), (0, {n}), (3, {p})) <= y",
    "line equal": "y == piecewise(x, (-2, 4), (1, {p}), (3, 0))",
    "sos1": "sos1(x, y, a)",
    "sos2": "sos2(x, a, y, b)",
    "different": "alldifferent(x, y, 2*a)",
    "no overlap": "nooverlap((x, 2), (y, {p}), (2*a, 1))",
    "cumulative": "cumulative(3, (x, 2, 2), (y, 3, 1), (3*a, 2, 1))",
}


def written(pattern: str, pick: random.Random) -> str:
    atoms = [pick.choice(ATOMS) for _ in range(3)]
    text = pattern
    for k, atom in enumerate(atoms):
        text = text.replace(f"{{{k}}}", atom)
    while "{n}" in text:
        text = text.replace("{n}", str(pick.randint(-2, 2)), 1)
    while "{p}" in text:
        text = text.replace("{p}", str(pick.randint(1, 3)), 1)
    return text


def model(statement: str, objective: str, sense: str) -> Formulation:
    return Formulation.model_validate(
        {
            "variables": [
                *(
                    {"name": n, "domain": "integer", "lower": low, "upper": high}
                    for n, (low, high) in WHOLE.items()
                ),
                *({"name": n, "domain": "binary"} for n in YES_NO),
            ],
            "objective": {"sense": sense, "expression": objective},
            "constraints": [{"name": "stated", "expression": statement}],
        }
    )


def points() -> list[dict[str, int]]:
    ranges = [range(low, high + 1) for low, high in WHOLE.values()] + [range(2)] * len(YES_NO)
    return [dict(zip((*WHOLE, *YES_NO), p, strict=True)) for p in product(*ranges)]


POINTS = points()


def best(statement: str, objective: str, sense: str) -> float | None:
    stated = compile(statement, "<statement>", "eval")
    worth = compile(objective, "<objective>", "eval")
    found = [eval(worth, MEANINGS, point) for point in POINTS if eval(stated, MEANINGS, point)]
    found = [value for value in found if value == value]  # noqa: PLR0124  (off a line is nan)
    return None if not found else (min(found) if sense == "minimize" else max(found))


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_statement_leaves_exactly_the_points_it_says(kind: str, cases: int) -> None:
    pick = random.Random(kind)
    for _ in range(cases):
        statement = written(STATEMENTS[kind], pick)
        objective = " + ".join(f"{pick.randint(-3, 3)}*{n}" for n in (*WHOLE, *YES_NO))
        sense = pick.choice(["minimize", "maximize"])
        agrees(statement, objective, sense)


WORTHS = {
    "abs": "abs(x - y) + {p}*a",
    "max": "max(x, y - {p}, 2*a) - b",
    "min": "min(x, y, {p}) + c",
    "mixed": "abs(x) - max(y, 2*a) + min(x, b)",
    "product": "a*x - b*y + a*b*{p}",
    "line": "piecewise(y, (0, {n}), (2, {p}), (4, {n})) + x",
    "count": "count({0}, {1}) - count({2})",
    "choice": "(x if {0} else y - {p})",
}


@pytest.mark.parametrize("kind", WORTHS)
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
@pytest.mark.parametrize("cases", CASES)
def test_an_objective_has_its_value_in_both_directions(kind: str, sense: str, cases: int) -> None:
    pick = random.Random(f"{kind} {sense}")
    for _ in range(cases):
        agrees(
            written(pick.choice(["{0} or {1}", "x + y <= {p}"]), pick),
            written(WORTHS[kind], pick),
            sense,
        )


def agrees(statement: str, objective: str, sense: str) -> None:
    stated = model(statement, objective, sense)
    problems = [f for f in check(stated) if f.severity == "error"]
    assert not problems, (statement, objective, problems)
    outcome = Highs().solve(Program(stated))
    expected = best(statement, objective, sense)
    if expected is None:
        assert outcome.status is Status.INFEASIBLE, (statement, objective, sense, outcome)
    else:
        assert outcome.objective == pytest.approx(expected, abs=1e-6), (statement, objective, sense)


@pytest.mark.parametrize("most", [1e6, 1e7, 1e8, 1e9])
def test_a_large_bound_of_what_is_switched_off_loses_no_unit(most: float) -> None:
    stated = Formulation.model_validate(
        {
            "variables": [{"name": "b", "domain": "binary"}, {"name": "x", "upper": most}],
            "objective": {"sense": "maximize", "expression": "x + b"},
            "constraints": [
                {"name": "c", "expression": "implies(b, x <= 3)"},
                {"name": "on", "expression": "b >= 1"},
            ],
        }
    )
    assert Highs().solve(Program(stated)).objective == pytest.approx(4)


def test_a_bound_beyond_what_solvers_carry_switches_nothing_and_a_product_does() -> None:
    stated = Formulation.model_validate(
        {
            "variables": [{"name": "b", "domain": "binary"}, {"name": "x", "upper": 1e11}],
            "objective": {"sense": "maximize", "expression": "x + b"},
            "constraints": [{"name": "c", "expression": "implies(b, x <= 3)"}],
        }
    )
    assert solve_model(stated).objective == pytest.approx(1e11)
    refused = Highs().solve(Program(stated))
    assert refused.status is Status.ERROR
    assert "scip" in refused.message


@pytest.mark.parametrize("stated", ["x", "not x", "implies(x, b)", "iff(b, x)", "exactly(1, b, x)"])
@pytest.mark.parametrize(
    ("variable", "is_amount"),
    [
        ({"domain": "integer", "upper": 5}, True),
        ({}, True),
        ({"lower_expression": "0 * p", "upper": 1}, True),
        ({"domain": "integer", "upper": 1}, False),
        ({"domain": "binary"}, False),
    ],
)
def test_an_amount_is_no_yes_or_no(stated: str, variable: dict[str, Any], is_amount: bool) -> None:
    model = Formulation.model_validate(
        {
            "parameters": [{"name": "p", "values": 1}],
            "variables": [{"name": "b", "domain": "binary"}, {"name": "x", **variable}],
            "objective": {"sense": "maximize", "expression": "p * x + b"},
            "constraints": [{"name": "c", "expression": stated}],
        }
    )
    found = [f for f in check(model) if f.kind is Kind.NOT_YES_OR_NO]
    assert bool(found) == is_amount
    assert all("compare it: x >= 1, or x == 1" in f.message for f in found)


# One amount beside whole numbers: where it stands with the coefficient 1 its limits are whole, and
# so is its best value, so that the points of a grid are all there is to try.
AMOUNT = (-3, 4)
AMOUNTS = {
    "yes/no times amount": "a*q + b*x <= {n} and q - c*y >= {n} - 3",
    "switched": "implies(a, q <= {n}) and implies(b, q >= {n} + x)",
    "line": "x + y <= {p}",
    "away": "abs(q - {n}) >= {p} or c",
    "largest": "max(q, x, {n}) >= y",
}
GRID = [{**point, "q": q} for point in POINTS for q in range(AMOUNT[0], AMOUNT[1] + 1)]


@pytest.mark.parametrize("cases", [3, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["semicontinuous", *AMOUNTS])
def test_an_amount_beside_whole_numbers_has_its_best_value(kind: str, cases: int) -> None:
    pick = random.Random(f"amount {kind}")
    for _ in range(cases):
        semi = kind == "semicontinuous"
        statement = written("q + x <= {p}" if semi else AMOUNTS[kind], pick)
        objective = " + ".join(f"{pick.randint(-3, 3)}*{n}" for n in (*WHOLE, *YES_NO, "q"))
        if kind == "line":
            objective += written(" + piecewise(q, (-3, {n}), (-1, {p}), (1, {n}), (4, {p}))", pick)
        sense = pick.choice(["minimize", "maximize"])
        amount = {"name": "q", "lower": 2 if semi else AMOUNT[0], "upper": AMOUNT[1]}
        stated = model(statement, objective, sense)
        variables = [v.model_dump() for v in stated.variables]
        variables.append(amount | {"semicontinuous": semi})
        stated = Formulation.model_validate(stated.model_dump() | {"variables": variables})
        outcome = Highs().solve(Program(stated))
        code, worth = compile(statement, "<s>", "eval"), compile(objective, "<o>", "eval")
        points = [p for p in GRID if not semi or p["q"] == 0 or p["q"] >= 2]
        values = [eval(worth, MEANINGS, p) for p in points if eval(code, MEANINGS, p)]
        if not values:
            assert outcome.status is Status.INFEASIBLE, (statement, objective)
            continue
        expected = min(values) if sense == "minimize" else max(values)
        assert outcome.objective == pytest.approx(expected, abs=1e-5), (statement, objective, sense)
