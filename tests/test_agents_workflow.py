"""The main path with scripted models: agreement, repair, budget, resuming."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.render import headline
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.errors import InputError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.drafts import reworded
from tests.judgements import approving

TEXT = (
    "A bakery delivers bread with vans and bikes. A van carries 90 loaves per tour and a bike 12. "
    "At least 6 van tours are needed and at most 40 bike tours are possible. If 1500 loaves have "
    "to be delivered, how many tours of each kind minimize the total number of tours?"
)
VAN = {"text": "At least 6 van tours are needed", "expression": "van >= 6"}
BIKE = {"text": "at most 40 bike tours are possible", "expression": "bike <= 40"}
LOAVES = {"text": "1500 loaves have to be delivered", "expression": "loaves >= 1500"}


def reply(*limits: dict[str, str], loaves: str = "90*van + 12*bike") -> str:
    return json.dumps(
        {
            "decisions": [
                {"name": "van", "meaning": "number of van tours", "whole": True},
                {"name": "bike", "meaning": "number of bike tours", "whole": True},
            ],
            "amounts": [
                {"name": "loaves", "expression": loaves},
                {"name": "tours", "expression": "van + bike"},
            ],
            "objective": {
                "text": "minimize the total number of tours",
                "sense": "minimize",
                "expression": "tours",
            },
            "limits": list(limits),
        }
    )


GOOD = reply(VAN, BIKE, LOAVES)
AGAIN = reworded(GOOD)


def kinds(solution: Solution) -> set[str]:
    return {e.kind for e in solution.evidence if not e.supports}


def test_two_clean_drafts_that_agree_are_enough() -> None:
    model = ScriptedModel(GOOD, AGAIN)
    solution = solve(TEXT, model=model)
    assert solution.status is Status.OPTIMAL
    assert solution.verified
    assert solution.objective == pytest.approx(17)
    assert solution.variables == {"van": 17.0, "bike": 0.0}
    assert solution.exit_status == 0
    assert len(model.requests) == 2
    assert solution.usage.calls == 2


def test_the_first_draft_is_greedy_and_the_second_is_drawn() -> None:
    model = ScriptedModel(GOOD, AGAIN)
    solve(TEXT, model=model)
    assert [(r.sample, r.temperature > 0) for r in model.requests] == [(0, False), (1, True)]


def test_a_disagreement_is_settled_by_a_third_draft() -> None:
    wrong = reply(VAN, BIKE, LOAVES, loaves="12*van + 90*bike")
    solution = solve(TEXT, model=ScriptedModel(wrong, GOOD, AGAIN))
    assert solution.verified
    assert solution.objective == pytest.approx(17)


def test_drafts_that_never_agree_are_answered_and_not_verified() -> None:
    others = [reply(VAN, BIKE, LOAVES, loaves=f"90*van + {k}*bike") for k in (12, 90, 1500)]
    solution = solve(TEXT, model=ScriptedModel(*others), effort=Effort(drafts=3, agreement=3))
    assert not solution.verified
    assert solution.objective is not None
    assert solution.exit_status == 10
    assert any("not verified" in warning for warning in solution.warnings)


def test_the_same_text_drawn_again_is_no_second_look() -> None:
    model = ScriptedModel(*[GOOD] * 5)
    solution = solve(TEXT, model=model)
    assert solution.objective == pytest.approx(17)
    assert not solution.verified
    assert "word for word" in solution.reason
    assert len(model.requests) == 3  # two draws that bring nothing new end the search


def test_spacing_and_capitals_make_no_second_look() -> None:
    spaced = GOOD.replace("90*van", "90 * van").replace("number of", "Number of")
    assert not solve(TEXT, model=ScriptedModel(GOOD, *[spaced] * 4)).verified


def test_one_form_alone_verifies_nothing() -> None:
    effort = Effort(drafts=1, agreement=1)
    solution = solve(TEXT, model=ScriptedModel(GOOD), effort=effort)
    assert solution.objective == pytest.approx(17)
    assert not solution.verified
    assert solution.exit_status == 10
    turned = reply(VAN, {**BIKE, "expression": "bike <= 41"}, LOAVES)
    doubtful = solve(TEXT, model=ScriptedModel(turned), effort=effort)
    assert not doubtful.verified
    assert kinds(doubtful) >= {"number_invented"}


def test_what_the_words_suggest_is_solved_beside_the_answer_and_never_done() -> None:
    turned = reply({**VAN, "expression": "van <= 6"}, LOAVES)
    solution = solve(
        TEXT, model=ScriptedModel(turned, *[reworded(turned, str(n)) for n in range(4)])
    )
    assert solution.formulation is not None
    assert solution.formulation.constraints[0].expression == "van <= 6"
    assert solution.objective == pytest.approx(86)  # 6 vans and 80 bikes, as it was written
    (proposal,) = solution.proposals
    assert "At least 6 van tours are needed" in proposal.condition
    assert proposal.objective == pytest.approx(17)
    assert proposal.moves
    assert "- van <= 6" in "\n".join(proposal.changes)
    assert solution.picked is None
    assert not any(proposal.condition in e.text for e in solution.evidence if e.supports)


def test_a_proposal_that_the_model_picks_in_both_orders_becomes_the_answer() -> None:
    solution = asked_about_a_proposal(lambda turn: "BA"[turn])
    assert solution.objective == pytest.approx(17)
    assert solution.picked is not None
    assert not solution.verified
    assert "picked twice" in solution.reason


@pytest.mark.parametrize("picks", ["AA", "BB", "AB", ["neither", "A"], ["B", "cut off"]])
def test_a_proposal_that_is_not_picked_twice_stays_one(picks: Sequence[str]) -> None:
    solution = asked_about_a_proposal(lambda turn: picks[turn])
    assert solution.objective == pytest.approx(86)
    assert solution.picked is None


def asked_about_a_proposal(pick: Callable[[int], str]) -> Solution:
    """A draft with one proposal, and a critic that picks between the two."""
    turned = reply({**VAN, "expression": "van <= 6"}, LOAVES)
    turns = itertools.count()

    def answer(request: ChatRequest) -> str:
        if request.role != "critic":
            return turned
        better = pick(next(turns))
        return json.dumps({"difference": "the vans", "words": "at least 6", "better": better})

    effort = Effort(drafts=1, agreement=1, proposals="ask")
    return solve(TEXT, model=ScriptedModel(answer), effort=effort)


def test_a_sentence_that_no_constraint_states_becomes_a_proposal_where_a_model_is_asked() -> None:
    text = TEXT.replace(" and at most", ". At most").replace("1500", "300")
    partial = reply(BIKE, LOAVES).replace("1500", "300")
    asked = [partial, '{"expression": "van >= 6"}', *['{"better": "neither"}'] * 2]
    effort = Effort(drafts=1, agreement=1, proposals="ask")
    model = ScriptedModel(*asked)
    solution = solve(text, model=model, effort=effort)
    assert "At least 6 van tours are needed" in model.requests[1].messages[-1].content
    assert solution.objective == pytest.approx(4)
    assert [p.objective for p in solution.proposals if p.rule == "unstated"] == [6.0]


def test_a_question_of_the_model_is_handed_on_with_its_own_status() -> None:
    question = "How many loaves have to be delivered?"
    model = ScriptedModel(json.dumps({"questions": [question]}))
    solution = solve(TEXT.replace("1500 loaves", "all loaves"), model=model)
    assert solution.status is Status.ASKED
    assert solution.questions == (question,)
    assert solution.exit_status == 12


def test_a_program_in_which_nothing_is_decided_is_bad_input() -> None:
    nothing = {"decisions": [{"name": "x"}], "limits": [],
               "objective": {"sense": "maximize", "expression": "0"}}  # fmt: skip
    with pytest.raises(InputError, match="nothing in the text is to be decided"):
        solve("I am 30 years old, hello!", model=ScriptedModel(*[json.dumps(nothing)] * 5))


def test_a_problem_in_another_language_is_solved_and_the_headline_says_what_was_not_read() -> None:
    text = (
        "Eine Bäckerei liefert 1500 Brote mit Lieferwagen und Rädern aus. Ein Wagen fasst 90 "
        "Brote, ein Rad 12. Mindestens 6 Fahrten mit dem Wagen sind nötig. Wie viele Fahrten sind "
        "es mindestens?"
    )
    solution = solve(text, model=ScriptedModel(GOOD, AGAIN))
    assert solution.objective == pytest.approx(17)
    assert not solution.verified
    assert "does not read as English" in headline(solution, 200)


def test_garbage_never_ends_a_run_and_is_named() -> None:
    solution = solve(TEXT, model=ScriptedModel("no", "{}", "[", "null", "I refuse"))
    assert solution.status is Status.ERROR
    assert not solution.verified
    assert "unreadable" in kinds(solution)


def test_infeasible_is_a_result_with_its_diagnosis() -> None:
    text = TEXT.replace("at most 40 bike tours are possible", "at most 4 van tours are possible")
    limit = {"text": "at most 4 van tours are possible", "expression": "van <= 4"}
    contradiction = reply(VAN, limit, LOAVES)
    solution = solve(text, model=ScriptedModel(contradiction, reworded(contradiction)))
    assert solution.status is Status.INFEASIBLE
    assert solution.verified
    assert solution.exit_status == 3
    told = " ".join(solution.diagnosis)
    assert "At least 6 van tours" in told
    assert "at most 4 van tours" in told


def test_a_spent_budget_keeps_what_was_found(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([GOOD, GOOD]), "utf-8")
    solution = solve(TEXT, model=f"scripted:{script}", budget="calls=1")
    assert solution.objective == pytest.approx(17)
    assert not solution.verified
    assert any("stopped early" in warning for warning in solution.warnings)


def test_plans_of_the_planner_are_branches_and_a_bad_reply_leaves_the_plain_one() -> None:
    plans = json.dumps(
        {"plans": [{"name": "by weight", "route": "formulation", "advice": "Use kg."}]}
    )
    model = ScriptedModel(plans, GOOD, AGAIN)
    assert solve(TEXT, model=model, effort=Effort(plans=2)).verified
    assert "Mind: Use kg." in model.requests[2].messages[-1].content
    assert solve(TEXT, model=ScriptedModel("?", GOOD, AGAIN), effort=Effort(plans=2)).verified


CODE = """Here it is:
```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.van = pyo.Var(domain=pyo.NonNegativeIntegers)
model.bike = pyo.Var(domain=pyo.NonNegativeIntegers)
model.tours = pyo.Objective(expr=model.van + model.bike, sense=pyo.minimize)
model.loaves = pyo.Constraint(expr=90 * model.van + 12 * model.bike >= 1500)
model.vans = pyo.Constraint(expr=model.van >= 6)
print('{"objective": 42}')
```"""


def test_generated_code_runs_in_the_sandbox_and_its_model_is_solved_again() -> None:
    plans = json.dumps({"plans": [{"name": "in Pyomo", "route": "code", "advice": ""}]})
    model = ScriptedModel(plans, GOOD, CODE)
    solution = solve(TEXT, model=model, effort=Effort(plans=2, code=True))
    assert solution.verified
    assert solution.objective == pytest.approx(17)  # not the 42 that the code claims
    assert [r.role for r in model.requests] == ["planner", "formulator", "coder"]


def test_code_is_not_verified_by_code_or_by_a_formulation_with_faults() -> None:
    plans = json.dumps({"plans": [{"name": "in Pyomo", "route": "code", "advice": ""}]})
    turned = reply(VAN, {**BIKE, "expression": "bike <= 41"}, LOAVES)  # the same optimum, flagged
    model = ScriptedModel(lambda asked: {"planner": plans, "coder": CODE}.get(asked.role, turned))
    solution = solve(TEXT, model=model, effort=Effort(plans=2, code=True))
    assert solution.objective == pytest.approx(17)
    assert solution.code
    assert not solution.verified
    assert any("no formulation that could be checked" in w for w in solution.warnings)


def test_code_that_builds_no_model_is_a_candidate_with_an_error() -> None:
    plans = json.dumps({"plans": [{"name": "in Pyomo", "route": "code", "advice": ""}]})
    broken = "```python\nimport os\nos.environ['HOME']\n```"
    model = ScriptedModel(plans, GOOD, broken, AGAIN)
    solution = solve(TEXT, model=model, effort=Effort(plans=2, code=True))
    assert solution.verified
    assert len(model.requests) == 4


def test_feedback_hands_the_findings_to_the_next_draft() -> None:
    turned = reply(VAN, {**BIKE, "expression": "bike <= 41"}, LOAVES)
    model = ScriptedModel(turned, GOOD, AGAIN)
    solve(TEXT, model=model, effort=Effort(feedback=True))
    assert "41" in model.requests[1].messages[-1].content


def test_an_opinion_can_add_faults() -> None:
    judgements = itertools.chain([{"objective": "wrong number"}], itertools.repeat({}))
    drafts = iter([GOOD, AGAIN])

    def answer(request: ChatRequest) -> str:
        if request.role == "critic":
            return approving(request, next(judgements))
        return next(drafts)

    model = ScriptedModel(answer)
    solution = solve(TEXT, model=model, effort=Effort(opinion=True))
    assert solution.verified
    assert len(model.requests) == 4


def test_roles_may_have_models_of_their_own() -> None:
    critic = ScriptedModel(approving)
    solve(
        TEXT,
        model=ScriptedModel(GOOD, AGAIN),
        models={"critic": critic},
        effort=Effort(opinion=True),
    )
    assert len(critic.requests) == 2
    with pytest.raises(InputError, match="no role 'poet'"):
        solve(TEXT, model=ScriptedModel(GOOD), models={"poet": critic})


class Dying(ScriptedModel):
    """Dies at its n-th call, before anything is paid."""

    def __init__(self, *replies: str, at: int) -> None:
        super().__init__(*replies)
        self.lives = at

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.lives -= 1
        if self.lives < 0:
            raise ModelUnavailable("the machine went down")
        return await super().complete(request)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_run_that_was_cut_off_continues_where_it_was(tmp_path: Path, at: int) -> None:
    wrong = reply(VAN, BIKE, LOAVES, loaves="12*van + 90*bike")
    script = [wrong, GOOD, AGAIN]
    checkpoints = tmp_path / "checkpoints.sqlite"

    def go(model: ScriptedModel) -> Solution:
        return solve(TEXT, model=model, checkpoints=checkpoints, run_id="r")

    with pytest.raises(ModelUnavailable):
        go(Dying(*script[:at], at=at))
    rest = ScriptedModel(*script[at:])
    solution = go(rest)
    assert solution.objective == pytest.approx(17)
    assert len(rest.requests) == 3 - at
    again = ScriptedModel()
    assert go(again).objective == pytest.approx(17)
    assert again.requests == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("1234 5678", "no words"),
        ("Hello", "nothing to optimize in 'Hello'"),
        ("Guten Tag, wie geht es Ihnen?", "nothing to optimize"),
        ("今天天气怎么样", "nothing to optimize"),
        ("word " * 5000, "characters"),
        ("missing/problem.txt", "no file"),
    ],
)
def test_what_is_no_problem_is_said_in_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Problem.read(text)


def test_a_problem_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "problem.txt"
    path.write_text(TEXT, "utf-8")
    assert Problem.read(str(path)).text == TEXT
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(InputError, match="UTF-8"):
        Problem.read(str(path))


@pytest.mark.parametrize("make", [lambda: Effort(drafts=0), lambda: Effort(drafts=1, agreement=2)])
def test_efforts_that_cannot_be_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(InputError):
        make()
