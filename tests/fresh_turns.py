"""Sixty-two turns of everyday speech about the models of `fresh_models`, written before any of them
was run: each with the reply of a model that reads well, and with plausible misreadings.

`python -m tests.measure_fresh_turns` says what comes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optwright.solvers.edit.operations import (
    AddMember,
    AddVariable,
    ChangeConstraint,
    DropConstraint,
    Edit,
    SetObjective,
)
from optwright.solvers.model.formulation import Constraint, Domain, Sense, Variable
from tests.turns_spoken import Spoken, _add, _limit, _row, _set, _to, _values

TURNS: list[tuple[Spoken, list[list[dict[str, Any]]], str]] = []


def _turn(
    model: str,
    said: str,
    intents: Sequence[dict[str, Any]],
    wants: Sequence[Edit] = (),
    *,
    wrong: Sequence[list[dict[str, Any]]] = (),
    ask: str = "no",
    **more: Any,
) -> None:
    """`ask`: whether a question is needless (`no`) or in place (`may`); `wrong`: misreadings."""
    TURNS.append((Spoken(model, said, intents, wants, **more), [*wrong], ask))


def _changed(limit: str, expression: str, forall: str = "") -> dict[str, Any]:
    return {"do": "change_limit", "limit": limit, "expression": expression, "forall": forall}


def _changes(name: str, expression: str, forall: str = "") -> ChangeConstraint:
    constraint = Constraint(name=name, expression=expression, forall=forall)
    return ChangeConstraint(name=name, constraint=constraint)


def _part(decision: str, *at: str) -> dict[str, Any]:
    return {"do": "part", "decision": decision, "at": list(at)}


def _amount(expression: str, forall: str = "") -> dict[str, Any]:
    return {"do": "amount", "expression": expression, "forall": forall}


def _shifts_of(person: str) -> str:
    return f'sum(assign["{person}", d, s] for d in days for s in shifts)'


# clinic
_turn(
    "clinic",
    "Kim is on holiday Wednesday and Thursday",
    [
        _add(
            'sum(assign["Kim", d, s] for s in shifts) == 0', 'd in days if d == "Wed" or d == "Thu"'
        )
    ],
    [
        _limit(
            'sum(assign["Kim", d, s] for s in shifts) == 0', 'd in days if d == "Wed" or d == "Thu"'
        )
    ],
    wrong=[
        [_add('sum(assign["Kim", "Wed", s] for s in shifts) == 0')],
        [
            _add(
                'sum(assign["Lea", d, s] for s in shifts) == 0',
                'd in days if d == "Wed" or d == "Thu"',
            )
        ],
    ],
)
_turn(
    "clinic",
    "Lea only does early shifts",
    [_add('assign["Lea", d, "late"] == 0', "d in days")],
    [_limit('assign["Lea", d, "late"] == 0', "d in days")],
    wrong=[
        [_add('assign["Lea", d, "early"] == 0', "d in days")],
        [_add('assign["Lea", d, "early"] == 1', "d in days")],
    ],
)
_turn(
    "clinic",
    "nobody but Max may work late on Fridays",
    [_add('assign[p, "Fri", "late"] == 0', 'p in people if p != "Max"')],
    [_limit('assign[p, "Fri", "late"] == 0', 'p in people if p != "Max"')],
    wrong=[
        [_add('assign["Max", "Fri", "late"] == 0')],
        [_add('assign[p, "Fri", "late"] == 0', "p in people")],
    ],
)
_turn(
    "clinic",
    "Ida and Jon don't get along, never put them on the same shift",
    [_add('assign["Ida", d, s] + assign["Jon", d, s] <= 1', "d in days, s in shifts")],
    [_limit('assign["Ida", d, s] + assign["Jon", d, s] <= 1', "d in days, s in shifts")],
    wrong=[
        [_add('assign["Ida", d, s] == assign["Jon", d, s]', "d in days, s in shifts")],
        [_add('assign["Ida", d, s] + assign["Jon", d, s] <= 0', "d in days, s in shifts")],
    ],
)
_turn(
    "clinic",
    "we need three in the morning on Monday",
    [_set("staff", at=["Mon", "early"], to=3)],
    [_to("staff", 3, "Mon", "early")],
    ask="may",
    wrong=[
        [_set("staff", at=["*", "early"], to=3)],
        [_set("staff", at=["Mon", "late"], to=3)],
        [_set("staff", at=["Mon", "*"], to=3)],
    ],
)
_turn(
    "clinic",
    "who's on Tuesday late?",
    [_part("assign", "*", "Tue", "late")],
    says=["Ida"],
    wrong=[[_part("assign", "*", "Thu", "late")]],
)
_turn(
    "clinic",
    "how many hours does Jon have next week?",
    [_amount("hours*" + _shifts_of("Jon"))],
    says=["24"],
    ask="may",
)
_turn(
    "clinic",
    "spread the shifts evenly, nobody should have more than one shift more than anybody else",
    [
        _add(
            "sum(assign[p, d, s] for d in days for s in shifts) - sum(assign[q, d, s] for d in days for s in shifts) <= 1",
            "p in people, q in people if p != q",
        )
    ],
    [
        _limit(
            "sum(assign[p, d, s] for d in days for s in shifts) - sum(assign[q, d, s] for d in days for s in shifts) <= 1",
            "p in people, q in people if p != q",
        )
    ],
    ask="may",
    wrong=[[_add("sum(assign[p, d, s] for d in days for s in shifts) <= 1", "p in people")]],
)
_turn(
    "clinic",
    "pay Lea the same as Jon",
    [_set("pay", at=["Lea"], to=19)],
    [_to("pay", 19, "Lea")],
    ask="may",
    wrong=[[_set("pay", at=["Jon"], to=18)]],
)
_turn(
    "clinic",
    "Max can do five shifts if he must, the others still four",
    [
        _changed(
            "most",
            'sum(assign[p, d, s] for d in days for s in shifts) <= (5 if p == "Max" else 4)',
            "p in people",
        )
    ],
    [
        _changes(
            "most",
            'sum(assign[p, d, s] for d in days for s in shifts) <= (5 if p == "Max" else 4)',
            "p in people",
        )
    ],
    ask="may",
    wrong=[
        [_changed("most", "sum(assign[p, d, s] for d in days for s in shifts) <= 5", "p in people")]
    ],
)
_turn(
    "clinic",
    "what would we save if the late shift were dropped on Friday?",
    [_set("staff", at=["Fri", "late"], to=0)],
    [_to("staff", 0, "Fri", "late")],
    tried=True,
    ask="may",
)
_turn(
    "clinic",
    "Kim should either have the whole of Monday and Tuesday off or work both",
    [
        _add(
            'sum(assign["Kim", "Mon", s] for s in shifts) == sum(assign["Kim", "Tue", s] for s in shifts)'
        )
    ],
    [
        _limit(
            'sum(assign["Kim", "Mon", s] for s in shifts) == sum(assign["Kim", "Tue", s] for s in shifts)'
        )
    ],
    ask="may",
    wrong=[
        [
            _add(
                'sum(assign["Kim", "Mon", s] for s in shifts) + sum(assign["Kim", "Tue", s] for s in shifts) == 0'
            )
        ]
    ],
)
# wine
_turn(
    "wine",
    "Brea lost two dozen crates in the flood",
    [_set("supply", at=["Brea"], by=-24)],
    [_to("supply", 46, "Brea")],
    ask="may",
    wrong=[
        [_set("supply", at=["Brea"], by=-2)],
        [_set("supply", at=["Brea"], to=24)],
        [_set("supply", at=["Brea"], by=24)],
    ],
)
_turn(
    "wine",
    "Gent now wants fifteen crates less and Duro ten more",
    [_set("order", at=["Gent"], by=-15), _set("order", at=["Duro"], by=10)],
    [_to("order", 45, "Gent"), _to("order", 50, "Duro")],
    wrong=[
        [_set("order", at=["Gent"], by=-15)],
        [_set("order", at=["Gent"], by=10), _set("order", at=["Duro"], by=-15)],
        [_set("order", at=["Gent"], by=15), _set("order", at=["Duro"], by=10)],
    ],
)
_turn(
    "wine",
    "the road between Brea and Eton is closed",
    [_add('move["Brea", "Eton"] == 0')],
    [_limit('move["Brea", "Eton"] == 0')],
    wrong=[[_add('sum(move["Brea", s] for s in shops) == 0')], [_add('move["Brea", "Duro"] == 0')]],
)
_turn(
    "wine",
    "no cellar may send to more than two shops",
    [
        {
            "do": "add_decision",
            "name": "way",
            "over": ["cellars", "shops"],
            "kind": "yes_no",
            "meaning": "whether a cellar sends to a shop",
        },
        _add("move[c, s] <= supply[c]*way[c, s]", "c in cellars, s in shops"),
        _add("sum(way[c, s] for s in shops) <= 2", "c in cellars"),
    ],
    [
        AddVariable(
            variable=Variable(name="way", indices=("cellars", "shops"), domain=Domain.BINARY)
        ),
        _limit("move[c, s] <= supply[c]*way[c, s]", "c in cellars, s in shops"),
        _limit("sum(way[c, s] for s in shops) <= 2", "c in cellars"),
    ],
    ask="may",
    wrong=[[_add("sum(move[c, s] for s in shops) <= 2", "c in cellars")]],
)
_turn(
    "wine",
    "half of what Gent gets has to come from Cava",
    [_add('move["Cava", "Gent"] >= 0.5*order["Gent"]')],
    [_limit('move["Cava", "Gent"] >= 0.5*order["Gent"]')],
    ask="may",
    wrong=[
        [_add('move["Cava", "Gent"] <= 0.5*order["Gent"]')],
        [_add('move["Cava", "Gent"] >= 0.5')],
    ],
)
_turn(
    "wine",
    "everything from Alto costs 50 cents more per crate",
    [_set("fee", at=["Alto", "*"], by=0.5)],
    [_values("fee", "by", 0.5, ["Alto"], [])],
    ask="may",
    wrong=[[_set("fee", at=["Alto", "*"], by=50)], [_set("fee", at=["Alto", "*"], percent=50)]],
)
_turn(
    "wine",
    "could Cava alone serve Faro and Gent?",
    [
        _add(
            "move[c, s] == 0",
            'c in cellars, s in shops if c != "Cava" and (s == "Faro" or s == "Gent")',
        )
    ],
    [
        _limit(
            "move[c, s] == 0",
            'c in cellars, s in shops if c != "Cava" and (s == "Faro" or s == "Gent")',
        )
    ],
    tried=True,
    ask="may",
)
_turn(
    "wine",
    "shut Brea and let me see what that costs",
    [_add('sum(move["Brea", s] for s in shops) == 0')],
    [_limit('sum(move["Brea", s] for s in shops) == 0')],
    tried=True,
    ask="may",
    wrong=[
        [
            {"do": "drop_member", "set": "cellars", "member": "Brea"},
            _add('sum(move["Cava", s] for s in shops) == 0'),
        ]
    ],
)
_turn(
    "wine",
    "we don't have to fill every order, but at least 90 % of each",
    [_changed("filled", "sum(move[c, s] for c in cellars) >= 0.9*order[s]", "s in shops")],
    [_changes("filled", "sum(move[c, s] for c in cellars) >= 0.9*order[s]", "s in shops")],
    ask="may",
    wrong=[
        [_changed("filled", "sum(move[c, s] for c in cellars) <= 0.9*order[s]", "s in shops")],
        [_set("order", percent=-90)],
        [_add("sum(move[c, s] for c in cellars) >= 0.9*order[s]", "s in shops")],
    ],
)
_turn(
    "wine",
    "which cellar has crates left over?",
    [_amount("supply[c] - sum(move[c, s] for s in shops)", "c in cellars")],
    says=["Cava", "50"],
    ask="may",
)
_turn(
    "wine",
    "a new shop in Hull, orders 20; 5 from Alto, 6 from Brea, Cava can't",
    [
        {
            "do": "add_member",
            "set": "shops",
            "member": "Hull",
            "values": {"order": 20, "fee": {"Alto": 5, "Brea": 6, "Cava": 0}},
        },
        _add('move["Cava", "Hull"] == 0'),
    ],
    [
        AddMember(
            set="shops",
            member="Hull",
            values={"order": 20, "fee": {"Alto": 5, "Brea": 6, "Cava": 0}},
        ),
        _limit('move["Cava", "Hull"] == 0'),
    ],
    ask="may",
    wrong=[
        [
            {
                "do": "add_member",
                "set": "shops",
                "member": "Hull",
                "values": {"order": 20, "fee": {"Alto": 5, "Brea": 6, "Cava": 0}},
            }
        ],
        [
            {
                "do": "add_member",
                "set": "shops",
                "member": "Hull",
                "values": {"order": 20, "fee": {"Alto": 6, "Brea": 5, "Cava": 0}},
            },
            _add('move["Cava", "Hull"] == 0'),
        ],
    ],
)
# shop
_turn(
    "shop",
    "we could get 50 more planks",
    [_set("have", at=["wood"], by=50)],
    [_to("have", 450, "wood")],
    tried=True,
    ask="may",
    wrong=[[_set("have", at=["wood"], to=50)], [_set("have", at=["labour"], by=50)]],
)
_turn(
    "shop",
    "a table earns 92 since the price went up by 12",
    [_set("earn", at=["table"], to=92)],
    [_to("earn", 92, "table")],
    wrong=[[_set("earn", at=["table"], by=92)], [_set("earn", at=["table"], to=12)]],
    ask="may",
)
_turn(
    "shop",
    "the apprentice is slow: everything takes a quarter more labour",
    [_set("use", at=["*", "labour"], percent=25)],
    [_values("use", "percent", 25, [], ["labour"])],
    ask="may",
    wrong=[
        [_set("have", at=["labour"], percent=25)],
        [_set("use", at=["*", "labour"], by=0.25)],
        [_set("use", percent=25)],
    ],
)
_turn(
    "shop",
    "I want four chairs for every table",
    [_add('make["chair"] == 4*make["table"]')],
    [_limit('make["chair"] == 4*make["table"]')],
    ask="may",
    wrong=[[_add('make["table"] == 4*make["chair"]')], [_add('make["chair"] >= 4')]],
)
_turn(
    "shop",
    "between 5 and 8 desks please",
    [_add('make["desk"] >= 5'), _add('make["desk"] <= 8')],
    [_limit('make["desk"] >= 5'), _limit('make["desk"] <= 8')],
    wrong=[
        [_add('make["desk"] >= 5')],
        [_add('make["shelf"] >= 5'), _add('make["shelf"] <= 8')],
        [_add('make["desk"] >= 8')],
    ],
    ask="no",
)
_turn(
    "shop",
    "either shelves or desks, not both",
    [
        {
            "do": "add_decision",
            "name": "kind_made",
            "over": ["products"],
            "kind": "yes_no",
            "meaning": "whether a product is made",
        },
        _add("make[p] <= 200*kind_made[p]", "p in products"),
        _add('kind_made["shelf"] + kind_made["desk"] <= 1'),
    ],
    [
        AddVariable(
            variable=Variable(name="kind_made", indices=("products",), domain=Domain.BINARY)
        ),
        _limit("make[p] <= 200*kind_made[p]", "p in products"),
        _limit('kind_made["shelf"] + kind_made["desk"] <= 1'),
    ],
    ask="may",
    wrong=[
        [_add('make["shelf"] + make["desk"] <= 1')],
        [_add('make["shelf"] + make["desk"] == 0')],
    ],
)
_turn(
    "shop",
    "why aren't we making any desks?",
    [
        {
            "do": "why",
            "decision": "make",
            "at": ["desk"],
            "claimed": {"relation": "==", "value": 0},
            "wanted": "more",
        }
    ],
    says=["at least 1"],
    wrong=[
        [
            {
                "do": "why",
                "decision": "make",
                "at": ["chair"],
                "claimed": {"relation": "==", "value": 0},
                "wanted": "more",
            }
        ]
    ],
)
_turn(
    "shop",
    "forget the ordered chairs",
    [{"do": "drop_limit", "limit": "ordered"}],
    [DropConstraint(name="ordered")],
    wrong=[[{"do": "drop_limit", "limit": "sold"}], [_add('make["chair"] == 0')]],
)
_turn(
    "shop",
    "what's another hour of labour worth to me?",
    [{"do": "worth", "number": "have", "at": ["labour"]}],
    says=["One more unit"],
    wrong=[[{"do": "worth", "number": "have", "at": ["wood"]}]],
)
_turn(
    "shop",
    "the most I can sell of anything is 25",
    [_add("make[p] <= 25", "p in products")],
    [_limit("make[p] <= 25", "p in products")],
    ask="may",
    wrong=[[_add("sum(make[p] for p in products) <= 25")], [_set("sold", to=25)]],
)
_turn(
    "shop",
    "do all the desks that can be sold",
    [_add('make["desk"] == 15')],
    [_limit('make["desk"] == 15')],
    ask="may",
    wrong=[[_add('make["desk"] == 0')]],
)
_turn(
    "shop",
    "stools too: 2 planks, an hour, half a litre, and they bring in 25",
    [
        {
            "do": "add_member",
            "set": "products",
            "member": "stool",
            "values": {"earn": 25, "use": {"wood": 2, "labour": 1, "paint": 0.5}},
        }
    ],
    [
        AddMember(
            set="products",
            member="stool",
            values={"earn": 25, "use": {"wood": 2, "labour": 1, "paint": 0.5}},
        )
    ],
    ask="may",
    wrong=[
        [
            {
                "do": "add_member",
                "set": "products",
                "member": "stool",
                "values": {"earn": 25, "use": {"wood": 2, "labour": 0.5, "paint": 1}},
            }
        ],
        [
            {
                "do": "add_member",
                "set": "products",
                "member": "stool",
                "values": {"earn": 2, "use": {"wood": 25, "labour": 1, "paint": 0.5}},
            }
        ],
    ],
)
# coffee
_turn(
    "coffee",
    "Robusta is up by a third",
    [_set("price", at=["Robusta"], percent=33.333333333333336)],
    [_to("price", 5 * (1 + 33.333333333333336 / 100), "Robusta")],
    ask="may",
    wrong=[
        [_set("price", at=["Robusta"], by=0.333)],
        [_set("price", at=["Robusta"], percent=-33.333333333333336)],
        [_set("stock", percent=33.333333333333336)],
    ],
)
_turn(
    "coffee",
    "no more than 4.6 acid on average",
    [_changed("acidity", "sum(acid[b]*kilos[b] for b in beans) <= 4.6*batch")],
    [_changes("acidity", "sum(acid[b]*kilos[b] for b in beans) <= 4.6*batch")],
    ask="may",
    wrong=[[_add("sum(acid[b]*kilos[b] for b in beans) <= 4.6")], [_set("acid", to=4.6)]],
)
_turn(
    "coffee",
    "we roast 250 kilos today",
    [_set("batch", to=250)],
    [_to("batch", 250)],
    ask="may",
    wrong=[[_set("batch", by=250)], [_set("stock", to=250)]],
)
_turn(
    "coffee",
    "Liberica at most as much as the other two together",
    [_add('kilos["Liberica"] <= kilos["Arabica"] + kilos["Robusta"]')],
    [_limit('kilos["Liberica"] <= kilos["Arabica"] + kilos["Robusta"]')],
    wrong=[
        [_add('kilos["Liberica"] >= kilos["Arabica"] + kilos["Robusta"]')],
        [_add('kilos["Liberica"] <= 2')],
    ],
)
_turn(
    "coffee",
    "what share is Arabica?",
    [_amount('kilos["Arabica"]/batch')],
    says=["0.15"],
    ask="may",
)
_turn(
    "coffee",
    "at least a fifth Arabica instead of 15 percent",
    [_changed("share", 'kilos["Arabica"] >= 0.2*batch')],
    [_changes("share", 'kilos["Arabica"] >= 0.2*batch')],
    ask="may",
    wrong=[
        [_changed("share", 'kilos["Arabica"] >= 5*batch')],
        [_changed("share", 'kilos["Robusta"] >= 0.2*batch')],
        [_changed("share", 'kilos["Arabica"] <= 0.2*batch')],
    ],
)
_turn(
    "coffee",
    "is it the body or the acidity that costs us?",
    [{"do": "limits"}],
    says=["15 percent"],
    ask="may",
)
_turn(
    "coffee",
    "go for the least acid blend instead of the cheapest",
    [
        {
            "do": "objective",
            "sense": "minimize",
            "expression": "sum(acid[b]*kilos[b] for b in beans)",
        }
    ],
    [SetObjective(sense=Sense.MINIMIZE, expression="sum(acid[b]*kilos[b] for b in beans)")],
    ask="may",
    wrong=[
        [
            {
                "do": "objective",
                "sense": "maximize",
                "expression": "sum(acid[b]*kilos[b] for b in beans)",
            }
        ],
        [
            {
                "do": "objective",
                "sense": "minimize",
                "expression": "sum(body[b]*kilos[b] for b in beans)",
            }
        ],
    ],
)
_turn(
    "coffee",
    "they delivered 35 kg of Robusta",
    [_set("stock", by=35)],
    [_row("stock", 115)],
    ask="may",
    wrong=[[_set("stock", to=35)], [_add('kilos["Robusta"] == 35')]],
)
# hubs
_turn(
    "hubs",
    "a hub in Lund is a must",
    [_add('built["Lund"] == 1')],
    [_limit('built["Lund"] == 1')],
    wrong=[[_add('built["Lund"] == 0')], [_add('built["Kalmar"] == 1')]],
)
_turn(
    "hubs",
    "not Kalmar and Växjö at the same time",
    [_add('built["Kalmar"] + built["Växjö"] <= 1')],
    [_limit('built["Kalmar"] + built["Växjö"] <= 1')],
    ask="may",
    wrong=[
        [_add('built["Kalmar"] + built["Växjö"] == 0')],
        [_add('built["Kalmar"] + built["Växjö"] >= 1')],
    ],
)
_turn(
    "hubs",
    "nobody should be more than six miles from his hub",
    [_add("miles[h, r]*from_hub[h, r] <= 6", "h in hubs, r in regions")],
    [_limit("miles[h, r]*from_hub[h, r] <= 6", "h in hubs, r in regions")],
    ask="may",
    wrong=[
        [_add("sum(miles[h, r]*from_hub[h, r] for h in hubs for r in regions) <= 6")],
        [_add("miles[h, r]*from_hub[h, r] >= 6", "h in hubs, r in regions")],
    ],
)
_turn(
    "hubs",
    "the city is growing by 20 parcels a day",
    [_set("parcels", at=["city"], by=20)],
    [_to("parcels", 110, "city")],
    ask="may",
    wrong=[[_set("parcels", at=["city"], to=20)], [_set("parcels", by=20)]],
)
_turn(
    "hubs",
    "how come the city isn't served by Lund?",
    [
        {
            "do": "why",
            "decision": "from_hub",
            "at": ["Lund", "city"],
            "claimed": {"relation": "==", "value": 0},
            "wanted": "more",
        }
    ],
    says=["at least 1"],
    wrong=[
        [
            {
                "do": "why",
                "decision": "from_hub",
                "at": ["Ystad", "city"],
                "claimed": {"relation": "==", "value": 0},
                "wanted": "more",
            }
        ]
    ],
)
_turn(
    "hubs",
    "if Ystad gets a hub the coast has to be delivered from there",
    [_add('from_hub["Ystad", "coast"] >= built["Ystad"]')],
    [_limit('from_hub["Ystad", "coast"] >= built["Ystad"]')],
    ask="may",
    wrong=[
        [_add('from_hub["Ystad", "coast"] == 1')],
        [_add('from_hub["Ystad", "coast"] <= built["Ystad"]')],
    ],
)
_turn(
    "hubs",
    "exactly three hubs",
    [_add("sum(built[h] for h in hubs) == 3")],
    [_limit("sum(built[h] for h in hubs) == 3")],
    wrong=[[_add("sum(built[h] for h in hubs) >= 3")], [_add("sum(built[h] for h in hubs) <= 3")]],
)
_turn(
    "hubs",
    "petrol is 20 % dearer from today",
    [_set("rate", percent=20)],
    [_to("rate", 0.1 * 1.2)],
    ask="may",
    wrong=[[_set("build_cost", percent=20)], [_set("rate", to=20)]],
)
_turn("hubs", "print me a PDF of this", [{"do": "export", "format": "pdf"}], says=["pdf"])
_turn(
    "hubs",
    "leave everything as it is but don't use Växjö",
    [_add('built["Växjö"] == 0')],
    [_limit('built["Växjö"] == 0')],
    least=True,
    ask="may",
    wrong=[[_add('built["Växjö"] == 1')], [_add('built["Kalmar"] == 0')]],
)
# lots
_turn(
    "lots",
    "only 70 hours in week 3 because of the bank holiday",
    [_set("avail", at=[3], to=70)],
    [_to("avail", 70, "3")],
    ask="may",
    wrong=[
        [_set("avail", to=70)],
        [_set("avail", at=[3], by=70)],
        [_set("avail", at=[4], to=70)],
        [_set("avail", at=[3], to=3)],
    ],
)
_turn(
    "lots",
    "the last two weeks they want 10 boxes of bolts more",
    [_set("wanted", at=[[4, 5], "bolts"], by=10)],
    [_values("wanted", "by", 10, ["4", "5"], ["bolts"])],
    ask="may",
    wrong=[
        [_set("wanted", at=[[1, 2], "bolts"], by=10)],
        [_set("wanted", at=[[4, 5], "nuts"], by=10)],
        [_set("wanted", at=[[4, 5], "*"], by=10)],
    ],
)
_turn(
    "lots",
    "don't start both in the same week",
    [_add("sum(run[i, w] for i in items) <= 1", "w in weeks")],
    [_limit("sum(run[i, w] for i in items) <= 1", "w in weeks")],
    ask="may",
    wrong=[
        [_add("sum(run[i, w] for i in items) == 0", "w in weeks")],
        [_add("sum(run[i, w] for i in items for w in weeks) <= 1")],
    ],
)
_turn(
    "lots",
    "when do we make bolts, and how many?",
    [_part("lot", "bolts", "*")],
    says=["15", "30", "40"],
    wrong=[[_part("lot", "nuts", "*")]],
)
_turn(
    "lots",
    "we can't have more than 60 boxes lying around at any time",
    [_add("sum(inv[i, w] for i in items) <= 60", "w in weeks")],
    [_limit("sum(inv[i, w] for i in items) <= 60", "w in weeks")],
    ask="may",
    wrong=[
        [_add("sum(inv[i, w] for i in items for w in weeks) <= 60")],
        [_add("sum(lot[i, w] for i in items) <= 60", "w in weeks")],
    ],
)
_turn(
    "lots",
    "finish with 20 boxes of nuts in stock",
    [_add('inv["nuts", 5] == 20')],
    [_limit('inv["nuts", 5] == 20')],
    ask="may",
    wrong=[
        [_add('inv["nuts", 1] == 20')],
        [_add('inv["bolts", 5] == 20')],
        [_add('inv["nuts", w] == 20', "w in weeks")],
    ],
)
_turn(
    "lots",
    "what if setups were free?",
    [_set("start", to=0)],
    [_to("start", 0)],
    tried=True,
    ask="may",
    wrong=[[_set("keep", to=0)], [_set("avail", to=0)]],
)
_turn(
    "lots",
    "at most two runs of each in the five weeks",
    [_add("sum(run[i, w] for w in weeks) <= 2", "i in items")],
    [_limit("sum(run[i, w] for w in weeks) <= 2", "i in items")],
    ask="may",
    wrong=[
        [_add("sum(run[i, w] for i in items for w in weeks) <= 2")],
        [_add("sum(run[i, w] for i in items) <= 2", "w in weeks")],
    ],
)
