"""Eighty turns of everyday speech about six models, with what a model that reads well replies.

`wants` is what is meant: edits that make the model that was meant out of the one there is, or what
the reply has to say. Where the words have more than one reading or say what the model does not
have, asking first is right, and `pick` is the answer that is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from optwright.solvers.edit.operations import (
    AddConstraint,
    AddMember,
    AddObjective,
    AddTerm,
    AddVariable,
    ChangeConstraint,
    ChangeValues,
    DropConstraint,
    DropMember,
    Edit,
    SetDomain,
    SetNumber,
    SetObjective,
    SetVariable,
)
from optwright.solvers.edit.references import CoefficientRef, ParameterRef, RhsRef
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Objective,
    Sense,
    Variable,
)


@dataclass(frozen=True)
class Spoken:
    """One turn. `tried`: the model itself must stay as it is."""

    model: str
    said: str
    intents: Sequence[dict[str, Any]]
    wants: Sequence[Edit] = ()
    says: Sequence[str] = ()
    tried: bool = False
    least: bool = False
    pick: str = "yes"
    answers: Sequence[str] = field(default_factory=tuple)
    """What is answered to the questions for values, one after the other."""

    @property
    def reply(self) -> dict[str, Any]:
        intents = [{"words": self.said, **intent} for intent in self.intents]
        return {"intents": intents, "what_if": self.tried, "least_change": self.least}


def _limit(expression: str, forall: str = "") -> AddConstraint:
    name = f"w{abs(hash((expression, forall)))}"
    return AddConstraint(constraint=Constraint(name=name, expression=expression, forall=forall))


def _to(name: str, value: float, *at: str) -> SetNumber:
    return SetNumber(reference=ParameterRef(name=name, at=at), value=value)


def _row(name: str, value: float) -> SetNumber:
    return SetNumber(reference=RhsRef(row=name), value=value)


def _counts(decision: str, element: str, value: float) -> SetNumber:
    return SetNumber(reference=CoefficientRef(element=element, decision=decision), value=value)


def _values(name: str, how: str, amount: float, *at: Sequence[str]) -> ChangeValues:
    return ChangeValues.model_validate(
        {"parameter": name, "how": how, "amount": amount, "at": tuple(map(tuple, at))}
    )


def _add(expression: str, forall: str = "") -> dict[str, Any]:
    return {"do": "add_limit", "expression": expression, "forall": forall}


def _set(number: str, **how: Any) -> dict[str, Any]:
    return {"do": "set_number", "number": number, **how}


_WEIR = 'send["Weir", j]'
SPOKEN: tuple[Spoken, ...] = (
    # The bakery
    Spoken(
        "bakery",
        "how many cakes are we making?",
        [{"do": "amount", "expression": "cakes"}],
        says=["8"],
    ),
    Spoken(
        "bakery",
        "Sum it up for my boss, please.",
        [{"do": "show", "what": "summary"}],
        says=["762", "trays of loaves: 21", "120 kg of flour"],
    ),
    Spoken(
        "bakery",
        "give me that as an Excel file",
        [{"do": "export", "format": "xlsx"}],
        says=["xlsx"],
    ),
    Spoken(
        "bakery",
        "we lost 6 kg of flour to the damp",
        [_set("flour", by=-6, unit="kg")],
        [_row("flour", 114)],
    ),
    Spoken(
        "bakery", "the oven is only free for 70 hours", [_set("oven", to=70)], [_row("oven", 70)]
    ),
    Spoken("bakery", "cap the cakes at 6", [_add("cakes <= 6")], [_limit("cakes <= 6")]),
    Spoken(
        "bakery",
        "bake at least 12 trays of loaves or none at all",
        [{"do": "set_decision", "decision": "loaves", "lower": 12, "or_nothing": True}],
        [SetVariable(variable="loaves", lower=12, upper=27, semicontinuous=True)],
    ),
    Spoken(
        "bakery",
        "what happens without the flour restriction?",
        [{"do": "drop_limit", "limit": "flour"}],
        [DropConstraint(name="flour")],
        tried=True,
    ),
    Spoken(
        "bakery",
        "why don't we bake more cakes?",
        [{"do": "why", "decision": "cakes", "wanted": "more"}],
        says=["8", "at least 9"],
    ),
    Spoken(
        "bakery",
        "why are there no cakes at all?",
        [
            {
                "do": "why",
                "decision": "cakes",
                "claimed": {"relation": "==", "value": 0},
                "wanted": "more",
            }
        ],
        says=["not so", "8"],
    ),
    Spoken(
        "bakery",
        "Let's also do pretzels: a tray needs 1 kg flour and 2 hours in the oven and "
        "brings in 16 dollars.",
        [
            {
                "do": "add_decision",
                "name": "pretzels",
                "kind": "whole",
                "meaning": "trays of pretzels",
                "terms": {"objective": "16*pretzels", "flour": "1*pretzels", "oven": "2*pretzels"},
            }
        ],
        [
            AddVariable(variable=Variable(name="pretzels", domain=Domain.INTEGER)),
            AddTerm(element="objective", term="16*pretzels"),
            AddTerm(element="flour", term="pretzels"),
            AddTerm(element="oven", term="2*pretzels"),
        ],
    ),
    Spoken(
        "bakery",
        "twice as many rolls as loaves at the very least",
        [_add("rolls >= 2*loaves")],
        [_limit("rolls >= 2*loaves")],
    ),
    Spoken(
        "bakery",
        "cakes bring 33 now and the oven runs 90 hours",
        [_set("cakes in objective", to=33), _set("oven", to=90)],
        [_counts("cakes", "objective", 33), _row("oven", 90)],
    ),
    Spoken(
        "bakery",
        "could we use half trays of cakes?",
        [{"do": "set_decision", "decision": "cakes", "kind": "amount"}],
        [SetDomain(variable="cakes", domain=Domain.CONTINUOUS)],
        tried=True,
    ),
    Spoken(
        "bakery",
        "is there another mix that earns just as much?",
        [{"do": "another"}],
        says=["no other plan"],
    ),
    Spoken(
        "bakery",
        "no more than 20 of them",
        [
            {
                "do": "ask",
                "question": "20 of which?",
                "options": [
                    {
                        "label": "all trays together",
                        "intents": [_add("rolls + loaves + cakes <= 20")],
                    },
                    {"label": "trays of cakes", "intents": [_add("cakes <= 20")]},
                ],
            }
        ],
        [_limit("rolls + loaves + cakes <= 20")],
        pick="1",
    ),
    # The mills
    Spoken(
        "mills",
        "Weir must send at least 130 tons",
        [_add(f"sum({_WEIR} for j in bakeries) >= 130")],
        [_limit(f"sum({_WEIR} for j in bakeries) >= 130")],
    ),
    Spoken(
        "mills",
        "Weir must send at least 100",
        [_add(f"sum({_WEIR} for j in bakeries) >= 100")],
        [_limit(f"sum({_WEIR} for j in bakeries) >= 100")],
    ),
    Spoken(
        "mills",
        "each bakery should be supplied by exactly one mill",
        [
            {
                "do": "add_decision",
                "name": "supplies",
                "over": ["mills", "bakeries"],
                "kind": "yes_no",
                "meaning": "whether a mill supplies a bakery",
            },
            _add("send[i, j] <= 60*supplies[i, j]", "i in mills, j in bakeries"),
            _add("sum(supplies[i, j] for i in mills) == 1", "j in bakeries"),
        ],
        [
            AddVariable(
                variable=Variable(
                    name="supplies", indices=("mills", "bakeries"), domain=Domain.BINARY
                )
            ),
            _limit("send[i, j] <= 60*supplies[i, j]", "i in mills, j in bakeries"),
            _limit("sum(supplies[i, j] for i in mills) == 1", "j in bakeries"),
        ],
    ),
    Spoken(
        "mills",
        "the flour Weir ships gets 10 % dearer",
        [_set("cost", at=["Weir", "*"], percent=10)],
        [_values("cost", "percent", 10, ["Weir"], [])],
    ),
    Spoken(
        "mills",
        "what if we shut down Hill?",
        [_add('sum(send["Hill", j] for j in bakeries) == 0')],
        [_limit('sum(send["Hill", j] for j in bakeries) == 0')],
        tried=True,
    ),
    Spoken(
        "mills",
        "Castle and Market need 5 tons less each",
        [_set("demand", at=[["Castle", "Market"]], by=-5)],
        [_values("demand", "by", -5, ["Castle", "Market"])],
    ),
    Spoken(
        "mills",
        "a new bakery, Dock, wants 10 tons; it costs 2 from Weir, 3 from Hill and 4 from Lake",
        [
            {
                "do": "add_member",
                "set": "bakeries",
                "member": "Dock",
                "values": {"demand": 10, "cost": {"Weir": 2, "Hill": 3, "Lake": 4}},
            }
        ],
        [
            AddMember(
                set="bakeries",
                member="Dock",
                values={"demand": 10, "cost": {"Weir": 2, "Hill": 3, "Lake": 4}},
            )
        ],
    ),
    Spoken(
        "mills",
        "there is a new bakery called Quay that needs 8 tons",
        [{"do": "add_member", "set": "bakeries", "member": "Quay", "values": {"demand": 8}}],
        [
            AddMember(
                set="bakeries",
                member="Quay",
                values={"demand": 8, "cost": {"Weir": 5, "Hill": 6, "Lake": 7}},
            )
        ],
        answers=["5", "6", "7 dollars"],
    ),
    Spoken(
        "mills",
        "how much goes from Weir to Harbour?",
        [{"do": "amount", "expression": 'send["Weir", "Harbour"]'}],
        says=["60"],
    ),
    Spoken(
        "mills",
        "what does Lake deliver, and where?",
        [{"do": "part", "decision": "send", "at": ["Lake", "*"]}],
        says=["Castle", "60"],
    ),
    Spoken(
        "mills",
        "every route that is used must carry at least 20 tons",
        [_add("send[i, j] == 0 or send[i, j] >= 20", "i in mills, j in bakeries")],
        [_limit("send[i, j] == 0 or send[i, j] >= 20", "i in mills, j in bakeries")],
    ),
    Spoken(
        "mills",
        "at most 50 tons to Castle",
        [
            {
                "do": "ask",
                "question": "From each mill, or together?",
                "options": [
                    {
                        "label": "together",
                        "intents": [_add('sum(send[i, "Castle"] for i in mills) <= 50')],
                    },
                    {
                        "label": "from each mill",
                        "intents": [_add('send[i, "Castle"] <= 50', "i in mills")],
                    },
                ],
            }
        ],
        [_limit('send[i, "Castle"] <= 50', "i in mills")],
        pick="2",
    ),
    Spoken(
        "mills",
        "nothing from Lake to Harbour please",
        [_add('send["Lake", "Harbour"] == 0')],
        [_limit('send["Lake", "Harbour"] == 0')],
    ),
    Spoken(
        "mills",
        "how much would one more ton of capacity at Hill save us?",
        [{"do": "worth", "number": "capacity", "at": ["Hill"]}],
        says=["One more unit"],
    ),
    Spoken(
        "mills",
        "drop Lake altogether",
        [{"do": "drop_member", "set": "mills", "member": "Lake"}],
        [DropMember(set="mills", member="Lake")],
    ),
    Spoken(
        "mills",
        "go through capacities of Weir between 80 and 160 for me",
        [{"do": "sweep", "number": "capacity", "at": ["Weir"], "from": 80, "to": 160}],
        says=["from", "at 160"],
    ),
    # The ward
    Spoken(
        "ward",
        "show me Anna's roster",
        [{"do": "part", "decision": "work", "at": ["Anna", "*"]}],
        says=["Anna"],
    ),
    Spoken(
        "ward",
        "on which days does Tara work?",
        [{"do": "part", "decision": "work", "at": ["Tara", "*"]}],
        says=["Tue", "Sun"],
    ),
    Spoken(
        "ward",
        "without Tara, changing as little as possible",
        [_add('sum(work["Tara", d] for d in days) == 0')],
        [_limit('sum(work["Tara", d] for d in days) == 0')],
        least=True,
        says=["differ"],
    ),
    Spoken(
        "ward",
        "from Thursday on we need one nurse more",
        [_set("need", at=[{"from": "Thu"}], by=1)],
        [_values("need", "by", 1, ["Thu", "Fri", "Sat", "Sun"])],
    ),
    Spoken(
        "ward",
        "Ben can't do Mondays",
        [_add('work["Ben", "Mon"] == 0')],
        [_limit('work["Ben", "Mon"] == 0')],
    ),
    Spoken(
        "ward",
        "nobody should work more than four days",
        [
            {
                "do": "change_limit",
                "limit": "week",
                "expression": "sum(work[n, d] for d in days) <= 4",
                "forall": "n in nurses",
            }
        ],
        [
            ChangeConstraint(
                name="week",
                constraint=Constraint(
                    name="week",
                    forall="n in nurses",
                    expression="sum(work[n, d] for d in days) <= 4",
                ),
            )
        ],
    ),
    Spoken(
        "ward",
        "Anna should get at least 3 days",
        [_add('sum(work["Anna", d] for d in days) >= 3')],
        [_limit('sum(work["Anna", d] for d in days) >= 3')],
    ),
    Spoken(
        "ward",
        "Carla never works the day after she worked, so no two days in a row",
        [_add('work["Carla", d] + work["Carla", next(d)] <= 1', "d in days if ord(d) < 7")],
        [_limit('work["Carla", d] + work["Carla", next(d)] <= 1', "d in days if ord(d) < 7")],
    ),
    Spoken(
        "ward",
        "if Ben works on Saturday he gets Sunday off",
        [_add('implies(work["Ben", "Sat"], not work["Ben", "Sun"])')],
        [_limit('implies(work["Ben", "Sat"], not work["Ben", "Sun"])')],
    ),
    Spoken(
        "ward",
        "Tara wants 190 a day now",
        [_set("wage", at=["Tara"], to=190)],
        [_to("wage", 190, "Tara")],
    ),
    Spoken(
        "ward",
        "everybody gets 5 percent more pay",
        [_set("wage", percent=5)],
        [_values("wage", "percent", 5, [])],
    ),
    Spoken(
        "ward",
        "how many shifts does everyone have?",
        [{"do": "amount", "expression": "sum(work[n, d] for d in days)", "forall": "n in nurses"}],
        says=["Tara"],
    ),
    Spoken(
        "ward",
        "Dora joins us, she costs 150 a day",
        [{"do": "add_member", "set": "nurses", "member": "Dora", "values": {"wage": 150}}],
        [AddMember(set="nurses", member="Dora", values={"wage": 150})],
    ),
    Spoken(
        "ward",
        "as a second goal, give Anna as many days as you can",
        [
            {
                "do": "add_objective",
                "sense": "maximize",
                "expression": 'sum(work["Anna", d] for d in days)',
            }
        ],
        [
            AddObjective(
                objective=Objective(
                    name="objective_2",
                    sense=Sense.MAXIMIZE,
                    priority=2,
                    expression='sum(work["Anna", d] for d in days)',
                )
            )
        ],
    ),
    Spoken(
        "ward",
        "is there a different roster that costs the same?",
        [{"do": "another"}],
        says=["another plan"],
    ),
    Spoken(
        "ward",
        "why isn't Anna working?",
        [
            {
                "do": "why",
                "decision": "work",
                "at": ["Anna", "*"],
                "claimed": {"relation": "==", "value": 0},
                "wanted": "more",
            }
        ],
        says=["at least 1"],
    ),
    # The pumps
    Spoken(
        "pumps",
        "from 2026-03 on we can only make 70 a month",
        [
            {
                "do": "change_limit",
                "limit": "capacity",
                "forall": "t in months",
                "expression": "make[t] <= (70 if ord(t) >= 3 else 80)",
            }
        ],
        [
            ChangeConstraint(
                name="capacity",
                constraint=Constraint(
                    name="capacity",
                    forall="t in months",
                    expression="make[t] <= (70 if ord(t) >= 3 else 80)",
                ),
            )
        ],
    ),
    Spoken(
        "pumps",
        "demand is 10 % higher until 2026-04",
        [_set("demand", at=[{"to": "2026-04"}], percent=10)],
        [_values("demand", "percent", 10, ["2026-01", "2026-02", "2026-03", "2026-04"])],
    ),
    Spoken(
        "pumps",
        "from 2026-03 on making one costs 2 more",
        [_set("cost", at=[{"from": "2026-03"}], by=2)],
        [_values("cost", "by", 2, ["2026-03", "2026-04", "2026-05", "2026-06"])],
    ),
    Spoken(
        "pumps",
        "never more than 25 in stock",
        [_add("stock[t] <= 25", "t in months")],
        [_limit("stock[t] <= 25", "t in months")],
    ),
    Spoken(
        "pumps",
        "lots of at least 30 or no production at all in a month",
        [{"do": "set_decision", "decision": "make", "lower": 30, "upper": 80, "or_nothing": True}],
        [SetVariable(variable="make", lower=30, upper=80, semicontinuous=True)],
    ),
    Spoken(
        "pumps",
        "what would it cost to make none in 2026-04?",
        [_add('make["2026-04"] == 0')],
        [_limit('make["2026-04"] == 0')],
        tried=True,
    ),
    Spoken(
        "pumps",
        "how many do we keep in stock at the end of each month?",
        [{"do": "part", "decision": "stock"}],
        says=["2026-03", "30"],
    ),
    Spoken(
        "pumps",
        "the customer in 2026-05 wants 95 instead of 90",
        [_set("demand", at=["2026-05"], to=95)],
        [_to("demand", 95, "2026-05")],
    ),
    Spoken(
        "pumps",
        "fix production in 2026-01 at 60",
        [_add('make["2026-01"] == 60')],
        [_limit('make["2026-01"] == 60')],
    ),
    Spoken(
        "pumps",
        "start with 15 pumps in stock",
        [
            {
                "do": "change_limit",
                "limit": "balance",
                "forall": "t in months",
                "expression": "(stock[prev(t)] if ord(t) > 1 else 15) + make[t] == "
                "demand[t] + stock[t]",
            }
        ],
        [
            ChangeConstraint(
                name="balance",
                constraint=Constraint(
                    name="balance",
                    forall="t in months",
                    expression="(stock[prev(t)] if ord(t) > 1 else 15) + make[t] == "
                    "demand[t] + stock[t]",
                ),
            )
        ],
    ),
    Spoken("pumps", "what limits us most?", [{"do": "limits"}], says=["80 pumps"]),
    Spoken(
        "pumps",
        "make the same amount in 2026-02 as in 2026-03",
        [_add('make["2026-02"] == make["2026-03"]')],
        [_limit('make["2026-02"] == make["2026-03"]')],
    ),
    Spoken(
        "pumps",
        "what is our total output?",
        [{"do": "amount", "expression": "sum(make[t] for t in months)"}],
        says=["390"],
    ),
    Spoken(
        "pumps",
        "a machine costs 200 in every month in which we make anything",
        [
            {
                "do": "add_decision",
                "name": "running",
                "over": ["months"],
                "kind": "yes_no",
                "meaning": "whether the machine is used",
                "terms": {"objective": "sum(200*running[t] for t in months)"},
            },
            _add("make[t] <= 80*running[t]", "t in months"),
        ],
        [
            AddVariable(
                variable=Variable(name="running", indices=("months",), domain=Domain.BINARY)
            ),
            AddTerm(element="objective", term="sum(200*running[t] for t in months)"),
            _limit("make[t] <= 80*running[t]", "t in months"),
        ],
    ),
    # The depots
    Spoken(
        "depots",
        "which depots do we open?",
        [{"do": "part", "decision": "open"}],
        says=["North", "East"],
    ),
    Spoken("depots", "close East", [_add('open["East"] == 0')], [_limit('open["East"] == 0')]),
    Spoken(
        "depots",
        "South has to be open whatever it costs",
        [_add('open["South"] == 1')],
        [_limit('open["South"] == 1')],
    ),
    Spoken(
        "depots",
        "open no more than two depots",
        [_add("sum(open[d] for d in depots) <= 2")],
        [_limit("sum(open[d] for d in depots) <= 2")],
    ),
    Spoken(
        "depots",
        "each town must be served from one single depot",
        [
            {
                "do": "add_decision",
                "name": "serves",
                "over": ["depots", "towns"],
                "kind": "yes_no",
                "meaning": "whether a depot serves a town",
            },
            _add("ship[d, c] == need[c]*serves[d, c]", "d in depots, c in towns"),
            _add("sum(serves[d, c] for d in depots) == 1", "c in towns"),
        ],
        [
            AddVariable(
                variable=Variable(name="serves", indices=("depots", "towns"), domain=Domain.BINARY)
            ),
            _limit("ship[d, c] == need[c]*serves[d, c]", "d in depots, c in towns"),
            _limit("sum(serves[d, c] for d in depots) == 1", "c in towns"),
        ],
    ),
    Spoken(
        "depots",
        "the rent of North goes up by 60",
        [_set("rent", at=["North"], by=60)],
        [_to("rent", 150, "North")],
    ),
    Spoken(
        "depots",
        "North can't ship more than 35 tons",
        [_add('sum(ship["North", c] for c in towns) <= 35')],
        [_limit('sum(ship["North", c] for c in towns) <= 35')],
    ),
    Spoken(
        "depots",
        "if we open South we don't open East",
        [_add('implies(open["South"], not open["East"])')],
        [_limit('implies(open["South"], not open["East"])')],
    ),
    Spoken(
        "depots",
        "imagine Dun needed 40 tons",
        [_set("need", at=["Dun"], to=40)],
        [_to("need", 40, "Dun")],
        tried=True,
    ),
    Spoken(
        "depots",
        "depots could handle 80 tons",
        [_set("size", to=80)],
        [_to("size", 80)],
        tried=True,
    ),
    Spoken(
        "depots",
        "why is South closed?",
        [
            {
                "do": "why",
                "decision": "open",
                "at": ["South"],
                "claimed": {"relation": "==", "value": 0},
                "wanted": "more",
            }
        ],
        says=["at least 1", "worse"],
    ),
    Spoken(
        "depots",
        "there's a toll of 1 per ton on everything from North to Dun",
        [_set("freight", at=["North", "Dun"], by=1)],
        [_to("freight", 8, "North", "Dun")],
    ),
    # The feed
    Spoken(
        "feed", "how much soy goes in?", [{"do": "amount", "expression": "soy"}], says=["21.66"]
    ),
    Spoken(
        "feed",
        "soy went up to 60 cents",
        [_set("soy in objective", to=0.6)],
        [_counts("soy", "objective", 0.6)],
    ),
    Spoken("feed", "we got 10 kilos of barley more", [_set("store", by=10)], [_row("store", 70)]),
    Spoken(
        "feed",
        "at most a quarter of the mix may be maize",
        [_add("maize <= 0.25*(barley + soy + maize)")],
        [_limit("maize <= 0.25*(barley + soy + maize)")],
    ),
    Spoken(
        "feed",
        "forget about the fat",
        [{"do": "drop_limit", "limit": "fat"}],
        [DropConstraint(name="fat")],
    ),
    Spoken(
        "feed",
        "use as little soy as possible instead",
        [{"do": "objective", "sense": "minimize", "expression": "soy"}],
        [SetObjective(sense=Sense.MINIMIZE, expression="soy")],
    ),
    Spoken(
        "feed",
        "thanks, that looks good to me",
        [{"do": "none", "reason": "There is nothing to do."}],
        says=["nothing to do"],
    ),
    Spoken(
        "feed",
        "add oats: a kilo costs 0.15, has 12 g of protein and 5 g of fat",
        [
            {
                "do": "add_decision",
                "name": "oats",
                "kind": "amount",
                "meaning": "kilos of oats",
                "unit": "kg",
                "terms": {
                    "objective": "0.15*oats",
                    "protein": "12*oats",
                    "fat": "5*oats",
                    "weight": "oats",
                },
            }
        ],
        [
            AddVariable(variable=Variable(name="oats")),
            AddTerm(element="objective", term="0.15*oats"),
            AddTerm(element="protein", term="12*oats"),
            AddTerm(element="fat", term="5*oats"),
            AddTerm(element="weight", term="oats"),
        ],
    ),
)
__all__ = ["SPOKEN", "Spoken"]
