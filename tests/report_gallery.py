"""Small solved problems, one for each picture a report may have."""

from __future__ import annotations

from functools import cache

from optwright.agents.problem import Problem
from optwright.reporting.facts import Facts, gather
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from tests.reports import solved

LONG = "Saint-Germain-en-Laye and the villages around it"


@cache
def facts(name: str) -> Facts:
    """The solved problem of that name, ready to be reported."""
    model = GALLERY[name]
    return gather(solved(model), Problem(f"{model.title}: find the best for the 12 people of it."))


def _minimize(expression: str, unit: str = "") -> Objective:
    return Objective(sense=Sense.MINIMIZE, expression=expression, unit=unit)


def _binary(name: str, *indices: str, meaning: str = "") -> Variable:
    return Variable(name=name, indices=indices, domain=Domain.BINARY, meaning=meaning)


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PEOPLE = ("Anna", "Ben", "Carla", "Dimitri", "Elena")

ROSTER = Formulation(
    title="A ward and its shifts",
    sets=(
        IndexSet(name="W", members=_PEOPLE, meaning="nurses"),
        IndexSet(name="D", members=_DAYS, meaning="days"),
        IndexSet(name="S", members=("early", "late"), meaning="shifts"),
    ),
    variables=(_binary("works", "W", "D", "S", meaning="who works when"),),
    objective=_minimize("sum(works[w, d, s] for w in W for d in D for s in S)"),
    constraints=(
        Constraint(
            name="staffed",
            forall="d in D, s in S",
            expression="sum(works[w, d, s] for w in W) >= 2",
            text="every shift needs two nurses",
        ),
        Constraint(
            name="once",
            forall="w in W, d in D",
            expression="sum(works[w, d, s] for s in S) <= 1",
            text="nobody works twice a day",
        ),
        Constraint(
            name="week",
            forall="w in W",
            expression="sum(works[w, d, s] for d in D for s in S) <= 6",
            text="at most six shifts a week",
        ),
    ),
)

_STEPS = {"J1": (3, 2, 2), "J2": (2, 1, 4), "J3": (4, 3, 1)}
JOB_SHOP = Formulation(
    title="A job shop",
    sets=(
        IndexSet(name="J", members=tuple(_STEPS), meaning="orders"),
        IndexSet(name="M", members=("lathe", "mill", "drill")),
    ),
    parameters=(
        Parameter(
            name="time",
            indices=("J", "M"),
            values={
                j: dict(zip(("lathe", "mill", "drill"), map(float, t), strict=True))
                for j, t in _STEPS.items()
            },
        ),
        Parameter(
            name="step",
            indices=("J", "M"),
            values={
                "J1": {"lathe": 1.0, "mill": 2.0, "drill": 3.0},
                "J2": {"lathe": 1.0, "drill": 2.0, "mill": 3.0},
                "J3": {"mill": 1.0, "lathe": 2.0, "drill": 3.0},
            },
        ),
    ),
    variables=(
        Variable(name="begin", indices=("J", "M"), upper=30, unit="h", meaning="hour of the step"),
        Variable(name="done", unit="h", meaning="when the last order is done"),
    ),
    objective=_minimize("done", "h"),
    constraints=(
        Constraint(
            name="route",
            forall="j in J, m in M, n in M if step[j, m] + 1 == step[j, n]",
            expression="begin[j, m] + time[j, m] <= begin[j, n]",
            text="a step begins when the one before it is done",
        ),
        Constraint(
            name="one",
            forall="m in M",
            expression="nooverlap((begin[j, m], time[j, m]) for j in J)",
            text="a machine works on one order at a time",
        ),
        Constraint(
            name="last", forall="j in J, m in M", expression="begin[j, m] + time[j, m] <= done"
        ),
    ),
)

_TASKS = ("paint the hall", "repair the roof", "mend the fence", "plant the trees")
ASSIGNMENT = Formulation(
    title="Who does what",
    sets=(
        IndexSet(name="P", members=_PEOPLE[:4], meaning="people"),
        IndexSet(name="T", members=_TASKS, meaning="tasks"),
    ),
    parameters=(
        Parameter(
            name="hours",
            indices=("P", "T"),
            values={
                p: {t: float(3 + (2 * i + 3 * k) % 5) for k, t in enumerate(_TASKS)}
                for i, p in enumerate(_PEOPLE[:4])
            },
        ),
    ),
    variables=(_binary("does", "P", "T", meaning="who does which task"),),
    objective=_minimize("sum(hours[p, t] * does[p, t] for p in P for t in T)", "h"),
    constraints=(
        Constraint(
            name="each",
            forall="p in P",
            expression="sum(does[p, t] for t in T) == 1",
            text="each person does one task",
        ),
        Constraint(
            name="all",
            forall="t in T",
            expression="sum(does[p, t] for p in P) == 1",
            text="each task is done",
        ),
    ),
)

