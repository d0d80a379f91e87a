"""Forty turns of everyday speech about five models of `cases/attacked.jsonl`, written before any of
them was run: each with the reply of a model that reads well, and with a plausible misreading.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optwright.solvers.edit.operations import (
    AddMember,
    ChangeConstraint,
    DropConstraint,
    Edit,
    SetVariable,
)
from optwright.solvers.model.formulation import Constraint
from tests.turns_spoken import Spoken, _add, _limit, _row, _set, _to, _values

Reading = list[dict[str, Any]]
TURNS: list[tuple[Spoken, Reading]] = []
"""Each turn with a misreading of it; without one where none is likely."""


def _turn(
    model: str,
    said: str,
    intents: Sequence[dict[str, Any]],
    wants: Sequence[Edit] = (),
    wrong: Reading | None = None,
    **more: Any,
) -> None:
    TURNS.append((Spoken(model, said, intents, wants, **more), wrong or []))


def _changed(limit: str, expression: str, forall: str = "") -> dict[str, Any]:
    return {"do": "change_limit", "limit": limit, "expression": expression, "forall": forall}


def _changes(name: str, expression: str, forall: str = "") -> ChangeConstraint:
    constraint = Constraint(name=name, expression=expression, forall=forall)
    return ChangeConstraint(name=name, constraint=constraint)


# The coffee
_turn(
    "coffee",
    "how much Huila ends up in the bag?",
    [{"do": "amount", "expression": 'kg["Huila"]'}],
    says=["40"],
)
_turn(
    "coffee",
    "Sul went up by 40 cents",
    [_set("cost", at=["Sul"], by=0.4)],
    [_to("cost", 4.4, "Sul")],
    [_set("cost", at=["Sul"], by=40)],
)
_turn(
    "coffee",
    "we only make 450 kilos this time",
    [_set("needs_500_kilos_green", to=450)],
    [_row("needs_500_kilos_green", 450)],
    [_set("stock", to=450)],
)
_turn(
    "coffee",
    "make it two thirds instead of a half for Kivu",
    [_changed("kivu_more_half_much", 'kg["Kivu"] <= 2/3*kg["Huila"]')],
    [_changes("kivu_more_half_much", 'kg["Kivu"] <= 2/3*kg["Huila"]')],
    [_changed("kivu_more_half_much", 'kg["Kivu"] <= 2/3*sum(kg[b] for b in B)')],
)
_POINTS = "sum(points[b]*kg[b] for b in B) >= 4*sum(kg[b] for b in B)"
_turn(
    "coffee",
    "What would the blend cost if it only had to reach 4 points?",
    [_changed("points_blend_taken_weight", _POINTS)],
    [_changes("points_blend_taken_weight", _POINTS)],
    [_set("points", to=4)],
    tried=True,
)
_turn(
    "coffee",
    "we found another 60 kilos of Yirga behind the door",
    [_set("stock", at=["Yirga"], by=60)],
    [_to("stock", 320, "Yirga")],
    [_set("stock", at=["Yirga"], to=60)],
)
_turn(
    "coffee",
    "leave Kivu out altogether",
    [_add('kg["Kivu"] == 0')],
    [_limit('kg["Kivu"] == 0')],
    [{"do": "drop_limit", "limit": "kivu_more_half_much"}],
)
_turn(
    "coffee",
    "none of the beans should make up more than 45 per cent",
    [_add("kg[b] <= 0.45*sum(kg[i] for i in B)", "b in B")],
    [_limit("kg[b] <= 0.45*sum(kg[i] for i in B)", "b in B")],
    [_add("kg[b] <= 45", "b in B")],
)

# The baking halls
_turn(
    "halls",
    "the Klinik wants ten crates more",
    [_set("order", at=["Klinik"], by=10)],
    [_to("order", 45, "Klinik")],
    [_set("order", at=["Klinik"], to=10)],
)
_turn(
    "halls",
    "Nord is being renovated, so it stays shut",
    [_add('open["Nord"] == 0')],
    [_limit('open["Nord"] == 0')],
    [_add('open["Nord"] == 1')],
)
_turn(
    "halls",
    "Could a single hall do the job?",
    [_add("sum(open[h] for h in H) <= 1")],
    [_limit("sum(open[h] for h in H) <= 1")],
    [_add("sum(open[h] for h in H) >= 1")],
    tried=True,
)
_BAKES = "sum(ship[h, c] for c in C) >= 30*open[h]"
_turn(
    "halls",
    "any hall that is run ought to bake 30 crates or more",
    [_add(_BAKES, "h in H")],
    [_limit(_BAKES, "h in H")],
    [_add("sum(ship[h, c] for c in C) >= 30", "h in H")],
)
_turn(
    "halls",
    "Why doesn't Mitte deliver to the Werft?",
    [
        {
            "do": "why",
            "decision": "ship",
            "at": ["Mitte", "Werft"],
            "claimed": {"relation": "==", "value": 0},
            "wanted": "more",
        }
    ],
    says=["Mitte", "Werft"],
)
_turn(
    "halls",
    "the landlords take 8 percent more",
    [_set("rent", percent=8)],
    [_values("rent", "percent", 8, ())],
    [_set("drive", percent=8)],
)
_turn(
    "halls",
    "if Hafen is used Mitte has to be used as well",
    [_add('implies(open["Hafen"], open["Mitte"])')],
    [_limit('implies(open["Hafen"], open["Mitte"])')],
    [_add('implies(open["Mitte"], open["Hafen"])')],
)
_turn(
    "halls",
    "bringing things out of Hafen now costs half of what it did",
    [_set("drive", at=["Hafen", "*"], percent=-50)],
    [_values("drive", "percent", -50, ["Hafen"], ())],
    [_set("drive", at=["*", "Werft"], percent=-50)],
)

# The keepers
_turn(
    "keepers",
    "show me Cora's week",
    [{"do": "part", "decision": "work", "at": ["Cora", "*"]}],
    says=["Fri", "Sat"],
)
_turn(
    "keepers",
    "Dirk can't come on Sunday either",
    [_add('work["Dirk", "Sun"] == 0')],
    [_limit('work["Dirk", "Sun"] == 0')],
    [_add('work["Dirk", "Sat"] == 0')],
)
_turn(
    "keepers",
    "on Tuesday and Thursday we want one keeper more",
    [_set("wanted", at=[["Tue", "Thu"]], by=1)],
    [_values("wanted", "by", 1, ["Tue", "Thu"])],
    [_set("wanted", at=[{"from": "Tue", "to": "Thu"}], by=1)],
)
_turn(
    "keepers",
    "nobody should be here on both Saturday and Sunday",
    [_add('work[p, "Sat"] + work[p, "Sun"] <= 1', "p in P")],
    [_limit('work[p, "Sat"] + work[p, "Sun"] <= 1', "p in P")],
    [_add('work[p, "Sat"] + work[p, "Sun"] == 0', "p in P")],
)
_turn(
    "keepers",
    "a new keeper, Gus, takes 115 a day and is away on Tuesdays",
    [{"do": "add_member", "set": "P", "member": "Gus", "values": {"rate": 115, "away": "Tue"}}],
    [AddMember(set="P", member="Gus", values={"rate": 115, "away": "Tue"})],
    [{"do": "add_member", "set": "P", "member": "Gus", "values": {"rate": 115, "away": "Thu"}}],
)
_turn(
    "keepers",
    "Bice asks for 112 a day now",
    [_set("rate", at=["Bice"], to=112)],
    [_to("rate", 112, "Bice")],
    [_set("rate", at=["Cora"], to=112)],
)
_turn(
    "keepers",
    "everybody three days at least",
    [_set("least", to=3)],
    [_row("least", 3)],
    [_set("row", to=3)],
)
_turn(
    "keepers",
    "how many days does each of them work?",
    [{"do": "amount", "expression": "sum(work[p, d] for d in D)", "forall": "p in P"}],
    says=["Dirk", "5"],
)

# The hay
_turn(
    "hay",
    "there's room for 40 in the loft after all",
    [_set("loft at most", to=40)],
    [SetVariable(variable="loft", lower=0, upper=40)],
    [_set("loft at most", by=40)],
)
_turn(
    "hay",
    "from November on Waal charges one more",
    [_set("price", at=["Waal", {"from": "November"}], by=1)],
    [_values("price", "by", 1, ["Waal"], ["November", "December"])],
    [_set("price", at=["Waal", "November"], by=1)],
)
_turn(
    "hay",
    "December will be cold: 15 bales more",
    [_set("feed", at=["December"], by=15)],
    [_to("feed", 100, "December")],
    [_set("feed", by=15)],
)
_turn(
    "hay",
    "we'd like to have 10 bales left over when December ends",
    [_add('loft["December"] >= 10')],
    [_limit('loft["December"] >= 10')],
    [_add('loft["December"] <= 10')],
)
_NOTHING = 'buy["Vik", m] == 0 or buy["Vik", m] >= 20'
_turn(
    "hay",
    "Vik won't come for fewer than 20 bales, it's that or nothing",
    [_add(_NOTHING, "m in M")],
    [_limit(_NOTHING, "m in M")],
    [_add('buy["Vik", m] >= 20', "m in M")],
)
_turn(
    "hay",
    "what would one more bale of room up there be worth?",
    [{"do": "worth", "number": "loft at most"}],
    says=[],
)
_HALF = 'sum(buy["Waal", m] for m in M) >= 0.5*sum(buy[f, m] for f in F for m in M)'
_turn(
    "hay",
    "at least half of all the hay has to be Waal's",
    [_add(_HALF)],
    [_limit(_HALF)],
    [_add(_HALF.replace("Waal", "Vik"))],
)
_turn(
    "hay",
    "Vik can spare only 45 in October",
    [_set("spare", at=["Vik", "October"], to=45)],
    [_to("spare", 45, "Vik", "October")],
    [_set("spare", at=["Vik", "*"], to=45)],
)

# The tutors
_turn(
    "tutors",
    "Curro has found a piano now, so that ban can go",
    [{"do": "drop_limit", "limit": "curro_piano"}],
    [DropConstraint(name="curro_piano")],
    [{"do": "drop_limit", "limit": "ana_teach_latin"}],
)
_turn(
    "tutors",
    "who does chess?",
    [{"do": "part", "decision": "teach", "at": ["*", "Chess"]}],
    says=["Ana"],
)
_turn(
    "tutors",
    "Dolo has to get one of the courses",
    [_add('sum(teach["Dolo", k] for k in K) == 1')],
    [_limit('sum(teach["Dolo", k] for k in K) == 1')],
    [_add('teach["Dolo", "Greek"] == 1')],
)
_turn(
    "tutors",
    "Bea's mark in Piano is a 7, really",
    [_set("rating", at=["Bea", "Piano"], to=7)],
    [_to("rating", 7, "Bea", "Piano")],
    [_set("rating", at=["Bea", "*"], to=7)],
)
_turn(
    "tutors",
    "if Ana gets Greek then Eli must not do chess",
    [_add('teach["Ana", "Greek"] + teach["Eli", "Chess"] <= 1')],
    [_limit('teach["Ana", "Greek"] + teach["Eli", "Chess"] <= 1')],
    [_add('teach["Eli", "Chess"] == 0')],
)
_turn(
    "tutors",
    "is there another line-up that is just as good?",
    [{"do": "another"}],
    says=[],
)
_turn(
    "tutors",
    "What if nobody with less than a 5 may teach a course?",
    [_add("teach[p, k] == 0", "p in P, k in K if rating[p, k] < 5")],
    [_limit("teach[p, k] == 0", "p in P, k in K if rating[p, k] < 5")],
    [_add("teach[p, k] == 0", "p in P, k in K if rating[p, k] > 5")],
    tried=True,
)
_LATIN = 'sum(teach[p, k] for p in P) == (2 if k == "Latin" else 1)'
_turn(
    "tutors",
    "Latin is to have two tutors, the others one as before",
    [_changed("one_tutor_every_course", _LATIN, "k in K")],
    [_changes("one_tutor_every_course", _LATIN, "k in K")],
    [_changed("one_tutor_every_course", "sum(teach[p, k] for p in P) == 2", "k in K")],
)
