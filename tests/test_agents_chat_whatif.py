"""What-if: sweeps, prices, why-not, ways out; every figure is what solving again would give."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.agents.chat.phrasing import swept
from optwright.agents.chat.questions import questions
from optwright.agents.chat.whatif import refusals, sweeps, worth
from optwright.agents.chat.whatif.comparison import comparison
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.edit.operations import (
    AddConstraint,
    DropConstraint,
    Force,
    ScaleNumber,
    SetDomain,
    SetNumber,
    apply,
)
from optwright.solvers.edit.references import BoundRef, ParameterRef, RhsRef
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    Objective,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status
from tests.chats import CANDY_TEXT, candy, flour
from tests.formulations import formulations

WHATIF = WhatIf(time_limit_s=10)
CHOCOLATE = RhsRef(row="chocolate")


def linear_candy() -> Scenario:
    domains = [SetDomain(variable=v, domain=Domain.CONTINUOUS) for v in ("regular", "gift")]
    return WHATIF.scenario("now", apply(candy(), domains))


def test_a_sweep_solves_every_value_and_finds_where_the_slope_changes() -> None:
    series = sweeps.sweep(WHATIF, linear_candy(), CHOCOLATE, 4000, 40000, steps=7)
    assert series.points[0] == (4000, 120)
    assert dict(series.points)[40000] == 900
    # At 10,500 the toffee begins to bind too; at 30,000 it alone does.
    assert series.breaks == pytest.approx((10500, 30000))


def test_a_sweep_says_where_there_is_no_solution() -> None:
    series = sweeps.sweep(WHATIF, linear_candy(), CHOCOLATE, 1000, 5000, steps=3)
    assert [y for _, y in series.points] == [None, None, 180]
    assert series.begins == 4000


def test_a_sweep_from_where_there_is_no_solution_finds_the_breaks_beyond_it() -> None:
    series = sweeps.sweep(WHATIF, linear_candy(), CHOCOLATE, 1000, 40000, steps=40)
    assert series.breaks == pytest.approx((10500, 30000))
    assert "A solution begins at 4,000." in swept(series, 12000)
    known = [(x, y) for x, y in series.points if y is not None]
    assert known[0][0] == series.begins
    slopes = [(b - a) / (t - s) for (s, a), (t, b) in pairwise(known)]
    for (s, _), slope, later in zip(known, slopes, slopes[1:], strict=False):
        is_broken = any(s < at < s + 2000 for at in series.breaks)
        assert (abs(slope - later) > 1e-9) is is_broken


def test_a_sweep_that_ends_where_there_is_no_solution_begins_nowhere() -> None:
    assert sweeps.sweep(WHATIF, linear_candy(), CHOCOLATE, 1000, 2000, steps=3).begins is None


@pytest.mark.parametrize(("low", "high", "steps"), [(2, 1, 5), (1, 2, 1), (1, 2, 9999)])
def test_a_sweep_that_goes_nowhere_is_refused(low: float, high: float, steps: int) -> None:
    with pytest.raises(InputError):
        sweeps.sweep(WHATIF, linear_candy(), CHOCOLATE, low, high, steps=steps)


def test_a_unit_of_a_limit_is_worth_its_dual_in_its_range() -> None:
    (told,) = worth.worth(WHATIF, linear_candy(), ["chocolate"])
    assert told == (
        'One more unit of "12000 grams of chocolate" improves the objective by 0.02, as long as '
        "the limit is between 10,500 and 30,000."
    )
    more = WHATIF.changed(linear_candy(), [SetNumber(reference=CHOCOLATE, value=12001)])
    assert more.objective == pytest.approx(540.02)


def test_a_unit_of_a_limit_with_whole_numbers_is_solved_for() -> None:
    base = WHATIF.scenario("now", candy())
    (told,) = worth.worth(WHATIF, base, ["chocolate"])
    assert "changes nothing (solved again with it)" in told


def linear(sense: Sense, objective: str, **rows: str) -> Scenario:
    model = Formulation(
        variables=(Variable(name="x"), Variable(name="y")),
        objective=Objective(sense=sense, expression=objective),
        constraints=tuple(
            Constraint(name=name, expression=row, text=f"the {name} limit")
            for name, row in rows.items()
        ),
    )
    return WHATIF.scenario("now", Program(model))


def test_one_more_of_what_must_be_met_is_never_room() -> None:
    base = WHATIF.scenario("now", apply(candy(), []))
    (told,) = worth.worth(WHATIF, base, ["orders"])
    more = WHATIF.changed(base, [SetNumber(reference=RhsRef(row="orders"), value=21)])
    assert more.objective == base.objective
    assert told.startswith('One more unit of "At least 20 regular boxes must be packed" changes')


def test_one_more_unit_at_a_corner_of_many_is_solved_for() -> None:
    base = linear(Sense.MAXIMIZE, "x + y", east="x <= 1", west="y <= 1", both="x + y <= 2")
    told = worth.worth(WHATIF, base, ["east", "west", "both"])
    assert len(told) == 3
    assert all("changes nothing" in line for line in told)


def test_one_more_unit_of_one_of_two_that_must_agree_leaves_no_solution() -> None:
    base = linear(Sense.MINIMIZE, "2*x + y", sent="x + y == 10", got="x + y == 10")
    assert worth.worth(WHATIF, base, ["got"]) == [
        'One more unit of "the got limit" leaves no solution (solved again with it).'
    ]
    assert all(row[2] is None for row in worth.limits(WHATIF, base).rows)


def test_one_more_unit_is_of_the_amount_that_is_stated() -> None:
    base = linear(Sense.MAXIMIZE, "3*x + y", hours="40 - x - y >= 0", mean="x <= 3*y")
    hours, mean = worth.worth(WHATIF, base, ["hours", "mean"])
    assert hours.startswith('One more unit of "the hours limit" improves the objective by 2.5, as')
    assert mean == '"the mean limit" states no amount of which there could be one more.'


def test_what_each_limit_costs_is_the_objective_without_it() -> None:
    base = WHATIF.scenario("now", candy())
    grid = worth.limits(WHATIF, base)
    without = {row[0]: row[3] for row in grid.rows}
    for constraint in ("chocolate", "toffee", "orders"):
        alone = WHATIF.changed(base, [DropConstraint(name=constraint)])
        words = next(c.text for c in candy().formulation.constraints if c.name == constraint)  # type: ignore[union-attr]  # it has one
        assert without[f'"{words}"'] == alone.objective
    assert grid.rows[0][3] == max(without.values())  # type: ignore[type-var]  # all are numbers here


def test_why_not_is_the_cost_of_having_it_so() -> None:
    base = WHATIF.scenario("now", flour())
    demand = Force(variable="send", elements=(("Weir", "Castle"),), amount=1)
    forced = refusals.forced(WHATIF, base, demand)
    assert forced.cost == pytest.approx(4)
    assert forced.conflict is None


def test_why_not_names_the_limits_that_forbid_it() -> None:
    base = WHATIF.scenario("now", flour())
    forced = refusals.forced(
        WHATIF, base, Force(variable="send", elements=(("Weir", "Castle"),), amount=61)
    )
    assert forced.cost is None
    assert forced.conflict is not None
    told = "\n".join(forced.conflict.sentences())
    assert '"no route may carry more than 60 tons" for Weir, Castle' in told


def test_ways_out_are_priced_and_work() -> None:
    tight = apply(flour(), [ScaleNumber(reference=ParameterRef(name="demand"), percent=40)])
    base = WHATIF.scenario("now", tight)
    assert base.outcome.status is Status.INFEASIBLE
    options = refusals.ways_out(WHATIF, base)
    assert len(options) > 1
    for option in options:
        again = WHATIF.changed(base, option.edits)
        assert again.objective == pytest.approx(option.objective)


def test_scenarios_side_by_side_show_what_differs() -> None:
    base = WHATIF.scenario("now", candy())
    bound = SetNumber(reference=BoundRef(variable="regular", side="upper"), value=30)
    (grid,) = comparison((base, WHATIF.changed(base, [bound], "bounded")))
    assert grid.rows == (("objective", 540.0, 540.0),)
    fewer = WHATIF.changed(base, [SetNumber(reference=CHOCOLATE, value=9600)], "fewer")
    (grid,) = comparison((base, fewer))
    assert grid.rows == (
        ("objective", 540.0, 453.0), ("regular", 30.0, 20.0), ("gift", 40.0, 37.0)
    )  # fmt: skip


def test_questions_are_asked_only_where_the_answer_matters() -> None:
    base = WHATIF.scenario("now", candy())
    assert questions(CANDY_TEXT, base, WHATIF) == ()
    other = WHATIF.changed(base, [SetNumber(reference=CHOCOLATE, value=12100)])
    (question,) = questions(CANDY_TEXT, other, WHATIF)
    assert [o.objective for o in question.options] == [540, 542]
    assert questions(CANDY_TEXT + " Boxes are whole.", other, WHATIF) == ()


def test_a_demand_that_may_be_meant_loosely_is_asked_about() -> None:
    sold = Constraint(name="sold", expression="gift == 30", text="30 gift boxes are sold")
    base = WHATIF.scenario("now", apply(candy(), [AddConstraint(constraint=sold)]))
    (question,) = questions(CANDY_TEXT + " Boxes are whole.", base, WHATIF)
    assert [o.label for o in question.options] == [
        'exactly "30 gift boxes are sold"',
        'at least "30 gift boxes are sold"',
    ]


@settings(max_examples=30, deadline=None)
@given(formulation=formulations(), percent=st.integers(-30, 30))
def test_a_warm_start_comes_to_the_same_as_a_cold_one(formulation: object, percent: int) -> None:
    program = Program(formulation)  # type: ignore[arg-type]  # the strategy's type is wider
    relaxed = [SetDomain(variable=v, domain=Domain.CONTINUOUS) for v in ("n", "b")]
    base = WHATIF.scenario("base", apply(program, relaxed))
    edit = ScaleNumber(reference=ParameterRef(name="limit"), percent=percent)
    limit = Constraint(name="new", expression="sum(x[i] for i in I) <= 20")
    changed = apply(base.program, [edit, AddConstraint(constraint=limit)])
    warm = WHATIF.scenario("warm", changed, base)
    cold = open_solver("highs").solve(changed)
    assert warm.outcome.status is cold.status
    if cold.objective is not None:
        assert warm.objective == pytest.approx(cold.objective, abs=1e-6)


def test_one_more_of_what_stands_in_a_balance_is_solved_for() -> None:
    model = Formulation.model_validate(
        {
            "sets": [{"name": "T", "members": [1, 2]}],
            "parameters": [
                {"name": "demand", "indices": ["T"], "values": {"1": 5, "2": 8}},
                {"name": "cost", "indices": ["T"], "values": {"1": 3, "2": 4}},
            ],
            "variables": [{"name": n, "indices": ["T"]} for n in ("make", "stock")],
            "objective": {
                "sense": "minimize",
                "expression": "sum(cost[t]*make[t] + 0.5*stock[t] for t in T)",
            },
            "constraints": [
                {"name": "first", "expression": "stock[1] == 2 + make[1] - demand[1]"},
                {"name": "second", "expression": "stock[2] == stock[1] + make[2] - demand[2]"},
            ],
        }
    )
    base = WHATIF.scenario("now", Program(model))
    second = worth.worth_of_number(WHATIF, base, ParameterRef(name="demand", at=("2",)))
    assert second == (
        "One more unit of demand[2] worsens the objective by 3.5 (solved again with it)."
    )
    both = worth.worth_of_number(WHATIF, base, ParameterRef(name="demand"))
    assert "each value of demand worsens the objective by 6.5" in both


def in_turn() -> Program:
    """First the most profit, of which a tenth may be given up for the least overtime."""
    return Program(
        Formulation.model_validate(
            {
                "variables": [{"name": "x"}, {"name": "y"}, {"name": "late"}],
                "objectives": [
                    {
                        "name": "profit",
                        "sense": "maximize",
                        "expression": "3*x + 2*y",
                        "tolerance": 0.1,
                    },
                    {"name": "overtime", "sense": "minimize", "expression": "late", "priority": 2},
                ],
                "constraints": [
                    {"name": "hours", "expression": "x + y <= 40 + late"},
                    {"name": "most", "expression": "late <= 10"},
                    {"name": "oven", "expression": "x <= 30"},
                ],
            }
        )
    )


def test_what_if_of_several_priorities_solves_all_of_them() -> None:
    base = WHATIF.scenario("now", in_turn())
    # The most profit is 130 with 10 hours of overtime; 117 of it takes 3.5.
    assert base.objective == pytest.approx(117)
    assert base.outcome.values["late"] == pytest.approx(3.5)
    after = WHATIF.changed(base, [SetNumber(reference=RhsRef(row="oven"), value=40)])
    assert after.outcome.values["late"] == pytest.approx(3)
    (grid,) = comparison([base, after])
    assert ("overtime", 3.5, 3.0) in grid.rows
    assert sweeps.sweep(WHATIF, base, RhsRef(row="oven"), 20, 40, steps=3).breaks == ()


def test_a_unit_is_worth_something_to_each_objective_that_is_sought_in_turn() -> None:
    base = WHATIF.scenario("now", in_turn())
    (said,) = worth.worth(WHATIF, base, ["oven"])
    # 131 with one more, 117.9 of it is kept; a little less overtime is needed for that.
    assert "improves 'profit' by 0.9" in said
    assert "improves 'overtime' by 0.05" in said


def test_the_sense_of_a_weighted_sum_is_that_of_what_is_solved() -> None:
    stated = {
        "variables": [{"name": "x", "upper": 9}],
        "objectives": [
            {"name": "gain", "sense": "maximize", "expression": "3*x"},
            {"name": "cost", "sense": "minimize", "expression": "x"},
        ],
        "constraints": [{"name": "limit", "expression": "2*x <= 10"}],
    }
    base = WHATIF.scenario("now", Program(Formulation.model_validate(stated)))
    assert not base.maximizes
    (said,) = worth.worth(WHATIF, base, ["limit"])
    assert "improves the objective by 1" in said


def test_an_end_that_a_later_objective_lacks_is_told() -> None:
    stated = in_turn().formulation
    assert stated is not None
    endless = stated.model_copy(
        update={"constraints": tuple(c for c in stated.constraints if c.name != "hours")}
    )
    rows = [
        Constraint(name="hours", expression="x + y <= 40"),
        *(c for c in endless.constraints if c.name != "most"),
    ]
    last = Objective(sense=Sense.MAXIMIZE, expression="late", name="rest", priority=3)
    program = Program(
        endless.model_copy(
            update={
                "constraints": tuple(rows),
                "further_objectives": (last,),
            }
        )
    )
    scenario = WHATIF.scenario("now", program)
    assert scenario.outcome.status is Status.UNBOUNDED
    told = refusals.explained(WHATIF, scenario)
    assert any("rest (priority 3) improves without end" in line for line in told), told
