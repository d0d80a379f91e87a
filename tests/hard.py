"""Models that no solver proves within a test."""

from __future__ import annotations

from random import Random

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


def market_split(random: Random, rows: int, columns: int) -> Formulation:
    """Split customers in two halves whose sizes agree for each of `rows` products, as nearly as
    can be: a solution is found at once, and its proof takes longer than anybody waits."""
    customers = tuple(f"c{at}" for at in range(columns))
    products = tuple(f"p{at}" for at in range(rows))
    size = {p: {c: random.randrange(100) for c in customers} for p in products}
    half = {p: sum(size[p].values()) // 2 for p in products}
    return Formulation(
        sets=(IndexSet(name="C", members=customers), IndexSet(name="P", members=products)),
        parameters=(
            Parameter(name="size", indices=("P", "C"), values=size),
            Parameter(name="half", indices=("P",), values=half),
        ),
        variables=(
            Variable(name="first", indices=("C",), domain=Domain.BINARY),
            Variable(name="over", indices=("P",)),
            Variable(name="under", indices=("P",)),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(over[p] + under[p] for p in P) + 1"
        ),
        constraints=(
            Constraint(
                name="split",
                forall="p in P",
                expression="sum(size[p, c]*first[c] for c in C) + under[p] - over[p] == half[p]",
            ),
        ),
    )
