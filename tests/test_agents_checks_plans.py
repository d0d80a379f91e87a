"""Plan questions: a draft is run, and a reader who knows the right model judges its plans."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.agents.checks.plans.examine import State, compare, examine
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import MOST_BEST_LINES, MOST_LINES, MOST_SIDES, Kind
from optwright.agents.checks.plans.question import Answer, Asks, Reading, Verdict
from optwright.agents.replies import read_formulation
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Sense,
    Variable,
)
from optwright.testing import PerfectReader

TEXT = (
    "A bakery bakes bread and cake. A loaf of bread needs 2 kg of flour and earns 3 dollars, a "
    "cake needs 1 kg of flour and earns 4 dollars. There are 40 kg of flour, and at most 12 "
    "cakes fit into the oven. At least 5 loaves are ordered. Earn as much as possible."
)


def bakery(
    flour: str = "2*bread + cake <= 40",
    oven: str = "cake <= 12",
    ordered: str = "bread >= 5",
    earn: str = "3*bread + 4*cake",
    sense: str = "maximize",
    *,
    whole: bool = True,
) -> Formulation:
    reply: dict[str, Any] = {
        "decisions": [
            {"name": "bread", "meaning": "loaves of bread", "whole": whole},
            {"name": "cake", "meaning": "cakes", "whole": whole},
        ],
        "objective": {"text": "Earn as much as possible", "sense": sense, "expression": earn},
        "limits": [
            {"text": "There are 40 kg of flour", "expression": flour},
            {"text": "at most 12 cakes fit into the oven", "expression": oven},
            {"text": "At least 5 loaves are ordered", "expression": ordered},
        ],
    }
    return read_formulation(json.dumps(reply))


def test_a_right_draft_is_held_by_whoever_knows_the_right_model() -> None:
    right = bakery()
    found = examine(inquiry(TEXT, right), PerfectReader(right))
    assert found.state is State.HELD
    assert found.reader == "a right model"
    assert found.answered == found.asked


@pytest.mark.parametrize(
    "wrong",
    [
        bakery(oven="cake >= 12"),
        bakery(oven="bread <= 12"),
        bakery(ordered="bread >= 15"),
        bakery(ordered="cake >= 5"),
        bakery(flour="bread + 2*cake <= 40"),
        bakery(flour="2*bread + cake <= 20"),
        bakery(flour="2*bread + cake <= 400"),
        bakery(earn="4*bread + 3*cake"),
        bakery(earn="3*bread"),
        bakery(sense="minimize"),
    ],
    ids=lambda f: f.objective.expression + "; " + "; ".join(c.expression for c in f.constraints),
)
def test_a_wrong_draft_is_refuted(wrong: Formulation) -> None:
    found = examine(inquiry(TEXT, wrong), PerfectReader(bakery()))
    assert found.state is State.REFUTED
    assert found.mismatches[0].text


def test_a_draft_that_splits_what_is_whole_is_refuted_where_that_changes_the_answer() -> None:
    text = TEXT.replace("40 kg", "41 kg")
    right = bakery(flour="2*bread + cake <= 41", oven="cake <= 12")
    fractions = bakery(flour="2*bread + cake <= 41", oven="cake <= 12", whole=False)
    assert examine(inquiry(text, fractions), PerfectReader(right)).state is State.REFUTED
    assert examine(inquiry(text, right), PerfectReader(fractions)).state is State.REFUTED


def test_every_plan_is_what_the_draft_says_of_it() -> None:
    draft = bakery()
    evaluation = PointEvaluation.of(draft)
    made = inquiry(TEXT, draft)
    assert {e.kind for e in made.expected} >= {Kind.BEST, Kind.VALUE, Kind.BROKEN, Kind.KEPT}
    for expected in made.expected:
        missed = {m.element for m in evaluation.misses(expected.plan.amounts)}
        if expected.plan.asks is Asks.VALUE:
            assert expected.value == evaluation.objective(expected.plan.amounts)
        elif expected.kind is Kind.BROKEN:
            assert missed == {expected.element}
        elif expected.verdict is Verdict.ALLOWED:
            assert not missed


def test_questions_are_the_same_every_time_and_not_in_the_order_of_their_kinds() -> None:
    one, other = inquiry(TEXT, bakery()), inquiry(TEXT, bakery())
    assert one.question == other.question
    kinds = [e.kind for e in one.expected]
    assert kinds != sorted(kinds, key=list(Kind).index)
    assert inquiry(TEXT, bakery(), seed=1).question.plans != one.question.plans


def test_what_a_reader_is_shown_holds_nothing_of_the_model() -> None:
    shown = repr(inquiry(TEXT, bakery()).question)
    assert "<=" not in shown.replace(TEXT, "")
    assert "broken" not in shown
    assert "flour" not in shown.replace(TEXT, "")


def test_a_limit_on_signs_is_not_asked_about() -> None:
    draft = bakery(ordered="bread >= 0")
    assert all(e.element != "bread" or e.kind is Kind.CORNER for e in inquiry(TEXT, draft).expected)
    elements = {e.element for e in inquiry(TEXT, draft).expected if e.kind is Kind.BROKEN}
    assert elements == {draft.constraints[0].name, draft.constraints[1].name}


def test_no_answer_is_neither_held_nor_refuted() -> None:
    made = inquiry(TEXT, bakery())
    found = compare(made, Reading())
    assert found.state is State.IN_PART
    cut_off = compare(made, Reading((Answer(1, Verdict.NOT_ALLOWED),), problem="cut off"))
    assert cut_off.state is State.IN_PART
    assert "cut off" in cut_off.unanswered


def test_amounts_may_be_off_by_the_readers_arithmetic() -> None:
    made = inquiry(TEXT, bakery())
    right = PerfectReader(bakery()).read(made.question)
    rounded = tuple(
        Answer(a.plan, a.verdict, a.sentence, None if a.value is None else a.value * 1.0005)
        for a in right.answers
    )
    assert compare(made, Reading(rounded, Sense.MAXIMIZE), arithmetic=1e-3).state is State.HELD
    assert compare(made, Reading(rounded, Sense.MAXIMIZE), arithmetic=1e-5).state is State.REFUTED


def test_a_mismatch_shows_the_plan_and_the_words_the_draft_reads_so() -> None:
    wrong = bakery(ordered="bread >= 15")
    found = examine(inquiry(TEXT, wrong), PerfectReader(bakery()))
    told = " ".join(m.text for m in found.mismatches)
    assert "'At least 5 loaves are ordered'" in told
    assert "bread = " in told


def test_of_a_draft_without_an_end_plans_that_grow_are_asked_about() -> None:
    endless = bakery(flour="bread + cake >= 0", oven="bread >= 0")
    held = examine(inquiry(TEXT, endless), PerfectReader(endless))
    assert held.state is State.HELD
    refuted = examine(inquiry(TEXT, endless), PerfectReader(bakery()))
    assert refuted.state is State.REFUTED
    kinds = {m.expected.kind for m in refuted.mismatches if m.expected}
    assert kinds == {Kind.GROWING}


def test_of_a_draft_that_allows_nothing_each_limit_of_its_conflict_is_asked_about() -> None:
    impossible = bakery(ordered="bread >= 50")
    made = inquiry(TEXT, impossible)
    missed = {e.element for e in made.expected if e.kind is Kind.BROKEN}
    assert len(missed) == 2  # the flour and the order
    assert {e.verdict for e in made.expected} == {Verdict.NOT_ALLOWED}
    assert examine(made, PerfectReader(impossible)).state is State.HELD
    refuted = examine(made, PerfectReader(bakery()))
    assert refuted.state is State.REFUTED
    assert any("allows no plan at all" in m.text for m in refuted.mismatches)


def test_that_nothing_whole_is_allowed_is_asked_with_a_plan_in_fractions() -> None:
    odd = bakery(flour="4*bread + 6*cake == 45", ordered="bread >= 1")
    made = inquiry(TEXT, odd)
    assert any("." in line for e in made.expected for line in e.plan.lines if e.kind is Kind.BROKEN)
    assert examine(made, PerfectReader(odd)).state is State.HELD


def test_decisions_that_are_called_otherwise_are_mapped() -> None:
    reply = {
        "decisions": [{"name": "x", "whole": True}, {"name": "y", "whole": True}],
        "objective": {"text": "", "sense": "maximize", "expression": "3*x + 4*y"},
        "limits": [
            {"text": "", "expression": "2*x + y <= 40"},
            {"text": "", "expression": "y <= 12"},
            {"text": "", "expression": "x >= 5"},
        ],
    }
    right = read_formulation(json.dumps(reply))
    names = {"bread": "x", "cake": "y"}
    assert examine(inquiry(TEXT, bakery()), PerfectReader(right, names=names)).state is State.HELD
    unknown = examine(inquiry(TEXT, bakery()), PerfectReader(right))
    assert unknown.state is State.IN_PART


def test_a_decision_the_draft_does_without_is_chosen_by_the_reader() -> None:
    reply = {
        "decisions": [
            {"name": "bread", "whole": True},
            {"name": "cake", "whole": True},
            {"name": "flour", "whole": False},
        ],
        "objective": {"text": "", "sense": "maximize", "expression": "3*bread + 4*cake"},
        "limits": [
            {"text": "", "expression": "2*bread + cake <= flour"},
            {"text": "", "expression": "flour <= 40"},
            {"text": "", "expression": "cake <= 12"},
            {"text": "", "expression": "bread >= 5"},
        ],
    }
    right = read_formulation(json.dumps(reply))
    assert examine(inquiry(TEXT, bakery()), PerfectReader(right)).state is State.HELD


def transport(sites: int, expression: str = "sum(ship[i, j] for j in J) <= supply[i]") -> Any:
    many = range(sites)
    tables = {
        "mills": {
            "mill": [f"M{i}" for i in many],
            "supply": [30 + i for i in many],
        },
        "shops": {"shop": [f"S{j}" for j in many], "need": [20 + j for j in many]},
        "lanes": {
            "mill": [f"M{i}" for i in many for _ in many],
            "shop": [f"S{j}" for _ in many for j in many],
            "cost": [1 + (3 * i + 5 * j) % 7 for i in many for j in many],
        },
    }
    reply = {
        "sets": [
            {"name": "I", "column": {"table": "mills", "value": "mill"}},
            {"name": "J", "column": {"table": "shops", "value": "shop"}},
        ],
        "parameters": [
            {"name": "supply", "indices": ["I"],
             "column": {"table": "mills", "keys": ["mill"], "value": "supply"}},
            {"name": "need", "indices": ["J"],
             "column": {"table": "shops", "keys": ["shop"], "value": "need"}},
            {"name": "cost", "indices": ["I", "J"],
             "column": {"table": "lanes", "keys": ["mill", "shop"], "value": "cost"}},
        ],
        "decisions": [{"name": "ship", "indices": ["I", "J"], "meaning": "tons"}],
        "objective": {"text": "cheapest", "sense": "minimize",
                      "expression": "sum(cost[i, j] * ship[i, j] for i in I for j in J)"},
        "limits": [
            {"text": "supply", "forall": "i in I", "expression": expression},
            {"text": "need", "forall": "j in J",
             "expression": "sum(ship[i, j] for i in I) >= need[j]"},
        ],
    }  # fmt: skip
    return read_formulation(json.dumps(reply)), load(tables)


@pytest.mark.parametrize("sites", [3, 20])
def test_a_model_over_tables_is_asked_about_one_of_each_kind(sites: int) -> None:
    right, tables = transport(sites)
    made = inquiry("text", right, tables)
    most = {e.kind: MOST_BEST_LINES if e.kind is Kind.BEST else MOST_LINES for e in made.expected}
    assert all(len(e.plan.lines) <= most[e.kind] for e in made.expected)
    assert sum(e.kind is Kind.BROKEN for e in made.expected) <= MOST_SIDES
    assert examine(made, PerfectReader(right, tables=tables)).state is State.HELD


def test_a_wrong_model_over_tables_is_refuted() -> None:
    right, tables = transport(4)
    wrong, _ = transport(4, "sum(ship[i, j] for j in J) <= 2 * supply[i]")
    made = inquiry("text", wrong, tables)
    assert examine(made, PerfectReader(right, tables=tables)).state is State.REFUTED


def test_what_a_draft_left_out_shows_in_a_best_plan_of_more_lines_than_others_have() -> None:
    most = {f"good {at}": at + 1 for at in range(14)}
    reply: dict[str, Any] = {
        "sets": [{"name": "G", "members": list(most)}],
        "parameters": [{"name": "most", "indices": ["G"], "values": most}],
        "decisions": [{"name": "make", "indices": ["G"], "meaning": "tons"}],
        "objective": {"sense": "maximize", "expression": "sum(make[g] for g in G)"},
        "limits": [{"text": "most", "forall": "g in G", "expression": "make[g] <= most[g]"}],
    }
    hall = {"text": "the hall holds 80 tons", "expression": "sum(make[g] for g in G) <= 80"}
    right = read_formulation(json.dumps({**reply, "limits": [*reply["limits"], hall]}))
    made = inquiry("text", read_formulation(json.dumps(reply)), {})
    assert [len(e.plan.lines) for e in made.expected if e.kind is Kind.BEST] == [14]
    assert examine(made, PerfectReader(right)).state is State.REFUTED


def test_one_to_one_rows_that_cannot_be_missed_alone_are_missed_together() -> None:
    names = [f"{p}{t}" for p in "abc" for t in "123"]
    reply = {
        "decisions": [{"name": n, "yes_or_no": True, "meaning": n} for n in names],
        "objective": {"text": "", "sense": "minimize",
                      "expression": " + ".join(f"{1 + 7 * k % 5}*{n}"
                                               for k, n in enumerate(names))},
        "limits": [
            *({"text": "each person", "expression": f"{p}1 + {p}2 + {p}3 == 1"} for p in "abc"),
            *({"text": "each task", "expression": f"a{t} + b{t} + c{t} == 1"} for t in "123"),
        ],
    }  # fmt: skip
    right = read_formulation(json.dumps(reply))
    made = inquiry("text", right)
    assert any(e.kind is Kind.BROKEN for e in made.expected)
    assert examine(made, PerfectReader(right)).state is State.HELD


def test_a_model_that_is_not_linear_is_asked_about_near_its_best_plan() -> None:
    reply = {
        "decisions": [{"name": "x"}, {"name": "y"}],
        "objective": {"text": "", "sense": "minimize", "expression": "x + y"},
        "limits": [{"text": "", "expression": "x * y >= 400"}],
    }
    right = read_formulation(json.dumps(reply))
    made = inquiry("text", right, best={"x": 20, "y": 20})
    assert {Kind.BEST, Kind.BROKEN, Kind.VALUE} <= {e.kind for e in made.expected}
    assert examine(made, PerfectReader(right)).state is State.HELD
    reply["limits"] = [{"text": "", "expression": "x * y >= 900"}]
    stricter = read_formulation(json.dumps(reply))
    assert examine(made, PerfectReader(stricter)).state is State.REFUTED


def test_a_person_is_asked_about_three_plans_and_the_value_of_the_best() -> None:
    made = inquiry(TEXT, bakery()).few(3)
    assert sum(plan.asks is Asks.ALLOWED for plan in made.question.plans) == 3
    assert sum(plan.asks is Asks.VALUE for plan in made.question.plans) == 1
    assert made.expected[0].kind is Kind.BEST
    assert examine(made, PerfectReader(bakery())).state is State.HELD


def test_a_plan_over_lanes_that_are_listed_names_its_lanes() -> None:
    lanes = IndexSet(name="A", tuples=(("Lyon", "Metz"), ("Lyon", "Nice"), ("Paris", "Nice")))
    right = Formulation(
        sets=(lanes,),
        variables=(Variable(name="ship", indices=("A",)),),
        objective=Objective(sense=Sense.MINIMIZE, expression="sum(ship[i, j] for (i, j) in A)"),
        constraints=(Constraint(name="least", forall="(i, j) in A", expression="ship[i, j] >= 4"),),
    )
    made = inquiry("text", right)
    assert examine(made, PerfectReader(right)).state is State.HELD
    lines = [line for e in made.expected for line in e.plan.lines]
    assert any("Lyon" in line and "Metz" in line for line in lines)


def test_an_equation_whose_other_side_changes_no_answer_is_no_refutation() -> None:
    right = bakery()
    found = examine(inquiry(TEXT, bakery(flour="2*bread + cake == 40")), PerfectReader(right))
    assert found.state is State.HELD
    assert any("the answer is as good without that limit" in said for said in found.immaterial)


def test_a_limit_that_the_answer_hangs_on_is_one_however_many_others_change_nothing() -> None:
    right = bakery()
    wrong = bakery(flour="2*bread + cake == 40", oven="cake <= 11")
    assert examine(inquiry(TEXT, wrong), PerfectReader(right)).state is State.REFUTED


def staffed(*needs: int) -> Formulation:
    """So many people at least on each day."""
    reply = {
        "sets": [{"name": "D", "members": [f"d{n}" for n in range(len(needs))]}],
        "parameters": [{"name": "need", "indices": ["D"],
                        "values": {f"d{n}": need for n, need in enumerate(needs)}}],
        "decisions": [{"name": "staff", "indices": ["D"], "meaning": "people", "whole": True}],
        "objective": {"text": "few", "sense": "minimize",
                      "expression": "sum(staff[d] for d in D)"},
        "limits": [{"text": "need", "forall": "d in D", "expression": "staff[d] >= need[d]"}],
    }  # fmt: skip
    return read_formulation(json.dumps(reply))


@pytest.mark.parametrize("place", range(6))
def test_each_of_a_kind_that_makes_the_best_plan_is_asked_about(place: int) -> None:
    needs = [7, 5, 9, 6, 8, 4]
    wrong = [10 * n if at == place else n for at, n in enumerate(needs)]
    found = examine(inquiry(TEXT, staffed(*wrong)), PerfectReader(staffed(*needs)))
    assert found.state is State.REFUTED


def matched(objective: str) -> Formulation:
    """Three teams, three sites, minutes by pair."""
    members = [f"{n}" for n in range(3)]
    minutes = {t: {s: 1 + (5 * int(t) + 3 * int(s)) % 11 for s in members} for t in members}
    reply = {
        "sets": [{"name": "T", "members": members}, {"name": "S", "members": members}],
        "parameters": [{"name": "minutes", "indices": ["T", "S"], "values": minutes}],
        "decisions": [{"name": "go", "indices": ["T", "S"], "meaning": "sent", "domain": "binary"}],
        "objective": {"text": "longest", "sense": "minimize", "expression": objective},
        "limits": [
            {"text": "team", "forall": "t in T", "expression": "sum(go[t, s] for s in S) == 1"},
            {"text": "site", "forall": "s in S", "expression": "sum(go[t, s] for t in T) == 1"},
        ],
    }
    return read_formulation(json.dumps(reply))


def test_choices_are_valued_where_the_draft_allows_them_so_that_two_right_forms_agree() -> None:
    by_team = matched("max(sum(minutes[t, s]*go[t, s] for s in S) for t in T)")
    by_pair = matched("max(minutes[t, s]*go[t, s] for t in T for s in S)")
    made = inquiry(TEXT, by_team)
    assert sum(e.kind is Kind.VALUE for e in made.expected) > 1
    found = compare(made, PerfectReader(by_pair).read(made.question))
    assert found.state is State.HELD
