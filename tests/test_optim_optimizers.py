"""What every optimizer keeps to: the contract of ask and tell, alone and in a portfolio."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import ExtraMissing, InputError
from optwright.optim.optimizer import Optimizer, Setting, open_optimizer, optimizer_names
from optwright.optim.optimizers.numeric.coding import Coding
from optwright.optim.optimizers.numeric.surrogate import Quadratic, coefficients, fit, lowest
from optwright.optim.optimizers.portfolio import MEMBERS, Portfolio, PortfolioMember
from optwright.optim.parameters import (
    Choice,
    Integer,
    ParameterSpace,
    Permutation,
    Real,
    Text,
)
from optwright.optim.trial import Evaluation, Suggestion, Trial, as_json
from optwright.serving.chat import ChatRequest
from optwright.testing import ScriptedModel

NUMBERS = ParameterSpace(
    [
        Real("rate", 0.01, low=1e-4, high=1.0, log=True),
        Real("x", 2.0, low=-5.0, high=5.0),
        Integer("count", 3, low=1, high=9),
    ]
)
MIXED = ParameterSpace(
    [
        *NUMBERS,
        Choice("mode", "a", options=["a", "b", True, 1]),
        Permutation("order", [3, 1, 2]),
        Text("words", "Answer."),
    ]
)
CLASSICAL = [
    *("random", "quadratic", "cmaes", "tpe", "ego", "shotgun"),
    *("rprop", "bisection", "bracket", "mutation"),
]
LANGUAGE = ["opro", "directional", "reflective"]


def tells(request: ChatRequest) -> str:
    k = request.sample
    return json.dumps({"values": {"words": f"Answer {k}.", "x": k % 5, "order": [1, 2, 3]}})


def setting(space: ParameterSpace, seed: int = 0) -> Setting:
    return Setting(space, seed, model=ScriptedModel(tells))


def play(
    optimizer: Optimizer, space: ParameterSpace, steps: int, trials: list[Trial], n: int = 1
) -> None:
    """Ask and tell `steps` times; candidates are checked, and every seventh trial fails."""
    for _ in range(steps):
        candidates = optimizer.ask(n)
        assert len(candidates) <= n
        new = [judged(space, candidate, len(trials) + i) for i, candidate in enumerate(candidates)]
        trials += new
        optimizer.tell(new)


def judged(space: ParameterSpace, candidate: Suggestion, number: int) -> Trial:
    assert as_json(space.check(candidate.values)) == candidate.values
    if number % 7 == 6:
        return Trial(number, candidate, float("-inf"), (Evaluation(float("-inf"), "broken"),))
    values = candidate.values
    score = -((values["x"] - 1.0) ** 2) - abs(np.log10(values["rate"]) + 1) - values["count"] / 9
    direction = {"x": 1.0 - values["x"], "rate": 0.1 - values["rate"], "count": -1.0}
    return Trial(number, candidate, score, (Evaluation(score, direction=direction, example="e"),))


def first(space: ParameterSpace) -> Trial:
    return judged(space, Suggestion(as_json(space.initial), "start"), 0)


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("name", [*CLASSICAL, *LANGUAGE, "portfolio"])
def test_an_optimizer_restored_at_any_step_goes_on_as_if_nothing_had_happened(
    name: str, n: int
) -> None:
    space = MIXED
    whole = open_optimizer(name, setting(space))
    trials = [first(space)]
    whole.tell(trials)
    for _ in range(8):
        state = json.loads(json.dumps(whole.state(), allow_nan=False))
        again = open_optimizer(name, setting(space))
        told = [Trial.from_json(json.loads(json.dumps(t.to_json()))) for t in trials]
        again.restore(state, told)
        play(whole, space, 1, trials, n)
        play(again, space, 1, told, n)
        assert told == trials
        assert json.dumps(again.state()) == json.dumps(whole.state())


@pytest.mark.parametrize("name", ["random", "quadratic", "cmaes", "tpe", "mutation"])
def test_seed_zero_is_a_seed_like_any_other(name: str) -> None:
    def values(seed: int) -> list[object]:
        optimizer, trials = open_optimizer(name, setting(NUMBERS, seed)), [first(NUMBERS)]
        optimizer.tell(trials)
        play(optimizer, NUMBERS, 5, trials)
        return [trial.values for trial in trials]

    assert values(0) == values(0)
    assert values(0) != values(1)


@pytest.mark.parametrize("name", CLASSICAL)
def test_nothing_is_proposed_twice(name: str) -> None:
    space = ParameterSpace([Integer("x", 0, low=0, high=4), Integer("y", 0, low=0, high=4)])
    optimizer = open_optimizer(name, Setting(space))
    seen = [space.key(space.initial)]
    optimizer.tell([Trial(0, Suggestion(space.initial), 0.0, (Evaluation(0.0),))])
    for number in range(1, 40):
        for candidate in optimizer.ask():
            x, y = candidate.values["x"], candidate.values["y"]
            direction = {"x": 2.5 - x, "y": 1.5 - y}
            evaluation = Evaluation(-float(x + y), direction=direction)
            optimizer.tell([Trial(number, candidate, -float(x + y), (evaluation,))])
            seen.append(space.key(candidate.values))
    assert name == "cmaes" or len(seen) == len(set(seen)) <= 25


@pytest.mark.parametrize("name", [*CLASSICAL, "portfolio"])
def test_words_alone_need_a_model(name: str) -> None:
    with pytest.raises(InputError) as caught:
        open_optimizer(name, Setting(ParameterSpace([Text("words", "Answer.")])))
    assert caught.value.hint


@pytest.mark.parametrize("name", LANGUAGE)
def test_a_language_optimizer_without_a_model_says_so(name: str) -> None:
    with pytest.raises(InputError, match="needs a model"):
        open_optimizer(name, Setting(MIXED))


def test_every_name_opens_or_needs_an_extra() -> None:
    others: list[str] = []
    for name in optimizer_names():
        try:
            assert open_optimizer(name, setting(MIXED)).name == name
        except ExtraMissing:
            continue
        except InputError as refused:  # a search for programs has one parameter, a program
            others += [] if "changes one Program" in str(refused) else [name]
    assert others == []


@given(st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)  # a busy machine makes single fits slow
def test_a_quadratic_is_known_from_as_many_points_as_it_has_coefficients(
    width: int, random: object
) -> None:
    draw = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    root = draw.normal(size=(width, width))
    bend, bottom = root @ root.T + 0.5 * np.eye(width), draw.uniform(0.2, 0.8, width)
    points = draw.uniform(size=(coefficients(width), width))
    values = np.array([0.5 * (p - bottom) @ bend @ (p - bottom) - 3.0 for p in points])
    model = fit(points, values, points[0], np.ones(len(points)))
    found = lowest(model, np.zeros(width), np.ones(width))
    np.testing.assert_allclose(found, bottom, atol=1e-3)


def test_beyond_five_dimensions_the_lowest_point_is_still_found() -> None:
    draw = np.random.default_rng(0)
    bottom = draw.uniform(size=7)
    points = draw.uniform(size=(60, 7))
    values = ((points - bottom) ** 2).sum(axis=1)
    model = fit(points, values, points[0], np.ones(60))
    np.testing.assert_allclose(lowest(model, np.zeros(7), np.ones(7)), bottom, atol=1e-4)


@given(st.integers(0, 10_000), st.floats(0.0, 4.0), st.floats(-0.5, 1.5))
def test_no_step_along_a_coordinate_goes_below_the_lowest_point(
    seed: int, decades: float, side: float
) -> None:
    draw = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(draw.normal(size=(8, 8)))
    curvature = turned.T @ np.diag(10.0 ** np.linspace(0.0, -decades, 8)) @ turned
    bottom = np.clip(draw.normal(side, 0.5, size=8), -1.0, 2.0)  # in the box or beyond a face
    model = Quadratic(bottom, 0.0, np.zeros(8), curvature)
    found = lowest(model, np.zeros(8), np.ones(8))
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    lines = np.repeat(found[None], 8 * 21, axis=0)
    lines[np.arange(8 * 21), np.repeat(range(8), 21)] = np.tile(np.linspace(0.0, 1.0, 21), 8)
    assert model(lines).min() >= model(found[None])[0] - 1e-9


@given(st.floats(1e-4, 1.0), st.floats(-5.0, 5.0), st.integers(1, 9))
def test_points_of_the_cube_are_values_and_back(rate: float, x: float, count: int) -> None:
    coding = Coding(NUMBERS)
    values = {"rate": rate, "x": x, "count": count}
    back = coding.values(coding.point(values), values)
    assert back["count"] == count
    assert back["rate"] == pytest.approx(rate)
    assert back["x"] == pytest.approx(x, abs=1e-9)


def test_a_portfolio_pays_the_member_that_improves() -> None:
    space = NUMBERS
    portfolio = Portfolio(Setting(space), [m for m in MEMBERS if m.name in ("random", "quadratic")])
    trials = [first(space)]
    portfolio.tell(trials)
    play(portfolio, space, 40, trials)
    origins = [trial.candidate.origin for trial in trials]
    assert origins.count("quadratic") > 2 * origins.count("random")


def test_a_member_that_costs_more_for_the_same_gain_gets_fewer_turns() -> None:
    spent = [0.0]
    cheap, dear = Fixed("random", spent, 0.001), Fixed("mutation", spent, 0.02)
    members = [
        PortfolioMember(name, 0.5, 2.0, lambda parameter: True) for name in ("mutation", "random")
    ]
    portfolio = Portfolio(Setting(NUMBERS, spent=lambda: spent[0]), members)
    portfolio.members.update(random=cheap, mutation=dear)
    trials = [first(NUMBERS)]
    portfolio.tell(trials)
    for number in range(1, 60):
        (candidate,) = portfolio.ask()
        spent[0] += 0.001
        portfolio.tell([Trial(number, candidate, float(number), (Evaluation(number),))])
    assert cheap.turns > 2 * dear.turns > 0


class Fixed:
    """Proposes the next count, at a cost of its own."""

    def __init__(self, name: str, spent: list[float], cost: float) -> None:
        self.name, self.turns = name, 0
        self._spent, self._cost = spent, cost

    def ask(self, n: int = 1) -> list[Suggestion]:
        self.turns += 1
        self._spent[0] += self._cost
        return [Suggestion(NUMBERS.initial, self.name)]

    def tell(self, trials: object) -> None:
        """Learns nothing."""

    def state(self) -> object:
        return None

    def restore(self, state: object, trials: object) -> None:
        """Has no state."""


def test_a_member_whose_library_is_missing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from optwright.optim.optimizers.numeric import bayes

    absent: Callable[[str], None] = lambda name: None  # noqa: E731
    monkeypatch.setattr(bayes, "find_spec", absent)
    portfolio = Portfolio(Setting(NUMBERS))
    assert "tpe" not in portfolio.members
    assert "quadratic" in portfolio.members
    with pytest.raises(ExtraMissing):
        open_optimizer("tpe", Setting(NUMBERS))
