"""Two formulators on two endpoints: each drafts alone, and a disagreement is shown to both once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from optwright.agents.effort import Effort
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.serving.chat import ChatRequest
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, CHOCOLATE, draft, reworded
from tests.endpoint_behaviours import done
from tests.model_server import served

OTHER = reworded(CANDY_DRAFT, "packed")
MISREAD = draft(CHOCOLATE, ("At most 40 gift boxes can be sold", "regular <= 40"))
TELLS = "modelled the same problem"

Writes = Callable[[str], str]
"""From what a formulator is told last to what it replies."""


def stubborn(reply: str) -> Writes:
    return lambda told: reply


def listening(before: str, after: str) -> Writes:
    return lambda told: after if TELLS in told else before


def written(one: Writes, other: Writes, effort: Effort | None = None) -> tuple[Solution, list[str]]:
    """The solution of two formulators, and what each request of either told last."""
    told: list[str] = []

    def model(name: str, writes: Writes) -> ScriptedModel:
        def answer(request: ChatRequest) -> str:
            told.append(request.messages[-1].content)
            return writes(request.messages[-1].content)

        return ScriptedModel(answer, name=name)

    solution = solve(
        CANDY,
        model=model("gpt-of-one", one),
        models={"second_formulator": model("claude-of-another", other)},
        effort=effort or Effort(repairs=0),
    )
    return solution, told


def test_two_formulators_that_agree_are_two_forms_for_two_calls() -> None:
    solution, told = written(stubborn(CANDY_DRAFT), stubborn(OTHER))
    assert (solution.objective, solution.verified) == (CANDY_OPTIMUM, True)
    assert len(told) == 2


def test_one_formulator_alone_is_not_verified() -> None:
    model = ScriptedModel(lambda _: CANDY_DRAFT, name="gpt-of-one")
    solution = solve(CANDY, model=model, effort=Effort(repairs=0))
    assert solution.objective == CANDY_OPTIMUM
    assert not solution.verified


@pytest.mark.parametrize("who", ["first", "second"])
def test_the_one_that_misread_hears_of_the_other_and_agreement_decides(who: str) -> None:
    right, wrong = stubborn(CANDY_DRAFT), listening(MISREAD, OTHER)
    pair = (wrong, right) if who == "first" else (right, wrong)
    solution, told = written(*pair)
    assert (solution.objective, solution.verified) == (CANDY_OPTIMUM, True)
    shown = [words for words in told if TELLS in words]
    assert len(shown) == 2  # the disagreement, to each once
    assert all("the optimum 540" in words for words in shown)
    assert any("differ on these plans" in words for words in shown)


def test_two_that_stay_with_what_they_wrote_verify_nothing() -> None:
    solution, told = written(stubborn(CANDY_DRAFT), stubborn(MISREAD))
    assert solution.status is Status.OPTIMAL
    assert not solution.verified
    assert sum(TELLS in words for words in told) == 2


def test_two_that_change_places_verify_nothing() -> None:
    one, other = listening(CANDY_DRAFT, MISREAD), listening(MISREAD, OTHER)
    assert not written(one, other)[0].verified


def test_what_one_cannot_state_the_other_answers() -> None:
    stuck = json.dumps({"cannot_state": ["boxes"]})
    solution, _ = written(stubborn(stuck), stubborn(OTHER), Effort(repairs=0, drafts=3))
    assert solution.objective == CANDY_OPTIMUM


def test_the_same_model_twice_is_no_second_formulator() -> None:
    model = ScriptedModel(lambda _: CANDY_DRAFT, name="gpt-of-one")
    again = ScriptedModel(lambda _: OTHER, name="gpt-of-one")
    solution = solve(
        CANDY, model=model, models={"second_formulator": again}, effort=Effort(repairs=0)
    )
    assert not again.requests
    assert not solution.verified


def test_formulators_live_on_endpoints_of_their_own() -> None:
    with served(lambda _: done(CANDY_DRAFT)) as one, served(lambda _: done(OTHER)) as other:
        solution = solve(
            CANDY,
            model=f"m@{one}",
            models={"second_formulator": f"m@{other}"},
            effort=Effort(repairs=0),
        )
    assert solution.verified
    assert solution.usage.calls == 2
