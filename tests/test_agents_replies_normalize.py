"""Notation that models write, and what it becomes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.replies import read_formulation
from optwright.agents.replies.normalize import (
    definition,
    expand,
    identifier,
    rename,
    split,
    tidy,
    two_meanings,
    written_out,
)
from optwright.errors import FormulationError, ReplyError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.language.expressions import parse_comparison


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3x + 2y =< 5,000", "3*x + 2*y <= 5000"),
        ("x ≥ 3", "x >= 3"),
        ("x = 3", "x == 3"),
        ("x < 3", "x <= 3"),
        ("$4 * x", "4 * x"),
        ("40% * x", "(40/100) * x"),
        ("2(x + y)", "2*(x + y)"),
        ("x^2", "x**2"),
        ("x \\leq 3", "x <= 3"),
        ("x1 + x2 <= 10", "x1 + x2 <= 10"),
        ("x >= 3.", "x >= 3"),
        ("x ≠ 3", "x != 3"),
        ("10_000 x <= 5", "10000*x <= 5"),
        ("not x < 3", "not x < 3"),
        ("x < 3 or y > 4", "x < 3 or y > 4"),
        ("piecewise(x, (0,0), (10,500))", "piecewise(x, (0,0), (10,500))"),
        ("x[t] for t in T if t in (100,200)", "x[t] for t in T if t in (100,200)"),
        ("max(x, 5,000)", "max(x, 5000)"),
        ("max(x, 3*(5,100 + y))", "max(x, 3*(5100 + y))"),
        ("bars[“gold”] <= 2", 'bars["gold"] <= 2'),
        ('bars["a “b” c"] <= 2', 'bars["a “b” c"] <= 2'),
    ],
)
def test_notation_is_cleaned(written: str, meant: str) -> None:
    assert tidy(written) == meant


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("x >= 3 && y >= 4", ("x >= 3", "y >= 4")),
        ("x >= 3, y >= 4", ("x >= 3", "y >= 4")),
        ("x >= 3 and y >= 4", ("x >= 3", "y >= 4")),
        ("x >= 3 AND y >= 4", ("x >= 3", "y >= 4")),
        ("max(x, y) <= 4", ("max(x, y) <= 4",)),
        ("sum(x[i] for i in I if i > 1 and i < 4) <= 3",) * 1
        + (("sum(x[i] for i in I if i > 1 and i < 4) <= 3",),),
    ],
)
def test_two_limits_in_one_expression_are_two(written: str, parts: tuple[str, ...]) -> None:
    assert split(written) == parts


def test_amounts_are_written_out_with_brackets() -> None:
    amounts = written_out({"total": "cost + 1", "cost": "2*x + y"})
    assert expand("3*total", amounts) == "3*((2*x + y) + 1)"


def test_amounts_defined_by_each_other_are_refused() -> None:
    with pytest.raises(FormulationError, match="defined by each other"):
        written_out({"a": "b", "b": "a"})


def test_an_explosion_of_amounts_is_refused() -> None:
    bomb = {f"a{i}": "+".join([f"a{i + 1}"] * 30) for i in range(8)} | {"a8": "x"}
    with pytest.raises(FormulationError, match="characters"):
        written_out(bomb)


def test_the_definition_of_an_amount_is_its_sum() -> None:
    assert definition("loaves = 90*van + 12*bike") == "90*van + 12*bike"


def test_renaming_touches_whole_names_only() -> None:
    assert rename("type-II + x", {"type-II": "type_II", "x": "x"}) == "type_II + x"


@given(st.text(max_size=60))
def test_any_name_becomes_a_name_of_the_language(name: str) -> None:
    parse_comparison(f"v_{identifier(name)} <= 1")


@given(st.text(max_size=120))
def test_tidying_never_fails(text: str) -> None:
    split(tidy(text))


@pytest.mark.parametrize(
    ("row", "whole", "most"),
    [
        ("kites < 7", True, 6),
        ("7 > kites", True, 6),
        ("2*kites < 7", True, 3),
        ("kites < 7.5", True, 7),
        ("kites <= 7", True, 7),
        ("kites < 7", False, 7),
    ],
)
def test_fewer_than_seven_whole_things_are_six(row: str, whole: bool, most: float) -> None:
    reply = {
        "decisions": [{"name": "kites", "meaning": "number of kites", "whole": whole}],
        "objective": {"sense": "maximize", "expression": "kites"},
        "limits": [{"text": "fewer than 7 kites", "expression": row}],
    }
    program = Program(read_formulation(json.dumps(reply)))
    assert solve(program).objective == pytest.approx(most)


@pytest.mark.parametrize(
    ("written", "names", "readings"),
    [
        ("3e2 <= x", {"x", "e2"}, ("3*e2", "300")),
        ("1e-3 + x <= 5", {"x", "e"}, ("1*e-3", "0.001")),
        ("20% d + x <= 5", {"x", "d"}, ("20/100*d", "the remainder of 20 by d")),
        ("x/2y <= 3", {"x", "y"}, ("x/(2*y)", "(x/2)*y")),
        ("1/2 x <= 3", {"x"}, ("1/(2*x)", "(1/2)*x")),
        ("x / 2(x + y) <= 3", {"x", "y"}, ("x/(2*(...))", "(x/2)*(...)")),
    ],
)
def test_notation_with_two_meanings_is_refused_with_both(
    written: str, names: set[str], readings: tuple[str, str]
) -> None:
    reply = {
        "decisions": [{"name": name, "meaning": name} for name in sorted(names)],
        "objective": {"sense": "maximize", "expression": "x"},
        "limits": [{"text": "", "expression": written}],
    }
    with pytest.raises(ReplyError) as refused:
        read_formulation(json.dumps(reply))
    assert all(repr(reading) in str(refused.value) for reading in readings)


@pytest.mark.parametrize(
    "written",
    ["3e2*x <= 5", "x/2 + 3y <= 3", "2x/3 <= 1", "x/(2y) <= 3", "x/2*y <= 3", "20% * x <= 3",
     "x/2 <= 3 for t in T", "x <= 3/4", 'make["x/2y"] <= 3', "x[1/2] <= 3"],
)  # fmt: skip
def test_notation_with_one_meaning_is_not_asked_about(written: str) -> None:
    assert not two_meanings(written, {"x", "y"})
