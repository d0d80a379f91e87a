"""Two forms of one problem agree where they say the same of every plan."""

from __future__ import annotations

import json

from optwright.agents.checks.equivalence import differences, names_between
from optwright.agents.replies import read_formulation
from optwright.solvers.model.formulation import Formulation

TEXT = "At most 12 boxes, at least twice as many red ones as blue ones. As many as possible."


def boxes(first: str, second: str, *limits: str) -> Formulation:
    reply = {
        "decisions": [
            {"name": first, "meaning": "number of red boxes", "whole": True},
            {"name": second, "meaning": "number of blue boxes", "whole": True},
        ],
        "objective": {"text": "", "sense": "maximize", "expression": f"{first} + {second}"},
        "limits": [{"text": "", "expression": limit} for limit in limits],
    }
    return read_formulation(json.dumps(reply))


def test_a_form_with_other_names_and_the_same_meaning_is_equivalent() -> None:
    one = boxes("red", "blue", "red + blue <= 12", "red >= 2*blue")
    other = boxes("r", "b", "2*r + 2*b <= 24", "r - 2*b >= 0")
    assert names_between(one, other) == {"red": "r", "blue": "b"}
    assert differences(TEXT, one, other) == ()


def test_one_optimum_by_two_readings_is_a_difference() -> None:
    one = boxes("red", "blue", "red + blue <= 12", "red >= 2*blue")
    other = boxes("red", "blue", "red + blue <= 12", "blue >= 2*red")
    found = differences(TEXT, one, other)
    assert found
    assert "red = " in found[0] or "blue = " in found[0]


def test_forms_of_other_decisions_cannot_be_compared() -> None:
    one = boxes("red", "blue", "red + blue <= 12")
    reply = {
        "decisions": [{"name": "all", "whole": True}],
        "objective": {"text": "", "sense": "maximize", "expression": "all"},
        "limits": [{"text": "", "expression": "all <= 12"}],
    }
    assert differences(TEXT, one, read_formulation(json.dumps(reply))) is None


def test_forms_without_an_end_are_compared_far_out() -> None:
    one, other = (boxes("red", "blue", limit) for limit in ("red >= 2*blue", "red >= 3*blue"))
    assert differences(TEXT, one, one) == ()
    assert differences(TEXT, one, other)
