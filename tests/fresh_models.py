"""Six models that turns of `fresh_turns` are about; nobody who wrote the readers had seen them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optwright.solvers.data.table import from_columns
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
from tests.turn_models import Told


def _row(name: str, expression: str, forall: str = "", text: str = "") -> Constraint:
    return Constraint(name=name, expression=expression, forall=forall, text=text)


def _decision(
    name: str,
    indices: Sequence[str] = (),
    domain: Domain = Domain.CONTINUOUS,
    meaning: str = "",
    unit: str = "",
) -> Variable:
    return Variable(name=name, indices=tuple(indices), domain=domain, meaning=meaning, unit=unit)


def _given(
    name: str, indices: Sequence[str], values: Any, meaning: str = "", unit: str = ""
) -> Parameter:
    return Parameter(name=name, indices=tuple(indices), values=values, meaning=meaning, unit=unit)


PEOPLE = ("Ida", "Jon", "Kim", "Lea", "Max")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
SH = ("early", "late")
CLINIC = Told(
    "A practice has the assistants Ida, Jon, Kim, Lea and Max, who get 21, 19, 24, 18 and 22 euros an hour. From Monday to Friday there is an early and a late shift of six hours. The early shift needs two of them, the late shift one, on Friday only one each. Nobody works two shifts on a day, nobody has an early shift after a late one, and nobody works more than 4 shifts. Minimize the wages.",
    Formulation(
        sets=(
            IndexSet(name="people", members=PEOPLE),
            IndexSet(name="days", members=DAYS),
            IndexSet(name="shifts", members=SH),
        ),
        parameters=(
            _given(
                "pay",
                ["people"],
                dict(zip(PEOPLE, (21, 19, 24, 18, 22), strict=False)),
                "wage per hour",
                "euros",
            ),
            _given(
                "staff",
                ["days", "shifts"],
                {d: {"early": 1 if d == "Fri" else 2, "late": 1} for d in DAYS},
                "assistants needed",
            ),
            _given("hours", [], 6, "hours of a shift", "hours"),
        ),
        variables=(
            _decision(
                "assign",
                ["people", "days", "shifts"],
                Domain.BINARY,
                "whether an assistant works a shift on a day",
            ),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(hours*pay[p]*assign[p, d, s] for p in people for d in days for s in shifts)",
            text="Minimize the wages",
            unit="euros",
        ),
        constraints=(
            _row(
                "staffed",
                "sum(assign[p, d, s] for p in people) >= staff[d, s]",
                "d in days, s in shifts",
                "The early shift needs two of them, the late shift one",
            ),
            _row(
                "one_a_day",
                "sum(assign[p, d, s] for s in shifts) <= 1",
                "p in people, d in days",
                "Nobody works two shifts on a day",
            ),
            _row(
                "rest",
                'assign[p, d, "late"] + assign[p, next(d), "early"] <= 1',
                "p in people, d in days if ord(d) < 5",
                "nobody has an early shift after a late one",
            ),
            _row(
                "most",
                "sum(assign[p, d, s] for d in days for s in shifts) <= 4",
                "p in people",
                "nobody works more than 4 shifts",
            ),
        ),
    ),
    {},
)
CE = ("Alto", "Brea", "Cava")
SHP = ("Duro", "Eton", "Faro", "Gent")
WINE = Told(
    "Crates of wine go from the cellars Alto, Brea and Cava to the shops Duro, Eton, Faro and Gent. The table cellars has the crates in each cellar, the table shops the crates ordered, and the table fees the cost of a crate on each way. Every order has to be filled. Minimize the cost.",
    Formulation(
        sets=(
            IndexSet(name="cellars", column=Column(table="cellars", value="cellar")),
            IndexSet(name="shops", column=Column(table="shops", value="shop")),
        ),
        parameters=(
            Parameter(
                name="supply",
                indices=("cellars",),
                column=Column(table="cellars", value="crates", keys=("cellar",)),
                meaning="crates in a cellar",
                unit="crates",
            ),
            Parameter(
                name="order",
                indices=("shops",),
                column=Column(table="shops", value="ordered", keys=("shop",)),
                meaning="crates ordered",
                unit="crates",
            ),
            Parameter(
                name="fee",
                indices=("cellars", "shops"),
                column=Column(table="fees", value="fee", keys=("cellar", "shop")),
                meaning="cost of a crate on a way",
            ),
        ),
        variables=(
            _decision("move", ["cellars", "shops"], Domain.INTEGER, "crates moved", "crates"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(fee[c, s]*move[c, s] for c in cellars for s in shops)",
            text="Minimize the cost",
            unit="euros",
        ),
        constraints=(
            _row(
                "filled",
                "sum(move[c, s] for c in cellars) == order[s]",
                "s in shops",
                "Every order has to be filled",
            ),
            _row(
                "stocked",
                "sum(move[c, s] for s in shops) <= supply[c]",
                "c in cellars",
                "the crates in each cellar",
            ),
        ),
    ),
    {
        "cellars": from_columns("cellars", {"cellar": list(CE), "crates": [90, 70, 80]}),
        "shops": from_columns("shops", {"shop": list(SHP), "ordered": [40, 50, 30, 60]}),
        "fees": from_columns(
            "fees",
            {
                "cellar": [c for c in CE for _ in SHP],
                "shop": list(SHP) * 3,
                "fee": [4, 6, 9, 3, 5, 3, 7, 8, 6, 5, 2, 4],
            },
        ),
    },
)
PR = ("chair", "table", "shelf", "desk")
RS = ("wood", "labour", "paint")
SHOP = Told(
    "A carpenter makes chairs, tables, shelves and desks. They earn 45, 80, 60 and 110 euros. A chair takes 3 planks of wood, 2 hours of labour and 1 litre of paint, a table 8, 3 and 2, a shelf 5, 1.5 and 2, a desk 9, 5 and 3. There are 400 planks of wood, 160 hours of labour and 120 litres of paint. At least 10 chairs are ordered and no more than 15 desks can be sold. Maximize the earnings.",
    Formulation(
        sets=(IndexSet(name="products", members=PR), IndexSet(name="resources", members=RS)),
        parameters=(
            _given(
                "earn",
                ["products"],
                dict(zip(PR, (45, 80, 60, 110), strict=False)),
                "earnings of one",
                "euros",
            ),
            _given(
                "use",
                ["products", "resources"],
                {
                    "chair": {"wood": 3, "labour": 2, "paint": 1},
                    "table": {"wood": 8, "labour": 3, "paint": 2},
                    "shelf": {"wood": 5, "labour": 1.5, "paint": 2},
                    "desk": {"wood": 9, "labour": 5, "paint": 3},
                },
                "what one takes",
            ),
            _given(
                "have", ["resources"], {"wood": 400, "labour": 160, "paint": 120}, "what there is"
            ),
        ),
        variables=(_decision("make", ["products"], Domain.INTEGER, "pieces made"),),
        objective=Objective(
            sense=Sense.MAXIMIZE,
            expression="sum(earn[p]*make[p] for p in products)",
            text="Maximize the earnings",
            unit="euros",
        ),
        constraints=(
            _row(
                "enough",
                "sum(use[p, r]*make[p] for p in products) <= have[r]",
                "r in resources",
                "There are 400 planks of wood, 160 hours of labour and 120 litres of paint",
            ),
            _row("ordered", 'make["chair"] >= 10', "", "At least 10 chairs are ordered"),
            _row("sold", 'make["desk"] <= 15', "", "no more than 15 desks can be sold"),
        ),
    ),
    {},
)
BE = ("Arabica", "Robusta", "Liberica")
COFFEE = Told(
    "A roaster blends 200 kg of coffee from Arabica, Robusta and Liberica at 9, 5 and 7 euros a kilo. Their acidity is 6, 3 and 4.5, their body 5, 8 and 7. The blend's average acidity is at most 5 and its body at least 6. At least 15 percent of it is Arabica, and only 80 kg of Robusta are in stock. Minimize the cost.",
    Formulation(
        sets=(IndexSet(name="beans", members=BE),),
        parameters=(
            _given(
                "price",
                ["beans"],
                dict(zip(BE, (9, 5, 7), strict=False)),
                "price of a kilo",
                "euros",
            ),
            _given("acid", ["beans"], dict(zip(BE, (6, 3, 4.5), strict=False)), "acidity"),
            _given("body", ["beans"], dict(zip(BE, (5, 8, 7), strict=False)), "body"),
            _given("batch", [], 200, "kilos blended", "kg"),
        ),
        variables=(_decision("kilos", ["beans"], Domain.CONTINUOUS, "kilos of a bean", "kg"),),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(price[b]*kilos[b] for b in beans)",
            text="Minimize the cost",
            unit="euros",
        ),
        constraints=(
            _row("weight", "sum(kilos[b] for b in beans) == batch", "", "blends 200 kg of coffee"),
            _row(
                "acidity",
                "sum(acid[b]*kilos[b] for b in beans) <= 5*batch",
                "",
                "average acidity is at most 5",
            ),
            _row(
                "full", "sum(body[b]*kilos[b] for b in beans) >= 6*batch", "", "its body at least 6"
            ),
            _row(
                "share",
                'kilos["Arabica"] >= 0.15*batch',
                "",
                "At least 15 percent of it is Arabica",
            ),
            _row("stock", 'kilos["Robusta"] <= 80', "", "only 80 kg of Robusta are in stock"),
        ),
    ),
    {},
)
HU = ("Ystad", "Kalmar", "Lund", "Växjö")
CU = ("north", "coast", "city", "lakes", "border")
DIST = ((9, 3, 5, 8, 6), (4, 5, 8, 3, 7), (8, 6, 2, 7, 4), (3, 8, 6, 4, 5))
HUBS = Told(
    "Parcel hubs can be built in Ystad, Kalmar, Lund and Växjö for 300, 260, 420 and 240 a day. The regions north, coast, city, lakes and border have 50, 40, 90, 30 and 45 parcels a day. A hub handles 150 parcels. Delivering a parcel costs 10 cents per mile. Every region is delivered from one hub. Minimize the daily cost.",
    Formulation(
        sets=(IndexSet(name="hubs", members=HU), IndexSet(name="regions", members=CU)),
        parameters=(
            _given(
                "build_cost",
                ["hubs"],
                dict(zip(HU, (300, 260, 420, 240), strict=False)),
                "daily cost of a hub",
            ),
            _given(
                "parcels",
                ["regions"],
                dict(zip(CU, (50, 40, 90, 30, 45), strict=False)),
                "parcels a day",
            ),
            _given(
                "miles",
                ["hubs", "regions"],
                {
                    h: dict(zip(CU, map(float, r), strict=False))
                    for h, r in zip(HU, DIST, strict=False)
                },
                "distance in miles",
            ),
            _given("room", [], 150, "parcels a hub handles"),
            _given("rate", [], 0.1, "cost per parcel and mile"),
        ),
        variables=(
            _decision("built", ["hubs"], Domain.BINARY, "whether a hub is built"),
            _decision(
                "from_hub",
                ["hubs", "regions"],
                Domain.BINARY,
                "whether a region is delivered from a hub",
            ),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(build_cost[h]*built[h] for h in hubs) + sum(rate*miles[h, r]*parcels[r]*from_hub[h, r] for h in hubs for r in regions)",
            text="Minimize the daily cost",
        ),
        constraints=(
            _row(
                "delivered",
                "sum(from_hub[h, r] for h in hubs) == 1",
                "r in regions",
                "Every region is delivered from one hub",
            ),
            _row(
                "handled",
                "sum(parcels[r]*from_hub[h, r] for r in regions) <= room*built[h]",
                "h in hubs",
                "A hub handles 150 parcels",
            ),
        ),
    ),
    {},
)
W = (1, 2, 3, 4, 5)
IT = ("nuts", "bolts")
LOTS = Told(
    "A workshop makes boxes of nuts and bolts over five weeks; the table demand has the boxes wanted in each week. A box of nuts takes 1 hour, of bolts 2 hours, and there are 90 hours a week. Starting a run costs 60 for nuts and 85 for bolts. Keeping a box for a week costs 0.5. Minimize the cost.",
    Formulation(
        sets=(
            IndexSet(name="items", members=IT),
            IndexSet(name="weeks", column=Column(table="demand", value="week")),
        ),
        parameters=(
            Parameter(
                name="wanted",
                indices=("weeks", "items"),
                column=None,
                values={
                    1: {"nuts": 20, "bolts": 15},
                    2: {"nuts": 30, "bolts": 10},
                    3: {"nuts": 25, "bolts": 20},
                    4: {"nuts": 40, "bolts": 25},
                    5: {"nuts": 35, "bolts": 15},
                },
                meaning="boxes wanted",
            ),
            _given("time", ["items"], {"nuts": 1, "bolts": 2}, "hours for a box", "hours"),
            _given("start", ["items"], {"nuts": 60, "bolts": 85}, "cost of starting a run"),
            _given("keep", [], 0.5, "cost of keeping a box for a week"),
            _given("avail", ["weeks"], dict.fromkeys(W, 90), "hours available", "hours"),
        ),
        variables=(
            _decision("lot", ["items", "weeks"], Domain.CONTINUOUS, "boxes made"),
            _decision("inv", ["items", "weeks"], Domain.CONTINUOUS, "boxes in stock"),
            _decision("run", ["items", "weeks"], Domain.BINARY, "whether a run is started"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(start[i]*run[i, w] + keep*inv[i, w] for i in items for w in weeks)",
            text="Minimize the cost",
        ),
        constraints=(
            _row(
                "balance",
                "(inv[i, prev(w)] if ord(w) > 1 else 0) + lot[i, w] == wanted[w, i] + inv[i, w]",
                "i in items, w in weeks",
                "the boxes wanted in each week",
            ),
            _row(
                "capacity",
                "sum(time[i]*lot[i, w] for i in items) <= avail[w]",
                "w in weeks",
                "there are 90 hours a week",
            ),
            _row(
                "started", "lot[i, w] <= 90*run[i, w]", "i in items, w in weeks", "Starting a run"
            ),
        ),
    ),
    {"demand": from_columns("demand", {"week": list(W), "boxes": [35, 40, 45, 65, 50]})},
)
MODELS = {
    "clinic": CLINIC,
    "wine": WINE,
    "shop": SHOP,
    "coffee": COFFEE,
    "hubs": HUBS,
    "lots": LOTS,
}
