"""Where in an expression something is wrong: line, column, and a caret under it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.language.checks import check
from optwright.solvers.language.expressions import (
    Forall,
    parse,
    parse_constraint,
    parse_forall,
    walk,
)
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    Goal,
    Severity,
    Variable,
)
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


@pytest.mark.parametrize(
    ("text", "found", "right"),
    [
        ("x + 1..3", "'..', which is for sets", "sum(x[t] for t in 1..6)"),
        ("sum(x[k] for k in 1...3)", "found '...'", "1..6"),
        ("sum(x[k] for k in 1..9..2)", "found a second '..'", "1..6 by 2"),
        ("sum(x[k] for k in 1..9 step 2)", "found 'step'", "1..6 by 2"),
        ("sum(x[k] for k in 9..1 by -1)", "runs upwards", "{3, 2, 1}"),
        ("sum(x[j] for j in near[i])", "a set has no indices", "for j in J if (i, j) in near"),
        ("2 * (if y >= 3 then 4 * x else z)", "found 'then'", "(4 * x if y >= 3 else z)"),
        ("if(y, 4, 3)", "found 'if'", "(a if condition else b)"),
        ("y >= 3 ? 4 : 2", "found '?'", "(a if condition else b)"),
        ("x | y", "found '|'", "write 'or'"),
        ("x << 3", "found '<<'", ""),
        ("sum(x[t] for t in 2026-01..2026-03)", "'01'", '"2026-01"'),
    ],
)
def test_what_is_written_elsewhere_is_answered_with_the_form_here(
    text: str, found: str, right: str
) -> None:
    with pytest.raises(FormulationError) as caught:
        parse(text)
    assert found in str(caught.value)
    assert right in caught.value.hint


def test_if_then_between_constraints_is_answered_with_what_it_implies() -> None:
    with pytest.raises(FormulationError) as caught:
        parse_constraint("if b then x <= 3 else x >= 5")
    assert "implies(b, x <= 3), and implies(not (b), x >= 5)" in caught.value.hint


def test_every_error_of_a_formulation_shows_its_own_place() -> None:
    stated = formulation("x[i] + zz <= x[i, i]", "i in I, m in K")
    broken = stated.model_copy(
        update={
            "constraints": (
                *stated.constraints,
                Constraint(name="s", expression="x['a'] <= 2 +", forall="i of I"),
            ),
            "variables": (*stated.variables, Variable(name="v", indices=("I", "Q"))),
        }
    )
    with pytest.raises(FormulationError, match="6 errors") as caught:
        Program(broken)
    shown = caught.value.excerpt.split("\n")
    assert shown[:3] == ["'v', column 6:", "v[I, Q]", "     ^"]
    assert [line for line in shown if line.endswith(":")] == [
        "'v', column 6:", "'r', column 9:", "'r', column 8:", "'r', column 14:", "'s', column 3:",
    ]  # fmt: skip
    errors = [f for f in check(broken) if f.severity is Severity.ERROR]
    assert all(f.place and f.excerpt for f in errors)
    assert all(f"({f.place})" in str(caught.value) for f in errors[:4])


@pytest.mark.parametrize(
    "parts",
    [
        {"scenarios": [{"name": "dry"}, {"name": "wet"}]},
        {"goals": [{"name": "g", "expression": "x['a']", "target": 3}]},
        {"variables": [{"name": "c", "indices": ["I"], "member_of": "I"}]},
    ],
)
def test_what_is_written_out_shows_the_words_that_were_written(parts: dict[str, Any]) -> None:
    plain = json.loads(formulation("x[i] + zz <= 3", "i in I").to_json())
    both = {**plain, **parts, "variables": plain["variables"] + parts.get("variables", [])}
    (found,) = [f for f in check(Formulation.from_json(json.dumps(both))) if "zz" in f.message]
    assert (found.place, found.excerpt.split("\n")[0]) == ("column 8", "x[i] + zz <= 3")


def test_a_goal_points_into_its_own_text() -> None:
    stated = formulation("x['a'] <= 3").model_copy(
        update={"goals": (Goal(name="g", expression="x[i] + q", target="r", forall="i in I"),)}
    )
    places = [(f.place, f.excerpt) for f in check(stated) if f.severity is Severity.ERROR]
    assert places == [("column 8", "x[i] + q\n       ^"), ("column 1", "r\n^")]


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


@pytest.mark.parametrize(
    ("expression", "forall", "place", "under"),
    [
        ("x[i] + 2 * w[i] <= 3", "i in I", "column 12", "w[i]"),
        ("sum(x[i]\n  for i in I if w[i] > 1) <= 3", "", "line 2, column 17", "w[i]"),
        ("x[i] <= 3", "i in I if w[i] > 1", "column 11", "w[i]"),
        ("x[first(T)] + b <= 3", "", "column 1", "x[first(T)]"),
    ],
)
def test_what_only_the_data_shows_points_into_the_text_too(
    expression: str, forall: str, place: str, under: str
) -> None:
    plain = json.loads(formulation(expression, forall).to_json())
    plain["sets"].append({"name": "T", "members": ["u"]})
    plain["parameters"].append({"name": "w", "indices": ["I"], "values": {"a": 3}})
    with pytest.raises(InputError) as caught:
        Program(Formulation.from_json(json.dumps(plain))).arrays  # noqa: B018  (joins the data)
    line, carets = caught.value.excerpt.split("\n")
    assert caught.value.place == place
    assert line[carets.index("^") :].startswith(under)
