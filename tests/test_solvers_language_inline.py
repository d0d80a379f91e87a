"""Sets that loops and conditions write themselves, ranges with steps, `t - 1` over texts: each held
against plain Python."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from itertools import product
from typing import Any

import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.export import export
from optwright.solvers.export.latex import mathematics
from optwright.solvers.language.checks import check
from optwright.solvers.language.expressions import parse, parse_forall, parse_set, to_text
from optwright.solvers.language.notation import set_text
from optwright.solvers.model.formulation import Formulation, Kind

TOWNS = ["a", "b", "c", "d"]
MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
NUMBERS = list(range(1, 8))


def program(weights: dict[str, float], **parts: Any) -> Program:
    """x[i] over towns, s[t] over months, y[k] over 1..7, each at most 10 and worth its weight."""
    stated: dict[str, Any] = {
        "sets": [
            {"name": "I", "members": TOWNS},
            {"name": "M", "members": MONTHS},
            {"name": "K", "expression": "1..7"},
            {"name": "A", "members": [["a", "b"], ["b", "c"], ["c", "d"], ["a", "d"]]},
        ],
        "parameters": [
            {"name": "n", "values": 3},
            {"name": "w", "indices": ["I"], "values": {i: weights[i] for i in TOWNS}},
            {"name": "p", "indices": ["M"], "values": {t: weights[t] for t in MONTHS}},
            {"name": "v", "indices": ["K"], "values": {str(k): weights[str(k)] for k in NUMBERS}},
        ],
        "variables": [
            {"name": "x", "indices": ["I"], "upper": 10},
            {"name": "s", "indices": ["M"], "upper": 10},
            {"name": "y", "indices": ["K"], "upper": 10},
        ],
        "objective": {
            "sense": "maximize",
            "expression": "sum(w[i] * x[i] for i in I) + sum(p[t] * s[t] for t in M)"
            " + sum(v[k] * y[k] for k in K)",
        },
        **parts,
    }
    return Program(Formulation.from_json(json.dumps(stated)))


def drawn(seed: int) -> dict[str, float]:
    pick = random.Random(seed)
    return {name: float(pick.randint(1, 9)) for name in (*TOWNS, *MONTHS, *map(str, NUMBERS))}


def at(prefix: str, members: list[Any]) -> list[str]:
    return [f"{prefix}[{m}]" for m in members]


# What a loop is written over, and the members that it should have.
LOOPS: list[tuple[str, str, list[Any]]] = [
    ("x", '{"a", "c"}', ["a", "c"]),
    ("x", '["a", "c"]', ["a", "c"]),
    ("x", '("a", "c", "d")', ["a", "c", "d"]),
    ("x", 'I - {"b"}', ["a", "c", "d"]),
    ("x", 'I & {"b", "c"}', ["b", "c"]),
    ("x", '{i for i in I if w[i] > 4} | {"a"}', ["heavy"]),
    ("s", "M - {first(M)}", MONTHS[1:]),
    ("s", '"2026-02".."2026-04"', MONTHS[1:4]),
    ("s", '"2026-01".."2026-05" by 2', MONTHS[::2]),
    ("y", "1..3", [1, 2, 3]),
    ("y", "2..n + 2", [2, 3, 4, 5]),
    ("y", "1..7 by 2", [1, 3, 5, 7]),
    ("y", "range(1, 6)", [1, 2, 3, 4, 5]),
    ("y", "range(2, 7, 3)", [2, 5]),
    ("y", "range(1, n)", [1, 2]),
    ("y", "{1..3, 7}", [1, 2, 3, 7]),
    ("y", "(1..3) | (6..7)", [1, 2, 3, 6, 7]),
    ("y", "1..7 - {4, 5}", [1, 2, 3, 6, 7]),
]


@pytest.mark.parametrize(("name", "over", "members"), LOOPS)
def test_a_loop_over_a_set_that_it_writes_runs_over_its_members(
    name: str, over: str, members: list[Any]
) -> None:
    weights = drawn(len(over))
    if members == ["heavy"]:
        members = [i for i in TOWNS if weights[i] > 4 or i == "a"]
    total = program(
        weights, constraints=[{"name": "c", "expression": f"sum({name}[k] for k in {over}) <= 7"}]
    )
    each = program(
        weights,
        constraints=[{"name": "c", "expression": f"{name}[k] <= 2", "forall": f"k in {over}"}],
    )
    every = sum(10 * w for w in weights.values())
    inside = [weights[str(m)] for m in members]
    least = every - 10 * sum(inside)
    assert solve(total).objective == pytest.approx(least + best_share(inside))
    assert solve(each).objective == pytest.approx(least + 2 * sum(inside))


def best_share(worth: list[float], total: float = 7, most: float = 10) -> float:
    """The most that `total` comes to, split among amounts of at most `most`."""
    return max(worth) * min(total, most)


@pytest.mark.parametrize("expression", [over for _, over, _ in LOOPS])
def test_what_a_loop_runs_over_is_read_back_as_it_was_written(expression: str) -> None:
    node = parse_set(expression)
    assert parse_set(set_text(node)) == node
    loops = parse_forall(f"k in {expression}, j in J if j != k")
    assert parse_forall(to_text(loops)) == loops
    amount = parse(f"sum(x[k] for k in {expression} if k != 9)")
    assert parse(to_text(amount)) == amount


def test_membership_may_write_its_set() -> None:
    weights = drawn(1)
    pairs = '{("a", "b"), ("d", "d")} | A - {("a", "d")}'
    found = solve(
        program(
            weights,
            constraints=[
                {"name": "c", "expression": "x[i] + x[j] <= 5",
                 "forall": f"i in I, j in I if (i, j) in {pairs}"},
                {"name": "d", "expression": "y[k] <= 1", "forall": "k in K if k in 2..4"},
                {"name": "e", "expression": "s[t] <= 1", "forall": "t in M if t not in {first(M)}"},
            ],
        )
    )  # fmt: skip
    limited = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "d")]
    grid = [dict(zip(TOWNS, point, strict=True)) for point in product((0, 2.5, 5), repeat=4)]
    kept = [point for point in grid if all(point[i] + point[j] <= 5 for i, j in limited)]
    towns = max(sum(weights[i] * point[i] for i in TOWNS) for point in kept)
    numbers = sum(weights[str(k)] * (1 if 2 <= k <= 4 else 10) for k in NUMBERS)
    months = sum(weights[t] * (10 if t == MONTHS[0] else 1) for t in MONTHS)
    assert found.objective == pytest.approx(towns + numbers + months)


LAGS = [
    ("s[t] <= s[t-1] - 2", "s[t] <= s[prev(t)] - 2", "t in M if t != first(M)"),
    ("s[t] <= s[t - 2] - 3", "s[t] <= s[prev(t, 2)] - 3", "t in M if ord(t) > 2"),
    ("s[t + 1] + s[t] <= 10", "s[next(t)] + s[t] <= 10", "t in M if t != last(M)"),
]


@pytest.mark.parametrize(("written", "spelled", "forall"), LAGS)
def test_a_member_less_one_is_the_member_before(written: str, spelled: str, forall: str) -> None:
    found = [
        solve(program(drawn(5), constraints=[{"name": "c", "expression": e, "forall": forall}]))
        for e in (written, spelled)
    ]
    assert found[0].objective == pytest.approx(found[1].objective)
    assert found[0].objective != pytest.approx(sum(10 * w for w in drawn(5).values()))


@pytest.mark.slow
def test_the_script_finds_the_member_before_and_the_sets_that_loops_write() -> None:
    stated = program(
        drawn(3),
        constraints=[
            {"name": "c", "expression": "s[t] <= s[t-1] - 2", "forall": "t in M - {first(M)}"},
            {"name": "d", "expression": "max(x[i], w[i]) <= 9", "forall": 'i in {"a", "b"}'},
            {"name": "e", "expression": "sum(y[k] for k in {1..3, 7} if k in 2..9) <= 4"},
        ],
    )
    script = export(stated, "pyomo")
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    told = next(line for line in ran.stdout.splitlines() if line.startswith("objective:"))
    assert float(told.split()[1]) == pytest.approx(solve(stated).objective, abs=1e-6)


def test_before_the_first_there_is_nothing() -> None:
    with pytest.raises(FormulationError, match="at t = 2026-01") as caught:
        solve(
            program(
                drawn(2),
                constraints=[{"name": "c", "expression": "s[t] <= s[t-1]", "forall": "t in M"}],
            )
        )
    assert "if t != first(M)" in caught.value.hint


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sum(y[k] for k in 1..m) <= m", "`if 1 <= s <= m`"),
        ("sum(y[k] for k in {k for k in K if k != m}) <= m", "say which members with `if`"),
        ("sum(y[k] for k in 1..x) <= m", "a set is made of data only"),
        ("sum(y[k] for k in 1..q) <= m", "'q', which is not defined"),
        ("sum(y[k] for k in K - Q) <= m", "'Q', which is not defined"),
    ],
)
def test_a_set_that_cannot_be_one_for_all_is_a_finding_with_its_place(
    expression: str, said: str
) -> None:
    with pytest.raises(FormulationError) as caught:
        program(drawn(1), constraints=[{"name": "c", "expression": expression, "forall": "m in K"}])
    assert said in str(caught.value)
    assert "^" in caught.value.excerpt


def test_goals_and_scenarios_take_sets_that_loops_write() -> None:
    stated = program(
        drawn(3),
        goals=[{"name": "g", "expression": "x[i]", "forall": 'i in {"a", "b"}', "target": 4}],
        objective={"sense": "minimize", "expression": "sum(s[t] for t in M - {first(M)})"},
        scenarios=[{"name": "dry", "values": {"n": 1}}, {"name": "wet", "values": {"n": 5}}],
        constraints=[{"name": "c", "expression": "n * s[t] >= 10", "forall": "t in M - {last(M)}"}],
    )
    assert solve(stated).objective == pytest.approx(3 * 10)


def test_exports_write_a_set_where_the_loop_has_it() -> None:
    stated = program(
        drawn(3),
        constraints=[
            {"name": "c", "expression": "sum(y[k] for k in {1..3, 7}) <= 4"},
            {"name": "d", "expression": "max(x[i], w[i]) <= 9", "forall": 'i in {"a", "b"}'},
        ],
    )
    assert stated.formulation is not None
    again = Program(Formulation.from_json(stated.formulation.to_json()))
    assert solve(again).objective == pytest.approx(solve(stated).objective)
    assert r"k \in \{1, \ldots, 3\} \cup \{7\}" in mathematics(stated.formulation)
    assert len(stated.pyomo().d) == 2


def member_warnings(expression: str, forall: str = "") -> list[str]:
    stated = program(
        drawn(1), constraints=[{"name": "c", "expression": expression, "forall": forall}]
    )
    assert stated.formulation is not None
    found = [f for f in check(stated.formulation) if f.kind is Kind.UNKNOWN_MEMBER]
    assert found == [*stated.doubts] or not found
    assert all(f.excerpt and f.place for f in stated.doubts)
    return [f.message for f in stated.doubts]


@pytest.mark.parametrize(
    ("expression", "forall", "said"),
    [
        ("x[i] <= 3", 'i in I if i != "aa"', "did you mean 'a'"),
        ("sum(x[i] for i in I if i in ('a', 'bb')) <= 3", "", "did you mean 'b'"),
        ("sum(s[t] for t in M if t == '2026-13') <= 3", "", "did you mean '2026-03'"),
        ("sum(s[t] for t in M if t == 1) <= 3", "", "its place is ord(t)"),
        ("sum(x[i] for (i, j) in A if j == 'e') <= 3", "", "one of 'b', 'c', 'd'"),
        ("sum(s[t] for t in M if first(M) == '2025-01') <= 3", "", "did you mean '2026-01'"),
        ("sum(x[i] for i in I if w[i] == 'high') <= 3", "", "never is"),
    ],
)
def test_a_text_that_is_nowhere_held_is_a_warning(expression: str, forall: str, said: str) -> None:
    (message,) = member_warnings(expression, forall)
    assert said in message


@pytest.mark.parametrize(
    "forall",
    [
        'i in I if i != "a"',
        'i in I if i in ("a", "b")',
        "i in I if w[i] == 100",
        "i in I, k in K if k == 99",
        'i in I, t in M if t >= "2025-12"',
        'i in I if (i, "c") not in A',
    ],
)
def test_what_may_be_so_is_no_warning(forall: str) -> None:
    assert member_warnings("x[i] <= 3", forall) == []
