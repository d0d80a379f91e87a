"""A formulation as the reply of a formulator: the same model in the language of replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwright.solvers.model.formulation import Formulation


def reply_of(formulation: Formulation) -> Mapping[str, Any]:
    """What a formulator would have to answer to be read as this formulation."""
    content = formulation.model_dump(mode="json", exclude_defaults=True)
    return {
        "sets": [_set(one) for one in content.get("sets", ())],
        "parameters": [
            {k: v for k, v in one.items() if k not in ("source", "kind")}
            for one in content.get("parameters", ())
        ],
        "decisions": [_decision(one.model_dump(mode="json")) for one in formulation.variables],
        "amounts": [],
        "objective": {
            "text": formulation.objective.text,
            "sense": formulation.objective.sense.value,
            "expression": formulation.objective.expression,
        },
        "limits": [
            {"text": one.text, "forall": one.forall, "expression": one.expression}
            for one in formulation.constraints
        ],
    }


def _set(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in one.items() if k != "tuples"}
    return kept | ({"members": one["tuples"]} if one.get("tuples") else {})


def _decision(one: Mapping[str, Any]) -> dict[str, Any]:
    """Bounds that are expressions stand in the place of the numbers."""
    return {
        "name": one["name"],
        "indices": list(one["indices"]),
        "meaning": one["meaning"],
        "whole": one["domain"] == "integer",
        "yes_or_no": one["domain"] == "binary",
        "lower": one["lower_expression"] or one["lower"],
        "upper": one["upper_expression"] or one["upper"],
        "forall": one["forall"],
        "semicontinuous": one["semicontinuous"],
    }
