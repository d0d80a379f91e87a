"""Names that are made up for what is written out, where the ones they would have are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

# Wherever a loop may stand: `NAME` is its name, which is free for the one who writes it.
PLACES: dict[str, dict[str, Any]] = {
    "a set": {"sets": [{"name": "S", "expression": "{NAME for NAME in I if NAME != 'b'}"}]},
    "a bound": {
        "variables": [{"name": "y", "forall": "i in I", "upper": "sum(w[NAME] for NAME in I)"}]
    },
    "the loops of a bound": {
        "variables": [{"name": "y", "forall": "NAME in I", "upper": "w[NAME]"}]
    },
    "a named expression": {
        "expressions": [{"name": "e", "expression": "sum(v[NAME] for NAME in I)"}]
    },
    "the loops of a named expression": {
        "expressions": [{"name": "e", "expression": "v[NAME]", "forall": "NAME in I"}]
    },
    "an objective": {
        "objective": {"sense": "minimize", "expression": "sum(v[NAME] * x for NAME in I)"}
    },
    "a probability": {
        "objective": {
            "sense": "minimize",
            "expression": "v[i] * x",
            "forall": "i in I",
            "probability": "v[i] / sum(v[NAME] for NAME in I)",
        }
    },
    "a goal": {
        "goals": [{"name": "g", "expression": "sum(v[NAME] for NAME in I) * x", "target": "2"}]
    },
    "the target of a goal": {
        "goals": [{"name": "g", "expression": "x", "target": "sum(v[NAME] for NAME in I)"}]
    },
    "the loops of a goal": {
        "goals": [{"name": "g", "expression": "x", "target": "v[NAME]", "forall": "NAME in I"}]
    },
    "a constraint": {
        "constraints": [{"name": "c", "expression": "sum(v[NAME] * x for NAME in I) <= 9"}]
    },
    "the loops of a constraint": {
        "constraints": [{"name": "c", "expression": "v[NAME] * x <= 9", "forall": "NAME in I"}]
    },
    "a set that a loop writes": {
        "constraints": [
            {
                "name": "c",
                "expression": "v[i] * x <= 9",
                "forall": "i in {NAME for NAME in I if NAME != 'b'}",
            }
        ]
    },
    "a constraint by that name": {"constraints": [{"name": "NAME", "expression": "x <= 9"}]},
}


def stated(place: str, taken: str, **more: Any) -> Formulation:
    """A formulation with a loop of that name in a place, besides what every one of these has."""
    parts: dict[str, Any] = {
        "sets": [{"name": "I", "members": ["a", "b"]}, {"name": "C", "members": ["red", "blue"]}],
        "parameters": [
            {"name": name, "indices": ["I"], "values": {"a": 1, "b": 2}} for name in ("v", "w")
        ],
        "variables": [{"name": "x", "upper": 3}],
        "constraints": [{"name": "x_at_least", "expression": "x >= 1"}],
        "objective": {"sense": "minimize", "expression": "x"},
    }
    wanted = json.loads(json.dumps(PLACES[place]).replace("NAME", taken))
    for part in (more, wanted):
        for kind, told in part.items():
            parts[kind] = [*parts.get(kind, ()), *told] if isinstance(told, list) else told
    if "probability" in parts["objective"]:
        parts.pop("scenarios", None)  # scenarios are stated in one way
    return Formulation.from_json(json.dumps(parts))


CHOICE = {
    "variables": [{"name": "colour", "indices": ["I"], "member_of": "C"}],
    "constraints": [{"name": "is_red", "expression": "colour[i] == 'red'", "forall": "i in I"}],
}
SCENARIOS = {"scenarios": {"cases": [{"name": "dry", "factors": {"v": 2}}, {"name": "wet"}]}}
INLINE = {"constraints": [{"name": "in", "expression": "x >= ord(i)", "forall": "i in {'a', 'b'}"}]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("more", "names"),
    [
        (CHOICE, ("colour_is", "colour_is_one", "m", "k1")),
        (SCENARIOS, ("scenario", "s", "probability", "v_factor")),
        (INLINE, ("set_1",)),
    ],
    ids=["members", "scenarios", "inline sets"],
)
def test_a_name_made_up_is_not_one_that_stands_in(
    place: str, more: dict[str, Any], names: tuple[str, ...]
) -> None:
    for name in names:
        formulation = stated(place, name, **more)
        assert not [f for f in check(formulation) if f.kind.value != "unused"]
    outcome = solve(Program(stated(place, names[0], **more)))
    assert outcome.status is Status.OPTIMAL