_SITES = ("North depot", LONG, "Harbour", "Old mill")
_SHOPS = tuple(f"shop {letter}" for letter in "ABCDEF")
SITES = Formulation(
    title="Which depots to open",
    sets=(
        IndexSet(name="F", members=_SITES, meaning="depots"),
        IndexSet(name="C", members=_SHOPS, meaning="shops"),
    ),
    parameters=(
        Parameter(
            name="rent",
            indices=("F",),
            values=dict(zip(_SITES, (90.0, 60.0, 200.0, 240.0), strict=True)),
            meaning="rent of a depot",
        ),
        Parameter(
            name="way",
            indices=("F", "C"),
            values={
                f: {c: float(2 + (5 * i + 3 * k) % 7) for k, c in enumerate(_SHOPS)}
                for i, f in enumerate(_SITES)
            },
            meaning="cost of carrying a ton",
        ),
    ),
    variables=(
        _binary("open", "F", meaning="depots to open"),
        Variable(name="carry", indices=("F", "C"), unit="t", meaning="tons from a depot to a shop"),
    ),
    objective=_minimize(
        "sum(rent[f] * open[f] for f in F) + sum(way[f, c] * carry[f, c] for f in F for c in C)",
        "€",
    ),
    constraints=(
        Constraint(
            name="met",
            forall="c in C",
            expression="sum(carry[f, c] for f in F) >= 8",
            text="every shop needs 8 tons",
        ),
        Constraint(
            name="capacity",
            forall="f in F",
            expression="sum(carry[f, c] for c in C) <= 30 * open[f]",
            text="a depot that is open carries at most 30 tons",
        ),
    ),
)

_STOPS = ("depot", "Ash", "Birch", "Cedar", "Elm")
ROUTE = Formulation(
    title="A round trip",
    sets=(IndexSet(name="N", members=_STOPS, meaning="stops"),),
    parameters=(
        Parameter(
            name="km",
            indices=("N", "N"),
            values={
                a: {b: float(abs(i - k) * 3 + (i * k) % 4) for k, b in enumerate(_STOPS)}
                for i, a in enumerate(_STOPS)
            },
        ),
    ),
    variables=(
        _binary("go", "N", "N", meaning="legs of the trip"),
        Variable(name="rank", indices=("N",), upper=4, meaning="rank in the trip"),
    ),
    objective=_minimize("sum(km[a, b] * go[a, b] for a in N for b in N)", "km"),
    constraints=(
        Constraint(
            name="out", forall="a in N", expression="sum(go[a, b] for b in N if b != a) == 1"
        ),
        Constraint(
            name="in", forall="b in N", expression="sum(go[a, b] for a in N if b != a) == 1"
        ),
        Constraint(name="self", forall="a in N", expression="go[a, a] == 0"),
        Constraint(
            name="tour",
            forall="a in N, b in N if a != b and b != 'depot' and a != 'depot'",
            expression="rank[a] - rank[b] + 5 * go[a, b] <= 4",
        ),
    ),
)

_NEED = (20.0, 35.0, 10.0, 60.0, 25.0, 40.0, 15.0, 55.0)
STOCK = Formulation(
    title="What to make and keep",
    sets=(IndexSet(name="T", members=tuple(range(1, 9)), meaning="weeks"),),
    parameters=(
        Parameter(
            name="need",
            indices=("T",),
            values={str(t): n for t, n in enumerate(_NEED, 1)},
        ),
    ),
    variables=(
        Variable(name="make", indices=("T",), upper=40, unit="t", meaning="tons made"),
        Variable(name="stock", indices=("T",), unit="t", meaning="tons in stock"),
    ),
    objective=_minimize("sum(3 * make[t] for t in T) + sum(0.5 * stock[t] for t in T)", "€"),
    constraints=(
        Constraint(name="first", expression="stock[1] == make[1] - need[1]"),
        Constraint(
            name="balance",
            forall="t in T if t > 1",
            expression="stock[t] == stock[t - 1] + make[t] - need[t]",
            text="what is left goes on into the next week",
        ),
    ),
)

GALLERY = {
    "roster": ROSTER,
    "job shop": JOB_SHOP,
    "assignment": ASSIGNMENT,
    "sites": SITES,
    "route": ROUTE,
    "stock": STOCK,
}
