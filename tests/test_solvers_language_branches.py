"""Constructs over amounts: each optimum is the best of all branches, plain linear programs.

A branch says which part is the largest, on which segment an amount is, which switches are on; its
rows hold nothing that a lowering of constructs has touched.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from optwright.solvers.backends.highs import Highs
from optwright.solvers.backends.logic_evaluation import least_step
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

CASES = [1, pytest.param(200, marks=pytest.mark.slow)]
NAMES = ("p", "q", "r")
POINTS = (1, 2, 3)
TOLERANCE = 1e-3  # steps of strict conditions times coefficients


class Data(NamedTuple):
    """Numbers of one instance, by member."""

    low: dict[str, float]
    high: dict[str, float]
    c: dict[str, float]
    d: dict[str, float]
    at: dict[str, list[float]]
    cost: dict[str, list[float]]


class Branch(NamedTuple):
    """What the construct is worth in one case, and the rows that say that it is this case."""

    worth: str
    rows: tuple[str, ...] = ()


def data(pick: random.Random, least: float | None = None) -> Data:
    low = {i: float(pick.randint(-3, 0)) if least is None else least for i in NAMES}
    high = {i: float(pick.randint(2, 6)) for i in NAMES}
    at = {i: sorted(pick.sample(range(-3, 7), len(POINTS))) for i in NAMES}
    return Data(
        low,
        high,
        {i: pick.choice([-2, -0.5, 0.5, 1, 3]) for i in NAMES},
        {i: pick.choice([0.5, 1, 1.5, 2]) for i in NAMES},
        {i: [min(low[i], a[0]), a[1], max(high[i], a[2])] for i, a in at.items()},
        {i: [pick.choice([-1, 0, 0.5, 2, 4]) for _ in POINTS] for i in NAMES},
    )


def product_of(parts: Sequence[Sequence[Branch]]) -> list[Branch]:
    """Every combination of a branch of each part; what they are worth is added up."""
    return [
        Branch(" + ".join(f"({b.worth})" for b in some), sum((b.rows for b in some), ()))
        for some in itertools.product(*parts)
    ]


def extreme(parts: Sequence[str], operator: str) -> list[Branch]:
    return [Branch(f, tuple(f"{f} {operator} {g}" for g in parts if g != f)) for f in parts]


def line(i: str, of: Data) -> list[Branch]:
    found = []
    for (a, b), (f, g) in zip(
        itertools.pairwise(of.at[i]), itertools.pairwise(of.cost[i]), strict=True
    ):
        slope = (g - f) / (b - a)
        found.append(Branch(f"{f} + {slope!r} * (v_{i} - ({a}))", (f"{a} <= v_{i} <= {b}",)))
    return found


def below(i: str, limit: float, of: Data) -> str:
    return f"v_{i} <= {limit - least_step(of.high[i] - of.low[i])!r}"


Branches = Callable[[Data], list[Branch]]
EXPRESSIONS: dict[str, tuple[str, Branches]] = {
    "largest": (
        "max(c[i] * v[i] + d[i] for i in I)",
        lambda of: extreme([f"{of.c[i]} * v_{i} + {of.d[i]}" for i in NAMES], ">="),
    ),
    "smallest": (
        "min(c[i] * v[i] + d[i] for i in I)",
        lambda of: extreme([f"{of.c[i]} * v_{i} + {of.d[i]}" for i in NAMES], "<="),
    ),
    "listed": (
        "max(v['p'] - v['q'], 2 * v['r'], d['p']) - min(v['p'], v['r'])",
        lambda of: product_of(
            [
                extreme(["v_p - v_q", "2 * v_r", f"{of.d['p']}"], ">="),
                [Branch(f"-({f})", rows) for f, rows in extreme(["v_p", "v_r"], "<=")],
            ]
        ),
    ),
    "sizes": (
        "sum(abs(v[i] - d[i]) for i in I)",
        lambda of: product_of(
            [extreme([f"(v_{i} - {of.d[i]})", f"({of.d[i]} - v_{i})"], ">=") for i in NAMES]
        ),
    ),
    "largest size": (
        "max(abs(v[i] - d[i]) for i in I)",
        lambda of: extreme(
            [t for i in NAMES for t in (f"(v_{i} - {of.d[i]})", f"({of.d[i]} - v_{i})")], ">="
        ),
    ),
    "lines": (
        "sum(piecewise(v[i], (at[i, k], cost[i, k]) for k in K) for i in I)",
        lambda of: product_of([line(i, of) for i in NAMES]),
    ),
    "switched": (
        "sum(y[i] * (v[i] - d[i]) for i in I)",
        lambda of: product_of(
            [
                [Branch("0", (f"y_{i} == 0",)), Branch(f"v_{i} - {of.d[i]}", (f"y_{i} == 1",))]
                for i in NAMES
            ]
        ),
    ),
    "switched twice": (
        "y['p'] * y['q'] * (v['p'] - v['r'])",
        lambda _: [
            Branch("v_p - v_r", ("y_p == 1", "y_q == 1")),
            Branch("0", ("y_p == 0",)),
            Branch("0", ("y_q == 0",)),
        ],
    ),
    "chosen": (
        "sum((c[i] * v[i] if y[i] else d[i]) for i in I)",
        lambda of: product_of(
            [
                [
                    Branch(f"{of.c[i]} * v_{i}", (f"y_{i} == 1",)),
                    Branch(f"{of.d[i]}", (f"y_{i} == 0",)),
                ]
                for i in NAMES
            ]
        ),
    ),
    "chosen by an amount": (
        "(v['p'] if v['q'] >= 1 else d['p'] - v['r'])",
        lambda of: [
            Branch("v_p", ("v_q >= 1",)),
            Branch(f"{of.d['p']} - v_r", (below("q", 1, of),)),
        ],
    ),
    "counted": (
        "count(v[i] >= d[i] for i in I)",
        lambda of: product_of(
            [
                [Branch("1", (f"v_{i} >= {of.d[i]}",)), Branch("0", (below(i, of.d[i], of),))]
                for i in NAMES
            ]
        ),
    ),
}


STATEMENTS: dict[str, tuple[str, str, Branches]] = {
    "indicator": (
        "implies(y[i], v[i] >= d[i])",
        "i in I",
        lambda of: product_of(
            [
                [Branch("0", (f"y_{i} == 0",)), Branch("0", (f"y_{i} == 1", f"v_{i} >= {of.d[i]}"))]
                for i in NAMES
            ]
        ),
    ),
    "off is zero": (
        "implies(not y[i], v[i] == 0)",
        "i in I if c[i] > 0",
        lambda of: product_of(
            [
                [Branch("0", (f"y_{i} == 1",)), Branch("0", (f"y_{i} == 0", f"v_{i} == 0"))]
                for i in NAMES
                if of.c[i] > 0
            ]
            or [[Branch("0")]]
        ),
    ),
    "one side or the other": (
        "v[i] <= d[i] - 1 or v[i] >= d[i]",
        "i in I",
        lambda of: product_of(
            [
                [Branch("0", (f"v_{i} <= {of.d[i] - 1}",)), Branch("0", (f"v_{i} >= {of.d[i]}",))]
                for i in NAMES
            ]
        ),
    ),
    "two of them": (
        "exactly(2, v[i] >= d[i] for i in I)",
        "",
        lambda of: [
            Branch(
                "0",
                (below(out, of.d[out], of), *(f"v_{i} >= {of.d[i]}" for i in NAMES if i != out)),
            )
            for out in NAMES
        ],
    ),
    "one is not zero": (
        "sos1(v[i] for i in I)",
        "",
        lambda _: [Branch("0", tuple(f"v_{i} == 0" for i in NAMES if i != kept)) for kept in NAMES],
    ),
    "two neighbours are not zero": (
        "sos2(v[i] for i in I)",
        "",
        lambda _: [Branch("0", ("v_p == 0",)), Branch("0", ("v_r == 0",))],
    ),
    "no overlap": (
        "nooverlap((v[i], d[i]) for i in I)",
        "",
        lambda of: [
            Branch("0", tuple(f"v_{i} + {of.d[i]} <= v_{j}" for i, j in itertools.pairwise(order)))
            for order in itertools.permutations(NAMES)
        ],
    ),
    "nothing or enough": (
        "sum(v[i] for i in I) >= d['p']",
        "",
        lambda of: [
            Branch(b.worth, (*b.rows, f"v_p + v_q + v_r >= {of.d['p']}"))
            for b in product_of(
                [[Branch("0", (f"v_{i} == 0",)), Branch("0", (f"v_{i} >= 1",))] for i in NAMES]
            )
        ],
    ),
}


def stated(of: Data, objective: str, sense: str, rows: list[dict[str, str]], semi: bool) -> Program:
    def over(name: str, values: Any, *more: str) -> dict[str, Any]:
        return {"name": name, "indices": ["I", *more], "values": values}

    lines = [
        {i: dict(zip(map(str, POINTS), row, strict=True)) for i, row in side.items()}
        for side in (of.at, of.cost)
    ]
    amounts = {"name": "v", "indices": ["I"], "lower": "low[i]", "upper": "high[i]"}
    parts = {
        "sets": [{"name": "I", "members": list(NAMES)}, {"name": "K", "members": list(POINTS)}],
        "parameters": [
            over("low", of.low if not semi else dict.fromkeys(NAMES, 1.0)),
            over("high", of.high),
            over("c", of.c),
            over("d", of.d),
            over("at", lines[0], "K"),
            over("cost", lines[1], "K"),
        ],
        "variables": [
            amounts | ({"semicontinuous": True} if semi else {}),
            {"name": "y", "indices": ["I"], "domain": "binary"},
        ],
        "objective": {"sense": sense, "expression": objective},
        "constraints": [{"name": f"c{k}", **row} for k, row in enumerate(rows)],
    }
    formulation = Formulation.model_validate(parts)
    assert not [f for f in check(formulation) if f.severity == "error"]
    assert Formulation.from_json(formulation.to_json()) == formulation
    return Program(formulation)


def best(of: Data, branches: Sequence[tuple[str, Sequence[str]]], sense: str) -> float | None:
    """The best of some objectives, each under rows of its own."""
    found = list[float]()
    for objective, rows in branches:
        plain = Formulation.model_validate(
            {
                "variables": [
                    *({"name": f"v_{i}", "lower": of.low[i], "upper": of.high[i]} for i in NAMES),
                    *({"name": f"y_{i}", "domain": "binary"} for i in NAMES),
                ],
                "objective": {"sense": sense, "expression": objective},
                "constraints": [{"name": f"c{k}", "expression": r} for k, r in enumerate(rows)],
            }
        )
        outcome = Highs().solve(Program(plain))
        if outcome.status is Status.OPTIMAL and outcome.objective is not None:
            found.append(outcome.objective)
    return None if not found else (min(found) if sense == "minimize" else max(found))


def plain(text: str) -> str:
    """With `v_p` in the place of `v['p']`."""
    return text.replace("['", "_").replace("']", "")


def agrees(program: Program, expected: float | None, said: object) -> None:
    outcome = Highs().solve(program)
    if expected is None:
        assert outcome.status is Status.INFEASIBLE, said
    else:
        assert outcome.objective == pytest.approx(expected, abs=TOLERANCE), (said, outcome)


def some_objective(pick: random.Random) -> str:
    return " + ".join(
        f"({pick.choice([-2, -1, 0.5, 1, 3])}) * {v}['{i}']" for v in "vy" for i in NAMES
    )


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_an_expression_of_amounts_is_worth_the_best_of_its_branches(kind: str, cases: int) -> None:
    pick = random.Random(f"branches {kind}")
    text, branches = EXPRESSIONS[kind]
    for _ in range(cases):
        of = data(pick)
        objective, sense = some_objective(pick), pick.choice(["minimize", "maximize"])
        if pick.random() < 0.5:
            program = stated(of, f"2 * ({text}) + {objective}", sense, [], False)
            cases_of = [(f"2 * ({b.worth}) + {plain(objective)}", b.rows) for b in branches(of)]
        else:
            side = f"{pick.choice(['<=', '>=', '=='])} {pick.choice([0, 1, 1.5, 3])}"
            program = stated(of, objective, sense, [{"expression": f"{text} {side}"}], False)
            cases_of = [
                (plain(objective), (*b.rows, f"{b.worth} + 0 * v_p {side}")) for b in branches(of)
            ]
        said = (kind, of, program.formulation and program.formulation.objective, sense)
        agrees(program, best(of, cases_of, sense), said)


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_statement_about_amounts_leaves_the_best_of_its_branches(kind: str, cases: int) -> None:
    pick = random.Random(f"branches {kind}")
    text, forall, branches = STATEMENTS[kind]
    for _ in range(cases):
        semi = kind == "nothing or enough"
        of = data(pick, 0.0 if semi else None)
        objective, sense = some_objective(pick), pick.choice(["minimize", "maximize"])
        program = stated(of, objective, sense, [{"expression": text, "forall": forall}], semi)
        cases_of = [(plain(objective), b.rows) for b in branches(of)]
        agrees(program, best(of, cases_of, sense), (kind, of, objective, sense))


# One time after the other


PERIODS = ["2026-01", "2026-02", "2026-03", "2026-04"]
LAGS: dict[str, tuple[str, str, Callable[[int], str | None]]] = {
    "before": (
        "s[t] == s[prev(t)] + m[t] - d[t]",
        "t in T if t != first(T)",
        lambda t: f"s_{t} == s_{t - 1} + m_{t} - {{d{t}}}" if t else None,
    ),
    "round": (
        "s[t] == s[prev_cyclic(t)] + m[t] - d[t]",
        "t in T",
        lambda t: f"s_{t} == s_{(t - 1) % 4} + m_{t} - {{d{t}}}",
    ),
    "two before": (
        "m[t] - m[prev(t, 2)] <= d[t]",
        "t in T if ord(t) > 2",
        lambda t: f"m_{t} - m_{t - 2} <= {{d{t}}}" if t > 1 else None,
    ),
    "after": (
        "s[next(t)] >= s[t] - d[t]",
        "t in T if t < last(T)",
        lambda t: f"s_{t + 1} >= s_{t} - {{d{t}}}" if t < 3 else None,
    ),
    "so far": (
        "sum(m[u] for u in T if u <= t) >= sum(d[u] for u in T if u <= t)",
        "t in T",
        lambda t: (
            " + ".join(f"m_{u}" for u in range(t + 1))
            + " >= "
            + " + ".join(f"{{d{u}}}" for u in range(t + 1))
        ),
    ),
    "from a date on": (
        "s[t] + m[t] >= d[t]",
        "t in T if t >= '2026-02' and t != '2026-04'",
        lambda t: f"s_{t} + m_{t} >= {{d{t}}}" if t in {1, 2} else None,
    ),
}


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", LAGS)
def test_what_is_said_of_neighbours_is_said_of_the_right_ones(kind: str, cases: int) -> None:
    pick = random.Random(f"lags {kind}")
    text, forall, row = LAGS[kind]
    for _ in range(cases):
        d = [pick.choice([0, 1, 2.5, 4]) for _ in PERIODS]
        worth = [pick.choice([-2, -1, 0.5, 3]) for _ in range(8)]
        sense = pick.choice(["minimize", "maximize"])
        coefficients = [dict(zip(PERIODS, side, strict=True)) for side in (worth[:4], worth[4:], d)]
        program = Program(
            Formulation.model_validate(
                {
                    "sets": [{"name": "T", "members": PERIODS}],
                    "parameters": [
                        {"name": name, "indices": ["T"], "values": values}
                        for name, values in zip(("f", "g", "d"), coefficients, strict=True)
                    ],
                    "variables": [
                        {"name": "s", "indices": ["T"], "upper": 5},
                        {"name": "m", "indices": ["T"], "upper": 4},
                    ],
                    "objective": {
                        "sense": sense,
                        "expression": "sum(f[t] * s[t] + g[t] * m[t] for t in T)",
                    },
                    "constraints": [{"name": "c", "expression": text, "forall": forall}],
                }
            )
        )
        rows = [r.format(**{f"d{k}": x for k, x in enumerate(d)}) for r in map(row, range(4)) if r]
        names = [f"{v}_{t}" for v in "sm" for t in range(4)]
        by_hand = Formulation.model_validate(
            {
                "variables": [{"name": n, "upper": 5 if n[0] == "s" else 4} for n in names],
                "objective": {
                    "sense": sense,
                    "expression": " + ".join(
                        f"({w}) * {n}" for w, n in zip(worth, names, strict=True)
                    ),
                },
                "constraints": [{"name": f"c{k}", "expression": r} for k, r in enumerate(rows)],
            }
        )
        expected = Highs().solve(Program(by_hand)).objective
        agrees(program, expected, (kind, d, worth, sense))


# Several aims over amounts


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", ["lexicographic", "goals", "cvar"])
def test_several_aims_over_amounts_are_what_linear_programs_say(kind: str, cases: int) -> None:
    pick = random.Random(f"aims {kind}")
    for _ in range(cases):
        of = data(pick, 0.0)
        f, g = ([pick.choice([-2, -1, 0.5, 2]) for _ in NAMES] for _ in range(2))
        f_text, g_text = (
            " + ".join(f"({a}) * v_{i}" for a, i in zip(side, NAMES, strict=True))
            for side in (f, g)
        )
        rows = ["v_p + v_q + v_r <= 6", "v_p + 2 * v_q >= 1"]
        aims = {"lexicographic": lexicographic, "goals": goals, "cvar": cvar}
        parts, expected = aims[kind](pick, of, f_text, g_text, rows)
        variables = [{"name": f"v_{i}", "lower": of.low[i], "upper": of.high[i]} for i in NAMES]
        constraints = [{"name": f"c{k}", "expression": r} for k, r in enumerate(rows)]
        program = Program(
            Formulation.model_validate({"variables": variables, "constraints": constraints} | parts)
        )
        outcome = solve(program)
        assert outcome.status is Status.OPTIMAL
        values = [r.value for r in outcome.reached if r.kind != "scenario"]
        if not values:
            assert outcome.objective is not None
            values = [outcome.objective]
        assert values == pytest.approx(expected, abs=TOLERANCE), (kind, f_text, g_text, of)


Aims = tuple[dict[str, Any], list[float]]


def lexicographic(pick: random.Random, of: Data, f: str, g: str, rows: list[str]) -> Aims:
    tolerance = pick.choice([0.0, 0.1, 0.3])
    stated = [
        {"name": "f", "sense": "minimize", "expression": f, "priority": 1, "tolerance": tolerance},
        {"name": "g", "sense": "maximize", "expression": g, "priority": 2},
    ]
    first = best(of, [(f, rows)], "minimize")
    assert first is not None
    most = first + tolerance * abs(first)
    second = best(of, [(g, [*rows, f"{f} <= {most + 1e-9!r}"])], "maximize")
    assert second is not None
    # Which f goes with that g is not said: any that does.
    kept = [*rows, f"{f} <= {most + 1e-9!r}", f"{g} >= {second - 1e-7!r}"]
    span = best(of, [(f, kept)], "minimize"), best(of, [(f, kept)], "maximize")
    found = solve(
        Program(
            Formulation.model_validate(
                {
                    "variables": [
                        {"name": f"v_{i}", "lower": of.low[i], "upper": of.high[i]} for i in NAMES
                    ],
                    "constraints": [{"name": f"c{k}", "expression": r} for k, r in enumerate(rows)],
                    "objectives": stated,
                }
            )
        )
    )
    reached = {r.name: r.value for r in found.reached}
    assert span[0] is not None
    assert span[1] is not None
    assert span[0] - TOLERANCE <= reached["f"] <= span[1] + TOLERANCE
    return {"objectives": stated}, [reached["f"], second]


def goals(pick: random.Random, of: Data, f: str, g: str, rows: list[str]) -> Aims:
    targets = [pick.choice([-3, 0, 2.5, 8]) for _ in range(2)]
    sides = [(pick.choice([0, 1, 2]), pick.choice([0.5, 3])) for _ in range(2)]
    stated = [
        {"name": f"g{k}", "expression": e, "target": targets[k], "under": sides[k][0],
         "over": sides[k][1], "priority": 1 + k}
        for k, e in enumerate((f, g))
    ]  # fmt: skip

    def missed(k: int, e: str) -> list[Branch]:
        under, over = sides[k]
        off = f"(({e}) - ({targets[k]}))"
        return [Branch(f"{over} * {off}", (f"{off} >= 0",)),
                Branch(f"-{under} * {off}", (f"{off} <= 0",))]  # fmt: skip

    branches = [(b.worth, [*rows, *b.rows]) for b in missed(0, f)]
    first = best(of, branches, "minimize")
    assert first is not None
    second = best(
        of,
        [
            (c.worth, [*rows, *b.rows, *c.rows, f"{b.worth} + 0 * v_p <= {first + 1e-7!r}"])
            for b in missed(0, f)
            for c in missed(1, g)
        ],
        "minimize",
    )
    assert second is not None
    return {"goals": stated}, [first, second]


def cvar(pick: random.Random, of: Data, f: str, g: str, rows: list[str]) -> Aims:
    level = pick.choice([0.5, 0.75, 0.9])
    weights = [pick.randint(1, 4) for _ in range(3)]
    chances = [w / sum(weights) for w in weights]
    factors = [pick.choice([-1, 0, 1, 2]) for _ in range(3)]
    losses = [f"({f}) + ({k}) * ({g})" for k in factors]
    # The mean of the worst share is the largest over how that share may be dealt out.
    share = 1 - level
    dealt = []
    for order in itertools.permutations(range(3)):
        left, q = share, [0.0] * 3
        for k in order:
            q[k] = min(chances[k], left)
            left -= q[k]
        dealt.append(" + ".join(f"{q[k] / share!r} * ({losses[k]})" for k in range(3)))
    expected = best(of, [(b.worth, [*rows, *b.rows]) for b in extreme(dealt, ">=")], "minimize")
    assert expected is not None
    parts = {
        "parameters": [{"name": "k", "values": 0}],
        "objective": {"sense": "minimize", "expression": f"({f}) + k * ({g})"},
        "scenarios": {
            "measure": "cvar",
            "level": level,
            "cases": [
                {"name": f"s{n}", "probability": chance, "values": {"k": factor}}
                for n, (chance, factor) in enumerate(zip(chances, factors, strict=True))
            ],
        },
    }
    return parts, [expected]
