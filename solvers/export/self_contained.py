"""The formulation as JSON with its data in it, so that it needs no tables to be read back."""

from __future__ import annotations

from typing import Any

import numpy as np

from optwright.solvers.backends.program import Program
from optwright.solvers.data.binding import BoundParameter, Instance
from optwright.solvers.model.formulation import Formulation, IndexSet, Parameter


def write(program: Program) -> str:
    return inlined(program.instance).to_json() + "\n"


def inlined(instance: Instance) -> Formulation:
    """The formulation with every column replaced by the values that were read from it."""
    formulation = instance.formulation
    return formulation.model_copy(
        update={
            "sets": tuple(_set(s, instance) for s in formulation.sets),
            "parameters": tuple(_parameter(p, instance) for p in formulation.parameters),
        }
    )


def _set(stated: IndexSet, instance: Instance) -> IndexSet:
    if stated.column is None:
        return stated
    members = instance.sets[stated.name].members
    return stated.model_copy(update={"members": members, "column": None})


def _parameter(stated: Parameter, instance: Instance) -> Parameter:
    if stated.column is None:
        return stated
    values = nested_values(instance.parameters[stated.name])
    return stated.model_copy(update={"values": values, "column": None})


def nested_values(bound: BoundParameter) -> Any:
    """A number, or the values by member, outermost index first; those not given are left out."""
    return _nested(bound.values, [s.texts for s in bound.sets])


def _nested(values: np.ndarray, axes: list[Any]) -> Any:
    if not axes:
        return float(values)
    inner = {text: _nested(values[k], axes[1:]) for k, text in enumerate(axes[0])}
    given = {text: value for text, value in inner.items() if value != {}}
    return {text: v for text, v in given.items() if isinstance(v, dict) or not np.isnan(v)}
