"""Six models that people talk about in `test_agents_chat_turns`, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from tests.chats import FLOUR, FLOUR_TEXT, flour_tables


@dataclass(frozen=True)
class Told:
    """A model with the words it was made from, and its tables."""

    text: str
    formulation: Formulation
    tables: Mapping[str, Table]


def _whole(name: str, meaning: str) -> Variable:
    return Variable(name=name, domain=Domain.INTEGER, meaning=meaning)


BAKERY = Told(
    "A bakery bakes rolls, loaves and cakes. A tray of rolls takes 2 kg of flour and 1 hour of "
    "oven time and earns $10. A tray of loaves takes 4 kg of flour and 2 hours of oven time and "
    "earns $22. A tray of cakes takes 3 kg of flour and 4 hours of oven time and earns $30. There "
    "are 120 kg of flour and 80 hours of oven time. At least 5 trays of rolls must be baked. "
    "Maximize the earnings.",
    Formulation(
        variables=(
            _whole("rolls", "trays of rolls"),
            _whole("loaves", "trays of loaves"),
            _whole("cakes", "trays of cakes"),
        ),
        objective=Objective(
            sense=Sense.MAXIMIZE,
            expression="10*rolls + 22*loaves + 30*cakes",
            text="Maximize the earnings",
            unit="$",
        ),
        constraints=(
            Constraint(
                name="flour",
                expression="2*rolls + 4*loaves + 3*cakes <= 120",
                text="120 kg of flour",
            ),
            Constraint(
                name="oven",
                expression="rolls + 2*loaves + 4*cakes <= 80",
                text="80 hours of oven time",
            ),
            Constraint(
                name="ordered",
                expression="rolls >= 5",
                text="At least 5 trays of rolls must be baked",
            ),
        ),
    ),
    {},
)

MILLS = Told(FLOUR_TEXT, FLOUR, flour_tables())

WARD = Told(
    "A ward has the nurses Anna, Ben, Carla and Tara. They are paid 200, 180, 190 and 170 a day. "
    "On every day of the week enough nurses have to be there: two from Monday to Friday, one on "
    "Saturday and Sunday. Nobody works more than 5 days. What is the cheapest roster?",
    Formulation(
        sets=(
            IndexSet(name="nurses", members=("Anna", "Ben", "Carla", "Tara")),
            IndexSet(name="days", members=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")),
        ),
        parameters=(
            Parameter(
                name="wage",
                indices=("nurses",),
                values={"Anna": 200, "Ben": 180, "Carla": 190, "Tara": 170},
                meaning="daily wage",
            ),
            Parameter(
                name="need",
                indices=("days",),
                values=dict.fromkeys(("Mon", "Tue", "Wed", "Thu", "Fri"), 2) | {"Sat": 1, "Sun": 1},
                meaning="nurses needed",
            ),
        ),
        variables=(
            Variable(
                name="work",
                indices=("nurses", "days"),
                domain=Domain.BINARY,
                meaning="whether a nurse works on a day",
            ),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(wage[n]*work[n, d] for n in nurses for d in days)",
            text="the cheapest roster",
        ),
        constraints=(
            Constraint(
                name="cover",
                forall="d in days",
                expression="sum(work[n, d] for n in nurses) >= need[d]",
                text="enough nurses have to be there",
            ),
            Constraint(
                name="week",
                forall="n in nurses",
                expression="sum(work[n, d] for d in days) <= 5",
                text="Nobody works more than 5 days",
            ),
        ),
    ),
    {},
)

MONTHS = [f"2026-0{k}" for k in range(1, 7)]
PUMPS = Told(
    "A factory makes pumps over six months. The table plan has the demand and the cost of making "
    "one in each month. At most 80 pumps can be made a month, and keeping one for a month costs 2. "
    "Demand has to be met. Minimize the cost.",
    Formulation(
        sets=(IndexSet(name="months", column=Column(table="plan", value="month")),),
        parameters=(
            Parameter(
                name="demand",
                indices=("months",),
                column=Column(table="plan", value="demand", keys=("month",)),
                meaning="pumps demanded",
            ),
            Parameter(
                name="cost",
                indices=("months",),
                column=Column(table="plan", value="cost", keys=("month",)),
                meaning="cost of making a pump",
            ),
        ),
        variables=(
            Variable(name="make", indices=("months",), meaning="pumps made"),
            Variable(name="stock", indices=("months",), meaning="pumps in stock"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(cost[t]*make[t] + 2*stock[t] for t in months)",
            text="Minimize the cost",
        ),
        constraints=(
            Constraint(
                name="balance",
                forall="t in months",
                expression="(stock[prev(t)] if ord(t) > 1 else 0) + make[t] "
                "== demand[t] + stock[t]",
                text="Demand has to be met",
            ),
            Constraint(
                name="capacity",
                forall="t in months",
                expression="make[t] <= 80",
                text="At most 80 pumps can be made a month",
            ),
        ),
    ),
    {
        "plan": from_columns(
            "plan",
            {
                "month": MONTHS,
                "demand": [50, 60, 70, 40, 90, 80],
                "cost": [10, 10, 11, 15, 15, 16],
            },
        )
    },
)

_SITES, _TOWNS = ("North", "South", "East"), ("Aby", "Bro", "Cal", "Dun")
_SHIPPING = ((2, 4, 5, 7), (6, 3, 2, 3), (7, 6, 4, 2))
DEPOTS = Told(
    "Goods are shipped from depots to towns. A depot North, South or East may be opened for 90, "
    "120 or 100 and then handles up to 60 tons. The towns Aby, Bro, Cal and Dun need 20, 25, 15 "
    "and 30 tons. What is the least total cost?",
    Formulation(
        sets=(
            IndexSet(name="depots", members=_SITES),
            IndexSet(name="towns", members=_TOWNS),
        ),
        parameters=(
            Parameter(
                name="rent",
                indices=("depots",),
                values={"North": 90, "South": 120, "East": 100},
                meaning="cost of opening a depot",
            ),
            Parameter(
                name="need",
                indices=("towns",),
                values={"Aby": 20, "Bro": 25, "Cal": 15, "Dun": 30},
                meaning="tons needed",
                unit="tons",
            ),
            Parameter(
                name="freight",
                indices=("depots", "towns"),
                values={
                    s: dict(zip(_TOWNS, map(float, row), strict=True))
                    for s, row in zip(_SITES, _SHIPPING, strict=True)
                },
                meaning="freight per ton",
            ),
            Parameter(name="size", values=60, meaning="tons a depot handles", unit="tons"),
        ),
        variables=(
            Variable(
                name="open",
                indices=("depots",),
                domain=Domain.BINARY,
                meaning="whether a depot is opened",
            ),
            Variable(name="ship", indices=("depots", "towns"), meaning="tons shipped", unit="tons"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(rent[d]*open[d] for d in depots)"
            " + sum(freight[d, c]*ship[d, c] for d in depots for c in towns)",
            text="the least total cost",
        ),
        constraints=(
            Constraint(
                name="served",
                forall="c in towns",
                expression="sum(ship[d, c] for d in depots) >= need[c]",
                text="The towns need their tons",
            ),
            Constraint(
                name="handled",
                forall="d in depots",
                expression="sum(ship[d, c] for c in towns) <= size*open[d]",
                text="handles up to 60 tons",
            ),
        ),
    ),
    {},
)

FEED = Told(
    "A farmer mixes feed of barley, soy and maize. A kilo costs 0.20, 0.45 and 0.25 euros and has "
    "11, 45 and 9 grams of protein and 2, 18 and 4 grams of fat. The mix of a day needs at least "
    "1800 grams of protein and may have at most 700 grams of fat, and weighs exactly 100 kilos. "
    "At most 60 kilos of barley are in store. Minimize the cost.",
    Formulation(
        variables=(
            Variable(name="barley", meaning="kilos of barley", unit="kg", upper=None),
            Variable(name="soy", meaning="kilos of soy", unit="kg"),
            Variable(name="maize", meaning="kilos of maize", unit="kg"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="0.2*barley + 0.45*soy + 0.25*maize",
            text="Minimize the cost",
            unit="euros",
        ),
        constraints=(
            Constraint(
                name="protein",
                expression="11*barley + 45*soy + 9*maize >= 1800",
                text="at least 1800 grams of protein",
            ),
            Constraint(
                name="fat",
                expression="2*barley + 18*soy + 4*maize <= 700",
                text="at most 700 grams of fat",
            ),
            Constraint(
                name="weight",
                expression="barley + soy + maize == 100",
                text="weighs exactly 100 kilos",
            ),
            Constraint(
                name="store",
                expression="barley <= 60",
                text="At most 60 kilos of barley are in store",
            ),
        ),
    ),
    {},
)

MODELS = {
    "bakery": BAKERY,
    "mills": MILLS,
    "ward": WARD,
    "pumps": PUMPS,
    "depots": DEPOTS,
    "feed": FEED,
}
