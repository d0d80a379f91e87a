"""Where in its JSON a formulation is wrong: names, bounds, values, with line, column, caret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Severity
from optwright.solvers.model.json_places import JsonText


def stated(**parts: Any) -> dict[str, Any]:
    """A formulation in which nothing is wrong, with some parts replaced."""
    return {
        "sets": [{"name": "I", "members": ["a", "b"]}],
        "parameters": [{"name": "c", "indices": ["I"], "values": {"a": 1, "b": 2}}],
        "variables": [{"name": "x", "indices": ["I"]}],
        "objective": {"sense": "minimize", "expression": "sum(c[i] * x[i] for i in I)"},
        **parts,
    }


def parameter(**parts: Any) -> dict[str, Any]:
    return {"parameters": [{"name": "c", "indices": ["I"], **parts}]}


def variable(**parts: Any) -> dict[str, Any]:
    return {"variables": [{"name": "x", "indices": ["I"], **parts}]}


def caret_text(excerpt: str) -> str:
    """What the carets of an excerpt stand under."""
    line, carets = excerpt.split("\n")[:2]
    begin = carets.index("^")
    return line[begin : begin + carets.count("^")]


# What is wrong, and what the carets stand under in the text it was read from.
NO_FORMULATION: dict[str, tuple[dict[str, Any], str]] = {
    "a value": (parameter(values={"a": 1, "b": [2]}), '"b"'),
    "a list too long": (parameter(values=[1, 2, 3]), '"values"'),
    "a bound": (variable(lower=[3]), '"lower"'),
    "a name": (variable(name="2x"), '"name": "2x"'),
    "a field": (variable(least=3), '"least": 3'),
    "a domain": (variable(domain="whole"), '"domain": "whole"'),
    "a goal": (
        {"goals": [{"name": "g", "expression": "1", "target": 2, "over": -1}]},
        '"over": -1',
    ),
}
ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "a value for no member": (parameter(values={"a": 1, "b": 2, "q": 3}), '"q": 3'),
    "values too deep": (parameter(values={"a": {"a": 1}, "b": {"b": 2}}), '"values"'),
    "no values": (parameter(), '"name": "c"'),
    "bounds that cross": (variable(lower=3, upper=1.5), '"upper": 1.5'),
    "a set that is not there": (variable(member_of="Q"), '"member_of": "Q"'),
    "a reserved name": ({"expressions": [{"name": "sum", "expression": "1"}]}, '"name": "sum"'),
    "a name twice": ({"expressions": [{"name": "c", "expression": "1"}]}, '"name": "c"'),
    "a member twice": ({"sets": [{"name": "I", "members": ["a", "b", "a"]}]}, '"a"'),
    "a probability": (
        {"scenarios": [{"name": "dry", "probability": 0.3}, {"name": "wet", "probability": 0.3}]},
        '"probability": 0.3',
    ),
    "a scenario of nothing": ({"scenarios": [{"name": "dry", "values": {"k": 3}}]}, '"k": 3'),
    "a goal that costs nothing": (
        {"goals": [{"name": "g", "expression": "x['a']", "target": "2", "under": 0, "over": 0}]},
        '"under": 0',
    ),
}


@pytest.mark.parametrize("case", NO_FORMULATION)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_no_formulation_is_shown_where_it_stands(case: str, indent: int | None) -> None:
    parts, under = NO_FORMULATION[case]
    text = json.dumps(stated(**parts), indent=indent)
    with pytest.raises(FormulationError) as caught:
        Formulation.from_json(text)
    assert caret_text(caught.value.excerpt) == under
    assert f"({caught.value.place})" in str(caught.value)
    assert caught.value.place.startswith("line" if indent else "column")


@pytest.mark.parametrize("case", ERRORS)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_error_about_a_declaration_has_a_place(case: str, indent: int | None) -> None:
    parts, under = ERRORS[case]
    text = json.dumps(stated(**parts), indent=indent)
    read = Formulation.from_json(text)
    found = next(f for f in check(read) if f.severity is Severity.ERROR)
    assert caret_text(found.excerpt) == under
    if indent:
        line = int(found.place.removeprefix("line ").partition(",")[0])
        assert text.split("\n")[line - 1] == found.excerpt.split("\n")[0]
    with pytest.raises(InputError) as caught:
        Program(read).arrays  # noqa: B018  (refuses what is wrong)
    assert found.excerpt in caught.value.excerpt


@pytest.mark.parametrize(
    ("values", "under"),
    [
        ({"a,b": 1, "b,a": 2, "b,q": 3}, '"b,q": 3'),
        ({"a": {"b": 1}, "b": {"a": 2, "q": 3}}, '"q": 3'),
        ({"a,b": "one", "b,a": "two", "q,b": "three"}, '"q,b": "three"'),
    ],
)
def test_a_value_that_only_the_joined_sets_refuse_has_a_place(
    values: dict[str, Any], under: str
) -> None:
    parts = stated(
        sets=[
            {"name": "I", "members": ["a", "b"]},
            {"name": "A", "expression": "{(i, j) for i in I for j in I if i != j}"},
        ]
    )
    parts["parameters"].append({"name": "d", "indices": ["A"], "values": values})
    with pytest.raises(FormulationError) as caught:
        Program(Formulation.from_json(json.dumps(parts, indent=2))).arrays  # noqa: B018  (joins)
    assert caret_text(caught.value.excerpt) == under


def test_bounds_that_only_the_data_cross_have_a_place() -> None:
    parts = stated(**variable(forall="i in I", lower="c[i]", upper=1.5))
    with pytest.raises(InputError) as caught:
        Program(Formulation.from_json(json.dumps(parts, indent=2))).arrays  # noqa: B018  (joins)
    assert caret_text(caught.value.excerpt) == '"lower": "c[i]"'


def test_after_an_edit_the_place_is_in_the_part_itself() -> None:
    read = Formulation.from_json(json.dumps(stated(), indent=2))
    crossed = read.variables[0].model_copy(update={"lower": 4.0, "upper": 1.0})
    (found,) = check(read.model_copy(update={"variables": (crossed,)}))
    assert found.place == "column 47"
    assert found.excerpt.split("\n")[0] == (
        '{"name": "x", "indices": ["I"], "lower": 4.0, "upper": 1.0}'
    )


def test_the_text_it_was_read_from_makes_no_difference() -> None:
    short, long = json.dumps(stated()), json.dumps(stated(), indent=4)
    one, other = Formulation.from_json(short), Formulation.from_json(long)
    assert one == other == Formulation.model_validate(stated())
    assert one.to_json() == other.to_json()


def test_json_that_cannot_be_read_is_shown_with_a_caret() -> None:
    with pytest.raises(FormulationError) as caught:
        Formulation.from_json('{"sets": [],\n "variables" []}')
    assert (caught.value.place, caret_text(caught.value.excerpt)) == ("line 2, column 14", "[")


@pytest.mark.parametrize(
    ("path", "under"),
    [
        (("parameters", "c", "values", "a", "y"), '"y": "q"'),
        (("parameters", 0, "values", "b", "z"), '"b, z" : 4'),
        (("parameters", "d", "texts", "a"), '"values"'),
        (("sets", "I", "tuples", 1), "["),
        (("further_objectives", 0, "sense"), '"sense":"max"'),
        (("scenarios", "cases", "dry", "values", "c"), '"c"'),
        (("scenarios", "later"), '"scenarios"'),
    ],
)
def test_a_path_leads_as_far_as_the_text_has_it(path: tuple[str | int, ...], under: str) -> None:
    text = """{"sets": [{"name":"I","pairs":[["a","b"],["b","a"]]}],
     "parameters": [{"name": "c", "values": {"a": {"x": 1, "y": "q"}, "b, z" : 4 }},
                    {"name": "d", "values": ["u", "v"]}],
     "objectives": [{"sense":"min"},{"sense":"max"}],
     "scenarios": [{"name":"dry","values":{"c":{"a":3}}}]}"""
    place = JsonText(text).place_of(path)
    assert place is not None
    assert caret_text(place.excerpt) == under
    assert JsonText(text).place_of(("nothing",)) is None
