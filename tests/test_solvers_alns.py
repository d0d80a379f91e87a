"""Adaptive large neighbourhood search: the contract, its laws, its bandits and its options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng

from optwright.errors import FormulationError
from optwright.solvers.backends import progress
from optwright.solvers.backends.alns.bandit import (
    BANDITS,
    Bandit,
    EpsilonGreedy,
    Result,
    Softmax,
    Thompson,
)
from optwright.solvers.backends.alns.engine import Alns
from optwright.solvers.backends.alns.incumbent import Incumbent
from optwright.solvers.backends.alns.operators import OPERATORS, State
from optwright.solvers.backends.alns.search import Search, minimizing
from optwright.solvers.backends.alns.settings import Settings
from optwright.solvers.backends.contract import market_split
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.protocol import FromArrays, Solver
from optwright.solvers.backends.scaling import Scaling
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.testing import SolverContract


class TestAlns(SolverContract):
    @pytest.fixture
    def solver(self) -> Solver:
        return Alns()


def cover(seed: int, rows: int = 60, columns: int = 120, *, wide: bool = False) -> LinearModel:
    """A set cover; with `wide` columns go up to 3 and not to 1, and half of them are pairs."""
    draw = default_rng(seed)
    names = [f"x{j}" for j in range(columns)]
    stated = {
        f"r{i}": ({names[j]: 1.0 for j in draw.choice(columns, 8, replace=False)}, ">=", 1.0 + wide)
        for i in range(rows)
    }
    return linear_model(
        {name: float(draw.integers(1, 40)) for name in names},
        stated,
        limits=dict.fromkeys(names, (0.0, 3.0 if wide else 1.0)),
        integer=names,
    )


def _by_count(model: LinearModel, seed: int = 1, count: int = 12, **engine: str) -> Outcome:
    options = SolveOptions(
        seed=seed, engine={"iterations": str(count), "nodes": "5", **engine}, time_limit_s=60.0
    )
    return Alns().solve(FromArrays(model), options)


# The law of a search


def test_points_get_better_and_each_keeps_the_model() -> None:
    model = cover(3)
    heard = list[progress.SolverEvent]()
    with progress.listened_by(heard.append):
        outcome = _by_count(model)
    points = [told for told in heard if told.kind == "point"]
    values = [told.objective for told in points if told.objective is not None]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
    assert all(told.x is not None and model.broken_by(told.x) is None for told in points)
    assert outcome.objective == values[-1]


def test_a_maximization_gets_larger() -> None:
    model = cover(4)
    turned = replace(model, maximize=True, cost=-model.cost)
    lower, upper = _by_count(turned), _by_count(model)
    assert lower.objective == pytest.approx(-(upper.objective or 0.0))
    assert lower.bound is not None
    assert lower.objective is not None
    assert lower.bound >= lower.objective - 1e-6


def test_no_bound_is_better_than_the_optimum() -> None:
    model = cover(5)
    best = solve_arrays(model).objective
    found = _by_count(model)
    assert best is not None
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound <= best + 1e-6 <= found.objective + 2e-6


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_finds_the_same_points(threads: int) -> None:
    options = SolveOptions(
        seed=7, threads=threads, engine={"iterations": "8", "nodes": "5"}, time_limit_s=60.0
    )
    one, other = (Alns().solve(FromArrays(cover(6)), options) for _ in range(2))
    assert dict(one.values) == dict(other.values)
    assert one.message == other.message


def test_arms_add_up_to_the_neighbourhoods_that_were_searched() -> None:
    search = _search(cover(8))
    for _ in range(6):
        assert search.step()
    assert sum(sum(counted.values()) for counted in search.tried.values()) == 6
    assert search.iterations == 6


def test_time_ends_a_search_with_the_bound_of_the_plain_solve() -> None:
    outcome = solve(FromArrays(market_split(True)), "alns", SolveOptions(time_limit_s=1.5))
    assert outcome.status is Status.FEASIBLE
    assert outcome.bound is not None
    assert outcome.objective is not None
    assert outcome.bound < outcome.objective
    assert "neighbourhoods searched" in outcome.message
    assert outcome.seconds < 4.0


def test_two_threads_search_beside_the_plain_solve() -> None:
    options = SolveOptions(time_limit_s=1.0, threads=2)
    outcome = Alns().solve(FromArrays(market_split(True)), options)
    assert outcome.status is Status.FEASIBLE
    assert outcome.seconds < 4.0


def test_a_start_is_kept_where_nothing_better_is_found() -> None:
    model = cover(9)
    best = solve_arrays(model)
    options = SolveOptions(
        start=dict(best.values), engine={"iterations": "1", "nodes": "1"}, time_limit_s=60.0
    )
    assert Alns().solve(FromArrays(model), options).objective == pytest.approx(best.objective)


def test_scaled_models_come_back_in_their_own_numbers() -> None:
    model = cover(10)
    large = replace(model, coefficients=model.coefficients * 1e8, row_lower=model.row_lower * 1e8)
    found = _by_count(large)
    x = np.array([found.values[name] for name in large.column_names])
    assert large.broken_by(x) is None
    assert found.objective == pytest.approx(large.objective(x))


# Operators


def _search(model: LinearModel, **engine: str) -> Search:
    settings = Settings.of({"iterations": "100", "nodes": "5", **engine})
    best = Incumbent(model, Scaling.of(model))
    first = solve_arrays(model, SolveOptions(engine={"mip_max_improving_sols": "1"}))
    best.offer(np.array([first.values[name] for name in model.column_names]))
    options = SolveOptions(seed=1)
    search = Search(minimizing(model), best, settings, options, lambda: 0.0, 1.0, 1.0)
    loose = replace(model, integer=np.zeros(len(model.cost), dtype=np.bool_))
    relaxed = solve_arrays(loose)
    search.relaxed = np.array([relaxed.values[name] for name in model.column_names])
    return search


def _state(model: LinearModel) -> State:
    search = _search(model)
    best = search.best
    assert best.x is not None
    assert best.objective is not None
    other = solve_arrays(model)
    pool = [np.array([other.values[name] for name in model.column_names])]
    return State(model, best.x, best.objective, search.relaxed, pool)


WIDE, NARROW = cover(11, wide=True), cover(11)


@pytest.mark.parametrize("name", OPERATORS)
def test_a_neighbourhood_lies_in_the_model_and_holds_the_point_where_it_says_so(name: str) -> None:
    model = WIDE if name == "dins" else NARROW
    state = _state(model)
    if name == "dins":  # the relaxation is near no whole number but these
        state = replace(state, best=model.upper)
    part = OPERATORS[name][0](state, 0.3, default_rng(1))
    assert part is not None
    assert (part.lower >= model.lower).all()
    assert (part.upper <= model.upper).all()
    assert (part.lower <= part.upper).all()
    if not part.holds_incumbent:
        return
    assert (part.lower <= state.best).all()
    assert (state.best <= part.upper).all()
    for row in part.rows:
        assert row.lower <= float(row.coefficients @ state.best[row.columns]) <= row.upper + 1e-9


def test_ways_that_make_no_sense_are_left_out() -> None:
    wide, narrow = _state(WIDE), _state(NARROW)
    draw = default_rng(0)
    assert OPERATORS["local_branching"][0](wide, 0.3, draw) is None
    assert OPERATORS["proximity"][0](wide, 0.3, draw) is None
    assert OPERATORS["dins"][0](narrow, 0.3, draw) is None
    alone = replace(narrow, pool=[], relaxed=None)
    for name in ("crossover", "rins", "rens"):
        assert OPERATORS[name][0](alone, 0.3, draw) is None


def test_a_larger_share_frees_more() -> None:
    state = _state(NARROW)
    free = [
        int(np.count_nonzero(part.lower < part.upper))
        for share in (0.1, 0.5)
        if (part := OPERATORS["mutation"][0](state, share, default_rng(3))) is not None
    ]
    assert free == [12, 60]


def test_a_point_that_breaks_the_rows_is_refused() -> None:
    best = Incumbent(NARROW, Scaling.of(NARROW))
    assert best.offer(np.zeros(len(NARROW.cost))) is Result.REJECTED
    assert best.offer(np.full(len(NARROW.cost), 0.5)) is Result.REJECTED
    assert best.refused == 2
    assert best.offer(np.ones(len(NARROW.cost))) is Result.BEST


# Bandits


@pytest.mark.parametrize("bandit", [Thompson(3), Softmax(3), EpsilonGreedy(3)])
def test_a_bandit_comes_to_prefer_the_arm_that_pays(bandit: Bandit) -> None:
    draw, counts = default_rng(5), Counter[int]()
    for _ in range(300):
        arm = bandit.choose((0, 1, 2), draw)
        won = draw.random() < (0.1, 0.1, 0.7)[arm]
        bandit.learn(arm, Result.BEST if won else Result.REJECTED)
        counts[arm] += 1
    assert counts[2] > 150
    assert all(counts[arm] for arm in (0, 1))


@pytest.mark.parametrize("name", BANDITS)
def test_a_bandit_takes_only_arms_that_are_open(name: str) -> None:
    bandit: Bandit = BANDITS[name](4)
    draw = default_rng(1)
    arms: Sequence[int] = (1, 3)
    assert {bandit.choose(arms, draw) for _ in range(20)} <= {1, 3}


# Options


@pytest.mark.parametrize("bandit", BANDITS)
def test_each_bandit_runs(bandit: str) -> None:
    assert _by_count(cover(12), count=3, bandit=bandit).status.has_solution


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bandit": "ucb"}, "there is no bandit 'ucb'"),
        ({"operators": "rins,tabu"}, "there is no operator 'tabu'"),
        ({"iterations": "0"}, "iterations is '0'"),
        ({"nodes": "many"}, "nodes is 'many'"),
        ({"seconds": "-1"}, "seconds is '-1'"),
        ({"sed": "1"}, "no option 'sed'"),
    ],
)
def test_an_option_that_is_none_is_refused(options: dict[str, str], words: str) -> None:
    with pytest.raises(FormulationError, match=words):
        Alns().solve(FromArrays(NARROW), SolveOptions(engine=options))


def test_a_model_without_arrays_is_refused_in_words() -> None:
    class Curved:
        arrays = None
        lp_text = None

        def pyomo(self) -> object:
            raise AssertionError

    outcome = Alns().solve(Curved())
    assert outcome.status is Status.ERROR
    assert "scip" in outcome.message
