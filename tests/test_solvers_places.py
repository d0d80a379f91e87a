"""Where in an expression something is wrong: line, column, and a caret under it."""

from __future__ import annotations

import json

import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.language.checks import check
from optwright.solvers.language.expressions import (
    Forall,
    parse,
    parse_constraint,
    parse_forall,
    walk,
)
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.places import Place


def formulation(expression: str, forall: str = "") -> Formulation:
    return Formulation.from_json(
        json.dumps(
            {
                "sets": [{"name": "I", "members": ["a", "é b"]}],
                "parameters": [
                    {"name": "k", "indices": ["I"], "values": {"a": "red", "é b": "blue"}}
                ],
                "variables": [
                    {"name": "x", "indices": ["I"]},
                    {"name": "b", "domain": "binary"},
                ],
                "objective": {"sense": "minimize", "expression": "sum(x[i] for i in I)"},
                "constraints": [{"name": "r", "expression": expression, "forall": forall}],
            }
        )
    )


@pytest.mark.parametrize(
    ("expression", "forall", "place", "under"),
    [
        ("x['é b'] + y <= 3", "", "column 12", "y"),
        ("sum(x[i]\n   for i in J) >= 4", "", "line 2, column 8", "i in J"),
        ("implies(b, x['a'] + x['q'] >= 3)", "", "column 21", "x['q']"),
        ("x[i] >= k[i]", "i in I", "column 9", "k[i]"),
        ("x[i] >= 1", "i in I if z[i] > 3", "column 11", "z[i]"),
        ("atmost(2, x[i] > w for i in I)", "", "column 18", "w"),
        ("x[i] <= 4", "i in I, j in Q", "column 9", "j in Q"),
        ("x[i, i] <= 4", "i in I", "column 1", "x[i, i]"),
    ],
)
def test_a_finding_points_at_what_it_is_about(
    expression: str, forall: str, place: str, under: str
) -> None:
    found = [f for f in check(formulation(expression, forall)) if f.excerpt]
    line, carets = found[0].excerpt.split("\n")
    assert found[0].place == place
    assert line[carets.index("^") :].startswith(under)
    assert carets.strip() == "^" * len(under)
    assert str(found[0]).endswith(carets)


@pytest.mark.parametrize("text", ["x +", "x y", "2 * (x", "x[1", "x ? y", "sum(x)", "é + 1"])
def test_what_cannot_be_read_is_shown_with_a_caret(text: str) -> None:
    with pytest.raises(FormulationError) as caught:
        parse(text)
    line, carets = caught.value.excerpt.split("\n")
    assert line == text
    assert carets.strip() == "^"
    assert f"column {carets.index('^') + 1}" in str(caught.value)


def test_every_part_that_is_read_knows_its_place() -> None:
    text = "implies(b, sum(c[i] * x[i, 'é'] for i in I if i != 'é') - 2 >= abs(y))"
    (statement,) = parse_constraint(text)
    places = [part.place for part in walk(statement) if not isinstance(part, Forall)]
    assert places.count(None) == 1  # the yes/no `b` stands for `b == 1`, whose 1 nobody wrote
    shown = {text[place[0] : place[1]] for place in places if place is not None}
    assert {"b", "x[i, 'é']", "i in I", "i != 'é'", "abs(y)", "c[i] * x[i, 'é']"} <= shown
    (loop,) = parse_forall("  (i, j) in A if i != j").generators
    assert loop.place == (2, 13)


def test_a_range_in_a_loop_says_how_to_name_it() -> None:
    with pytest.raises(FormulationError, match="found a range") as caught:
        parse("sum(x[k] for k in 1..3)")
    assert '"expression": "1..3"' in caught.value.hint


def test_a_long_line_is_cut_around_its_place() -> None:
    text = " + ".join(["x"] * 60) + " + nothing + " + " + ".join(["x"] * 60)
    at = text.index("nothing")
    line, carets = Place(text, at, at + 7).excerpt.split("\n")
    assert len(line) < 90
    assert line[carets.index("^") :].startswith("nothing")


def test_a_program_with_errors_shows_the_first() -> None:
    with pytest.raises(FormulationError) as caught:
        Program(formulation("x['a'] + y <= 3"))
    assert caught.value.excerpt == "x['a'] + y <= 3\n         ^"
