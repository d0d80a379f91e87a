"""The agents as a program of the loop: tunables, traces of runs, and profiles that are written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.agents.assembly import Profiles, team_of
from optwright.agents.cast import ROLES
from optwright.agents.experience.insight import Insight, Provenance
from optwright.agents.experience.retrieve import Retriever
from optwright.agents.profiles.profile import (
    ChangedPrompt,
    LibrarySettings,
    Profile,
    read_profile,
    shipped,
)
from optwright.agents.profiles.writing import profile_text
from optwright.agents.solving import solve
from optwright.agents.steps import Steps
from optwright.agents.text.nearness import distinct
from optwright.agents.tunables import Tunables
from optwright.agents.tuning import Agents, Answered, AnsweredRow, is_right, judge
from optwright.errors import BudgetExceeded, InputError
from optwright.optim.nodes import plain
from optwright.optim.trace import backward
from optwright.serving.chat import ChatRequest
from optwright.serving.models import open_model
from optwright.serving.scripted import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, CHOCOLATE, draft, drawn

LARGE = shipped("large")


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_profile_that_ships_is_written_and_read_as_it_was(name: str) -> None:
    assert read_profile(profile_text(shipped(name))) == shipped(name)


@given(st.text(), st.text(min_size=1))
@settings(max_examples=200, deadline=None)
def test_whatever_a_prompt_holds_is_read_back(system: str, name: str) -> None:
    if "{" in system or not system:
        return  # a blank of its own is refused, which is another test
    changed = {"formulator_language": ChangedPrompt(system=system)}
    profile = LARGE.model_copy(update={"prompts": changed, "name": name})
    assert read_profile(profile_text(profile)) == profile


def test_a_prompt_that_loses_a_blank_is_no_profile() -> None:
    tunables = Tunables.of(LARGE, ["formulator.repair"])
    with pytest.raises(InputError, match="blanks"):
        tunables.profile_of({"formulator.repair": "Correct it: {solved}"})
    assert "findings" in str(tunables.fit({"formulator.repair": "Correct it: {solved}"}))
    assert tunables.fit({"formulator.repair": "{solved} {findings}"}) is None


def test_values_of_every_tunable_make_a_profile() -> None:
    tunables = Tunables.of(LARGE, ["*"])
    first = {p.name: p.value for p in tunables.parameters}
    same = tunables.profile_of(first)
    assert same.prompt("formulator_language").turns == LARGE.prompt("formulator_language").turns
    assert same.effort == LARGE.effort
    other = {
        **first,
        "formulator.system": "Model.",
        "formulator.examples": [2],
        "steps.drafts": 3,
        "steps.order": ["draft", "repair", "debate"],
        "steps.opinion": True,
        "steps.scheduler": "thompson",
        "planner.system": "Plan.",
    }
    changed = tunables.profile_of(other)
    prompt = changed.prompt("formulator_language")
    assert (prompt.system, prompt.examples) == (
        "Model.",
        (LARGE.prompt("formulator_language").examples[2],),
    )
    assert changed.effort.order == ("draft", "repair", "debate")
    assert changed.prompt("planner").system == "Plan."
    assert changed.effort.opinion
    assert changed.effort.scheduler == "thompson"


def test_the_fields_of_a_reply_and_what_a_library_tells_are_tunables() -> None:
    small = shipped("small")
    tunables = Tunables.of(small, ["reply.*", "library.*"])
    first = {p.name: p.value for p in tunables.parameters}
    assert tunables.profile_of(first) == small
    assert first["reply.fields"] == ["decisions.meaning", "objective.text", "limits.text"]
    changed = tunables.profile_of(
        {**first, "reply.fields": ["limits.text"], "library.insights": 1, "library.page": False}
    )
    schema = changed.formulator.schema_for(tables=False)["properties"]
    assert "meaning" not in schema["decisions"]["items"]["properties"]
    assert "text" in schema["limits"]["items"]["properties"]
    assert (changed.library.insights, changed.library.page) == (1, False)
    assert read_profile(profile_text(changed)) == changed


def test_a_profile_says_how_much_of_a_library_is_told() -> None:
    insights = [
        Insight(
            id=str(i),
            archetype="product_mix",
            condition=f"boxes {i}",
            explanation="Count.",
            provenance=Provenance(origin="hand"),
        )
        for i in range(4)
    ]
    few = LARGE.model_copy(update={"library": LibrarySettings(insights=1, page=False)})
    model = ScriptedModel("{}")
    for profile, told in ((LARGE, (3, True)), (few, (1, False))):
        made = team_of(
            dict.fromkeys(ROLES, model), Profiles(profile), hints=Retriever(lambda: insights)
        )
        hints = made.formulator.hints
        assert isinstance(hints, Retriever)
        assert (hints.most, hints.pages) == told


def test_examples_are_chosen_among_those_that_a_profile_shows() -> None:
    once = Tunables.of(LARGE, ["formulator.examples"]).profile_of({"formulator.examples": [1, 3]})
    twice = Tunables.of(once, ["formulator.examples"]).profile_of({"formulator.examples": [1]})
    assert twice.prompts["formulator_language"].examples == (3,)


def test_a_tunable_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InputError, match="'formulater"):
        Tunables.of(LARGE, ["formulater.*"])


def test_an_order_that_leaves_a_step_out_is_no_profile() -> None:
    with pytest.raises(InputError, match="each once"):
        read_profile(profile_text(LARGE).replace("[effort]", '[effort]\norder = ["draft"]'))


def test_a_runs_trace_has_every_role_with_what_it_cost() -> None:
    short = draft(CHOCOLATE)  # the limit on gift boxes is missing, which the checks find
    model = open_model(ScriptedModel(short, CANDY_DRAFT))
    agents = Agents(model, Tunables.of(LARGE, ["*.system", "steps.repairs"]))
    output = agents.answer(CANDY)
    told = backward(output, "right").render(4000)
    for role in ("planner", "formulator", "solver", "checks", "steps"):
        assert f"{role}: " in told  # with what it does
    assert "optimal, objective 720" in told  # the solver's words on the first draft
    assert "unstated: " in told or "number_unused: " in told
    assert "corrects: " in told
    assert "1 call" in told
    assert "system=formulator.system" in told
    answered = plain(output).result
    assert (answered.status, answered.objective) == ("optimal", CANDY_OPTIMUM)


def test_solve_records_steps_for_whoever_asks() -> None:
    steps = Steps()
    solve(CANDY, model=ScriptedModel(drawn), profile="large", steps=steps)
    assert [took.role for took in steps.taken] == ["planner", "formulator", "solver", "checks"]
    assert [took.calls for took in steps.taken] == [0, 1, 0, 0]


def test_an_answer_that_the_budget_cut_short_is_no_wrong_answer() -> None:
    def spent(_: ChatRequest) -> str:
        raise BudgetExceeded("calls are spent")

    agents = Agents(open_model(ScriptedModel(spent)), Tunables.of(LARGE))
    with pytest.raises(BudgetExceeded, match="calls are spent"):
        agents.answer(CANDY)


def test_the_order_of_steps_decides_what_comes_first() -> None:
    asked: list[str] = []

    def reply(request: ChatRequest) -> str:
        is_repair = "What was found" in request.messages[-1].content
        asked.append("repair" if is_repair else "draft")
        return draft(CHOCOLATE, words=f"maximize the profit{'!' * len(asked)}")

    for order, expected in ((("repair", "debate", "draft"), "repair"),
                            (("draft", "repair", "debate"), "draft")):  # fmt: skip
        asked.clear()
        effort = LARGE.effort.model_copy(update={"order": order, "drafts": 2, "agreement": 2})
        solve(CANDY, model=ScriptedModel(reply), profile=_with(LARGE, effort=effort))
        assert asked[:2] == ["draft", expected]


def _with(profile: Profile, **update: Any) -> Profile:
    return profile.model_copy(update=update)


def test_a_status_is_an_answer() -> None:
    row = AnsweredRow("Is there a plan for 3 of them?", "infeasible")
    found = Answered("infeasible", None, False, "")
    assert is_right(row, found)
    assert not is_right(row, replace(found, status="optimal", objective=1.0))


def test_the_feedback_of_a_wrong_answer_says_what_is_right_and_what_was_found() -> None:
    steps = Steps()
    answered = Answered("optimal", 720.0, False, "nothing limits the gift boxes")
    steps.take("steps", lambda: answered, repr)
    score, text = judge()({"question": "?", "answer": "540"}, steps.taken[-1])
    assert score == 0.0
    assert "right is 540" in text
    assert "nothing limits the gift boxes" in text


def test_rows_that_repeat_others_are_left_out() -> None:
    again = CANDY.replace("40", "35").replace("6", "7")
    assert distinct([CANDY, "A mill has 3 stones and 9 sacks to grind.", again]) == [0, 1]
