"""Random small linear formulations with sets and data, for tests that hold two lowerings
together; and Python itself as a third reader of the same texts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

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

SETS: dict[str, tuple[str | int, ...]] = {
    "I": ("lyon", "metz", "nice"),
    "J": ("metz", "nice"),
    "T": (1, 2, 3, 4),
}
WEIGHTS = {"lyon": 3.0, "metz": -1.5, "nice": 2.0}
COSTS = {"lyon": {"1": 2.0, "2": 4.0, "4": -1.0}, "nice": {"3": 0.5, "4": 7.0}}
"""Values for some combinations only."""
PARAMETERS = (
    Parameter(name="w", indices=("I",), values=dict(WEIGHTS)),
    Parameter(name="cost", indices=("I", "T"), values=dict(COSTS)),
    Parameter(name="limit", values=12.0),
)
VARIABLES = (
    Variable(name="x", indices=("I",), upper=9),
    Variable(name="s", indices=("I", "T"), lower=-4, upper=6),
    Variable(name="n", indices=("T",), domain=Domain.INTEGER, lower=0, upper=5),
    Variable(name="b", domain=Domain.BINARY),
)

TERMS_ANYWHERE = [
    "b",
    "3 * b - 0.5",
    'x["nice"]',
    "n[2] / 4",
    "limit",
    "-(b + limit) * 2",
    "sum(w[i] * x[i] for i in I)",
    "sum(x[i] for i in J)",
    "sum(x[i] - x[j] for i in I for j in I if i < j)",
    "sum(cost[i, t] * s[i, t] for i in I for t in T if (i, t) in cost)",
    "sum(n[t] - n[t - 1] for t in T if t > 1)",
    "sum(t * n[t] for t in T if t in [1, 3] or t == 4)",
    "sum(s[i, t] for t in T for i in I if i not in J)",
    'sum(x[i] for i in I if not i == "lyon" and w[i] >= -2)',
    "max(w[i] for i in I) * b",
    "sum(max(w[i], 0) * x[i] for i in I)",
    "len(T) * n[1]",
    "sum(sum(s[i, t] for t in T if t <= u) for i in J for u in T if 1 <= u <= 2)",
    "b * 2 ** 3",
    "sum(x[i] for i in I if i == 'paris')",
]
TERMS_IN_I = ["x[i]", "w[i] * x[i]", "sum(s[i, t] for t in T)", "w[i] ** 2 * b", "s[i, 4] / w[i]"]
TERMS_IN_T = ["n[t]", "t * n[t]", "sum(s[i, t] for i in J)", "n[5 - t] - 1", "sqrt(t) * b"]


@dataclass(frozen=True)
class Loops:
    """Loops as Python writes them, the names they bind, and terms that use those."""

    python: str
    bound: str
    terms: list[str]


FORALLS = {
    "": Loops("", "", TERMS_ANYWHERE),
    "i in I": Loops("for i in I", "i", TERMS_ANYWHERE[:4] + TERMS_IN_I),
    "i in I if w[i] > 0 and i != 'nice'": Loops(
        "for i in I if w[i] > 0 and i != 'nice'", "i", TERMS_IN_I
    ),
    "t in T if t > 1": Loops(
        "for t in T if t > 1", "t", [*TERMS_IN_T, "n[t] - n[t - 1]", "s['metz', t - 1]"]
    ),
    "i in J, t in T": Loops(
        "for i in J for t in T", "i, t", [*TERMS_IN_I[:2], "n[t]", "s[i, t]", "s[i, t] * t"]
    ),
    "for i in I if i in J for t in T if (i, t) in cost": Loops(
        "for i in I if i in J for t in T if (i, t) in cost",
        "i, t",
        ["cost[i, t] * s[i, t]", "x[i]", "n[t]"],
    ),
}


def sums(terms: list[str]) -> st.SearchStrategy[str]:
    """Some of the terms, added up."""
    weighted = st.builds("{} * ({})".format, st.integers(-3, 3), st.sampled_from(terms))
    return st.lists(weighted, min_size=1, max_size=4).map(" + ".join)


@st.composite
def constraints(draw: st.DrawFn, name: str) -> Constraint:
    forall = draw(st.sampled_from(list(FORALLS)))
    side = sums(FORALLS[forall].terms)
    operator = draw(st.sampled_from(["<=", ">=", "=="]))
    left, right = draw(side), draw(st.integers(-40, 40).map(str) | side)
    if operator != "==" and draw(st.booleans()):
        low, high = (draw(st.integers(-90, 0)), draw(st.integers(0, 90)))
        ends = (low, high) if operator == "<=" else (high, low)
        return Constraint(
            name=name,
            forall=forall,
            expression=f"{ends[0]} + 0 * b {operator} {left} {operator} {ends[1]}",
        )
    return Constraint(name=name, forall=forall, expression=f"0 * b + {left} {operator} {right}")


@st.composite
def formulations(draw: st.DrawFn) -> Formulation:
    """Bounded in every variable, so each has an optimum or is infeasible."""
    count = draw(st.integers(0, 3))
    return Formulation(
        sets=tuple(IndexSet(name=name, members=members) for name, members in SETS.items()),
        parameters=PARAMETERS,
        variables=VARIABLES,
        objective=Objective(
            sense=draw(st.sampled_from(Sense)), expression=f"b + {draw(sums(TERMS_ANYWHERE))}"
        ),
        constraints=tuple(draw(constraints(f"c{at}")) for at in range(count)),
    )


class Indexed:
    """What `x[i, t]` and `(i, t) in cost` mean to Python."""

    def __init__(self, values: Mapping[tuple[Any, ...], float]) -> None:
        self._values = values

    def __getitem__(self, index: Any) -> float:
        return self._values[index if isinstance(index, tuple) else (index,)]

    def __contains__(self, index: object) -> bool:
        return (index if isinstance(index, tuple) else (index,)) in self._values


def meaning(point: Mapping[str, float]) -> dict[str, Any]:
    """Every name of a random formulation as a Python object; `point` gives each element's value."""
    values = {name: dict[tuple[Any, ...], float]() for name in "xsn"}
    for variable in VARIABLES[:3]:
        for members in product(*(SETS[index] for index in variable.indices)):
            element = f"{variable.name}[{','.join(map(str, members))}]"
            values[variable.name][members] = point[element]
    costs = {(i, int(t)): cost for i, row in COSTS.items() for t, cost in row.items()}
    return {
        **SETS,
        **{name: Indexed(elements) for name, elements in values.items()},
        "w": Indexed({(i,): weight for i, weight in WEIGHTS.items()}),
        "cost": Indexed(costs),
        "limit": 12.0,
        "b": point["b"],
        "sqrt": math.sqrt,
    }


def python_rows(constraint: Constraint, point: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """The names in sight of each row of a constraint, loop names last."""
    known = meaning(point)
    loops = FORALLS[constraint.forall]
    if not loops.bound:
        yield known
        return
    for members in eval(f"[({loops.bound},) {loops.python}]", known):
        yield known | dict(zip(loops.bound.split(", "), members, strict=True))
