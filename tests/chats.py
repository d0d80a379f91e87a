"""Models for tests of conversations: a candy store without tables, and flour with three."""

from __future__ import annotations

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table, from_columns
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status

CANDY_TEXT = (
    "A candy store packs regular boxes and gift boxes. A regular box takes 200 grams of chocolate "
    "and 100 grams of toffee and earns a profit of $6. A gift box takes 150 grams of chocolate and "
    "300 grams of toffee and earns a profit of $9. The store has 12000 grams of chocolate and "
    "15000 grams of toffee. At least 20 regular boxes must be packed. How many boxes of each kind "
    "should be packed to maximize the profit?"
)
CANDY = Formulation(
    variables=(
        Variable(name="regular", domain=Domain.INTEGER, meaning="number of regular boxes"),
        Variable(name="gift", domain=Domain.INTEGER, meaning="number of gift boxes"),
    ),
    objective=Objective(
        sense=Sense.MAXIMIZE, expression="6*regular + 9*gift", text="maximize the profit"
    ),
    constraints=(
        Constraint(
            name="chocolate",
            expression="200*regular + 150*gift <= 12000",
            text="12000 grams of chocolate",
        ),
        Constraint(
            name="toffee",
            expression="100*regular + 300*gift <= 15000",
            text="15000 grams of toffee",
        ),
        Constraint(
            name="orders",
            expression="regular >= 20",
            text="At least 20 regular boxes must be packed",
        ),
    ),
)

FLOUR_TEXT = (
    "A company sends flour from its mills to its bakeries. Every mill can send at most its "
    "capacity, every bakery must get its demand, and no route may carry more than 60 tons. Find "
    "the cheapest plan."
)
MILLS = {"Weir": 120, "Hill": 80, "Lake": 100}
BAKERIES = {"Harbour": 70, "Market": 55, "Station": 45, "Castle": 60}
COSTS = [4.5, 3, 6, 7.5, 5, 6.5, 2.5, 4, 8, 5.5, 7, 3.5]


def flour_tables() -> dict[str, Table]:
    pairs = [(mill, bakery) for mill in MILLS for bakery in BAKERIES]
    return {
        "mills": from_columns("mills", {"mill": [*MILLS], "tons": [*MILLS.values()]}),
        "bakeries": from_columns("bakeries", {"bakery": [*BAKERIES], "tons": [*BAKERIES.values()]}),
        "routes": from_columns(
            "routes",
            {"mill": [m for m, _ in pairs], "bakery": [b for _, b in pairs], "dollars": COSTS},
        ),
    }


FLOUR = Formulation(
    sets=(
        IndexSet(name="mills", column=Column(table="mills", value="mill")),
        IndexSet(name="bakeries", column=Column(table="bakeries", value="bakery")),
    ),
    parameters=(
        Parameter(
            name="cost",
            indices=("mills", "bakeries"),
            meaning="cost per ton",
            column=Column(table="routes", value="dollars", keys=("mill", "bakery")),
        ),
        Parameter(
            name="capacity",
            indices=("mills",),
            column=Column(table="mills", value="tons", keys=("mill",)),
        ),
        Parameter(
            name="demand",
            indices=("bakeries",),
            column=Column(table="bakeries", value="tons", keys=("bakery",)),
        ),
    ),
    variables=(Variable(name="send", indices=("mills", "bakeries"), meaning="tons of flour sent"),),
    objective=Objective(
        sense=Sense.MINIMIZE,
        expression="sum(cost[i, j] * send[i, j] for i in mills for j in bakeries)",
        text="cheapest plan",
        unit="dollars",
    ),
    constraints=(
        Constraint(
            name="capacity_of_mill",
            forall="i in mills",
            expression="sum(send[i, j] for j in bakeries) <= capacity[i]",
            text="Every mill can send at most its capacity",
        ),
        Constraint(
            name="demand_of_bakery",
            forall="j in bakeries",
            expression="sum(send[i, j] for i in mills) >= demand[j]",
            text="every bakery must get its demand",
        ),
        Constraint(
            name="route",
            forall="i in mills, j in bakeries",
            expression="send[i, j] <= 60",
            text="no route may carry more than 60 tons",
        ),
    ),
)


def candy() -> Program:
    return Program(CANDY)


def flour() -> Program:
    return Program(FLOUR, flour_tables())


def solved(formulation: Formulation) -> Solution:
    return Solution(status=Status.OPTIMAL, verified=True, formulation=formulation)


def candy_session(settings: Settings | None = None) -> ChatSession:
    """A session in memory about the candy store, by rules alone unless settings say more."""
    session = ChatSession(None, settings or Settings(model=None))
    session.adopt(Problem(CANDY_TEXT), solved(CANDY))
    return session


def flour_session() -> ChatSession:
    session = ChatSession(None, Settings(model=None))
    session.adopt(Problem(FLOUR_TEXT, flour_tables()), solved(FLOUR))
    return session
