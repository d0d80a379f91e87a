"""Texts of conditions that the data never hold, once it is joined."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from optwright.solvers.data.bound import Instance
from optwright.solvers.data.table import key_text
from optwright.solvers.language.unheld_texts import Held, unheld_texts
from optwright.solvers.model.formulation import Diagnostic, Formulation

MOST_VALUES = 10_000  # different numbers of a parameter that are looked at as texts


def unheld(stated: Formulation, instance: Instance) -> Iterator[Diagnostic]:
    """The warnings of `unheld_texts` for a formulation whose data is joined."""

    def members(name: str, part: int) -> Collection[str] | None:
        over = instance.sets.get(name)
        if over is None or not len(over):
            return None
        if part < 0:
            return over.positions
        return over.parts[part].positions if part < len(over.parts) else None

    def values(name: str) -> Collection[str] | None:
        if (text := instance.texts.get(name)) is not None:
            return text.vocabulary.positions
        parameter = instance.parameters.get(name)
        if parameter is None:
            return None
        given = np.unique(parameter.places()[1] if parameter.sets else parameter.values)
        return None if len(given) > MOST_VALUES else {key_text(v) for v in given.tolist()}

    yield from unheld_texts(stated, Held(members, values, instance.sets))
