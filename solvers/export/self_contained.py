"""The formulation as JSON with its data in it, so that it needs no tables to be read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundParameter, BoundSet, BoundText, Instance, Places
from optwright.solvers.model.formulation import Formulation, IndexSet, Parameter


def write(program: Program) -> str:
    return inlined(program.stated_instance).to_json() + "\n"


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
    over = instance.sets[stated.name]
    listed = {"tuples": over.members} if over.parts else {"members": over.members}
    return stated.model_copy(update={**listed, "column": None})


def _parameter(stated: Parameter, instance: Instance) -> Parameter:
    if stated.column is None:
        return stated
    if stated.name in instance.texts:
        texts = _nested_texts(instance.texts[stated.name])
        return stated.model_copy(update={"texts": texts, "column": None})
    values = nested_values(instance.parameters[stated.name])
    return stated.model_copy(update={"values": values, "column": None})


def nested_values(bound: BoundParameter) -> Any:
    """A number, or the values by member, outermost index first; those not given are left out."""
    if not bound.sets:
        return float(bound.values)
    places, numbers = bound.places()
    return _nested(bound.sets, places, numbers.tolist())


def _nested_texts(bound: BoundText) -> Any:
    places = np.nonzero(bound.codes >= 0)
    texts = [bound.vocabulary.texts[at] for at in bound.codes[places].tolist()]
    return _nested(bound.sets, places, texts) if bound.sets else texts[0]


def _nested(sets: Sequence[BoundSet], places: Sequence[Places], values: Sequence[Any]) -> Any:
    nested: dict[str, Any] = {}
    for at, value in zip(np.array(places).T.tolist(), values, strict=True):
        *above, last = (s.texts[k] for s, k in zip(sets, at, strict=True))
        inside = nested
        for text in above:
            inside = inside.setdefault(text, {})
        inside[last] = value
    return nested
