"""Which picture fits which answer, by the structure of its formulation."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.reporting.charts.gantt import Bar, gantt, stacked
from optwright.reporting.charts.svg import WIDTHS
from optwright.reporting.limits import groups
from optwright.reporting.page import page
from optwright.reporting.pictures import Picture, pictures
from optwright.reporting.pictures.schedules import schedules
from optwright.reporting.structure import Structure
from optwright.reporting.style import PAGE
from optwright.reporting.terms import objective_terms
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from tests.report_gallery import GALLERY, LONG, facts


def shown(name: str) -> dict[str, Picture]:
    return {picture.caption: picture for picture in pictures(facts(name))}


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("name", "captions"),
    [
        ("roster", ["who works when, by days"]),
        ("job shop", ["Schedule"]),
        ("assignment", ["who does which task"]),
        ("sites", ["depots to open", "tons from a depot to a shop (t): from depots to shops"]),
        ("route", ["Routes: legs of the trip"]),
        ("stock", ["tons made (t), by weeks", "tons in stock (t), by weeks"]),
    ],
)
def test_an_answer_gets_the_picture_of_its_structure(name: str, captions: list[str]) -> None:
    assert list(shown(name)) == captions


def test_no_word_of_the_problem_decides_over_a_picture() -> None:
    """The same models under names that mean nothing get the same pictures."""
    for model in GALLERY.values():
        bare = Structure.of(model)
        text = model.to_json()
        for old in ("works", "begin", "go", "rank", "stock", "make"):
            text = re.sub(rf"\b{old}\b", f"q_{old[::-1]}", text)
        other = Structure.of(Formulation.from_json(text))
        assert len(bare.precedences) == len(other.precedences)
        assert len(bare.helpers) == len(other.helpers)
        assert len(bare.levels) == len(other.levels)


def test_a_roster_says_the_shift_in_each_cell() -> None:
    (picture,) = pictures(facts("roster"))
    assert picture.html.count("<td class=") == 28
    assert set(re.findall(r'tone\d">(\w+)<', picture.html)) == {"early", "late"}


def test_a_job_shop_has_a_lane_for_each_machine_and_a_bar_for_each_step() -> None:
    (schedule,) = schedules(facts("job shop"))
    assert {bar.lane for bar in schedule.bars} == {"lathe", "mill", "drill"}
    assert len(schedule.bars) == 9
    for lane in ("lathe", "mill", "drill"):
        assert len(stacked([bar for bar in schedule.bars if bar.lane == lane])) == 1


_MOMENTS = st.tuples(st.floats(0, 50), st.floats(0.1, 20))


@given(st.lists(_MOMENTS, min_size=1, max_size=25))
def test_no_bar_of_a_lane_hides_another(moments: list[tuple[float, float]]) -> None:
    bars = [Bar("lane", str(at), start, start + long) for at, (start, long) in enumerate(moments)]
    rows = stacked(bars)
    assert sorted(bar.name for row in rows for bar in row) == sorted(bar.name for bar in bars)
    for row in rows:
        for one, other in pairwise(row):
            assert one.end <= other.start + 1e-4


def test_a_name_that_does_not_fit_its_bar_is_in_the_legend_as_a_whole() -> None:
    html = gantt([Bar("lathe", LONG, 0, 1), Bar("lathe", "x", 1, 100)], "h")
    assert f"</svg> {LONG}</li>" in html
    assert "…" not in html


def scheduled(*constraints: Constraint, more: tuple[Variable, ...] = ()) -> Structure:
    return Structure.of(
        Formulation(
            sets=(IndexSet(name="A", members=("p", "q", "r")),),
            parameters=(
                Parameter(name="d", indices=("A",), values={"p": 1.0, "q": 2.0, "r": 3.0}),
            ),
            variables=(Variable(name="v", indices=("A",)), *more),
            objective=Objective(sense=Sense.MINIMIZE, expression="sum(v[a] for a in A)"),
            constraints=constraints,
        )
    )


def test_yes_or_no_of_which_comes_first_is_a_helper() -> None:
    order = Variable(name="y", indices=("A", "A"), domain=Domain.BINARY)
    pair = "a in A, b in A if a < b"
    found = scheduled(
        Constraint(name="f", forall=pair, expression="v[a] + d[a] <= v[b] + 99 * (1 - y[a, b])"),
        Constraint(name="g", forall=pair, expression="v[b] + d[b] <= v[a] + 99 * y[a, b]"),
        more=(order,),
    )
    assert found.helpers == {"y"}
    assert [len(p.lengths) for p in found.precedences] == [1, 1]


def test_the_rank_in_a_round_trip_is_a_helper_and_no_schedule() -> None:
    assert facts("route").structure.helpers == {"rank"}
    assert not list(schedules(facts("route")))


def test_a_stock_is_a_level_and_what_is_made_is_not() -> None:
    assert facts("stock").structure.levels == {"stock"}
    drawn = shown("stock")
    assert 'class="curve"' in drawn["tons in stock (t), by weeks"].html
    made = drawn["tons made (t), by weeks"].html
    assert made.count('class="bar"') == 8
    assert 'class="bound"' in made


def test_a_round_trip_is_its_stops_in_order() -> None:
    (picture,) = pictures(facts("route"))
    stops = re.findall(r"<li>([^<]+)</li>", picture.html)
    assert stops[0] == stops[-1] == "depot"
    assert sorted(stops[:-1]) == sorted(["depot", "Ash", "Birch", "Cedar", "Elm"])


def test_closed_sites_are_left_out_and_labels_are_whole() -> None:
    html = "".join(picture.html for picture in shown("sites").values())
    assert "Old mill" not in html
    assert LONG in html
    assert "…" not in html


def test_costs_are_told_by_term_and_add_up() -> None:
    found = objective_terms(facts("sites"))
    assert [term.label for term in found] == ["rent of a depot", "cost of carrying a ton"]
    assert sum(term.value for term in found) == pytest.approx(facts("sites").solution.objective)
    assert "What the total is made of" in page(facts("sites"))


def test_rows_are_grouped_by_what_they_state() -> None:
    said = [group.said for group in groups(facts("roster").limits)]
    assert said[0] == '14 rows of "every shift needs two nurses", all bind'
    assert said[1].startswith('35 rows of "nobody works twice a day", 28 bind')


def test_rows_of_closed_sites_are_left_out_of_the_limits() -> None:
    capacity = next(g for g in groups(facts("sites").limits) if "30 tons" in g.words)
    assert {row.place for row in capacity.rows} == {"North depot", LONG}


def test_what_whole_numbers_cost_names_no_row_that_lowering_added() -> None:
    assert "one_if" not in page(facts("job shop"))


def test_a_chart_can_be_made_wider_without_a_script_and_starts_as_wide_as_its_place() -> None:
    html = gantt([Bar("lathe", "a", 0, 1), Bar("mill", "b", 1, 100)], "h")
    assert html.count('type="radio"') == len(WIDTHS)
    assert html.count(" checked=") == 1
    assert "<script" not in html
    assert all(f'[value="{width}"]:checked) .wide' in PAGE for width in WIDTHS[1:])
