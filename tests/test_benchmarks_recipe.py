"""The recipes of other systems, each with a scripted model."""

import json
from pathlib import Path

import pytest

from optwright.benchmarks.opening import open_system, system_names
from optwright.benchmarks.programs import Built
from optwright.benchmarks.system import Attempt, Claim, Kit, Stage, System
from optwright.benchmarks.systems.chain_of_experts import experts
from optwright.benchmarks.systems.optimai import Branch, chosen
from optwright.benchmarks.task import Assignment
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import Line, ScriptedModel

CHAIRS = "A shop sells at most 10 chairs at $3 each. How many chairs maximize income?"
GOOD = """```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.chairs = pyo.Var(domain=pyo.NonNegativeIntegers)
model.income = pyo.Objective(expr=3 * model.chairs, sense=pyo.maximize)
model.most = pyo.Constraint(expr=model.chairs <= 10)
```"""
OTHER = GOOD.replace("<= 10", "<= 9")
BROKEN = GOOD.replace("model.chairs <= 10", "model.stools <= 10")


class Session:
    """One attempt with a script, and what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = ScriptedModel()

    async def attempt(
        self, system: str | System, *script: Line, sample: int = 0, tokens: int = 20_000
    ) -> Attempt:
        self.model = ScriptedModel(*script)
        kit = Kit(self.model, Account(Budget(tokens=tokens)), self.folder, sample=sample)
        opened = open_system(system) if isinstance(system, str) else system
        attempt = await opened.solve(Assignment("p", "d", CHAIRS), kit)
        assert callable(script[0]) or not self.model.left
        return attempt

    @property
    def requests(self) -> list[ChatRequest]:
        return self.model.requests

    @property
    def roles(self) -> list[str]:
        return [request.role for request in self.requests]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


def reply(**values: object) -> str:
    return json.dumps(values)


RECIPES = ["direct", "cot", "reflexion", "chain-of-experts", "optimus", "optimai", "orthought"]


@pytest.mark.parametrize("name", RECIPES)
async def test_a_model_that_talks_nonsense_gives_no_answer_and_no_crash(
    name: str, session: Session
) -> None:
    attempt = await session.attempt(name, lambda request: "I would rather talk about the weather.")
    assert attempt.status is Claim.NONE
    assert attempt.failed_at is Stage.CODE


@pytest.mark.parametrize("name", RECIPES)
async def test_every_recipe_gets_the_same_hints_and_greedy_first_tries(
    name: str, session: Session
) -> None:
    await session.attempt(name, lambda request: GOOD)
    assert session.requests[0].temperature == 0.0
    assert any("A crate of jam takes 2 hours" in str(r.messages) for r in session.requests)


@pytest.mark.parametrize("name", RECIPES)
async def test_a_second_sample_draws_anew(name: str, session: Session) -> None:
    await session.attempt(name, lambda request: GOOD)
    first = {(r.sample, r.temperature) for r in session.requests[:1]}
    await session.attempt(name, lambda request: GOOD, sample=1)
    assert {(r.sample, r.temperature) for r in session.requests[:1]} == {(1000, 0.7)} != first


@pytest.mark.parametrize("name", RECIPES)
async def test_a_recipe_stops_before_a_call_that_the_budget_would_cut(
    name: str, session: Session
) -> None:
    attempt = await session.attempt(name, lambda request: GOOD, tokens=100)
    assert not session.requests
    assert attempt.failed_at is Stage.BUDGET


@pytest.mark.parametrize("name", ["direct", "cot"])
async def test_one_call_is_one_program(name: str, session: Session) -> None:
    attempt = await session.attempt(name, f"Let me think.\n{GOOD}")
    assert (attempt.status, attempt.objective) == (Claim.OPTIMAL, 30.0)
    assert len(session.requests) == 1


class TestReflexion:
    async def test_the_note_on_a_try_is_read_in_the_next(self, session: Session) -> None:
        attempt = await session.attempt(
            "reflexion",
            BROKEN,
            reply(right=True, note="There is no stools."),
            GOOD,
            reply(right=True, note=""),
        )
        assert (attempt.objective, attempt.verified) == (30.0, True)
        assert "There is no stools." in session.model.asked[2]
        assert [r.temperature for r in session.requests] == [0.0, 0.0, 0.7, 0.7]

    async def test_three_tries_that_please_nobody_end_with_the_last_and_what_is_against_it(
        self, session: Session
    ) -> None:
        wrong = reply(right=False, note="The limit is 10.")
        attempt = await session.attempt("reflexion", GOOD, wrong, GOOD, wrong, OTHER, wrong)
        assert (attempt.objective, attempt.verified) == (27.0, False)
        assert (attempt.failed_at, attempt.why) == (Stage.VERIFICATION, "The limit is 10.")


class TestChainOfExperts:
    async def test_experts_read_what_was_said_before_and_the_reducer_reads_all(
        self, session: Session
    ) -> None:
        attempt = await session.attempt(
            "chain-of-experts",
            reply(expert="variables"),
            "chairs, integer",
            reply(expert="constraints"),
            "chairs <= 10",
            reply(expert="objective"),
            "3 chairs",
            GOOD,
        )
        assert attempt.objective == 30.0
        assert "[variables] chairs, integer" in session.model.asked[3]
        assert "[objective] 3 chairs" in session.model.asked[-1]

    async def test_who_takes_the_blame_corrects_its_comment_for_the_next_trial(
        self, session: Session
    ) -> None:
        first = [reply(expert="variables"), "stools", reply(expert="objective"), "3 stools",
                 reply(expert="programmer"), "use Pyomo", BROKEN]  # fmt: skip
        blame = [
            reply(is_to_blame=False, comment=""),
            reply(is_to_blame=True, comment="3 chairs"),
        ]
        second = [reply(expert="reviewer"), "ok", reply(expert="parameters"), "3, 10",
                  reply(expert="constraints"), "chairs <= 10", GOOD]  # fmt: skip
        attempt = await session.attempt("chain-of-experts", *first, *blame, *second)
        assert attempt.objective == 30.0
        assert session.roles[7:9] == ["programmer", "objective"]
        assert "[objective] 3 chairs" in session.model.asked[-1]

    async def test_an_expert_that_does_not_exist_is_not_asked(self, session: Session) -> None:
        script = [reply(expert="astrologer"), "a", reply(expert="stars"), "b", "no JSON", "c", GOOD]
        await session.attempt("chain-of-experts", *script)
        assert set(session.roles) <= {"conductor", "reducer", *experts()}


class TestOptiMUS:
    parts = (
        reply(parameters=[{"symbol": "Price", "definition": "price of a chair", "value": 3},
                          {"symbol": "Most chairs", "definition": "can be sold", "value": 10}]),
        "Maximize income.",
        reply(constraints=["At most Most_chairs chairs", "At most Most_chairs chairs"]),
        reply(formulation="Price * chairs", variables=[
            {"symbol": "chairs", "definition": "sold", "domain": "integer", "shape": []}]),
        reply(formulation="chairs <= Most_chairs", variables=[]),
        "```python\nmodel.income = pyo.Objective(expr=Price * model.chairs, sense=pyo.maximize)```",
    )  # fmt: skip

    async def test_the_program_is_put_together_from_clauses(self, session: Session) -> None:
        limit = "model.income = pyo.Constraint(expr=model.chairs <= Most_chairs)"
        attempt = await session.attempt("optimus", *self.parts, f"```python\n{limit}\n```")
        assert attempt.objective == 30.0
        assert "model.chairs = pyo.Var(domain=pyo.NonNegativeIntegers)" in attempt.code
        assert attempt.formulation is not None
        assert attempt.formulation["clauses"]["At most Most_chairs chairs"] == (
            "chairs <= Most_chairs"
        )

    async def test_a_program_that_fails_is_corrected_at_most_three_times(
        self, session: Session
    ) -> None:
        attempt = await session.attempt("optimus", *self.parts, BROKEN, BROKEN, BROKEN, GOOD)
        assert attempt.objective == 30.0
        assert session.roles[-3:] == ["corrector"] * 3
        assert "no attribute 'stools'" in session.model.asked[-1]


class TestOptimAI:
    opening = (
        reply(variables=["chairs"], objective="max 3 chairs", constraints=[], type="MILP"),
        reply(plans=["one", "two", "three"]),
    )

    async def test_the_first_program_that_the_verifier_passes_is_the_answer(
        self, session: Session
    ) -> None:
        attempt = await session.attempt(
            "optimai",
            *self.opening,
            OTHER,
            BROKEN,
            GOOD,
            reply(why="9?", passes=False),
            reply(why="", passes=True),
        )
        assert (attempt.objective, attempt.verified, attempt.failed_at) == (30.0, True, None)

    async def test_the_branch_with_the_greatest_bound_is_corrected(self, session: Session) -> None:
        attempt = await session.attempt(
            "optimai",
            *self.opening,
            BROKEN,
            BROKEN,
            BROKEN,
            reply(scores=[2, 9, 3]),
            "It says stools.",
            GOOD,
            reply(why="", passes=True),
        )
        assert attempt.objective == 30.0
        assert "The plan: two" in session.model.asked[-2]

    def test_a_branch_that_was_visited_often_gives_way(self) -> None:
        branches = [Branch("a", Built("")), Branch("b", Built("")), Branch("c", Built(""))]
        order = []
        for _ in range(6):
            best = chosen([8.0, 5.0, 3.0], branches)
            branches[best].visits += 1
            order.append(best)
        assert order == [0, 1, 2, 0, 0, 1]  # as the published rule gives it for these scores


class TestORThought:
    async def test_the_model_block_is_no_program(self, session: Session) -> None:
        attempt = await session.attempt(
            "orthought", f"It is simple.\n```model\nObjective: max\n```\n{GOOD}"
        )
        assert attempt.objective == 30.0
        assert attempt.formulation == {"model": "```model\nObjective: max\n```"}

    async def test_a_model_without_optimum_is_repaired(self, session: Session) -> None:
        unbounded = GOOD.replace("<= 10", ">= 0")
        attempt = await session.attempt("orthought", unbounded, GOOD)
        assert attempt.objective == 30.0
        assert "The solver says that the model is" in session.model.asked[1]


def test_the_recipes_are_among_the_systems() -> None:
    assert {*RECIPES, "optwright"} <= set(system_names())
