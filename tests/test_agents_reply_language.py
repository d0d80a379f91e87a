"""A reply can say all that a formulation can, and what it cannot answer it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest

from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import shipped
from optwright.agents.replies import read_formulation
from optwright.agents.replies.quotes import slot, stands_in
from optwright.agents.replies.read import read_reply
from optwright.agents.replies.schema import language
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.prompts import load
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve as solved
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Domain, Formulation
from optwright.solvers.model.outcome import SolveOptions, Status
from optwright.testing import ScriptedModel

LARGE = "gpt-of-tests"
TURNS = load("formulator_language").turns
EXAMPLES = [
    (problem, reply) for (_, problem), (_, reply) in zip(TURNS[1:-1:2], TURNS[2:-1:2], strict=True)
]
MILL, MILL_REPLY = EXAMPLES[-1]


def changed(**parts: Any) -> str:
    return json.dumps({**json.loads(MILL_REPLY), **parts})


@pytest.mark.parametrize(("problem", "reply"), EXAMPLES)
def test_the_examples_of_the_page_are_read_and_solved_and_quote_what_stands(
    problem: str, reply: str
) -> None:
    jsonschema.validate(json.loads(reply), language())
    formulation = read_formulation(reply)
    assert not check(formulation)
    assert solved(Program(formulation, {}), "auto", SolveOptions()).status is Status.OPTIMAL
    quotes = [c.text for c in formulation.constraints]
    quotes += [p.source for p in formulation.parameters]
    quotes += [v.source for v in formulation.variables]
    assert all(stands_in(quote, problem) for quote in quotes if quote)


def test_the_schema_of_replies_follows_the_formulation() -> None:
    """Whatever a formulation can hold, a reply can; nothing is written twice."""
    properties = language()["properties"]
    known = {*Formulation.model_fields, "objectives"} - {"version", "title", "further_objectives"}
    assert set(properties) == {*known, "questions", "cannot_state", "not_a_problem"}
    definitions = language()["$defs"]
    assert "semicontinuous" in definitions["Variable"]["properties"]
    assert "quote" in definitions["IndexSet"]["properties"]


def test_a_flat_selection_is_the_same_schema_with_less_in_it() -> None:
    schema = shipped("small").formulator.schema_for(tables=False)
    assert list(schema["properties"]) == ["decisions", "amounts", "objective", "limits"]
    assert schema["properties"]["objective"]["properties"]["sense"] == {
        "enum": ["minimize", "maximize"]
    }


def test_what_a_formulation_says_comes_back_from_a_reply_of_its_own_json() -> None:
    formulation = read_formulation(MILL_REPLY)
    assert read_formulation(formulation.to_json()) == formulation


def test_goals_scenarios_and_further_objectives_come_in_with_their_names_in_order() -> None:
    aims = {
        "objective": None,
        "objectives": [
            {"sense": "min", "expression": "sum(make[t] for t in T)", "priority": 1},
            {"sense": "max", "expression": "stock[3]", "priority": 2, "quote": "in stock"},
        ],
        "goals": [{"expression": "extra[1]", "target": 2, "over": 3}],
        "scenarios": [{"name": "much", "factors": {"order": 1.2}}, {"name": "few"}],
    }
    formulation = read_formulation(changed(**aims))
    assert [o.sense.value for o in formulation.objectives] == ["minimize", "maximize"]
    assert formulation.objectives[1].text == "in stock"
    (goal,) = formulation.goals
    assert (goal.name, goal.target, goal.over) == ("goal_1", "2", 3.0)
    assert formulation.scenarios is not None
    assert formulation.scenarios.cases[0].factors == {"order": 1.2}


def test_a_list_of_values_goes_with_a_range_of_two_numbers() -> None:
    (order,) = read_formulation(MILL_REPLY).parameters
    assert order.values == {"1": 60.0, "2": 90.0, "3": 110.0}


def test_a_loop_behind_a_row_is_its_forall() -> None:
    row = {"expression": "stock[t] <= 50 for t in T if t > 1"}
    (constraint,) = read_formulation(changed(constraints=[row])).constraints
    assert (constraint.expression, constraint.forall) == ("stock[t] <= 50", "t in T if t > 1")


@pytest.mark.parametrize(
    ("written", "lower"),
    [({}, 0.0), ({"lower": None}, None), ({"domain": "free"}, None), ({"lb": -3}, -3.0),
     ({"lower": "-inf"}, None)],
)  # fmt: skip
def test_the_sign_of_a_decision_is_what_is_written(written: dict[str, Any], lower: Any) -> None:
    reply = {
        "variables": [{"name": "x", **written}],
        "objective": {"sense": "min", "expression": "x"},
    }
    (variable,) = read_formulation(json.dumps(reply)).variables
    assert variable.lower == lower
    assert variable.domain is Domain.CONTINUOUS


def test_a_field_that_nobody_knows_is_said_and_asked_about() -> None:
    odd = [{**v, "multiple_of": 5} for v in json.loads(MILL_REPLY)["variables"]]
    assert read_reply(changed(variables=odd)).unread == ("variables.multiple_of",)
    model = ScriptedModel(changed(variables=odd), "{}", name=LARGE)
    solution = solve(MILL, model=model)
    assert "multiple_of" in model.asked[1]
    assert "not_read" in {e.kind for e in solution.evidence if not e.supports}


def test_one_draft_and_one_call_are_enough_where_nothing_is_found() -> None:
    model = ScriptedModel(MILL_REPLY, name=LARGE)
    solution = solve(MILL, model=model)
    assert (solution.status, solution.objective) == (Status.OPTIMAL, 1330)
    assert not solution.verified  # one form alone verifies nothing
    assert len(model.requests) == 1


def short_of_capacity() -> str:
    variables = json.loads(MILL_REPLY)["variables"]
    variables[0]["upper"] = 70
    return changed(variables=variables)


def test_a_correction_is_a_second_candidate_and_wins_where_less_speaks_against_it() -> None:
    right = {"name": "make", "indices": ["T"], "domain": "integer", "upper": 80}
    model = ScriptedModel(short_of_capacity(), json.dumps({"variables": [right]}), name=LARGE)
    solution = solve(MILL, model=model)
    assert solution.objective == 1330
    assert "objective 1390" in model.asked[1]  # the solver's word
    assert "'80'" in model.asked[1]
    assert solution.reason == "1 of 1 draft came to it"


def test_a_correction_that_is_worse_is_not_answered_with() -> None:
    worse = {"name": "make", "indices": ["T"], "domain": "integer", "upper": 13}
    model = ScriptedModel(short_of_capacity(), json.dumps({"variables": [worse]}), name=LARGE)
    assert solve(MILL, model=model).objective == 1390


@pytest.mark.parametrize(
    ("quote", "clears"),
    [
        ("8 beyond 80 a week", True),
        ("8 beyond ... a week", True),
        ("8 beyond 8", False),
        ("seventy a week", False),
        ("...", False),
        ("", False),
    ],
)
def test_an_explanation_clears_a_finding_where_its_quote_stands_in_the_problem(
    quote: str, clears: bool
) -> None:
    said = {"explanations": [{"finding": 1, "quote": quote, "why": "it is the shop's number"}]}
    model = ScriptedModel(short_of_capacity(), json.dumps(said), name=LARGE)
    solution = solve(MILL, model=model)
    assert solution.objective == 1390  # as it was written
    found = {e.kind for e in solution.evidence}
    assert ("explained" in found) is clears
    assert ("number_unused" in found) is not clears


def test_a_draft_and_its_correction_are_one_look() -> None:
    other = {"name": "make", "indices": ["T"], "domain": "integer", "upper": "70 + 10"}
    model = ScriptedModel(short_of_capacity(), json.dumps({"variables": [other]}), name=LARGE)
    assert not solve(MILL, model=model).verified


def test_a_reply_that_is_no_json_goes_back_once() -> None:
    model = ScriptedModel("Let x be the sacks.", MILL_REPLY, name=LARGE)
    assert solve(MILL, model=model).objective == 1330
    assert len(model.requests) == 2


def test_what_cannot_be_stated_is_named_and_nothing_weaker_is_answered() -> None:
    reply = changed(cannot_state=["a queue whose waiting time depends on its length"])
    solution = solve(MILL, model=ScriptedModel(reply, name=LARGE))
    assert solution.status is Status.ERROR
    assert solution.exit_status == 1
    assert solution.objective is None
    assert "a queue whose waiting time" in solution.reason
    assert solution.cannot_state == ("a queue whose waiting time depends on its length",)


def test_a_question_beside_a_program_that_makes_its_number_up_stays_a_question() -> None:
    invented = json.loads(MILL_REPLY)["objective"] | {
        "expression": "sum(5*make[t] + 8*extra[t] + 3.7*stock[t] for t in T)"
    }
    reply = changed(objective=invented, questions=["What does keeping a sack cost?"])
    solution = solve(MILL, model=ScriptedModel(reply, name=LARGE))
    assert solution.status is Status.ASKED
    assert solution.exit_status == 12


def test_a_question_beside_a_program_of_the_text_is_shown_with_the_answer() -> None:
    reply = changed(questions=["May the stock be empty at the end?"])
    solution = solve(MILL, model=ScriptedModel(reply, name=LARGE))
    assert solution.objective == 1330
    assert solution.questions == ("May the stock be empty at the end?",)


def test_a_text_in_which_nothing_is_decided_is_no_problem() -> None:
    reply = json.dumps({"not_a_problem": "it asks for a poem of 12 lines"})
    with pytest.raises(InputError, match="not an optimization problem: it asks for a poem"):
        solve("Write me 12 lines about the sea.", model=ScriptedModel(reply, name=LARGE))


def test_quotes_that_the_problem_does_not_say_are_found() -> None:
    parameters = json.loads(MILL_REPLY)["parameters"]
    parameters[0]["quote"] = "the harbour master wants 700 barrels"
    model = ScriptedModel(changed(parameters=parameters), "{}", name=LARGE)
    kinds = {e.kind for e in solve(MILL, model=model).evidence if not e.supports}
    assert "words_invented" in kinds


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("40 of the gift  boxes", True),
        ("AT MOST 40, of the “gift” boxes", True),
        ("At most ... 1200 kg", True),
        ("1200 kg ... At most", False),
        ("At most 4", False),
        ("At most 40 of the gift box", False),
        ("at 2.", False),
        ("使费用最省", True),
        ("重 700g", True),
        ("重70", False),
        ("-- ...", False),
    ],
)
def test_a_quote_stands_word_for_word_and_number_for_number(quote: str, stands: bool) -> None:
    text = "At most 40 of the gift boxes, of 1,200 kg, at 2.5 each. 每箱重700 g，使费用最省。"
    assert stands_in(quote, text) is stands


def test_a_quote_has_its_place_in_the_text() -> None:
    found = slot("orders of 60, 90", "The mill has  orders of 60,\n90 and 110.")
    assert found == (14, 30)
    assert slot("orders of 61", "orders of 60") is None


def test_columns_of_tables_are_read_with_all_that_a_set_can_be(tmp_path: Path) -> None:
    lanes = tmp_path / "lanes.csv"
    lanes.write_text("a,b,cost\nX,Y,3\nY,Z,4\nX,Z,9\n", "utf-8")
    reply = {
        "sets": [{"name": "L", "column": {"table": "lanes", "keys": ["a", "b"]}}],
        "parameters": [{"name": "cost", "indices": ["L"],
                        "column": {"table": "lanes", "keys": ["a", "b"], "value": "cost"}}],
        "variables": [{"name": "go", "indices": ["L"], "domain": "binary"}],
        "objective": {"sense": "minimize", "expression": "sum(cost[i, j]*go[i, j] for (i, j) in L)",
                      "quote": "Find the cheapest way"},
        "constraints": [
            {"name": "leave", "expression": 'sum(go[i, j] for (i, j) in L if i == "X") == 1'},
            {"name": "pass_y", "expression":
                'sum(go[i, j] for (i, j) in L if j == "Y")'
                ' == sum(go[i, j] for (i, j) in L if i == "Y")'},
        ],
    }  # fmt: skip
    problem = Problem.read(
        "Find the cheapest way from X to Z over the lanes of the table.", [lanes]
    )
    solution = solve(problem, model=ScriptedModel(json.dumps(reply), "{}", name=LARGE))
    assert solution.objective == 7
